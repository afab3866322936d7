"""What one node puts into a snapshot, as data: the whole state of its kernel, and what was in its channels.

The state is written by a forked copy of the node, which stands still: the node itself goes on at once. When its part of the snapshot is
complete depends on markers alone; whoever wants the files waits for them in real time. A copy ends with its node, and has nothing open of
what belongs to it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from typing import Any

from setproctitle import setproctitle

from nodes.global_state.heap import CannotBeKept, Kept, Users, pack, unpack
from nodes.kernel.backing_store import BackingStore
from nodes.kernel.cpu import Cpu, CpuPool
from nodes.kernel.kernel import Kernel
from nodes.parent import die_with_the_parent
from nodes.process_image import image
from nodes.wire.control import Boot
from nodes.wire.parts import ChannelPart, Damaged, NodePart, PartFiles, encode_channels, encode_part
from nodes.wire.users_code import USERS_PREFIX, UsersModules, load_class

_DESCRIPTORS = 1 << 16
"""No node has one with a higher number."""


class PartWriter:
    """Writes the parts of one node into files of a folder, which whoever has made the folder takes from there."""

    def __init__(self, folder: str, kernel: Kernel) -> None:
        self._files = PartFiles(folder)
        self._kernel = kernel

    def write_state(self, snapshot: str, root: object) -> None:
        """Have the state of the node written as it is now, with all that can be reached from `root`."""
        signal.signal(
            signal.SIGCHLD, signal.SIG_IGN
        )  # copies end when they have done their work, and nobody waits for that
        lock = self._files.begin(snapshot, self._kernel.name)
        reads, ends = os.pipe()
        if os.fork():
            os.close(lock)
            os.close(ends)
            self._kernel.store.is_read_until_closed(reads)
            return
        try:
            gc.disable()
            die_with_the_parent()
            setproctitle(f"tuiclu: node {self._kernel.name} (snapshot {snapshot})")
            disk = self._kernel.store.keep()
            os.closerange(3, lock)
            os.closerange(lock + 1, _DESCRIPTORS)
            self._kernel.come_back()
            part = part_of(self._kernel, root, {BackingStore: Kept(lambda _: disk, _never)}, {"writer": self})
            self._files.write(snapshot, self._kernel.name, "state", encode_part(part))
        finally:
            os._exit(0)

    def write_channels(self, snapshot: str, channels: list[ChannelPart]) -> None:
        """Write what was recorded of the channels that lead to this node."""
        with contextlib.suppress(OSError):  # no room: whoever gathers the parts finds nothing
            self._files.write(snapshot, self._kernel.name, "channels", encode_channels(channels))


def _never(_: object) -> object:
    raise AssertionError("what is written is not made here")


def part_of(kernel: Kernel, root: object, kept: dict[type, Kept], beside: dict[str, object]) -> NodePart:
    """Return the state of a node without what is `beside` it; where something of it cannot be kept, only why."""
    processes = {process.pid: image.dump(process) for process in kernel.processes.values()}
    try:
        packed: list[Any] = pack(
            root, kernel.given() | beside, {Cpu: Kept(Cpu.keep, _never)} | kept, _users(kernel.users)
        )
        why_not = ""
    except CannotBeKept as error:
        packed, why_not = [], str(error)
    return NodePart(kernel.name, kernel.now, kernel.boot.seed, dict(kernel.lives_over), processes, packed, why_not)


def resumed(part: NodePart, boot: Boot, pool: CpuPool, disk: int) -> Any:
    """Return the root of the state that a part holds, in a process that is the node from now on. Raises Damaged."""
    images = {image.digest: image for image in boot.images.values()}

    def make_cpu(state: Any) -> Cpu:
        if state.program not in images:
            raise Damaged(f"there is no program {state.program}")
        cpu = pool.take(images[state.program])
        cpu.resume(state)
        return cpu

    given = {"boot": boot, "users": boot.users, "images": boot.images, "cpus": pool, "writer": None}
    given |= {f"program {digest}": image for digest, image in images.items()}
    kept = {
        Cpu: Kept(Cpu.keep, make_cpu),
        BackingStore: Kept(BackingStore.keep, lambda state: BackingStore.resume(state, disk)),
    }
    seed = "" if part.seed == boot.seed else f"{boot.seed}/{part.node}/{part.at_ns}"
    return unpack(part.heap, given, kept, _users(boot.users), seed)


def _users(modules: UsersModules) -> Users:
    def name_of(kind: type) -> str | None:
        if not kind.__module__.startswith(USERS_PREFIX):
            return None
        return f"{kind.__module__.rpartition('.')[2]}:{kind.__qualname__}"

    return Users(name_of, lambda name: load_class(name, modules))
