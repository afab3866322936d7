"""What the programs of the catalogue must print, by an independent calculation; and a workload of each that takes milliseconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

_MASK = (1 << 64) - 1

SMALL_WORKLOADS: dict[str, tuple[int | str, ...]] = {
    "hello": (),
    "primes": (500,),
    "matmul": (9,),
    "sort": (200,),
    "sha": (2, 3),
    "scan": (9, 3, 40, 600, 5, 7),
    "sleeper": (5, 300, 7),
    "interactive": (6, 5, 300, 0, 0),
    "migrant": ("printer", 2000, 0),
    "worker": (5000, 5),
    "dirtier": (7, 20, 3),
}
"""Arguments, by the name of the program: of each that needs no partner."""


def answer(name: str, arguments: Sequence[int | str]) -> bytes:
    """Return all that a program writes to its standard output."""
    return _ANSWERS[name](*arguments).encode()


def _hello() -> str:
    return "Hello from a real program!\nargc = 1\nargv[0] = hello\n"


def _primes(limit: int) -> str:
    return f"{sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))}\n"


def _matmul(n: int) -> str:
    a = [i % 1000 + 1 for i in range(n * n)]
    b = [i * i % 1000 + 1 for i in range(n * n)]
    product = [
        sum(a[row * n + i] * b[i * n + column] for i in range(n)) & _MASK for row in range(n) for column in range(n)
    ]
    return _checksum(product)


def _sort(n: int) -> str:
    state, values = 1, []
    for _ in range(n):
        state = _next(state)
        values.append(state >> 11)
    return f"sorted {_checksum(sorted(values))}"


def _sha(kib: int, rounds: int) -> str:
    buffer = bytearray((i * 7 + i // 256) & 0xFF for i in range(kib * 1024))
    for _ in range(rounds):
        buffer[:32] = hashlib.sha256(buffer).digest()
    return f"{buffer[:32].hex()}\n"


def _scan(pages: int, hot: int, writes: int, accesses: int, seed: int, cold: int = 10) -> str:
    words, state, checksum = list(range(pages * 512)), seed, 0

    def below(limit: int) -> int:
        nonlocal state
        state = _next(state)
        return (state >> 33) % limit

    for i in range(accesses):
        to_hot = hot == pages or (hot > 0 and below(cold) != 0)
        page = below(hot) if to_hot else hot + below(pages - hot)
        word = page * 512 + below(512)
        if below(100) < writes:
            words[word] = (words[word] * 31 + i) & _MASK
        checksum = (checksum * 31 + words[word]) & _MASK
    return f"{checksum:016x}\n"


def _sleeper(rounds: int, work: int, _pause_ms: int) -> str:
    lines, value = "", 1
    for number in range(1, rounds + 1):
        for _ in range(work):
            value = (value * 6364136223846793005 + number) & _MASK
        lines += f"round {number}: {value:016x}\n"
    return lines


def _interactive(rounds: int, _think_ms: int, work: int, _limit_us: int, _report: int) -> str:
    value = 1
    for number in range(rounds):
        for _ in range(work):
            value = (value * 6364136223846793005 + number) & _MASK
    return f"answers: {value:016x}\n"


def _migrant(_resource: str, work: int, _report: int) -> str:
    value = 1
    for number in [*range(work), *range(work)]:
        value = (value * 6364136223846793005 + number) & _MASK
    return f"{value:016x}\n"


def _worker(steps: int, _pages: int) -> str:
    value = 1
    for number in range(steps):
        value = (value * 6364136223846793005 + number) & _MASK
    return f"{value:016x}\n"


def _dirtier(pages: int, _work: int, rounds: int) -> str:
    return _checksum([(rounds - 1) * pages + page for page in range(pages)] if rounds else [0] * pages)


def _next(state: int) -> int:
    """Knuth's MMIX generator."""
    return (state * 6364136223846793005 + 1442695040888963407) & _MASK


def _checksum(words: Sequence[int]) -> str:
    total = 0
    for word in words:
        total = (total * 31 + word) & _MASK
    return f"{total:016x}\n"


_ANSWERS: dict[str, Callable[..., str]] = {
    "hello": _hello,
    "primes": _primes,
    "matmul": _matmul,
    "sort": _sort,
    "sha": _sha,
    "scan": _scan,
    "sleeper": _sleeper,
    "interactive": _interactive,
    "migrant": _migrant,
    "worker": _worker,
    "dirtier": _dirtier,
}
