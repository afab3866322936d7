"""What the sources say about attributes: the string below each, which Python itself forgets."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from types import ModuleType


def below(cls: type, attribute: str) -> str | None:
    """Return the string below an attribute, where the class or one of its bases has it, in one line."""
    for base in cls.__mro__:
        module = inspect.getmodule(base)
        text = _strings(module).get((base.__name__, attribute)) if module and base is not object else None
        if text:
            return text
    return None


@cache
def _strings(module: ModuleType) -> dict[tuple[str, str], str]:
    try:
        source = inspect.getsource(module)
    except (OSError, TypeError):  # of a compiled module
        return {}
    return dict(_attribute_strings(ast.parse(source)))


def _attribute_strings(module: ast.Module) -> Iterator[tuple[tuple[str, str], str]]:
    for struct in module.body:
        if not isinstance(struct, ast.ClassDef):
            continue
        for attribute, following in zip(struct.body, struct.body[1:], strict=False):
            match attribute, following:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                    yield (struct.name, name), " ".join(text.split())
                case _:
                    pass
