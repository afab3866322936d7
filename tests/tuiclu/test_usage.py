"""A command line that makes no sense: one line in the reader's language that says what is wrong and what was meant, and exit status 2."""

from __future__ import annotations

import pytest

from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.cli import app
from tuiclu.errors import InputError
from tuiclu.usage import UsageError, explained, language_in

WRONG = {
    "run --nope x": (
        "`tuiclu run` has no option `--nope`. Did you mean `--compute`?",
        "`tuiclu run` no tiene ninguna opción `--nope`. ¿Quiso decir `--compute`?",
    ),
    "demos -z": (
        "`tuiclu demos` has no option `-z`. The options are: --quiet, --lang.",
        "`tuiclu demos` no tiene ninguna opción `-z`. Posibles opciones: --quiet, --lang.",
    ),
    "run eviction --speed": ("--speed: it wants a value", "--speed: le falta un valor"),
    "run eviction --quiet=1": ("--quiet: it takes no value", "--quiet: no lleva ningún valor"),
    "run eviction --seed abc": ("--seed: `abc` is no whole number", "--seed: `abc` no es un número entero"),
    "run eviction --seed=-1": ("--seed: -1 is too little: at least 0", "--seed: -1 es muy poco: al menos 0"),
    "run eviction --speed fast": ("--speed: `fast` is no number", "--speed: `fast` no es un número"),
    "compare-policies x --seeds 1000": (
        "--seeds: 1000 is too much: at most 100",
        "--seeds: 1000 es demasiado: como mucho 100",
    ),
    "verify": (
        "`tuiclu verify` wants SCENARIO. `tuiclu verify --help` says more.",
        "a `tuiclu verify` le falta SCENARIO. `tuiclu verify --help` dice más.",
    ),
    "run a b c": (
        "`tuiclu run` takes no more than that: b c. `tuiclu run --help` says more.",
        "a `tuiclu run` le sobra: b c. `tuiclu run --help` dice más.",
    ),
    "snapshot": (
        "`tuiclu snapshot` wants a command. The commands are: show, tokens.",
        "a `tuiclu snapshot` le falta una orden. Posibles órdenes: show, tokens.",
    ),
    "snapshot frob": (
        "`tuiclu snapshot` has no command `frob`. The commands are: show, tokens.",
        "`tuiclu snapshot` no tiene ninguna orden `frob`. Posibles órdenes: show, tokens.",
    ),
}


def refused(line: str) -> InputError:
    """Return what is said to a command line."""
    with pytest.raises((UsageError, InputError)) as raised:
        app(line.split(), prog_name="tuiclu", standalone_mode=False)
    error = raised.value
    return error if isinstance(error, InputError) else explained(error)


@pytest.mark.parametrize("line", WRONG)
def test_what_is_wrong_with_a_command_line_is_told_in_the_readers_language(line: str) -> None:
    error = refused(line)
    assert (error.told("en"), error.told("es")) == WRONG[line]


def test_a_word_that_is_no_command_is_told_so_in_the_readers_language() -> None:
    error = refused("vérify")
    assert error.told("es").startswith(
        "no existe ninguna orden, demostración ni fichero `vérify`. ¿Quiso decir `verify`?"
    )


def test_the_language_stands_anywhere_in_the_line() -> None:
    lines = ("verify --lang es", "--lang es verify", "--lang=es --nope", "verify --lang", "verify")
    assert [language_in(line.split()) for line in lines] == ["es", "es", "es", "", None]


@pytest.mark.parametrize(
    ("line", "lang", "said"),
    [
        ("verify", "es_ES.UTF-8", "a `tuiclu verify` le falta SCENARIO."),
        ("verify --lang en", "es_ES.UTF-8", "`tuiclu verify` wants SCENARIO."),
        ("verify --lang es", "en_GB.UTF-8", "a `tuiclu verify` le falta SCENARIO."),
    ],
)
def test_the_option_counts_more_than_the_environment(line: str, lang: str, said: str) -> None:
    run = tuiclu(*line.split(), LANG=lang, LC_ALL="", LC_MESSAGES="")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"tuiclu: {said}")
    assert run.stderr.count("\n") == 1
