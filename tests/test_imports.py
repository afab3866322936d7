"""Imports have no circles: who needs whom can be drawn from the bottom up. Imports for types alone count as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nodes", "tuiclu")

ALLOWED: dict[frozenset[str], str] = {
    frozenset(
        f"tuiclu.tui.{name}"
        for name in (
            "actions.screen",
            "app",
            "audience",
            "mouse",
            "palette",
            "travel",
            "typed",
        )
    ): "the mouse, the palette, going back and what is typed are handed the whole app, which looks its actions up by their names",
}
"""Circles of more than two files outside the kernel that are there on purpose, each with its reason."""

Graph = dict[str, dict[str, None]]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the names of all modules, and of all that is taken from them, that a module imports anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module, names, level):
                parent = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
                base = ".".join(part for part in (parent, module or "") if part)
                yield base
                yield from (f"{base}.{alias.name}" for alias in names)
            case _:
                pass


def graph_of(sources: dict[str, str]) -> Graph:
    """Return who imports whom among some modules, given by name with their sources. That a package is executed first does not count."""
    graph: Graph = {}
    for name, source in sources.items():
        package = name.rpartition(".")[0]
        graph[name] = {one: None for one in imported(source, package) if one in sources and one != name}
        for one in list(graph[name]):  # `from a import b` takes the module a.b, not what is in a
            if any(other.startswith(f"{one}.") for other in graph[name]):
                del graph[name][one]
    return graph


def circles(graph: Graph) -> list[frozenset[str]]:
    """Return the sets of modules that can all be reached from each other (Tarjan), of two or more."""
    found: list[frozenset[str]] = []
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in graph[name]:
            if other not in number:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == number[name]:
            start = stack.index(name)
            circle = frozenset(stack[start:])
            del stack[start:]
            if len(circle) > 1:
                found.append(circle)

    for name in graph:
        if name not in number:
            visit(name)
    return found


@cache
def our_circles() -> list[frozenset[str]]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return circles(graph_of({module_name(path): path.read_text() for path in paths}))


def test_circles_are_found_whatever_the_form_of_the_import() -> None:
    sources = {
        "p": "",
        "p.a": "from p import b",
        "p.b": "from __future__ import annotations\nif TYPE_CHECKING:\n    from .c import C",
        "p.c": "def f():\n    import p.a",
        "p.d": "from p.a import x\nimport p.e",
        "p.e": "import p.b",
    }

    assert circles(graph_of(sources)) == [frozenset({"p.a", "p.b", "p.c"})]


def test_the_kernel_of_a_node_has_no_circle() -> None:
    assert [sorted(circle) for circle in our_circles() if any(one.startswith("nodes.kernel") for one in circle)] == []


def test_no_circle_is_larger_than_two_files_but_those_with_a_reason() -> None:
    large = [circle for circle in our_circles() if len(circle) > 2]

    assert [sorted(circle) for circle in large if circle not in ALLOWED] == []


def test_no_reason_is_given_for_a_circle_that_is_gone() -> None:
    assert [sorted(circle) for circle in ALLOWED if circle not in our_circles()] == []
