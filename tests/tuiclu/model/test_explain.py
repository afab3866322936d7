"""Why things happened: told from the events of a run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.events import (
    AnyEvent,
    CommandGiven,
    DecisionTaken,
    LoadReported,
    MigrationCompleted,
    MigrationStarted,
    NegotiationRefused,
    NodeStarted,
    ProcessCreated,
    ProcessDispatched,
    RunEnded,
    RunStarted,
    Stamped,
)
from nodes.wire.reasons import reason, verbatim
from tests.nodes.kernel.machine import examples
from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.bundled import demo_files
from tuiclu.model.explain import CUT, NotARun, explain, read_events
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, run
from tuiclu.texts import told as told_in

LIGHTER = reason("lighter", load=3.0, threshold=1.5, to="n2", to_load=0.0, age_s=0.9)
SHARE = DecisionTaken("n1", "n1.1", "share", "yes", LIGHTER)
BELOW = reason("below-threshold", load=0.5, threshold=1.5)
NOT_NOW = DecisionTaken("n2", "n2", "share", "not now", BELOW)
_HAPPENED: list[tuple[str | None, AnyEvent]] = [
    (None, RunStarted("0", "t", 1, {"network": {}, "nodes": []})),
    ("n1", NodeStarted(10_000_000, 64)),
    ("n2", NodeStarted(10_000_000, 64)),
    ("n1", ProcessCreated("n1.1", "P", "primes", ["primes"], 0)),
    ("n2", LoadReported(2500, 3, 10, 64, 0, {}, "n2")),
    ("n1", ProcessDispatched("n1.1")),
    ("n1", SHARE),
    ("n2", NOT_NOW),
    (None, RunEnded("stopped", [])),
]
EVENTS = [Stamped(number, number, node, event) for number, (node, event) in enumerate(_HAPPENED)]


def test_a_decision_is_told_with_what_was_compared_and_with_the_truth_beside_the_belief() -> None:
    lines = [line.strip() for line in explain(EVENTS, process="P").lines]
    assert lines[1:3] == [
        "0.000000 s  n1 gives P away: load 3.0 is not below 1.5, and n2 has 0.0 (as told 0.9 s ago).",
        "n1 believed that n2 had load 0.0 (told 0.9 s ago); it was 2.5.",
    ]


def test_not_now_is_told_as_well_and_only_where_it_was() -> None:
    line = explain(EVENTS, node="n2").lines[0]
    assert line.endswith("n2 gives nothing away: load 0.5 is below 1.5.")


def test_why_nothing_left_a_node_or_came_to_it_is_told_in_every_language() -> None:
    no = reason("too-few-frames", machine="n2", free=3, process="P", pages=70)
    refused = NegotiationRefused("n1/1", "n1.1", "n2", 5, no)
    asked = MigrationStarted("n1/1", "n1.1", "n1", "n2", "eager-all", "user", verbatim(""))
    wanted = DecisionTaken("n2", "n2", "want-work", "not now", BELOW)
    more: list[tuple[str | None, AnyEvent]] = [("n1", asked), ("n2", refused), ("n2", wanted), ("n1", NOT_NOW)]
    happened = [*_HAPPENED[:-1], *more, _HAPPENED[-1]]
    events = [Stamped(number * 1_000_000, number, *one) for number, one in enumerate(happened)]
    assert explain(events, node="n1").lines[-4:] == [
        "Nothing left n1. Why not:",
        "  P was to go to n2 at 0.008 s, and was refused by n2: n2 has 3 frames free, P needs 70.",
        "Nothing came to n1. Why not:",
        "  Nobody asked for it, and n1 decided nothing about it.",
    ]
    assert explain(events, "es", node="n2").lines[-5:] == [
        "Nada salió de n2. Por qué no:",
        "  No hubo nunca ningún proceso en él.",
        "Nada llegó a n2. Por qué no:",
        "  P debía ir a n2 en 0.008 s, y n2 lo rechazó: n2 tiene 3 marcos libres, P necesita 70.",
        "  n2 no pidió trabajo a nadie, decidido en 0.010 s: la carga 0.5 es menor que 1.5.",
    ]


def test_of_a_node_that_gave_something_away_and_took_something_nothing_is_asked() -> None:
    moves: list[tuple[str | None, AnyEvent]] = [
        ("n1", MigrationStarted("n1/1", "n1.1", "n1", "n2", "eager-all", "user", verbatim(""))),
        ("n1", MigrationCompleted("n1/1", "n1.1")),
        ("n2", MigrationStarted("n2/1", "n1.1", "n2", "n1", "eager-all", "user", verbatim(""))),
        ("n2", MigrationCompleted("n2/1", "n1.1")),
    ]
    events = [Stamped(number, number, *one) for number, one in enumerate([*_HAPPENED[:-1], *moves, _HAPPENED[-1]])]
    assert not any("Why not" in line for line in explain(events, node="n1").lines)


def why_not(*happened: tuple[str | None, AnyEvent], process: str = "Q", lang: str = "en") -> list[str]:
    """Return what is said of Q, which is on n1 from the tenth instant on."""
    begun = [*_HAPPENED, ("n1", ProcessCreated("n1.2", "Q", "primes", ["primes"], 0)), *happened]
    events = [Stamped(number * 1_000_000, number, node, event) for number, (node, event) in enumerate(begun)]
    return [line.strip() for line in explain(events, lang, process=process).lines if line.startswith((process, "  "))]


def test_why_a_process_never_moved_is_told_by_what_its_machine_decided_while_it_was_there() -> None:
    nothing = DecisionTaken("n1", "n1", "share", "not now", BELOW)
    lines = why_not(("n1", nothing), ("n1", SHARE), ("n1", nothing), ("n2", NOT_NOW))
    assert lines[-3:] == [
        "Q never moved. It was on n1 from 0.009 s to 0.013 s. Why not:",
        "n1 gave nothing away, decided 2 times from 0.010 s to 0.012 s, the last time because: load 0.5 is below 1.5.",
        "n1 chose others to be given away, and not Q: P.",
    ]


def test_who_refused_a_process_that_never_moved_and_that_it_was_told_to_stay_is_said_in_every_language() -> None:
    no = reason("too-few-frames", machine="n2", free=3, process="Q", pages=70)
    refused = NegotiationRefused("n1/1", "n1.2", "n2", 5, no)
    asked = MigrationStarted("n1/1", "n1.2", "n1", "n2", "eager-all", "user", verbatim(""))
    stay = CommandGiven({"verb": "stay", "process": "Q"}, "user")
    told = why_not(("n1", asked), ("n2", refused), (None, stay), lang="es")
    assert "Debía ir a n2 en 0.010 s, y n2 lo rechazó: n2 tiene 3 marcos libres, Q necesita 70." in told
    assert "Se le dijo que se quedara, en 0.012 s." in told


def test_a_process_of_which_nobody_thought_is_told_so_and_one_that_moved_is_not_asked() -> None:
    assert why_not()[-1] == "Nobody asked for it, and n1 decided nothing about whom to give away while it was there."
    moved = MigrationStarted("n1/1", "n1.2", "n1", "n2", "eager-all", "user", verbatim(""))
    assert not any("never moved" in line for line in why_not(("n1", moved), ("n1", MigrationCompleted("n1/1", "n1.2"))))


def test_spanish_is_spoken() -> None:
    assert "n1 cede a P: la carga 3.0 no es menor que 1.5" in "\n".join(explain(EVENTS, "es").lines)


def test_a_stream_is_read_back_as_it_was_written() -> None:
    assert list(read_events(event.to_json() for event in EVENTS)) == EVENTS


@pytest.mark.parametrize(
    "line",
    [b"{}", b"no", b"\xff\xfe", b"\0" * 100, b"[" * 100_000, EVENTS[-1].to_json()[:-20], EVENTS[-1].to_json() + b"x"],
    ids=lambda line: repr(line[:10]),
)
def test_what_is_no_event_is_refused_with_its_line(line: bytes) -> None:
    for before in range(3):
        with pytest.raises(NotARun) as caught:
            list(read_events([*(one.to_json() for one in EVENTS[:before]), line]))
        assert caught.value.number == before + 1


@pytest.mark.parametrize(
    ("lines", "number", "what"),
    [
        ([], 1, "there is nothing in it"),
        ([b"", b" "], 1, "there is nothing in it"),
        ([EVENTS[0], EVENTS[1], EVENTS[0]], 3, "another run begins here"),
        ([EVENTS[0], EVENTS[2], EVENTS[1]], 3, "it is earlier than what stands before it"),
    ],
)
def test_what_cannot_be_the_stream_of_one_run_is_refused(lines: list[Stamped | bytes], number: int, what: str) -> None:
    with pytest.raises(NotARun) as caught:
        list(read_events(line if isinstance(line, bytes) else line.to_json() for line in lines))
    assert (caught.value.number, caught.value.what) == (number, what)


def test_a_complete_stream_that_contradicts_itself_is_refused_at_its_line() -> None:
    orphan = Stamped(len(EVENTS), len(EVENTS), "n1", ProcessDispatched("n1.9"))
    with pytest.raises(NotARun, match=r"^line 10: it does not fit what stands before it"):
        explain([*EVENTS, orphan])


@cache
def a_real_run() -> list[Stamped]:
    events: list[Stamped] = []
    run(plan(load_scenario(demo_files()["refusals"])), observers=[Follower(events.append)])
    return events


@given(st.data())
@examples(60)
def test_whatever_is_missing_of_a_run_the_rest_is_told_and_what_is_missing_is_said(data: st.DataObject) -> None:
    whole = a_real_run()
    kept = data.draw(st.sampled_from([0.02, 0.3, 0.9, 0.99]))
    draw = data.draw(st.randoms(use_true_random=False))
    rest = [event for event in whole if draw.random() < kept] or whole[:1]
    lang = data.draw(st.sampled_from(["en", "es"]))
    told = explain(read_events(event.to_json() for event in rest), lang).lines

    missing = sum(1 for event in whole[: rest[-1].seq] if event not in rest)
    assert any(f"{missing} even" in line for line in told) == (missing > 0)
    assert (told_in(CUT, lang) in told) == (rest[-1] != whole[-1])


def test_of_a_run_without_the_births_of_its_processes_as_much_is_told_as_of_the_whole() -> None:
    whole = explain(a_real_run()).lines
    told = explain(event for event in a_real_run() if not isinstance(event.event, ProcessCreated)).lines

    assert len(told) > len(whole) * 3 // 4


def test_a_run_explains_itself_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    assert tuiclu("run", "refusals", "--quiet", "--events", str(file)).returncode == 0
    told = tuiclu("explain", str(file), "--process", "P")
    assert (told.returncode, told.stderr) == (0, "")
    assert "tiny refuses to take P: tiny has 16 frames free, P needs" in told.stdout
    unknown = tuiclu("explain", str(file), "--node", "n9")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "there is no `n9` in this run" in unknown.stderr
    assert tuiclu("explain", str(tmp_path / "none")).returncode == 2
