"""The pager of a node: it makes room in the frames, and counts what that costs.

A page that leaves its frame goes where it can be had again: nowhere if it is as the program's image or as zeros are, or as its copy on a
disk is; else to this node's disk. Pages with code go last: giving one up makes the emulated CPU forget all that it has compiled. A page
stays while an instruction or a system call that has faulted on it is not done: an instruction can need four pages at once.
"""

from __future__ import annotations

from collections.abc import Callable

from nodes.kernel.backing_store import BackingStore
from nodes.kernel.frames import Frames
from nodes.kernel.memory import AddressSpace
from nodes.kernel.replacement import REPLACEMENTS, Optimal, Page, Replacement
from nodes.wire import vocabulary


class Pager:
    """Takes frames away from pages so that others can have them.

    `evicted` is told of each page, whether it went to the disk, and whether it was code.
    """

    def __init__(
        self,
        frames: Frames[AddressSpace],
        store: BackingStore,
        policy: vocabulary.Replacement | type[Replacement],
        evicted: Callable[[AddressSpace, int, bool, bool], None],
    ) -> None:
        self._store = store
        self.policy: Replacement = (REPLACEMENTS[policy] if isinstance(policy, str) else policy)(frames)
        self._evicted = evicted
        frames.make_room = self.make_room
        frames.watched = self.policy.watches
        frames.note_use = self.policy.used

    @property
    def takes_strangers(self) -> bool:
        """Whether a process may come here from elsewhere: its future is not known."""
        return not isinstance(self.policy, Optimal)

    def make_room(self) -> bool:
        """Free one frame; tell whether that was possible."""
        page = self.policy.choose(self._is_data) or self.policy.choose(self._may_go)
        if page is None:
            return False
        cpu = page.space.cpu
        code_changes = cpu.code_changes
        written = page.space.evict(page.number)
        self._evicted(page.space, page.number, written, cpu.code_changes != code_changes)
        return True

    @staticmethod
    def _may_go(page: Page) -> bool:
        return not page.space.holds_fast(page.number)

    @classmethod
    def _is_data(cls, page: Page) -> bool:
        return cls._may_go(page) and not page.space.is_code(page.number)
