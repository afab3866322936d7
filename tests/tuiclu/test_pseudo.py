"""A further language is one catalogue: in one that nobody speaks, no English is left in what a run and the screen tell."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from nodes.programs import CATALOGUE
from nodes.wire.events import KINDS
from tests.tuiclu import pseudo
from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.bundled import demo_files
from tuiclu.scenario import schema

TYPED = "shift tab space"
"""Keys have the names that are on them."""
UNITS = "Mbit KiB MiB MIPS pid sha"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has written a catalogue."""
    folder = tmp_path_factory.mktemp("locale")
    pseudo.write(folder)
    return os.environ | {"TUICLU_LOCALE": str(folder), "COLUMNS": "100"}


def output_of(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, cwd=ROOT, check=False
    )
    return done.stdout + done.stderr


def english(shown: str, demo: str) -> list[str]:
    """Return the words of what was shown that are neither foreign, nor names of the scenario, nor output of its guests."""
    named = re.findall(r"[A-Za-z]+", demo_files()[demo].read_text(encoding="utf-8").partition("cluster:")[2])
    typed = " ".join([*schema.STRATEGIES, *schema.LOAD_SHARING, *schema.VERB_NAMES, *KINDS, *CATALOGUE])
    known = {*named, *re.findall("[A-Za-z]+", typed), *TYPED.split(), *UNITS.split(), "tuiclu", "exit"}
    lines = (line for line in shown.splitlines() if not re.search(r"[\ds]  \S+ \| ", line) and "sha256:" not in line)
    words = [word for line in lines for word in re.findall(r"(?<![\w])[A-Za-z]{3,}", re.sub("`[^`]*`", "", line))]
    return [word for word in words if word not in known and not re.fullmatch(r"[0-9a-f]+|(?:([A-Z])\1+)+", word)]


def test_no_english_is_left_in_a_run(environment: dict[str, str]) -> None:
    told = output_of(environment, "-m", "tuiclu", "run", "eviction", "--lang", pseudo.LANG)
    assert pseudo.foreign("The owner of") in told
    assert english(told, "eviction") == []


def test_no_english_is_left_on_the_screen(environment: dict[str, str]) -> None:
    shown = output_of(environment, "-m", "tests.tuiclu.pseudo", "--views")
    assert pseudo.foreign("The idea: ").strip() in shown
    assert english(shown, "first-steps") == []


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (("run", "eviction", "--set", "cluster.network.latency=5"), "eviction set cluster network latency min"),
        (("check", "no-such-thing.yaml"), "such thing yaml"),
        (("check", "eviction", "--set", "until=yes"), "set until yes"),
        (("explain", "no-such-file"), "such file"),
        (("programs", "no-such-program"), "such program"),
        (("check", "eviction"), "eviction variant"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_no_english_is_left_in_what_a_command_says(
    arguments: tuple[str, ...], typed: str, environment: dict[str, str]
) -> None:
    told = output_of(environment, "-m", "tuiclu", *arguments, "--lang", pseudo.LANG)
    assert re.search("[\u0430-\u044f]{3}", told)
    assert [word for word in english(told, "eviction") if word not in typed.split()] == []
