"""What `set` does to the settings of a cluster that runs: whom it concerns, what is in force afterwards, and what that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from nodes.wire.events import PolicyChanged
from nodes.wire.ids import NodeName
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from tuiclu.cluster.commands import Set

_GIVEN = ("controls", "resources", "owners", "evictions")
"""What is said of single machines when a cluster is made: `eviction` is told of with what is said there."""


class InForce(NamedTuple):
    """The settings by which a machine's kernel and its Initiator decide."""

    migration: MigrationParameters
    initiators: InitiatorParameters

    def of(self, machine: NodeName) -> dict[str, str | int]:
        """Return every setting that can be changed, as it is for one machine."""
        settings = {**msgspec.structs.asdict(self.migration), **msgspec.structs.asdict(self.initiators)}
        settings["eviction"] = self.initiators.evictions.get(machine, self.initiators.eviction)
        return {name: value for name, value in settings.items() if name not in _GIVEN}


def concerned(command: Set, nodes: tuple[NodeName, ...], controls: Mapping[NodeName, NodeName]) -> tuple[NodeName, ...]:
    """Return the machines whose settings a command changes: all those of the Initiators of the machines that it names."""
    if not command.on:
        return nodes
    seats = {controls.get(name, name): None for name in command.on}
    return tuple(name for name in nodes if controls.get(name, name) in seats)


def changed(now: InForce, command: Set) -> InForce:
    """Return what is in force after a command."""
    names = MigrationParameters.__struct_fields__
    migration = {name: value for name, value in command.changes.items() if name in names}
    initiators: dict[str, object] = {name: value for name, value in command.changes.items() if name not in names}
    if "eviction" in initiators and command.on:
        own = dict.fromkeys(command.on, initiators.pop("eviction"))
        initiators["evictions"] = now.initiators.evictions | own
    elif "eviction" in initiators:
        initiators["evictions"] = {}
    after = msgspec.structs.replace(now.initiators, **initiators)
    begins_to_share = after.shares and not now.initiators.shares
    if begins_to_share and "dissemination" not in initiators and after.dissemination == "none":
        after = msgspec.structs.replace(after, dissemination="periodic")
    return InForce(msgspec.structs.replace(now.migration, **migration), after)


def differences(changes: Mapping[NodeName, tuple[InForce, InForce]]) -> Iterator[PolicyChanged]:
    """Tell what becomes different, each setting once for all machines to which the same happens to it."""
    alike: dict[tuple[str, str | int, str | int], list[NodeName]] = {}
    for machine, (before, after) in changes.items():
        was = before.of(machine)
        for setting, now in after.of(machine).items():
            if now != was[setting]:
                alike.setdefault((setting, was[setting], now), []).append(machine)
    for (setting, old, now), machines in alike.items():
        yield PolicyChanged(setting, old, now, machines)
