"""Page numbers and contents, many at a time."""

from __future__ import annotations

import pytest

from nodes.kernel.pages import each_page, runs
from nodes.wire.parameters import PAGE_BYTES


@pytest.mark.parametrize(
    ("numbers", "found"),
    [([], []), ([5], [(5, 1)]), ([1, 2, 3, 7, 8, 10], [(1, 3), (7, 2), (10, 1)]), ([9, 3, 4], [(9, 1), (3, 2)])],
)
def test_consecutive_pages_are_one_run(numbers: list[int], found: list[tuple[int, int]]) -> None:
    assert runs(numbers) == found


def test_contents_are_cut_into_pages_in_the_order_of_the_numbers() -> None:
    content = b"a" * PAGE_BYTES + b"b" * PAGE_BYTES
    assert list(each_page([9, 3], content)) == [(9, b"a" * PAGE_BYTES), (3, b"b" * PAGE_BYTES)]
    assert list(each_page(range(0), b"")) == []
