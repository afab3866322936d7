"""Marks what a student has handed in: a policy, a strategy or a scenario, over seeds and faults that the student does not know.

The lesson says by `grade:` where the submission goes, and what each mark is given for. Every run is a scenario, so each that costs a
mark can be run again, watched and explained. Nothing of a sheet depends on the machine: the same lesson and submission give the same sheet,
to the byte.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.experiments.fates import Fault
from tuiclu.experiments.faults import LASTS_NS, Matrix, sampled
from tuiclu.experiments.many_runs import Answer, Question, answers
from tuiclu.inputs import open_input
from tuiclu.language.quantities import Duration
from tuiclu.scenario import schema
from tuiclu.scenario.parser import Scenario, load_scenario, put, scenario_tree
from tuiclu.scenario.programs import rename_programs
from tuiclu.scenario.tree import HERE, Entry, Mapping, Scalar, copy, find, read_value
from tuiclu.scenario.tree import Sequence as Items
from tuiclu.scenario.written import scalar
from tuiclu.scenario.yaml_text import as_text
from tuiclu.texts import in_own_words, told

GRADE, EXPECT, MODULE = "grade", "expect", "submission"
LARGEST_BYTES = 1 << 20
REASONS_SHOWN = 3
"""Of what was lost in one run, so many are told."""
_NO_GRADE = Text("this lesson says nothing of marks")
_MEANT = Text("Add `grade:`, which says where a submission goes and what marks are given for.")


class Lost(NamedTuple):
    """A run that has cost a mark."""

    seed: int
    fault: Fault | None
    reasons: tuple[str, ...]
    file: str
    """The scenario that shows it; empty: there is none."""


class Marked(NamedTuple):
    """What came of one mark."""

    points: int
    """That were given."""
    of: int
    about: dict[str, str]
    """By language."""
    runs: int
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Sheet:
    """The marks of a submission."""

    lesson: dict[str, str]
    """What it is called, by language."""
    submission: str
    """The name of its file."""
    digest: str
    """Of its content."""
    marks: tuple[Marked, ...]
    refused: str
    """Why it could not be run at all; empty: it could."""
    runs_digest: str
    """Of the event streams of all runs, in their order."""

    @property
    def points(self) -> int:
        return sum(one.points for one in self.marks)

    @property
    def of(self) -> int:
        return sum(one.of for one in self.marks)


class _Run(NamedTuple):
    """A run that is to be judged."""

    mark: int
    seed: int
    fault: Fault | None
    text: str


Admit = Callable[[Scenario], Scenario]
"""Settles whether the Python of a submission may be executed. Raises InputError if it may not."""


def grade(lesson: Scenario, submission: Path, folder: Path, admit: Admit, lang: str, out: Path | None = None) -> Sheet:
    """Mark a submission. `folder` is a scratch folder; scenarios that show what was lost are written to `out`.

    Raises InputError where the lesson cannot mark anything, the submission cannot be read, or its Python may not be executed.
    """
    wanted = lesson.file.grade
    if wanted is None or not wanted.marks:
        raise InputError(_NO_GRADE, lesson.source, _MEANT)
    with open_input(submission, Text("Name the file that was handed in.")) as file:
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise InputError(Text("this is larger than {size} MiB", size=LARGEST_BYTES >> 20), str(submission))
    digest = hashlib.sha256(content).hexdigest()
    grader = _Grader(lesson, wanted, submission, folder, admit, lang, out)
    try:
        marks, runs_digest = grader.marks()
    except _Refused as refused:
        none = tuple(Marked(0, one.points, schema.in_every_language(one.about), 0, ()) for one in wanted.marks)
        return Sheet(lesson.title, submission.name, digest, none, refused.why, "")
    return Sheet(lesson.title, submission.name, digest, marks, "", runs_digest)


class _Refused(Exception):
    """A submission is not what can be run; what is wrong with it is no fault of the lesson's."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Grader:
    def __init__(
        self,
        lesson: Scenario,
        wanted: schema.Grade,
        submission: Path,
        folder: Path,
        admit: Admit,
        lang: str,
        out: Path | None,
    ) -> None:
        self._lesson, self._wanted, self._submission = lesson, wanted, submission
        self._folder, self._admit, self._lang, self._out = folder, admit, lang, out
        self._source = str(folder / "lesson.yaml")
        self._root = scenario_tree(lesson.source, lesson.text, lesson.overrides)
        rename_programs(self._root, lambda program: _absolute(lesson.folder, program))
        self._root.entries.pop(GRADE, None)
        self._modules: dict[str, str] = {}
        self._trusted = ""

    def marks(self) -> tuple[tuple[Marked, ...], str]:
        """Make all runs, and return what came of the marks, and the digest of what happened."""
        self._hand_in()
        runs = list(self._runs())
        questions = [Question(self._source, one.text, (), self._trusted, "graded", self._lang) for one in runs]
        digest = hashlib.sha256()
        lost: dict[int, list[Lost]] = {}
        with contextlib.closing(answers(questions, len(questions))) as given:
            for number, (run, answer) in enumerate(zip(runs, given, strict=True), start=1):
                digest.update(str(answer.result["digest"] if answer.result else answer.error).encode() + b"\n")
                reasons = self._reasons(answer)
                if reasons:
                    lost.setdefault(run.mark, []).append(Lost(run.seed, run.fault, reasons, self._keep(number, run)))
        return tuple(self._marked(index, runs, lost.get(index, [])) for index in range(len(self._wanted.marks))), (
            f"sha256:{digest.hexdigest()}"
        )

    # ------------------------------------------------------------------------------------------------- the submission

    def _hand_in(self) -> None:
        """Put the submission where the lesson wants it. Raises _Refused if it is not what can be there."""
        try:
            if self._wanted.into:
                self._take_class()
            else:
                self._take_sections()
            scenario = load_scenario(self._source, as_text(self._root))
        except InputError as error:
            raise _Refused(self._said(error)) from None
        self._trusted = self._admit(scenario).users.modules.digest if scenario.users.classes else ""

    def _take_class(self) -> None:
        with open_input(self._submission, Text("Name the file that was handed in.")) as file:
            source = file.read(LARGEST_BYTES)
        (self._folder / f"{MODULE}.py").write_bytes(source)
        self._modules[MODULE] = source.decode(errors="replace")
        for path, name in self._wanted.into.items():
            put(self._root, path, scalar(f"{MODULE}:{name}"))

    def _take_sections(self) -> None:
        theirs = load_scenario(self._submission)
        tree = scenario_tree(theirs.source, theirs.text, ())
        rename_programs(tree, lambda program: _absolute(theirs.folder, program))
        for path in self._wanted.take:
            taken = find(tree, tuple(path.split(".")))
            if taken is not None:
                put(self._root, path, taken)
        for name, source in theirs.users.modules.sources.items():
            (self._folder / f"{name}.py").write_text(source, encoding="utf-8")
            self._modules[name] = source

    # -------------------------------------------------------------------------------------------------------- the runs

    def _runs(self) -> Iterator[_Run]:
        for index, mark in enumerate(self._wanted.marks):
            for seed in mark.seeds or self._wanted.seeds:
                root = self._tree_of(mark, seed)
                if not mark.faults:
                    yield _Run(index, seed, None, as_text(root))
                else:
                    yield from self._hurt(index, seed, root, mark.faults)

    def _tree_of(self, mark: schema.GradedMark, seed: int) -> Mapping:
        root = copy(self._root)
        for path, value in mark.set.items():
            assert isinstance(value, Scalar | Items | Mapping)
            put(root, path, value)
        put(root, "seed", Scalar(HERE, seed, str(seed)))
        expected = find(self._lesson_tree, (GRADE, "marks", self._wanted.marks.index(mark), EXPECT))
        if expected is not None:
            root.entries[EXPECT] = Entry(HERE, expected)
        return root

    @property
    def _lesson_tree(self) -> Mapping:
        return scenario_tree(self._lesson.source, self._lesson.text, self._lesson.overrides)

    def _hurt(self, index: int, seed: int, root: Mapping, most: int) -> Iterator[_Run]:
        """Yield runs each of which is struck by a fault at an instant at which it hurts a migration."""
        scenario = load_scenario(self._source, as_text(root))
        if self._trusted:
            scenario = replace(scenario, users=replace(scenario.users, trusted=True))
        try:
            matrix = Matrix(scenario)
        except InputError:
            yield _Run(index, seed, None, as_text(root))  # nothing moves, and so nothing can be hurt
            return
        for cell in sampled(matrix.cells(), most):
            struck = copy(root)
            (fault,) = cell.faults
            script = struck.entries.setdefault("script", Entry(HERE, Items(HERE)))
            assert isinstance(script.value, Items)
            script.value.items += [read_value(step, "a fault") for step in fault.steps(LASTS_NS)]
            yield _Run(index, seed, fault, as_text(struck))

    # ------------------------------------------------------------------------------------------------------ what came of it

    def _reasons(self, answer: Answer) -> tuple[str, ...]:
        """Return why a run costs its mark; empty: it does not."""
        if answer.result is None:
            return (self._without_folders(answer.error),)
        failed = [one["text"] for one in answer.result["expectations"] if not one["ok"]]
        broken = [one for one in answer.result["invariants"] if not one["ok"]]
        return tuple(
            self._without_folders(one) for one in (*failed, *(f"{one['name']}: {one['detail']}" for one in broken))
        )

    def _marked(self, index: int, runs: Sequence[_Run], lost: list[Lost]) -> Marked:
        mark = self._wanted.marks[index]
        count = sum(run.mark == index for run in runs)
        points = mark.points * (count - len(lost)) // count if count else 0
        return Marked(points, mark.points, schema.in_every_language(mark.about), count, tuple(lost))

    def _keep(self, number: int, run: _Run) -> str:
        if self._out is None:
            return ""
        name = f"lost-{number}.yaml"
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            (self._out / name).write_text(run.text, encoding="utf-8")
            for module, source in self._modules.items():
                (self._out / f"{module}.py").write_text(source, encoding="utf-8")
        except OSError as error:
            raise InputError(Text("it cannot be written: {why}", why=system_says(error)), str(self._out)) from None
        return name

    def _said(self, error: InputError) -> str:
        if error.where is not None and error.where.startswith(self._source):
            error = InputError(error.what, None, error.meant)  # a place in a file that nobody has written
        return self._without_folders(error.told(self._lang))

    def _without_folders(self, text: str) -> str:
        """Leave out where files lie: that is different on each machine."""
        for folder in (
            self._folder.resolve(),
            self._folder,
            self._submission.parent.resolve(),
            self._submission.parent,
        ):
            text = text.replace(f"{folder}/", "")
        return text


def _absolute(folder: Path, program: str) -> str:
    return program if program.startswith("$") else str((folder / program).resolve())


# ----------------------------------------------------------------------------------------------------------- the sheet

_HEAD = Text("{lesson}: {submission} (sha256:{digest})")
_REFUSED = Text("it cannot be run: {why}")
_LOST = Text("seed {seed}")
_LOST_TO = Text("seed {seed}, {fault} at {at}")
_MORE = Text("and {count} more")
_TOTAL = Text.forms(
    "runs", "Total: {points} of {of}; {runs} run, {digest}", "Total: {points} of {of}; {runs} runs, {digest}"
)


def lines(sheet: Sheet, lang: str) -> list[str]:
    """Return a sheet for people."""
    head = _HEAD.filled(lesson=in_own_words(sheet.lesson, lang), submission=sheet.submission, digest=sheet.digest[:12])
    found = [told(head, lang)]
    if sheet.refused:
        found.append(told(_REFUSED.filled(why=sheet.refused), lang))
    width = len(str(max((one.of for one in sheet.marks), default=0)))
    for one in sheet.marks:
        about = " ".join(in_own_words(one.about, lang).split())
        found.append(f"{one.points:>{width}} / {one.of:<{width}}  {about}")
        for lost in one.lost:
            found += [f"{'':{2 * width + 5}}{line}" for line in _of_lost(lost, lang)]
    runs = sum(one.runs for one in sheet.marks)
    total = _TOTAL.filled(points=sheet.points, of=sheet.of, runs=runs, digest=sheet.runs_digest[:23])
    return [*found, told(total, lang).removesuffix(", ")]


def _of_lost(lost: Lost, lang: str) -> Iterator[str]:
    if lost.fault is None:
        where = told(_LOST.filled(seed=lost.seed), lang)
    else:
        fault = f"{lost.fault.kind} {lost.fault.target}"
        where = told(_LOST_TO.filled(seed=lost.seed, fault=fault, at=Duration(lost.fault.at_ns)), lang)
    yield f"{where}  {lost.file}".rstrip()
    for reason in lost.reasons[:REASONS_SHOWN]:
        yield f"  {reason}"
    if len(lost.reasons) > REASONS_SHOWN:
        yield f"  {told(_MORE.filled(count=len(lost.reasons) - REASONS_SHOWN), lang)}"
