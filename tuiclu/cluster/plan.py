"""What a cluster is made from."""

from __future__ import annotations

import msgspec

from nodes.wire.image import ProgramImage
from nodes.wire.parameters import (
    FileParameters,
    InitiatorParameters,
    MigrationParameters,
    NetworkParameters,
    NodeParameters,
)
from nodes.wire.users_code import UsersModules


class ClusterPlan(msgspec.Struct, frozen=True):
    """All that a cluster is made from."""

    title: str
    seed: int
    network: NetworkParameters
    nodes: tuple[NodeParameters, ...]
    migration: MigrationParameters
    images: dict[str, ProgramImage]
    users: UsersModules = UsersModules()
    """The modules of a user's own classes: they may be executed."""
    initiators: InitiatorParameters = InitiatorParameters()
    files: dict[str, FileParameters] = {}
    """By name: what lies on the disk of some node."""

    def settings(self) -> dict[str, object]:
        """Return what the event stream says of it at its beginning."""
        settings: dict[str, object] = {
            "network": msgspec.to_builtins(self.network),
            "nodes": msgspec.to_builtins(self.nodes),
            "migration": msgspec.to_builtins(self.migration),
            "initiators": msgspec.to_builtins(self.initiators),
        }
        if self.files:
            settings["files"] = {
                name: {"on": file.on, "size": file.size, "seed": file.seed} for name, file in self.files.items()
            }
        return settings
