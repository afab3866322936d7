"""Runs what was drawn on real node processes, and says what is wrong with it: None, if nothing is."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tests.random_scenarios.drawn import programs
from tests.tuiclu.model.recount import faults_of
from tuiclu.errors import InputError, TuicluError
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, decode, load_scenario
from tuiclu.scenario.runner import Outcome, run

PATIENCE_S = 240
"""So many real seconds a run may take, on a machine that has much else to do."""


class Hung(Exception):
    """A run does not come to its end."""


def write_programs(folder: Path) -> None:
    """Put the programs for which scenarios ask beside them."""
    for name, content in programs().items():
        (folder / name).write_bytes(content)


def fault_of_valid(text: str, folder: Path, seed: int) -> str | None:
    """Run a valid scenario twice, the second time in other windows, and count again what is told of it. The programs are in `folder`."""
    try:
        scenario = load_scenario(str(folder / "case.yaml"), text)
        planned = plan(scenario)
    except InputError as error:
        return f"it is not valid: {error}"
    found: list[Outcome] = []
    for window_ns in (None, _window_ns(scenario, seed)):
        lines: list[bytes] = []
        try:
            with patience():
                outcome = run(planned, window_ns=window_ns, write_line=lines.append)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, that is what is looked for
            return f"{type(error).__name__}: {error}"
        if (fault := _fault_of(outcome)) is not None:
            return fault
        if not found and (faults := faults_of(lines, outcome.result)):
            return f"it is told wrongly: {faults[0]}"
        found.append(outcome)
    if found[0].digest != found[1].digest:
        return f"windows of {_window_ns(scenario, seed)} ns give another run"
    return None


def _window_ns(scenario: Scenario, seed: int) -> int:
    """Draw the length of the second run's windows: not so short that they would be countless."""
    until_ns = scenario.file.until or 1_000_000_000
    length_ns = random.Random(seed).choice((1_000_000, 333_333, 77_777, 19_999))
    return max(length_ns, int(until_ns) // 20_000)


def _fault_of(outcome: Outcome) -> str | None:
    broken = [one for one in outcome.result["invariants"] if not one["ok"]]
    return f"broken: {broken}" if broken else None


def fault_of_hostile(content: bytes, folder: Path) -> str | None:
    """Treat a file as `run` does: it is refused in one line that says where, or it runs as any other. At most a moment of virtual time."""
    try:
        scenario = load_scenario(str(folder / "case.yaml"), decode(content, "case.yaml"))
        planned = plan(scenario)
    except InputError as error:
        return _fault_of_message(error)
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    latency_ns = planned.network.latency_ns
    if len(planned.nodes) > 12 or len(planned.steps) > 2000:
        return None  # it is a heavy cluster, and no fault
    try:
        with patience():
            outcome = run(planned, until_ns=min(planned.until_ns or 1 << 62, 2000 * latency_ns, 20_000_000))
    except TuicluError as error:
        return f"{type(error).__name__}: {error}" if error.exit_status not in (1, 2) else _fault_of_message(error)
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    return _fault_of(outcome)


def _fault_of_message(error: TuicluError) -> str | None:
    message = str(error)
    if not message.isprintable() or len(message) > 1000:
        return f"the message is not one line that can be printed: {message!r}"
    return None


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Raise Hung if what is done takes too long."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise Hung(f"it has taken {PATIENCE_S} s")

    before = signal.signal(signal.SIGALRM, give_up)
    left = signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(left)
        signal.signal(signal.SIGALRM, before)
