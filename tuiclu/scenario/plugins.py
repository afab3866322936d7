"""A user's own classes, named in a scenario as `module:Class`: found and looked at before anything runs."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from tuiclu.errors import InputError, did_you_mean
from tuiclu.scenario.convert import Mention

METHODS = {"strategy": ("begin", "pages_arrived"), "policy": ("choose",)}
"""What a class of each kind must have."""
_LOADED: set[str] = set()
"""Modules that were loaded from a file beside a scenario."""


def check_plugins(mentions: Iterable[Mention], folder: Path) -> None:
    """Check every class that a scenario names. Modules are looked for in `folder` first. Raises InputError at the place of the name."""
    for mention in mentions:
        if mention.name.of in METHODS and ":" in mention.text:
            _check(mention, folder, METHODS[mention.name.of])


def _check(mention: Mention, folder: Path, methods: tuple[str, ...]) -> None:
    module_name, _, class_name = mention.text.partition(":")
    path = str(folder.absolute())
    if path not in sys.path:
        sys.path.insert(0, path)
    try:
        module = _load(module_name, folder.absolute() / f"{module_name.replace('.', '/')}.py")
    except ModuleNotFoundError as error:
        meant = f"`{module_name}.py` lies beside the scenario, or where Python looks for modules."
        raise InputError(f"there is no module `{error.name}`", mention.where, meant) from None
    except Exception as error:  # noqa: BLE001 - whatever a user's module may raise
        what = f"the module `{module_name}` cannot be loaded: {type(error).__name__}: {error}"
        raise InputError(what, mention.where, "Mend it first: `python -c 'import MODULE'` shows where.") from None
    found = getattr(module, class_name, None)
    if not isinstance(found, type):
        classes = [name for name, value in vars(module).items() if isinstance(value, type)]
        meant = did_you_mean(class_name, classes, "classes")
        raise InputError(f"`{module_name}` has no class `{class_name}`", mention.where, meant)
    missing = [method for method in methods if not callable(getattr(found, method, None))]
    if missing:
        what = f"`{class_name}` is no {mention.name.of}: it has no method `{missing[0]}`"
        raise InputError(what, mention.where, f"It needs {' and '.join(f'`{method}`' for method in methods)}.")
    if mention.name.of == "policy":
        try:
            found()
        except Exception as error:  # noqa: BLE001 - whatever a user's class may raise
            what = f"no `{class_name}` can be made: {type(error).__name__}: {error}"
            raise InputError(what, mention.where, "A policy is made once a machine, without arguments.") from None


def _load(name: str, file: Path) -> ModuleType:
    """Return a module as it is now, even if it was loaded before and has been changed since."""
    if not file.is_file() or (
        name in sys.modules and name not in _LOADED
    ):  # no file of a user's hides a module of Python's
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    _LOADED.add(name)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
