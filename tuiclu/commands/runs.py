"""Commands that run a scenario, or check it: `run`, `check`, `verify`, `explain`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from nodes.wire.machine import system_says
from nodes.wire.text import NOTHING, Text
from tuiclu.commands.app import FAILED, OK, LangOption, command
from tuiclu.commands.given import (
    FromOption,
    ParamOption,
    ProgressOption,
    QuizOption,
    ScenarioArgument,
    ScenarioOrNone,
    SetOption,
    SpeedOption,
    TrustOption,
    VariantOption,
    asked_at_terminal,
    duration_of,
    language_for,
    lesson_name,
    loaded_from,
    needs_an_end,
    plan_of,
    settings_of,
    with_trust_settled,
)
from tuiclu.counted import how_many
from tuiclu.errors import InputError, MachineError, did_you_mean
from tuiclu.harmless import LogFile, data, say
from tuiclu.texts import in_own_words, told

if TYPE_CHECKING:
    from nodes.wire.events import Stamped
    from tuiclu.quiz.examiner import Examiner
    from tuiclu.quiz.marks import Mark
    from tuiclu.scenario.compile import Plan
    from tuiclu.scenario.runner import Outcome

room = typer.Typer()


@room.command()
@command
def run(
    scenario: ScenarioOrNone = None,
    from_: FromOption = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all that is drawn at random.", min=0)] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which the run ends at the latest: 10s.")
    ] = None,
    set_: SetOption = None,
    param: ParamOption = None,
    variant: VariantOption = None,
    speed: SpeedOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    events: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the event stream as JSON lines (- for standard output).")
    ] = None,
    lang: LangOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict only.")] = False,
    log: Annotated[Path | None, typer.Option(help="Write the human log of all nodes to a file.")] = None,
    snapshots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write each snapshot to a file NUMBER.snapshot there.")
    ] = None,
    quiz: QuizOption = False,
    compute: Annotated[
        bool,
        typer.Option("-c", "--compute", help="With --quiz: ask nobody, and tell the answers, computed from the run."),
    ] = False,
    progress: ProgressOption = None,
    trust: TrustOption = False,
    window: Annotated[str | None, typer.Option(hidden=True, metavar="TIME")] = None,
    run_ahead: Annotated[bool, typer.Option("--run-ahead/--no-run-ahead", hidden=True)] = True,
    comparing: Annotated[bool, typer.Option("--compare/--no-compare", hidden=True)] = True,
) -> None:
    """Run a scenario without a screen and say what happens."""
    from setproctitle import setproctitle

    from tuiclu.scenario import runner
    from tuiclu.scenario.keeping import keeping

    setproctitle("tuiclu: cluster")
    if events == "-" and json:
        raise InputError(
            Text("--json and --events - both want standard output"), "--events -", Text("Give --events a file.")
        )
    language = language_for(lang)
    source = _beginning(scenario, from_)
    silent = json or quiet or events == "-"
    examiner = _examiner(source, language, compute=compute, silent=silent) if quiz or compute else None
    loaded = loaded_from(source, settings_of(set_, param, variant, seed))
    loaded = with_trust_settled(loaded, trust, language)
    plan = plan_of(loaded)
    if silent:
        needs_an_end(plan, source, until)
    with _Sinks(events, log) as sinks, keeping(loaded, plan, snapshots) as keeper:
        outcome = runner.run(
            plan,
            source=source,
            lang=language,
            until_ns=duration_of("--until", until),
            speed=speed,
            window_ns=duration_of("--window", window),
            ahead_ns=None if run_ahead else 0,
            write_line=sinks.write_line,
            follow_with=None
            if silent and examiner is None
            else lambda view: _teller(view, language, plan, loaded.source, silent=silent, examiner=examiner),
            log_sink=sinks.log_handler,
            keeper=keeper,
            comparing=comparing,
        )
    marks = examiner.marks(outcome.result) if examiner is not None else []
    if json:
        from msgspec.json import encode

        if examiner is not None:
            outcome.result["quiz"] = [
                {"question": in_own_words(one.prediction.asked.question, language), "answer": one.answer}
                for one in marks
            ]
        data(encode(outcome.result).decode())
    elif events != "-":
        _print_closing(plan, outcome, language, quiet=quiet)
        if examiner is not None:
            _print_quiz(marks, language, computed=compute)
    if marks and not compute:
        from tuiclu.quiz import progress as kept

        kept.enter(progress or kept.usual_file(), lesson_name(source), marks)
    raise typer.Exit(OK if outcome.ok else FAILED)


def _beginning(scenario: str | None, from_: str | None) -> str:
    """Return what a run begins with, a scenario, or the snapshot that it goes on from."""
    source = scenario if from_ is None else from_
    if source is None or (scenario is not None and from_ is not None):
        what = Text("a run begins with a scenario, or goes on from a snapshot")
        raise InputError(what, None, Text("Name a SCENARIO, or say `--from FILE`."))
    return source


def _examiner(source: str, language: str, *, compute: bool, silent: bool) -> Examiner:
    """Return who asks the questions of a lesson: at the terminal, or down the pipe that is standard input."""
    from tuiclu.quiz.examiner import Examiner

    if compute:
        return Examiner(language, None, say)
    if silent or source == "-":
        what = Text("a quiz asks on standard output, and is answered on standard input")
        raise InputError(what, "--quiz", Text("Add `-c` for the answers alone."))

    def read(prompt: str) -> str | None:
        at_terminal = sys.stdin is not None and sys.stdin.isatty()
        line = asked_at_terminal(prompt) if at_terminal else sys.stdin.readline() if sys.stdin is not None else ""
        return line if line else None

    return Examiner(language, read, say)


def _print_quiz(marks: list[Mark], language: str, *, computed: bool) -> None:
    from tuiclu.quiz.marks import sheet

    say()
    for line in sheet(marks, language, computed=computed) or [told(Text("This lesson asks nothing."), language)]:
        say(line)


def _teller(
    view: Any, language: str, plan: Plan, source: str, *, silent: bool, examiner: Examiner | None
) -> Callable[[Stamped], None]:
    """Return what tells of each event: where a run goes on from a snapshot, of what comes after that alone."""
    from nodes.wire.events import RunResumed
    from tuiclu.model.narration import Narrator

    title = in_own_words(plan.title, language) or source
    narrator = Narrator(view, language, title, answers=examiner is None)
    is_past = plan.goes_on is not None

    def tell(stamped: Stamped) -> None:
        nonlocal is_past
        is_past = is_past and not isinstance(stamped.event, RunResumed)
        lines = [*(examiner.before(stamped) if examiner is not None else ()), *narrator.tell(stamped)]
        for line in [] if is_past or silent else lines:
            say(line)
        if examiner is not None and not is_past:
            examiner.after(stamped)

    return tell


def _print_closing(plan: Plan, outcome: Outcome, language: str, *, quiet: bool) -> None:
    from tuiclu.scenario.closing import closing

    if not quiet:
        say()
    lines = closing(plan, outcome.view, outcome.verdicts, outcome.result, outcome.never_came, language, table=not quiet)
    for line in lines:
        say(line.text)


class _Sinks:
    """Where the event stream and the human log go: opened before the run, so that a bad path costs no run."""

    def __init__(self, events: str | None, log: Path | None) -> None:
        self._file: BinaryIO | None = None
        self._name = events or ""
        self.write_line: Callable[[bytes], object] | None = None
        self.log_handler: LogFile | None = None
        try:
            if events == "-":
                self.write_line = sys.stdout.buffer.write
            elif events is not None:
                self._file = Path(events).open("wb")  # noqa: SIM115 - closed in __exit__
                self.write_line = self._write
            if log is not None:
                self.log_handler = LogFile(log)
        except OSError as error:
            raise InputError(Text("cannot write to it: {why}", why=system_says(error)), error.filename) from None

    def __enter__(self) -> _Sinks:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if self._file is not None:
                self._file.close()
        except OSError as error:
            if kind is None:
                raise self._full(error) from None
        if self.log_handler is not None:
            self.log_handler.close()
            if self.log_handler.refused and kind is None:
                raise MachineError(self.log_handler.refused, f"--log {self.log_handler.baseFilename}")

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(line)
        except OSError as error:
            raise self._full(error) from None

    def _full(self, error: OSError) -> MachineError:
        return MachineError(Text("this cannot be written: {why}", why=system_says(error)), f"--events {self._name}")


@room.command()
@command
def check(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    param: ParamOption = None,
    variant: VariantOption = None,
    lang: LangOption = None,
) -> None:
    """Validate a scenario without running it, and show its parameters and further runs."""
    from tuiclu import listings

    language = language_for(lang)
    loaded = loaded_from(scenario, settings_of(set_, param, variant))
    plan = plan_of(loaded)
    counts = {
        "nodes": how_many(len(plan.nodes), "node"),
        "steps": how_many(len(plan.steps), "step"),
        "expectations": how_many(len(plan.expectations), "expectation"),
    }
    if plan.recurring:
        found = Text(
            "ok; {nodes}, {steps}, {recurring}, {expectations}",
            recurring=how_many(len(plan.recurring), "recurring"),
            **counts,
        )
    else:
        found = Text("ok; {nodes}, {steps}, {expectations}", **counts)
    executes = Text("; executes Python: {files}", files=", ".join(plan.users.files)) if plan.users.classes else NOTHING
    say(f"{scenario}: {told(found, language)}{told(executes, language)}")
    for line in (*listings.parameters(loaded, language), *listings.variants(loaded, language)):
        say(f"  {line}")


@room.command()
@command
def verify(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    param: ParamOption = None,
    variant: VariantOption = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which each run ends at the latest.")
    ] = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run a scenario three times, in fresh processes, with and without running ahead and in windows of different lengths, and compare."""
    from tuiclu.experiments.verify import compare_runs

    language = language_for(lang)
    loaded = with_trust_settled(loaded_from(scenario, settings_of(set_, param, variant)), trust, language)
    plan = plan_of(loaded)
    needs_an_end(plan, scenario, until)
    comparison = compare_runs(loaded, plan, until)
    for line in comparison.lines:
        say(told(line, language))
    raise typer.Exit(OK if comparison.equal else FAILED)


@room.command()
@command
def explain(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="An event stream, as `tuiclu run --events FILE` writes it, or -.")
    ],
    process: Annotated[str | None, typer.Option(metavar="P", help="Only what concerns this process.")] = None,
    node: Annotated[str | None, typer.Option(metavar="N", help="Only what concerns this node.")] = None,
    beliefs: Annotated[
        str | None,
        typer.Option(metavar="N", help="What this node knew, and believed of the others: how old, told by whom."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --beliefs: at which instant, 2.5s (default: at the end).")
    ] = None,
    lang: LangOption = None,
) -> None:
    """Tell in sentences why things happened, or did not: every decision with the numbers that were compared."""
    from tuiclu.inputs import lines_of, open_input
    from tuiclu.model import explain as model

    at_ns = duration_of("--at", at)
    if at is not None and beliefs is None:
        raise InputError(Text("only beliefs are told of one instant"), "--at", Text("Add `--beliefs n1`."))
    stream = (
        sys.stdin.buffer if run == "-" else open_input(run, Text("Make one with `tuiclu run SCENARIO --events FILE`."))
    )
    try:
        with stream:
            if beliefs is not None:
                _tell_beliefs(model.read_events(lines_of(stream, model.LONGEST)), beliefs, at_ns, language_for(lang))
                return
            story = model.explain(model.read_events(lines_of(stream, model.LONGEST)), language_for(lang), process, node)
    except OSError as error:
        raise InputError(Text("this file cannot be read: {why}", why=system_says(error)), run) from None
    except model.NotARun as error:
        meant = Text("It is what `tuiclu run SCENARIO --events FILE` writes.")
        raise InputError(
            Text("this is not an event of a run: {what}", what=error.what), f"{run}:{error.number}", meant
        ) from None
    for name, known, what in ((process, story.processes, Text("processes")), (node, story.nodes, Text("nodes"))):
        if name is not None and name not in known and not story.lines:
            raise InputError(Text("there is no `{name}` in this run", name=name), run, did_you_mean(name, known, what))
    for line in story.lines:
        say(line)


def _tell_beliefs(events: Iterable[Stamped], node: str, at_ns: int | None, language: str) -> None:
    """Tell what a node knew and believed at an instant."""
    from tuiclu.model.knowledge import Unknown, knowledge

    try:
        lines = knowledge(events, node, at_ns, language)
    except Unknown:
        raise InputError(
            Text("there is no `{name}` in this run", name=node), "--beliefs", Text("Name a node: n1.")
        ) from None
    for line in lines:
        say(line)
