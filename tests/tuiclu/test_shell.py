"""What the command line may leave out, and what a shell completes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import typer

from tests.tuiclu.cluster.scenarios import tuiclu, tuiclu_process
from tests.tuiclu.test_harmless import is_harmless
from tuiclu import shell
from tuiclu.bundled import demo_files
from tuiclu.cli import app
from tuiclu.errors import InputError
from tuiclu.texts import LANGUAGES
from tuiclu.tui.styles import THEMES

COMMANDS = ("open", "run", "demos")
WITH_VALUES = {"--lang", "--theme", "--speed", "--seed", "--set", "--journal"}


def found(*args: str) -> list[str]:
    return shell.with_command(args, COMMANDS, WITH_VALUES)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ((), ["open"]),
        (("--lang", "es"), ["open", "--lang", "es"]),
        (("--plain",), ["open", "--plain"]),
        (("--speed", "2", "--paused", "--seed", "7"), ["open", "--speed", "2", "--paused", "--seed", "7"]),
        (("precopy",), ["open", "precopy"]),
        (("--theme", "light", "precopy", "--ascii"), ["open", "--theme", "light", "precopy", "--ascii"]),
        (("mine.yaml",), ["open", "mine.yaml"]),
        (("folder/mine",), ["open", "folder/mine"]),
        (("run", "precopy"), ["run", "precopy"]),
        (("--lang", "es", "run", "precopy"), ["run", "--lang", "es", "precopy"]),
        (("--journal", "run"), ["open", "--journal", "run"]),
        (("--lang=es", "demos"), ["demos", "--lang=es"]),
        (("--help",), ["--help"]),
        (("--version",), ["--version"]),
        (("-",), ["open", "-"]),
    ],
)
def test_a_command_that_is_left_out_is_open(given: tuple[str, ...], meant: list[str]) -> None:
    if given == ("-",):
        with pytest.raises(InputError):
            found(*given)
    else:
        assert found(*given) == meant


@pytest.mark.parametrize(
    ("word", "near"), [("rnu", "run"), ("opne", "open"), ("precpy", "precopy"), ("evicton", "eviction")]
)
def test_what_is_neither_a_command_nor_a_demo_gets_the_nearest_of_both(word: str, near: str) -> None:
    with pytest.raises(InputError, match=f"no command, no demo and no file `{word}`. Did you mean `{near}`"):
        found(word)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("precpy",), "there is no command, no demo and no file `precpy`. Did you mean `precopy`?"),
        (("demos", "eviciton"), "there is no demo `eviciton`. Did you mean `eviction`?"),
        (("programs", "prims"), "there is no program `prims`. Did you mean `primes`?"),
        (("--lang", "esp"), "--lang: `esp` is not a language that tuiclu speaks. Did you mean `es`? The languages are: en, es."),
        (("--theme", "drak", "--plain"), ("--theme: there is no theme `drak`. Did you mean `dark`? "
         "The themes are: dark, light, contrast, 16, mono.")),
    ],
)  # fmt: skip
def test_a_name_that_is_not_known_gets_the_nearest_one(args: tuple[str, ...], says: str) -> None:
    done = tuiclu(*args)
    assert (done.returncode, done.stderr) == (2, f"tuiclu: {says}\n")


@pytest.mark.parametrize(
    "typed", [("{}", "--plain"), ("--{}",), ("run", "{}"), ("run", "--{}"), ("compare", "--at", "{}")]
)
def test_what_was_typed_is_shown_harmlessly(typed: tuple[str, ...]) -> None:
    done = tuiclu(*(one.format("x\x1b[2J\u202e\u200b\x07") for one in typed))
    assert done.returncode == 2
    assert is_harmless(done.stderr)


def test_commands_that_load_a_scenario_take_the_same_options() -> None:
    """What is set in a scenario may name a class of a user's own: whoever can set it can say that it is trusted."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = {name: {one.name for one in command.params} for name, command in commands.items()}
    assert {name for name, own in options.items() if "set_" in own and not {"trust", "lang"} <= own} == {"check"}


def test_without_open_it_opens(tmp_path: Path) -> None:
    done = tuiclu("--lang", "es", "--plain", "--seed", "9", "first-steps", "--journal", str(tmp_path))
    assert done.returncode == 0
    assert "semilla 9" in done.stdout
    assert "Tres procesos comparten la CPU de n1" in done.stdout
    assert "tiempo de retorno medio de los 6 que terminaron" in done.stdout, "the end is told"


def test_a_session_that_begins_paused_stands_at_the_beginning(tmp_path: Path) -> None:
    done = tuiclu_process("first-steps", "--plain", "--paused", "--journal", str(tmp_path), text="state\nquit\n")
    assert done.returncode == 0
    told = re.findall(r"^ *(\d+\.\d{6}) s  ", done.stdout, re.MULTILINE)
    assert set(told) == {"0.000000"}, "time has not passed"
    assert "n1 is up; " in done.stdout, "how things stand is told as soon as it is known"


def test_a_time_that_is_none_is_named_by_its_option() -> None:
    done = tuiclu("--until", "soon", "--plain")
    assert done.returncode == 2
    assert done.stderr.startswith("tuiclu: --until soon: ")


def test_themes_and_languages_are_those_of_the_screen() -> None:
    assert set(shell.THEMES) == set(THEMES)
    assert shell.languages("") == list(LANGUAGES)


def test_a_shell_completes_demos_programs_themes_languages_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine.yaml", "mine.elf", "mine.txt", ".hidden.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shell.scenarios("precopy") == [name for name in demo_files() if name.startswith("precopy")]
    assert shell.scenarios("m") == ["mine.yaml", "more/"]
    assert shell.programs("prim") == ["primes"]
    assert shell.programs("min") == ["mine.elf"]
    assert shell.themes("d") == ["dark"]
    assert shell.languages("e") == ["en", "es"]
    assert shell.strategies("eager-all,pre") == ["eager-all,precopy"]
    assert shell.scenarios("nowhere/") == []


@pytest.mark.parametrize(
    ("line", "word", "completed"),
    [
        ("tuiclu ru", "1", "run"),
        ("tuiclu first", "1", "first-steps"),
        ("tuiclu run prec", "2", "precopy"),
        ("tuiclu programs pri", "2", "primes"),
        ("tuiclu open --theme lig", "3", "light"),
        ("tuiclu run precopy --lang e", "4", "es"),
    ],
)
def test_bash_is_told(line: str, word: str, completed: str) -> None:
    done = tuiclu(_TUICLU_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=word)
    assert completed in done.stdout.split()


def test_every_command_can_be_told_its_language() -> None:
    rooms = [one.typer_instance for one in app.registered_groups if one.typer_instance is not None]
    without = [
        command.callback.__name__
        for room in rooms
        for command in room.registered_commands
        if command.callback is not None
        and not command.hidden
        and "lang" not in inspect.signature(command.callback).parameters
    ]
    assert rooms
    assert without == []


@pytest.mark.parametrize("variable", ["LC_ALL", "LC_MESSAGES", "LANG"])
def test_the_environment_says_the_language_where_nobody_else_does(variable: str) -> None:
    spoken = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""} | {variable: "es_ES.UTF-8"}
    assert "Primeros pasos" in tuiclu("demos", "first-steps", **spoken).stdout
    assert "First steps" in tuiclu("demos", "first-steps", "--lang", "en", **spoken).stdout
