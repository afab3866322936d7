"""Worlds of tokens: the published format, snapshots that do not depend on delays, and tokens that are never lost or doubled."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.errors import InputError
from tuiclu.experiments.tokens import Event, Topology, play, read_events, read_snapshot, read_topology

TWO = "2\nN1 1\nN2 0\nN1 N2\nN2 N1\n"


def read(path: Path) -> object:
    """Read a file by what its name says; events are those of a world of two servers."""
    if path.suffix == ".top":
        return read_topology(path)
    if path.suffix == ".snap":
        return read_snapshot(path)
    return read_events(path, read_topology(write(path.parent, "two.top", TWO)))


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("events", "expected"),
    [("snapshot N2\n", "0\nN1 1\nN2 0\n"), ("send N1 N2 1\nsnapshot N2\ntick\n", "0\nN1 0\nN2 0\nN1 N2 token(1)\n")],
)
@pytest.mark.parametrize("seed", range(5))
def test_snapshots_that_no_delay_can_change(tmp_path: Path, events: str, expected: str, seed: int) -> None:
    topology = read_topology(write(tmp_path, "two.top", TWO))
    schedule = read_events(write(tmp_path, "two.events", f"# a comment\n{events}"), topology)
    (state,) = play(topology, schedule, seed=seed)
    assert state.text() == expected
    assert read_snapshot(write(tmp_path, "two.snap", expected)) == state.__class__(
        0, state.tokens, {k: v for k, v in state.channels.items() if v}
    )


def test_a_schedule_of_three_servers_that_is_forced() -> None:
    """N2's marker reaches N1 only after all that N1 sends, and N3 gets N2's token and marker before N1's marker."""
    names = ("N1", "N2", "N3")
    topology = Topology({"N1": 10, "N2": 3, "N3": 0}, tuple((a, b) for a in names for b in names if a != b))
    schedule = [
        *(Event("send", ("N1", "N2"), 3), Event("send", ("N2", "N3"), 2), Event("snapshot", ("N2",)), Event("tick")),
        *(Event("send", ("N1", "N2"), 2), Event("tick", count=4), Event("send", ("N2", "N3"), 1)),
    ]
    slow = {("N2", "N1"): 8, ("N1", "N2"): 8}
    (state,) = play(topology, schedule, delay=lambda source, to: slow.get((source, to), 1))
    assert state.tokens == {"N1": 5, "N2": 1, "N3": 2}
    assert {channel: messages for channel, messages in state.channels.items() if messages} == {("N1", "N2"): (3, 2)}
    assert state.total == 13


def test_in_random_worlds_no_token_is_lost_or_doubled() -> None:
    for seed in range(150):
        draw = Random(seed)
        names = [f"N{number}" for number in range(1, draw.randint(2, 8) + 1)]
        ring = list(zip(names, names[1:] + names[:1], strict=True))  # so that everybody can be reached
        more = [(a, b) for a in names for b in names if a != b and (a, b) not in ring and draw.random() < 0.3]
        topology = Topology({name: draw.randint(0, 20) for name in names}, (*ring, *more))
        left = dict(topology.tokens)
        schedule = []
        for _ in range(draw.randint(5, 40)):
            source, to = draw.choice(topology.channels)
            what = draw.random()
            if what < 0.5 and left[source]:  # of what it has from the start: what comes in depends on the delays
                count = draw.randint(1, left[source])
                left[source] -= count
                schedule.append(Event("send", (source, to), count))
            elif what < 0.65:
                schedule.append(Event("snapshot", (source,)))
            else:
                schedule.append(Event("tick", count=draw.randint(1, 4)))
        schedule.append(Event("snapshot", (names[0],)))
        for state in play(topology, schedule, seed=seed):
            assert state.total == sum(topology.tokens.values()), f"seed {seed}: {state}"
            assert set(state.tokens) == set(names)
            assert set(state.channels) == set(topology.channels)


def test_who_cannot_be_reached_is_waited_for_in_vain_and_that_is_said() -> None:
    with pytest.raises(InputError, match="not every server can be reached"):
        play(Topology({"N1": 1, "N2": 1}, (("N2", "N1"),)), [Event("snapshot", ("N1",))])


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.top", "2\nN1 1\nN1 N2\n", "a.top:3: `N1 N2` is not expected here"),
        ("a.top", "two\n", "a.top:1: "),
        ("a.events", "send N1 N3 1\n", "a.events:1: `send N1 N3 1` makes no sense here"),
        ("a.events", "tick soon\n", "a.events:1: "),
        ("a.snap", "N1 1\n", "a.snap:1: "),
        ("a.snap", "", "a.snap: it is empty"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(InputError) as error:
        read(path)
    assert says in str(error.value)


def test_the_command_shows_the_snapshots_and_counts_the_tokens(tmp_path: Path) -> None:
    top = write(tmp_path, "two.top", TWO)
    events = write(tmp_path, "two.events", "send N1 N2 1\nsnapshot N2\ntick\nsnapshot N1\n")
    done = tuiclu("snapshot", "tokens", str(top), str(events))
    assert (done.returncode, done.stderr) == (0, "2 snapshots, tokens in each: 1\n")
    assert done.stdout.startswith("0\nN1 0\nN2 0\nN1 N2 token(1)\n")
    done = tuiclu("snapshot", "tokens", str(top), str(events), "-o", str(tmp_path))
    assert done.returncode == 0
    assert read_snapshot(tmp_path / "0.snap").total == read_snapshot(tmp_path / "1.snap").total == 1
    assert tuiclu("snapshot", "tokens", str(top), str(tmp_path / "none.events")).returncode == 2
