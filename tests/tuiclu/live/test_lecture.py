"""The pace of a lesson: how slowly time passes, what waits for the audience; and that no event depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.events import (
    MigrationAborted,
    MigrationAccepted,
    MigrationResumed,
    MigrationStarted,
    Narration,
    NegotiationRefused,
    NodeCrashed,
    QuestionAsked,
)
from nodes.wire.parameters import NetworkParameters
from nodes.wire.reasons import verbatim
from tests.tuiclu.live.clusters import a_live_cluster
from tests.tuiclu.live.test_live import digest_of
from tuiclu.live.lecture import EVEN, Lecture, Slope, reading_s
from tuiclu.live.protocol import Pace, Play, Teach

NETWORK = NetworkParameters(kind="bus", bandwidth_bps=10_000_000, latency_ns=1_000_000)
LESSON = """
tuiclu: 1
title: {title}
pace: lecture
cluster: {{nodes: {{n1: {{}}, n2: {{}}}}}}
processes: {{P: {{program: primes, args: {{limit: 3000}}, on: n1}}}}
script:
  - {{at: 1 ms, say: {{en: Look., es: Mire.}}}}
  - {{at: 2 ms, migrate: {{process: P, to: n2}}}}
  - when: {{event: migration.resumed}}
    say: {{en: It goes on., es: Sigue.}}
until: 5 s
"""


def started(name: str = "n1/1", strategy: str = "precopy", by: str = "user") -> MigrationStarted:
    return MigrationStarted(name, "n1.1", "n1", "n2", strategy, by, verbatim("asked for"))


def test_after_thousands_of_migrations_all_of_them_pass_at_the_whole_pace() -> None:
    lecture = Lecture(NETWORK)
    for number in range(3000):
        name = f"n1/{number}"
        for event in (started(name), MigrationAccepted(name, "n1.1"), MigrationResumed(name, "n1.1")):
            lecture.see(event)
    lecture.see(started("n1/again"))
    assert lecture.slope == EVEN


def test_a_migration_whose_source_dies_slows_nothing_down_any_more() -> None:
    lecture = Lecture(NETWORK)
    lecture.see(started())
    assert lecture.slope != EVEN
    assert lecture.see(NodeCrashed(verbatim("SIGKILL")))
    assert lecture.slope == EVEN


@given(st.floats(1e-5, 1.0), st.floats(0, 1000))
def test_a_slope_gives_the_same_instant_from_either_side(share: float, real_s: float) -> None:
    slope = Slope(share)
    assert slope.real_s(slope.passed_s(real_s)) == pytest.approx(real_s, rel=1e-6, abs=1e-6)


@given(st.floats(1e-5, 1.0), st.floats(0, 100), st.floats(0, 100))
def test_time_on_a_slope_is_never_faster_than_its_pace_and_never_stands_still(
    share: float, first: float, more: float
) -> None:
    slope = Slope(share)
    passed = slope.passed_s(first + more) - slope.passed_s(first)
    assert share * more * 0.999999 - 1e-9 <= passed <= more * 1.000001 + 1e-9


def test_a_message_of_a_negotiation_is_seen_for_a_second_and_a_page_for_a_moment() -> None:
    lecture = Lecture(NETWORK)
    assert lecture.see(started())
    assert 1.0 < lecture.slope.real_s(0.001) < 1.3
    assert lecture.see(MigrationAccepted("n1/1", "n1.1"))
    assert 0.07 < lecture.slope.real_s(4096 * 8 / 10e6) < 0.09


@pytest.mark.parametrize(
    "end",
    [
        MigrationResumed("n1/1", "n1.1"),
        MigrationAborted("n1/1", "n1.1", verbatim("why"), "transfer"),
        NegotiationRefused("n1/1", "n1.1", "n2", 2, verbatim("why")),
    ],
)
def test_time_passes_as_usual_again_when_a_migration_has_come_to_something(end: MigrationResumed) -> None:
    lecture = Lecture(NETWORK)
    lecture.see(started())
    assert lecture.see(end)
    assert lecture.slope == EVEN


def test_what_has_been_shown_before_passes_faster_and_what_is_new_does_not() -> None:
    lecture, shares = Lecture(NETWORK), []
    for number, one in enumerate(("precopy", "precopy", "precopy", "eager-all")):
        lecture.see(started(str(number), one))
        shares.append(lecture.slope.share)
        lecture.see(MigrationResumed(str(number), "n1.1"))
    assert shares[1] == 2 * shares[0]
    assert shares[2] == 4 * shares[0]
    assert shares[3] == shares[0]


def test_of_several_migrations_at_once_the_slowest_sets_the_pace() -> None:
    lecture = Lecture(NETWORK)
    lecture.see(started("a"))
    lecture.see(MigrationAccepted("a", "n1.1"))
    lecture.see(started("b", by="os"))
    assert lecture.slope.share == pytest.approx(0.001 / 1.2)
    assert lecture.see(MigrationResumed("b", "n1.2"))
    assert lecture.slope.share == pytest.approx(4096 * 8 / 10e6 / 0.08)


def test_a_lesson_waits_for_what_is_said_and_asked_and_longer_for_a_longer_sentence() -> None:
    said = {"en": "Look.", "es": "Mire."}
    assert Lecture.waits_for(Narration(said)) == said
    assert Lecture.waits_for(QuestionAsked(said, said, [])) == said
    assert Lecture.waits_for(started()) is None
    assert reading_s("Look at n1, and then at n2.") > reading_s("Look.")


def test_what_is_said_waits_for_a_key_and_no_event_knows_of_it(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, LESSON, "lesson") as front:
        front.mode("saying")
        assert front.frame is not None
        assert (front.frame.said["en"], front.frame.now_ns) == ("Look.", 1_000_000)
        front.ask(Play())
        front.until(lambda front: front.frame is not None and front.frame.slow)
        front.ask(Pace(1000.0))
        front.until(lambda front: front.frame is not None and front.frame.said["en"] == "It goes on.")
        front.mode("saying")
        front.ask(Teach("real"))
        front.mode("waiting")
        closed = front.quit()
    assert digest_of(tmp_path / "scenario.yaml") == closed.digest


def test_a_lesson_goes_on_by_itself_when_what_was_said_has_been_read(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, LESSON.replace("lecture", "auto"), "by itself") as front:
        front.mode("saying")
        front.ask(Pace(1000.0))
        front.mode("waiting")
        assert [one for one in front.said if one.startswith("»")] == ["» Look.", "» It goes on."]
