"""Whoever decides in tests of the mechanism alone: says yes to everything, at once, so that nothing is left but what sessions do."""

from __future__ import annotations

from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process
from nodes.kernel.services import Service
from nodes.migration.session import MigrationService
from nodes.wire.control import MoveProcess
from nodes.wire.events import MigrationStarted
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import MigrateOut, MigrationOffer
from nodes.wire.reasons import Reason, reason


class Agreeing(Service):
    """Has every order carried out, and every offer accepted for which there is room."""

    def __init__(self, parts: Parts, migrations: MigrationService) -> None:
        self.kernel = parts.kernel
        self.migrations = migrations
        life = self.kernel.boot.life
        self._prefix = self.kernel.name if life == 1 else f"{self.kernel.name}#{life}"
        self._count = 0
        parts.orders.movers.add({MoveProcess: self.move})
        migrations.front.take(self)

    def move(self, order: MoveProcess) -> None:
        """Let an order be carried out."""
        self._count += 1
        migration, name = f"{self._prefix}/{self._count}", self.kernel.name
        strategy = order.strategy or self.migrations.parameters.strategy
        by, why = order.initiated_by, order.reason
        self.kernel.emit(MigrationStarted(migration, order.pid, name, order.to, strategy, by, why))
        self.migrations.migrate_out(MigrateOut(migration, order.pid, order.to, strategy, by, 0))

    def cancel(self, pid: Pid) -> Reason | None:
        return reason("not-moving", process=pid)

    def describe(self, process: Process, offer: MigrationOffer) -> MigrationOffer:
        return offer

    def offered(self, source: NodeName, offer: MigrationOffer) -> None:
        self.migrations.migrate_in(offer.migration)

    def move_ended(self, migration: str, pid: Pid, outcome: str, why: Reason | None) -> None: ...

    def remembered(self) -> list[Pid]:
        return []
