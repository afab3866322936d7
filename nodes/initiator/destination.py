"""The negotiation as the Initiator of the destination leads it: its answer (step 2), and what it says to the offer (step 6)."""

from __future__ import annotations

from nodes.initiator.acceptance import Answer, Guest, may_come
from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine, weight
from nodes.initiator.negotiation import GiveCause, GiveState, Giving
from nodes.wire.events import ProcessBounced
from nodes.wire.ids import NodeName
from nodes.wire.packets import (
    MigrateIn,
    MigrationOffer,
    NoThankYou,
    OfferRelayed,
    ProcessFigures,
    TurnAway,
    WillYouTake,
    YesMigrateTo,
)
from nodes.wire.parameters import BY_POLICY, CALLS_HOME
from nodes.wire.reasons import Reason, reason


class Destination:
    """All migrations to the machines of one Initiator."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def answer(self, sender: NodeName, ask: WillYouTake, now_ns: int) -> None:
        """Step 2: *Yes, let it migrate to machine 3*, or no. An Initiator of several machines may choose another of its own."""
        desk = self.desk
        for other in [giving for giving in desk.giving.values() if giving.process.pid == ask.process.pid]:
            if other.state is GiveState.PROMISED:
                self.end(other.migration, GiveCause.NEVER_MIND)
        crossing = self._crossing(ask)
        if crossing is not None:
            self._say_no(sender, ask, crossing)
            return
        guest = Guest(ask.process, ask.source, ask.source_load, ask.resource, ask.initiated_by, ask.for_load)
        choosable = [ask.to]
        if ask.initiated_by != CALLS_HOME and not ask.resource:
            choosable += [name for name in desk.machines if name not in (ask.to, ask.source, *desk.down)]
        first: Answer | None = None
        for name in choosable:
            answer = self._may_come(guest, desk.machines[name], now_ns)
            first = first or answer
            if answer.yes:
                self._say_yes(sender, ask, name, answer.why, now_ns)
                return
        assert first is not None
        self._say_no(sender, ask, first.why)

    def _say_yes(self, sender: NodeName, ask: WillYouTake, name: NodeName, why: Reason, now_ns: int) -> None:
        desk = self.desk
        desk.decide(name, ask.process.pid, "take", "yes", why)
        desk.giving[ask.migration] = Giving(
            ask.migration,
            ask.process,
            ask.source,
            ask.source_load,
            name,
            sender,
            ask.resource,
            ask.initiated_by,
            ask.for_load,
            now_ns + 2 * desk.settings.answer_timeout_ns,
        )
        desk.say(2, ask.migration, ask.process, desk.me, sender, name)
        desk.tell(sender, YesMigrateTo(ask.migration, name))

    def _say_no(self, sender: NodeName, ask: WillYouTake, why: Reason) -> None:
        desk = self.desk
        desk.decide(ask.to, ask.process.pid, "take", "no", why)
        desk.tell(sender, NoThankYou(ask.migration, why, desk.entry(desk.machines[ask.to])))

    def _crossing(self, ask: WillYouTake) -> Reason | None:
        """Two that talk must not go to each other at once: say who is about to go to where this one comes from."""
        if ask.initiated_by != BY_POLICY or ask.for_load:
            return None
        for asking in self.desk.asking.values():
            if asking.source == ask.to and asking.to == ask.source and asking.initiated_by == BY_POLICY:
                return reason("crosses", process=asking.process.name, to=ask.source)
        return None

    def consider_offer(self, relayed: OfferRelayed, now_ns: int) -> None:
        """Step 5 has come: step 6, *Migrate P in*, or not, by what holds now. The figures that came with it are known already."""
        desk, offer, name = self.desk, relayed.offer, relayed.figures.machine
        process = _process_of(offer)
        giving = desk.giving.get(offer.migration)
        if giving is None:  # the promise has lapsed meanwhile
            giving = Giving(
                offer.migration,
                process,
                relayed.source,
                offer.load,
                name,
                desk.seat(relayed.source),
                "",
                offer.initiated_by,
                offer.initiated_by == BY_POLICY,
                now_ns + desk.settings.answer_timeout_ns,
            )
            desk.giving[offer.migration] = giving
        giving.process = process
        guest = Guest(process, giving.source, giving.source_load, giving.resource, giving.initiated_by, giving.for_load)
        answer = self._may_come(guest, desk.machines[name], now_ns, besides=giving.migration)
        desk.decide(name, process.pid, "admit", "yes" if answer.yes else "no", answer.why)
        if not answer.yes:
            self.end(giving.migration, GiveCause.TURN_AWAY)
            desk.tell(name, TurnAway(offer.migration, answer.why))
            return
        giving.step(GiveCause.ADMIT)
        desk.say(6, offer.migration, process, desk.me, name, name)
        desk.tell(name, MigrateIn(offer.migration))

    def _may_come(self, guest: Guest, machine: Machine, now_ns: int, besides: str = "") -> Answer:
        name = machine.figures.machine
        if name in self.desk.down:
            return Answer(False, reason("is-down", machine=name))
        others = [one for one in self.desk.giving.values() if one.machine == name and one.migration != besides]
        promised = len(others) * weight(machine.figures.ips)
        pages = sum(giving.process.pages for giving in others)
        return may_come(guest, machine, promised, pages, self.desk.settings, now_ns)

    def end(self, migration: str, cause: GiveCause) -> Giving | None:
        """A migration to a machine of ours is over, or its promise is: return what is known of it, if anything is."""
        giving = self.desk.giving.get(migration)
        if giving is not None and giving.step(cause):
            del self.desk.giving[migration]
        return giving

    def expire(self, now_ns: int) -> None:
        """Keep no promise for ever."""
        for giving in list(self.desk.giving.values()):
            if giving.state is GiveState.PROMISED and giving.deadline_ns <= now_ns:
                self.end(giving.migration, GiveCause.SILENCE)

    def broken(self, peer: NodeName) -> None:
        """The machine `peer` is dead: what was promised to it, or for it, is void."""
        for giving in list(self.desk.giving.values()):
            if peer == giving.machine or (peer == giving.asker and giving.state is GiveState.PROMISED):
                self.end(giving.migration, GiveCause.BROKEN)

    def note_bounce(self, name: NodeName, giving: Giving | None, now_ns: int) -> None:
        """A process has come in at one of our machines: say so if it was there a moment ago, and a policy brought it back."""
        if giving is None or giving.initiated_by != BY_POLICY:
            return
        process = giving.process
        left_ns = next((left for station, left in reversed(process.trail) if station == name), None)
        if left_ns is not None and now_ns - left_ns < self.desk.settings.bounce_ns:
            stations = [station for station, _ in process.trail] + [name]
            self.desk.report(ProcessBounced(process.pid, stations, now_ns - left_ns))


def _process_of(offer: MigrationOffer) -> ProcessFigures:
    return ProcessFigures(
        offer.pid, offer.name, offer.pages, offer.age_ns, offer.cpu_ns, 0, "ready", talks=offer.talks, trail=offer.trail
    )
