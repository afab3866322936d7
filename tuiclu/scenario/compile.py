"""A checked scenario made into what the cluster is built from and what it is told: parameters, images and commands.

Nothing here can fail: what could, the parser has refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import msgspec

from nodes.wire.image import PAGE_BYTES, ProgramImage
from nodes.wire.parameters import (
    NEVER_NS,
    SECOND_NS,
    Costs,
    DiskParameters,
    FileParameters,
    InitiatorParameters,
    MigrationParameters,
    NetworkParameters,
    NodeParameters,
)
from tuiclu.cluster import commands
from tuiclu.cluster.commands import AnyCommand, Spawn, command_of
from tuiclu.cluster.resumption import Resumption
from tuiclu.language.quantities import plain
from tuiclu.language.settings import in_force
from tuiclu.scenario import comparisons, schema
from tuiclu.scenario.checks import Groups, is_endless
from tuiclu.scenario.conditions import Condition
from tuiclu.scenario.parser import Scenario
from tuiclu.scenario.plugins import UsersCode
from tuiclu.scenario.recurring import AnyRecurring, Arriving, Owner, Repeated


class PlannedStep(msgspec.Struct, frozen=True):
    """A command, and when it is given: at an instant or on a condition, never both."""

    command: AnyCommand
    at_ns: int | None = None
    when: Condition | None = None
    by: str = "script"
    """Who asks for it: `script`, or as a saved session notes it `user` or `outside`."""
    again: bool = False
    """Each time that the condition comes true, not only the first."""


class Plan(msgspec.Struct, frozen=True):
    """All that a run depends on."""

    title: dict[str, str]
    """By language."""
    seed: int
    network: NetworkParameters
    nodes: tuple[NodeParameters, ...]
    migration: MigrationParameters
    initiators: InitiatorParameters
    files: dict[str, FileParameters]
    images: dict[str, ProgramImage]
    """By the name that `Spawn.program` uses."""
    users: UsersCode
    """A user's own classes: only if they are trusted can the plan be run."""
    until_ns: int | None
    steps: tuple[PlannedStep, ...]
    """Those with an instant first, in order of time; then those with a condition, in the order of the file."""
    expectations: tuple[schema.AnyExpectation, ...]
    """With groups written out: each names single processes."""
    groups: dict[str, tuple[str, ...]] = {}
    """By the name of a process definition: the names of the processes that it stands for."""
    recurring: tuple[AnyRecurring, ...] = ()
    """What comes again and again, without end."""
    compared: dict[str, Plan] = {}
    """The runs with which it is compared at its end, by name."""
    variant: bool = False
    """It is itself such a run, which is seen beside the scenario as it is written."""
    tells: tuple[str, ...] = ()
    """What is told at the end beside the tables."""
    goes_on: Resumption | None = None
    """What the run goes on from: of steps with an instant, only those are in `steps` that are not known there."""

    @property
    def is_endless(self) -> bool:
        """Whether a run goes on until somebody stops it."""
        stops = any(isinstance(step.command, commands.Stop) and step.at_ns is not None for step in self.steps)
        return bool(self.recurring) and self.until_ns is None and not stops


def plan(scenario: Scenario) -> Plan:
    """Return what the scenario asks for."""
    file = scenario.file
    steps = [*([] if scenario.goes_on is not None else _starts(scenario)), *_script(scenario)]
    written_out = (_expectation(one, scenario.groups) for one in file.expect)
    expected = tuple(single for one in written_out for single in comparisons.one_by_one(one))
    timed = sorted((step for step in steps if step.at_ns is not None), key=lambda step: step.at_ns or 0)
    return Plan(
        title=scenario.title,
        seed=file.seed,
        network=_network(file.cluster.network),
        nodes=tuple(_node(name, settings, file.cluster) for name, settings in file.cluster.nodes.items()),
        migration=_migration(file.cluster),
        initiators=_initiators(scenario),
        files={name: _file(definition) for name, definition in file.files.items()},
        images=dict(scenario.images),
        users=scenario.users,
        until_ns=plain(file.until),
        steps=(*timed, *(step for step in steps if step.when is not None)),
        expectations=expected,
        compared=_compared(scenario, expected),
        variant=bool(scenario.variant),
        tells=file.tell,
        groups=dict(scenario.groups),
        recurring=tuple(_recurring(scenario)),
        goes_on=scenario.goes_on,
    )


def _compared(scenario: Scenario, expected: tuple[schema.AnyExpectation, ...]) -> dict[str, Plan]:
    """Return the further runs that are needed: those by which something is measured, and beside a variant the scenario as it is written.

    Events that are to be counted here are counted there.
    """
    needed = [*comparisons.runs_named(expected), *([schema.AS_WRITTEN] if scenario.variant else [])]
    counted = tuple(one for one in expected if isinstance(one, schema.EventExpectation))
    runs = {name: scenario.compared[name] for name in dict.fromkeys(needed) if name in scenario.compared}
    return {name: msgspec.structs.replace(plan(one), expectations=counted) for name, one in runs.items()}


# ----------------------------------------------------------------------------------------------------------- parameters


def _network(network: schema.Network) -> NetworkParameters:
    given = _given(
        kind=network.kind, bandwidth_bps=network.bandwidth, latency_ns=network.latency, detection_ns=network.detection
    )
    return NetworkParameters(**given)


def _node(name: str, settings: schema.NodeSettings, cluster: schema.Cluster) -> NodeParameters:
    """Return a node's parameters: what it says itself, else the scenario's defaults, else those of every cluster."""
    effective = {
        field: getattr(cluster.defaults, field) if getattr(settings, field) is None else getattr(settings, field)
        for field in schema.NodeSettings.__struct_fields__
    }
    memory = effective["memory"]
    given = _given(
        ips=effective["mips"],
        frames=None if memory is None else memory // PAGE_BYTES,
        quantum_ns=effective["quantum"],
        scheduler=effective["scheduler"],
        replacement=effective["replacement"],
        disk=None if effective["disk"] is None else _disk(effective["disk"]),
        resources=effective["resources"],
        clock=None if effective["clock"] is None else _clock(effective["clock"]),
    )
    return NodeParameters(name=name, costs=_costs(cluster.costs), **given)


def _file(definition: schema.FileDefinition) -> FileParameters:
    content = b"" if definition.content is None else definition.content.encode()
    size = len(content) if definition.size is None else int(definition.size)
    return FileParameters(definition.on, size, definition.seed, content)


def _disk(disk: schema.DiskSettings) -> DiskParameters:
    return DiskParameters(**_given(latency_ns=disk.latency, bandwidth_bps=disk.bandwidth))


def _clock(clock: schema.ClockSettings) -> tuple[int, int]:
    """Return by how much a clock is fast at first, and what it gains."""
    return (plain(clock.fast) or 0) - (plain(clock.slow) or 0), clock.drift or 0


def _costs(costs: schema.CostSettings) -> Costs:
    return Costs(**_given(**{f"{field}_ns": value for field, value in msgspec.structs.asdict(costs).items()}))


def _migration(cluster: schema.Cluster) -> MigrationParameters:
    given = in_force(cluster.policy, cluster.migration)
    return MigrationParameters(**_those_of(MigrationParameters, given))


def _initiators(scenario: Scenario) -> InitiatorParameters:
    cluster = scenario.file.cluster
    parameters = InitiatorParameters(
        controls={machine: seat for seat, machines in cluster.initiators.items() for machine in machines},
        resources={
            name: tuple(settings.resources or cluster.defaults.resources or ())
            for name, settings in cluster.nodes.items()
            if settings.resources or cluster.defaults.resources
        },
        owners={name: owner if isinstance(owner, str) else "idle" for name, owner in _owners(cluster).items()},
        evictions={
            name: eviction
            for name, settings in cluster.nodes.items()
            if (eviction := settings.eviction or cluster.defaults.eviction) is not None
        },
        **_cost_of_a_move(cluster),
        **_those_of(InitiatorParameters, in_force(cluster.policy, cluster.migration)),
    )
    if parameters.shares and cluster.policy.dissemination is None:
        return msgspec.structs.replace(parameters, dissemination="periodic")
    return parameters


def _cost_of_a_move(cluster: schema.Cluster) -> dict[str, Any]:
    """Return what a policy reckons that a migration costs: the work of both kernels, and each page's time on the wire."""
    costs, network = _costs(cluster.costs), _network(cluster.network)
    wire_ns = PAGE_BYTES * 8 * SECOND_NS // network.bandwidth_bps
    fixed_ns, page_ns = 2 * costs.migration_fixed_ns, 2 * costs.migration_page_ns + wire_ns
    return {"move_fixed_ns": min(fixed_ns, NEVER_NS), "move_page_ns": min(page_ns, NEVER_NS)}


def _those_of(parameters: type[msgspec.Struct], given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in parameters.__struct_fields__}


def _given(**values: Any) -> dict[str, Any]:
    """Return the values that the scenario gives, quantities as plain numbers of base units."""
    return {name: plain(value) for name, value in values.items() if value is not None}


# ------------------------------------------------------------------------------------------------------------- commands


def _starts(scenario: Scenario) -> Iterator[PlannedStep]:
    for name, definition in scenario.file.processes.items():
        if definition.arrivals is not None:
            if not is_endless(definition):
                coming = Arriving(name, definition, definition.arrivals)
                yield from (PlannedStep(command, at_ns=at_ns) for at_ns, command in coming.commands(scenario.file.seed))
            continue
        nodes = (definition.on,) if isinstance(definition.on, str) else definition.on
        for member, node in zip(scenario.groups[name], cycle(nodes), strict=False):
            yield PlannedStep(Spawn.launched(member, node, definition), at_ns=plain(definition.start) or 0)


def _script(scenario: Scenario) -> Iterator[PlannedStep]:
    for number, step in enumerate(scenario.file.script):
        command, by = command_of(step), step.by or "script"
        when = step.when or step.whenever
        if when is not None:
            condition = condition_of(when, scenario.groups)
            yield PlannedStep(command, when=condition, by=by, again=step.whenever is not None)
        elif step.every is None and number >= scenario.known_steps:
            yield PlannedStep(command, at_ns=plain(step.at), by=by)


def _recurring(scenario: Scenario) -> Iterator[AnyRecurring]:
    """Yield what comes again and again: jobs, then steps in the order of the file, then owners."""
    file = scenario.file
    for name, definition in file.processes.items():
        if definition.arrivals is not None and is_endless(definition):
            yield Arriving(name, definition, definition.arrivals)
    place = 0
    for step in file.script:
        if step.every is not None:
            first_ns, every_ns = plain(step.at if step.at is not None else step.every), int(step.every)
            by, jitter_ns = step.by or "script", plain(step.jitter) or 0
            yield Repeated(f"script.{place}", command_of(step), by, first_ns, every_ns, jitter_ns)
        place += step.by is None  # a session may leave out what came from outside
    idle_after_ns = _initiators(scenario).idle_after_ns
    for name, owner in _owners(file.cluster).items():
        if isinstance(owner, schema.Rhythm):
            yield Owner(name, int(owner.busy), int(owner.away), idle_after_ns)


def _owners(cluster: schema.Cluster) -> dict[str, str | schema.Rhythm]:
    """Return who owns which workstation: what it says itself, else the scenario's defaults."""
    owners = {name: settings.owner or cluster.defaults.owner for name, settings in cluster.nodes.items()}
    return {name: owner for name, owner in owners.items() if owner is not None}


def condition_of(when: schema.When, groups: Groups) -> Condition:
    return Condition(
        kind=when.event,
        processes=() if when.process is None else _members(when.process, groups),
        node=when.node,
        fields=when.fields,
        pages=plain(when.pages),
        count=when.count,
        after_ns=plain(when.after) or 0,
    )


# --------------------------------------------------------------------------------------------------------- expectations


def _expectation(expectation: schema.AnyExpectation, groups: Groups) -> schema.AnyExpectation:
    """Return the expectation with the names of single processes instead of groups."""
    match expectation:
        case schema.ProcessExpectation(process=names):
            return msgspec.structs.replace(expectation, process=_members(names, groups))
        case schema.MigrationsExpectation(migrations=schema.MigrationFilter(of=names) as which) if names is not None:
            return schema.MigrationsExpectation(msgspec.structs.replace(which, of=_members(names, groups)))
        case schema.EventExpectation(process=names) if names is not None:
            return msgspec.structs.replace(expectation, process=_members(names, groups))
        case schema.FreezeExpectation(freeze=schema.FreezeBound(of=names) as bound) if names is not None:
            return schema.FreezeExpectation(msgspec.structs.replace(bound, of=_members(names, groups)))
        case schema.PagesExpectation(pages=pages):
            return schema.PagesExpectation(msgspec.structs.replace(pages, of=_members(pages.of, groups)))
        case schema.FaultsExpectation(page_faults=faults):
            return schema.FaultsExpectation(msgspec.structs.replace(faults, of=_members(faults.of, groups)))
        case schema.ResidualExpectation(residual=residual):
            return schema.ResidualExpectation(msgspec.structs.replace(residual, of=_members(residual.of, groups)))
        case schema.TurnaroundExpectation(turnaround=bounds):
            return schema.TurnaroundExpectation(msgspec.structs.replace(bounds, of=_members(bounds.of, groups)))
        case _:
            return expectation


def _members(names: schema.Processes, groups: Groups) -> tuple[str, ...]:
    """Return single processes: a group's name stands for its members, any other for itself."""
    return tuple(member for name in _nodes(names) for member in groups.get(name, (name,)))


def _nodes(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else names
