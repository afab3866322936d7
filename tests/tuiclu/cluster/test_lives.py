"""Lives of nodes: what becomes of what was meant for one whose process has ended, or that cannot take it just now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from nodes.wire.control import DueOrder, KillProcess, LoadImage, LoadModules
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import MigrationParameters, NetworkParameters
from nodes.wire.reasons import verbatim
from nodes.wire.users_code import UsersModules
from tests.nodes.kernel.assembler import FOREVER
from tests.tuiclu.cluster.posts import Posts
from tuiclu.cluster.lives import Lives
from tuiclu.cluster.node import Node
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.errors import EmulatorError


class Process:
    """A node's process that has ended with a status, or can be killed."""

    pid = 7

    def __init__(self, status: int | None = None) -> None:
        self.status = status
        self.log: list[str] = []

    def end(self) -> int | None:
        return self.status

    def kill(self) -> None:
        self.log.append("kill")

    def bury(self) -> None:
        self.log.append("bury")

    def raise_if_orphaned(self) -> None: ...

    def last_lines(self) -> list[str]:
        return ["its last words"]


class Conversation:
    """Writes down what nodes are asked, and who is spoken to no more."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.ended: list[str] = []

    def ask(self, node: Node, question: Any) -> None:
        self.asked.append((node.name, question))

    def end(self, node: Node) -> None:
        self.ended.append(node.name)


class Cluster(Posts):
    """Three nodes whose lives are told of by `lives_of`."""

    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation()
        network = NetworkParameters("mesh", bandwidth_bps=1, latency_ns=1)
        images: dict[str, ProgramImage] = {}
        plan = ClusterPlan("", 1, network, (), MigrationParameters(), images)
        self.lives_of = Lives(plan, self.nodes, None, self.conversation, (), None)  # type: ignore[arg-type]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    os.close(made.lives_of._bulk)


def test_what_a_node_that_is_found_dead_was_given_lies_before_it_again(cluster: Cluster) -> None:
    node = cluster.nodes["n2"]
    entry = cluster.lies_before("n2", 10)
    cluster.traffic.deliveries(node, 100)
    node.process = Process(-9)  # type: ignore[assignment]

    cluster.lives_of.found_dead(node)

    assert (node.granted, node.inbox, node.dying) == ([], [entry], True)
    assert cluster.lives_of.struck == [(node, "SIGKILL")]
    assert cluster.conversation.ended == ["n2"]


@pytest.mark.parametrize("status", [0, 1, None])
def test_a_node_that_ends_by_itself_is_a_fault_of_ours(cluster: Cluster, status: int | None) -> None:
    node = cluster.nodes["n2"]
    node.process = Process(status)  # type: ignore[assignment]
    with pytest.raises(EmulatorError, match="its last words"):
        cluster.lives_of.found_dead(node)
    assert cluster.lives_of.struck == []


@pytest.mark.parametrize("dying", [False, True])
def test_with_a_life_ends_what_was_meant_for_it(cluster: Cluster, dying: bool) -> None:
    node, process = cluster.nodes["n2"], Process()
    node.process = process  # type: ignore[assignment]
    node.dying, node.asked, node.next_ns, node.quiet_ns = dying, True, 5, 6
    node.orders = [DueOrder(1, KillProcess("n2.1"))]
    node.images_to_load, node.modules_to_load = {"p": FOREVER}, UsersModules()

    cluster.lives_of.end(node, verbatim("why"))

    assert process.log == (["bury"] if dying else ["kill", "bury"])
    assert cluster.conversation.ended == ([] if dying else ["n2"])
    left: list[object] = [node.process, node.dying, node.asked, node.next_ns, node.quiet_ns, node.orders]
    assert left == [None, False, False, None, None, []]
    left = [node.images_to_load, node.modules_to_load]
    assert left == [{}, None]


def test_who_cannot_take_a_program_or_a_module_gets_it_when_it_runs_again_and_once(cluster: Cluster) -> None:
    node = cluster.nodes["n2"]
    node.paused_since_ns = 5
    users = UsersModules("", {"mine": ""})
    cluster.lives_of.load_image("p", FOREVER)
    cluster.lives_of.load_modules(users)
    wanted = [LoadImage("p", FOREVER), LoadModules(users)]
    assert cluster.conversation.asked == [(name, one) for one in wanted for name in ("n1", "n3")]

    node.paused_since_ns = None
    for _ in range(2):
        cluster.lives_of.catch_up(node)

    assert cluster.conversation.asked[4:] == [("n2", one) for one in wanted]
