"""All mutants of a file, and a sample of those of many."""

from __future__ import annotations

import difflib
import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import libcst as cst

from tests.mutants.operators import OPERATORS

_TELL_NOTHING = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.Assert, cst.Raise, cst.FormattedString)
"""Nothing is mutated in these: what they say is for readers and type checkers, or is never so."""

MUTATED = (
    "nodes/initiator",
    "nodes/deciding",
    "nodes/migration",
    "nodes/process_image",
    "nodes/kernel/memory.py",
    "nodes/kernel/pager.py",
    "nodes/kernel/links.py",
    "nodes/kernel/link_service.py",
    "nodes/kernel/mail.py",
    "nodes/kernel/processor.py",
    "tuiclu/cluster",
)


@dataclass(frozen=True)
class Mutant:
    """A file with one small fault in it."""

    path: str
    """From the root of the tree."""
    operator: str
    before: str
    make: Callable[[], str]

    @cached_property
    def after(self) -> str:
        """The text of the file with the fault."""
        return self.make()

    @cached_property
    def diff(self) -> str:
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), self.path, self.operator, lineterm="", n=2
        )
        return "\n".join(lines)

    @property
    def change(self) -> tuple[str, ...]:
        """The lines that go and come: these name the mutant as long as they stand in the file."""
        return tuple(line for line in self.diff.splitlines()[2:] if line[:1] in "+-")

    @property
    def name(self) -> str:
        return hashlib.sha256("\n".join([self.path, self.diff]).encode()).hexdigest()[:12]


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Walk through all mutants of a file, in the order of its text."""
    module = cst.parse_module(source)

    def made(old: cst.CSTNode, new: cst.CSTNode) -> Callable[[], str]:
        def make() -> str:
            changed = module.deep_replace(old, new)
            assert isinstance(changed, cst.Module)
            return changed.code

        return make

    for node in _nodes(module):
        for name, (kind, operator) in OPERATORS.items():
            if isinstance(node, kind):
                for new in operator(node):
                    yield Mutant(path, name, source, made(node, new))


def files(root: Path, places: Sequence[str] = MUTATED) -> list[str]:
    """Return the files of some folders, or files themselves, from the root of a tree."""
    found = [
        path for place in places for path in ([root / place] if place.endswith(".py") else (root / place).rglob("*.py"))
    ]
    return sorted(str(path.relative_to(root)) for path in found)


def sample(root: Path, count: int, seed: int, places: Sequence[str] = MUTATED) -> list[Mutant]:
    """Draw mutants, of every operator equally many as far as there are so many."""
    draw = random.Random(f"{seed}/mutants")
    stock: dict[str, list[Mutant]] = {name: [] for name in OPERATORS}
    for path in files(root, places):
        for mutant in mutants_of(path, (root / path).read_text()):
            stock[mutant.operator].append(mutant)
    for mutants in stock.values():
        draw.shuffle(mutants)
    drawn: list[Mutant] = []
    while len(drawn) < count and any(stock.values()):
        drawn += [mutants.pop() for mutants in stock.values() if mutants]
    return drawn[:count]


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if not isinstance(node, _TELL_NOTHING):
        yield node
        for child in node.children:
            yield from _nodes(child)
