"""What is in force: what a run began with, and what was changed since; as numbers, on the screen and in sentences."""

from __future__ import annotations

import msgspec
import pytest

from nodes.wire.events import AnyEvent, CommandRefused, PolicyChanged, RunEnded, RunStarted, Stamped
from nodes.wire.parameters import InitiatorParameters, MigrationParameters, NodeParameters
from nodes.wire.reasons import verbatim
from tuiclu.model.cluster import ClusterView
from tuiclu.model.explain import explain
from tuiclu.model.narration import Narrator
from tuiclu.model.policy import written

NODES = ["n1", "n2", "n3"]
SETTINGS = {
    "network": {"kind": "bus", "bandwidth_bps": 10_000_000, "latency_ns": 1_000_000},
    "nodes": msgspec.to_builtins([NodeParameters(name) for name in NODES]),
    "migration": msgspec.to_builtins(MigrationParameters()),
    "initiators": msgspec.to_builtins(InitiatorParameters(evictions={"n3": "none"})),
}
EVERYWHERE = PolicyChanged("load_sharing", "none", "periodic-symmetric", NODES)
ON_ONE = PolicyChanged("interval_ns", 100_000_000, 50_000_000, ["n2"])


def events(*happened: AnyEvent) -> list[Stamped]:
    begun: list[AnyEvent] = [RunStarted("0", "t", 1, SETTINGS), *happened]
    return [Stamped(number, number, None, event) for number, event in enumerate(begun)]


def view_of(*happened: AnyEvent) -> ClusterView:
    view = ClusterView()
    for stamped in events(*happened):
        view.apply(stamped)
    return view


def sentence(event: AnyEvent, lang: str) -> str:
    (line,) = Narrator(view_of(), lang, "").tell(events(event)[-1])
    return line.partition(" s  ")[2]


def test_what_a_run_began_with_is_in_force_until_it_is_changed() -> None:
    policies = view_of(EVERYWHERE, ON_ONE).policies
    assert [policies.at(node, "load_sharing") for node in NODES] == ["periodic-symmetric"] * 3
    assert [policies.at(node, "interval_ns") for node in NODES] == [100_000_000, 50_000_000, 100_000_000]
    assert [policies.at(node, "eviction") for node in NODES] == ["home", "home", "none"]
    assert policies.at("n1", "strategy") == "eager-all"


def test_the_usual_is_what_holds_on_most_nodes_and_the_rest_is_told_of_each() -> None:
    assert view_of().policies.usual() == {"strategy": "eager-all", "load-sharing": "none", "eviction": "home"}
    policies = view_of(EVERYWHERE, ON_ONE).policies
    assert policies.usual() == {
        "strategy": "eager-all",
        "load-sharing": "periodic-symmetric",
        "eviction": "home",
        "load.interval": "100 ms",
    }
    assert [policies.unusual(node) for node in NODES] == [{}, {"load.interval": "50 ms"}, {"eviction": "none"}]


@pytest.mark.parametrize(
    ("event", "lang", "told"),
    [
        (EVERYWHERE, "en", "From now on load-sharing is periodic-symmetric; it was none."),
        (EVERYWHERE, "es", "Desde ahora load-sharing es periodic-symmetric; antes era none."),
        (ON_ONE, "en", "From now on load.interval is 50 ms on n2; it was 100 ms."),
        (ON_ONE, "es", "Desde ahora load.interval es 50 ms en n2; antes era 100 ms."),
    ],
)
def test_a_change_is_told_in_a_sentence(event: AnyEvent, lang: str, told: str) -> None:
    assert sentence(event, lang) == told


def test_a_change_that_is_refused_is_told_as_it_was_typed() -> None:
    refused = CommandRefused(
        {"verb": "set", "changes": {"high": 1500}, "on": ["n1", "n2"]}, verbatim("Nothing would change")
    )
    assert sentence(refused, "en") == "Not possible: set load.high=1.5 n1,n2. Nothing would change."


def test_explain_tells_of_changes_to_all_and_to_those_whom_they_concern() -> None:
    happened = events(EVERYWHERE, ON_ONE, RunEnded("quiescent", []))
    assert len(explain(happened).lines) == 2
    assert [len(explain(happened, node=node).lines) for node in NODES] == [1, 2, 1]
    assert explain(happened, process="P").lines == []


def test_values_are_written_with_their_units() -> None:
    values: list[tuple[str, str | int]] = [
        ("interval_ns", 50_000_000),
        ("idle_after_ns", 30 * 10**9),
        ("high", 1500),
        ("communication_bytes", 4096),
        ("damping_percent", 50),
        ("probes", 3),
        ("flush_to", ""),
        ("strategy", "mine:Own"),
    ]
    assert [written(*one) for one in values] == ["50 ms", "30 s", "1.5", "4096 B", "50 %", "3", "-", "mine:Own"]
