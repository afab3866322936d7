"""A cluster that lives for ever: however many processes, migrations, evictions and links are over, nothing more is held of them.

A real life is lived again and again, by others: what has been seen of one cluster that comes to its end is told anew with other names, at
later times. So a thousand processes live and die in seconds, in front of everybody that follows the events of a session.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import msgspec
import pytest

from nodes.wire.events import AnyEvent, NodeAccounted, RunEnded, Stamped
from nodes.wire.parameters import NetworkParameters
from tuiclu.cluster import directory
from tuiclu.cluster.directory import Directory
from tuiclu.live.lecture import Lecture
from tuiclu.model import deliberations, doings, sources, traffic, transfers
from tuiclu.model.cluster import ClusterView
from tuiclu.model.invariants import InvariantChecker
from tuiclu.model.laws import ends, messages
from tuiclu.model.laws.processes import Pids
from tuiclu.model.narration import Narrator
from tuiclu.model.orders import Orders
from tuiclu.model.screen import ScreenView
from tuiclu.model.snapshots import SnapshotWatch
from tuiclu.scenario.compile import plan
from tuiclu.scenario.conditions import Condition, Watch
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up

LIFE = """
tuiclu: 1
cluster:
  network: {kind: bus, latency: 1 ms}
  defaults: {mips: 10, memory: 2 MiB, quantum: 5 ms}
  nodes: {n1: {}, n2: {owner: idle}, n3: {owner: idle}}
  policy: {load-sharing: periodic-sender, eviction: home, load: {interval: 50 ms}}
processes:
  QQa: {program: worker, args: {steps: 100000, pages: 8}, on: n1, count: 4}
  QQs: {program: server, args: [squares, 1, 100], on: n2}
  QQc: {program: client, args: [squares, 4, 20], on: n1}
script:
  - {at: 60 ms, migrate: {process: QQc, to: n3, strategy: copy-on-reference}}
  - {at: 80 ms, snapshot: n1}
  - {at: 90 ms, block: n3}
  - {at: 95 ms, migrate: {process: QQa2, to: n3}}
  - {at: 140 ms, migrate: {process: QQa3, to: n2}}
  - {at: 145 ms, activate: n3}
  - {at: 150 ms, activate: n2}
  - {at: 190 ms, signal: {process: QQa4, signal: SIGSTOP}}
  - {at: 200 ms, signal: {process: QQa4, signal: SIGKILL}}
  - {at: 210 ms, crash: n3}
  - {at: 230 ms, restart: n3}
  - {at: 400 ms, idle: n2}
"""
FEW = 4
"""How many of everything that is over are remembered here, not hundreds: so that all stocks are full after a few lives."""
EARLY, LATE = range(6, 12), range(24, 30)
"""The lives after which it is counted what is held."""


def one_life() -> list[Stamped]:
    """Return all that happens from when the nodes are up until nothing is left to happen."""
    seen: list[Stamped] = []
    view = ClusterView()
    stage = set_up(plan(load_scenario("-", LIFE)), view, title="a life", observers=[Follower(seen.append)])
    with stage.engine:
        stage.engine.run()
    assert stage.invariants.broken == {}
    kinds = {type(one.event).__name__ for one in seen}
    assert kinds >= {
        "EvictionCompleted",
        "LinkEnded",
        "MigrationCompleted",
        "NegotiationRefused",
        "NodeCrashed",
        "SnapshotEnded",
        "ResidualLeft",
        "DecisionTaken",
    }
    return [one for one in seen if not isinstance(one.event, RunEnded | NodeAccounted)]


_NAMES = re.compile(r'(?<=")(n\d)([./:])(\d+)|QQ|(?<="snapshot":")\d+')
_decode = msgspec.json.Decoder(AnyEvent).decode


def lived_again(life: list[Stamped], number: int) -> Iterator[Stamped]:
    """Yield a life as somebody else lives it: other processes, migrations, links and messages, later."""

    def other(found: re.Match[str]) -> str:
        if found[0] == "QQ":
            return f"QQ{number}x"
        if found[1] is None:
            return str(int(found[0]) + 10 * number)
        return f"{found[1]}{found[2]}{int(found[3]) + 10_000 * number}"

    later_ns = number * (life[-1].t + 1_000_000_000)
    for one in life:
        event = _decode(_NAMES.sub(other, msgspec.json.encode(one.event).decode()))
        yield Stamped(one.t + later_ns, one.seq + number * len(life), one.node, event)


def held(*roots: object) -> int:
    """Return how many objects are held, directly or not, beside code and single numbers."""
    seen: dict[int, object] = {}
    waiting: list[object] = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(
            one, type | ModuleType | FunctionType | BuiltinFunctionType | MethodType | int | float
        ):
            continue
        seen[id(one)] = one
        waiting += gc.get_referents(one)
    return len(seen)


@pytest.fixture
def few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (deliberations, "TALKS"),
        (directory, "DEAD_KNOWN"),
        (doings, "BURSTS"),
        (doings, "ENDED_SHOWN"),
        (doings, "MOST_HISTORIES"),
        (ends, "MOST_ENDS"),
        (messages, "LINKS_OVER"),
        (sources, "SUBJECTS"),
        (sources, "LATEST"),
        (traffic, "MESSAGES"),
        (transfers, "TRANSFERS"),
        (Pids, "MOST"),
    ):
        monkeypatch.setattr(module, name, FEW)


def test_nothing_more_is_held_after_many_lives_than_after_a_few(few_are_remembered: None) -> None:
    life = one_life()
    view = ClusterView(FEW)
    screen, laws, orders, names = ScreenView(view), InvariantChecker(view), Orders(view), Directory()
    narrators = {lang: Narrator(view, lang, "") for lang in ("en", "es")}
    watch, snapshots = Watch(Condition("process.exited", (), None, {}), again=True), SnapshotWatch()
    lecture = Lecture(NetworkParameters(kind="bus", bandwidth_bps=10_000_000, latency_ns=1_000_000))
    followers = (lecture, view, screen, laws, orders, names, narrators, watch, snapshots)
    sizes = {}
    for number in range(LATE.stop):
        for stamped in lived_again(life[0 if number == 0 else 1 :], number):
            names.observe(stamped)
            view.apply(stamped)
            screen.apply(stamped)
            told = {lang: narrator.tell(stamped) for lang, narrator in narrators.items()}
            orders.see(stamped, told)
            snapshots.observe(stamped)
            lecture.see(stamped.event)
            watch.see(stamped.fields(), {})
            assert list(laws.observe(stamped)) == []
        if number in EARLY or number in LATE:
            sizes[number] = held(*followers)
    more = max(sizes[number] for number in LATE) - max(sizes[number] for number in EARLY)
    assert more < (LATE.start - EARLY.start) // 2, f"one thing a life, or more, is held for ever: {sizes}"
