"""The pages that are made from what they describe: `python -m tuiclu.docs.reference` writes them anew, and the JSON Schema with
them.

| page | made from |
|---|---|
| scenario | the types that the parser reads by |
| events | the events, with the strings below their fields |
| programs | the catalogue of guest programs |
| guest-calls | `tuiclu.h` and `tuiclu_migrate.h`, which guests include |
| strategies | its first table: what each strategy says of itself |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

from nodes import programs
from nodes.strategies import STRATEGIES
from nodes.wire.events import KINDS
from nodes.wire.reasons import Reason
from tuiclu import docs, docstrings
from tuiclu.docs import FOLDER
from tuiclu.scenario import schema
from tuiclu.scenario.published import FILE, REFERENCE, as_text, json_schema

Schema = dict[str, Any]

MOST_KINDS = 4
"""Of a value that may be of more kinds, they are not listed."""

MADE_FROM = "<!-- Made by `python -m tuiclu.docs.reference`; change what it describes instead. -->\n"


# ------------------------------------------------------------------------------------------------------------- scenario


def scenario() -> str:
    """Return the page about the scenario format: every mapping, its keys, what they may hold and what they mean."""
    definitions: dict[str, Schema] = json_schema()["$defs"]
    expectations = [struct.__name__ for struct in get_args(schema.AnyExpectation)]
    mappings = [name for name, one in definitions.items() if "properties" in one]
    first = ["ScenarioFile", "Cluster", "Network", "NodeSettings", "Policy", "ProcessDefinition", "Step", "When"]
    rest = [name for name in mappings if name not in first and name not in expectations]
    lines = [
        "# The scenario format, key by key",
        MADE_FROM,
        "A scenario is a YAML file. Quantities carry their units. Keys that are not listed are errors, and `tuiclu check FILE` names",
        "the nearest one. `tuiclu schema` prints the same as a JSON Schema, for editors.",
        "",
        "## Quantities",
        "",
        *_table(
            ("quantity", "is"),
            ((_anchor(name), one.get("description", "")) for name, one in definitions.items() if name not in mappings),
        ),
    ]
    for name in [*first, *rest]:
        lines += _mapping(name, definitions[name], "##")
    lines += ["", "## Expectations", "", "Each entry of `expect` is one of these.", ""]
    for name in expectations:
        lines += _mapping(name, definitions[name], "###")
    return "\n".join(lines) + "\n"


def _mapping(name: str, definition: Schema, level: str) -> Iterator[str]:
    required = definition.get("required", [])
    yield from ("", f"{level} {name}", "", definition.get("description", ""), "")
    rows = [
        (f"`{key}`{' (needed)' if key in required else ''}", _holds(value), value.get("description", ""))
        for key, value in definition["properties"].items()
    ]
    further = definition.get("additionalProperties")
    if further:
        rows.append(("any other", _holds(further), ""))
    yield from _table(("key", "holds", "meaning"), rows)


def _holds(value: Schema) -> str:
    """Say in a few words what a value may be."""
    default = f"; otherwise `{value['default']}`" if "default" in value else ""
    return _kind(value) + default


def _kind(value: Schema) -> str:
    match value:
        case {"$ref": str(reference)}:
            return _anchor(reference.removeprefix(REFERENCE.format(name="")))
        case {"anyOf": list(choices)} | {"oneOf": list(choices)}:
            return " or ".join(dict.fromkeys(_kind(choice) for choice in choices))
        case {"enum": list(choices)}:
            return "the kind of an [event](events.md)" if len(choices) > 40 else _choices(choices)
        case {"const": constant}:
            return f"`{str(constant).lower() if constant is True else constant}`"
        case {"examples": list(examples)}:
            return f"a name, such as {_choices(examples)}"
        case {"type": "array", "items": dict(items)}:
            return f"a list of {_kind(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"a mapping of names to {_kind(values)}"
        case {"type": "integer"}:
            return f"a whole number{_bounds(value)}"
        case {"type": "number"}:
            return f"a number{_bounds(value)}"
        case {"type": list(kinds)} if len(kinds) > MOST_KINDS:
            return "whatever may stand there"
        case {"type": list(kinds)}:
            return " or ".join(_kind({"type": kind}) for kind in kinds)
        case {"type": "string", "pattern": _}:
            return "a name"
        case {"type": str(kind)}:
            return {"string": "a text", "boolean": "`true` or `false`", "null": "nothing"}.get(kind, kind)
        case _:
            return "anything"


def _choices(choices: Iterable[object]) -> str:
    return ", ".join(f"`{choice}`" for choice in choices)


def _bounds(value: Schema) -> str:
    least, most = value.get("minimum"), value.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" from {least} up" if least is not None else f" up to {most}" if most is not None else ""


# --------------------------------------------------------------------------------------------------------------- events


def events() -> str:
    """Return the page about the event stream: every kind, its fields and their meaning."""
    lines = [
        "# The event stream, kind by kind",
        MADE_FROM,
        "`tuiclu run SCENARIO --events FILE` writes one JSON object a line: `t` is virtual nanoseconds, `seq` a running number,",
        "`node` where it happened (`null`: the cluster as a whole), `kind` one of these; the rest are its fields. Times never decrease.",
        "The same version, scenario and seed give the same lines, to the byte.",
    ]
    for kind, event in sorted(KINDS.items()):
        lines += ["", f"## {kind}", "", _in_one_line(event.__doc__), ""]
        hints = get_type_hints(event)
        fields = [
            row for name in event.__struct_fields__ for row in _field(name, hints[name], docstrings.below(event, name))
        ]
        lines += _table(("field", "type", "meaning"), fields) if fields else ["It has no fields of its own."]
    return "\n".join(lines) + "\n"


def _field(name: str, hint: Any, meaning: str | None) -> list[tuple[str, str, str]]:
    """Return the rows of a field; a reason has three in the stream."""
    if hint not in (Reason, Reason | None):
        return [(f"`{name}`", _type_name(hint), meaning or "")]
    return [
        (f"`{name}`", "`str`", f"{meaning or 'Why.'} In English."),
        ("`rule`", "`str`", "Which sentence that is, by name: what to compare."),
        (
            "`numbers`",
            "`dict[str, Any]`",
            "What the sentence names, for other languages too; a reason in it has its own rule.",
        ),
    ]


def _type_name(hint: Any) -> str:
    name = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    return "`" + re.sub(r"\b(?:[a-z_]+\.)+", "", name).replace("NoneType", "null").replace("None", "null") + "`"


# ----------------------------------------------------------------------------------------------- programs, guests' calls


def catalogue() -> str:
    """Return the page about the bundled programs."""
    lines = [
        "# The bundled programs",
        MADE_FROM,
        "`processes: {P: {program: NAME, args: {ARGUMENT: VALUE}, on: n1}}` starts one. Their C sources are in `nodes/programs/`.",
    ]
    for name, program in sorted(programs.CATALOGUE.items()):
        lines += ["", f"## {name}", "", program.summary, ""]
        rows = [(f"`{one.name}`", f"`{one.default}`", one.summary) for one in program.parameters]
        lines += _table(("argument", "otherwise", "meaning"), rows) if rows else ["It takes no arguments."]
    return "\n".join(lines) + "\n"


def guest_calls() -> str:
    """Return the page about what a guest can ask of the kernel that Linux has not."""
    lines = [
        "# What a program can ask of a tuiclu kernel that Linux has not",
        MADE_FROM,
        "A C program includes these headers; `tuiclu build` finds them. Linux's own calls have Linux's own numbers.",
    ]
    for header in sorted(Path(programs.__file__).parent.glob("tuiclu*.h")):
        text = header.read_text(encoding="utf-8")
        lines += ["", f"## {header.name}", "", *_comment_lines(text.split("*/", 1)[0])]
        for comment, declaration in re.findall(
            r"/\*((?:(?!\*/).)*)\*/\s*\nstatic inline ([^{]*?)\n\{", text, re.DOTALL
        ):
            lines += ["", f"### `{_in_one_line(declaration)}`", "", _in_one_line(comment)]
    return "\n".join(lines) + "\n"


def _comment_lines(comment: str) -> list[str]:
    lines = comment.strip().removeprefix("/*").strip().split("\n")
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in lines]


# ----------------------------------------------------------------------------------------------------------- strategies


def strategies() -> str:
    """Return the page about strategies as it is, with the table of all that there are."""
    head = ("strategy", "before the process stops", "while it stands still", "afterwards", "what it still needs then")
    rows = ((f"`{name}`", one.before, one.meanwhile, one.afterwards, one.needs) for name, one in STRATEGIES.items())
    before, _, rest = docs.page("strategies").partition("| strategy |")
    return "\n".join([before + "\n".join(_table(head, rows)), "", rest.partition("\n\n")[2]])


# -------------------------------------------------------------------------------------------------------------- Markdown


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(head), line("---" for _ in head), *(line(row) for row in rows)]


def _anchor(name: str) -> str:
    return f"[{name}](#{name.lower()})" if name not in _QUANTITIES else name


def _in_one_line(text: str | None) -> str:
    return " ".join((text or "").split())


_QUANTITIES = frozenset(name for name, one in json_schema()["$defs"].items() if "properties" not in one)

MADE: dict[str, Callable[[], str]] = {
    "scenario": scenario,
    "events": events,
    "programs": catalogue,
    "guest-calls": guest_calls,
    "strategies": strategies,
}
"""The pages by topic, and what makes them."""


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
    for topic, make in MADE.items():
        (FOLDER / f"{topic}.md").write_text(make(), encoding="utf-8")
