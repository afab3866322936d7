"""Commands about runs that were kept: `record`, `play`, `at`, `export`, `diff`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from nodes.wire.machine import system_says
from nodes.wire.text import NOTHING, Text
from tuiclu import shell
from tuiclu.commands.app import FAILED, OK, LangOption, command, tell_user
from tuiclu.commands.given import (
    ParamOption,
    SetOption,
    SpeedOption,
    TrustOption,
    VariantOption,
    duration_of,
    language_for,
    loaded_from,
    needs_an_end,
    plan_of,
    settings_of,
    with_trust_settled,
    write_bytes,
)
from tuiclu.commands.screen import AsciiOption, Looks, PaceOption, PlainOption, ThemeOption, pace_of, show_screen
from tuiclu.counted import how_many
from tuiclu.errors import InputError, did_you_mean
from tuiclu.harmless import data, say
from tuiclu.inputs import is_folder
from tuiclu.scratch import scratch_folder
from tuiclu.texts import told

if TYPE_CHECKING:
    from nodes.wire.events import Stamped
    from tuiclu.language.names import LessonPace
    from tuiclu.recordings.diagram import Stretch
    from tuiclu.recordings.file import Recording
    from tuiclu.scenario.expectations import Verdict
    from tuiclu.scenario.parser import Scenario

room = typer.Typer()


RecordingArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A recording, as `tuiclu record` makes it; or a scenario, or a demo's name."),
]


@room.command("record")
@command
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
    param: ParamOption = None,
    variant: VariantOption = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run a scenario and keep the run: one file from which it is repeated, event for event, on any machine."""
    from setproctitle import setproctitle

    from tuiclu.live.journal import FILE
    from tuiclu.recordings.file import record

    setproctitle("tuiclu: cluster")
    language = language_for(lang)
    duration_of("--until", until)
    source = str(Path(scenario) / FILE) if is_folder(scenario) else scenario
    overrides = settings_of(set_, param, variant, seed, until)
    loaded = with_trust_settled(loaded_from(source, overrides), trust, language)
    plan = plan_of(loaded)
    needs_an_end(plan, source, until)
    target = output or Path(f"{Path(source).stem}.tuiclu")
    data, outcome = record(loaded, plan, language)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise InputError(Text("this cannot be written: {why}", why=system_says(error)), str(target)) from None
    facts = Text(
        "{events}, {seconds} s, {digest}; {size} KiB",
        events=how_many(sum(outcome.view.counts.values()), "event"),
        seconds=f"{outcome.result['virtual_s']:.3f}",
        digest=outcome.digest[:23],
        size=-(-len(data) // 1024),
    )
    say(f"{target}: {told(facts, language)}")
    raise typer.Exit(OK if outcome.ok else FAILED)


@room.command()
@command
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
        file,
        "",
        speed,
        paused,
        pace_of(pace, "auto", plain=plain),
        Looks(language_for(lang), theme, ascii_, plain),
        trust,
    )


@room.command("at")
@command
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
        pace_of(pace, "auto", plain=plain),
        Looks(language_for(lang), theme, ascii_, plain),
        trust,
    )


@room.command()
@command
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
            help="html, scorm, report, asciicast, asciicast3, webvtt, webvtt-chapters, perfetto, csv, svg or shiviz.",
            autocompletion=shell.forms,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT", help="Where to put it (- for standard output).")
    ] = None,
    speed: Annotated[float, typer.Option(help="Of a film: virtual seconds a second.", min=0.001)] = 1.0,
    size: Annotated[str, typer.Option(metavar="COLSxROWS", help="Of a film, in cells.")] = "100x30",
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Of an svg: the instant where it begins, 1.2s.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Of an svg: the instant where it ends.")] = None,
    between: Annotated[
        str, typer.Option(metavar="WHOM", help="Of an svg: messages between nodes, or processes.")
    ] = "nodes",
    show: Annotated[
        str,
        typer.Option(
            metavar="WHICH",
            help="Of an svg: calm (all messages but the periodic loads), cut (what snapshots are about) or all.",
        ),
    ] = "calm",
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Make something of a run for those who only look: a page, a cast, captions, a trace, a table."""
    from tuiclu.recordings.export import FORMS, Kept

    language = language_for(lang)
    if to not in FORMS:
        raise InputError(Text("there is no form `{form}`", form=to), "--to", did_you_mean(to, FORMS, Text("forms")))
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 60 <= int(width) <= 400 and 16 <= int(height) <= 200):
        raise InputError(Text("`{size}` is no size", size=size), "--size", Text("Write columns and rows: 100x30."))
    stretch = _stretch(since, until, between, show)
    run = _kept(file, trust, language, comparing=to == "report")
    cells = int(width), int(height)
    kept = Kept(
        run.events, run.title, run.digest, Path(file).name, language, speed, cells, run.verdicts, run.compared, stretch
    )
    target = output or Path(Path(file).stem + FORMS[to].ending)
    made = FORMS[to].make(kept)
    if str(target) == "-" and isinstance(made, str):
        data(made.rstrip("\n"))
        return
    content = made.encode() if isinstance(made, str) else made
    if str(target) == "-":
        raise InputError(Text("`{form}` is no text", form=to), "--output -", Text("Name a file."))
    write_bytes(target, content, "--output")
    say(f"{target}: {told(Text('{size} KiB', size=-(-len(content) // 1024)), language)}")


def _stretch(since: str | None, until: str | None, between: str, show: str) -> Stretch:
    """Return what is to be drawn of a run. Raises InputError."""
    from tuiclu.recordings.diagram import Stretch
    from tuiclu.tui.timeline import SHOWN

    for option, value, known in (("--between", between, ("nodes", "processes")), ("--show", show, SHOWN)):
        if value not in known:
            raise InputError(
                Text("there is no `{name}` to draw", name=value), option, did_you_mean(value, known, Text("choices"))
            )
    since_ns, until_ns = duration_of("--since", since) or 0, duration_of("--until", until)
    if until_ns is not None and until_ns <= since_ns:
        raise InputError(Text("it ends before it begins"), "--until", Text("Give a later instant than --since."))
    return Stretch(since_ns, until_ns, between, show)


@room.command()
@command
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

    language = language_for(lang)
    runs = _kept(one, trust, language).events, _kept(other, trust, language).events
    for line in comparison.lines((Path(one).name, Path(other).name), runs, language):
        say(line)
    raise typer.Exit(FAILED if comparison.compare(*runs).events_differ else OK)


class _Run(NamedTuple):
    """A run that was kept, or was made again."""

    events: list[Stamped]
    title: dict[str, str]
    """By language."""
    digest: str = ""
    """Empty: nobody has computed it."""
    verdicts: tuple[Verdict, ...] = ()
    compared: Mapping[str, Mapping[str, object]] = MappingProxyType({})


def _kept(file: str, trust: bool, language: str, *, comparing: bool = False) -> _Run:
    """Return a run. What is no event stream is run, also what it is compared with if that is wanted."""
    from tuiclu.bundled import is_file_name
    from tuiclu.inputs import lines_of, open_input
    from tuiclu.model import explain as model

    if is_file_name(file) and file.endswith((".jsonl", ".events")):
        with open_input(file, Text("Make one with `tuiclu run SCENARIO --events FILE`.")) as stream:
            try:
                return _Run(list(model.read_events(lines_of(stream, model.LONGEST))), {})
            except model.NotARun as error:
                meant = Text("It is what `tuiclu run SCENARIO --events FILE` writes.")
                where = f"{file}:{error.number}"
                raise InputError(Text("this is not an event of a run: {what}", what=error.what), where, meant) from None
    recording = _recording(file, language)
    if recording is None:
        return _run_again(loaded_from(file, []), file, trust, language, comparing=comparing)
    with scratch_folder("tuiclu-recording") as folder:
        recording.unpack(folder)
        run = _run_again(loaded_from(str(folder / "scenario.yaml"), []), file, trust, language, comparing=comparing)
    if run.digest != recording.index.digest:
        what = Text("it does not come to the same again: {digest} here, {recorded} there")
        filled = what.filled(digest=run.digest[:23], recorded=recording.index.digest[:23])
        raise InputError(filled, file, recording.differs() or NOTHING)
    return run


def _run_again(loaded: Scenario, source: str, trust: bool, language: str, *, comparing: bool) -> _Run:
    from setproctitle import setproctitle

    from tuiclu.scenario import runner

    setproctitle("tuiclu: cluster")
    loaded = with_trust_settled(loaded, trust, language)
    plan = plan_of(loaded)
    needs_an_end(plan, source, None, Text("Record it first: `tuiclu record {file} --until 60s`.", file=source))
    events: list[Stamped] = []
    outcome = runner.run(
        plan, source=source, lang=language, observers=[runner.Follower(events.append)], comparing=comparing
    )
    return _Run(events, plan.title, outcome.digest, outcome.verdicts, outcome.result.get("compared", {}))


def _play(
    file: str, moment: str, speed: float | None, paused: bool, pace: LessonPace | None, looks: Looks, trust: bool
) -> NoReturn:
    """Show a recording or a scenario from a moment on; empty: from its beginning."""
    from tuiclu.live.front import Start
    from tuiclu.live.journal import FILE, new_folder

    start = Start(speed, paused, pace, moment)
    if is_folder(file):
        file = str(Path(file) / FILE)
    recording = _recording(file, looks.language)
    if recording is None:
        show_screen(file, [], start=start, looks=looks, folder=None, trust=trust)
    folder = new_folder(Path(file).stem)
    recording.unpack(folder)
    source = str(folder / "scenario.yaml")
    show_screen(source, [], start=start, looks=looks, folder=str(folder), trust=trust, address=file)


def _recording(file: str, language: str) -> Recording | None:
    """Read a recording, and say if another version made it; None: the file is a scenario."""
    from tuiclu.bundled import is_file_name
    from tuiclu.recordings.file import is_recording, read

    if not is_file_name(file) or not is_recording(file):
        return None
    recording = read(file)
    if (difference := recording.differs()) is not None:
        tell_user(difference, language)
    return recording
