"""What is in force: which policies, strategies and limits, by what a run begins with and what is changed later."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nodes.wire.events import PolicyChanged, RunStarted
from nodes.wire.ids import NodeName
from tuiclu.language.settings import KEYS
from tuiclu.model.fold import Takes, on

_FIRST = ("strategy", "load_sharing", "eviction")
_LOADS = ("high", "low", "gain")


class Policies(Takes):
    """The settings of every node, folded from `run.started` and `policy.changed`."""

    def __init__(self) -> None:
        self.at_first: dict[str, Any] = {}
        """As the run began, for all nodes."""
        self._nodes: tuple[NodeName, ...] = ()
        self._changed: dict[NodeName, dict[str, Any]] = {}
        self._usual: dict[str, Any] = {}
        """What is in force on most nodes, of what people want to see: the most important, and all that was changed."""

    @on
    def run_started(self, event: RunStarted, t: int, node: NodeName) -> None:
        settings = event.settings
        self.at_first = {**settings.get("migration", {}), **settings.get("initiators", {})}
        self._nodes = tuple(one["name"] for one in settings.get("nodes", ()))
        self._usual = {name: self._on_most(name) for name in _FIRST}

    @on
    def changed(self, event: PolicyChanged, t: int, node: NodeName) -> None:
        for one in event.nodes:
            self._changed.setdefault(one, {})[event.setting] = event.now
        self._usual[event.setting] = self._on_most(event.setting)

    def at(self, node: NodeName, setting: str) -> Any:
        """Return what is in force on a node; None: nothing is known of it."""
        changed = self._changed.get(node, {})
        if setting in changed:
            return changed[setting]
        if setting == "eviction":
            return self.at_first.get("evictions", {}).get(node, self.at_first.get("eviction"))
        return self.at_first.get(setting)

    def _on_most(self, setting: str) -> Any:
        return Counter(self.at(node, setting) for node in self._nodes).most_common(1)[0][0] if self._nodes else None

    def usual(self) -> dict[str, str]:
        """Return what is in force on most nodes, as scenarios call and write it: the most important, and all that was changed."""
        return {KEYS[name]: written(name, value) for name, value in self._usual.items() if value is not None}

    def unusual(self, node: NodeName) -> dict[str, str]:
        """Return what is in force on a node and not on most."""
        here = {name: self.at(node, name) for name in self._usual}
        return {KEYS[name]: written(name, value) for name, value in here.items() if value != self._usual[name]}

    def everywhere(self, nodes: list[NodeName]) -> bool:
        """Tell whether these are all nodes."""
        return len(nodes) == len(self._nodes)


def written(setting: str, value: str | int) -> str:
    """Return a value as people write it: with its unit, `100 ms`; loads in processes, `1.5`."""
    if isinstance(value, str):
        return value or "-"
    if setting.endswith("_ns"):
        return f"{value / 1e9:g} s" if value >= 10**9 or value == 0 else f"{value / 1e6:g} ms"
    if setting.endswith("_bytes"):
        return f"{value} B"
    if setting.endswith("_percent"):
        return f"{value} %"
    return f"{value / 1000:g}" if setting in _LOADS else str(value)
