"""Whatever has happened to a file on its way, whoever reads it takes it or refuses it in one line, at once and in little memory."""

from __future__ import annotations

import functools
import random
import resource
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec
import pytest

from nodes.programs import CATALOGUE, image
from nodes.wire.image import ImageError, read_image
from tests.damage import damaged
from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.bundled import demo_files
from tuiclu.errors import InputError
from tuiclu.experiments import tokens
from tuiclu.experiments.fates import Fault, Verdict
from tuiclu.experiments.faults import Cell, Judged
from tuiclu.experiments.moments import Move
from tuiclu.experiments.results import Results
from tuiclu.harmless import harmless
from tuiclu.model.cluster import ClusterView
from tuiclu.model.explain import NotARun, explain, read_events
from tuiclu.model.snapshot_file import NotASnapshot, described, file_of, read_snapshot
from tuiclu.recordings import file as recordings
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import decode, load_scenario
from tuiclu.scenario.prompt import Prompt
from tuiclu.scenario.runner import run

PATIENCE_S = 5
"""CPU seconds that one file may take."""
MOST_KIB = 400 * 1024
"""By so much the memory may grow with all files of one kind."""
PROGRAMS = ROOT / "nodes" / "programs"
DEMOS = tuple(sorted((ROOT / "demos").glob("*.yaml")))
LINES = (
    *("migrate P n2 precopy", "spawn primes n1 limit=100", "crash n2", "slow n1 factor=50%", "partition n1", "heal"),
    *(
        "set load-sharing periodic-symmetric high 1.2",
        "signal P SIGUSR1",
        "snapshot {from: [n1, n2]}",
        "say hello",
        "stop",
    ),
    *(
        "shutdown n1 in 2 s",
        "activate n1",
        "expel n1",
        "bring n1",
        "cancel P",
        "kill P",
        "stay P",
        "block P",
        "ask {question: a, answer: b}",
    ),
)
A_CLUSTER = """
tuiclu: 1
cluster: {nodes: {n1: {}, n2: {}, n3: {}}}
processes: {P: {program: sleeper, on: n1, args: {rounds: 1000}}}
until: 10 ms
"""
TOKENS = (
    b"2\nN1 1\nN2 0\nN1 N2\nN2 N1\n",
    b"send N1 N2 1\ntick\nsnapshot N2\ntick 4\n",
    b"0\nN1 0\nN2 0\nN1 N2 token(1)\n",
)


@dataclass(frozen=True)
class Reader:
    """Reads something; `whole` are examples of it that are sound."""

    whole: Callable[[], Sequence[bytes]]
    read: Callable[[bytes, Path], object]
    refuses: tuple[type[Exception], ...] = (InputError,)


@functools.cache
def a_run() -> tuple[bytes, ...]:
    """Return the events of a run in which much happens, and a snapshot of it."""
    lines: list[bytes] = []
    outcome = run(plan(load_scenario(demo_files()["snapshot-during-migration"])), write_line=lines.append)
    snapshot = next(iter(outcome.view.snapshots.values()))
    return b"".join(lines[:400]), b"".join(lines[-400:]), file_of(outcome.view, snapshot)


@functools.cache
def recording() -> tuple[bytes, ...]:
    scenario = load_scenario(ROOT / "demos" / "01-first-steps.yaml")
    return (recordings.record(scenario, plan(scenario), "en")[0],)


@functools.cache
def prompt() -> tuple[Prompt, ClusterView]:
    lines: list[bytes] = []
    scenario = load_scenario("-", A_CLUSTER)
    outcome = run(plan(scenario), write_line=lines.append)
    return Prompt(scenario, {name: image(name) for name in CATALOGUE}), outcome.view


def _scenario(data: bytes, folder: Path) -> None:
    plan(load_scenario(str(folder / "case.yaml"), decode(data, "case.yaml")))


def _prompt(data: bytes, folder: Path) -> None:
    understands, view = prompt()
    line = data.decode(errors="replace")
    understands.command(line, view)


def _program(data: bytes, folder: Path) -> None:
    found = read_image("case", data)
    for segment in found.segments:
        found.page_content(segment.address // 4096)
        found.page_protection((segment.end - 1) // 4096)


def _events(data: bytes, folder: Path) -> None:
    for lang in ("en", "es"):
        explain(read_events(data.splitlines(keepends=True)), lang)


def _snapshot(data: bytes, folder: Path) -> None:
    described(read_snapshot(data), "es")


def _recording(data: bytes, folder: Path) -> None:
    (folder / "case").write_bytes(data)
    found = recordings.read(folder / "case")
    recordings.load(found, folder / "unpacked")


def _results(data: bytes, folder: Path) -> None:
    (folder / "case").write_bytes(data)
    with Results(folder / "case", Judged):
        pass


def _topology(data: bytes, folder: Path) -> None:
    names = (folder / "a.top", folder / "a.events", folder / "a.snap")
    for name, whole in zip(names, TOKENS, strict=True):
        name.write_bytes(whole)
    names[random.Random(data).randrange(3)].write_bytes(data)
    topology = tokens.read_topology(names[0])
    tokens.read_events(names[1], topology)
    tokens.read_snapshot(names[2])


def _judged() -> tuple[bytes, ...]:
    cell = Cell(Move("n1/1", "n1.1", "n1", "n2", "precopy"), "commit", "source", (Fault("crash", "n1", 5),))
    return tuple(msgspec.json.encode(Judged(key, cell, Verdict("lost"), "sha256:0")) + b"\n" for key in "ab")


READERS = {
    "scenario": Reader(lambda: [demo.read_bytes() for demo in DEMOS], _scenario),
    "prompt": Reader(lambda: [line.encode() for line in LINES], _prompt),
    "program": Reader(
        lambda: [(PROGRAMS / f"{name}.elf").read_bytes() for name in ("hello", "primes", "pingpong")],
        _program,
        (ImageError,),
    ),
    "events": Reader(lambda: a_run()[:2], _events, (NotARun,)),
    "snapshot": Reader(lambda: a_run()[2:], _snapshot, (NotASnapshot,)),
    "recording": Reader(recording, _recording),
    "results": Reader(_judged, _results),
    "tokens": Reader(lambda: TOKENS, _topology),
}


def search(kind: str, seeds: range, folder: Path) -> list[str]:
    """Read damaged files; return what is wrong with how they are read."""
    reader, faults = READERS[kind], []
    whole = reader.whole()
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in seeds:
        data = damaged(whole, random.Random(f"{kind} {seed}"))
        try:
            with Patience():
                reader.read(data, folder)
        except reader.refuses as error:
            if len(harmless(str(error))) > 2000:
                faults.append(f"{seed}: the message is too long: {str(error)[:200]!r}")
        except Exception as error:  # noqa: BLE001 - whatever it is, that is what is looked for
            faults.append(f"{seed}: {type(error).__name__}: {error}")
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    if grown_kib > MOST_KIB:
        faults.append(f"the memory has grown by {grown_kib} KiB")
    return faults


class Patience:
    """Raise TimeoutError if something takes too much of the CPU."""

    def __enter__(self) -> None:
        def give_up(_number: int, _frame: FrameType | None) -> None:
            raise TimeoutError(f"it has taken {PATIENCE_S} s")

        self._before = signal.signal(signal.SIGVTALRM, give_up)
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_S)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self._before)


@pytest.mark.parametrize("kind", READERS)
def test_a_few_damaged_files_are_taken_or_refused(kind: str, tmp_path: Path) -> None:
    assert search(kind, range(150 if kind in ("prompt", "results", "tokens", "program") else 25), tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", READERS)
def test_a_hundred_thousand_damaged_files_are_taken_or_refused(kind: str, tmp_path: Path) -> None:
    assert search(kind, range(100_000), tmp_path) == []
