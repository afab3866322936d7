"""A tree as text again: the keys of the outermost mapping and the items of its lists a line each."""

from __future__ import annotations

import json

from tuiclu.scenario.tree import Mapping, Node, Scalar, Sequence


def as_text(root: Mapping) -> str:
    """Return YAML that reads as this tree."""
    lines = []
    for key, entry in root.entries.items():
        match entry.value:
            case Sequence(items=items) if items:
                lines += [f"{key}:", *(f"  - {_flow(item)}" for item in items)]
            case Mapping(entries=entries) if entries:
                lines += [f"{key}:", *(f"  {_key(name)}: {_flow(one.value)}" for name, one in entries.items())]
            case value:
                lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(node: Node) -> str:
    match node:
        case Scalar(value=None):
            return "null"
        case Scalar(value=str()):
            return json.dumps(node.value, ensure_ascii=False)
        case Scalar(value=bool()):
            return str(node.value).lower()
        case Scalar():
            return node.text
        case Sequence():
            return f"[{', '.join(map(_flow, node.items))}]"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)}: {_flow(entry.value)}" for key, entry in node.entries.items()) + "}"


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)
