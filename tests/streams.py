"""The event streams of the demos and of random scenarios, as digests: a change that is to keep behaviour keeps them all, to the byte.

python -m tests.streams --write FILE                   before the change: note the digests
python -m tests.streams --against FILE                 after it: compare, and name what differs
python -m tests.streams --random 300 --write FILE      with other than 40 random scenarios
python -m tests.streams --random 300 --no-run-ahead    compare with runs in which no CPU runs ahead
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.limits import patience
from tests.random_scenarios.drawn import drawn, text_of
from tests.random_scenarios.trial import write_programs
from tests.tuiclu.cluster.scenarios import trusted
from tuiclu.bundled import demo_files
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.runner import run
from tuiclu.scratch import scratch_folder

PATIENCE_S = 3600
"""Of real time, for one run: it ends what hangs, and says nothing about a machine that others use too."""


def main(arguments: list[str]) -> int:
    """Write the digests or compare them; 1 if one differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.streams", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="FILE", help="note the digests in this file")
    what.add_argument("--against", type=Path, metavar="FILE", help="compare with the digests in this file")
    what.add_argument("--no-run-ahead", action="store_true", help="compare with runs in which no CPU runs ahead")
    parser.add_argument("--random", type=int, default=40, metavar="COUNT", help="this many random scenarios")
    asked = parser.parse_args(arguments)
    if asked.write:
        asked.write.write_text(json.dumps(dict(digests(asked.random)), indent=1))
        return 0
    if asked.no_run_ahead:
        pairs = ((name, digest_of(one), digest_of(one, ahead_ns=0)) for name, one in scenarios(asked.random))
    else:
        before: dict[str, str] = json.loads(asked.against.read_text())
        pairs = ((name, before.get(name, digest), digest) for name, digest in digests(asked.random))
    compared = different = 0
    for name, expected, digest in pairs:
        compared += 1
        if expected != digest:
            different += 1
            print(f"DIFFERENT: {name}: {expected}, {digest}", flush=True)
    print(f"{different} of {compared} streams differ")
    return 1 if different else 0


def digests(count: int) -> Iterator[tuple[str, str]]:
    """Run every demo and `count` random scenarios, and yield the name and the digest of each stream."""
    for name, scenario in scenarios(count):
        yield name, digest_of(scenario)


def scenarios(count: int) -> Iterator[tuple[str, Scenario]]:
    """Yield every demo and `count` random scenarios, each with its name, to be run before the next is asked for."""
    for name, file in demo_files().items():
        yield name, load_scenario(file)
    with scratch_folder("tuiclu-streams") as folder:
        write_programs(folder)
        for seed in range(count):
            yield f"random {seed}", trusted(load_scenario(f"{folder}/case.yaml", text_of(drawn(seed))))


def digest_of(scenario: Scenario, ahead_ns: int | None = None) -> str:
    """Run a scenario, its CPUs ahead by so much (None: as usual), and return the digest of its stream."""
    try:
        with patience(PATIENCE_S):
            return run(plan(scenario), ahead_ns=ahead_ns).digest
    except Exception as error:  # noqa: BLE001 - a run that fails has to fail in the same way
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
