"""What the screen shows beyond the state of the cluster, folded from events alone."""

from __future__ import annotations

from nodes.wire.events import (
    AnyEvent,
    EvictionCompleted,
    EvictionStarted,
    FileAsked,
    MessageSent,
    NodeRecovered,
    NodeStarted,
    NodeSuspected,
    NodeThrashing,
    PageEvicted,
    PageFaulted,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessPutBack,
    RunStarted,
    SignalDelivered,
    Stamped,
)
from nodes.wire.reasons import reason
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import NodeCard, ProcessRow
from tuiclu.model.screen import ScreenView
from tuiclu.model.sources import SUBJECTS, Asked, Sources

SETTINGS = {
    "nodes": [{"name": "n1"}, {"name": "n2"}],
    "migration": {"strategy": "precopy"},
    "files": {"records.dat": {"on": "n2", "size": 4096, "seed": 1}},
}


def after(*events: tuple[str | None, AnyEvent]) -> ScreenView:
    """Return the screen's view after two nodes are up, a process has come, and this has happened, a microsecond apart."""
    view = ClusterView()
    screen = ScreenView(view)
    born: list[tuple[str | None, AnyEvent]] = [
        (None, RunStarted("1", "a run", 1, SETTINGS)),
        ("n1", NodeStarted(10_000_000, 512)),
        ("n2", NodeStarted(10_000_000, 512)),
        ("n1", ProcessCreated("n1.1", "P", "primes", ["primes"], 0)),
    ]
    for seq, (node, event) in enumerate([*born, *events]):
        stamped = Stamped(seq * 1000, seq, node, event)
        view.apply(stamped)
        screen.apply(stamped)
    return screen


def card(screen: ScreenView, name: str) -> NodeCard:
    return next(one for one in screen.node_cards({}) if one.name == name)


def row(screen: ScreenView) -> ProcessRow:
    return screen.process_rows()[0]


def test_files_are_on_the_node_that_has_them() -> None:
    screen = after()
    assert card(screen, "n2").files == (("records.dat", 4096),)
    assert card(screen, "n1").files == ()


def test_a_node_thrashes_until_it_has_recovered() -> None:
    assert card(after(("n1", NodeThrashing(72))), "n1").thrashing == 72
    assert card(after(("n1", NodeThrashing(72)), ("n1", NodeRecovered(30))), "n1").thrashing == 0


def test_pages_that_go_out_and_come_back_are_counted_where_they_do() -> None:
    screen = after(
        ("n1", PageFaulted("n1.1", "zero", [1, 2, 3])),
        ("n1", PageEvicted("n1.1", True, [1, 2])),
        ("n1", PageFaulted("n1.1", "disk", [1])),
    )
    node = card(screen, "n1")
    assert (node.paged_out, node.paged_in) == (2, 1)
    assert (row(screen).evicted, row(screen).faults) == (2, {"zero": 3, "disk": 1})
    assert (row(screen).resident, row(screen).pages) == (2, 3)


def test_what_a_process_did_last_is_in_its_row() -> None:
    screen = after(
        ("n1", ProcessPutBack("n1.1", True)),
        ("n1", SignalDelivered("n1.1", "SIGALRM", 0)),
        ("n1", FileAsked("n1.1", "records.dat", "n2", 0)),
    )
    assert (row(screen).background, row(screen).signal_taken) == (True, "SIGALRM")
    assert row(screen).reads == "records.dat on n2"


def test_guests_that_must_leave_are_named_until_they_have() -> None:
    started = EvictionStarted("owner", "home", ["n1.1"], "n1")
    assert card(after(("n1", started)), "n1").leaving == ("P",)
    assert card(after(("n1", started), ("n1", EvictionCompleted("home", ["n1.1"], [], "n1"))), "n1").leaving == ()


def test_a_broken_connection_is_shown_where_it_was_noticed() -> None:
    assert card(after(("n1", NodeSuspected("n2"))), "n1").suspects == ("n2",)


def test_the_last_event_of_each_kind_is_known_about_whatever_it_is_about() -> None:
    screen = after(
        ("n1", PageFaulted("n1.1", "zero", [1])),
        ("n1", PageFaulted("n1.1", "zero", [2])),
        ("n1", MessageSent("n1:1", "n2", "Hello", 100)),
    )
    sources = screen.recent.sources
    assert [(one.kind, one.seq) for one in sources.of(Asked("n1.1", ("page.faulted", "page.evicted")))] == [
        ("page.faulted", 5)
    ]
    assert [(one.t, one.seq) for one in sources.of(Asked("n1→n2", ("message.sent",)))] == [(6000, 6)]
    assert [one.kind for one in sources.of(Asked("n1", ("process.created", "message.sent")))] == [
        "message.sent",
        "process.created",
    ]
    assert sources.of(Asked("n2", ("message.sent",))) == ()
    assert [one.seq for one in sources.of(Asked("n2", ("run.started",)))] == [0]


def test_what_is_remembered_of_processes_is_bounded_and_nodes_are_not_forgotten() -> None:
    sources = Sources()
    for seq in range(SUBJECTS + 10):
        sources.take(Stamped(seq, seq, "n1", ProcessCreated(f"n1.{seq}", "P", "primes", [], 0)))
    assert sources.of(Asked("n1.0", ("process.created",))) == ()
    assert [one.seq for one in sources.of(Asked(f"n1.{seq}", ("process.created",)))] == [seq]
    assert [one.seq for one in sources.of(Asked("n1", ("process.created",)))] == [seq]


def test_a_cpu_is_idle_where_nothing_is_left_to_happen_and_as_busy_as_it_was_where_time_is_held() -> None:
    view = ClusterView()
    screen = ScreenView(view)
    happened: list[tuple[int, AnyEvent]] = [
        (0, NodeStarted(10_000_000, 64)),
        (0, ProcessCreated("n1.1", "P", "primes", [], 0)),
        (0, ProcessDispatched("n1.1")),
        (500, ProcessExited("n1.1", 0, None, reason("exit", code="0"), 1, 1)),
    ]
    for number, (at, event) in enumerate(happened):
        one = Stamped(at * 1_000_000, number, "n1", event)
        view.apply(one)
        screen.apply(one)
    assert screen.node_cards({})[0].load[-1] == 100
    screen.look_at(550_000_000)
    assert screen.node_cards({})[0].load[-1] == 50
    screen.look_at(500_000_000, still=True)
    assert screen.node_cards({})[0].load[-1] == 0


def test_a_process_that_ended_long_ago_is_found_when_it_is_looked_for() -> None:
    events: list[tuple[str | None, AnyEvent]] = []
    for serial in range(2, 102):
        pid = f"n1.{serial}"
        events.append(("n1", ProcessCreated(pid, f"Q{serial}", "hello", [], 0)))
        events.append(("n1", ProcessExited(pid, 0, None, reason("exit", code="0"), 1, 1)))
    screen = after(*events)
    assert "Q2" not in {one.name for one in screen.process_rows()}
    assert "Q2" in {one.name for one in screen.process_rows("q2")}
    assert len(screen.process_rows("")) == 101
