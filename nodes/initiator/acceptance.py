"""May this process come in? The rules by which an Initiator answers at steps 2 and 6, in order: the first that applies decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from nodes.initiator.load import Machine, weight
from nodes.wire.ids import NodeName, home_of
from nodes.wire.packets import ProcessFigures
from nodes.wire.parameters import ADAPTIVE, InitiatorParameters
from nodes.wire.reasons import Number, Reason, load, reason, seconds


@dataclass(frozen=True)
class Guest:
    """Who wants to come in, from where, and why."""

    process: ProcessFigures
    source: NodeName
    source_load: int
    resource: str
    initiated_by: str
    for_load: bool


class Answer(NamedTuple):
    yes: bool
    why: Reason


def may_come(
    guest: Guest, machine: Machine, promised: int, promised_pages: int, settings: InitiatorParameters, now_ns: int
) -> Answer:
    """Answer for a machine that has already promised to take load `promised`, and promised guests a number of pages."""
    figures, process = machine.figures, guest.process
    name = figures.machine
    if machine.leaving_ns is not None:
        return Answer(False, reason("shutting-down", machine=name))
    if home_of(process.pid) == name:
        return Answer(True, reason("comes-home", process=process.name))
    if machine.blocked:
        return Answer(False, reason("blocked", machine=name))
    if figures.owner == "active":
        idle_s, threshold_s = seconds(now_ns - figures.input_ns), seconds(settings.idle_after_ns)
        return Answer(False, reason("owner-active", machine=name, idle_s=idle_s, threshold_s=threshold_s))
    if guest.resource and guest.resource not in settings.resources.get(name, ()):
        return Answer(False, reason("no-resource", machine=name, resource=guest.resource))
    over = _over_quota(guest, machine, promised_pages, settings)
    if over is not None:
        return Answer(False, over)
    if guest.resource:
        return Answer(True, reason("has-resource", machine=name, resource=guest.resource))
    now = max(machine.load, figures.runnable * weight(figures.ips)) + promised
    if guest.initiated_by == "os":
        return _by_policy(guest, machine, now, promised, settings, now_ns)
    if guest.initiated_by in ("eviction", "shutdown"):
        return _refugee(guest, name, now, figures.frames_free, settings)
    return Answer(True, reason("user-wishes", load=load(now), free=figures.frames_free))


def _by_policy(
    guest: Guest, machine: Machine, now: int, promised: int, settings: InitiatorParameters, now_ns: int
) -> Answer:
    """A policy's wish: the process must not bounce, and if it is for the load, both sides together must gain."""
    name, process = machine.figures.machine, guest.process
    left_ns = next((left for station, left in reversed(process.trail) if station == name), None)
    if settings.bounces == "refused" and left_ns is not None and now_ns - left_ns < settings.bounce_ns:
        left_s, window_s = seconds(now_ns - left_ns), seconds(settings.bounce_ns)
        return Answer(False, reason("bounces", process=process.name, machine=name, left_s=left_s, window_s=window_s))
    waits = machine.figures.pressure
    if waits >= settings.pressure:
        return Answer(False, reason("pages", machine=name, waits=waits, limit=settings.pressure))
    if guest.for_load and settings.load_sharing in ADAPTIVE:
        jobs = machine.figures.runnable + promised // weight(machine.figures.ips)
        rule = "short-queue" if jobs < settings.threshold else "queue-not-below"
        return Answer(jobs < settings.threshold, reason(rule, machine=name, jobs=jobs, threshold=settings.threshold))
    after = now + weight(machine.figures.ips)
    numbers: dict[str, Number] = {"load": load(after), "process": process.name, "source": guest.source}
    numbers["source_load"] = load(guest.source_load)
    if guest.for_load and after + settings.gain > guest.source_load:
        return Answer(False, reason("too-loaded", machine=name, gain=load(settings.gain), **numbers))
    return Answer(True, reason("light-enough", **numbers))


def _refugee(guest: Guest, name: NodeName, now: int, free: int, settings: InitiatorParameters) -> Answer:
    if now >= settings.high:
        return Answer(False, reason("over-limit", machine=name, load=load(now), threshold=load(settings.high)))
    return Answer(True, reason("room-for-guest", load=load(now), free=free, source=guest.source))


def _over_quota(guest: Guest, machine: Machine, promised_pages: int, settings: InitiatorParameters) -> Reason | None:
    """Say how the guest would exceed what guests may have of the memory; None: it would not."""
    if settings.guest_frames_percent >= 100:
        return None
    figures = machine.figures
    quota = figures.frames_total * settings.guest_frames_percent // 100
    used = promised_pages + sum(one.pages for one in figures.processes if home_of(one.pid) != figures.machine)
    if used + guest.process.pages <= quota:
        return None
    return reason(
        "over-quota",
        quota=quota,
        machine=figures.machine,
        used=used,
        process=guest.process.name,
        pages=guest.process.pages,
    )
