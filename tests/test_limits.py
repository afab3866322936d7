"""The limit of a test is CPU time."""

from __future__ import annotations

import signal

import pytest

from tests.limits import CPU_S, TooLong, cpu_limit


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
