"""Draw mutants, let the tests run in front of each, and tell which live.

    python -m tests.mutants --count 200 --seed 1 [--stages N] [--results FILE] [nodes/migration ...]

Goes on where it was interrupted: what was judged stands in the file of results, one line each. `--stages` is how far to go from the nearest
tests outwards (see `trial.nearest`): without it, to the last. The exit status is 1 if a mutant lives for which no reason is given.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.mutants import known
from tests.mutants.listing import MUTATED, sample
from tests.mutants.trial import copy_of, survives

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Judge a sample; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("places", nargs="*", default=MUTATED)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stages", type=int, default=99)
    parser.add_argument("--results", type=Path, default=ROOT / ".mutants.jsonl")
    told = parser.parse_args(arguments)
    judged: dict[str, bool] = {}
    if told.results.exists():
        judged = {one["name"]: one["lives"] for one in map(json.loads, told.results.read_text().splitlines())}
    reasons = known.reasons()
    living = 0
    with copy_of(ROOT) as copy, told.results.open("a") as results:
        for number, mutant in enumerate(sample(ROOT, told.count, told.seed, told.places), 1):
            if known.key(mutant) in reasons:
                continue
            if mutant.name not in judged:
                judged[mutant.name] = survives(copy, mutant, told.stages)
                results.write(
                    json.dumps({"name": mutant.name, "lives": judged[mutant.name], "diff": mutant.diff}) + "\n"
                )
                results.flush()
            if judged[mutant.name]:
                living += 1
                print(f"{number}: LIVES ({mutant.operator})\n{mutant.diff}\n", flush=True)
    print(f"{len(judged)} judged, {living} of this sample live")
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
