"""A table that remembers what was put into it or asked of it last."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(dict[Key, Value]):
    """A dictionary of at most `most` entries: the one that was neither set nor asked for (by `[]`) for longest gives way."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __getitem__(self, key: Key) -> Value:
        value = super().__getitem__(key)
        if len(self) * 2 > self._most:  # in a small table nothing is in danger
            del self[key]
            super().__setitem__(key, value)
        return value

    def __setitem__(self, key: Key, value: Value) -> None:
        self.pop(key, None)
        super().__setitem__(key, value)
        if len(self) > self._most:
            del self[next(iter(self))]
