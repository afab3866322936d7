"""What a node knew and believed at an instant: how old, told by whom, and the truth beside it."""

from __future__ import annotations

import pytest

from nodes.wire.events import Stamped
from tests.tuiclu.cluster.scenarios import tuiclu
from tests.tuiclu.tui.instants import a_run
from tuiclu.model.knowledge import Unknown, beliefs_at, knowledge


def events() -> list[Stamped]:
    return a_run("stale-information").events


def test_what_is_believed_has_an_age_and_a_message_and_the_truth_stands_beside_it() -> None:
    lines = knowledge(events(), "n1", 1_500_000_000, "en")
    assert lines[:2] == ["n1 at 1.500000 s", "  It knows of itself: load 2.00; processes here: J4, J7, J10."]
    assert (
        "  It believes of n3: load 2.00, 1.000 s old. n3 told it in message n3:1, which came at 0.501095 s. "
        "In truth it reckons with 3.00 itself now, and 4 processes there want a CPU." in lines
    )
    assert any("it reckons with what it knows to be on its way" in line for line in lines)


def test_before_anything_was_told_nothing_is_believed() -> None:
    lines = knowledge(events(), "n1", 100_000_000, "es")
    assert lines[0] == "n1 a los 0.100000 s"
    assert sum("no se le ha dicho nada" in line for line in lines) == 3


def test_what_is_told_is_what_the_screen_shows_at_that_instant() -> None:
    run = a_run("stale-information")
    for frame, until in list(zip(run.frames, run.until, strict=True))[::4]:
        last = run.events[until - 1].t
        if until < len(run.events) and run.events[until].t == last:
            continue  # the frame is of the midst of an instant
        _, held, _ = beliefs_at(run.events, "n2", last)
        assert held == [one for one in frame.beliefs if one.holder == "n2"]


def test_a_node_that_is_not_there_knows_nothing() -> None:
    with pytest.raises(Unknown):
        knowledge(events(), "n9", None, "en")


def test_the_command_tells_it_of_an_event_stream() -> None:
    stream = "".join(one.to_json().decode() + "\n" for one in events())
    told = tuiclu("explain", "-", "--beliefs", "n4", "--at", "1.5s", text=stream)
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "n4 at 1.500000 s")
    assert "Add `--beliefs n1`" in tuiclu("explain", "-", "--at", "1.5s", text=stream).stderr
