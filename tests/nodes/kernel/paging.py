"""How many faults a reference string costs, by the definitions of textbooks: models to hold the kernel's policies against."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def fifo(string: Sequence[int], frames: int) -> int:
    """The page that came first goes."""
    held: list[int] = []
    faults = 0
    for page in string:
        if page not in held:
            faults += 1
            held = [*held, page][-frames:]
    return faults


def lru(string: Sequence[int], frames: int) -> int:
    """A reference hits if fewer other pages than there are frames were used since the last one to the same page (Mattson's stack)."""
    faults = 0
    for index, page in enumerate(string):
        before = list(string[:index])
        if page not in before or len(set(before[len(before) - before[::-1].index(page) :])) >= frames:
            faults += 1
    return faults


def opt(string: Sequence[int], frames: int) -> int:
    """The page goes that is used again last, or never (Belady's MIN)."""
    held: list[int] = []
    faults = 0
    for index, page in enumerate(string):
        if page in held:
            continue
        faults += 1
        if len(held) == frames:
            rest = list(string[index:])
            held.remove(max(held, key=lambda one: rest.index(one) if one in rest else len(rest)))
        held.append(page)
    return faults


def clock(string: Sequence[int], frames: int) -> int:
    """A hand goes round and takes the first page that was not used since it came by; a page that comes in is used."""
    held: list[int | None] = [None] * frames
    used = [False] * frames
    hand = faults = 0
    for page in string:
        if page in held:
            used[held.index(page)] = True
            continue
        faults += 1
        while held[hand] is not None and used[hand]:
            used[hand] = False
            hand = (hand + 1) % frames
        held[hand], used[hand] = page, True
        hand = (hand + 1) % frames
    return faults


MODELS: dict[str, Callable[[Sequence[int], int], int]] = {"fifo": fifo, "lru": lru, "opt": opt, "clock": clock}
