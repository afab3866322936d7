"""Where the numbers on the screen come from."""

from __future__ import annotations

from dataclasses import replace as again

import msgspec
import pytest

from nodes.wire.events import KINDS, kind_of
from tests.tuiclu.tui.frames import frame_of
from tests.tuiclu.tui.instants import a_run, seen
from tuiclu.model.sources import PICKS, Asked
from tuiclu.tui.draw.inquiry import nearest, neighbour, numbers_on
from tuiclu.tui.draw.paper import Paper
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.look import Look, RealSide
from tuiclu.tui.numbers import IDEAS, NUMBERS, ORIGINS, asked_for, number, parts
from tuiclu.tui.views import VIEWS

SIZE = 200, 60


def drawn(demo: str, ms: int, view: str, node: str = "n1", pid: str = "n1.1", **looks: object) -> Paper:
    frame, look = frame_of(demo, ms * 1_000_000, node, pid)
    for name, value in {"view": view, "lang": "en", "ascii_only": False, "asked": "", **looks}.items():
        setattr(look, name, value)
    look.real = {one.name: RealSide(4711, 3.0, 30 << 20, "sleeping", 5) for one in frame.nodes}
    nodes = tuple(msgspec.structs.replace(one, pid=4711, view=again(one.view, life=2)) for one in frame.nodes)
    return draw(msgspec.structs.replace(frame, nodes=nodes), look, [], *SIZE)


def test_every_number_of_the_table_has_an_origin_and_an_idea() -> None:
    for name, one in NUMBERS.items():
        assert one.idea in IDEAS, name
        assert set(one.kinds) <= set(KINDS), name
        assert one.kinds or one.origin, name
        assert one.origin in ("", *ORIGINS), name
        assert one.pick in ("", *PICKS), name


def test_every_number_of_the_table_is_on_the_screen_somewhere_and_every_idea_is_shown() -> None:
    papers = [
        *(drawn("first-steps", 300, view) for view in VIEWS),
        *(drawn("precopy", 1200, view) for view in VIEWS),
        *(drawn("copy-on-reference", 1500, view) for view in ("node", "migration")),
        *(drawn("load-sharing", 1500, view) for view in ("cluster", "conversation")),
        *(drawn("to-the-data", 300, view) for view in ("cluster", "node")),
        *(drawn("thrashing", 2500, view) for view in ("cluster", "node")),
        drawn("links-follow", 1500, "migration"),
    ]
    found = {parts(hit.target)[0] for paper in papers for hit in numbers_on(paper)}
    # these need a map too large for the screen, the log of a live cluster, or late mail
    assert set(NUMBERS) - found <= {"scale", "clock", "lines", "letters"}
    assert {one.idea for one in NUMBERS.values()} == set(IDEAS)


def test_a_number_is_explained_with_its_last_events() -> None:
    frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2", asked_for(number("cpu", "n1")))
    look.view, look.lang, look.ascii_only, look.asked = "cluster", "en", False, number("cpu", "n1")
    told = "\n".join(draw(frame, look, [], 120, 40).lines())
    look.asked = ""
    assert "Load of the CPU, n1: 100%" in told
    assert "process.dispatched (0.214506 s, number 103)" in told
    assert "Load sharing" in told


def test_what_is_asked_for_is_of_this_node_process_or_wire() -> None:
    for about, kind in (("n1", "process.frozen"), ("n1.1", "migration.frozen"), ("n1/1", "migration.frozen")):
        frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2", Asked(about, (kind,)))
        assert [one.kind for one in frame.details.sources] == [kind]
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2", Asked("n1→n4", ("message.sent",)))
    assert [one.kind for one in frame.details.sources] == ["message.sent"]
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2", Asked("n3", ("migration.frozen", "run.started")))
    assert [(one.kind, one.seq) for one in frame.details.sources] == [("run.started", 0)]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_explanation_fits_every_size(lang: str, size: tuple[int, int]) -> None:
    for view in VIEWS:
        frame, look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
        look.view, look.lang, look.ascii_only, look.asked = view, lang, False, ""
        for hit in numbers_on(draw(frame, look, [], *size)):
            look.asked = hit.target
            lines = draw(frame, look, [], *size).lines()
            look.asked = ""
            top = next(line for line in lines if look.t(NUMBERS[parts(hit.target)[0]].name) in line)
            assert top.lstrip("│╭╰─ ") != ""
            assert any("╰─" in line for line in lines[lines.index(top) :]), hit


def test_one_goes_from_number_to_number_as_they_are_read() -> None:
    paper = Paper(40, 4)
    for x, y, name in ((2, 0, "now"), (20, 0, "speed"), (10, 2, "cpu")):
        paper.put(x, y, "123", target=number(name))
    assert [parts(hit.target)[0] for hit in numbers_on(paper)] == ["now", "speed", "cpu"]
    assert neighbour(paper, number("now"), 1, 0) == number("speed")
    assert neighbour(paper, number("now"), -1, 0) == number("cpu")
    assert neighbour(paper, number("cpu"), 0, 1) == number("now")
    assert neighbour(paper, number("speed"), 0, -1) == number("cpu")
    assert nearest(paper, 39, 1) == number("cpu") or nearest(paper, 39, 0) == number("speed")


def test_a_number_that_is_shown_no_more_gives_way_to_its_neighbour() -> None:
    frame, _ = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    look = Look(asked=number("cpu", "n99"), asked_at=(10, 3))
    draw(frame, look, [], 120, 40)
    assert look.asked != number("cpu", "n99")
    look.show("log")
    assert look.asked == ""


def told(demo: str, ms: int, view: str, target: str) -> list[tuple[str, int, int]]:
    frame, _ = frame_of(demo, ms * 1_000_000, "n1", "n1.1", asked_for(target))
    return [(one.kind, one.t, one.seq) for one in frame.details.sources]


def numbers_in(demo: str, ms: int, view: str, name: str) -> list[tuple[str, str]]:
    """Return the targets of all numbers of a name in a view, and what they say."""
    paper = drawn(demo, ms, view)
    return [(hit.target, paper.characters(hit)) for hit in numbers_on(paper) if parts(hit.target)[0] == name]


def test_a_message_is_explained_by_its_own_sending_and_arrival() -> None:
    found = numbers_in("load-sharing", 1500, "messages", "message")
    assert len(found) > 5
    for target, text in found:
        sources = told("load-sharing", 1500, "messages", target)
        sent = next(t for kind, t, _ in sources if kind == "message.sent")
        assert f"{sent / 1e9:.6f} s" == text
        assert {kind for kind, *_ in sources} <= {"message.sent", "message.delivered"}


def test_what_was_said_and_decided_is_explained_by_the_event_of_that_instant() -> None:
    for name, view in (("spoken_at", "conversation"), ("told_at", "log")):
        found = numbers_in("load-sharing", 1500, view, name)
        assert len(found) > 5
        for target, text in found:
            sources = told("load-sharing", 1500, view, target)
            assert sources, target
            assert {f"{t / 1e9:.6f}" for _, t, _ in sources} == {text.removesuffix(" s").strip()}


def test_a_round_is_explained_by_its_own_event() -> None:
    found = [
        one for one in numbers_in("precopy", 500, "migration", "round") if "time" in one[0] or one[0][-1].isdigit()
    ]
    instants = [told("precopy", 500, "migration", target)[0][1] for target, _ in found]
    assert len(instants) == len(set(instants)) == 8
    assert instants == sorted(instants)


def test_a_belief_is_explained_by_the_message_that_told_it() -> None:
    frame, _ = frame_of("stale-information", 1_500_000_000, "n1", "n1.1")
    for target, _ in numbers_in("stale-information", 1500, "conversation", "belief"):
        holder = parts(target)[1]
        about = target.partition("/@")[2]
        one = next(each for each in frame.beliefs if (each.holder, each.about) == (holder, about))
        heard = [t for kind, t, _ in told("stale-information", 1500, "conversation", target) if kind == "load.heard"]
        assert heard == [one.heard]


CLOCKED = {
    *(
        "now",
        "speed",
        "events",
        "cpu",
        "cpu_time",
        "freeze",
        "phase",
        "belief",
        "wire_messages",
        "wire_bytes",
        "edge",
        "lines",
        "spoken_at",
    ),
    *("told_at", "message", "mips", "states", "moved", "block", "scale", "span"),
}
"""Numbers that change as time goes by, or that are many of which each is of its own event."""


CARRIES = ("message.delivered", "migration.pages")
"""Messages with pages, of which no event tells that they are in frames."""


@pytest.mark.parametrize(("demo", "events"), [("first-steps", 140), ("links-follow", 160), ("eviction", 160)])
def test_a_number_changes_by_events_of_the_kinds_that_it_names_alone(demo: str, events: int) -> None:
    run = a_run(demo, most=2 * events, until_ns=1_200_000_000, every_event=True)
    before: dict[str, str] = {}
    for frame, until in list(zip(run.frames, run.until, strict=True))[:events]:
        now: dict[str, str] = {}
        for view in ("cluster", "node", "migration"):
            look = seen(run, frame, view)
            look.node, look.pid = "n1", "n1.1"
            paper = draw(frame, look, [], 200, 60)
            now |= {hit.target: paper.characters(hit).split(", ○")[0].split(", »")[0] for hit in numbers_on(paper)}
        kind = kind_of(run.events[until - 1].event)
        for target in before.keys() & now.keys():
            name, _ = parts(target)
            if before[target] != now[target] and name not in CLOCKED:
                named = (*NUMBERS[name].kinds, *(CARRIES if name in ("memory", "frames", "promised") else ()))
                assert kind in named, f"{target}: {before[target]} -> {now[target]} by {kind}"
        before = now
