"""Starts the parent of all nodes in a process where nothing is loaded yet, and tells what that costs. Run with `python -m`.

Writes, as JSON, the seconds until a first node has started and stopped, and those that a second one takes.
"""

from __future__ import annotations

import json
import sys
import time

from tuiclu.bench.clusters import ClusterKind, running


def _start_and_stop() -> float:
    began = time.perf_counter()
    with running(ClusterKind(nodes=1)):
        pass
    return time.perf_counter() - began


def main() -> None:
    first_s, second_s = _start_and_stop(), _start_and_stop()
    sys.stdout.write(json.dumps({"first_s": first_s, "second_s": second_s}))


if __name__ == "__main__":
    main()
