"""The negotiation as the Initiator of the source leads it: wishes, the question (step 1), the order to its kernel (step 3), the end."""

from __future__ import annotations

from collections.abc import Callable

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine
from nodes.initiator.negotiation import AskCause, Asking, AskState
from nodes.wire.events import CommandRefused, MigrationAborted, MigrationStarted, NegotiationRefused
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    CallOff,
    MigrateOut,
    MoveEnded,
    MoveWished,
    NeverMind,
    NoThankYou,
    ProcessFigures,
    WillYouTake,
    WishDenied,
    YesMigrateTo,
)
from nodes.wire.parameters import BY_POLICY
from nodes.wire.reasons import Reason, reason, seconds

Over = Callable[[Asking, bool | None, int], None]
"""Is told, when an attempt to move a process is over: which, whether it has moved (None: its machine is dead), and the time."""


class Source:
    """All migrations out of the machines of one Initiator."""

    def __init__(self, desk: Desk, strategy: str, over: Over) -> None:
        self.desk = desk
        self.strategy = strategy
        """How processes are moved if nobody says otherwise."""
        self._over = over

    # ------------------------------------------------------------------------------------------------------- wishes

    def wish(self, wish: MoveWished, now_ns: int) -> None:
        """Somebody at one of our kernels wants a process moved."""
        desk, process = self.desk, wish.process
        if process.pid in desk.leaving(wish.machine):
            self._deny(wish, reason("moves-already", process=process.name))
            return
        to, why = wish.to, wish.reason
        if wish.resource and not to:
            having = [name for name in desk.everyone if wish.resource in desk.settings.resources.get(name, ())]
            having = [name for name in having if desk.reachable(name)] or having
            if not having:
                self._deny(wish, reason("nobody-has", resource=wish.resource))
                return
            to = min(having, key=lambda name: (desk.believed_load(name), desk.everyone.index(name)))
            why = reason("wants-resource", resource=wish.resource, to=to)
        if to not in desk.everyone:
            self._deny(wish, reason("no-node", to=to))
            return
        if to == wish.machine:
            self._deny(wish, reason("here-already", process=process.name, machine=to))
            return
        if not desk.reachable(to):
            self._deny(wish, desk.why_unreachable(to))
            return
        machine = desk.machines[wish.machine]
        self.ask(
            machine, process, to, wish.strategy, wish.initiated_by, why, now_ns, resource=wish.resource, wished=True
        )

    def _deny(self, wish: MoveWished, why: Reason) -> None:
        """Refuse a wish before anybody was asked."""
        name = self.desk.new_migration()
        self.desk.report(
            MigrationStarted(
                name,
                wish.process.pid,
                wish.machine,
                wish.to or wish.machine,
                wish.strategy,
                wish.initiated_by,
                wish.reason,
            )
        )
        self.desk.report(NegotiationRefused(name, wish.process.pid, wish.machine, 0, why))
        self.desk.tell(wish.machine, WishDenied(wish.process.pid, why))

    def asks_for(self, pid: Pid) -> bool:
        """Tell whether a process has been asked for, and nothing is decided yet."""
        return any(one.process.pid == pid and one.state is AskState.ASKED for one in self.desk.asking.values())

    def cancel(self, pid: Pid, now_ns: int) -> None:
        """Nobody wants this process moved any more; once its move is ordered, that is for the kernel to end."""
        desk, stage = self.desk, AskState.ASKED.value
        asked = [one for one in desk.asking.values() if one.process.pid == pid]
        if not asked:
            desk.report(CommandRefused({"verb": "cancel", "process": pid}, reason("not-moving", process=pid)))
        for asking in asked:
            if asking.state is AskState.ORDERED:
                desk.tell(asking.source, CallOff(asking.migration, pid))
            elif asking.step(AskCause.CANCELLED):
                del desk.asking[asking.migration]
                desk.tell(desk.seat(asking.to), NeverMind(asking.migration))
                desk.report(MigrationAborted(asking.migration, pid, reason("cancelled"), stage))
                desk.tell(asking.source, WishDenied(pid, reason("cancelled")))
                self._after_move(asking, moved=False, now_ns=now_ns)

    # -------------------------------------------------------------------------------------------------- conversation

    def ask(
        self,
        machine: Machine,
        process: ProcessFigures,
        to: NodeName,
        strategy: str,
        initiated_by: str,
        why: Reason,
        now_ns: int,
        *,
        resource: str = "",
        for_load: bool = False,
        wished: bool = False,
        source_load: int | None = None,
    ) -> None:
        """Step 1: *Will you take P?*"""
        desk = self.desk
        strategy = strategy or self.strategy
        name, source = desk.new_migration(), machine.figures.machine
        deadline_ns = now_ns + desk.settings.answer_timeout_ns
        desk.asking[name] = Asking(
            name, process, source, to, strategy, initiated_by, deadline_ns, now_ns, for_load, wished
        )
        desk.report(MigrationStarted(name, process.pid, source, to, strategy, initiated_by, why))
        desk.say(1, name, process, desk.me, desk.seat(to), to)
        mine = desk.load_to_give(machine) if source_load is None else source_load
        question = WillYouTake(name, process, source, mine, to, resource, initiated_by, for_load)
        desk.tell(desk.seat(to), question)

    def take_yes(self, sender: NodeName, yes: YesMigrateTo) -> None:
        """Step 2 has come: order step 3, *Migrate P out*."""
        desk = self.desk
        asking = desk.asking.get(yes.migration)
        if asking is None or not asking.step(AskCause.YES):
            desk.tell(sender, NeverMind(yes.migration))
            return
        asking.to = yes.machine
        machine, process = desk.machines[asking.source], asking.process
        desk.expect(yes.machine)
        desk.say(3, asking.migration, process, desk.me, asking.source, asking.source)
        order = MigrateOut(
            asking.migration,
            process.pid,
            yes.machine,
            asking.strategy,
            asking.initiated_by,
            desk.load_to_give(machine),
        )
        desk.tell(asking.source, order)

    def take_no(self, sender: NodeName, no: NoThankYou, now_ns: int) -> None:
        """Step 2 has come, and it is a no."""
        self.desk.hear(sender, [no.entry])
        asking = self.desk.asking.get(no.migration)
        if asking is not None and asking.step(AskCause.NO):
            self._close(asking, no.reason, now_ns, by=asking.to)

    def expire(self, now_ns: int) -> None:
        """Ask no longer those who do not answer."""
        for asking in list(self.desk.asking.values()):
            if asking.state is AskState.ASKED and asking.deadline_ns <= now_ns and asking.step(AskCause.SILENCE):
                waited_s, seat = seconds(now_ns - asking.asked_ns), self.desk.seat(asking.to)
                silent = reason("no-answer", by=seat, waited_s=waited_s)
                if seat != asking.to:
                    silent = reason("no-initiator-answer", machine=asking.to, on=seat, waited_s=waited_s)
                self.desk.tell(seat, NeverMind(asking.migration))
                self._close(asking, silent, now_ns, by=asking.source)

    def broken(self, peer: NodeName, now_ns: int) -> None:
        """The machine `peer` is dead: whatever was asked of it, or was to be moved from it, is given up."""
        why = reason("connection-broken", by=peer)
        for asking in list(self.desk.asking.values()):
            answers = asking.state is AskState.ASKED and peer == self.desk.seat(asking.to)
            if (answers or peer == asking.source) and asking.step(AskCause.BROKEN):
                self._close(asking, why if asking.state is AskState.REFUSED else None, now_ns, by=asking.source)

    def move_ended(self, ended: MoveEnded, now_ns: int) -> None:
        """The kernel of the source says what became of a migration."""
        asking = self.desk.asking.get(ended.migration)
        if asking is not None and ended.machine == asking.source and asking.step(AskCause.ENDED):
            del self.desk.asking[ended.migration]
            self._after_move(asking, moved=ended.outcome in ("completed", "lost"), now_ns=now_ns)

    def _close(self, asking: Asking, refused: Reason | None, now_ns: int, *, by: NodeName) -> None:
        """Forget a migration of ours. `refused`: it came to nothing at step 2, and why.

        `by` is whose Initiator says so: that of the destination, or ours, which waits for it no longer.
        """
        del self.desk.asking[asking.migration]
        pid = asking.process.pid
        if refused is not None:
            self.desk.report(NegotiationRefused(asking.migration, pid, by, 2, refused))
            if asking.wished:
                self.desk.tell(asking.source, WishDenied(pid, refused))
        self._after_move(asking, moved=False if refused is not None else None, now_ns=now_ns)

    def _after_move(self, asking: Asking, moved: bool | None, now_ns: int) -> None:
        """A process of ours has gone, or has not; then no policy tries it again at once. None: its machine is dead."""
        if moved is False and asking.initiated_by == BY_POLICY:
            self.desk.cooling[asking.process.pid] = now_ns + self.desk.settings.residence_ns
        self._over(asking, moved, now_ns)
