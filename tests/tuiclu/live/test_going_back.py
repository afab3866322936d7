"""Going back: moments and their names; and that a cluster which repeats a session is the cluster that it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tuiclu.live.clusters import SMALL, Front, a_live_cluster
from tests.tuiclu.live.test_live import digest_of
from tuiclu.errors import InputError
from tuiclu.live.front import RepeatedCluster, Start
from tuiclu.live.journal import FILE
from tuiclu.live.moments import Moment, Passed, Trail
from tuiclu.live.protocol import Back, Pace, Past, Play, RunOn, Seek, Type
from tuiclu.scenario.trust import Trust

KINDS = ("run.started", "message.sent", "page.faulted", "message.delivered", "chapter.began", "process.preempted")


def a_trail() -> Trail:
    """Return a trail of six events, one each 10 ns, the last two at one instant."""
    trail = Trail()
    for seq, kind in enumerate(KINDS):
        trail.note(seq, min(seq, 4) * 10, kind)
    return trail


@pytest.mark.parametrize("word", ["812", "0", "1500000000ns", "c2"])
def test_a_moment_is_found_by_what_it_is_called(word: str) -> None:
    assert str(Moment.parse(word)) == word
    assert Moment.parse(f" #{word}") == Moment.parse(word)


def test_an_instant_is_called_as_any_duration() -> None:
    assert Moment.parse("1.5 s") == Moment.parse("1500ms") == Moment("instant", 1_500_000_000)


@pytest.mark.parametrize("word", ["", "c0", "-5", "soon", "5 parsecs"])
def test_what_is_no_moment_is_refused_with_what_is_meant(word: str) -> None:
    with pytest.raises(InputError, match="is no moment of a run"):
        Moment.parse(word)


@pytest.mark.parametrize(("unit", "seq"), [("event", 4), ("message", 3), ("quantum", 0), ("window", 3)])
def test_a_step_back_ends_where_the_step_before_ended(unit: str, seq: int) -> None:
    assert a_trail().step_back(unit) == Moment("event", seq)


def test_what_is_over_is_told_from_what_is_to_come() -> None:
    trail = a_trail()
    over = [
        word for word in ("4", "5", "6", "39ns", "40ns", "41ns", "c1", "c2") if trail.is_past(Moment.parse(word), 40)
    ]
    assert over == ["4", "39ns", "c1"]
    assert trail.resolved(Moment("chapter", 1)) == Moment("event", 4)


def test_the_last_event_of_a_kind_is_found_and_the_present_one_is_none() -> None:
    trail = a_trail()
    assert trail.last == Passed(5, 40, "process.preempted")
    assert trail.latest("message.sent") == Moment("event", 1)
    assert trail.latest("process.preempted") is None


@contextmanager
def repeated(past: Past, front: Front) -> Iterator[Front]:
    """Have a new cluster come to a moment that is over in another one."""
    with RepeatedCluster(front.opened.folder, Trust()) as live:
        live.begin(Start(moment=past.moment))
        yield Front(live, live.wait_until_open())


def past_of(front: Front) -> Past:
    front.until(lambda front: any(isinstance(one, Past) for one in front.heard))
    past = next(one for one in front.heard if isinstance(one, Past))
    front.heard.remove(past)
    return past


def test_who_goes_back_and_on_again_sees_the_same_events_to_the_end(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "there and back") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Type("migrate P n3 precopy", 1), RunOn("migration.resumed P"))
        front.mode("held")
        front.ask(Type("slow n3 factor=50%", 2), RunOn("node.slowed"))
        front.until(lambda front: any(b'"node.slowed"' in one for one in front.news))
        front.mode("held")
        front.ask(Seek("60"))
        past = past_of(front)
        before = list(front.news)
        front.live.discard()
        with repeated(past, front) as again:
            again.mode("held")
            assert again.frame is not None
            assert (again.frame.events, again.frame.repeats) == (61, 1)
            assert again.news == before[:61]
            again.ask(Pace(None), Play())
            again.mode("waiting")
            assert again.news[: len(before)] == before
            closed = again.quit()
    assert digest_of(tmp_path / "session" / FILE) == closed.digest


def test_from_the_past_it_can_go_on_differently(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "otherwise") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(RunOn("300 ms"))
        front.mode("held")
        front.ask(Type("migrate P n3", 1), RunOn("migration.completed P"))
        front.until(lambda front: any("has moved to n3" in one or "goes on, on n3" in one for one in front.said))
        front.mode("held")
        front.ask(Seek("100ms"))
        past = past_of(front)
        front.live.discard()
        with repeated(past, front) as again:
            again.mode("held")
            assert again.frame is not None
            assert (again.frame.now_ns, again.frame.repeats) == (100_000_000, 1)
            again.ask(Type("migrate P n2", 7), Pace(None), Play())
            again.mode("waiting")
            assert again.frame.repeats == 0
            closed = again.quit()
            assert any("goes on, on n2" in one for one in again.said)
            assert not any("goes on, on n3" in one for one in again.said)
    assert (tmp_path / "session" / FILE).read_text().count('"by"') == 1
    assert digest_of(tmp_path / "session" / FILE) == closed.digest


def test_one_can_begin_anew_and_step_back_from_the_end(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "anew") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Pace(None))
        front.mode("waiting")
        assert front.frame is not None
        end = front.frame.events
        front.ask(Back("event"))
        past = past_of(front)
        assert past.moment == str(end - 2)
        front.ask(Seek("0"))
        with repeated(past_of(front), front) as again:
            again.mode("held")
            assert again.frame is not None
            assert again.frame.now_ns == 0
            again.ask(Seek(str(end - 1)))
            again.until(lambda front: front.frame is not None and front.frame.events == end)
