"""The benchmarks: that they run and say what they measured. How fast anything is, is nobody's business here."""

from __future__ import annotations

import json

import pytest

from tests.tuiclu.cluster.scenarios import node_processes
from tuiclu.bench import BENCHMARKS, run_benchmarks
from tuiclu.bench.benchmarks import Effort
from tuiclu.texts import told

TINY = Effort(turns=1, side_s=0.05)


def test_everything_that_has_a_wanted_figure_is_in_the_table() -> None:
    assert list(BENCHMARKS) == [
        *(
            "guest-speed",
            "windows",
            "busy",
            "cost",
            "jobs",
            "links",
            "start",
            "memory",
            "moves",
            "pages",
            "snapshot",
            "screen",
            "help",
        ),
    ]


@pytest.mark.xdist_group("bench")  # their nodes have one title, by which those that are left would be found
@pytest.mark.parametrize("name", ["help", "busy", "jobs", "moves", "links", "pages", "snapshot", "screen"])
def test_a_benchmark_gives_figures_for_scripts_and_leaves_no_process(name: str) -> None:
    said: list[str] = []
    report = run_benchmarks(only=name, as_json=True, echo=said.append, effort=TINY)
    assert [json.loads(line) for line in said] == [json.loads(json.dumps(report))]
    (benchmark,) = report["benchmarks"]
    assert benchmark["name"] == name
    assert benchmark["figures"], "there is at least one"
    assert list(node_processes("bench")) == []


def test_a_benchmark_gives_figures_for_people_as_it_goes() -> None:
    said: list[str] = []
    run_benchmarks(only="help", echo=said.append, effort=TINY)
    assert said[0].startswith("tuiclu ")
    assert "tuiclu --help" in said[-1]


def test_figures_are_told_in_the_readers_language_and_are_the_same_for_scripts() -> None:
    said: list[str] = []
    report = run_benchmarks(only="help", echo=said.append, effort=TINY, lang="es")
    assert said[0].endswith("Medianas de 1 turno; razón: aquí entre límite, turno a turno.")
    assert said[1].splitlines()[1:][0].startswith("help: tiempo hasta que sale la ayuda")
    assert said[1].splitlines()[-1].split() == [
        "aquí",
        "límite",
        "razón",
        "(mín",
        "..",
        "máx)",
        "se",
        "pide",
        "logrado",
    ]
    assert "un simple" not in json.dumps(report), "the names of figures do not depend on the reader"


def test_whatever_is_measured_has_its_words_in_every_language() -> None:
    for benchmark in BENCHMARKS.values():
        assert told(benchmark.about, "es") != str(benchmark.about)
