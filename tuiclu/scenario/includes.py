"""What a scenario takes from others: `include: other.yaml`. Their clusters, files, processes and parameters come before its own.

Mappings are joined key by key, at any depth; where both say something else, the scenario that includes has the last word, and of two that
are included the later one. Scripts and expectations are of one file alone, and are not taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.scenario.programs import rename_programs
from tuiclu.scenario.tree import Entry, Mapping, Node, Scalar, Sequence, describe

KEY = "include"
TAKEN = ("params", "cluster", "files", "processes")
"""The sections that are taken from a scenario that is included, in the order in which they stand then."""
MOST = 100
"""How many files may be included, those by others counted."""

Read = Callable[[Path, str], Mapping]
"""Returns the tree of a file, by its path and what it is called in messages. Raises InputError."""


def join(root: Mapping, name: str, read: Read) -> None:
    """Put what a scenario includes into its tree. Raises InputError, at the place where a file is named that cannot be included."""
    _Reader(read).join(root, Path(name), ())


class _Reader:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._count = 0

    def join(self, root: Mapping, file: Path, includers: tuple[Path, ...]) -> None:
        entry = root.entries.pop(KEY, None)
        if entry is None:
            return
        taken = Mapping(root.where)
        for named in _names(entry.value):
            other = self._other(named, file, (*includers, file.resolve()))
            sections = {key: other.entries[key] for key in TAKEN if key in other.entries}
            taken = _joined(taken, Mapping(other.where, sections))
        joined = _joined(taken, root).entries
        root.entries = {
            key: joined[key] for key in (*root.entries, *(key for key in taken.entries if key not in root.entries))
        }

    def _other(self, named: Scalar, file: Path, includers: tuple[Path, ...]) -> Mapping:
        path = file.parent / str(named.value)
        if path.resolve() in includers:
            chain = " → ".join(one.name for one in (*includers, path))
            raise InputError(
                Text("this file includes itself: {chain}", chain=chain), named.where, Text("Leave one of them out.")
            )
        self._count += 1
        if self._count > MOST:
            raise InputError(Text("more than {most} files are included", most=MOST), named.where)
        try:
            root = self._read(path, str(path))
        except InputError as error:
            if error.where != str(path):  # what is wrong in it has a line of its own
                raise
            raise InputError(error.what, named.where, error.meant) from None
        self.join(root, path, includers)
        rename_programs(root, lambda program: _seen_from(file.parent, path.parent, program))
        return root


def _names(node: Node) -> list[Scalar]:
    items = node.items if isinstance(node, Sequence) else [node]
    names = [one for one in items if isinstance(one, Scalar) and isinstance(one.value, str) and one.value]
    if len(names) != len(items):
        wrong = next(one for one in items if one not in names)
        what = Text("`{key}` cannot be {node}", key=KEY, node=describe(wrong))
        raise InputError(
            what, wrong.where, Text("It is the path of a scenario, or a list of such: `include: base.yaml`.")
        )
    return names


def _seen_from(folder: Path, other: Path, program: str) -> str:
    """Return the path of a program as it is written in a file of this folder, where it was written in one of another."""
    if program.startswith("$") or Path(program).is_absolute():
        return program
    return os.path.relpath(other / program, folder)


def _joined(one: Mapping, other: Mapping) -> Mapping:
    """Return two mappings as one, the keys of the first in front; what the other says counts."""
    entries = dict(one.entries)
    for key, entry in other.entries.items():
        former = entries.get(key)
        if former is not None and isinstance(former.value, Mapping) and isinstance(entry.value, Mapping):
            entries[key] = Entry(entry.where, _joined(former.value, entry.value))
        else:
            entries[key] = entry
    return Mapping(other.where, entries)


def misplaced(root: Mapping) -> InputError | None:
    """Return the error where something asks for files to be included when all have been; None: nothing does."""
    entry = root.entries.get(KEY)
    if entry is None:
        return None
    what = Text("`{key}` cannot be set: files are read before anything is", key=KEY)
    return InputError(what, entry.where, Text("Write it into the file."))
