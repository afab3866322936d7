"""An Initiator's desk: what all its parts see and write on, and the tray for what goes out.

On it lie its machines, what it believes of those of others, and the migrations that are under way. The parts (`source`, `destination`,
`sharing`, `placement`, `eviction`, `dissemination`) decide; they say and report what they decide by putting it into the tray.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random  # noqa: TID251 - a seeded generator is handed in
from typing import NamedTuple

from nodes.initiator.load import Beliefs, Machine, weight
from nodes.initiator.negotiation import Asking, AskState, Giving
from nodes.initiator.policies import Situation
from nodes.wire.events import AnyEvent, BeliefRevised, DecisionTaken, LoadHeard, NegotiationMessage
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import LoadEntry, MachineFigures, ProcessFigures, ToInitiator, ToKernel
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import Reason, reason, saying


class Tell(NamedTuple):
    """Say something to a party: what is said tells whether it is a kernel or an Initiator."""

    to: NodeName
    """Where the party sits."""
    what: ToInitiator | ToKernel


class Report(NamedTuple):
    """Let it be known that something happened."""

    event: AnyEvent


Action = Tell | Report


class Desk:
    """What the Initiator that sits on `me` and decides for `machines` has before it."""

    def __init__(
        self,
        me: NodeName,
        machines: Iterable[NodeName],
        everyone: tuple[NodeName, ...],
        settings: InitiatorParameters,
        draw: Random,
        name_prefix: str,
    ) -> None:
        self.me = me
        self.everyone = everyone
        self.settings = settings
        self.draw = draw
        self.machines = {name: Machine(MachineFigures(name, 0, 10_000_000, 0, 0, 0)) for name in machines}
        self.beliefs = Beliefs()
        self.down: dict[NodeName, None] = {}
        """Nodes that are known to have crashed and have not been heard of since. Nothing begins with them."""
        self.asking: dict[str, Asking] = {}
        """By its name, each migration out of a machine of ours."""
        self.giving: dict[str, Giving] = {}
        """By its name, each migration to a machine of ours."""
        self.cooling: dict[Pid, int] = {}
        """Processes that were refused somewhere, and until when no policy tries again."""
        self._name_prefix = name_prefix
        self._named = 0
        self._said: dict[tuple[NodeName, str], tuple[str, str, str]] = {}
        """The last decision of each kind, so that it is not repeated."""
        self._tray: list[Action] = []

    # ------------------------------------------------------------------------------------------------- what goes out

    def tell(self, to: NodeName, what: ToInitiator | ToKernel) -> None:
        self._tray.append(Tell(to, what))

    def report(self, event: AnyEvent) -> None:
        self._tray.append(Report(event))

    def decide(self, by: NodeName, about: str, what: str, verdict: str, why: Reason) -> None:
        """Report a decision, unless the last one of its kind for this machine said the same."""
        said = about, verdict, why.rule
        if verdict == "yes" or self._said.get((by, what)) != said:
            self._said[by, what] = said
            self.report(DecisionTaken(by, about, what, verdict, why))

    def say(
        self,
        step: int,
        migration: str,
        process: ProcessFigures,
        sender: NodeName,
        receiver: NodeName,
        machine: NodeName,
    ) -> None:
        """Report one of the seven messages of a negotiation."""
        text = saying(step, process.name, machine)
        self.report(NegotiationMessage(migration, process.pid, step, sender, receiver, machine, text))

    def take_actions(self) -> list[Action]:
        """Empty the tray."""
        actions, self._tray = self._tray, []
        return actions

    def new_migration(self) -> str:
        """Return a name that no other migration has."""
        self._named += 1
        return f"{self._name_prefix}/{self._named}"

    # ------------------------------------------------------------------------------------------------- what is believed

    def hear(self, told_by: NodeName, entries: Iterable[LoadEntry]) -> None:
        """Believe what is told of machines of others that are not known to be dead, as far as it is news; and report what was told."""
        told = [entry for entry in entries if entry.machine not in self.machines and self.reachable(entry.machine)]
        self.beliefs.hear(told)
        if told:
            self.report(LoadHeard(told_by, {entry.machine: (entry.load, entry.at_ns) for entry in told}))

    def expect(self, machine: NodeName) -> None:
        """Count a process that was sent to a machine before that machine itself tells of it; of our own we know whom they take."""
        if machine in self.machines:
            return
        self.beliefs.expect(machine, weight(self.ips_of(machine)))
        if machine in self.beliefs.entries:
            self.report(BeliefRevised(machine, self.beliefs.load(machine), "expected"))

    def forget(self, machine: NodeName, why: str) -> None:
        """Believe nothing of a machine any more."""
        if machine in self.beliefs.entries:
            self.report(BeliefRevised(machine, None, why))
        self.beliefs.forget(machine)

    # ------------------------------------------------------------------------------------------------- what is known

    def seat(self, machine: NodeName) -> NodeName:
        """Return where the Initiator of a machine sits."""
        return self.settings.controls.get(machine, machine)

    def other_seats(self) -> list[NodeName]:
        """Return where other Initiators sit that may be spoken to."""
        seats = dict.fromkeys(self.seat(name) for name in self.everyone)
        return [seat for seat in seats if seat != self.me and seat not in self.down]

    def reachable(self, machine: NodeName) -> bool:
        """Tell whether neither a machine nor its Initiator is known to be dead."""
        return machine not in self.down and self.seat(machine) not in self.down

    def why_unreachable(self, machine: NodeName) -> Reason:
        """Say which of the two is dead."""
        if machine in self.down:
            return reason("is-down", machine=machine)
        return reason("no-initiator", machine=machine, on=self.seat(machine))

    def living(self) -> list[Machine]:
        """Return the machines of ours that are not known to be dead."""
        return [machine for name, machine in self.machines.items() if name not in self.down]

    def distance(self, machine: NodeName, other: NodeName) -> int:
        """Return how far one machine is behind another in the ring of all."""
        return (self.everyone.index(other) - self.everyone.index(machine)) % len(self.everyone)

    def leaving(self, machine: NodeName) -> list[Pid]:
        """Return the processes of one of our machines that are asked for, or on their way from it.

        Who has come from another machine of ours is not among them, although the end of that move may not have been told yet.
        """
        return [asking.process.pid for asking in self.asking.values() if asking.source == machine]

    def entry(self, machine: Machine) -> LoadEntry:
        """Return what is told to others of a machine of ours; whom it has promised to take counts."""
        name = machine.figures.machine
        return machine.entry(sum(giving.machine == name for giving in self.giving.values()))

    def own_entries(self) -> list[LoadEntry]:
        return [self.entry(machine) for machine in self.machines.values()]

    def load_to_give(self, machine: Machine) -> int:
        """Return a machine's load for the question whether it should give: what is leaving does not count."""
        figures = machine.figures
        now = min(machine.load, figures.runnable * weight(figures.ips))
        leaving = sum(
            asking.source == figures.machine and asking.state is AskState.ORDERED for asking in self.asking.values()
        )
        return max(0, now - leaving * weight(figures.ips))

    def believed_load(self, name: NodeName) -> int:
        if name in self.machines:
            return self.machines[name].load
        return self.beliefs.load(name) if name in self.beliefs.entries else 0

    def jobs_believed(self, name: NodeName) -> int:
        """Return how many jobs a machine has, as far as is known here, by its load and its speed."""
        return self.believed_load(name) // weight(self.ips_of(name))

    def believed_open(self, name: NodeName) -> bool:
        """Tell whether a machine takes guests, as far as is known here."""
        if name in self.machines:
            return self.machines[name].takes_guests
        entry = self.beliefs.entries.get(name)
        return entry is None or entry.takes_guests

    def ips_of(self, name: NodeName) -> int:
        if name in self.machines:
            return self.machines[name].figures.ips
        entry = self.beliefs.entries.get(name)
        return entry.ips if entry is not None else 10_000_000

    def situation(self, machine: Machine, load: int, process: ProcessFigures, now_ns: int) -> Situation:
        """Return what a target for a process of this machine is chosen by."""
        name = machine.figures.machine
        known = self.known_besides(name)
        down = [one for one in self.everyone if not self.reachable(one)]
        return Situation(name, load, process, known, self.everyone, self.settings, self.draw, now_ns, down)

    def known_besides(self, name: NodeName) -> Beliefs:
        """Return what is known of all other machines that may be spoken to: beliefs about those of others, the truth about ours."""
        if len(self.machines) == 1 and not self.down:
            return self.beliefs
        known = {one: entry for one, entry in self.beliefs.entries.items() if self.reachable(one)}
        own = {one.figures.machine: self.entry(one) for one in self.living() if one.figures.machine != name}
        return Beliefs(known | own, self.beliefs.expected)
