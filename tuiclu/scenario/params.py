"""The parameters of a scenario: `params: {limit: 20000}`, used as `$limit` wherever a value may stand, and within texts.

`--param limit=500` gives one another value, within its bounds. Pure: trees in, trees out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nodes.wire.text import Sentence, Text
from tuiclu.errors import InputError, did_you_mean
from tuiclu.language.quantities import Bandwidth, Duration, Quantity, QuantityError, Size, Speed
from tuiclu.scenario import schema
from tuiclu.scenario import tree as nodes
from tuiclu.scenario.convert import convert
from tuiclu.scenario.tree import Entry, Node, Scalar, Sequence, describe, find, key_place, shorten

KEY = "params"
VALUE = "value"
"""The key of a parameter under which stands what it was set to."""

_USE = re.compile(r"\$(\$|[A-Za-z][A-Za-z0-9_-]*)")
QUANTITIES: dict[str, type[Quantity]] = {"duration": Duration, "size": Size, "bandwidth": Bandwidth, "speed": Speed}
"""The kinds of parameters that have units."""
KINDS: dict[str, Text] = {
    "whole-number": Text("a whole number"),
    "number": Text("a number"),
    "switch": Text("`true` or `false`"),
    "text": Text("a text"),
    **{kind: quantity.called for kind, quantity in QUANTITIES.items()},
}
"""What a value of each kind is."""


class Parameter(NamedTuple):
    """A parameter, and what it is in this run."""

    name: str
    kind: str
    value: str
    """As it is written."""
    default: str
    bounds: tuple[str, str]
    """The least and the most; empty: there is none."""
    choices: tuple[str, ...]
    about: dict[str, str]
    """By language."""

    @property
    def may_be(self) -> Text:
        """Say what it may be."""
        least, most = self.bounds
        what = KINDS[self.kind]
        if self.choices:
            return Text("one of {values}", values=", ".join(self.choices))
        if least and most:
            return Text("{what}, from {least} to {most}", what=what, least=least, most=most)
        if least:
            return Text("{what}, at least {least}", what=what, least=least)
        return Text("{what}, at most {most}", what=what, most=most) if most else what


class Section(schema.Part, frozen=True):
    """The part of a scenario that has its parameters."""

    params: dict[schema.ParameterName, schema.ParameterDefinition | str | int | float | bool]


def named_by(root: nodes.Mapping, path: str) -> str | None:
    """Return the parameter that a path names: `params.limit`, or just `limit`; None: it names none."""
    section = find(root, (KEY,))
    first, dot, name = path.partition(".")
    name = name if dot and first == KEY else path
    return name if isinstance(section, nodes.Mapping) and name in section.entries else None


def set_one(root: nodes.Mapping, path: str, value: Node) -> bool:
    """Give a parameter another value, if that is what a path names. Tell whether it is."""
    name, section = named_by(root, path), find(root, (KEY,))
    if name is None or not isinstance(section, nodes.Mapping):
        return False
    definition = section.entries[name]
    if isinstance(definition.value, Scalar):
        definition.value = nodes.Mapping(definition.where, {"default": Entry(definition.where, definition.value)})
    if isinstance(definition.value, nodes.Mapping):
        definition.value.entries[VALUE] = Entry(value.where, value)
    return True


def unknown(root: nodes.Mapping, name: str, where: str) -> InputError:
    """Return the error that a scenario has no such parameter."""
    section = find(root, (KEY,))
    known = section.entries if isinstance(section, nodes.Mapping) else {}
    return InputError(
        Text("there is no parameter `{name}`", name=shorten(name)), where, did_you_mean(name, known, _PLURAL)
    )


def filled_in(root: nodes.Mapping) -> dict[str, Parameter]:
    """Put the values of the parameters where they are used, and return them by name. Raises InputError, with its place."""
    if KEY not in root.entries:
        return {}
    section, _ = convert(nodes.Mapping(root.where, {KEY: root.entries[KEY]}), Section)
    parameters = {name: _parameter(root, name, definition) for name, definition in section.params.items()}
    taken = [name for name in parameters if name in schema.ScenarioFile.__struct_encode_fields__]
    if taken:
        what = Text("a parameter cannot be called `{name}`: that is a key of a scenario", name=taken[0])
        raise InputError(what, key_place(root, (KEY, taken[0])), Text("Give it another name."))
    filler = _Filler(root, parameters)
    for key, entry in root.entries.items():
        if key != KEY:
            entry.value = filler.fill(entry.value)
    return parameters


_PLURAL = Text("parameters")


@dataclass
class _Filler:
    """Puts values in place of names, in a tree whose aliases are written out already."""

    root: nodes.Mapping
    parameters: Mapping[str, Parameter]

    def fill(self, node: Node) -> Node:
        match node:
            case nodes.Mapping(where, entries):
                return nodes.Mapping(
                    where, {key: Entry(one.where, self.fill(one.value)) for key, one in entries.items()}
                )
            case Sequence(where, items):
                return Sequence(where, [self.fill(item) for item in items])
            case Scalar(where, str() as text) if "$" in text:
                return self.text(where, text)
            case _:
                return node

    def text(self, where: str, text: str) -> Node:
        whole = _USE.fullmatch(text)
        if whole and whole[1] != "$":
            name = whole[1]
            if name not in self.parameters:
                raise unknown(self.root, name, where)
            given = value_of(self.root, name)
            return Scalar(given.where if given.where.startswith("--") else where, given.value, given.text)
        filled = _USE.sub(self.replaced, text)
        return Scalar(where, filled, filled)

    def replaced(self, use: re.Match[str]) -> str:
        if use[1] == "$":
            return "$"
        return self.parameters[use[1]].value if use[1] in self.parameters else use[0]


def value_of(root: nodes.Mapping, name: str) -> Scalar:
    """Return the value of a parameter in the tree: what it was set to, else its default."""
    for path in ((KEY, name, VALUE), (KEY, name, "default"), (KEY, name)):
        found = find(root, path)
        if isinstance(found, Scalar):
            return found
    raise unknown(root, name, key_place(root, (KEY, name)))


def _parameter(root: nodes.Mapping, name: str, given: schema.ParameterDefinition | str | float) -> Parameter:
    default = find(root, (KEY, name, "default")) or find(root, (KEY, name))
    assert isinstance(default, Scalar)
    definition = given if isinstance(given, schema.ParameterDefinition) else _short(default)
    kind = definition.kind or ("text" if definition.choices else _kind_of(default))
    about = schema.in_every_language(definition.about)
    written = {key: find(root, (KEY, name, key)) for key in ("at-least", "at-most")}
    bounds = {key: one for key, one in written.items() if isinstance(one, Scalar)}
    parameter = Parameter(
        name,
        kind,
        value_of(root, name).text,
        default.text,
        (
            bounds["at-least"].text if "at-least" in bounds else "",
            bounds["at-most"].text if "at-most" in bounds else "",
        ),
        tuple(definition.choices),
        about,
    )
    limits = {key: _measured(parameter, bound) for key, bound in bounds.items()}
    for one in (default, value_of(root, name)):
        _check(parameter, one, limits)
    return parameter


def _short(default: Scalar) -> schema.ParameterDefinition:
    """Return a definition of which nothing is written but the default."""
    return schema.ParameterDefinition(default=schema.Argument(default.text))


def _check(parameter: Parameter, given: Scalar, limits: Mapping[str, float]) -> None:
    """See to it that a value is of the parameter's kind, and within its bounds."""
    if parameter.choices:
        if given.text not in parameter.choices:
            raise _cannot_be(parameter, given)
        return
    if parameter.kind in ("text", "switch"):
        if (parameter.kind == "switch") != isinstance(given.value, bool) or given.value is None:
            raise _cannot_be(parameter, given)
        return
    size = _measured(parameter, given)
    if size < limits.get("at-least", size) or size > limits.get("at-most", size):
        raise _cannot_be(parameter, given)


def _cannot_be(parameter: Parameter, given: Scalar) -> InputError:
    what = Text("the parameter `{name}` cannot be {node}", name=parameter.name, node=describe(given))
    return InputError(what, given.where, Sentence(Text("it is {what}", what=parameter.may_be)))


def _measured(parameter: Parameter, given: Scalar) -> float:
    """Return a value of this parameter as a number, in base units. Raises InputError if it is none."""
    quantity = QUANTITIES.get(parameter.kind)
    number = given.value
    if quantity is not None and number is not None and not isinstance(number, bool):
        try:
            return int(quantity.parse(given.text))
        except QuantityError as error:
            raise InputError(error.what, given.where, Sentence(error.meant)) from None
    is_number = isinstance(number, int) or (isinstance(number, float) and parameter.kind == "number")
    if quantity is not None or isinstance(number, bool) or not is_number:
        raise InputError(
            Text("the parameter `{name}` cannot be {node}", name=parameter.name, node=describe(given)),
            given.where,
            Sentence(Text("it is {what}", what=KINDS[parameter.kind])),
        )
    assert isinstance(number, int | float)
    return number


def _kind_of(default: Scalar) -> str:
    """Return the kind that a default speaks of: how it is written."""
    match default.value:
        case bool():
            return "switch"
        case int():
            return "whole-number"
        case float():
            return "number"
        case _:
            return next((kind for kind, quantity in QUANTITIES.items() if _reads(quantity.parse, default.text)), "text")


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except QuantityError:
        return False
    return True
