"""Runs what was drawn on real node processes, and says what is wrong with it: None, if nothing is."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nodes.programs import CATALOGUE, image
from tests.limits import Hung, patience
from tests.random_scenarios import odd
from tests.random_scenarios.drawn import Tree, drawn_with_orders, programs, text_of
from tests.tuiclu.cluster.scenarios import trusted
from tests.tuiclu.model.recount import faults_of
from tuiclu.cluster.engine import Engine
from tuiclu.cluster.pacing import NobodyInFront
from tuiclu.errors import InputError, TuicluError
from tuiclu.live.journal import FILE, Journal
from tuiclu.model.cluster import ClusterView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, decode, load_scenario
from tuiclu.scenario.prompt import Prompt
from tuiclu.scenario.runner import Outcome, run, set_up
from tuiclu.scenario.trust import Trust

_AHEAD_NS = (0, 0, 0, 1_000_000, 3_000_000, 200_000_000)
"""By how much virtual time CPUs run ahead in the second run."""
happened: Counter[bytes] = Counter()
"""The kinds of the events of all runs so far."""
_KIND = re.compile(rb'"kind":"([^"]*)"')


@dataclass(frozen=True)
class Session:
    """A run: as a scenario, with all that somebody did to the cluster meanwhile, and the digest of its events."""

    text: str
    digest: str


def write_programs(folder: Path) -> None:
    """Put beside scenarios what they ask for: programs, and classes of a user's own."""
    for name, content in programs().items():
        (folder / name).write_bytes(content)
    (folder / "odd.py").write_text(Path(odd.__file__).read_text())


# ---------------------------------------------------------------------------------------------------------- valid ones


def fault_of_seed(seed: int, folder: Path) -> str | None:
    """Run the scenario that is drawn from a seed, every second one with somebody who gives orders meanwhile. See `fault_of_tree`."""
    tree, line = drawn_with_orders(seed)
    return fault_of_tree(tree, folder, seed, line if seed % 2 else None)


def fault_of_tree(tree: Tree, folder: Path, seed: int, line: Callable[[], str] | None = None) -> str | None:
    """Run a valid scenario twice, and count again what is told of it. The programs are in `folder`.

    The second time windows are shorter, and CPUs run ahead by another time or not at all.
    With `line`, which draws orders, somebody gives some of them the first time; the second run is of the session that was saved.
    """
    try:
        scenario = trusted(load_scenario(str(folder / "case.yaml"), text_of(tree)))
        window_ns, ahead_ns = _window_ns(scenario, seed), random.Random(seed).choice(_AHEAD_NS)
        with patience():
            first = _once(scenario) if line is None else session_of(scenario, line, seed)
        if isinstance(first, str):
            return first
        if line is not None:
            scenario = trusted(load_scenario(str(folder / "case.yaml"), first.text))
        with patience():
            second = _once(scenario, window_ns, ahead_ns)
    except InputError as error:
        return f"it is not valid: {error}"
    except Exception as error:  # noqa: BLE001 - whatever it is, that is what is looked for
        return f"{type(error).__name__}: {error}"
    if isinstance(second, str) or first.digest == second.digest:
        return second if isinstance(second, str) else None
    what = "another run" if line is None else f"another run than the session was:\n{first.text}\n"
    return f"windows of {window_ns} ns, and {ahead_ns} ns ahead, give {what}"


def _once(scenario: Scenario, window_ns: int | None = None, ahead_ns: int | None = None) -> Session | str:
    """Run a scenario; return its digest, or what is wrong with what came of it."""
    lines: list[bytes] = []
    outcome = run(plan(scenario), window_ns=window_ns, ahead_ns=ahead_ns, write_line=lines.append)
    happened.update(found[1] for line in lines if (found := _KIND.search(line)))
    if (fault := _fault_of(outcome)) is not None:
        return fault
    if faults := faults_of(lines, outcome.result):
        return f"it is told wrongly: {faults[0]}"
    return Session(scenario.text, outcome.digest)


def _window_ns(scenario: Scenario, seed: int) -> int:
    """Draw the length of the second run's windows: not so short that they would be countless."""
    until_ns = scenario.file.until or 1_000_000_000
    length_ns = random.Random(seed).choice((1_000_000, 333_333, 77_777, 19_999))
    return max(length_ns, int(until_ns) // 20_000)


def _fault_of(outcome: Outcome) -> str | None:
    broken = [one for one in outcome.result["invariants"] if not one["ok"]]
    return f"broken: {broken}" if broken else None


# ------------------------------------------------------------------------------------------------------------- sessions


class _Somebody(NobodyInFront):
    """Gives orders at edges that chance chooses, as somebody in front of a screen does, and notes them; never lets time wait.

    He likes edges at which a node has been given what it has not come to yet: there are few of them. In the end he may stop the run.
    Meanwhile he looks at nodes more closely, which changes nothing.
    """

    engine: Engine

    def __init__(self, prompt: Prompt, journal: Journal, view: ClusterView, line: Callable[[], str], seed: int) -> None:
        self._prompt, self._journal, self._view, self._line = prompt, journal, view, line
        self._draw = random.Random(f"{seed}/somebody")
        self._orders = self._draw.choice((1, 5, 20))
        self._patience = 0
        self._stops = self._draw.random() < 0.5
        self._eyes = random.Random(f"{seed}/eyes")

    def ahead_s(self, _virtual_ns: int) -> float:
        return 0.0

    def now_ns(self) -> int:
        return 0

    def attend(self) -> None:
        self._look()
        self._patience -= 20 if any(node.granted for node in self.engine.nodes.values()) else 1
        if self._patience > 0 or (self._orders == 0 and not self._stops):
            return
        self._patience = self._draw.choice((1, 2, 30, 300))
        line = self._line() if self._orders else "stop"
        self._stops = self._stops and self._orders > 0
        self._orders = max(0, self._orders - 1)
        self.engine.window_ns = self._draw.choice((200_000, 1_000_000, 20_000_000))
        try:
            typed = self._prompt.command(line, self._view)
        except InputError:
            return  # somebody was told that this cannot be
        self._journal.carry_out(self.engine, typed)

    def _look(self) -> None:
        engine, eyes = self.engine, self._eyes
        if eyes.random() < 0.02:
            engine.followed = eyes.choice([None, *engine.nodes])
            engine.stops_at_ns = eyes.choice((None, engine.now + 1, engine.now + 777_777))
        if engine.followed is not None and eyes.random() < 0.1:
            pids = [pid for pid, process in self._view.processes.items() if process.node == engine.followed]
            engine.inspect(
                engine.followed, eyes.choice(["", *pids]), engine.now + eyes.choice((0, 1, 50_000, 5_000_000))
            )


def session_of(scenario: Scenario, line: Callable[[], str], seed: int) -> Session | str:
    """Run a scenario while somebody gives some of the orders that `line` draws; return what that is, or what is wrong with it."""
    planned, view = plan(scenario), ClusterView()
    images = {name: image(name) for name in CATALOGUE} | planned.images
    with tempfile.TemporaryDirectory(prefix="tuiclu-session-") as name:
        journal = Journal(scenario, Path(name))
        somebody = _Somebody(Prompt(scenario, images, Trust(everything=True)), journal, view, line, seed)
        stage = set_up(planned, view, title="session", pacer=somebody, further_images=images)
        somebody.engine = stage.engine
        with stage.engine:
            stage.engine.run(planned.until_ns)
        if broken := [one for one in stage.invariants.report() if not one["ok"]]:
            return f"broken in a session: {broken}\n{(Path(name) / FILE).read_text()}"
        return Session((Path(name) / FILE).read_text(), stage.log.digest)


# ------------------------------------------------------------------------------------------------------------- hostile ones


def fault_of_hostile(content: bytes, folder: Path) -> str | None:
    """Treat a file as `run` does: it is refused in one line that says where, or it runs as any other. At most a moment of virtual time."""
    try:
        scenario = trusted(load_scenario(str(folder / "case.yaml"), decode(content, "case.yaml")))
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


def fault_of_command(content: bytes, folder: Path) -> str | None:
    """Give a file to the command itself: its status is 0, 1 or 2, its message one line, and it leaves nothing in the temporary folder."""
    file = folder / "case.yaml"
    file.write_bytes(content)
    with tempfile.TemporaryDirectory(prefix="tuiclu-command-") as temporary:
        command = [sys.executable, "-m", "tuiclu", "run", "--quiet", "--trust", "--until", "20 ms", str(file)]
        environment = os.environ | {"TMPDIR": temporary, "LANG": "C.UTF-8", "COLUMNS": "4000"}
        try:
            with patience():
                done = subprocess.run(command, capture_output=True, env=environment, check=False)
        except Hung as error:
            return str(error)
        left = list(Path(temporary).iterdir())
    said = done.stderr.decode(errors="replace").splitlines()
    if done.returncode not in (0, 1, 2):
        return f"exit status {done.returncode}: {said}"
    if len(said) > 1 or (done.returncode == 2 and len(said) != 1):
        return f"it says more or less than one line: {said}"
    return f"it leaves {left}" if left else None
