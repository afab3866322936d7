"""The limits of tests and searches are CPU time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests import limits
from tests.limits import CPU_S, Hung, TooLong, cpu_limit, patience


def compute_for_ever() -> None:
    while True:
        pass


def test_whatever_computes_for_too_long_fails() -> None:
    with pytest.raises(TooLong, match=r"more than 0\.02 s of CPU time"), cpu_limit(0.02):
        compute_for_ever()


def test_every_test_of_the_short_run_has_its_limit_and_has_it_again_after_one_inside() -> None:
    with cpu_limit(1.0):
        pass
    assert 0 < signal.getitimer(signal.ITIMER_PROF)[0] < CPU_S + 1


def test_a_run_that_takes_too_much_of_the_cpu_hangs_also_where_another_process_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LOOK_S", 0.05)
    monkeypatch.setattr(limits, "STIRS_S", 0.0)
    with pytest.raises(Hung, match=r"more than 0\.5 s of CPU time"), patience(0.5):
        subprocess.run([sys.executable, "-c", "while True: pass"], check=False)


def test_a_run_in_which_nobody_does_anything_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOK_S", 0.05)
    with pytest.raises(Hung, match="nobody has done anything for"), patience():
        time.sleep(60)


def test_a_run_that_works_slowly_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOK_S", 0.05)
    monkeypatch.setattr(limits, "STIRS_S", 0.0)
    heard = signal.getsignal(signal.SIGALRM)
    with patience(60):
        time.sleep(0.3)
    assert signal.getsignal(signal.SIGALRM) == heard
