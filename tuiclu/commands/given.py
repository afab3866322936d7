"""What commands are given: scenarios, trust, spans and languages, read from the words of the command line."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu import shell
from tuiclu.errors import InputError, did_you_mean
from tuiclu.harmless import say
from tuiclu.texts import LANGUAGES, language_of

if TYPE_CHECKING:
    from tuiclu.scenario.compile import Plan
    from tuiclu.scenario.parser import Scenario
    from tuiclu.scenario.plugins import UsersCode
    from tuiclu.scenario.trust import Trust


ScenarioArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A scenario file, the name of a bundled demo, or - for standard input.",
        autocompletion=shell.scenarios,
    ),
]


ScenarioOrNone = Annotated[
    str | None,
    typer.Argument(
        metavar="[SCENARIO]",
        help="A scenario file, the name of a bundled demo, or - for standard input.",
        autocompletion=shell.scenarios,
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="Go on from a snapshot, as `run --snapshots FOLDER` writes it."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set any field of the scenario (repeatable)."),
]


ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="Set a parameter of the scenario (repeatable)."),
]
VariantOption = Annotated[
    str | None,
    typer.Option("--variant", metavar="NAME", help="Make one of the further runs of the scenario (`compare`) instead."),
]


QuizOption = Annotated[
    bool,
    typer.Option("--quiz", help="Ask the questions of the lesson, tell the answers when they could be seen, and mark."),
]
ProgressOption = Annotated[
    Path | None,
    typer.Option(
        "--progress", metavar="FILE", help="Where the marks of quizzes are kept (default: with what tuiclu keeps)."
    ),
]


def lesson_name(source: str) -> str:
    """Return what a lesson is called: the name of a demo, or that of its file."""
    return Path(source).stem


def settings_of(
    set_: list[str] | None,
    param: list[str] | None,
    variant: str | None,
    seed: int | None = None,
    until: str | None = None,
) -> list[str]:
    """Return as settings what was asked for by options."""
    for one in param or []:
        if "=" not in one:
            what = Text("`{setting}` sets nothing", setting=one)
            raise InputError(what, "--param", Text("Write `--param NAME=VALUE`."))
    return [
        *([f"compare={variant}"] if variant is not None else []),
        *(set_ or []),
        *(f"params.{one}" for one in param or []),
        *([f"seed={seed}"] if seed is not None else []),
        *([f"until={until}"] if until is not None else []),
    ]


SpeedOption = Annotated[float | None, typer.Option(help="Virtual seconds a real second.", min=0.001)]


TrustOption = Annotated[
    bool, typer.Option("--trust", help="Execute the Python beside the scenario that it names (module:Class).")
]


def loaded_from(source: str, overrides: list[str]) -> Scenario:
    """Read the scenario that the user named: a file, a demo, or standard input; or the snapshot that runs go on from."""
    from tuiclu.bundled import scenario_file
    from tuiclu.cluster.launcher import prepare
    from tuiclu.scenario.parser import decode
    from tuiclu.scenario.restoring import load

    prepare()  # the parent of the nodes loads while we read
    if source == "-":
        return load(source, decode(sys.stdin.buffer.read(), "-"), overrides)
    return load(scenario_file(source), None, overrides)


def with_trust_settled(loaded: Scenario, trust: bool, language: str) -> Scenario:
    """Have it settled whether the Python that a scenario names may be executed; ask where somebody sits in front of a terminal."""
    from dataclasses import replace

    from tuiclu.scenario.trust import settle

    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    settled: dict[str, UsersCode] = {}

    def settle_once(code: UsersCode) -> UsersCode:
        digest = code.modules.digest
        if digest not in settled:
            settled[digest] = settle(
                code,
                asked_for=trust,
                ask=asked_at_terminal if at_terminal else None,
                announce=lambda line: say(f"tuiclu: {line}", error=True),
                lang=language,
            )
        return replace(code, trusted=settled[digest].trusted)

    return loaded.admitted(settle_once)


def asked_at_terminal(question: str) -> str:
    """Put a question at the terminal; no answer is none."""
    say(question, error=True, end="")
    return sys.stdin.readline()


def trust_of_session(source: str, overrides: list[str], trust: bool, language: str) -> Trust:
    """Have it settled before the screen opens what a session may execute. The scenario is only read here if it may name something."""
    from tuiclu.bundled import scenario_file
    from tuiclu.scenario.parser import may_name_classes
    from tuiclu.scenario.restoring import is_snapshot
    from tuiclu.scenario.trust import Trust

    file = Path(scenario_file(source))
    if not is_snapshot(file) and not may_name_classes(file, overrides):
        return Trust(everything=trust)
    return Trust(trust, with_trust_settled(loaded_from(source, overrides), trust, language).users.modules.digest)


def plan_of(loaded: Scenario) -> Plan:
    from tuiclu.scenario.compile import plan

    return plan(loaded)


ADD_UNTIL = Text("Add `--until 60s`.")


def needs_an_end(plan: Plan, source: str, until: str | None, meant: Text = ADD_UNTIL) -> None:
    """Refuse what would never come back: the whole run of a cluster that lives for ever."""
    if plan.is_endless and until is None:
        raise InputError(Text("there is no end of this scenario"), source, meant)


def duration_of(option: str, text: str | None) -> int | None:
    """Read a duration given as an option, in nanoseconds."""
    from tuiclu.language.quantities import Duration, QuantityError

    try:
        return None if text is None else int(Duration.parse(text))
    except QuantityError as error:
        raise InputError(error.what, f"{option} {text}", error.meant) from None


def language_for(asked: str | None) -> str:
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


def terminal_columns() -> int:
    """Return how wide the terminal is; 80 where there is none."""
    return shutil.get_terminal_size().columns


def write_text(path: Path, text: str, option: str) -> None:
    """Write a file that was asked for by an option. Raises InputError."""
    write_bytes(path, text.encode(), option)


def write_bytes(path: Path, content: bytes, option: str) -> None:
    """Write a file that was asked for by an option. Raises InputError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(Text("this cannot be written: {why}", why=system_says(error)), f"{option} {path}") from None
