"""What the parts of a snapshot come to: sums, places, channels as processes see them, and the messages that betray a cut."""

from __future__ import annotations

import pytest

from nodes.wire.events import (
    AnyEvent,
    ChannelState,
    EndRecorded,
    LinkBetween,
    MessageCrossed,
    MessageDelivered,
    NodeCrashed,
    ProcessRecorded,
    SnapshotChannel,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotPart,
    SnapshotRecorded,
    SnapshotStarted,
    Stamped,
)
from nodes.wire.reasons import reason, verbatim
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Table
from tuiclu.model.snapshot_file import NotASnapshot, described, file_of, read_snapshot
from tuiclu.model.snapshots import Snapshots, SnapshotWatch, links_between, snapshot_result, stuck

Happened = tuple[str, AnyEvent]


def process(pid: str, money: int, *links: EndRecorded, migration: str = "") -> ProcessRecorded:
    return ProcessRecorded(pid, pid, "ready", 3, {"money": money}, list(links), migration)


def recorded(node: str, sent: int, *processes: ProcessRecorded, coming: tuple[ProcessRecorded, ...] = ()) -> Happened:
    return node, SnapshotRecorded("1", sent, list(processes), list(coming), [])


def started(way: str = "markers", nodes: tuple[str, ...] = ("n1", "n2")) -> Happened:
    return "", SnapshotStarted("1", way, ["n1"], list(nodes))


def channel(
    source: str, destination: str, *messages: str, pages: int = 0, handed_over: tuple[str, ...] = ()
) -> Happened:
    return destination, SnapshotChannel("1", source, list(messages), pages, list(handed_over), whole=True)


def done(node: str) -> Happened:
    return node, SnapshotPart("1")


def delivered(node: str, message: str, kind: str = "LinkFragment") -> Happened:
    return node, MessageDelivered(message, message.partition(":")[0], kind)


def answers(*happened: Happened) -> list[AnyEvent]:
    watch = SnapshotWatch()
    return [
        answer
        for number, (node, event) in enumerate(happened)
        for answer in watch.observe(Stamped(number, number, node, event))
    ]


def test_tills_and_channels_together_are_the_total() -> None:
    a_end = EndRecorded("a", "n2.1", 2, 0, 0, 0, kept=[(0, {"money": 10}), (1, {"money": 5})])
    b_end = EndRecorded("a", "n1.1", 0, 1, 0, 1, came=[(0, {"money": 10})])
    assert answers(
        started(),
        recorded("n1", 7, process("n1.1", 85, a_end)),
        recorded("n2", 3, process("n2.1", 100, b_end)),
        channel("n1", "n2"),
        delivered("n1", "n2:3"),
        channel("n2", "n1", "LinkReceipt"),
        done("n1"),
        done("n2"),
    ) == [
        SnapshotEnded(
            "1",
            consistent=True,
            crossing=[],
            places={"n1.1": "n1", "n2.1": "n2"},
            channels=[ChannelState("n2", "n1", 1, 0)],
            between=[LinkBetween("a", "n1.1", "n2.1", 2, {"money": 15})],
            totals={"money": 200},
            markers=2,
        )
    ]


def test_a_piece_that_the_receiver_has_is_not_counted_again_where_it_is_kept() -> None:
    sender = EndRecorded("a", "b", 3, 0, 0, 0, kept=[(0, {"money": 1}), (1, {"money": 2}), (2, {"money": 4})])
    receiver = EndRecorded("a", "s", 0, 2, 1, 1, came=[(2, {"money": 4})])  # took 0; 2 came before 1
    assert links_between([process("s", 0, sender), process("b", 0, receiver)], []) == [
        LinkBetween("a", "s", "b", 2, {"money": 6})
    ]


def test_what_one_has_sent_who_has_ended_is_still_on_its_way() -> None:
    came = EndRecorded("a", "s", 0, 3, 1, 3, came=[(1, {"money": 2}), (2, {"money": 4})])
    assert links_between([process("b", 0, came)], []) == [LinkBetween("a", "s", "b", 2, {"money": 6})]
    kept = EndRecorded("a", "b", 3, 0, 0, 0, kept=[(2, {"money": 4})])
    nothing = EndRecorded("a", "s", 0, 2, 2, 2)
    assert links_between([process("b", 0, nothing)], [process("s", 0, kept)]) == [
        LinkBetween("a", "s", "b", 1, {"money": 4})
    ]


def test_a_process_that_was_handed_over_is_in_the_channel_as_it_was_installed() -> None:
    (ended,) = answers(
        started(),
        recorded("n1", 7),
        recorded("n2", 3, coming=(process("n1.1", 40, migration="n1/1"), process("n1.2", 9, migration="n1/2"))),
        delivered("n2", "n1:7"),
        channel("n1", "n2", "OwnershipTransferred", handed_over=("n1/1",)),
        channel("n2", "n1"),
        done("n1"),
        done("n2"),
    )
    assert isinstance(ended, SnapshotEnded)
    assert (ended.places, ended.totals, ended.consistent) == ({"n1.1": "n1>n2"}, {"money": 40}, True)


def test_a_process_in_two_places_and_a_channel_that_is_not_what_it_was_betray_a_snapshot() -> None:
    both = answers(
        started(), recorded("n1", 7, process("n1.1", 1)), recorded("n2", 3, process("n1.1", 1)), done("n1"), done("n2")
    )
    lacks = answers(
        started(),
        recorded("n1", 7),
        recorded("n2", 3),
        delivered("n2", "n1:7"),
        channel("n1", "n2"),
        done("n1"),
        done("n2"),
    )
    assert [one.consistent for one in (*both, *lacks) if isinstance(one, SnapshotEnded)] == [False, False]


@pytest.mark.parametrize("way", ["clocks", "poll"])
def test_a_message_from_the_future_is_named(way: str) -> None:
    (ended,) = answers(
        started(way),
        recorded("n1", 7, process("n1.1", 100)),
        delivered("n2", "n1:7"),
        delivered("n2", "n1:8", "StateAsked"),
        delivered("n2", "n1:9"),
        recorded("n2", 3, process("n2.1", 100)),
        done("n1"),
    )[:1]
    assert isinstance(ended, SnapshotEnded)
    assert ended.crossing == [MessageCrossed("n1:9", "LinkFragment", "n1", "n2")]
    assert (ended.consistent, ended.totals, ended.markers) == (False, {"money": 200}, 0)


def test_whoever_dies_before_its_part_is_done_ends_a_snapshot_and_later_changes_nothing() -> None:
    died = ("n2", NodeCrashed(verbatim("a reason")))
    assert answers(started(), recorded("n1", 7), recorded("n2", 3), died, done("n1")) == [
        SnapshotFailed("1", reason("crashed-unrecorded", machine="n2"))
    ]
    after = answers(started(), recorded("n1", 7), recorded("n2", 3), done("n2"), died, done("n1"))
    assert [type(one) for one in after] == [SnapshotEnded]


def test_a_poll_dies_with_its_observer() -> None:
    assert answers(started("poll"), recorded("n1", 7), ("n1", NodeCrashed(verbatim("a reason"))), done("n2")) == [
        SnapshotFailed("1", reason("crashed-unrecorded", machine="n1"))
    ]


def test_a_poll_goes_on_without_the_dead() -> None:
    (ended,) = answers(
        started("poll"),
        recorded("n1", 7, process("n1.1", 1)),
        ("n2", NodeCrashed(verbatim("a reason"))),
        done("n1"),
    )
    assert isinstance(ended, SnapshotEnded)
    assert ended.totals == {"money": 1}


def test_the_result_of_a_snapshot_that_is_not_over_says_what_is_known() -> None:
    history = Snapshots(kept=None)
    for number, (node, event) in enumerate([started(), recorded("n1", 7, process("n1.1", 1))]):
        Table(history).apply(Stamped(number * 10**9, number, node, event))
    result = snapshot_result(history.known["1"], str)
    assert (result["outcome"], result["completed_s"], result["reason"]) == ("unfinished", None, "")
    assert result["nodes"] == [{"name": "n1", "recorded_s": 1.0, "processes": ["n1.1"], "amounts": {"money": 1}}]


def test_only_the_latest_are_remembered_where_there_is_no_end_of_them() -> None:
    history = Snapshots(kept=2)
    for number in range(4):
        Table(history).apply(Stamped(number, number, "", SnapshotStarted(str(number), "poll", [], [])))
    assert list(history.known) == ["2", "3"]


def waiting(pid: str, *peers: str) -> ProcessRecorded:
    ends = [EndRecorded(f"{pid}-{peer}", peer, 0, 0, 0, 0) for peer in peers]
    return ProcessRecorded(pid, pid, "blocked", 3, {}, ends, waits=True)


def test_processes_that_wait_for_each_other_are_stuck_unless_somebody_could_go_on() -> None:
    ring = [waiting("a", "b", "c"), waiting("b", "a", "c"), waiting("c", "a", "b")]
    assert stuck(ring, []) == ["a", "b", "c"]
    assert stuck(ring, [LinkBetween("l", "a", "b", 1, {})]) == []
    assert stuck([*ring, waiting("d", "e"), process("e", 0)], []) == ["a", "b", "c"]
    assert stuck([*ring[:2], process("c", 0)], []) == []
    assert stuck([waiting("alone")], []) == [], "it waits for whoever may come"


def test_what_an_earlier_snapshot_found_and_a_later_one_does_not_is_lost() -> None:
    watch, totals = SnapshotWatch(), []
    for number, token in (("1", 0), ("2", 1), ("3", 0)):
        happened: list[tuple[str, AnyEvent]] = [
            ("", SnapshotStarted(number, "markers", ["n1"], ["n1"])),
            (
                "n1",
                SnapshotRecorded(number, 0, [ProcessRecorded("n1.1", "T", "ready", 0, {"token": token}, [])], [], []),
            ),
            ("n1", SnapshotPart(number)),
        ]
        said = [answer for node, event in happened for answer in watch.observe(Stamped(0, 0, node, event))]
        totals += [(one.totals, one.lost, one.over) for one in said if isinstance(one, SnapshotEnded)]
    assert totals == [({"token": 0}, [], False), ({"token": 1}, [], False), ({"token": 0}, ["token"], False)]


def test_where_no_process_is_left_and_nothing_is_on_its_way_all_work_has_ended() -> None:
    ended = answers(
        started(),
        recorded("n1", 0),
        recorded("n2", 0),
        channel("n1", "n2"),
        channel("n2", "n1"),
        done("n1"),
        done("n2"),
    )
    assert [one.over for one in ended if isinstance(one, SnapshotEnded)] == [True]


def a_file(*happened: Happened) -> bytes:
    view, watch = ClusterView(), SnapshotWatch()
    for number, (node, event) in enumerate(happened):
        stamped = Stamped(number, number, node, event)
        view.apply(stamped)
        for answer in watch.observe(stamped):
            view.apply(Stamped(number, number, node, answer))
    return file_of(view, view.snapshots["1"])


def test_a_file_begins_with_an_index_and_tells_what_the_snapshot_holds() -> None:
    content = a_file(
        started("poll"),
        recorded("n1", 7, process("n1.1", 100)),
        delivered("n2", "n1:9"),
        recorded("n2", 3, process("n2.1", 100)),
        done("n1"),
    )
    assert content.startswith(b'tuiclu snapshot 2 {"id":1,"way":"poll","outcome":"completed","consistent":false')
    assert described(read_snapshot(content), "en") == [
        "Snapshot 1 (poll) of , seed 0",
        "n1, recorded at 0.000000 s",
        "  n1.1 (n1.1) ready, 3 pages in frames, has money 100",
        "n2, recorded at 0.000000 s",
        "  n2.1 (n2.1) ready, 3 pages in frames, has money 100",
        "In all: money 200",
        "The cut is NOT consistent.",
        "  n1:9 is received at n2, and not sent yet at n1",
    ]


def test_a_file_of_channels_and_processes_on_their_way_is_told_in_spanish_too() -> None:
    a_end = EndRecorded("a", "n2.1", 2, 0, 0, 0, kept=[(0, {"money": 10})])
    content = a_file(
        started(),
        recorded("n1", 7, process("n1.2", 85, a_end)),
        recorded("n2", 3, coming=(process("n1.1", 40, migration="n1/1"),)),
        delivered("n2", "n1:7"),
        channel("n1", "n2", "OwnershipTransferred", handed_over=("n1/1",)),
        done("n1"),
        done("n2"),
    )
    assert described(read_snapshot(content), "es")[4:] == [
        "  n1.1 (n1.1) instalado para la migración n1/1, y aún no suyo, tiene money 40",
        "Canales que no estaban vacíos",
        "  n1 > n2: 1 mensaje",
        "En camino entre procesos",
        "  n1.2 > n2.1 (enlace a): 2 mensajes, con money 10",
        "En camino: n1.1 (n1>n2)",
        "En total: money 135",
        "El corte es coherente.",
    ]


def test_a_file_of_what_came_to_nothing_says_so() -> None:
    assert described(read_snapshot(a_file(started())), "en")[1:] == ["It was not over when the run ended."]
    failed = a_file(started(), ("", SnapshotFailed("1", reason("crashed-unrecorded", machine="n2"))))
    assert described(read_snapshot(failed), "es")[1:] == [
        "No pudo completarse: n2 cayó antes de haber registrado su parte."
    ]


@pytest.mark.parametrize("content", [b"", b"something else", b"tuiclu snapshot 2 {}\n", b"tuiclu snapshot 1 {}\n\x93"])
def test_what_is_no_snapshot_is_refused(content: bytes) -> None:
    with pytest.raises(NotASnapshot):
        read_snapshot(content)
