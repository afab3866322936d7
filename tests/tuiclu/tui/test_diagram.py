"""The space-time diagram: which stretch of time is drawn, which messages, the way of processes, and what a snapshot has recorded."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.tuiclu.tui.frames import frame_of
from tuiclu.model.frame import Frame
from tuiclu.model.traffic import Excerpt, Message, Remembered
from tuiclu.model.ways import way_of
from tuiclu.tui.draw.diagram import instant_text
from tuiclu.tui.draw.dots import line
from tuiclu.tui.draw.messages import draw_messages, wanted
from tuiclu.tui.draw.paper import Paper
from tuiclu.tui.look import Look
from tuiclu.tui.timeline import Timeline, neighbour, tick_ns

MS = 1_000_000


def lines_of(frame: Frame, look: Look, width: int = 160, height: int = 48) -> list[str]:
    paper = Paper(width, height)
    draw_messages(paper, frame, look, 0, height)
    return paper.lines()


def looked(demo: str, until_ms: int, span_ms: float, lang: str = "en") -> tuple[Frame, Look]:
    frame, look = frame_of(demo, until_ms * MS)
    look.between, look.timeline, look.snapshot, look.lang = (
        "nodes",
        Timeline(int(span_ms * MS), chosen=True),
        None,
        lang,
    )
    look.find = ""
    return frame, look


# ------------------------------------------------------------------------------------------------------ the stretch of time


def test_the_stretch_follows_the_traffic_until_somebody_chooses_one() -> None:
    timeline = Timeline(100 * MS)
    timeline.adapt(list(range(0, 100 * MS, MS // 10)), 100 * MS, MS, 90)
    dense = timeline.span_ns
    timeline.zoom(1)
    timeline.adapt([], 100 * MS, MS, 90)
    assert (dense, timeline.span_ns) == (2 * MS, 5 * MS)


def test_a_quiet_stretch_becomes_longer_by_itself_but_not_for_ever() -> None:
    timeline = Timeline(100 * MS)
    spans = []
    for _ in range(6):
        timeline.adapt([], 10**10, MS, 90)
        spans.append(timeline.span_ns // MS)
    assert spans == [200, 500, 1000, 1000, 1000, 1000]


def test_who_looks_back_stays_there_while_time_goes_on_and_comes_back_to_now() -> None:
    timeline = Timeline(100 * MS)
    timeline.pan(-1, 1000 * MS)
    back = timeline.window(1000 * MS), timeline.window(5000 * MS)
    for _ in range(200):
        timeline.pan(1, 5000 * MS)
    assert back == ((875 * MS, 975 * MS), (875 * MS, 975 * MS))
    assert timeline.window(6000 * MS) == (5900 * MS, 6000 * MS)


def test_what_is_in_the_middle_stays_there_when_a_past_stretch_becomes_shorter() -> None:
    timeline = Timeline(100 * MS, end_ns=500 * MS)
    timeline.zoom(-1)
    assert timeline.window(10**12) == (425 * MS, 475 * MS)


@pytest.mark.parametrize(("span_ns", "longer", "shorter"), [(100, 200, 50), (200, 500, 100), (500, 1000, 200)])
def test_stretches_are_easily_read(span_ns: int, longer: int, shorter: int) -> None:
    found = neighbour(span_ns * MS, longer=True), neighbour(span_ns * MS, longer=False)
    assert found == (longer * MS, shorter * MS)


def test_a_scale_has_as_many_digits_as_it_needs() -> None:
    assert (tick_ns(100 * MS, 8), tick_ns(10 * MS, 5)) == (20 * MS, 2 * MS)
    assert (instant_text(1_500 * MS, 500 * MS), instant_text(12 * MS, 2 * MS), instant_text(3000 * MS, 1000 * MS)) == (
        "1.5",
        "0.012",
        "3",
    )


# ------------------------------------------------------------------------------------------------------------- which messages


def test_periodic_loads_are_not_shown_unless_everything_is() -> None:
    frame, look = looked("load-sharing", 600, 500)
    kinds = {}
    for show in ("calm", "all"):
        look.timeline.show = show
        kinds[show] = {one.type for one in wanted(frame.details.messages, look)}
    assert kinds["all"] - kinds["calm"] == {"LoadTold"}


def test_of_messages_those_are_shown_that_snapshots_are_about() -> None:
    frame, look = looked("snapshot", 160, 20)
    look.timeline.show = "cut"
    shown = wanted(frame.details.messages, look)
    assert shown
    assert all(one.type == "SnapshotMarker" or one.caught for one in shown)


def test_a_word_behind_a_minus_is_not_to_be_in_a_message() -> None:
    frame, look = looked("snapshot", 160, 20)
    look.find = "n1 -marker"
    shown = wanted(frame.details.messages, look)
    assert shown
    assert all("n1" in (one.source, one.destination) and one.type != "SnapshotMarker" for one in shown)


def test_an_excerpt_of_the_past_has_what_was_on_its_way_then_and_says_how_much_is_left_out() -> None:
    remembered = Remembered(3)
    for name, sent_ns, arrived_ns in (("a", 10, 20), ("b", 30, 40), ("c", 35, None), ("d", 70, 80)):
        remembered.add(Message(name, "Letter", "n1", "n2", 1, sent_ns, arrived_ns=arrived_ns))
    names = [one.name for one in remembered.rows(Excerpt(20, 60), 100)[0]]
    shown, left_out = remembered.rows(Excerpt(100), 100, most=1)
    assert (names, [one.name for one in shown], left_out) == (["c", "b"], ["d"], 2), "a is forgotten"


# ----------------------------------------------------------------------------------------------------------------- the cuts


def test_what_is_in_channels_is_told_while_it_is_recorded_and_what_each_node_had() -> None:
    text = "\n".join(lines_of(*looked("snapshot", 156, 10)))
    assert "Snapshot 1 by markers, is being recorded" in text
    assert "n1  0.150000 s  B1 (money 557)" in text
    assert "× data of a link" in text


def test_the_message_that_betrays_a_wrong_cut_is_named_and_marked() -> None:
    frame, look = looked("inconsistent-cut", 115, 20)
    text = " ".join("\n".join(lines_of(frame, look, 110)).split())
    assert "Snapshot 1 by a poll, NOT consistent" in text
    assert "n3:84 (data of a link) is received at n4 before the cut, and sent at n3 behind it" in text
    assert {one.name for one in frame.details.messages if "1" in one.betrays} == {
        *("n1:95", "n1:96", "n2:86", "n2:87", "n3:84")
    }
    assert "and 2 more messages from the future" in text
    assert "(nobody looks into this channel)" in text


def test_it_is_told_in_spanish_too() -> None:
    text = "\n".join(lines_of(*looked("inconsistent-cut", 115, 20, "es")))
    assert "Instantánea 1 por sondeo, INCOHERENTE" in text
    assert "se recibe en n4 antes del corte" in text


def test_another_snapshot_can_be_chosen() -> None:
    frame, look = looked("three-o-clock", 3300, 1000)
    look.view = "messages"
    latest = next(line for line in lines_of(frame, look) if "Snapshot" in line)
    look.next_row(frame, -1)
    before = next(line for line in lines_of(frame, look) if "Snapshot" in line)
    assert "Snapshot 4 by markers, consistent: money 100" in latest
    assert "Snapshot 3 by clocks, NOT consistent: money 200" in before


# ------------------------------------------------------------------------------------------------------- the way of processes


def test_the_line_of_a_process_says_on_which_node_it_is_and_breaks_off_while_it_moves() -> None:
    frame, look = looked("snapshot-during-migration", 200, 150)
    look.between = "processes"
    (process,) = (one for one in frame.processes if one.name == "B3")
    way = way_of(process, frame.migrations, frame.now_ns)
    drawn = next(line for line in lines_of(frame, look) if line.startswith("B3"))
    assert [node for node, _, _ in way] == ["n3", "", "n1"]
    assert all(before[2] == after[1] for before, after in pairwise(way))
    assert drawn.index("╌") < drawn.index("n1")


# -------------------------------------------------------------------------------------------------------------------- lines


def test_a_line_of_dots_begins_and_ends_in_its_cells_and_stops_at_its_share() -> None:
    whole, half = line((3, 1), (9, 4)), line((3, 1), (9, 4), 0.5)
    assert (next(iter(whole)), list(whole)[-1]) == ((3, 1), (9, 4))
    assert set(half) < set(whole)
    assert max(x for x, _ in half) == 6


@pytest.mark.parametrize(("width", "height"), [(80, 20), (120, 36), (160, 46)])
@pytest.mark.parametrize("between", ["nodes", "processes"])
def test_every_line_is_above_the_scale_whatever_the_size(width: int, height: int, between: str) -> None:
    frame, look = looked("snapshot", 160, 20)
    look.between = between
    lines = lines_of(frame, look, width, height)
    names = ["n1", "n2", "n3", "n4"] if between == "nodes" else ["B1", "B2", "B3", "B4"]
    scale = next(number for number, text in enumerate(lines) if "0.160000 s" in text)
    places = [number for number, text in enumerate(lines[:scale]) if text[:3].strip() in names]
    assert [lines[number][:3].strip() for number in places] == names
