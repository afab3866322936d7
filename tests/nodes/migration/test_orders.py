"""Orders about a process, at every instant of its migration: they take effect where it is, or are refused; none is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nodes.strategies import STRATEGIES
from nodes.wire.control import AnyOrder, CancelMove, KillProcess, LetStay, MoveProcess, SignalProcess
from nodes.wire.events import (
    CommandRefused,
    MigrationAborted,
    MigrationCompleted,
    MigrationResumed,
    MigrationStarted,
    NegotiationRefused,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from nodes.wire.reasons import reason, verbatim
from nodes.wire.vocabulary import Redirection
from tests.nodes.kernel.assembler import FOREVER, scatter
from tests.nodes.kernel.machine import FREE, MS
from tests.nodes.migration.network import Network

SEATS: dict[str, InitiatorParameters] = {
    "own": InitiatorParameters(),
    "elsewhere": InitiatorParameters(controls={"n1": "n4", "n2": "n4", "n3": "n3", "n4": "n3"}),
}
"""Who decides about migrations, and where they sit."""
ROUTES: dict[str, tuple[NodeName, ...]] = {"there": ("n2",), "there and on": ("n2", "n3"), "and back": ("n2", "n1")}
VERBS: dict[str, Callable[[Pid], AnyOrder]] = {
    "kill": KillProcess,
    "signal": lambda pid: SignalProcess(pid, "SIGTERM"),
    "stay": lambda pid: LetStay(pid, stays=True),
    "migrate": lambda pid: MoveProcess(pid, "n4", None, "user", verbatim("test")),
    "cancel": CancelMove,
}
END_NS = 160 * MS


def moving(strategy: str, seats: str, route: str, redirection: Redirection = "forward") -> tuple[Network, Pid]:
    """Return a process on its way: each move is asked for as soon as it is where the move before has led."""
    network = Network(
        4,
        costs=FREE,
        migration=MigrationParameters(strategy, redirection=redirection),
        initiators=SEATS[seats],
    )
    pid = network["n1"].start(scatter(12, 10_000, sleep_ns=2 * MS) if strategy != "eager-all" else FOREVER)
    for number, to in enumerate(ROUTES[route]):
        network.move(pid, to, (5 + 40 * number) * MS)
    return network, pid


def instants(strategy: str, seats: str, route: str, redirection: Redirection) -> list[int]:
    """Return every instant at which something happens that has to do with the migrations, and one between it and the next."""
    network, _ = moving(strategy, seats, route, redirection)
    network.run(100 * MS)
    talked = [said.sent_ns for said in network.said]
    seen = sorted({*talked, *(one + MS for one in talked), *(t for t, _, _ in network.of(MigrationResumed))})
    return sorted({instant + offset for instant in seen if instant >= 5 * MS for offset in (0, MS // 2)})


def outcome(network: Network, pid: Pid, verb: str) -> str:
    """Return what came of an order: `done`, `refused`, or what is wrong."""
    refused = [event for _, _, event in network.of(CommandRefused) if event.command["verb"] == verb]
    if refused:
        assert len(refused) == 1
        return "refused"
    match verb:
        case "kill" | "signal":
            signal = network.exit_of(pid).signal if network.has_ended(pid) else None
            return "done" if signal == {"kill": "SIGKILL", "signal": "SIGTERM"}[verb] else "lost"
        case "stay":
            return "done" if network.process(pid).stays else "lost"
        case "migrate":
            (wish,) = [event for _, _, event in network.of(MigrationStarted) if event.destination == "n4"]
            if wish.migration in [event.migration for _, _, event in network.of(NegotiationRefused)]:
                return "refused"
            completed = [event.migration for _, _, event in network.of(MigrationCompleted)]
            return "done" if wish.migration in completed else "lost"
        case _:
            return "done" if network.of(MigrationAborted) else "lost"


SAMPLE = (("eager-all", "there"),)
CASES = [
    pytest.param(
        strategy,
        seats,
        route,
        redirection,
        every,
        marks=[pytest.mark.long] if every else [],
    )
    for strategy in STRATEGIES
    for seats in SEATS
    for route in ROUTES
    for redirection in (("forward", "update", "home") if strategy == "eager-all" else ("forward",))
    for every in (False, True)
    if every or ((strategy, route) in SAMPLE and redirection == "forward")
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("strategy", "seats", "route", "redirection", "every"), CASES)
def test_an_order_takes_effect_or_is_refused_at_whatever_instant_of_a_migration_it_comes(
    strategy: str, seats: str, route: str, redirection: Redirection, every: bool, verb: str
) -> None:
    outcomes: dict[int, str] = {}
    for instant in instants(strategy, seats, route, redirection)[:: 1 if every else 5]:
        network, pid = moving(strategy, seats, route, redirection)
        network.order(pid, VERBS[verb], instant)
        network.run(END_NS)
        outcomes[instant] = outcome(network, pid, verb)
        assert not [one for one in network.services.values() if one.outgoing or one.incoming or one.offered]

    assert len(outcomes) > 3
    assert {instant: what for instant, what in outcomes.items() if what not in ("done", "refused")} == {}
    assert "done" in outcomes.values()
    assert verb in ("migrate", "cancel") or set(outcomes.values()) == {"done"}


def test_an_order_for_one_that_ends_on_its_way_is_refused_with_that_reason() -> None:
    network, pid = moving("eager-all", "own", "there")
    network.order(pid, KillProcess, 13 * MS + MS // 2)
    network.order(pid, VERBS["migrate"], 13 * MS + MS // 2 + 1)
    network.order(pid, VERBS["stay"], 13 * MS + MS // 2 + 2)

    network.run(END_NS)

    assert network.exit_of(pid).signal == "SIGKILL"
    why = reason("no-process", machine="n2", process=pid)
    assert [str(event.reason) for _, _, event in network.of(NegotiationRefused)] == [why.text()]
    assert [str(event.reason) for _, _, event in network.of(CommandRefused)] == [why.text()]
