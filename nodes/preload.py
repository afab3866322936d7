"""What the parent of all nodes loads before it forks them: this kernel, and a pool of CPUs whose memory they then share.

Importing this module takes about 0.2 s, once; a node forked afterwards is ready in a few milliseconds. It must never import anything
of the front.
"""

from __future__ import annotations

import gc
from multiprocessing.queues import Queue
from typing import Any

from nodes.kernel.cpu import CpuPool
from nodes.node import run_node
from nodes.wire.connection import Ends, NodeFiles

POOL = CpuPool(16)
gc.collect()
gc.freeze()


def main(name: str, title: str, ends: Ends, files: NodeFiles, records: Queue[Any], level: int) -> None:
    """Be a node, with the pool that was made before the fork."""
    run_node(name, title, ends, files, records, level, POOL)
