"""The process of a cluster that is started by a new Python, and not by a fork: what has begun since in the front is not in it."""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from tuiclu.live.journal import AGAIN
from tuiclu.live.process import run_cluster
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.trust import Trust


def main(arguments: Sequence[str]) -> None:
    """Be the cluster. `arguments`: the descriptor of the front, the folder of the session, and what may be executed."""
    descriptor, folder, everything, answered = arguments
    end = socket.socket(fileno=int(descriptor))
    source = str(Path(folder) / AGAIN)

    def load() -> Scenario:
        select.select([end], [], [])
        if not end.recv(1, socket.MSG_PEEK):
            sys.exit()  # nobody wants it any more
        return load_scenario(source)

    run_cluster(end, source, load, folder, Trust(bool(everything), answered))


if __name__ == "__main__":
    main(sys.argv[1:])
