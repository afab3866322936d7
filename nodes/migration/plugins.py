"""A user's own classes, named in a scenario as `module:Class`."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def load_class(name: str, folder: str) -> Any:
    """Return the class `module:Class`, whose module lies in `folder` or can be imported. Raises whatever its module raises.

    A module that has not got the class is read again: it may have been written since.
    """
    if folder and folder not in sys.path:
        sys.path.insert(0, folder)
    module_name, _, attribute = name.partition(":")
    module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        module = importlib.reload(module)
    return getattr(module, attribute)
