"""The end of a run tells who ended how, mean turnarounds and expectations: in both languages, and harmlessly."""

from __future__ import annotations

import pytest

from nodes.wire.events import ProcessCreated, ProcessExited, ProcessOutput, Stamped
from nodes.wire.reasons import reason
from tests.tuiclu.scenario.example import SMALL, load
from tuiclu.columns import table
from tuiclu.harmless import harmless
from tuiclu.model.cluster import ClusterView
from tuiclu.model.nodes import NodeView
from tuiclu.model.summary import STATES, process_rows
from tuiclu.scenario.closing import closing
from tuiclu.scenario.compile import Plan, plan
from tuiclu.scenario.expectations import Verdict
from tuiclu.texts import LANGUAGES, told

S = 1_000_000_000
RESULT = {"invariants": [{"name": "frames", "ok": True}], "virtual_s": 9.0, "wall_s": 1.25, "digest": "sha256:ab"}


def ended(*turnarounds_s: float) -> ClusterView:
    """Return what is seen of J1, J2, ..., which began at 0 and ended after so long; 0: not yet."""
    view = ClusterView()
    view.nodes["n1"] = NodeView("n1", 1)
    for number, turnaround_s in enumerate(turnarounds_s, start=1):
        pid = f"n1.{number}"
        view.apply(Stamped(0, 0, "n1", ProcessCreated(pid, f"J{number}", "hello", ["hello"], 0)))
        if turnaround_s:
            gone = ProcessExited(pid, 0, None, reason("exit", code="0"), 1000, 10**6)
            view.apply(Stamped(round(turnaround_s * S), 0, "n1", gone))
    return view


def jobs(count: int) -> Plan:
    return plan(load(f"{SMALL}processes: {{J: {{program: hello, on: n1, count: {count}}}}}\n"))


def figures(plan: Plan, view: ClusterView, lang: str = "en") -> list[str]:
    return [line.text for line in closing(plan, view, (), RESULT, (), lang) if line.kind == "figure"]


def test_the_mean_turnaround_of_a_group_is_told() -> None:
    assert figures(jobs(3), ended(1.0, 2.0, 6.0)) == ["mean turnaround of J1 to J3: 3.000 s"]
    assert figures(jobs(3), ended(1.0, 2.0, 6.0), "es") == ["tiempo de retorno medio de J1 a J3: 3.000 s"]


def test_who_has_not_ended_is_not_in_the_mean_and_is_told() -> None:
    assert figures(jobs(3), ended(1.0, 2.0, 0)) == ["mean turnaround of J1 to J3: 1.500 s (not ended: 1)"]


def test_without_groups_it_is_the_mean_of_all_and_of_a_single_one_there_is_none() -> None:
    single = plan(load(SMALL))

    assert figures(single, ended(1.0, 2.0)) == ["mean turnaround of all 2 that ended: 1.500 s"]
    assert figures(single, ended(1.0)) == []


@pytest.mark.parametrize(("lang", "failed"), [("en", "FAILED  no"), ("es", "FALLA   no")])
def test_expectations_say_whether_they_hold(lang: str, failed: str) -> None:
    verdicts = (Verdict("yes", ok=True), Verdict("no", ok=False))

    lines = closing(jobs(2), ended(1.0, 2.0), verdicts, RESULT, (), lang, table=False)

    assert [line.kind for line in lines] == ["ok", "failed", "end"]
    assert lines[1].text == failed


def test_a_broken_invariant_is_told_and_so_is_a_disturbed_run() -> None:
    result = RESULT | {"invariants": [{"name": "frames", "ok": False, "detail": "one too many"}]}

    lines = closing(jobs(2), ended(), (Verdict("yes", ok=True),), result, (), "en", table=False, disturbed=True)

    assert [(line.kind, line.text) for line in lines[:-1]] == [
        ("note", "note    what was expected is expected of the undisturbed run"),
        ("ok", "ok      yes"),
        ("failed", "FAILED  invariant frames: one too many"),
    ]


def test_what_is_not_over_yet_has_no_digest() -> None:
    going_on = {key: value for key, value in RESULT.items() if key not in ("digest", "wall_s")}

    assert closing(jobs(2), ended(), (), going_on, (), "es", table=False)[-1].text == "9.000000 segundos virtuales"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain é → text", "plain é → text"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("‮txet", "\\u202etxet"),
        ("a\tb", "a\tb"),
        ("back\rforth", "back\\rforth"),
    ],
)
def test_nothing_that_a_terminal_would_obey_gets_through(written: str, shown: str) -> None:
    assert harmless(written) == shown
    view = ended(1.0)
    view.apply(Stamped(S, 0, "n1", ProcessOutput("n1.1", 1, written, None)))
    lines = closing(jobs(2), view, (Verdict(f"wrote {written}", ok=False),), RESULT, (), "en")
    assert lines[-2].text == f"FAILED  wrote {shown}"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_the_table_of_a_small_cluster_fits_a_small_terminal(lang: str, state: str) -> None:
    headings = process_rows(ended(), lang)[0]
    row = ("P1", "n1.12", "references", "n1", told(STATES[state], lang), "-", "10.000 s", "10.000 s", "12")
    assert max(map(len, table([headings, row]))) <= 78
