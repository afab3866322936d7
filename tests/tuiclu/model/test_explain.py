"""Why things happened: told from the events of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.wire.events import (
    AnyEvent,
    DecisionTaken,
    LoadReported,
    NodeStarted,
    ProcessCreated,
    ProcessDispatched,
    RunStarted,
    Stamped,
)
from nodes.wire.reasons import reason
from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.model.explain import NotARun, explain, read_events

LIGHTER = reason("lighter", load=3.0, threshold=1.5, to="n2", to_load=0.0, age_s=0.9)
SHARE = DecisionTaken("n1", "n1.1", "share", "yes", LIGHTER.text(), LIGHTER.rule, LIGHTER.numbers)
BELOW = reason("below-threshold", load=0.5, threshold=1.5)
NOT_NOW = DecisionTaken("n2", "n2", "share", "not now", BELOW.text(), BELOW.rule, BELOW.numbers)
_HAPPENED: list[tuple[str | None, AnyEvent]] = [
    (None, RunStarted("0", "t", 1, {"network": {}, "nodes": []})),
    ("n1", NodeStarted(10_000_000, 64)),
    ("n2", NodeStarted(10_000_000, 64)),
    ("n1", ProcessCreated("n1.1", "P", "primes", ["primes"], 0)),
    ("n2", LoadReported(2500, 3, 10, 64, 0, {}, "n2")),
    ("n1", ProcessDispatched("n1.1")),
    ("n1", SHARE),
    ("n2", NOT_NOW),
]
EVENTS = [Stamped(number, number, node, event) for number, (node, event) in enumerate(_HAPPENED)]


def test_a_decision_is_told_with_what_was_compared_and_with_the_truth_beside_the_belief() -> None:
    lines = [line.strip() for line in explain(EVENTS, process="P").lines]
    assert lines[1:] == [
        "0.000000 s  n1 gives P away: load 3.0 is not below 1.5, and n2 has 0.0 (as told 0.9 s ago).",
        "n1 believed that n2 had load 0.0 (told 0.9 s ago); it was 2.5.",
    ]


def test_not_now_is_told_as_well_and_only_where_it_was() -> None:
    (line,) = explain(EVENTS, node="n2").lines
    assert line.endswith("n2 gives nothing away: load 0.5 is below 1.5.")


def test_spanish_is_spoken() -> None:
    assert "n1 cede a P: la carga 3.0 no es menor que 1.5" in "\n".join(explain(EVENTS, "es").lines)


def test_a_stream_is_read_back_as_it_was_written() -> None:
    assert list(read_events(event.to_json() for event in EVENTS)) == EVENTS


@pytest.mark.parametrize("line", [b"{}", b"no", EVENTS[1].to_json()])
def test_what_is_no_run_is_refused_with_the_line(line: bytes) -> None:
    with pytest.raises(NotARun) as caught:
        list(read_events([line]))
    assert caught.value.number == 1


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
