"""Verdicts on what faults have made of a migration."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tuiclu.experiments.fates import Fate, Fault, Found, Verdict, judged
from tuiclu.experiments.moments import Move

MOVE = Move("n1/1", "n1.1", "n1", "n2", "precopy")
P = Fate("P", "n1.1", "n2", "exited", 0, None, "42\n", "exit(0)", [], [])
Q = Fate("Q", "n3.1", "n3", "exited", 0, None, "7\n", "exit(0)", [], [])
CRASH = Fault("crash", "n1", 5)
CUT = Fault("wire", "n1>n2", 5)


def run(*fates: Fate, ended: str = "quiescent", broken: tuple[str, ...] = ()) -> Found:
    return Found(ended, 100, "sha256:0", {fate.pid: fate for fate in fates}, list(broken), [MOVE], [])


def but(fate: Fate, **changes: Any) -> Fate:
    return msgspec.structs.replace(fate, **changes)


SIGBUS = but(
    P,
    exit_code=None,
    signal="SIGBUS",
    output="",
    reason="SIGBUS: page 0x9 of P is on n1, which has crashed",
    hit=["n1"],
)
LOST = but(P, state="lost", node="n1", exit_code=None, output="", reason="n1 crashed")


@pytest.mark.parametrize(
    ("fault", "after", "verdict"),
    [
        (CRASH, P, "destination"),
        (CRASH, but(P, node="n1"), "source"),
        (CRASH, but(P, node="n3"), "elsewhere"),
        (CRASH, LOST, "lost"),
        (CUT, LOST, "bad"),
        (CRASH, but(LOST, node="n2"), "bad"),
        (CRASH, SIGBUS, "residual"),
        (CUT, SIGBUS, "residual"),
        (CRASH, but(SIGBUS, exit_code=0, signal=None), "bad"),
        (CRASH, but(SIGBUS, hit=[]), "bad"),
        (CRASH, but(P, output="43\n"), "bad"),
        (CRASH, but(P, state="frozen", exit_code=None), "bad"),
        (CRASH, but(P, state="blocked", exit_code=None), "bad"),
    ],
)
def test_who_has_the_process_and_what_explains_it_if_it_is_gone(fault: Fault, after: Fate, verdict: str) -> None:
    found = judged(MOVE, (fault,), run(P, Q), run(after, Q))
    assert found.kind == verdict
    assert bool(found.why) == (verdict == "bad")


def test_a_process_that_goes_on_when_time_is_up_gets_no_verdict() -> None:
    assert judged(MOVE, (CUT,), run(P), run(but(P, state="running", exit_code=None), ended="until")) == Verdict("open")


def test_nothing_excuses_a_broken_invariant_or_another_answer_of_somebody_else() -> None:
    assert judged(MOVE, (CRASH,), run(P), run(P, broken=("one-owner: two",))) == Verdict("bad", "one-owner: two")
    assert judged(MOVE, (CRASH,), run(P, Q), run(P, but(Q, output="8\n"))).kind == "bad"
    assert judged(MOVE, (CRASH,), run(P, Q), run(P)).kind == "bad"


def test_whoever_talks_to_one_that_has_lost_its_mail_is_cut_off_and_the_two_do_not_excuse_each_other() -> None:
    p, q = but(P, peers=["n3.1"]), but(Q, peers=["n1.1"])
    failed, failed_too = but(p, exit_code=1, output=""), but(q, exit_code=1, output="")
    assert judged(MOVE, (CRASH,), run(p, q), run(but(failed, hit=["n1"]), failed_too)).kind == "residual"
    assert judged(MOVE, (CRASH,), run(p, q), run(failed, failed_too)).kind == "bad"


def test_whoever_talks_to_one_that_is_gone_is_cut_off_also_by_others() -> None:
    p, q, r = (
        but(P, peers=["n3.1"]),
        but(Q, peers=["n1.1", "n4.1"]),
        but(Q, name="R", pid="n4.1", node="n4", peers=["n3.1"]),
    )
    waits = but(p, state="blocked", exit_code=None, output="")
    gone = but(r, state="lost", node="n4", reason="n4 crashed")
    crash = (Fault("crash", "n4", 5),)
    assert judged(MOVE, crash, run(p, q, r), run(waits, q, gone)).kind == "cut-off"
    assert judged(MOVE, crash, run(p, q, r), run(waits, q, r)).kind == "bad"
