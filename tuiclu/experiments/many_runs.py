"""Many runs of one scenario: as many at a time as there are CPUs, in as many processes, each of which does one run after the other.

A process that has done a run has loaded all that the next one needs, and has the parent of its nodes: that saves half a second of work a
run. It has a CPU for itself and its nodes, where there is one for each: then no node is woken on another CPU than its engine's, which saves
some more. It is asked on standard input and answers on standard output, a line of JSON each; it ends with whoever asks.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, BinaryIO

import msgspec

from nodes.parent import die_with_the_parent, python_command
from nodes.wire.text import Text
from tuiclu.errors import EmulatorError, InputError, MachineError
from tuiclu.scenario.parser import Scenario

INTERRUPTED = 130


class Question(msgspec.Struct):
    """A run that is wanted."""

    source: str
    text: str
    overrides: tuple[str, ...]
    """`PATH=VALUE`, in turn."""
    trusted: str = ""
    """The digest of the modules of a user's own classes that may be executed."""
    wants: str = "result"
    """What is to be told of it: `result`, as `run --json` prints it; `graded`, the same with all that it is compared with; `faults`, what
    the matrix of faults judges."""
    lang: str = "en"
    """In which verdicts are told."""


class Answer(msgspec.Struct):
    """What came of it."""

    result: Any = None
    error: str = ""
    """What went wrong, if there is no result."""


def run_all(scenario: Scenario, variants: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Run a scenario once with each of some overrides beside its own; return the results, as `run --json` prints them.

    Raises EmulatorError for the first run that goes wrong. No process is left, however this ends.
    """
    questions = [
        Question(scenario.source, scenario.text, (*scenario.overrides, *variant), trusted_in(scenario))
        for variant in variants
    ]
    results = []
    for question, answer in zip(questions, answers(questions, len(questions)), strict=True):
        if answer.error:
            raise EmulatorError(f"the run with {', '.join(question.overrides)} went wrong: {answer.error}")
        results.append(answer.result)
    return results


def trusted_in(scenario: Scenario) -> str:
    """Return the digest of the modules of a user's own classes that a scenario names and that may be executed."""
    return scenario.users.modules.digest if scenario.users.trusted else ""


def answers(questions: Iterable[Question], count: int) -> Generator[Answer, None, None]:
    """Run what is asked for, as many at a time as there are CPUs, and return the answers in the order of the `count` questions.

    Raises MachineError if one of the processes that do it is ended by somebody else. No process is left, however this ends.
    """
    at_a_time = min(len(_cpus()) or os.cpu_count() or 1, count)
    with ThreadPoolExecutor(at_a_time or 1) as threads, _Runners(at_a_time) as runners:
        under_way: deque[Future[Answer]] = deque()
        try:
            for question in questions:
                under_way.append(threads.submit(runners.ask, question))
                if len(under_way) > 4 * at_a_time:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:  # nobody waits for what has not begun
            for one in under_way:
                one.cancel()


class _Runners:
    """Processes that run what they are asked for."""

    def __init__(self, count: int) -> None:
        command = python_command("tuiclu.experiments.many_runs")
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere) for _ in range(count)]
        if len(_cpus()) == count:
            for process, cpu in zip(self._processes, _cpus(), strict=True):
                with contextlib.suppress(OSError):  # it has ended, or the machine does not let us
                    os.sched_setaffinity(process.pid, {cpu})
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        for process in self._processes:
            self._idle.put(process)

    def __enter__(self) -> _Runners:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGINT)  # harmless to one that has nothing to do: it ends
        for process in self._processes:
            process.communicate()

    def ask(self, question: Question) -> Answer:
        """Have a run done by a process that is idle. Raises MachineError."""
        process = self._idle.get()
        assert process.stdin is not None
        assert process.stdout is not None
        line = b""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(question) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        self._idle.put(process)
        if not line:
            what = Text(
                "the process {pid}, which did the run with {settings}, was ended",
                pid=process.pid,
                settings=", ".join(question.overrides),
            )
            raise MachineError(what)
        return msgspec.json.decode(line, type=Answer)


def _cpus() -> list[int]:
    """Return the CPUs that we may use; none where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


def answer_questions(questions: Iterator[bytes], answers: BinaryIO) -> None:
    """Run whatever is asked for, one after the other, until nobody asks any more."""
    for line in questions:
        answers.write(msgspec.json.encode(_answer(msgspec.json.decode(line, type=Question))) + b"\n")
        answers.flush()


def _answer(question: Question) -> Answer:
    from tuiclu.experiments.fates import found_by
    from tuiclu.scenario.compile import plan
    from tuiclu.scenario.parser import load_scenario
    from tuiclu.scenario.runner import run

    try:
        scenario = load_scenario(question.source, question.text, question.overrides)
        if scenario.users.modules.digest == question.trusted:
            scenario = replace(scenario, users=replace(scenario.users, trusted=True))
        if question.wants == "faults":
            return Answer(found_by(plan(scenario)))
        return Answer(
            run(plan(scenario), source=question.source, lang=question.lang, comparing=question.wants == "graded").result
        )
    except (InputError, EmulatorError) as error:
        return Answer(error=str(error))
    except Exception as error:  # noqa: BLE001 - a bug, of which whoever asks wants to know
        return Answer(error=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    from setproctitle import setproctitle

    setproctitle("tuiclu: cluster")
    die_with_the_parent()
    try:
        answer_questions(iter(sys.stdin.buffer.readline, b""), sys.stdout.buffer)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
