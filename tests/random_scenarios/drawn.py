"""Valid scenarios, drawn at random: every kind of cluster, policy, program and verb, in any combination.

Pure: the same seed gives the same scenario. Values are drawn from few, with the smallest and the largest among them, because faults live
where things coincide: instants are multiples of the latency as often as not, several steps fall on one instant, and times are as long as
windows are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any, get_args

from nodes.wire.parameters import NEVER_NS
from tests.guests.made_up import elf, made_up
from tuiclu.scenario import schema
from tuiclu.scenario.schema import LOAD_SHARING, SCHEDULERS, STRATEGIES

Tree = dict[str, Any]
MS = 1_000_000
FOR_EVER = f"{NEVER_NS} ns"
MADE_UP = 24
"""So many made-up programs there are to choose from: each is compiled at every start."""
_SIGNALS = ("SIGSTOP", "SIGCONT", "SIGTERM", "SIGUSR1", "SIGALRM", "SIGKILL", "SIGWINCH")
_EVENTS = (
    "process.created",
    "process.exited",
    "process.output",
    "process.blocked",
    "negotiation.message",
    "negotiation.refused",
    "migration.started",
    "migration.frozen",
    "migration.committed",
    "migration.resumed",
    "migration.completed",
    "migration.aborted",
    "eviction.started",
    "eviction.completed",
    "owner.active",
    "node.crashed",
    "node.restarted",
    "message.held",
    "link.partitioned",
)


def programs() -> dict[str, bytes]:
    """Return the files of the made-up programs, by the names under which scenarios ask for them."""
    return {f"made-up-{number}.elf": _file(number) for number in range(MADE_UP)}


@cache
def _file(number: int) -> bytes:
    return elf(made_up(number)[0])


def drawn(seed: int) -> Tree:
    """Draw a valid scenario."""
    return _Drawing(seed).scenario()


def drawn_with_orders(seed: int) -> tuple[Tree, Callable[[], str]]:
    """Draw a valid scenario, and what draws lines that somebody could type while it runs, one after the other."""
    drawing = _Drawing(seed)
    return drawing.scenario(), drawing.line


def text_of(tree: Tree) -> str:
    """Write a scenario down, a line for each node, process and step."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            lines += [
                f"{json.dumps(key)}:",
                *(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in value.items()),
            ]
        elif isinstance(value, list) and value:
            lines += [f"{json.dumps(key)}:", *(f"  - {json.dumps(step)}" for step in value)]
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


class _Drawing:
    """One scenario, while it is drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._draw = random.Random(seed)
        self._choice, self._random = self._draw.choice, self._draw.random
        self._nodes = [f"n{number + 1}" for number in range(self._choice((1, 2, 2, 3, 3, 4, 5, 8)))]
        self._latency_ns = self._choice((20_000, 100_000, MS, MS, 5 * MS))
        self._length_ns = self._choice((20, 100, 300)) * MS
        """About so long the run is to last."""
        self._processes: dict[str, Tree] = {}
        self._born: dict[str, int] = dict.fromkeys(self._nodes, 0)
        self._spawned = 0

    def scenario(self) -> Tree:
        cluster = self._cluster()
        self._processes = self._all_processes()
        steps = [self._step() for _ in range(self._choice((0, 1, 2, 4, 8, 14)))]
        return {
            "tuiclu": 1,
            "title": f"random {self._seed}",
            "seed": self._choice((0, self._seed)),
            "cluster": cluster,
            "files": {"data": {"on": self._node(), "size": self._choice(("1 B", "5000 B", "20 KiB"))}},
            "processes": self._processes,
            "script": steps,
            "until": f"{2 * self._length_ns} ns",
        }

    # ----------------------------------------------------------------------------------------------------- small things

    def _maybe(self, likely: float, key: str, draw: Callable[[], Any]) -> Tree:
        """Draw an entry, or leave it out."""
        return {key: draw()} if self._random() < likely else {}

    def _one_of(self, *values: Any) -> Callable[[], Any]:
        return lambda: self._choice(values)

    def _node(self) -> str:
        return self._choice(self._nodes)

    def _some_nodes(self) -> list[str]:
        return self._draw.sample(self._nodes, self._draw.randint(1, len(self._nodes)))

    def _span(self) -> str:
        """Draw a span of time: nothing, a nanosecond, a whole number of latencies, or anything."""
        match self._draw.randrange(6):
            case 0:
                return self._choice(("0 s", "1 ns", "1 us"))
            case 1 | 2:
                return f"{min(self._latency_ns * self._draw.randint(1, 20), 2 * self._length_ns - 1)} ns"
            case _:
                return f"{self._draw.randrange(self._length_ns)} ns"

    def _strategy(self) -> str:
        return self._choice(STRATEGIES)

    def _process(self) -> str:
        """Name a process: by its name mostly, by its pid at times, also one that comes later or never."""
        if self._random() < 0.15:
            return f"{self._node()}.{self._draw.randint(1, 3)}"
        return self._choice(self._names())

    def _names(self) -> list[str]:
        names = []
        for name, one in self._processes.items():
            count = one.get("count", len(one["on"]) if isinstance(one["on"], list) else None)
            names += [name] if count is None else [f"{name}{number + 1}" for number in range(count)]
        return names

    # ---------------------------------------------------------------------------------------------------------- cluster

    def _cluster(self) -> Tree:
        return {
            "network": {
                "kind": self._choice(get_args(schema.NetworkKind)),
                "latency": f"{self._latency_ns} ns",
                **self._maybe(0.6, "bandwidth", self._one_of("100 kbit/s", "10 Mbit/s", "1 Gbit/s", "1 Tbit/s")),
                **self._maybe(0.4, "detection", self._span),
            },
            "defaults": self._hardware(),
            "nodes": {
                name: self._maybe(0.4, "owner", self._one_of("active", "idle"))
                | (self._hardware() if self._random() < 0.3 else {})
                | self._maybe(0.2, "resources", self._one_of(["printer"], ["printer", "disk"]))
                for name in self._nodes
            },
            "costs": self._costs(),
            "migration": self._migration(),
            "policy": self._policy(),
            "initiators": self._initiators(),
        }

    def _hardware(self) -> Tree:
        return {
            **self._maybe(0.5, "mips", self._one_of("100 kIPS", 1, 10, 40, 333, "1 GIPS")),
            **self._maybe(0.4, "memory", self._one_of("128 KiB", "256 KiB", "600 KiB", "2 MiB", "64 MiB")),
            **self._maybe(0.5, "quantum", self._one_of("1 us", "100 us", "1 ms", "20 ms", FOR_EVER)),
            **self._maybe(0.5, "scheduler", self._one_of(*SCHEDULERS)),
            **self._maybe(0.4, "replacement", self._one_of(*get_args(schema.Replacement))),
            **self._maybe(0.4, "disk", self._one_of({"latency": "0 s"}, {"latency": "100 us"}, {"latency": "20 ms"})),
        }

    def _costs(self) -> Tree:
        names = ("context-switch", "system-call", "page-fault", "image-page", "interrupt", "process-creation")
        return {name: self._choice(("0 s", "1 ns", "50 us", "1 ms")) for name in names if self._random() < 0.15}

    def _migration(self) -> Tree:
        return {
            **self._maybe(0.3, "precopy-rounds", self._one_of(1, 2, 30)),
            **self._maybe(0.2, "precopy-freeze-goal", self._one_of("0 s", "1 ms", "1 s")),
            **self._maybe(0.2, "hybrid-rounds", self._one_of(0, 2)),
            **self._maybe(0.2, "prefetch", self._one_of(0, 4, 100)),
            **self._maybe(0.2, "flush-to", self._node),
            **self._maybe(0.3, "batch", self._one_of(1, 16, 300)),
            **self._maybe(0.3, "window", self._one_of(1, 8, 1000)),
            **self._maybe(0.2, "offer-timeout", self._one_of("1 ms", "30 ms", "2 s", FOR_EVER)),
            **self._maybe(0.2, "transfer-timeout", self._one_of("3 ms", "50 ms", "2 s", FOR_EVER)),
            **self._maybe(0.2, "disk-patience", self._one_of("0 s", "5 ms", "1 s", FOR_EVER)),
        }

    def _policy(self) -> Tree:
        """Draw what is in force, or what changes of it."""
        return {
            **self._maybe(0.4, "strategy", self._strategy),
            **self._maybe(0.5, "load-sharing", self._one_of(*LOAD_SHARING)),
            **self._maybe(0.3, "victim", self._one_of(*get_args(schema.Victim))),
            **self._maybe(0.3, "target", self._one_of(*get_args(schema.Target))),
            **self._maybe(0.4, "dissemination", self._one_of(*get_args(schema.Dissemination))),
            **self._maybe(0.3, "placement", self._one_of(*get_args(schema.Placement))),
            **self._maybe(0.2, "admission", self._one_of(0, 1, 2)),
            **self._maybe(0.4, "eviction", self._one_of(*get_args(schema.EvictionPolicy))),
            **self._maybe(0.3, "idle-after", self._one_of("1 ms", "20 ms", "30 s", FOR_EVER)),
            **self._maybe(0.2, "communication", self._one_of("1 B", "10 KiB")),
            **self._maybe(0.2, "guest-memory", self._one_of(1, 50, 100)),
            **self._maybe(0.2, "answer-timeout", self._one_of("1 ms", "50 ms")),
            **self._maybe(0.4, "redirection", self._one_of(*get_args(schema.Redirection))),
            **self._maybe(0.5, "load", self._load),
        }

    def _load(self) -> Tree:
        return {
            **self._maybe(0.6, "interval", self._one_of("3 ms", "10 ms", "50 ms")),
            **self._maybe(0.3, "damping", self._one_of(1, 100)),
            **self._maybe(0.3, "high", self._one_of(0, 1, 2)),
            **self._maybe(0.3, "low", self._one_of(0, 0.5, 3)),
            **self._maybe(0.3, "gain", self._one_of(0, 0.5)),
            **self._maybe(0.3, "residence", self._one_of("0 s", "20 ms", FOR_EVER)),
            **self._maybe(0.3, "bounces", self._one_of("refused", "allowed")),
            **self._maybe(0.2, "max-age", self._one_of("1 ms", "1 s")),
            **self._maybe(0.2, "gossip-fanout", self._one_of(1, 8)),
            **self._maybe(0.2, "probes", self._one_of(1, 8)),
        }

    def _initiators(self) -> dict[str, list[str]]:
        """Draw who decides for whom: one for all, one for two, each for itself."""
        match self._draw.randrange(5):
            case 0:
                return {self._node(): self._nodes}
            case 1 if len(self._nodes) > 1:
                one, other = self._draw.sample(self._nodes, 2)
                return {one: [one, other]}
            case _:
                return {}

    # -------------------------------------------------------------------------------------------------------- processes

    def _all_processes(self) -> dict[str, Tree]:
        processes = {}
        for number in range(self._choice((1, 1, 2, 2, 3))):
            one = self._launch()
            if self._random() < 0.25:
                one["count"] = self._choice((1, 2, 3))
                one["on"] = self._choice((self._node(), self._some_nodes()))
                one |= self._maybe(
                    0.4,
                    "arrivals",
                    lambda: {
                        "every": f"{self._draw.randint(1, self._length_ns // 4)} ns",
                        "spread": self._choice(("exponential", "regular")),
                        "nodes": self._choice(("at-random", "in-turn")),
                    },
                )
            else:
                one["on"] = self._node()
            processes[f"P{chr(ord('a') + number)}"] = one | self._maybe(0.5, "start", self._span)
        if self._random() < 0.25:
            processes |= self._talking()
        return processes

    def _launch(self) -> Tree:
        return {
            **self._program(),
            **self._maybe(0.3, "priority", self._one_of(-1000, 0, 3, 1000)),
            **self._maybe(0.2, "estimate", self._span),
        }

    def _program(self) -> Tree:
        number = self._draw.randrange(MADE_UP)
        match self._draw.randrange(16):
            case 0:
                return {"program": "hello"}
            case 1:
                return {"program": "sleeper", "args": {"rounds": 3, "pause_ms": self._choice((0, 1, 30))}}
            case 2:
                return {"program": "primes", "args": {"limit": self._choice((10, 3000))}}
            case 3:
                return {"program": "reader", "args": {"file": self._choice(("data", "nothing")), "work": 10}}
            case 4:
                return {"program": "dirtier", "args": {"pages": 20, "rounds": 3}}
            case 5:
                return {"program": "migrant", "args": {"resource": "printer"}}
            case _:
                return {"program": f"made-up-{number}.elf", "stdin": "some bytes to be read, some fifty of them or so"}

    def _talking(self) -> dict[str, Tree]:
        """Draw processes that talk to each other."""
        match self._draw.randrange(3):
            case 0:
                args = [self._choice(("1", "8")), self._choice(("1", "700"))]
                found: dict[str, Tree] = {
                    role: {"program": "pingpong", "args": [role, "room", *args]} for role in ("ping", "pong")
                }
            case 1:
                found = {f"ring{place}": {"program": "ring", "args": [place, 2, 4, 500]} for place in range(2)}
            case _:
                found = {
                    "server": {"program": "server", "args": ["squares", 1, 100]},
                    "client": {"program": "client", "args": ["squares", 4, 1]},
                }
        return {name: one | {"on": self._node()} for name, one in found.items()}

    # ----------------------------------------------------------------------------------------------------------- script

    def _step(self) -> Tree:
        return self._timing() | self._verb()

    def _timing(self) -> Tree:
        if self._random() < 0.7:
            return {"at": self._span()} | self._maybe(0.1, "by", self._one_of("user", "outside"))
        when = {
            "event": self._choice(_EVENTS),
            **self._maybe(0.2, "count", self._one_of(1, 2, 5)),
            **self._maybe(0.3, "after", self._span),
        }
        return {"when": when}

    def _verb(self) -> Tree:
        node, process = self._node, self._process
        verbs: list[Callable[[], Tree]] = [
            lambda: {"migrate": {"process": process(), "to": node()} | self._maybe(0.6, "strategy", self._strategy)},
            lambda: {"cancel": process()},
            self._spawn,
            lambda: {"kill": process()},
            lambda: {"signal": {"process": process(), "signal": self._choice(_SIGNALS)}},
            lambda: {"crash": node()},
            lambda: {"restart": node()},
            lambda: {"pause": node()},
            lambda: {"resume": node()},
            lambda: {"slow": {"node": node(), "factor": self._choice(("1 %", "50 %", "100 %"))}},
            self._partition,
            self._heal,
            lambda: {"activate": node()},
            lambda: {"idle": node()},
            lambda: {"stay": self._choice(({"process": process()}, {"node": node()})) | self._lifted()},
            lambda: {"block": self._choice((node(), {"node": node()} | self._lifted()))},
            lambda: {"expel": node()},
            lambda: {"bring": node()},
            lambda: {"shutdown": {"node": node(), "in": self._span()}},
            lambda: {"set": self._change()},
            lambda: {"say": "Something."},
            lambda: {"stop": True},
        ]
        weights = [14, 3, 2, 2, 4, 3, 3, 2, 2, 2, 2, 3, 5, 2, 2, 2, 2, 2, 2, 3, 1, 0.2]
        return self._draw.choices(verbs, weights)[0]()

    def line(self) -> str:
        """Draw a verb as it is typed."""
        while True:
            ((verb, value),) = self._verb().items()
            if verb == "spawn":
                del value["name"]
            if verb != "stop":
                return verb if value is True else f"{verb} {value if isinstance(value, str) else json.dumps(value)}"

    def _lifted(self) -> Tree:
        return self._maybe(0.3, "lifted", lambda: True)

    def _spawn(self) -> Tree:
        self._spawned += 1
        return {"spawn": self._launch() | {"name": f"S{chr(ord('a') + self._spawned)}", "on": self._node()}}

    def _partition(self) -> Tree:
        if len(self._nodes) == 1:
            return {"heal": True}
        one, other = self._draw.sample(self._nodes, 2)
        kinds = ([one], {"nodes": [one], "others": [other]}, {"from": one, "to": other}, {"from": other, "to": [one]})
        return {"partition": self._choice(kinds)}

    def _heal(self) -> Tree:
        if len(self._nodes) == 1:
            return {"heal": True}
        return {"heal": self._choice((True, True, [self._node()], {"nodes": [self._node()]}))}

    def _change(self) -> Tree:
        change = self._policy() | self._maybe(0.3, "migration", self._migration)
        change = {key: value for key, value in change.items() if value != {}}
        change = change or {"strategy": self._strategy()}
        return change if "redirection" in change else change | self._maybe(0.3, "on", self._some_nodes)
