"""The project's first promise: a program gives the same answer here as anywhere, however often it moves."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nodes.programs import CATALOGUE
from tests.guests import compile_natively, guest, needs_native_compiler, run_natively
from tests.guests.third_party import IMAGE as LUA
from tests.guests.third_party import SCRIPTS, expected_output, script
from tests.nodes.programs.test_catalogue import COMMANDS, PROGRAMS
from tests.tuiclu.cluster.scenarios import process, run_text
from tuiclu.scenario.runner import Outcome
from tuiclu.scenario.schema import STRATEGIES

NODES = ("n1", "n2", "n3")
Move = tuple[str, int, str, str]
"""Process, instant in ns, destination, strategy ("" for the cluster's own)."""
SPEEDS = {"n1": "40", "n2": "15", "n3": "100"}


def a_cluster(processes: dict[str, dict[str, Any]], moves: Sequence[Move] = (), seed: int = 1) -> str:
    """Return a scenario with these processes and moves."""
    scenario = {
        "seed": seed,
        "cluster": {
            "network": {"kind": "switch", "bandwidth": "1 Gbit/s", "latency": "100 us"},
            "defaults": {"memory": "16 MiB"},
            "nodes": {name: {"mips": SPEEDS[name]} for name in NODES},
        },
        "processes": processes,
        "script": [
            {"at": f"{at_ns} ns", "migrate": {"process": name, "to": to} | ({"strategy": strategy} if strategy else {})}
            for name, at_ns, to, strategy in sorted(moves, key=lambda move: move[1])
        ],
    }
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in scenario.items())


def ten_moves(outcome: Outcome, name: str, draw: random.Random) -> list[Move]:
    """Draw ten instants within the life of a process, and where it is to go each time, and how."""
    life_ns = round(process(outcome, name)["turnaround_s"] * 1e9)
    instants = sorted(draw.randrange(1, max(2, 2 * life_ns)) for _ in range(10))
    return [(name, at_ns, draw.choice(NODES), draw.choice(STRATEGIES)) for at_ns in instants]


LOOK_AROUND = ("migrant", "interactive")
"""Programs that act by where they are, or measure time: their answer is the same, the way to it is not."""


def same_answer(moved: Outcome, home: Outcome, name: str) -> None:
    counted = () if process(home, name)["program"] in LOOK_AROUND else ("instructions",)
    for key in ("output", "exit_code", "signal", *counted):
        assert process(moved, name)[key] == process(home, name)[key], (name, key)


CATALOGUE_PROCESSES = {
    f"P{number}": {"program": argv[0], "args": list(argv[1:]), "on": NODES[number % 3]}
    for number, argv in enumerate(COMMANDS)
}


@pytest.fixture(scope="module")
def at_home() -> Outcome:
    """Every command of the catalogue's tests at once, three to a CPU, unmoved."""
    outcome, _ = run_text(a_cluster(CATALOGUE_PROCESSES))
    assert outcome.ok
    return outcome


def test_every_program_of_the_catalogue_is_among_them() -> None:
    assert {argv[0] for argv in COMMANDS} == {name for name in CATALOGUE if not CATALOGUE[name].needs_partners}


@needs_native_compiler
@pytest.mark.parametrize("program", sorted({argv[0] for argv in COMMANDS}))
def test_a_program_prints_what_its_source_prints_when_compiled_for_this_machine(
    program: str, at_home: Outcome, tmp_path: Path
) -> None:
    native = compile_natively([PROGRAMS / f"{program}.c"], tmp_path / program)
    for number, argv in enumerate(COMMANDS):
        if argv[0] == program:
            expected = run_natively(native, argv)
            here = process(at_home, f"P{number}")
            assert (here["output"].encode(), here["exit_code"]) == (expected.output, expected.status)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_a_program_that_moves_ten_times_at_random_instants_prints_the_same(seed: int, at_home: Outcome) -> None:
    draw = random.Random(seed)
    moves = [move for name in CATALOGUE_PROCESSES for move in ten_moves(at_home, name, draw)]
    outcome, _ = run_text(a_cluster(CATALOGUE_PROCESSES, moves, seed=1))
    for name in CATALOGUE_PROCESSES:
        same_answer(outcome, at_home, name)
    assert outcome.ok
    completed = sum(one["outcome"] == "completed" for one in outcome.result["migrations"])
    assert completed > 20, "most of them must really have moved"


@pytest.fixture(scope="module")
def lua_at_home() -> Outcome:
    outcome, _ = run_text(a_cluster(_lua_processes()))
    assert outcome.ok
    return outcome


def _lua_processes() -> dict[str, dict[str, Any]]:
    return {name: {"program": str(LUA), "args": ["-"], "on": "n1", "stdin": script(name).decode()} for name in SCRIPTS}


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_interpreter_that_nobody_here_wrote_runs_its_scripts(name: str, lua_at_home: Outcome) -> None:
    assert process(lua_at_home, name)["output"].encode() == expected_output(name)


def test_an_interpreter_that_moves_ten_times_prints_the_same(lua_at_home: Outcome) -> None:
    draw = random.Random(5)
    moves = [move for name in SCRIPTS for move in ten_moves(lua_at_home, name, draw)]
    outcome, _ = run_text(a_cluster(_lua_processes(), moves))
    for name in SCRIPTS:
        same_answer(outcome, lua_at_home, name)
    assert outcome.ok


MISBEHAVED = {
    "badread": (("badpointer", "read"), "SIGSEGV", "read at 0x"),
    "badwrite": (("badpointer", "write"), "SIGSEGV", "write at 0x"),
    "badjump": (("badpointer", "execute"), "SIGSEGV", "execute at 0x"),
    "null": (("badpointer", "null"), "SIGSEGV", "a null pointer"),
    "illegal": (("illegal",), "SIGILL", "illegal instruction 0x"),
    "overflow": (("overflow",), "SIGSEGV", "stack overflow: write at 0x"),
    "abort": (("selfkill", "abort"), "SIGABRT", "SIGABRT"),
    "term": (("selfkill", "term"), "SIGTERM", "SIGTERM"),
}


def test_a_process_that_misbehaves_dies_with_a_reason_and_harms_nobody() -> None:
    processes: dict[str, dict[str, Any]] = {
        name: {"program": str(guest(argv[0])), "args": list(argv[1:]), "on": "n1"}
        for name, (argv, _, _) in MISBEHAVED.items()
    }
    processes["calls"] = {"program": str(guest("wildcalls")), "on": "n1", "stdin": "x"}
    processes["good"] = {"program": "primes", "args": {"limit": 3000}, "on": "n1"}
    outcome, _ = run_text(a_cluster(processes))
    for name, (_, signal, reason) in MISBEHAVED.items():
        dead = process(outcome, name)
        assert (dead["state"], dead["signal"], dead["exit_code"]) == ("exited", signal, None)
        assert reason in dead["reason"], dead["reason"]
    answers = [line.rpartition(": ")[2] for line in process(outcome, "calls")["output"].splitlines()]
    assert (len(answers), set(answers)) == (28, {"EFAULT"})
    assert process(outcome, "calls")["exit_code"] == 0
    assert process(outcome, "good")["output"] == "430\n"
    assert outcome.ok


def test_a_process_that_loops_for_ever_keeps_nobody_from_working() -> None:
    processes: dict[str, dict[str, Any]] = {
        "loop": {"program": str(guest("forever")), "on": "n1"},
        "good": {"program": "primes", "args": {"limit": 3000}, "on": "n1"},
    }
    outcome, _ = run_text(a_cluster(processes), until_ns=1_000_000_000)
    assert process(outcome, "loop")["state"] in ("running", "ready")
    assert process(outcome, "good")["output"] == "430\n"


def test_a_process_that_asks_for_too_much_memory_gets_its_errno_and_one_larger_than_its_node_is_paged() -> None:
    processes: dict[str, dict[str, Any]] = {
        "asks": {"program": str(guest("exhaust")), "args": ["300000"], "on": "n1"},
        "large": {"program": "scan", "args": {"pages": 5000, "hot": 4, "accesses": 100}, "on": "n2"},
        "good": {"program": "primes", "args": {"limit": 3000}, "on": "n2"},
    }
    outcome, _ = run_text(a_cluster(processes))
    assert process(outcome, "asks")["output"] == "got 0 KiB in 0 blocks, and no more\n"
    assert process(outcome, "large")["exit_code"] == 0
    assert process(outcome, "good")["output"] == "430\n"
    assert outcome.view.counts["page.evicted"] > 0
    assert outcome.ok


def test_precopy_freezes_a_process_for_a_shorter_time_than_eager_all_and_changes_no_answer(at_home: Outcome) -> None:
    processes: dict[str, dict[str, Any]] = {
        "P": {"program": "scan", "args": {"pages": 300, "hot": 20, "writes": 2, "accesses": 100000}, "on": "n2"}
    }
    home, _ = run_text(a_cluster(processes))
    middle_ns = round(process(home, "P")["turnaround_s"] * 0.5e9)
    freezes = {}
    for strategy in ("eager-all", "precopy"):
        moved, _ = run_text(
            a_cluster(processes, [("P", middle_ns, "n1", "")]), overrides=[f"cluster.policy={{strategy: {strategy}}}"]
        )
        same_answer(moved, home, "P")
        assert moved.ok
        freezes[strategy] = moved.result["migrations"][0]["freeze_s"]
    assert freezes["precopy"] < 0.6 * freezes["eager-all"]
