"""Page numbers and contents, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nodes.wire.parameters import PAGE_BYTES


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Put ascending page numbers into runs: (first, count)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((number, 1))
    return found


def each_page(numbers: Sequence[int], content: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut the contents of pages, one behind the other in the order of their numbers; yield each number with its page."""
    for index, number in enumerate(numbers):
        yield number, content[index * PAGE_BYTES : (index + 1) * PAGE_BYTES]
