"""tuiclu: a cluster of real processes in a terminal, for teaching distributed process management.

For programs and notebooks: `load`, `run`, `Cluster`, `compare` and `demos`; see `tuiclu.api`.

It imports nothing but its version: `python -m tuiclu` comes by here before it has left the working folder, where a `typing.py` may lie.
"""

from tuiclu.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tuiclu.api import Cluster, compare, demos, load, run
    from tuiclu.driven import Event
    from tuiclu.errors import EmulatorError, InputError, TuicluError
    from tuiclu.experiments.experiment import Comparison
    from tuiclu.scenario.parser import Scenario
    from tuiclu.scenario.runner import Outcome

__all__ = [
    "Cluster",
    "Comparison",
    "EmulatorError",
    "Event",
    "InputError",
    "Outcome",
    "Scenario",
    "TuicluError",
    "__version__",
    "compare",
    "demos",
    "load",
    "run",
]


def __getattr__(name: str) -> object:
    """Import what is offered when it is asked for: `tuiclu --version` must not wait for an emulator."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tuiclu import api, errors

    offered: object = getattr(errors if hasattr(errors, name) else api, name)
    return offered
