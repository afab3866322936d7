"""Page frames: however many a node has, only those that are used cost anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.inspection import inspect
from tests.nodes.kernel.machine import MS, Machine, boot, examples


@given(steps=st.lists(st.integers(0, 7), max_size=60))
@examples(80)
def test_a_frame_that_was_given_back_is_the_next_to_be_used_and_else_the_lowest(steps: list[int]) -> None:
    """The order is that of a stack of all frames, whatever is allocated and given back."""
    frames: Frames[str] = Frames(5)
    stack, used = [4, 3, 2, 1, 0], list[int]()
    for step in steps:
        if step < 5 and used:
            frame = used.pop(step % len(used))
            frames.release(frame)
            stack.append(frame)
        elif stack:
            used.append(frames.allocate("P", 0))
            assert used[-1] == stack.pop()
        else:
            with pytest.raises(OutOfFrames):
                frames.allocate("P", 0)
        assert (frames.free, frames.allocated) == (len(stack), len(used))


def test_memory_that_nobody_needs_costs_nothing() -> None:
    """A node with an exbibyte: neither to have it nor to use it nor to look at it takes memory or time."""
    frames = 1 << 48
    machine = Machine(boot(frames=frames))
    machine.start("hello")
    idle = inspect(machine.kernel, "n1.1").frame_map
    machine.run(MS)
    (text, shared), (name, used), (nobody, free) = inspect(machine.kernel, "n1.1").frame_map

    assert idle == [("", frames)]
    assert (text, name, nobody, shared + used + free) == ("text", "n1.1", "", frames)
    assert free == machine.kernel.frames.free
