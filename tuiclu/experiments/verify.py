"""Determinism, put to the test: the same scenario and seed must give the same events, to the byte.

Each run is a fresh process of its own, with another seed for Python's hashes; one is made without running ahead, and one with windows a
third as long. The streams are compared line by line, and the first line that differs is named.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from itertools import zip_longest
from typing import BinaryIO

from nodes.parent import python_command
from nodes.wire.bulk import new_file
from nodes.wire.text import Text, listed
from tuiclu.counted import how_many
from tuiclu.errors import EmulatorError, InputError, MachineError
from tuiclu.scenario.compile import Plan
from tuiclu.scenario.parser import Scenario


@dataclass(frozen=True)
class Comparison:
    equal: bool
    lines: tuple[Text, ...]
    """What to tell the user."""


def compare_runs(scenario: Scenario, plan: Plan, until: str | None) -> Comparison:
    """Run a scenario three times in fresh processes and compare the event streams."""
    third = max(1, plan.network.latency_ns // 3)
    variants: tuple[tuple[Text, list[str]], ...] = (
        (Text("first run"), []),
        (Text("without running ahead"), ["--no-run-ahead"]),
        (Text("windows of {span} ns", span=third), ["--window", f"{third} ns"]),
    )
    with contextlib.ExitStack() as kept:
        files = [kept.enter_context(os.fdopen(new_file(), "r+b")) for _ in variants]
        for file, (name, options) in zip(files, variants, strict=True):
            _run(scenario, file.fileno(), name, until, options)
        for file, (name, _) in zip(files[1:], variants[1:], strict=True):
            difference = _first_difference(files[0], file)
            if difference is not None:
                number, one, other = difference
                lines = (
                    Text("DIFFERENT at event {number}", number=number),
                    listed((variants[0][0], one), ": "),
                    listed((name, other), ": "),
                )
                return Comparison(False, lines)
        files[0].seek(0)
        count = sum(1 for _ in files[0])
    names = listed(name for name, _ in variants)
    return Comparison(
        True,
        (
            Text(
                "equal: {events}, in {runs} ({names})",
                events=how_many(count, "event"),
                runs=how_many(len(variants), "run"),
                names=names,
            ),
        ),
    )


def _run(scenario: Scenario, events: int, name: Text, until: str | None, options: list[str]) -> None:
    command = python_command(
        "tuiclu", "run", scenario.source, "--quiet", "--no-compare", "--events", f"/dev/fd/{events}", *options
    )
    for override in scenario.overrides:
        command += ["--set", override]
    if scenario.users.trusted:
        command.append("--trust")
    if until is not None:
        command += ["--until", until]
    environment = os.environ | {"PYTHONHASHSEED": "random"}
    text = scenario.text if scenario.source == "-" else ""
    done = subprocess.run(
        command, input=text.encode(), capture_output=True, env=environment, pass_fds=(events,), check=False
    )
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode < 0:
        raise MachineError(
            Text("the {run} was ended by {signal}", run=name, signal=signal.Signals(-done.returncode).name),
            scenario.source,
        )
    if done.returncode == InputError.exit_status:
        raise MachineError(Text("the {run} could not be made: {said}", run=name, said=said.removeprefix("tuiclu: ")))
    failed_expectation = 1
    if done.returncode not in (0, failed_expectation):
        raise EmulatorError(f"the {name} ended with status {done.returncode}: {said}")


def _first_difference(one: BinaryIO, other: BinaryIO) -> tuple[int, str, str] | None:
    """Return the number of the first line that differs, and both lines; None: the files are equal."""
    one.seek(0)
    other.seek(0)
    for number, (left, right) in enumerate(zip_longest(one, other, fillvalue=b"(nothing)")):
        if left != right:
            return number, left.decode().strip(), right.decode().strip()
    return None
