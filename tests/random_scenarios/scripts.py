"""Steps of a script drawn at random, and lines that somebody types: every verb, at any time, once or again and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import get_args

from tests.random_scenarios.chance import Chance, Tree
from tests.random_scenarios.clusters import migration, policy
from tests.random_scenarios.jobs import launch
from tuiclu.scenario import schema
from tuiclu.scenario.parser import EVENT_FIELDS
from tuiclu.scenario.schema import STRATEGIES

_TELLING = (
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
"""Events upon which something interesting can be done."""
_DEADLY = ("SIGKILL", "SIGSEGV", "SIGTERM", "SIGRTMIN")
_NOTHING = {"heal": True}


def step(chance: Chance) -> Tree:
    """Draw a step: a verb, and when."""
    verb = _verb(chance)
    return _timing(chance, again="spawn" not in verb) | verb


def line(chance: Chance) -> str:
    """Draw a verb as it is typed."""
    while True:
        ((verb, value),) = _verb(chance).items()
        if verb == "spawn":
            del value["name"]
        if verb != "stop":
            return verb if value is True else f"{verb} {value if isinstance(value, str) else json.dumps(value)}"


# --------------------------------------------------------------------------------------------------------------- when


def _timing(chance: Chance, *, again: bool) -> Tree:
    match chance.draw.choices(("at", "when", "whenever", "every"), (60, 25, 6 * again, 8 * again))[0]:
        case "at":
            return {"at": chance.span()} | chance.maybe(0.15, "by", chance.one_of("user", "outside"))
        case "when":
            return {"when": _event(chance)}
        case "whenever":
            often = {key: value for key, value in _event(chance).items() if key != "pages"}
            return {"whenever": often | {"count": chance.choice((3, 10, 50))}}
        case _:
            every_ns = chance.draw.randint(chance.length_ns // 12, chance.length_ns)
            return {
                "every": f"{every_ns} ns",
                **chance.maybe(0.5, "at", chance.span),
                **chance.maybe(0.5, "jitter", lambda: f"{chance.choice((0, 1, every_ns // 3, every_ns))} ns"),
            }


def _event(chance: Chance) -> Tree:
    """Draw an event to wait for, and what must be so of it."""
    kind = chance.choice(_TELLING) if chance.random() < 0.55 else chance.choice(list(EVENT_FIELDS))
    fields = EVENT_FIELDS[kind]
    about_a_process = bool({"pid", "process"} & set(fields))
    return {
        "event": kind,
        **(chance.maybe(0.2, "process", chance.some_processes) if about_a_process else {}),
        **chance.maybe(0.1, "node", chance.node),
        **chance.maybe(0.05, "seq", chance.number(0, 100)),
        **(chance.maybe(0.2, "strategy", chance.one_of(*STRATEGIES)) if "strategy" in fields else {}),
        **(
            {"pages": chance.choice((1, 10))}
            if "pages" in fields and chance.random() < 0.3
            else chance.maybe(0.2, "count", chance.one_of(1, 2, 5))
        ),
        **chance.maybe(0.3, "after", chance.span),
    }


# ---------------------------------------------------------------------------------------------------------------- what


def _verb(chance: Chance) -> Tree:
    verb = chance.draw.choices(list(_VERBS), [weight for weight, _ in _VERBS.values()])[0]
    drawn = _VERBS[verb][1](chance)
    return _NOTHING if drawn is None else {verb: drawn}


def _migrate(chance: Chance) -> Tree:
    return {"process": chance.process(), "to": chance.node()} | chance.maybe(
        0.6, "strategy", chance.one_of(*STRATEGIES)
    )


def _spawn(chance: Chance) -> Tree:
    chance.spawned += 1
    name = f"S{chr(ord('a') + chance.spawned)}"
    chance.processes.append(name)
    return launch(chance) | {"name": name, "on": chance.node()}


def _signal(chance: Chance) -> Tree:
    likely = ("SIGSTOP", "SIGCONT") if chance.random() < 0.5 else get_args(schema.SignalName)
    return {"process": chance.process(), "signal": chance.choice(likely)}


def _crash(chance: Chance) -> str | Tree:
    node = chance.node()
    return chance.choice((node, node, {"node": node, "signal": chance.choice(_DEADLY)}))


def _slow(chance: Chance) -> Tree:
    return {"node": chance.node(), "factor": chance.choice(("1 %", "50 %", "100 %"))}


def _partition(chance: Chance) -> list[str] | Tree | None:
    if len(chance.nodes) == 1:
        return None
    one, other = chance.two_nodes()
    both = {"nodes": [one], "others": [other]}
    return chance.choice(
        ([one], both, both | {"one-way": True}, {"from": one, "to": other}, {"from": other, "to": [one]})
    )


def _heal(chance: Chance) -> bool | list[str] | Tree:
    if len(chance.nodes) == 1:
        return True
    one, other = chance.two_nodes()
    return chance.choice((True, True, [one], {"nodes": [one]}, {"nodes": [one], "others": [other]}))


def _stay(chance: Chance) -> Tree:
    return chance.choice(({"process": chance.process()}, {"node": chance.node()})) | _lifted(chance)


def _block(chance: Chance) -> str | Tree:
    return chance.choice((chance.node(), {"node": chance.node()} | _lifted(chance)))


def _lifted(chance: Chance) -> Tree:
    return chance.maybe(0.3, "lifted", lambda: True)


def _set(chance: Chance) -> Tree:
    change = policy(chance) | chance.maybe(0.3, "migration", lambda: migration(chance))
    change = {key: value for key, value in change.items() if value != {}}
    change = change or {"strategy": chance.strategy()}
    if "redirection" in change:
        return change
    return change | chance.maybe(0.3, "on", chance.one_of(chance.node(), chance.some_nodes()))


def _ask(chance: Chance) -> Tree:
    return {"question": "Why?", "answer": {"en": "So.", "es": "Por eso."}} | chance.maybe(
        0.5, "choices", lambda: ["A", {"en": "B", "es": "C"}]
    )


def _snapshot(chance: Chance) -> str | Tree:
    """Draw how the state of the cluster is recorded: as Chandy and Lamport do it, or one of the wrong ways."""
    begins = chance.one_of(chance.node(), chance.some_nodes())
    ways: tuple[str | Tree, ...] = (
        chance.node(),
        {"way": "markers"} | chance.maybe(0.7, "from", begins),
        {"way": "clocks", "at": chance.span()},
        {"way": "poll"} | chance.maybe(0.7, "from", chance.node),
        {"way": "unordered"} | chance.maybe(0.7, "from", begins),
    )
    return chance.choice(ways)


_VERBS: dict[str, tuple[float, Callable[[Chance], object]]] = {
    "migrate": (14, _migrate),
    "cancel": (3, Chance.process),
    "spawn": (2, _spawn),
    "kill": (2, Chance.process),
    "signal": (4, _signal),
    "crash": (3, _crash),
    "restart": (3, Chance.node),
    "pause": (2, Chance.node),
    "resume": (2, Chance.node),
    "slow": (2, _slow),
    "partition": (2, _partition),
    "heal": (3, _heal),
    "activate": (5, Chance.node),
    "idle": (2, Chance.node),
    "stay": (2, _stay),
    "block": (2, _block),
    "expel": (2, Chance.node),
    "bring": (2, Chance.node),
    "shutdown": (2, lambda chance: {"node": chance.node(), "in": chance.span()}),
    "set": (3, _set),
    "snapshot": (3, _snapshot),
    "say": (1, lambda chance: chance.choice(("Something.", {"en": "Something.", "es": "Algo."}))),
    "ask": (0.5, _ask),
    "chapter": (0.5, lambda chance: chance.choice(("A part.", {"en": "A part.", "es": "Una parte."}))),
    "stop": (0.2, lambda _: True),
}
"""How each verb is drawn, and how likely it is."""
