"""A few machines in which everything that can happen next may happen next: real Initiators, kernels reduced to their tables, and wires.

`explore` walks through every order of deliveries, and of what may come between: a wait that is given up, a process that ends, a machine
that crashes, an owner who comes back, an operator's word. A world is forked before each step, and one that was there before is not walked
through again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from msgspec.structs import replace as replace_struct

from nodes.initiator.desk import Action, Report, Tell
from nodes.initiator.eviction import Eviction
from nodes.initiator.initiator import Initiator
from nodes.initiator.load import Beliefs, Machine
from nodes.migration.states import DESTINATION_TRANSITIONS, SOURCE_TRANSITIONS, Cause, DestinationState, SourceState
from nodes.wire.events import AnyEvent
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import (
    AnyPacket,
    CallOff,
    FiguresTold,
    FromKernel,
    GuestsFrozen,
    GuestsToBackground,
    ImageInstalled,
    MachineFigures,
    MachineTold,
    MigrateIn,
    MigrateOut,
    MigrationAbandoned,
    MigrationOffer,
    MoveEnded,
    MoveWished,
    OfferAccepted,
    OfferRefused,
    OfferRelayed,
    OwnershipTransferred,
    ProcessFigures,
    ProcessImage,
    ProcessResumed,
    TurnAway,
    WishDenied,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason, verbatim

NODES = ("n1", "n2", "n3")
DRAW = Random(1)


def a_process(pid: Pid, pages: int = 10, **changes: object) -> ProcessFigures:
    """Return figures of a process that has run here for a second."""
    figures = ProcessFigures(pid, pid, pages, 10**9, 10**8, 10**9, "ready")
    return replace_figures(figures, **changes)


def replace_figures(figures: ProcessFigures, **changes: object) -> ProcessFigures:
    values = {name: getattr(figures, name) for name in figures.__struct_fields__}
    return ProcessFigures(**(values | changes))


@dataclass
class Leaving:
    pid: Pid
    to: NodeName
    state: SourceState = SourceState.OFFERED


@dataclass
class Coming:
    pid: Pid
    source: NodeName
    pages: int
    state: DestinationState = DestinationState.RESERVED


@dataclass
class Kernel:
    """A kernel's part of the conversation, by the tables of the real one."""

    name: NodeName
    seat: NodeName
    frames: int
    owned: dict[Pid, int] = field(default_factory=dict)
    """Process to pages."""
    leaving: dict[str, Leaving] = field(default_factory=dict)
    coming: dict[str, Coming] = field(default_factory=dict)
    offered: dict[str, tuple[NodeName, MigrationOffer]] = field(default_factory=dict)
    held: frozenset[Pid] = frozenset()
    """Guests that stand still because they have to leave."""
    background: frozenset[Pid] = frozenset()
    ended: int = 0
    """Migrations that ended here."""

    @property
    def free(self) -> int:
        return self.frames - sum(self.owned.values()) - sum(one.pages for one in self.coming.values())

    def figures(self, owner: str = "none") -> MachineFigures:
        processes = tuple(a_process(pid, pages) for pid, pages in self.owned.items())
        return MachineFigures(
            self.name, 0, 10_000_000, len(processes), self.frames, self.free, processes, bool(processes), owner
        )


@dataclass
class World:
    """Everything, at one instant."""

    initiators: dict[NodeName, Initiator]
    kernels: dict[NodeName, Kernel]
    wires: dict[tuple[NodeName, NodeName], tuple[AnyPacket | None, ...]] = field(default_factory=dict)
    """None on a wire: the news that its sender is dead."""
    events: tuple[AnyEvent, ...] = ()
    ended: frozenset[Pid] = frozenset()
    dead: frozenset[NodeName] = frozenset()
    silences: int = 0
    exits: int = 0
    crashes: int = 0
    owners: dict[NodeName, str] = field(default_factory=dict)
    """Of workstations: `active` or `idle`."""
    words: tuple[tuple[str, NodeName], ...] = ()
    """What owners (`activate`) and operators may yet do, each once and at any time, with the machine that it is about."""

    # ------------------------------------------------------------------------------------------------------ doing

    def say(self, sender: NodeName, to: NodeName, packet: AnyPacket) -> None:
        """Say something: by a call, or on the wire."""
        if sender == to:
            self.hear(sender, to, packet)
        elif to not in self.dead and isinstance(packet, FromKernel):
            told = replace_struct(packet, figures=self.kernels[sender].figures(self.owners.get(sender, "none")))
            self.wires[sender, to] = (*self.wires.get((sender, to), ()), told)
        elif to not in self.dead:
            self.wires[sender, to] = (*self.wires.get((sender, to), ()), packet)

    def hear(self, sender: NodeName, at: NodeName, packet: AnyPacket) -> None:
        kernel, initiator = self.kernels[at], self.initiators.get(at)
        match packet:
            case MigrateOut():
                self._offer(kernel, packet)
            case MigrationOffer():
                if packet.pages > kernel.free:
                    why = reason(
                        "too-few-frames", machine=at, free=kernel.free, process=packet.name, pages=packet.pages
                    )
                    self.say(at, sender, OfferRefused(packet.migration, 5, why))
                    self.say(at, kernel.seat, MoveEnded(packet.migration, at, "released"))
                else:
                    kernel.offered[packet.migration] = sender, packet
                    self.say(at, kernel.seat, OfferRelayed(packet, sender, kernel.figures(self.owners.get(at, "none"))))
            case MigrateIn(migration):
                self._accept(kernel, migration)
            case TurnAway(migration, why):
                if migration in kernel.offered:
                    source, _ = kernel.offered.pop(migration)
                    self.say(at, source, OfferRefused(migration, 6, why))
            case OfferAccepted(migration):
                if self._leave(kernel, migration, Cause.ACCEPTED) and self._leave(kernel, migration, Cause.ALL_SENT):
                    self.say(at, sender, ProcessImage(migration, {}))
            case OfferRefused(migration):
                if self._leave(kernel, migration, Cause.REFUSED):
                    self._end_leaving(kernel, migration, "refused")
            case ImageInstalled(migration):
                if self._leave(kernel, migration, Cause.INSTALLED):
                    self._let_go(kernel, kernel.leaving[migration].pid)
                    self.say(at, sender, OwnershipTransferred(migration))
            case ProcessResumed(migration):
                if self._leave(kernel, migration, Cause.RESUMED):
                    self._end_leaving(kernel, migration, "completed")
            case ProcessImage(migration):
                if self._come(kernel, migration, Cause.IMAGE):
                    self.say(at, sender, ImageInstalled(migration))
            case OwnershipTransferred(migration):
                if self._come(kernel, migration, Cause.OWNERSHIP):
                    coming = kernel.coming.pop(migration)
                    kernel.owned[coming.pid] = coming.pages
                    self.say(at, sender, ProcessResumed(migration))
                    self.say(at, kernel.seat, MoveEnded(migration, at, "arrived"))
            case MigrationAbandoned(migration):
                self._release(kernel, migration, Cause.GIVEN_UP)
            case WishDenied():
                pass
            case GuestsFrozen(pids):
                kernel.held |= {pid for pid in pids if pid in kernel.owned}
            case GuestsToBackground(pids, background):
                here = {pid for pid in pids if pid in kernel.owned}
                kernel.held -= here
                kernel.background = kernel.background | here if background else kernel.background - here
            case CallOff(migration):
                if migration in kernel.leaving:
                    self.give_up(kernel, migration)
            case _:
                assert initiator is not None, (at, packet)
                if at in initiator.machines:
                    initiator.machines[at].figures = kernel.figures(self.owners.get(at, "none"))
                self.act(at, initiator.receive(sender, packet, 0))  # type: ignore[arg-type]

    def act(self, at: NodeName, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Report(event):
                    self.events = (*self.events, event)
                case Tell(to, what):
                    self.say(at, to, what)

    @staticmethod
    def _let_go(kernel: Kernel, pid: Pid) -> None:
        del kernel.owned[pid]
        kernel.held -= {pid}
        kernel.background -= {pid}

    def speak(self, word: str, name: NodeName) -> None:
        """An owner comes back, or an operator says something about a machine."""
        kernel = self.kernels[name]
        if word == "activate":
            self.owners = {**self.owners, name: "active"}
            self.say(name, kernel.seat, FiguresTold(kernel.figures("active"), "owner"))
        else:
            self.say(name, kernel.seat, MachineTold(name, word))

    def wish(self, pid: Pid, to: NodeName, initiated_by: str = "user") -> None:
        """Somebody wants a process moved."""
        kernel = next(kernel for kernel in self.kernels.values() if pid in kernel.owned)
        process = a_process(pid, kernel.owned[pid])
        why = reason("asked-for-by-user")
        self.say(kernel.name, kernel.seat, MoveWished(process, kernel.name, to, "", "eager-all", initiated_by, why))

    def _offer(self, kernel: Kernel, order: MigrateOut) -> None:
        if order.pid not in kernel.owned or any(one.pid == order.pid for one in kernel.leaving.values()):
            self.say(kernel.name, kernel.seat, MoveEnded(order.migration, kernel.name, "refused"))
            return
        kernel.leaving[order.migration] = Leaving(order.pid, order.to)
        pages = kernel.owned[order.pid]
        self.say(
            kernel.name,
            order.to,
            MigrationOffer(
                order.migration,
                order.pid,
                order.pid,
                "p",
                order.strategy,
                pages,
                10**9,
                10**8,
                order.load,
                order.initiated_by,
            ),
        )

    def _accept(self, kernel: Kernel, migration: str) -> None:
        if migration not in kernel.offered:
            return
        source, offer = kernel.offered.pop(migration)
        if offer.pages > kernel.free:
            why = reason("too-few-frames", machine=kernel.name, free=kernel.free, process=offer.name, pages=offer.pages)
            self.say(kernel.name, source, OfferRefused(migration, 5, why))
            self.say(kernel.name, kernel.seat, MoveEnded(migration, kernel.name, "released"))
            return
        kernel.coming[migration] = Coming(offer.pid, source, offer.pages)
        self.say(kernel.name, source, OfferAccepted(migration))

    def _leave(self, kernel: Kernel, migration: str, cause: Cause) -> bool:
        session = kernel.leaving.get(migration)
        following = None if session is None else SOURCE_TRANSITIONS.get((session.state, cause))
        if session is None or following is None:
            return False
        session.state = following
        return True

    def _come(self, kernel: Kernel, migration: str, cause: Cause) -> bool:
        session = kernel.coming.get(migration)
        following = None if session is None else DESTINATION_TRANSITIONS.get((session.state, cause))
        if session is None or following is None:
            return False
        session.state = following
        return True

    def _end_leaving(self, kernel: Kernel, migration: str, outcome: str) -> None:
        if outcome != "refused":
            kernel.held -= {kernel.leaving[migration].pid}
        del kernel.leaving[migration]
        kernel.ended += 1
        self.say(kernel.name, kernel.seat, MoveEnded(migration, kernel.name, outcome))

    def _release(self, kernel: Kernel, migration: str, cause: Cause) -> None:
        if self._come(kernel, migration, cause):
            del kernel.coming[migration]
            self.say(kernel.name, kernel.seat, MoveEnded(migration, kernel.name, "released"))
        elif migration in kernel.offered:
            del kernel.offered[migration]
            self.say(kernel.name, kernel.seat, MoveEnded(migration, kernel.name, "released"))

    def give_up(self, kernel: Kernel, migration: str, cause: Cause = Cause.GIVEN_UP) -> None:
        """The source gives a migration up."""
        session = kernel.leaving[migration]
        if self._leave(kernel, migration, cause):
            if session.state is SourceState.LOST:
                self.ended |= {session.pid}
                self._end_leaving(kernel, migration, "lost")
                return
            if cause is not Cause.BROKEN:
                self.say(kernel.name, session.to, MigrationAbandoned(migration, verbatim("")))
            self._end_leaving(kernel, migration, "aborted")

    def exit(self, pid: Pid) -> None:
        """A process ends where it is."""
        for kernel in self.kernels.values():
            if pid in kernel.owned:
                self._let_go(kernel, pid)
                self.ended |= {pid}
                for migration in [name for name, one in kernel.leaving.items() if one.pid == pid]:
                    self.give_up(kernel, migration)

    def crash(self, name: NodeName) -> None:
        """A machine is no more; its peers learn it behind everything that it had said."""
        self.dead |= {name}
        self.ended |= set(self.kernels[name].owned)
        del self.kernels[name]
        self.initiators.pop(name, None)
        for link in [link for link in self.wires if link[1] == name]:
            del self.wires[link]
        for peer in self.kernels:
            self.wires[name, peer] = (*self.wires.get((name, peer), ()), None)

    def break_connection(self, at: NodeName, peer: NodeName) -> None:
        kernel = self.kernels[at]
        for migration in [name for name, one in kernel.leaving.items() if one.to == peer]:
            self.give_up(kernel, migration, Cause.BROKEN)
        for migration in [name for name, one in kernel.coming.items() if one.source == peer]:
            self._release(kernel, migration, Cause.BROKEN)
        for migration in [name for name, (source, _) in kernel.offered.items() if source == peer]:
            self._release(kernel, migration, Cause.BROKEN)
        if at in self.initiators:
            self.act(at, self.initiators[at].broken(peer, 0))
        if peer == kernel.seat:
            kernel.held = frozenset()
            for migration in list(kernel.offered):
                source, _ = kernel.offered.pop(migration)
                self.say(at, source, OfferRefused(migration, 5, reason("no-initiator", machine=at, on=peer)))

    # ----------------------------------------------------------------------------------------------------- exploring

    def fork(self) -> World:
        new = copy.copy(self)
        new.initiators = {name: _fork(one) for name, one in self.initiators.items()}
        new.kernels = {
            name: replace(
                kernel,
                owned=dict(kernel.owned),
                leaving={key: replace(one) for key, one in kernel.leaving.items()},
                coming={key: replace(one) for key, one in kernel.coming.items()},
                offered=dict(kernel.offered),
            )
            for name, kernel in self.kernels.items()
        }
        new.wires = dict(self.wires)
        return new

    def key(self) -> object:
        """Return what tells worlds apart in which different things can happen."""
        minds = tuple(
            (
                name,
                tuple((key, one.state, one.to, one.called_home) for key, one in sorted(mind.desk.asking.items())),
                tuple((key, one.state, one.machine, one.called_home) for key, one in sorted(mind.desk.giving.items())),
                tuple(
                    (machine, one.cause, tuple(one.open()), tuple(one.stay), one.told)
                    for machine, all_ in sorted(mind.eviction.evictions.items())
                    for one in all_
                ),
                tuple((key, one.blocked, one.expels, one.leaving_ns) for key, one in sorted(mind.machines.items())),
            )
            for name, mind in sorted(self.initiators.items())
        )
        kernels = tuple(
            (
                name,
                tuple(sorted(kernel.owned)),
                tuple((key, one.state) for key, one in sorted(kernel.leaving.items())),
                tuple((key, one.state) for key, one in sorted(kernel.coming.items())),
                tuple(sorted(kernel.offered)),
                kernel.held,
                kernel.background,
            )
            for name, kernel in sorted(self.kernels.items())
        )
        wires = tuple(
            (link, tuple((type(one), getattr(one, "migration", "")) for one in wire))
            for link, wire in sorted(self.wires.items())
            if wire
        )
        return minds, kernels, wires, self.ended, self.dead, self.silences, self.exits, self.crashes, self.words

    def steps(self) -> Iterator[Callable[[World], None]]:
        """Yield everything that may happen next."""
        for link, wire in sorted(self.wires.items()):
            if wire:
                yield lambda world, link=link: world.deliver(link)  # type: ignore[misc]
        messages = any(self.wires.values())
        if self.silences or not messages:
            for name, mind in sorted(self.initiators.items()):
                if mind.next_ns() is not None:
                    yield lambda world, name=name: world.run_out_of_patience(name)  # type: ignore[misc]
            for name, kernel in sorted(self.kernels.items()):
                for migration, one in sorted(kernel.leaving.items()):
                    if one.state is not SourceState.COMMITTED:
                        yield lambda world, name=name, migration=migration: world.lose_patience(name, migration)  # type: ignore[misc]
        if self.exits:
            for pid in sorted(pid for kernel in self.kernels.values() for pid in kernel.owned):
                yield lambda world, pid=pid: world.end(pid)  # type: ignore[misc]
        for word in self.words:
            if word[1] in self.kernels:
                yield lambda world, word=word: world.say_word(word)  # type: ignore[misc]
        if self.crashes:
            for name in sorted(self.kernels):
                yield lambda world, name=name: world.fall(name)  # type: ignore[misc]

    def deliver(self, link: tuple[NodeName, NodeName]) -> None:
        packet, *rest = self.wires[link]
        self.wires[link] = tuple(rest)
        if packet is None:
            self.break_connection(link[1], link[0])
        else:
            self.hear(link[0], link[1], packet)

    def run_out_of_patience(self, name: NodeName) -> None:
        self.silences = max(0, self.silences - 1)
        mind = self.initiators[name]
        self.act(name, mind.expire(mind.next_ns() or 0))

    def lose_patience(self, name: NodeName, migration: str) -> None:
        self.silences = max(0, self.silences - 1)
        self.give_up(self.kernels[name], migration)

    def end(self, pid: Pid) -> None:
        self.exits -= 1
        self.exit(pid)

    def say_word(self, word: tuple[str, NodeName]) -> None:
        self.words = tuple(one for one in self.words if one != word)
        self.speak(*word)

    def fall(self, name: NodeName) -> None:
        self.crashes -= 1
        self.crash(name)

    # ------------------------------------------------------------------------------------------------------ checking

    def check(self) -> None:
        """Check what must hold at every instant."""
        owned = [pid for kernel in self.kernels.values() for pid in kernel.owned]
        assert len(owned) == len(dict.fromkeys(owned)), "a process has two owners"
        for kernel in self.kernels.values():
            promised = sum(kernel.owned.values()) + sum(one.pages for one in kernel.coming.values())
            assert promised <= kernel.frames, "more frames are promised than there are"

    def check_end(self, pids: Iterable[Pid]) -> None:
        """Check what must hold when nothing can happen any more."""
        for name, mind in self.initiators.items():
            assert (mind.desk.asking, mind.desk.giving) == ({}, {}), (name, mind.desk.asking, mind.desk.giving)
        for kernel in self.kernels.values():
            assert (kernel.leaving, kernel.coming, kernel.offered) == ({}, {}, {}), kernel
            assert kernel.free == kernel.frames - sum(kernel.owned.values())
            assert not kernel.held, (kernel.name, kernel.held)
        for mind in self.initiators.values():
            for name, machine in mind.machines.items():
                self._check_guests(name, machine, mind)
        for pid in pids:
            owners = [name for name, kernel in self.kernels.items() if pid in kernel.owned]
            assert len(owners) == (0 if pid in self.ended else 1), (pid, owners, self.ended)

    def _check_guests(self, name: NodeName, machine: Machine, mind: Initiator) -> None:
        """Check that no eviction is under way for ever, and that nobody was overlooked who has to leave."""
        evictions = mind.eviction.evictions.get(name, [])
        assert all(not one.open() and one.told for one in evictions), (name, evictions)
        kernel = self.kernels.get(name)
        if kernel is None:
            return
        active = self.owners.get(name) == "active"
        stay = [pid for one in evictions for pid in one.stay]
        for pid in kernel.owned:
            is_guest = home_of(pid) != name
            if (is_guest and (active or machine.expels)) or machine.leaving_ns is not None:
                assert pid in stay, f"{pid} was overlooked on {name}"
            if is_guest and pid in stay and machine.leaving_ns is None:
                assert pid in kernel.background


def a_world(
    settings: InitiatorParameters | None = None,
    frames: dict[NodeName, int] | None = None,
    processes: dict[NodeName, tuple[Pid, ...]] | None = None,
) -> World:
    """Return three machines with a process or two."""
    settings = settings or InitiatorParameters()
    seats = {name: settings.controls.get(name, name) for name in NODES}
    initiators = {
        seat: Initiator(seat, [name for name in NODES if seats[name] == seat], NODES, settings, DRAW)
        for seat in dict.fromkeys(seats.values())
    }
    kernels = {
        name: Kernel(
            name,
            seats[name],
            (frames or {}).get(name, 100),
            dict.fromkeys((processes or {"n1": ("n1.1",), "n2": ("n2.1",)}).get(name, ()), 10),
        )
        for name in NODES
    }
    for name, kernel in kernels.items():
        initiators[seats[name]].machines[name].figures = kernel.figures()
    return World(initiators, kernels)


def explore(start: World, check_end: Callable[[World], None] = lambda world: None) -> tuple[int, list[World]]:
    """Walk through everything that can happen; return how many worlds there are, and all that are at their end."""
    pids = [pid for kernel in start.kernels.values() for pid in kernel.owned]
    seen = {start.key()}
    to_do = [start]
    ends: list[World] = []
    while to_do:
        world = to_do.pop()
        world.check()
        if not any(world.wires.values()) and not any(True for _ in _needed(world)):
            world.check_end(pids)
            check_end(world)
            ends.append(world)
        for step in world.steps():
            following = world.fork()
            step(following)
            key = following.key()
            if key not in seen:
                seen.add(key)
                to_do.append(following)
    return len(seen), ends


def _needed(world: World) -> Iterator[Callable[[World], None]]:
    """Yield what must still happen by itself, if nothing else does: waits that have to end."""
    without = copy.copy(world)
    without.exits = without.crashes = without.silences = 0
    without.words = ()
    return without.steps()


def _fork_eviction(eviction: Eviction) -> Eviction:
    lists = {name: list(getattr(eviction, name)) for name in ("pids", "gone", "stay")}
    return replace(eviction, **lists, tried={pid: list(tried) for pid, tried in eviction.tried.items()})  # type: ignore[arg-type]


def _fork(mind: Initiator) -> Initiator:
    """Return an Initiator that thinks the same, and shares nothing that changes."""
    desk = mind.desk
    new = Initiator(desk.me, (), desk.everyone, desk.settings, desk.draw)
    new._work_seen_ns, new._tick_ns = mind._work_seen_ns, mind._tick_ns
    for part in ("desk", "sharing", "placement", "dissemination"):
        for name, value in vars(getattr(mind, part)).items():
            if isinstance(value, dict | tuple | int | None):
                setattr(getattr(new, part), name, dict(value) if isinstance(value, dict) else value)
    new.desk.machines = {name: replace(machine) for name, machine in desk.machines.items()}
    new.desk.beliefs = Beliefs(dict(desk.beliefs.entries), dict(desk.beliefs.expected))
    new.desk.asking = {key: replace(one) for key, one in desk.asking.items()}
    new.desk.giving = {key: replace(one) for key, one in desk.giving.items()}
    new.eviction.evictions = {
        name: [_fork_eviction(one) for one in all_] for name, all_ in mind.eviction.evictions.items()
    }
    return new
