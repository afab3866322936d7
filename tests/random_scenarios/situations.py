"""Situations to which a scenario hardly comes by chance, because several things must fall together: some scenarios are led into one.

Each takes a scenario that was drawn and returns what must be added or changed for it. All the rest stays as chance wanted it, and may well
prevent it: that is no harm, there are many scenarios.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.nodes.kernel.assembler import A0, ZERO, Code
from tests.random_scenarios.chance import MS, Chance, Tree

UNKNOWN_CALL = "asks-for-what-is-not.elf"
"""The file of a program that makes a system call that no kernel has, again and again."""


def unknown_call() -> Code:
    """Return that program."""
    code = Code().li(A0, 0)
    for number in (4242, 1_000_000):
        code.call(number)
    return code.work(2000).call(4242).exit_with(ZERO)


def led_somewhere(chance: Chance, tree: Tree) -> Tree:
    """Return the scenario, or in one case of six one that is led into a situation."""
    if chance.random() < 5 / 6:
        return tree
    return chance.choice(list(SITUATIONS.values()))(chance, tree)


def _stopped_for_a_while(chance: Chance, tree: Tree) -> Tree:
    """Somebody stops a process, and lets it go on."""
    who = _long_one(chance, tree)
    stop_ns = chance.draw.randrange(chance.length_ns // 2)
    resume_ns = stop_ns + chance.draw.randrange(1, chance.length_ns // 2)
    signals = [(stop_ns, chance.choice(("SIGSTOP", "SIGTSTP"))), (resume_ns, "SIGCONT")]
    return _with_steps(tree, [{"at": f"{t} ns", "signal": {"process": who, "signal": one}} for t, one in signals])


def _with_handlers(chance: Chance, tree: Tree) -> Tree:
    """A process has handlers for the signals that it gets, on a machine that is fast enough for it to come to that."""
    node = chance.node()
    _hardware_of(tree, node)["mips"] = 333
    tree["processes"]["handlers"] = {"program": "signals.elf", "on": node}
    return tree


def _asks_for_what_is_not(chance: Chance, tree: Tree) -> Tree:
    """A program makes system calls that no kernel has."""
    tree["processes"]["asker"] = {"program": UNKNOWN_CALL, "on": chance.node()}
    return tree


def _dies_as_the_owner(chance: Chance, tree: Tree) -> Tree:
    """A node dies just when it has become the owner of a process, before it has said that the process goes on."""
    if len(chance.nodes) == 1:
        return tree
    _calm(tree)
    source, destination = chance.two_nodes()
    who = _long_one(chance, tree, source)
    at_ns = chance.draw.randrange(chance.length_ns // 4)
    tree["until"] = f"{2 * chance.length_ns + 1000 * MS} ns"
    return _with_steps(
        tree,
        [
            {"at": f"{at_ns} ns", "migrate": {"process": who, "to": destination}},
            {"when": {"event": "migration.committed", "process": who}, "crash": destination},
        ],
    )


def _bounces(chance: Chance, tree: Tree) -> Tree:
    """There is one job more than machines, and all are equal: the policy gives that one to and fro."""
    if len(chance.nodes) == 1:
        return tree
    _calm(tree)
    tree["processes"], tree["expect"] = {}, []
    for number, node in enumerate((*chance.nodes, chance.node())):
        _long_one(chance, tree, node, f"bouncer{number}")
    load = {"interval": "20 ms", "high": 1, "gain": 0, "residence": "0 s", "bounces": "allowed", "damping": 100}
    tree["cluster"]["policy"] = {"load-sharing": "periodic-sender", "load": load}
    tree["until"] = f"{2000 * MS} ns"
    return tree


def _thrashes(chance: Chance, tree: Tree) -> Tree:
    """A machine has fewer frames than its processes touch again and again; and in the end they are gone."""
    _calm(tree)
    node = chance.node()
    _hardware_of(tree, node).update({"memory": "128 KiB", "mips": 10, "disk": {"latency": "8 ms"}})
    args = {"pages": 24, "hot": 24, "writes": 30, "accesses": 1_000_000}
    for number in range(2):
        tree["processes"][f"scan{number}"] = {"program": "scan", "args": args | {"seed": number}, "on": node}
    tree["cluster"]["policy"]["load-sharing"] = "none"
    tree["until"] = f"{4000 * MS} ns"
    return _with_steps(tree, [{"at": f"{1700 * MS} ns", "kill": f"scan{number}"} for number in range(2)])


SITUATIONS: dict[str, Callable[[Chance, Tree], Tree]] = {
    "process.continued": _stopped_for_a_while,
    "signal.delivered": _with_handlers,
    "syscall.unknown": _asks_for_what_is_not,
    "migration.lost": _dies_as_the_owner,
    "process.bounced": _bounces,
    "node.thrashing": _thrashes,
}
"""By the kind of the event that shows that a scenario has come there."""


def _long_one(chance: Chance, tree: Tree, node: str | None = None, name: str = "patient") -> str:
    """Let there be a process that computes as long as the run lasts; return its name."""
    tree["processes"][name] = {"program": "forever.elf", "on": node or chance.node()}
    return name


def _calm(tree: Tree) -> None:
    """Let nothing come between: no owners, no limits to guests, no orders; machines and a wire of the usual speed."""
    cluster = tree["cluster"]
    cluster["network"]["bandwidth"] = "10 Mbit/s"
    for hardware in (cluster["defaults"], *cluster["nodes"].values()):
        for key in ("owner", "mips", "memory", "disk"):
            hardware.pop(key, None)
    for key in ("admission", "guest-memory", "answer-timeout", "communication"):
        cluster["policy"].pop(key, None)
    cluster["migration"], cluster["costs"], cluster["initiators"] = {}, {}, {}
    tree["script"], tree["expect"] = [], []  # of processes, too, that steps of the script would have started


def _hardware_of(tree: Tree, node: str) -> Tree:
    found: Tree = tree["cluster"]["nodes"][node]
    return found


def _with_steps(tree: Tree, steps: list[Tree]) -> Tree:
    tree["script"] += steps
    return tree
