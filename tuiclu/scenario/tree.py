"""YAML read into a plain tree in which every key and every value knows its place in the file.

Knows nothing of scenarios. Takes YAML 1.2 without its dangers: no tags but those of plain values, no duplicate keys,
one document, bounded size, depth and number of aliases. Every fault is an InputError with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.reader import ReaderError

from nodes.wire.text import Text
from tuiclu.errors import InputError

MAX_BYTES = 1 << 20
"""Of the text of a scenario."""
MAX_DEPTH = 40
MAX_NODES = 100_000
"""Values in a tree, each use of an alias counted again."""
MAX_DIGITS = 30
"""Of a number."""

Plain = str | int | float | bool | None
Path = tuple[str | int, ...]
"""Where a value is in a tree: keys of mappings and indexes of lists."""


@dataclass(slots=True)
class Scalar:
    where: str
    value: Plain
    text: str
    """As it was written, without quotes."""


@dataclass(slots=True)
class Sequence:
    where: str
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    where: str
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """A key's place, and its value."""

    where: str
    value: Node


Node = Scalar | Sequence | Mapping


def describe(node: Node) -> Text:
    """Say what a value is, for a message: `the text `abc``, `a list`."""
    match node:
        case Mapping():
            return Text("a mapping")
        case Sequence():
            return Text("a list")
        case Scalar(value=None):
            return Text("nothing")
        case Scalar(value=bool()):
            return Text.made("`{text}`", {"text": node.text})
        case Scalar(value=int() | float()):
            return Text("the number {text}", text=node.text)
        case Scalar():
            return Text("the text `{text}`", text=shorten(node.text))


HERE = ""
"""The place of all that stands in no file, as what is typed: it needs none."""


def shorten(text: str, most: int = 40) -> str:
    """Return `text` as it may stand in a one-line message."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line if len(line) <= most else f"{line[: most - 3]}..."


def read_tree(text: str, name: str) -> Node | None:
    """Read the only YAML document in `text`; None if it holds nothing. `name` is the file's, for messages."""
    return _read(text, lambda line, column: f"{name}:{line}:{column}")


def read_value(text: str, where: str) -> Node:
    """Read a value that was given outside any file; all of it, and its faults, are at `where`."""
    node = _read(text, lambda _line, _column: where)
    return Scalar(where, None, "") if node is None else node


_READER_FAULTS = (
    *(YAMLError, RecursionError, ValueError, OverflowError, LookupError, TypeError, AttributeError, AssertionError),
)
"""What ruamel.yaml stumbles over in texts that are far from YAML, beside the errors that it reports with a place."""

_TEXTS_KEPT = 16
"""Texts whose trees are kept: many runs of one scenario read it over and over."""

Locate = Callable[[int, int], str]
"""(line, column), both from 1, to a place for messages."""


def _read(text: str, locate: Locate) -> Node | None:
    _check_version(text, locate)
    try:
        node = _composed(text)
    except MarkedYAMLError as error:
        raise _syntax_error(error, locate) from None
    except ReaderError as error:
        raise _character_error(error, text, locate) from None
    except _READER_FAULTS as error:
        what = str(error).partition("\n")[0] or type(error).__name__
        meant = Text("The reader says: {what}.", what=shorten(what, 100))
        raise InputError(Text("this is not YAML that can be read"), locate(1, 1), meant) from None
    return None if node is None else _Builder(locate).build(node)


@lru_cache(maxsize=_TEXTS_KEPT)
def _composed(text: str) -> YamlNode | None:
    """Return the YAML reader's own tree, which nobody changes. It takes forty times as long as all that is made of it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    node: YamlNode | None = yaml.compose(text)
    return node


def _check_version(text: str, locate: Locate) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("%YAML") and not line.split("#")[0].split()[1:] == ["1.2"]:
            raise InputError(
                Text("`{line}` asks for another YAML", line=shorten(line)),
                locate(number, 1),
                Text("A scenario is YAML 1.2: leave the line out."),
            )
        if line.strip() and not line.startswith(("%", "#")):
            return


def _syntax_error(error: MarkedYAMLError, locate: Locate) -> InputError:
    mark: StringMark | None = error.problem_mark or error.context_mark
    where = locate(mark.line + 1, mark.column + 1) if mark else locate(1, 1)
    problem = str(error.problem or error.context or "it cannot be read")
    for pattern, what, meant in _TEACHING:
        if re.search(pattern, problem):
            return InputError(what, where, meant)
    context = f" {error.context}" if error.context and error.problem else ""
    return InputError(Text("this is not YAML: {problem}", problem=problem + context), where)


_TEACHING = (
    (r"'\\t'", Text("a tab cannot indent"), Text("YAML is indented with spaces.")),
    (
        r"another document",
        Text("there is a second document here"),
        Text("A scenario file holds one: leave out the `---`."),
    ),
    (
        r"mapping values are not allowed",
        Text("a `:` does not fit here"),
        Text("Quote a text that has `: ` in it; check the indentation."),
    ),
    (
        r"undefined alias",
        Text("this alias has no anchor"),
        Text("An alias `*name` repeats what `&name` marked further up."),
    ),
    (
        r"depth of data structure|depth exceeded",
        Text("this is nested more than {most} deep", most=MAX_DEPTH),
        Text("No scenario needs that."),
    ),
    (
        r"expected <block end>",
        Text("the indentation does not fit here"),
        Text("Keys of one mapping, and dashes of one list, start in one column."),
    ),
    (r"could not find expected ':'", Text("a key has no `:` after it"), Text("Write `key: value`.")),
    (r"cannot start any token", Text("this character cannot begin a value"), Text("Quote a text that begins with it.")),
    (
        r"unexpected end of stream|'<stream end>'",
        Text("the file ends in the middle of a value"),
        Text("Close the quote or the bracket."),
    ),
)
"""What the YAML reader says, and how that is said to people."""


def _character_error(error: ReaderError, text: str, locate: Locate) -> InputError:
    position = min(int(error.position), len(text))
    line_start = text.rfind("\n", 0, position) + 1
    where = locate(text.count("\n", 0, position) + 1, position - line_start + 1)
    code = ord(error.character) if isinstance(error.character, str) else int(error.character)
    return InputError(
        Text("the character U+{code:04X} cannot be in a text file", code=code),
        where,
        Text("A scenario is YAML in UTF-8."),
    )


_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")
}
_TREE_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class _Builder:
    """Makes our tree of the YAML reader's: aliases written out, merge keys merged, scalars made plain values."""

    def __init__(self, locate: Locate) -> None:
        self.locate = locate
        self.nodes = 0

    def where(self, node: YamlNode) -> str:
        return self.locate(node.start_mark.line + 1, node.start_mark.column + 1)

    def build(self, node: YamlNode, depth: int = 0) -> Node:
        where = self.where(node)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise InputError(
                Text("this has more than {most} values, aliases written out", most=MAX_NODES),
                where,
                Text("No scenario needs that."),
            )
        if depth > MAX_DEPTH:
            raise InputError(
                Text("this is nested more than {most} deep", most=MAX_DEPTH),
                where,
                Text("An alias must not repeat what it is in."),
            )
        if isinstance(node, ScalarNode):
            return self.scalar(node, where)
        if str(node.tag) not in _TREE_TAGS:
            raise _unknown_tag(str(node.tag), where)
        if isinstance(node, SequenceNode):
            return Sequence(where, [self.build(item, depth + 1) for item in node.value])
        assert isinstance(node, MappingNode)
        return Mapping(where, self.entries(node, depth))

    def entries(self, node: MappingNode, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            where = self.where(key_node)
            if not isinstance(key_node, ScalarNode):
                raise InputError(
                    Text("a mapping or a list cannot be a key"), where, Text("A key is a name: write `key: value`.")
                )
            if str(key_node.tag) == "tag:yaml.org,2002:merge":
                merged = {**self.merge(value_node, depth), **merged}
                continue
            key = self.scalar(key_node, where).text
            if key in entries:
                first = entries[key].where.rpartition(":")[0].rpartition(":")[2]
                raise InputError(
                    Text("`{key}` is here twice", key=shorten(key)),
                    where,
                    Text("The first is in line {first}; leave one out.", first=first),
                )
            entries[key] = Entry(where, self.build(value_node, depth + 1))
        return {**merged, **entries}

    def merge(self, node: YamlNode, depth: int) -> dict[str, Entry]:
        """Return the entries that `<<: *one` or `<<: [*one, *two]` stands for: the first that has a key decides."""
        sources = node.value if isinstance(node, SequenceNode) else [node]
        entries: dict[str, Entry] = {}
        for source in sources:
            built = self.build(source, depth + 1)
            if not isinstance(built, Mapping):
                raise InputError(
                    Text("`<<` cannot merge {built}", built=describe(built)),
                    built.where,
                    Text("It takes a mapping: `<<: *name`."),
                )
            entries = {**built.entries, **entries}
        return entries

    def scalar(self, node: ScalarNode, where: str) -> Scalar:
        text: str = node.value
        kind = _PLAIN_TAGS.get(str(node.tag))
        if kind is None:
            raise _unknown_tag(str(node.tag), where)
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise InputError(
                Text("a text cannot hold this character"),
                where,
                Text("Leave out the escape `\\0`, or the half of a pair `\\ud...`."),
            )
        return Scalar(where, _plain_value(kind, text, where), text)


def _plain_value(kind: str, text: str, where: str) -> Plain:
    match kind:
        case "int" | "float":
            return _number(kind, text, where)
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case _:
            return text


def _number(kind: str, text: str, where: str) -> int | float:
    digits = text.replace("_", "")
    if len(digits) > MAX_DIGITS:
        raise InputError(
            Text("the number {text} has too many digits", text=shorten(text, 20)),
            where,
            Text("If it is a text, quote it."),
        )
    try:
        if kind == "float":
            return float(digits)
        base = {"0x": 16, "0o": 8, "0b": 2}.get(digits.lstrip("+-")[:2].lower(), 10)
        return int(digits, base)
    except ValueError:
        raise InputError(
            Text("`{text}` is not a number", text=shorten(text)), where, Text("Quote it if it is a text.")
        ) from None


def _unknown_tag(tag: str, where: str) -> InputError:
    written = tag.replace("tag:yaml.org,2002:", "!!")
    return InputError(
        Text("the tag `{written}` has no meaning here", written=shorten(written)),
        where,
        Text("A scenario holds plain values only: leave it out."),
    )


def copy(node: Mapping) -> Mapping:
    """Return a tree that can be changed while the other stays as it is. Plain values are not changed, and so not copied."""

    def copied(one: Node) -> Node:
        match one:
            case Mapping(where, entries):
                return Mapping(where, {key: Entry(entry.where, copied(entry.value)) for key, entry in entries.items()})
            case Sequence(where, items):
                return Sequence(where, [copied(item) for item in items])
            case _:
                return one

    return Mapping(node.where, {key: Entry(entry.where, copied(entry.value)) for key, entry in node.entries.items()})


def find(node: Node, path: Path) -> Node | None:
    """Return the value at `path`, or None if the tree has nothing there."""
    for step in path:
        match node:
            case Mapping() if step in node.entries:
                node = node.entries[str(step)].value
            case Sequence() if isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            case _:
                return None
    return node


def key_place(node: Node, path: Path) -> str:
    """Return the place of the key (or list item) at `path`, or of the nearest thing around it."""
    place = node.where
    for step in path:
        match node:
            case Mapping() if step in node.entries:
                entry = node.entries[str(step)]
                place, node = entry.where, entry.value
            case Sequence() if isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                place = node.where
            case _:
                break
    return place


def override(root: Node, path: str, value: Node) -> None:
    """Put `value` into the tree at `path` (`cluster.network.latency`, `script.0.at`).

    Mappings on the way are made if they are missing. Raises InputError at the value's place if the path leads nowhere.
    """
    where = value.where
    steps = path.split(".")
    if not all(steps):
        raise InputError(
            Text("`{path}` is no path", path=shorten(path)),
            where,
            Text("Write the keys with dots between them: `cluster.network.latency`."),
        )
    node = root
    for step in steps[:-1]:
        node = _descend(node, step, where)
    match node:
        case Mapping():
            node.entries[steps[-1]] = Entry(where, value)
        case Sequence():
            node.items[_index(node, steps[-1], where)] = value
        case _:
            raise _no_way(node, steps[-1], where)


def _descend(node: Node, step: str, where: str) -> Node:
    match node:
        case Mapping():
            entry = node.entries.get(step)
            if entry is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
                entry = node.entries[step] = Entry(where, Mapping(where))
            return entry.value
        case Sequence():
            return node.items[_index(node, step, where)]
        case _:
            raise _no_way(node, step, where)


def _index(node: Sequence, step: str, where: str) -> int:
    if step.isascii() and step.isdigit() and len(step) < MAX_DIGITS and int(step) < len(node.items):
        return int(step)
    count = len(node.items)
    known = Text("It has {count}: 0 to {last}.", count=count, last=count - 1) if count else Text("It has none.")
    raise InputError(Text("the list has no item `{step}`", step=shorten(step)), where, known)


def _no_way(node: Node, step: str, where: str) -> InputError:
    return InputError(
        Text("`{step}` leads nowhere: before it is {node}", step=shorten(step), node=describe(node)),
        where,
        Text("A path ends at a plain value."),
    )
