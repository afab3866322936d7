"""The commands. The only place that prints or picks an exit status.

What a command needs is imported when it runs: `tuiclu --help` must not wait for an emulator, and only the screen may import textual.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple, NoReturn

import typer

from nodes.parent import python_command
from nodes.wire.machine import refusal, system_says
from nodes.wire.text import NOTHING, Text
from tuiclu import shell
from tuiclu.errors import EmulatorError, InputError, MachineError, TuicluError, did_you_mean
from tuiclu.harmless import LogFile, data, flush, harmless, open_standard_streams, say
from tuiclu.inputs import is_folder
from tuiclu.scratch import scratch_folder
from tuiclu.texts import LANGUAGES, in_own_words, language_of, told
from tuiclu.version import __version__

if TYPE_CHECKING:
    from nodes.wire.events import Stamped
    from tuiclu.live.front import Start
    from tuiclu.live.lecture import Pace
    from tuiclu.model.cluster import ClusterView
    from tuiclu.recordings.file import Recording
    from tuiclu.scenario.compile import Plan
    from tuiclu.scenario.parser import Scenario
    from tuiclu.scenario.runner import Outcome
    from tuiclu.scenario.trust import Trust

OK, FAILED, INTERRUPTED = 0, 1, 130
FAILURES_KEPT = 20
"""Logs of bugs, the latest."""

app = typer.Typer(
    name="tuiclu",
    cls=shell.Commands,
    help="A cluster of real processes in your terminal, for teaching distributed process management.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ScenarioArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A scenario file, the name of a bundled demo, or - for standard input.",
        autocompletion=shell.scenarios,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set any field of the scenario (repeatable)."),
]

LangOption = Annotated[
    str | None,
    typer.Option(help="Language: en or es (default: that of the environment).", autocompletion=shell.languages),
]
SpeedOption = Annotated[float | None, typer.Option(help="Virtual seconds a real second.", min=0.001)]
TrustOption = Annotated[
    bool, typer.Option("--trust", help="Execute the Python beside the scenario that it names (module:Class).")
]


RecordingArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A recording, as `tuiclu record` makes it; or a scenario, or a demo's name."),
]
ThemeOption = Annotated[
    str | None, typer.Option(help="dark, light, contrast, 16 (colours) or mono.", autocompletion=shell.themes)
]
PaceOption = Annotated[
    str | None,
    typer.Option(
        help="Of a lesson: lecture (what is said waits for a key), auto (it waits as long as reading takes) or real (nothing waits).",
        autocompletion=shell.paces,
    ),
]
AsciiOption = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters alone.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="No screen: sentences, and commands line by line.")]


def main() -> None:
    """Run the command line; called by the installed script and by `python -m tuiclu`."""
    if "stdout" in open_standard_streams():
        _tell(Text("standard output is closed: nothing can be shown."), language_of(os.environ))
        sys.exit(InputError.exit_status)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` wants it
            signal.signal(number, _ended)
    app(prog_name="tuiclu")


def _ended(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)  # by way of an exception, so that every process is ended on the way out


def _command(function: Callable[..., None]) -> Callable[..., None]:
    """Turn what a command raises into one clear message and an exit status. No traceback reaches a user."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        lang = _reader(kwargs.get("lang"))
        try:
            function(*args, **kwargs)
            flush()
        except TuicluError as error:
            _say_last(f"tuiclu: {error.told(lang)}")
            raise typer.Exit(error.exit_status) from None
        except KeyboardInterrupt:
            _tell(Text("interrupted; every process has been ended."), lang)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # whoever read our output has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OK) from None
        except typer.Exit:
            raise
        except Exception as error:  # noqa: BLE001 - what the machine refuses, or a bug: that is kept in a file, and the user gets one line
            refused = refusal(error)
            if refused is not None:
                _say_last(
                    f"tuiclu: {told(Text('the machine does not let us go on: {refused}.', refused=refused), lang)}"
                )
                raise typer.Exit(InputError.exit_status) from None
            failure = EmulatorError(f"{type(error).__name__}: {error}", _keep_traceback())
            _tell(failure.text, lang)
            raise typer.Exit(failure.exit_status) from None

    return guarded


def _tell(text: Text, lang: str) -> None:
    """Say to the user, on standard error, what is no result."""
    say(f"tuiclu: {told(text, lang)}", error=True)


def _reader(asked: object) -> str:
    """Return the language of whoever reads: as asked for, if we speak it, else that of the environment."""
    return asked if isinstance(asked, str) and asked in LANGUAGES else language_of(os.environ)


def _say_last(line: str) -> None:
    """Say why we end, to whoever can still be told; what could not be written to standard output is given up."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with contextlib.suppress(OSError, TuicluError):
        say(line, error=True)


def _keep_traceback() -> str | None:
    """Write the traceback of the exception in hand into a file, and return its path; None: there is no room for it."""
    from tuiclu.state import state_folder

    try:
        folder = state_folder() / "failures"
        folder.mkdir(exist_ok=True, mode=0o700)
        for old in sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime)[: -(FAILURES_KEPT - 1)]:
            old.unlink(missing_ok=True)
        descriptor, path = tempfile.mkstemp(suffix=".log", dir=folder, text=True)
        with os.fdopen(descriptor, "w") as file:
            traceback.print_exc(file=file)
    except (OSError, InputError):
        return None
    return path


# ------------------------------------------------------------------------------------------------------------------ run


@app.command()
@_command
def run(
    scenario: ScenarioArgument,
    seed: Annotated[int | None, typer.Option(help="Seed of all that is drawn at random.", min=0)] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which the run ends at the latest: 10s.")
    ] = None,
    set_: SetOption = None,
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
    trust: TrustOption = False,
    window: Annotated[str | None, typer.Option(hidden=True, metavar="TIME")] = None,
    run_ahead: Annotated[bool, typer.Option("--run-ahead/--no-run-ahead", hidden=True)] = True,
) -> None:
    """Run a scenario without a screen and say what happens."""
    from setproctitle import setproctitle

    from tuiclu.scenario import runner

    setproctitle("tuiclu: cluster")
    if events == "-" and json:
        raise InputError(
            Text("--json and --events - both want standard output"), "--events -", Text("Give --events a file.")
        )
    language = _language(lang)
    loaded = _load(scenario, [*(set_ or []), *([f"seed={seed}"] if seed is not None else [])])
    loaded = _settle_trust(loaded, trust, language)
    plan = _plan(loaded)
    silent = json or quiet or events == "-"
    if silent:
        _needs_an_end(plan, scenario, until)
    with _Sinks(events, log) as sinks:
        outcome = runner.run(
            plan,
            source=scenario,
            lang=language,
            until_ns=_duration("--until", until),
            speed=speed,
            window_ns=_duration("--window", window),
            ahead_ns=None if run_ahead else 0,
            write_line=sinks.write_line,
            follow_with=None if silent else lambda view: _teller(view, language, plan, scenario),
            log_sink=sinks.log_handler,
        )
    if snapshots is not None:
        _write_snapshots(outcome.view, snapshots)
    if json:
        from msgspec.json import encode

        data(encode(outcome.result).decode())
    elif events != "-":
        _print_closing(plan, outcome, language, quiet=quiet)
    raise typer.Exit(OK if outcome.ok else FAILED)


def _write_snapshots(view: ClusterView, folder: Path) -> None:
    from tuiclu.model.snapshot_file import file_of

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, snapshot in view.snapshots.items():
            (folder / f"{number}.snapshot").write_bytes(file_of(view, snapshot))
    except OSError as error:
        raise InputError(Text("cannot write to it: {why}", why=system_says(error)), "--snapshots") from None


def _teller(view: Any, language: str, plan: Plan, source: str) -> Callable[[Stamped], None]:
    from tuiclu.model.narration import Narrator

    narrator = Narrator(view, language, in_own_words(plan.title, language) or source)

    def tell(stamped: Stamped) -> None:
        for line in narrator.tell(stamped):
            say(line)

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


# --------------------------------------------------------------------------------------------------------- other commands


@app.command()
@_command
def check(scenario: ScenarioArgument, set_: SetOption = None, lang: LangOption = None) -> None:
    """Validate a scenario without running it."""
    language = _language(lang)
    plan = _plan(_load(scenario, set_ or []))
    counts = {"nodes": len(plan.nodes), "steps": len(plan.steps), "expectations": len(plan.expectations)}
    if plan.recurring:
        found = Text(
            "ok; {nodes} nodes, {steps} steps, {recurring} that recur without end, {expectations} expectations",
            recurring=len(plan.recurring),
            **counts,
        )
    else:
        found = Text("ok; {nodes} nodes, {steps} steps, {expectations} expectations", **counts)
    executes = Text("; executes Python: {files}", files=", ".join(plan.users.files)) if plan.users.classes else NOTHING
    say(f"{scenario}: {told(found, language)}{told(executes, language)}")


@app.command()
@_command
def faults(
    scenario: ScenarioArgument,
    strategies: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Move by each of these strategies, or by `all` (default: as the scenario says)."
        ),
    ] = None,
    depth: Annotated[int, typer.Option(help="How many faults one after the other.", min=1, max=2)] = 1,
    cells: Annotated[int, typer.Option(help="How many runs of each strategy, drawn evenly; 0: all.", min=0)] = 200,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what is found; go on from there if it was broken off.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit's XML for continuous integration.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write every bad run there, as a scenario.")
    ] = None,
    set_: SetOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run a scenario once more for each instant of its migrations, each fault and each node that it could hit: who has the process then?"""
    from msgspec.json import encode

    from tuiclu.experiments import faults_table
    from tuiclu.experiments.faults import explored
    from tuiclu.scenario.schema import STRATEGIES

    language = _language(lang)
    loaded = _settle_trust(_load(scenario, set_ or []), trust, language)
    _needs_an_end(_plan(loaded), scenario, None, Text("Add `--set until=60s`."))
    wanted: list[str | None] = [None]
    if strategies is not None:
        wanted = [*STRATEGIES] if strategies == "all" else [one.strip() for one in strategies.split(",")]
    suites, found, bad = {}, [], 0
    for strategy in wanted:
        explored_ = explored(loaded, strategy, depth, cells, results, out)
        suites[strategy or ""] = explored_.judgements
        found.append(faults_table.as_data(strategy, explored_))
        bad += explored_.bad
        if not json:
            for line in [*faults_table.table(strategy, explored_, language, _columns()), ""]:
                say(line)
    if junit is not None:
        _write_text(junit, faults_table.as_junit(scenario, suites), "--junit")
    if json:
        data(encode({"scenario": scenario, "depth": depth, "matrices": found}).decode())
    raise typer.Exit(FAILED if bad else OK)


@app.command()
@_command
def verify(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which each run ends at the latest.")
    ] = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run a scenario three times, in fresh processes, with and without running ahead and in windows of different lengths, and compare."""
    from tuiclu.experiments.verify import compare_runs

    language = _language(lang)
    loaded = _settle_trust(_load(scenario, set_ or []), trust, language)
    plan = _plan(loaded)
    _needs_an_end(plan, scenario, until)
    comparison = compare_runs(loaded, plan, until)
    for line in comparison.lines:
        say(told(line, language))
    raise typer.Exit(OK if comparison.equal else FAILED)


@app.command()
@_command
def explain(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="An event stream, as `tuiclu run --events FILE` writes it, or -.")
    ],
    process: Annotated[str | None, typer.Option(metavar="P", help="Only what concerns this process.")] = None,
    node: Annotated[str | None, typer.Option(metavar="N", help="Only what concerns this node.")] = None,
    lang: LangOption = None,
) -> None:
    """Tell in sentences why things happened, or did not: every decision with the numbers that were compared."""
    from tuiclu.inputs import lines_of, open_input
    from tuiclu.model import explain as model

    stream = (
        sys.stdin.buffer if run == "-" else open_input(run, Text("Make one with `tuiclu run SCENARIO --events FILE`."))
    )
    try:
        with stream:
            story = model.explain(model.read_events(lines_of(stream, model.LONGEST)), _language(lang), process, node)
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


@app.command("compare-policies")
@_command
def compare_policies(
    scenario: ScenarioArgument,
    policies: Annotated[str | None, typer.Option(metavar="A,B", help="Which policies (default: all).")] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds, from the scenario's own on.", min=1, max=100)] = 3,
    set_: SetOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run the same jobs under every load policy, over several seeds, and compare them in one table."""
    from msgspec.json import encode

    from tuiclu.experiments import policies as comparison

    wanted = list(comparison.POLICIES) if policies is None else [one.strip() for one in policies.split(",")]
    for name in wanted:
        if name not in comparison.POLICIES:
            meant = did_you_mean(name, comparison.POLICIES, Text("policies"))
            raise InputError(Text("there is no policy `{name}`", name=name), "--policies", meant)
    language = _language(lang)
    loaded = _settle_trust(_load(scenario, set_ or []), trust, language)
    _needs_an_end(_plan(loaded), scenario, None, Text("Add `--set until=60s`."))
    first = loaded.file.seed
    compared = comparison.compare_policies(loaded, wanted, range(first, first + seeds))
    if json:
        data(encode(compared).decode())
        return
    for line in comparison.table(compared, language):
        say(line)


@app.command()
@_command
def demos(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Only this one, and how to see it.", autocompletion=shell.demos),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One name a line.")] = False,
    lang: LangOption = None,
) -> None:
    """List the bundled demos."""
    from tuiclu import listings
    from tuiclu.bundled import demo_files
    from tuiclu.lessons.course import course

    language, files = _language(lang), demo_files()
    if name is not None and name not in files:
        raise InputError(Text("there is no demo `{name}`", name=name), None, did_you_mean(name, files, Text("demos")))
    if quiet:
        lines = list(files) if name is None else [name]
    elif name is None:
        lines = listings.demos(
            {one: _load(str(file), []) for one, file in files.items()}, course(), language, _columns()
        )
    else:
        lines = listings.demo(name, _load(str(files[name]), []), course(), language, _columns())
    for line in lines:
        say(line)


@app.command()
@_command
def tour(
    first: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The lesson to begin with.", autocompletion=shell.demos),
    ] = None,
    plain: PlainOption = False,
    lang: LangOption = None,
) -> None:
    """Play the course, lesson after lesson: on the screen, or told in sentences where there is no terminal."""
    from tuiclu import listings
    from tuiclu.bundled import demo_files
    from tuiclu.lessons.course import course

    language, lessons, files = _language(lang), course(), demo_files()
    if first is not None and first not in lessons:
        raise InputError(
            Text("there is no demo `{name}`", name=first), None, did_you_mean(first, lessons, Text("demos"))
        )
    at_screen = not plain and sys.stdin.isatty() and sys.stderr.isatty()
    left = list(lessons)[lessons[first].number - 1 :] if first is not None else list(lessons)
    failed = False
    while left:
        name = left[0]
        for line in listings.demo(name, _load(str(files[name]), []), lessons, language, _columns()):
            say(line)
        answer = _ask(told(Text("return: play it; s: the next one; q: enough > "), language)) if at_screen else ""
        if (at_screen and answer.strip().lower() in ("q", "quit")) or (at_screen and not answer):
            break
        if answer.strip().lower() != "s":
            failed |= _play_lesson(name, at_screen, language) not in (OK, INTERRUPTED)
        if not at_screen or answer.strip().lower() == "s" or not _wanted_again(language):
            left.pop(0)
    raise typer.Exit(FAILED if failed else OK)


def _play_lesson(name: str, at_screen: bool, language: str) -> int:
    """Show a lesson in a process of its own, and return its exit status: a cluster begins before anything of a screen is loaded."""
    command = python_command("tuiclu", "open" if at_screen else "run", name, "--lang", language)
    return subprocess.run(command, check=False).returncode


def _wanted_again(language: str) -> bool:
    return _ask(told(Text("return: go on; r: once more > "), language)).strip().lower() == "r"


snapshots = typer.Typer(
    help="Distributed snapshots.", pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(snapshots, name="snapshot")


@snapshots.command()
@_command
def show(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A snapshot, as `tuiclu run --snapshots FOLDER` writes it.")
    ],
    lang: LangOption = None,
) -> None:
    """Show what a recorded state of the whole cluster holds: processes, channels, and what it comes to."""
    from tuiclu.inputs import open_input
    from tuiclu.model.snapshot_file import NotASnapshot, described, read_snapshot

    meant = Text("It is what `tuiclu run SCENARIO --snapshots FOLDER` writes.")
    with open_input(file, meant) as stream:
        content = stream.read()
    try:
        lines = described(read_snapshot(content), _language(lang))
    except NotASnapshot as error:
        raise InputError(Text("this is not a snapshot: {why}", why=str(error)), file, meant) from None
    for line in lines:
        say(line)


@snapshots.command()
@_command
def tokens(
    topology: Annotated[Path, typer.Argument(metavar="FILE.top", help="Servers with their tokens, and the channels.")],
    events: Annotated[Path, typer.Argument(metavar="FILE.events", help="Who sends, and who begins a snapshot, when.")],
    seed: Annotated[int, typer.Option(help="Of the delays in the channels.", min=0)] = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Write each snapshot to a file NUMBER.snap.")
    ] = None,
    lang: LangOption = None,
) -> None:
    """Run a world of tokens (the files of Princeton's COS 418) through Chandy and Lamport's algorithm, and show its snapshots."""
    language = _language(lang)
    from tuiclu.experiments import tokens as world

    servers = world.read_topology(topology)
    recorded = world.play(servers, world.read_events(events, servers), seed=seed)
    total = sum(servers.tokens.values())
    for state in recorded:
        if output is not None:
            _write_text(output / f"{state.number}.snap", state.text(), "--output")
        else:
            say(state.text())
    wrong = [state.number for state in recorded if state.total != total]
    verdict = (
        Text("{count} snapshots, {total} tokens in each", count=len(recorded), total=total)
        if not wrong
        else Text("FAILED  not {total} tokens in {wrong}", total=total, wrong=wrong)
    )
    say(told(verdict, language), error=output is None)
    raise typer.Exit(FAILED if wrong else OK)


@app.command()
@_command
def docs(
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="A page; without it, all are listed.")] = None,
    lang: LangOption = None,
) -> None:
    """Show the reference pages."""
    _language(lang)
    from tuiclu import docs as pages

    if topic is not None:
        _show_markdown(pages.page(topic))
        return
    for name, title in pages.topics().items():
        say(f"{name:<14}  {title}")


def _show_markdown(text: str) -> None:
    """Print a page: as it is to a file or a pipe, else drawn for this terminal, and through a pager where it is long."""
    if not sys.stdout.isatty():
        say(text, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if text.count("\n") < console.height:
        console.print(Markdown(text))
        return
    with console.pager(styles=True):
        console.print(Markdown(text))


@app.command()
@_command
def programs(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Only this one.", autocompletion=shell.programs)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One name a line.")] = False,
    lang: LangOption = None,
) -> None:
    """List the bundled guest programs and their arguments."""
    from nodes.programs import CATALOGUE
    from tuiclu import listings

    language = _language(lang)
    if name is not None and name not in CATALOGUE:
        raise InputError(
            Text("there is no program `{name}`", name=name), None, did_you_mean(name, CATALOGUE, Text("programs"))
        )
    shown = list(CATALOGUE.values()) if name is None else [CATALOGUE[name]]
    lines = [one.name for one in shown] if quiet else listings.programs(shown, language, _columns())
    for line in lines:
        say(line)


@app.command()
@_command
def build(
    source: Annotated[Path, typer.Argument(metavar="FILE.c", help="The C source of a guest program.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.elf", help="Where to put it (default: beside the source)."),
    ] = None,
    lang: LangOption = None,
) -> None:
    """Compile a guest program (needs the `cc` extra)."""
    language = _language(lang)
    from tuiclu.build import compile_program

    target = output or source.with_suffix(".elf")
    warnings = compile_program(source, target)
    if warnings:
        say(warnings, error=True)
    say(f"{target}: {told(Text('{count} bytes', count=target.stat().st_size), language)}")


@app.command()
@_command
def schema(lang: LangOption = None) -> None:
    """Print the JSON Schema of the scenario format, for editors."""
    _language(lang)
    import msgspec

    from tuiclu.scenario.published import json_schema

    data(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())


@app.command()
@_command
def compare(
    program: Annotated[
        str,
        typer.Argument(
            metavar="[PROGRAM]",
            help="A bundled program (`tuiclu programs`), or an ELF file.",
            autocompletion=shell.programs,
        ),
    ] = "scan",
    strategies: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these strategies.", autocompletion=shell.strategies)
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="The instant of the move (default: half of its life at home).")
    ] = None,
    args: Annotated[
        str | None, typer.Option(metavar="ARGS", help='"pages=300 hot=8", or a list that reaches main as argv[1..].')
    ] = None,
    bandwidth: Annotated[str, typer.Option(metavar="RATE", help="Of the wire.")] = "100 Mbit/s",
    latency: Annotated[str, typer.Option(metavar="TIME", help="Of the wire.")] = "500 us",
    set_: SetOption = None,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn at random.", min=0)] = 0,
    sweep: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=FROM..TO[:N]",
            help="Vary an argument, bandwidth or latency in N geometric steps: pages=16..4096.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all figures as CSV.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw it (needs the `plot` extra).")] = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Move the same process at the same instant, once by each strategy, and compare."""
    from msgspec import structs
    from setproctitle import setproctitle

    from tuiclu.cluster.launcher import prepare
    from tuiclu.experiments import experiment, table
    from tuiclu.experiments import sweep as sweeping

    language = _language(lang)
    question = experiment.Question(
        program=program,
        args=experiment.parse_arguments(program, args),
        strategies=tuple(name.strip() for name in strategies.split(",") if name.strip())
        if strategies is not None
        else experiment.Question().strategies,
        at_ns=_duration("--at", at),
        bandwidth=bandwidth,
        latency=latency,
        settings=tuple(set_ or ()),
        seed=seed,
    )
    allowed = _settle_trust(experiment.whole_scenario(question), trust, language).users.modules
    question = structs.replace(question, allowed=allowed)
    swept = None if sweep is None else sweeping.parse_sweep(sweep, program)
    if plot is not None:
        from tuiclu.experiments.plot import check_plot

        check_plot(plot)
    if csv is not None:
        _write_text(csv, "", "--csv")  # a bad path costs no run
    setproctitle("tuiclu: cluster")
    prepare()
    tell = _progress if sys.stderr.isatty() else lambda _: None
    points = [("", experiment.compare(question, tell))] if swept is None else sweeping.run_sweep(question, swept, tell)
    tell("")
    name, found = None if swept is None else swept.name, sweeping.crossovers(points)
    if csv is not None:
        _write_text(csv, table.as_csv(points, name), "--csv")
    if plot is not None:
        from tuiclu.experiments.plot import draw

        draw(points, name, f"tuiclu compare {program}", language, plot)
    if json:
        from msgspec.json import encode

        objects = [({name: value} if name else {}) | table.as_json(one, language) for value, one in points]
        data(encode(objects[0] if swept is None else {"points": objects, "crossovers": found}).decode())
        return
    if swept is None:
        lines = table.told(points[0][1], language, _columns())
    else:
        lines = table.told_of_sweep(swept.name, points, found, language, _columns())
    for line in lines:
        say(line)


def _progress(what: str) -> None:
    """Say on a terminal what is being run, over what was said before."""
    assert sys.__stderr__ is not None
    sys.__stderr__.write(f"\r\x1b[K{harmless(what)}")
    sys.__stderr__.flush()


def _columns() -> int:
    """Return how wide the terminal is; 80 where there is none."""
    return shutil.get_terminal_size().columns


def _write_text(path: Path, text: str, option: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(Text("this cannot be written: {why}", why=system_says(error)), f"{option} {path}") from None


@app.command()
@_command
def bench(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    only: Annotated[str | None, typer.Option(help="Run one benchmark only.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter runs: less exact.")] = False,
    lang: LangOption = None,
) -> None:
    """Measure this machine: figures as ratios against its own limits, taken in the same run."""
    _language(lang)
    from tuiclu.bench import BENCHMARKS, run_benchmarks

    if only is not None and only not in BENCHMARKS:
        raise InputError(
            Text("there is no benchmark `{only}`", only=only),
            "--only",
            did_you_mean(only, BENCHMARKS, Text("benchmarks")),
        )
    run_benchmarks(only=only, quick=quick, as_json=json, echo=say)


@app.command(hidden=True)
@_command
def gallery(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the pictures are put.")],
) -> None:
    """Draw the pictures of the documentation anew: every view, as SVG."""
    from tuiclu.tui.gallery import draw_gallery

    draw_gallery(folder, lambda demo: _load(demo, []), say)


@app.command("open")
@_command
def open_(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]",
            help="A scenario file or the name of a bundled demo.",
            autocompletion=shell.scenarios,
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all that is drawn at random.", min=0)] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which it stands still at the latest: 10s.")
    ] = None,
    set_: SetOption = None,
    speed: SpeedOption = None,
    paused: Annotated[bool, typer.Option("--paused", help="Time stands still at first.")] = False,
    pace: Annotated[
        str | None,
        typer.Option(
            help="Of a lesson: lecture (what is said waits for a key), auto (it waits as long as reading takes) or real (nothing waits).",
            autocompletion=shell.paces,
        ),
    ] = None,
    lang: LangOption = None,
    theme: Annotated[
        str | None,
        typer.Option(help="dark, light, contrast, 16 (colours) or mono.", autocompletion=shell.themes),
    ] = None,
    ascii_: Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters alone.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="No screen: sentences, and commands line by line.")] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Watch only: refuse what changes the cluster.")
    ] = False,
    expert: Annotated[bool, typer.Option("--expert", help="Do not ask before what is harmful.")] = False,
    journal: Annotated[Path | None, typer.Option(help="Folder for the journal of the session.")] = None,
    trust: TrustOption = False,
) -> None:
    """Open the screen on a scenario, or on four workstations that live for ever. The command that is meant where none is named."""
    from tuiclu.bundled import is_file_name, workstations
    from tuiclu.live.front import Start

    _duration("--until", until)
    overrides = [*(set_ or [])]
    overrides += [f"seed={seed}"] if seed is not None else []
    overrides += [f"until={until}"] if until is not None else []
    language = _language(lang)
    if scenario == "-":
        raise InputError(Text("the screen cannot read a scenario from standard input"), "-", Text("Give it a file."))
    source = scenario or str(workstations())
    is_demo = scenario is not None and not is_file_name(source)
    _show(
        source,
        overrides,
        start=Start(speed, paused, _pace(pace, "lecture" if is_demo else None, plain=plain)),
        looks=_Looks(language, theme, ascii_, plain, read_only, expert),
        folder=str(journal) if journal is not None else None,
        trust=trust,
    )


class _Looks(NamedTuple):
    """How a live cluster is looked at."""

    language: str
    theme: str | None
    ascii_only: bool
    plain: bool
    read_only: bool = False
    expert: bool = False


def _show(
    source: str,
    overrides: list[str],
    *,
    start: Start,
    looks: _Looks,
    folder: str | None,
    trust: bool,
    address: str = "",
) -> NoReturn:
    """Show a scenario until the user has had enough. `address`: what its moments are called by, where that is not its source."""

    def load() -> Scenario:
        return _load(source, overrides)

    if looks.theme is not None and looks.theme not in shell.THEMES:
        meant = did_you_mean(looks.theme, shell.THEMES, Text("themes"))
        raise InputError(Text("there is no theme `{theme}`", theme=looks.theme), "--theme", meant)
    lang = looks.language
    trusted = _trust_of_session(source, overrides, trust, lang)
    if looks.plain:
        from tuiclu.live.plain import converse

        status, kept = converse(
            source, load, lang=lang, read_only=looks.read_only, folder=folder, trust=trusted, start=start
        )
    else:
        from tuiclu.tui.opening import open_screen

        status, kept = open_screen(
            source,
            load,
            lang=lang,
            theme=looks.theme,
            ascii_only=looks.ascii_only,
            read_only=looks.read_only,
            expert=looks.expert,
            folder=folder,
            trust=trusted,
            start=start,
            address=address or source,
        )
    say(f"{kept}/session.yaml", error=True)
    raise typer.Exit(status)


def _pace(asked: str | None, usual: Pace | None, *, plain: bool) -> Pace | None:
    """Return the pace of a lesson: as asked for, else the usual one of a screen; None: as the scenario says."""
    from tuiclu.live.lecture import PACES

    if asked is None:
        return "real" if plain else usual
    for one in PACES:
        if one == asked:
            return one
    raise InputError(Text("there is no pace `{pace}`", pace=asked), "--pace", did_you_mean(asked, PACES, Text("paces")))


# --------------------------------------------------------------------------------------------------------- recordings


@app.command("record")
@_command
def record_(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help="A scenario, a demo, or a session (its folder).", autocompletion=shell.scenarios
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to put it (default: NAME.tuiclu).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all that is drawn at random.", min=0)] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which the run ends at the latest: 10s.")
    ] = None,
    set_: SetOption = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run a scenario and keep the run: one file from which it is repeated, event for event, on any machine."""
    from setproctitle import setproctitle

    from tuiclu.live.journal import FILE
    from tuiclu.recordings.file import record

    setproctitle("tuiclu: cluster")
    language = _language(lang)
    _duration("--until", until)
    source = str(Path(scenario) / FILE) if is_folder(scenario) else scenario
    overrides = [*(set_ or []), *([f"seed={seed}"] if seed is not None else [])]
    overrides += [f"until={until}"] if until is not None else []
    loaded = _settle_trust(_load(source, overrides), trust, language)
    plan = _plan(loaded)
    _needs_an_end(plan, source, until)
    target = output or Path(f"{Path(source).stem}.tuiclu")
    data, outcome = record(loaded, plan, language)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise InputError(Text("this cannot be written: {why}", why=system_says(error)), str(target)) from None
    facts = Text(
        "{count} events, {seconds} s, {digest}; {size} KiB",
        count=sum(outcome.view.counts.values()),
        seconds=f"{outcome.result['virtual_s']:.3f}",
        digest=outcome.digest[:23],
        size=-(-len(data) // 1024),
    )
    say(f"{target}: {told(facts, language)}")
    raise typer.Exit(OK if outcome.ok else FAILED)


@app.command()
@_command
def play(
    file: RecordingArgument,
    speed: SpeedOption = None,
    paused: Annotated[bool, typer.Option("--paused", help="Time stands still at first.")] = False,
    pace: PaceOption = None,
    lang: LangOption = None,
    theme: ThemeOption = None,
    ascii_: AsciiOption = False,
    plain: PlainOption = False,
    trust: TrustOption = False,
) -> None:
    """Play a recording on the screen: the run itself, again. With the first order it is left, and the cluster is yours."""
    _play(
        file, "", speed, paused, _pace(pace, "auto", plain=plain), _Looks(_language(lang), theme, ascii_, plain), trust
    )


@app.command("at")
@_command
def at_(
    address: Annotated[
        str,
        typer.Argument(
            metavar="FILE@MOMENT",
            help="A recording or a scenario, and an event (812), an instant (1.5s) or a chapter (c2) of it.",
        ),
    ],
    pace: PaceOption = None,
    lang: LangOption = None,
    theme: ThemeOption = None,
    ascii_: AsciiOption = False,
    plain: PlainOption = False,
    trust: TrustOption = False,
) -> None:
    """Open one moment of a recording: the living cluster as it was then."""
    from tuiclu.live.moments import Moment

    file, at, word = address.rpartition("@")
    if not at or not file:
        meant = Text("Write FILE@812 (an event), FILE@1.5s (an instant) or FILE@c2 (a chapter).")
        raise InputError(Text("`{address}` names no moment", address=address), None, meant)
    moment = str(Moment.parse(word))
    _play(
        file,
        moment,
        None,
        False,
        _pace(pace, "auto", plain=plain),
        _Looks(_language(lang), theme, ascii_, plain),
        trust,
    )


@app.command()
@_command
def export(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A recording, a scenario or a demo, or an event stream (`tuiclu run --events`).",
            autocompletion=shell.scenarios,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORM",
            help="html, asciicast, webvtt, webvtt-chapters, perfetto or csv.",
            autocompletion=shell.forms,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT", help="Where to put it (- for standard output).")
    ] = None,
    speed: Annotated[float, typer.Option(help="Of a film: virtual seconds a second.", min=0.001)] = 1.0,
    size: Annotated[str, typer.Option(metavar="COLSxROWS", help="Of a film, in cells.")] = "100x30",
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Make something of a run for those who only look: a page, a cast, captions, a trace, a table."""
    from tuiclu.recordings.export import FORMS, Kept

    language = _language(lang)
    if to not in FORMS:
        raise InputError(Text("there is no form `{form}`", form=to), "--to", did_you_mean(to, FORMS, Text("forms")))
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 60 <= int(width) <= 400 and 16 <= int(height) <= 200):
        raise InputError(Text("`{size}` is no size", size=size), "--size", Text("Write columns and rows: 100x30."))
    events, title, digest = _kept(file, trust, language)
    kept = Kept(events, title, digest, Path(file).name, language, speed, (int(width), int(height)))
    target = output or Path(Path(file).stem + FORMS[to].ending)
    text = FORMS[to].make(kept)
    if str(target) == "-":
        data(text.rstrip("\n"))
        return
    _write_text(target, text, "--output")
    say(f"{target}: {told(Text('{size} KiB', size=-(-len(text.encode()) // 1024)), language)}")


@app.command()
@_command
def diff(
    one: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A recording, a scenario or a demo, or an event stream (`tuiclu run --events FILE.jsonl`).",
            autocompletion=shell.scenarios,
        ),
    ],
    other: Annotated[str, typer.Argument(metavar="RUN", help="The other run.", autocompletion=shell.scenarios)],
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Compare two runs: the first event that differs and in what, the settings, and what became of the processes."""
    from tuiclu.recordings import diff as comparison

    language = _language(lang)
    runs = _kept(one, trust, language)[0], _kept(other, trust, language)[0]
    for line in comparison.lines((Path(one).name, Path(other).name), runs, language):
        say(line)
    raise typer.Exit(FAILED if comparison.compare(*runs).events_differ else OK)


def _kept(file: str, trust: bool, language: str) -> tuple[list[Stamped], dict[str, str], str]:
    """Return the events of a run, its title by language, and its digest; empty: nobody has computed it. What is no event stream is run."""
    from tuiclu.bundled import is_file_name
    from tuiclu.inputs import lines_of, open_input
    from tuiclu.model import explain as model

    if is_file_name(file) and file.endswith((".jsonl", ".events")):
        with open_input(file, Text("Make one with `tuiclu run SCENARIO --events FILE`.")) as stream:
            try:
                return list(model.read_events(lines_of(stream, model.LONGEST))), {}, ""
            except model.NotARun as error:
                meant = Text("It is what `tuiclu run SCENARIO --events FILE` writes.")
                where = f"{file}:{error.number}"
                raise InputError(Text("this is not an event of a run: {what}", what=error.what), where, meant) from None
    recording = _recording(file, language)
    if recording is None:
        return _run_again(_load(file, []), file, trust, language)
    with scratch_folder("tuiclu-recording") as folder:
        recording.unpack(folder)
        events, title, digest = _run_again(_load(str(folder / "scenario.yaml"), []), file, trust, language)
    if digest != recording.index.digest:
        what = Text("it does not come to the same again: {digest} here, {recorded} there")
        filled = what.filled(digest=digest[:23], recorded=recording.index.digest[:23])
        raise InputError(filled, file, recording.differs() or NOTHING)
    return events, title, digest


def _run_again(loaded: Scenario, source: str, trust: bool, language: str) -> tuple[list[Stamped], dict[str, str], str]:
    from setproctitle import setproctitle

    from tuiclu.scenario import runner

    setproctitle("tuiclu: cluster")
    loaded = _settle_trust(loaded, trust, language)
    plan = _plan(loaded)
    _needs_an_end(plan, source, None, Text("Record it first: `tuiclu record {file} --until 60s`.", file=source))
    events: list[Stamped] = []
    outcome = runner.run(plan, source=source, lang=language, observers=[runner.Follower(events.append)])
    return events, plan.title, outcome.digest


def _play(
    file: str, moment: str, speed: float | None, paused: bool, pace: Pace | None, looks: _Looks, trust: bool
) -> NoReturn:
    """Show a recording or a scenario from a moment on; empty: from its beginning."""
    from tuiclu.live.front import Start
    from tuiclu.live.journal import FILE, new_folder

    start = Start(speed, paused, pace, moment)
    if is_folder(file):
        file = str(Path(file) / FILE)
    recording = _recording(file, looks.language)
    if recording is None:
        _show(file, [], start=start, looks=looks, folder=None, trust=trust)
    folder = new_folder(Path(file).stem)
    recording.unpack(folder)
    source = str(folder / "scenario.yaml")
    _show(source, [], start=start, looks=looks, folder=str(folder), trust=trust, address=file)


def _recording(file: str, language: str) -> Recording | None:
    """Read a recording, and say if another version made it; None: the file is a scenario."""
    from tuiclu.bundled import is_file_name
    from tuiclu.recordings.file import is_recording, read

    if not is_file_name(file) or not is_recording(file):
        return None
    recording = read(file)
    if (difference := recording.differs()) is not None:
        _tell(difference, language)
    return recording


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=lambda asked: _show_version(asked), help="Show the version."),
    ] = False,
) -> None:
    pass


def _show_version(asked: bool) -> None:
    if asked:
        say(f"tuiclu {__version__}")
        raise typer.Exit


# -------------------------------------------------------------------------------------------------------------- helpers


def _load(source: str, overrides: list[str]) -> Scenario:
    """Read the scenario that the user named: a file, a demo, or standard input."""
    from tuiclu.bundled import scenario_file
    from tuiclu.cluster.launcher import prepare
    from tuiclu.scenario.parser import decode, load_scenario

    prepare()  # the parent of the nodes loads while we read
    if source == "-":
        return load_scenario(source, decode(sys.stdin.buffer.read(), "-"), overrides)
    return load_scenario(scenario_file(source), None, overrides)


def _settle_trust(loaded: Scenario, trust: bool, language: str) -> Scenario:
    """Have it settled whether the Python that a scenario names may be executed; ask where somebody sits in front of a terminal."""
    from dataclasses import replace

    from tuiclu.scenario.trust import settle

    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    users = settle(
        loaded.users,
        asked_for=trust,
        ask=_ask if at_terminal else None,
        announce=lambda line: say(f"tuiclu: {line}", error=True),
        lang=language,
    )
    return replace(loaded, users=users)


def _ask(question: str) -> str:
    """Put a question at the terminal; no answer is none."""
    say(question, error=True, end="")
    return sys.stdin.readline()


def _trust_of_session(source: str, overrides: list[str], trust: bool, language: str) -> Trust:
    """Have it settled before the screen opens what a session may execute. The scenario is only read here if it may name something."""
    from tuiclu.bundled import scenario_file
    from tuiclu.scenario.parser import may_name_classes
    from tuiclu.scenario.trust import Trust

    if not may_name_classes(scenario_file(source), overrides):
        return Trust(everything=trust)
    return Trust(trust, _settle_trust(_load(source, overrides), trust, language).users.modules.digest)


def _plan(loaded: Scenario) -> Plan:
    from tuiclu.scenario.compile import plan

    return plan(loaded)


_ADD_UNTIL = Text("Add `--until 60s`.")


def _needs_an_end(plan: Plan, source: str, until: str | None, meant: Text = _ADD_UNTIL) -> None:
    """Refuse what would never come back: the whole run of a cluster that lives for ever."""
    if plan.is_endless and until is None:
        raise InputError(Text("there is no end of this scenario"), source, meant)


def _duration(option: str, text: str | None) -> int | None:
    """Read a duration given as an option, in nanoseconds."""
    from tuiclu.language.quantities import Duration, QuantityError

    try:
        return None if text is None else int(Duration.parse(text))
    except QuantityError as error:
        raise InputError(error.what, f"{option} {text}", error.meant) from None


def _language(asked: str | None) -> str:
    """Return the language to speak: as asked for, else that of the environment if we speak it, else English."""
    if asked is None:
        return language_of(os.environ)
    if asked not in LANGUAGES:
        raise InputError(
            Text("`{asked}` is not a language that tuiclu speaks", asked=asked),
            "--lang",
            did_you_mean(asked, LANGUAGES, Text("languages")),
        )
    return asked
