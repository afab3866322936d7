"""What a run will need of programs."""

from __future__ import annotations

from tuiclu.cluster.commands import AnyCommand, Kill, Migrate, Spawn
from tuiclu.cluster.preparation import Use, uses


def test_a_program_is_used_by_each_process_and_once_more_for_each_of_its_moves() -> None:
    commands: list[AnyCommand] = [
        Spawn("P", "primes", "n1", ("primes", "5"), stdin=b"first"),
        Spawn("Q", "primes", "n2", ("primes", "9")),
        Kill("P"),
        Migrate("Q", "n1"),
        Spawn("S", "sha", "n1", ("sha",)),
        Migrate("nobody", "n1"),
    ]

    assert uses(commands) == {"primes": Use(("primes", "5"), b"first", 3, 2), "sha": Use(("sha",), b"", 1, 1)}
    assert list(uses(commands)) == ["primes", "sha"]
