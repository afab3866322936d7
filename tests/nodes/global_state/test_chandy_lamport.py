"""The distributed snapshot: its two rules, published vectors, and the theorem by enumeration of all that can happen in small systems."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from nodes.global_state.chandy_lamport import Action, ChannelRecorded, PartDone, Recorder, RecordState, SendMarker
from nodes.global_state.cuts import Crossing, Histories


def test_who_begins_records_and_sends_a_marker_on_every_channel_before_anything_else() -> None:
    p = Recorder[str](["q", "r"], ["q", "s"])
    assert p.start("1") == [RecordState("1"), SendMarker("1", "q"), SendMarker("1", "s")]
    assert p.awaited("1") == ("q", "r")


def test_a_first_marker_makes_a_process_record_and_its_channel_empty() -> None:
    p = Recorder[str](["q", "r"], ["q"])
    p.receive_message("q", "before")
    assert p.receive_marker("1", "q") == [RecordState("1"), SendMarker("1", "q"), ChannelRecorded("1", "q", ())]
    p.receive_message("q", "behind the marker")
    p.receive_message("r", "in the channel")
    assert p.receive_marker("1", "r") == [ChannelRecorded("1", "r", ("in the channel",)), PartDone("1")]


def test_two_snapshots_at_once_do_not_mix() -> None:
    p = Recorder[int](["q"], ["q"])
    p.start("a")
    p.receive_message("q", 1)
    p.start("b")
    p.receive_message("q", 2)
    assert p.receive_marker("b", "q") == [ChannelRecorded("b", "q", (2,)), PartDone("b")]
    assert p.receive_marker("a", "q") == [ChannelRecorded("a", "q", (1, 2)), PartDone("a")]


def test_to_begin_what_goes_on_already_changes_nothing() -> None:
    p = Recorder[int](["q"], ["q"])
    p.start("a")
    assert p.start("a") == []


def test_a_process_that_nobody_sends_to_has_done_its_part_at_once() -> None:
    assert Recorder[int]([], ["q"]).start("a") == [RecordState("a"), SendMarker("a", "q"), PartDone("a")]


def test_a_broken_channel_is_awaited_no_more_and_said_to_be_not_whole() -> None:
    p = Recorder[int](["q", "r"], [])
    p.start("a")
    p.receive_message("q", 1)
    assert p.channel_broken("q") == [ChannelRecorded("a", "q", (1,), whole=False)]
    assert p.start("b") == [RecordState("b"), ChannelRecorded("b", "q", (), whole=False)]
    p.channel_mended("q")
    p.start("c")
    assert (p.awaited("a"), p.awaited("b"), p.awaited("c")) == (("r",), ("r",), ("q", "r"))


def test_figure_8_of_the_paper() -> None:
    """p records A, sends a marker; p sends M, q sends M'; p receives M'; q receives M and the marker."""
    p, q = Recorder[str](["q"], ["q"]), Recorder[str](["p"], ["p"])
    recorded: dict[str, str] = {}
    assert p.start("s") == [RecordState("s"), SendMarker("s", "q")]
    recorded["p"] = "A"
    # The marker is ahead of M in the channel, so q takes it first; it has sent M' and is in D by then.
    p.receive_message("q", "M'")
    assert q.receive_marker("s", "p") == [
        RecordState("s"),
        SendMarker("s", "p"),
        ChannelRecorded("s", "p", ()),
        PartDone("s"),
    ]
    recorded["q"] = "D"
    q.receive_message("p", "M")
    assert p.receive_marker("s", "q") == [ChannelRecorded("s", "q", ("M'",)), PartDone("s")]
    assert recorded == {"p": "A", "q": "D"}


def test_four_processes_of_the_textbook() -> None:
    """Stallings, the example with four processes: what was sent equals what was received and what was stored, channel by channel."""
    sent = {("1", "2"): 6, ("1", "3"): 6, ("2", "3"): 4, ("2", "4"): 4, ("3", "2"): 8, ("4", "3"): 3}
    received = {("1", "2"): 4, ("1", "3"): 3, ("2", "3"): 3, ("2", "4"): 2, ("3", "2"): 8, ("4", "3"): 3}
    names = ("1", "2", "3", "4")
    recorders = {n: Recorder[int]([a for a, b in sent if b == n], [b for a, b in sent if a == n]) for n in names}
    # Each has received so much when it records its state; the rest comes behind, ahead of the marker.
    for name in names:
        recorders[name].start("s")
    stored: dict[tuple[str, str], tuple[object, ...]] = {}
    for (source, destination), count in sent.items():
        for number in range(received[source, destination] + 1, count + 1):
            recorders[destination].receive_message(source, number)
        for action in recorders[destination].receive_marker("s", source):
            if isinstance(action, ChannelRecorded):
                stored[source, destination] = action.messages
    assert stored == {
        ("1", "2"): (5, 6), ("1", "3"): (4, 5, 6), ("2", "3"): (4,), ("2", "4"): (3, 4), ("3", "2"): (), ("4", "3"): (),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ the theorem


class Base(NamedTuple):
    """A global state of the computation itself: of each channel, how many messages were sent and how many received."""

    sent: tuple[int, ...]
    received: tuple[int, ...]


class World(NamedTuple):
    """A computation with a snapshot on top of it. Channels carry the numbers of their messages, and markers (0)."""

    base: Base
    channels: tuple[tuple[int, ...], ...]
    recorders: tuple[Recorder[int], ...]
    states: tuple[tuple[tuple[int, ...], tuple[int, ...]] | None, ...]
    """Of each process that has recorded: how many it had sent and received on each channel."""
    contents: tuple[tuple[int, ...] | None, ...]
    """Of each channel that was recorded: its messages."""
    began: Base | None

    def key(self) -> object:
        awaited = tuple((one.has_recorded("s"), one.awaited("s")) for one in self.recorders)
        return (self.base, self.channels, awaited, self.states, self.contents, self.began)


class System:
    """`processes` that are all connected, each of which sends up to `messages`, whenever and to whomever it likes."""

    def __init__(self, processes: int, messages: int) -> None:
        self.links = [(a, b) for a in range(processes) for b in range(processes) if a != b]
        self.messages = messages
        recorders = tuple(
            Recorder[int]([str(a) for a, b in self.links if b == one], [str(b) for a, b in self.links if a == one])
            for one in range(processes)
        )
        zeros = (0,) * len(self.links)
        self.first = World(
            Base(zeros, zeros), ((),) * len(self.links), recorders, (None,) * processes, (None,) * len(self.links), None
        )

    def steps_of(self, base: Base) -> Iterator[Base]:
        for link in range(len(self.links)):
            if self._may_send(base, link):
                yield base._replace(sent=_plus(base.sent, link))
            if base.received[link] < base.sent[link]:
                yield base._replace(received=_plus(base.received, link))

    def steps(self, world: World) -> Iterator[World]:
        for link in range(len(self.links)):
            if self._may_send(world.base, link):
                yield world._replace(
                    base=world.base._replace(sent=_plus(world.base.sent, link)),
                    channels=_with(world.channels, link, (*world.channels[link], world.base.sent[link] + 1)),
                )
            if world.channels[link]:
                yield self._receive(world, link)
        if world.began is None:
            for process in range(len(world.recorders)):
                recorder = world.recorders[process].copy()
                begun = world._replace(recorders=_with(world.recorders, process, recorder), began=world.base)
                yield self._carry_out(begun, process, recorder.start("s"))

    def _may_send(self, base: Base, link: int) -> bool:
        sender = self.links[link][0]
        return sum(count for count, (a, _) in zip(base.sent, self.links, strict=True) if a == sender) < self.messages

    def _receive(self, world: World, link: int) -> World:
        source, destination = self.links[link]
        what, *rest = world.channels[link]
        recorder = world.recorders[destination].copy()
        after = world._replace(
            channels=_with(world.channels, link, tuple(rest)),
            recorders=_with(world.recorders, destination, recorder),
        )
        if what == 0:
            return self._carry_out(after, destination, recorder.receive_marker("s", str(source)))
        recorder.receive_message(str(source), what)
        return after._replace(base=after.base._replace(received=_plus(after.base.received, link)))

    def _carry_out(self, world: World, process: int, actions: list[Action]) -> World:
        for action in actions:
            match action:
                case RecordState():
                    mine = (
                        tuple(count for count, (a, _) in zip(world.base.sent, self.links, strict=True) if a == process),
                        tuple(
                            count for count, (_, b) in zip(world.base.received, self.links, strict=True) if b == process
                        ),
                    )
                    world = world._replace(states=_with(world.states, process, mine))
                case SendMarker(to=to):
                    link = self.links.index((process, int(to)))
                    world = world._replace(channels=_with(world.channels, link, (*world.channels[link], 0)))
                case ChannelRecorded(source=source, messages=messages):
                    link = self.links.index((int(source), process))
                    numbers = tuple(int(str(message)) for message in messages)
                    world = world._replace(contents=_with(world.contents, link, numbers))
        return world

    def recorded(self, world: World) -> Base | None:
        """Return the global state that was recorded, if that has ended; every channel must hold just what is between its ends."""
        if None in world.states or None in world.contents:
            return None
        sent, received = [], []
        for link, (a, b) in enumerate(self.links):
            of_a, of_b, content = world.states[a], world.states[b], world.contents[link]
            assert of_a is not None
            assert of_b is not None
            sent.append(of_a[0][[one for one in self.links if one[0] == a].index((a, b))])
            received.append(of_b[1][[one for one in self.links if one[1] == b].index((a, b))])
            assert content == tuple(range(received[-1] + 1, sent[-1] + 1))
        return Base(tuple(sent), tuple(received))

    def reaches(self, start: Base, end: Base) -> bool:
        """Tell whether the computation itself can go from one global state to another: counts only grow, and a message is sent first."""
        return (
            all(a <= b for a, b in zip(start.sent, end.sent, strict=True))
            and all(a <= b for a, b in zip(start.received, end.received, strict=True))
            and all(r <= s for r, s in zip(start.received, start.sent, strict=True))
            and all(r <= s for r, s in zip(end.received, end.sent, strict=True))
        )


def _plus(counts: tuple[int, ...], place: int) -> tuple[int, ...]:
    return _with(counts, place, counts[place] + 1)


def _with(values: tuple, place: int, value: object) -> tuple:  # type: ignore[type-arg]
    return (*values[:place], value, *values[place + 1 :])


@pytest.mark.parametrize(
    ("processes", "messages", "worlds"),
    [(2, 1, 183), (2, 2, 1976), (2, 3, 12_510), pytest.param(3, 1, 143_184, marks=pytest.mark.long)],
)
def test_every_recorded_state_can_be_reached_from_the_start_and_reaches_the_end(
    processes: int, messages: int, worlds: int
) -> None:
    system = System(processes, messages)
    seen = {system.first.key()}
    waiting = deque([system.first])
    recorded = 0
    while waiting:
        world = waiting.popleft()
        state = system.recorded(world)
        if state is not None:
            recorded += 1
            assert world.began is not None
            assert system.reaches(world.began, state)
            assert system.reaches(state, world.base)
        for following in system.steps(world):
            key = following.key()
            if key not in seen:
                seen.add(key)
                waiting.append(following)
    assert recorded > 0
    assert len(seen) == worlds, "all that can happen"


def test_steps_of_a_computation_are_what_reaching_means() -> None:
    system = System(2, 2)
    start = system.first.base
    reachable = {start}
    waiting = deque([start])
    while waiting:
        for following in system.steps_of(waiting.popleft()):
            if following not in reachable:
                reachable.add(following)
                waiting.append(following)
    assert len(reachable) == 36
    assert all(system.reaches(start, one) for one in reachable)


# ------------------------------------------------------------------------------------------------------------------ cuts


def test_a_cut_that_holds_a_receipt_and_not_its_sending_is_betrayed_by_that_message() -> None:
    histories = Histories()
    histories.sent("p", "m1")
    early = {"p": histories.position("p"), "q": 0}
    histories.sent("p", "m2")
    histories.received("q", "m1")
    histories.received("q", "m2")
    assert histories.crossings(early | {"q": 2}) == [Crossing("m2", "p", "q")]
    assert histories.crossings(early | {"q": 1}) == []
    assert histories.in_channels(early) == ["m1"]
    assert histories.in_channels({"p": 2, "q": 1}) == ["m2"]
    assert histories.crossings({"p": 2, "q": 2}) == histories.in_channels({"p": 2, "q": 2}) == []


def test_nobody_waits_for_the_marker_of_one_who_takes_no_part_and_a_late_one_changes_nothing() -> None:
    recorder = Recorder[str](["a", "b"], ["a"])
    assert recorder.start("s", without=["b"]) == [
        RecordState("s"),
        SendMarker("s", "a"),
        ChannelRecorded("s", "b", (), whole=False),
    ]
    assert recorder.receive_marker("s", "b") == []
    assert recorder.receive_marker("s", "a") == [ChannelRecorded("s", "a", ()), PartDone("s")]


def test_a_snapshot_that_is_forgotten_is_not_known_any_more() -> None:
    recorder = Recorder[str](["a"], [])
    recorder.receive_marker("s", "a")
    recorder.forget("s")
    assert not recorder.has_recorded("s")
