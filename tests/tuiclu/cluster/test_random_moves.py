"""Whatever runs, wherever it moves, however and when: nobody can tell. Drawn at random, on real node processes.

A case that fails prints the scenario that repeats it, with the programs that chance made up beside it.
"""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.guests.made_up import elf, made_up
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Outcome, run
from tuiclu.scenario.schema import STRATEGIES

_NODES = ("n1", "n2", "n3", "n4")
_SHORT, _LONG = 12, 510

_LINKED: list[dict[str, dict[str, Any]]] = [
    {
        "a": {"program": "pingpong", "args": ["ping", "room", "12", "700"]},
        "b": {"program": "pingpong", "args": ["pong", "room", "12", "700"]},
    },
    {f"r{place}": {"program": "ring", "args": [place, 3, 6, 500]} for place in range(3)},
    {f"p{stage}": {"program": "pipeline", "args": [stage, 3, 20, 5000, 300]} for stage in range(3)},
    {
        "server": {"program": "server", "args": ["squares", 2, 500]},
        "c1": {"program": "client", "args": ["squares", 8, 3]},
        "c2": {"program": "client", "args": ["squares", 8, 1]},
    },
]
"""Groups of processes that talk to each other."""


def _program(draw: random.Random, folder: Path) -> dict[str, Any]:
    """Draw a program that takes some milliseconds."""
    match draw.randrange(6):
        case 0:
            pages = draw.choice((5, 60, 200))
            hot = draw.randint(0, pages)
            numbers = (pages, hot, draw.randint(0, 100), draw.choice((100, 5_000)), draw.randrange(1000))
            return {"program": "scan", "args": list(numbers)}
        case 1:
            return {"program": "sort", "args": [draw.choice((100, 4_000))]}
        case 2:
            return {"program": "sleeper", "args": [3, draw.choice((10, 3_000)), draw.choice((1, 20))]}
        case _:
            image, _ = made_up(draw.randrange(1 << 30))
            (folder / image.name).write_bytes(elf(image))
            return {
                "program": f"./{image.name}",
                "stdin": "what it finds on its standard input, a hundred bytes or so, to be read bit by bit",
            }


def _processes(draw: random.Random, folder: Path) -> dict[str, dict[str, Any]]:
    processes = {f"P{number}": _program(draw, folder) for number in range(1, draw.randint(2, 4))}
    if draw.random() < 0.5:
        processes |= draw.choice(_LINKED)
    return {name: process | {"on": draw.choice(_NODES)} for name, process in processes.items()}


def _cluster(draw: random.Random) -> dict[str, Any]:
    """Draw machines: some so short of memory that they page."""
    nodes = {
        name: {"mips": draw.choice((10, 40, 100)), "memory": f"{4 * draw.choice((40, 90, 1024))} KiB"}
        for name in _NODES
    }
    return {
        "network": {
            "kind": draw.choice(("bus", "switch")),
            "bandwidth": "1 Gbit/s",
            "latency": draw.choice(("50 us", "1 ms")),
        },
        "defaults": {"replacement": draw.choice(("clock", "lru", "fifo", "aging")), "disk": {"latency": "100 us"}},
        "nodes": nodes,
        "policy": {"redirection": draw.choice(("forward", "update", "home"))},
        "migration": {
            "batch": draw.choice((1, 4, 16)),
            "window": draw.choice((1, 8)),
            "prefetch": draw.choice((0, 0, 4)),
            "hybrid-rounds": draw.choice((0, 1, 3)),
        }
        | ({"flush-to": draw.choice(_NODES)} if draw.random() < 0.3 else {}),
    }


def _moves(draw: random.Random, home: Outcome, names: list[str]) -> list[dict[str, Any]]:
    """Draw chains of moves within the lives of the processes, so close together at times that one finds the last not done."""
    moves = []
    for name in names:
        found = next(one for one in home.result["processes"] if one["name"] == name)
        life_ns = round((found["turnaround_s"] or 0.01) * 1e9)
        for _ in range(draw.randint(1, 5)):
            to, strategy = draw.choice(_NODES), draw.choice(STRATEGIES)
            moves.append(
                {
                    "at": f"{draw.randrange(2 * life_ns)} ns",
                    "migrate": {"process": name, "to": to, "strategy": strategy},
                }
            )
    return moves


def _changes(draw: random.Random, home: Outcome) -> list[dict[str, Any]]:
    """Draw changes of what is in force, while all this goes on."""
    length_ns = round(home.result["virtual_s"] * 1e9)
    found = [
        {"redirection": draw.choice(("forward", "update", "home"))},
        {"redirection": draw.choice(("forward", "update", "home"))},
        {
            "migration": {
                "batch": draw.choice((1, 16)),
                "prefetch": draw.choice((0, 4)),
                "flush-to": draw.choice(_NODES),
            }
        },
    ]
    return [
        {"at": f"{draw.randrange(length_ns)} ns", "set": change} for change in found[: draw.choice((0, 1, 1, 2, 2, 3))]
    ]


def _run(scenario: dict[str, Any], folder: Path) -> Outcome:
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in scenario.items())
    (folder / "case.yaml").write_text(text)
    return run(plan(load_scenario(folder / "case.yaml")))


def _check(seed: int) -> int:
    """Run a case that chance draws from `seed`, unmoved and moved; compare; return how many of its migrations were completed."""
    draw = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="tuiclu-case-"))
    scenario: dict[str, Any] = {
        "tuiclu": 1,
        "seed": seed,
        "cluster": _cluster(draw),
        "processes": _processes(draw, folder),
    }
    home = _run(scenario, folder)
    script = _moves(draw, home, list(scenario["processes"])) + _changes(draw, home)
    moved = _run(scenario | {"script": script}, folder)
    assert (home.ok, moved.ok) == (True, True), (
        f"see {folder}/case.yaml: {moved.result['invariants']}\n{(folder / 'case.yaml').read_text()}"
    )
    for one, other in zip(home.result["processes"], moved.result["processes"], strict=True):
        for key in ("name", "state", "exit_code", "signal", "output", "output_base64", "errors", "instructions"):
            said = f"{key} of {one['name']} differs ({other['reason']}); `tuiclu run {folder}/case.yaml` repeats it:\n"
            assert one.get(key) == other.get(key), said + (folder / "case.yaml").read_text()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    return sum(one["outcome"] == "completed" for one in moved.result["migrations"])


def test_a_few_random_clusters_give_the_answers_of_those_in_which_nothing_moves() -> None:
    completed = [_check(seed) for seed in range(_SHORT)]

    assert sum(completed) > _SHORT, "most of what was drawn really moved"


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(10))
def test_many_random_clusters_give_the_answers_of_those_in_which_nothing_moves(part: int) -> None:
    completed = [_check(seed) for seed in range(1000 + part, 1000 + _LONG, 10)]

    assert sum(completed) > len(completed)
