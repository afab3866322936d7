"""The memory that all nodes share for large payloads."""

from __future__ import annotations

import os
import sys

import pytest

from nodes.wire.bulk import Bulk, new_bulk


def test_what_one_puts_in_another_takes_out_and_then_its_memory_is_free() -> None:
    file = new_bulk()
    one, other = Bulk(file, 0), Bulk(file, 1)
    payloads = [os.urandom(size) for size in (1, 70_000, 3 << 20)]
    references = [bulk.put(payload) for bulk in (one, other) for payload in payloads]

    assert [other.take(reference) for reference in references] == payloads * 2
    if sys.platform == "linux":
        assert os.fstat(file).st_blocks * 512 < 64 * 1024
    os.close(file)


@pytest.mark.parametrize("lives", [(0, 1), (3, 7)])
def test_nobody_overwrites_what_somebody_else_has_put_in(lives: tuple[int, int]) -> None:
    file = new_bulk()
    kept = Bulk(file, lives[0]).put(b"kept")
    Bulk(file, lives[1]).put(b"else")

    assert Bulk(file, 9).take(kept) == b"kept"
    os.close(file)
