"""Clusters drawn at random: hardware, wire, costs, policies, Initiators, owners."""

from __future__ import annotations

from typing import get_args

from tests.random_scenarios.chance import FOR_EVER, Chance, Tree
from tuiclu.scenario import schema
from tuiclu.scenario.schema import LOAD_SHARING, SCHEDULERS


def cluster(chance: Chance) -> Tree:
    return {
        "network": {
            "kind": chance.choice(get_args(schema.NetworkKind)),
            "latency": f"{chance.latency_ns} ns",
            **chance.maybe(0.6, "bandwidth", chance.one_of("100 kbit/s", "10 Mbit/s", "1 Gbit/s", "1 Tbit/s")),
            **chance.maybe(0.4, "detection", chance.span),
        },
        "defaults": _hardware(chance) | chance.maybe(0.05, "owner", lambda: _owner(chance)),
        "nodes": {
            name: chance.maybe(0.4, "owner", lambda: _owner(chance))
            | (_hardware(chance) if chance.random() < 0.3 else {})
            | chance.maybe(0.2, "resources", chance.one_of(["printer"], ["printer", "disk"]))
            | chance.maybe(0.1, "clock", lambda: _clock(chance))
            | chance.maybe(0.15, "eviction", chance.one_of(*get_args(schema.Eviction)))
            for name in chance.nodes
        },
        "costs": _costs(chance),
        "migration": migration(chance),
        "policy": policy(chance),
        "initiators": _initiators(chance),
    }


def _owner(chance: Chance) -> str | Tree:
    """Draw somebody who is there, or away, or comes and goes."""
    if chance.random() < 0.5:
        return str(chance.choice(("active", "idle")))
    return {"busy": chance.pause(12), "away": chance.pause(12)}


def _clock(chance: Chance) -> Tree:
    """Draw how wrong a clock is."""
    wrong = chance.choice(({}, {"fast": "10 ms"}, {"slow": "1 ns"}, {"slow": "1 s"}))
    return dict(wrong) | chance.maybe(0.6, "drift", chance.one_of(-100_000, 0, 1, 100_000))


def _hardware(chance: Chance) -> Tree:
    return {
        **chance.maybe(0.5, "mips", chance.one_of("100 kIPS", 1, 10, 40, 333, "1 GIPS")),
        **chance.maybe(0.4, "memory", chance.one_of("128 KiB", "256 KiB", "600 KiB", "2 MiB", "64 MiB")),
        **chance.maybe(0.5, "quantum", chance.one_of("1 us", "100 us", "1 ms", "20 ms", FOR_EVER)),
        **chance.maybe(0.5, "scheduler", chance.one_of(*SCHEDULERS)),
        **chance.maybe(0.4, "replacement", chance.one_of(*get_args(schema.Replacement))),
        **chance.maybe(
            0.4,
            "disk",
            lambda: (
                chance.maybe(0.9, "latency", chance.one_of("0 s", "100 us", "20 ms"))
                | chance.maybe(0.3, "bandwidth", chance.one_of("1 Mbit/s", "1 Gbit/s"))
            ),
        ),
    }


def _costs(chance: Chance) -> Tree:
    names = [name.replace("_", "-") for name in schema.CostSettings.__struct_fields__]
    return {
        name: chance.choice(("0 s", "1 ns", "1 us") if name == "output-byte" else ("0 s", "1 ns", "50 us", "1 ms"))
        for name in names
        if chance.random() < 0.12
    }


def migration(chance: Chance) -> Tree:
    """Draw how pages are moved, or what changes of it."""
    return {
        **chance.maybe(0.3, "precopy-rounds", chance.one_of(1, 2, 30)),
        **chance.maybe(0.2, "precopy-few-pages", chance.one_of(1, 2, 50)),
        **chance.maybe(0.2, "precopy-freeze-goal", chance.one_of("0 s", "1 ms", "1 s")),
        **chance.maybe(0.2, "hybrid-rounds", chance.one_of(0, 2)),
        **chance.maybe(0.2, "prefetch", chance.one_of(0, 4, 100)),
        **chance.maybe(0.2, "flush-to", chance.node),
        **chance.maybe(0.3, "batch", chance.one_of(1, 16, 300)),
        **chance.maybe(0.3, "window", chance.one_of(1, 8, 1000)),
        **chance.maybe(0.2, "offer-timeout", chance.sometimes_for_ever("1 ms", "30 ms", "2 s")),
        **chance.maybe(0.2, "transfer-timeout", chance.sometimes_for_ever("3 ms", "50 ms", "2 s")),
        **chance.maybe(0.2, "disk-patience", chance.sometimes_for_ever("0 s", "5 ms", "1 s")),
    }


def policy(chance: Chance) -> Tree:
    """Draw what is in force, or what changes of it."""
    return {
        **chance.maybe(0.4, "strategy", chance.strategy),
        **chance.maybe(0.5, "load-sharing", chance.one_of(*LOAD_SHARING, "odd:Giver")),
        **chance.maybe(0.3, "victim", chance.one_of(*get_args(schema.Victim))),
        **chance.maybe(0.3, "target", chance.one_of(*get_args(schema.Target))),
        **chance.maybe(0.4, "dissemination", chance.one_of(*get_args(schema.Dissemination))),
        **chance.maybe(0.3, "placement", chance.one_of(*get_args(schema.Placement))),
        **chance.maybe(0.2, "admission", chance.one_of(0, 1, 2)),
        **chance.maybe(0.4, "eviction", chance.one_of(*get_args(schema.Eviction))),
        **chance.maybe(0.3, "idle-after", chance.sometimes_for_ever("1 ms", "20 ms", "30 s")),
        **chance.maybe(0.2, "communication", chance.one_of("1 B", "10 KiB")),
        **chance.maybe(0.2, "guest-memory", chance.one_of(1, 50, 100)),
        **chance.maybe(0.2, "answer-timeout", chance.one_of("1 ms", "50 ms")),
        **chance.maybe(0.4, "redirection", chance.one_of(*get_args(schema.Redirection))),
        **chance.maybe(0.5, "load", lambda: _load(chance)),
    }


def _load(chance: Chance) -> Tree:
    return {
        **chance.maybe(0.6, "interval", chance.one_of("3 ms", "10 ms", "50 ms")),
        **chance.maybe(0.3, "damping", chance.one_of(1, 100)),
        **chance.maybe(0.2, "smoothing", chance.one_of("damping", "mosix")),
        **chance.maybe(0.3, "high", chance.one_of(0, 1, 2)),
        **chance.maybe(0.3, "low", chance.one_of(0, 0.5, 3)),
        **chance.maybe(0.3, "gain", chance.one_of(0, 0.5)),
        **chance.maybe(0.3, "residence", chance.sometimes_for_ever("0 s", "20 ms")),
        **chance.maybe(0.2, "bounce", chance.sometimes_for_ever("0 s", "30 ms")),
        **chance.maybe(0.3, "bounces", chance.one_of("refused", "allowed")),
        **chance.maybe(0.2, "pressure", chance.one_of(1, 100, 100_000)),
        **chance.maybe(0.2, "max-age", chance.one_of("1 ms", "1 s")),
        **chance.maybe(0.2, "gossip-fanout", chance.one_of(1, 8)),
        **chance.maybe(0.2, "gossip-window", chance.one_of(1, 3, 250)),
        **chance.maybe(0.2, "probes", chance.one_of(1, 8)),
        **chance.maybe(0.2, "threshold", chance.one_of(1, 2, 10)),
    }


def _initiators(chance: Chance) -> dict[str, list[str]]:
    """Draw who decides for whom: one for all, one for two, one for another or two for each other, most each for itself."""
    match chance.draw.randrange(8):
        case 0 | 1:
            return {chance.node(): chance.nodes}
        case 2 if len(chance.nodes) > 1:
            one, other = chance.two_nodes()
            return {one: [one, other]}
        case 3 if len(chance.nodes) > 1:
            one, other = chance.two_nodes()
            return chance.choice(({one: [other]}, {one: [other], other: [one]}))
        case _:
            return {}
