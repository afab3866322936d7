"""Tries a range of random scenarios, prints what fails with the smallest scenario that does, and says how many there were.

python -m tests.random_scenarios --seeds 0..999               valid ones, each run twice
python -m tests.random_scenarios --seeds 0..999 --hostile     files that are wrong
python -m tests.random_scenarios --seeds 0..99 --command      files that are wrong, given to the command itself
python -m tests.random_scenarios --seeds 17..17 --show        print the scenario
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nodes.wire.events import KINDS
from tests.random_scenarios.drawn import Tree, drawn, drawn_with_orders, text_of
from tests.random_scenarios.hostile import hostile
from tests.random_scenarios.shrink import shrunk
from tests.random_scenarios.trial import (
    fault_of_command,
    fault_of_hostile,
    fault_of_seed,
    fault_of_tree,
    happened,
    write_programs,
)
from tuiclu.scratch import scratch_folder


def main(arguments: list[str]) -> int:
    """Try what is asked for, and return 1 if anything fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.random_scenarios", description=__doc__)
    parser.add_argument("--seeds", required=True, metavar="A..B", help="the first and the last seed")
    parser.add_argument("--hostile", action="store_true", help="files that are wrong, in place of valid ones")
    parser.add_argument("--command", action="store_true", help="files that are wrong, given to the command itself")
    parser.add_argument("--show", action="store_true", help="print the scenarios, and try nothing")
    parser.add_argument("--whole", action="store_true", help="do not look for a smaller scenario that fails as well")
    asked = parser.parse_args(arguments)
    first, _, last = asked.seeds.partition("..")
    seeds = range(int(first), int(last or first) + 1)
    failed = 0
    with scratch_folder("tuiclu-random") as folder:
        write_programs(folder)
        for seed in seeds:
            if asked.show:
                print(
                    hostile(seed).decode(errors="replace") if asked.hostile or asked.command else text_of(drawn(seed))
                )
                continue
            fault = (
                fault_of_command(hostile(seed), folder)
                if asked.command
                else fault_of_hostile(hostile(seed), folder)
                if asked.hostile
                else fault_of_seed(seed, folder)
            )
            if fault is not None:
                failed += 1
                print(f"== {seed}: {fault}", flush=True)
                spoilt = asked.hostile or asked.command
                print(_evidence(seed, fault, folder, whole=asked.whole, hostile_=spoilt), flush=True)
            if (seed - seeds.start + 1) % 50 == 0:
                print(f"-- {seed - seeds.start + 1} tried, {failed} failed", flush=True)
    print(f"{len(seeds)} tried, {failed} failed")
    if happened:
        print(
            f"events that never happened: {', '.join(kind for kind in KINDS if not happened[kind.encode()]) or 'none'}"
        )
    return 1 if failed else 0


def _evidence(seed: int, fault: str, folder: Path, *, whole: bool, hostile_: bool) -> str:
    """Return the scenario that fails, as small as it can easily be had."""
    if hostile_:
        return hostile(seed).decode(errors="replace")
    kind = fault[:30]

    def fails(tree: Tree) -> bool:
        line = drawn_with_orders(seed)[1] if seed % 2 else None
        return (fault_of_tree(tree, folder, seed, line) or "")[:30] == kind

    return text_of(drawn(seed) if whole else shrunk(drawn(seed), fails))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
