"""Load sharing: which process should go (the victim), and to which machine (the target). Two choices, each by name.

Nothing is asked or sent here: a choice is a function of numbers, and says why it came out as it did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from random import Random  # noqa: TID251 - a seeded generator is handed in
from typing import NamedTuple, Protocol

from nodes.initiator.load import Beliefs, weight
from nodes.wire import vocabulary
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import LoadEntry, MachineFigures, ProcessFigures
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import Reason, load, reason, seconds

# -------------------------------------------------------------------------------------------------------------- victims

Victim = Callable[[Sequence[ProcessFigures]], ProcessFigures]
"""Chooses one of at least one, given in the order of their pids."""


def newest(processes: Sequence[ProcessFigures]) -> ProcessFigures:
    """The one with the least to lose: it has computed least."""
    return min(processes, key=lambda one: one.age_ns)


def longest_running(processes: Sequence[ProcessFigures]) -> ProcessFigures:
    """The one that has used most CPU time: it will run longest yet, as the median remaining life is the age (Harchol-Balter, Downey 1996).

    Whether that is long enough to be worth the move says `worth_moving`.
    """
    return max(processes, key=lambda one: one.cpu_ns)


def worth_moving(
    process: ProcessFigures, source_jobs: int, target_jobs: int, settings: InitiatorParameters
) -> Reason | None:
    """Say why a process is too young for `longest-running`; None: its age exceeds cost / (n - m - 1).

    n and m are the jobs at the source and at the target. Other victims are chosen without regard to what the move costs.
    """
    if settings.victim != "longest-running":
        return None
    cost_ns = settings.move_fixed_ns + process.pages * settings.move_page_ns
    gain = source_jobs - target_jobs - 1
    if gain > 0 and process.cpu_ns * gain > cost_ns:
        return None
    return reason(
        "too-young",
        process=process.name,
        age_s=seconds(process.cpu_ns),
        cost_s=seconds(cost_ns),
        here=source_jobs,
        there=target_jobs,
    )


def smallest(processes: Sequence[ProcessFigures]) -> ProcessFigures:
    """The one that costs least to move."""
    return min(processes, key=lambda one: one.pages)


def most_cpu(processes: Sequence[ProcessFigures]) -> ProcessFigures:
    """The one that has had the greatest share of the CPU in its life."""
    return max(processes, key=_share)


def second_heaviest(processes: Sequence[ProcessFigures]) -> ProcessFigures:
    """The one with the second-highest load: the share of the CPU that it has had (MOSIX's candidate)."""
    return sorted(processes, key=lambda one: -_share(one))[:2][-1]


def _share(process: ProcessFigures) -> int:
    return process.cpu_ns * 1000 // max(1, process.age_ns)


VICTIMS: dict[vocabulary.Victim, Victim] = {
    "newest": newest,
    "longest-running": longest_running,
    "smallest": smallest,
    "most-cpu": most_cpu,
    "second-heaviest": second_heaviest,
}


class Eligible(NamedTuple):
    """The processes that a policy may move, and how many it may not, by the reason."""

    processes: list[ProcessFigures]
    fresh: int
    locked: int
    moving: int
    waiting: int


def eligible(
    processes: Sequence[ProcessFigures],
    settings: InitiatorParameters,
    moving: Collection[Pid],
    cooling: Collection[Pid],
) -> Eligible:
    """Sort out who may not be moved: told to stay, moving, too short here (or refused a moment ago), or waiting for something."""
    may: list[ProcessFigures] = []
    fresh = locked = on_the_way = waiting = 0
    for process in processes:
        if process.stays:
            locked += 1
        elif process.pid in moving or process.state == "frozen":
            on_the_way += 1
        elif process.here_ns < settings.residence_ns or process.pid in cooling:
            fresh += 1
        elif process.state not in ("ready", "running"):
            waiting += 1
        else:
            may.append(process)
    return Eligible(may, fresh, locked, on_the_way, waiting)


# -------------------------------------------------------------------------------------------------------------- targets


class Situation(NamedTuple):
    """What a target is chosen by."""

    machine: NodeName
    """That wants to get rid of a process."""
    load: int
    process: ProcessFigures
    beliefs: Beliefs
    everyone: tuple[NodeName, ...]
    settings: InitiatorParameters
    draw: Random
    now_ns: int
    down: Collection[NodeName] = ()
    """Machines that cannot be asked: they, or their Initiators, are known to be dead."""


class Choice(NamedTuple):
    """A target with the reason for it; or no target, and why not."""

    to: NodeName | None
    why: Reason


Target = Callable[[Situation], Choice]


def _candidates(at: Situation) -> list[LoadEntry]:
    """Return whom it makes sense to ask: known lately, open to guests, with frames enough."""
    fresh = at.beliefs.fresh(at.now_ns, at.settings.max_age_ns)
    return [
        one for one in fresh if one.machine != at.machine and one.takes_guests and one.frames_free >= at.process.pages
    ]


def _load_with(at: Situation, entry: LoadEntry) -> int:
    return at.beliefs.load(entry.machine) + weight(entry.ips)


def _light(at: Situation) -> tuple[list[LoadEntry], Reason]:
    """Return the candidates that would gain enough, and why nobody if nobody."""
    known = _candidates(at)
    if not known:
        return [], reason("nobody-known", load=load(at.load), max_age_s=seconds(at.settings.max_age_ns))
    light = [one for one in known if _load_with(at, one) + at.settings.gain <= at.load]
    best = min(known, key=lambda one: _load_with(at, one))
    return light, reason(
        "nobody-lighter",
        load=load(at.load),
        process=at.process.name,
        best=best.machine,
        best_load=load(_load_with(at, best)),
        age_s=seconds(at.now_ns - best.at_ns),
        gain=load(at.settings.gain),
    )


def _lighter(at: Situation, entry: LoadEntry) -> Choice:
    why = reason(
        "lighter",
        load=load(at.load),
        threshold=load(at.settings.high),
        to=entry.machine,
        to_load=load(at.beliefs.load(entry.machine)),
        age_s=seconds(at.now_ns - entry.at_ns),
    )
    return Choice(entry.machine, why)


def _ring(at: Situation, machine: NodeName) -> int:
    """Return how far a machine is behind this one, in the order of the cluster."""
    return (at.everyone.index(machine) - at.everyone.index(at.machine)) % len(at.everyone)


def least_loaded(at: Situation) -> Choice:
    """The lightest by what is believed; of equals the next one in the ring, so that not all choose the same."""
    light, why_not = _light(at)
    if not light:
        return Choice(None, why_not)
    return _lighter(at, min(light, key=lambda one: (_load_with(at, one), _ring(at, one.machine))))


def first_fit(at: Situation) -> Choice:
    """The next one in the ring that is light enough."""
    light, why_not = _light(at)
    return _lighter(at, min(light, key=lambda one: _ring(at, one.machine))) if light else Choice(None, why_not)


def longest_idle(at: Situation) -> Choice:
    """Of those that are light enough the one whose owner has been away longest: likely to be away longer yet (Sprite)."""
    light, why_not = _light(at)
    if not light:
        return Choice(None, why_not)
    return _lighter(at, min(light, key=lambda one: (one.input_ns, _load_with(at, one), _ring(at, one.machine))))


def mosix(at: Situation) -> Choice:
    """The one that told the lowest load, if with 1.30 of a process it stays strictly below the load here (MOSIX)."""
    known = _candidates(at)
    if not known:
        return Choice(None, reason("nobody-known", load=load(at.load), max_age_s=seconds(at.settings.max_age_ns)))
    best = min(known, key=lambda one: (at.beliefs.load(one.machine), _ring(at, one.machine)))
    with_it = at.beliefs.load(best.machine) + weight(best.ips) * 130 // 100
    if with_it < at.load:
        return _lighter(at, best)
    return Choice(
        None,
        reason(
            "nobody-below-mosix",
            load=load(at.load),
            process=at.process.name,
            best=best.machine,
            best_load=load(with_it),
            age_s=seconds(at.now_ns - best.at_ns),
        ),
    )


def at_random(at: Situation) -> Choice:
    """Anyone, without asking what is known of it: needs no information at all (Eager, Lazowska, Zahorjan 1986)."""
    others = [name for name in at.everyone if name != at.machine and name not in at.down]
    if not others:
        return Choice(None, reason("everybody-down", load=load(at.load)))
    to = at.draw.choice(others)
    return Choice(to, reason("at-random", load=load(at.load), threshold=load(at.settings.high), to=to))


TARGETS: dict[vocabulary.Target, Target] = {
    "least-loaded": least_loaded,
    "random": at_random,
    "first-fit": first_fit,
    "longest-idle": longest_idle,
    "mosix": mosix,
}


# ---------------------------------------------------------------------------------------------------- a user's own policy


class Policy(Protocol):
    """What a class must offer to be named as `module:Class` in a scenario. It is made once a machine, without arguments.

    ```python
    class Politest:
        def choose(self, machine, load, others, now_ns):
            # machine: MachineFigures of this machine; load: its load, in thousandths of a process
            # others: the LoadEntry of every other machine of which something is believed
            if load < 2000 or not others:
                return "not so bad"                      # why nothing moves
            return machine.processes[0].pid, others[0].machine    # move the first process there
    ```
    """

    def choose(
        self, machine: MachineFigures, load: int, others: Sequence[LoadEntry], now_ns: int
    ) -> tuple[Pid, NodeName] | str:
        """Return which process should move where; or a text: why none should."""


SENDS: tuple[vocabulary.LoadSharing, ...] = ("periodic-sender", "periodic-symmetric")
ASKS_FOR_WORK: tuple[vocabulary.LoadSharing, ...] = ("periodic-receiver", "periodic-symmetric")
"""Policies that look at the loads at every interval, and try again at the next one."""
