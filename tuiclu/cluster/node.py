"""What the engine knows of one node."""

from __future__ import annotations

import heapq
import os
from dataclasses import dataclass, field
from typing import IO

from nodes.wire.bulk import new_file
from nodes.wire.control import CpuAccount, DueOrder, Report
from nodes.wire.ids import NodeName
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import NEVER_NS, NodeParameters
from nodes.wire.users_code import UsersModules
from tuiclu.cluster.launcher import NodeProcess
from tuiclu.cluster.policy import InForce
from tuiclu.cluster.wire import Transmission


@dataclass(eq=False, slots=True)
class Node:
    """What the engine knows of one node."""

    parameters: NodeParameters
    name: NodeName
    index: int
    """Its place in the plan; breaks ties."""
    in_force: InForce
    """What its kernel and its Initiator go by; it outlives the node's process."""
    life: int = 1
    process: NodeProcess | None = None
    """None: it has crashed."""
    reached_ns: int = 0
    """Nothing happens here before this instant any more."""
    next_ns: int | None = None
    """Nothing happens here before this instant unless something arrives; None: nothing ever will."""
    quiet_ns: int | None = None
    """Nor is anything sent before this one."""
    promised_ns: int = 0
    """What it is doing now, or did last, could begin at this instant at the earliest: the others were let run in reliance on that."""
    granted_ns: int = 0
    """It was let run so far, and no further."""
    quiet_until_ns: int = 0
    """And it was to send nothing before this instant."""
    asked: bool = False
    """It has not answered yet what it was let do."""
    account: CpuAccount | None = None
    """What its CPU had done at `reached_ns`."""
    paused_since_ns: int | None = None
    inbox: list[tuple[int, Transmission]] = field(default_factory=list)
    """A heap of (arrival, message)."""
    orders: list[DueOrder] = field(default_factory=list)
    images_to_load: dict[str, ProgramImage] = field(default_factory=dict)
    """Programs that came while it could not take them."""
    modules_to_load: UsersModules | None = None
    """And modules of a user's own classes."""
    granted: list[tuple[int, Transmission]] = field(default_factory=list)
    """What the node has been given, and has not come to yet: it may have stopped before what it was let run to."""
    dying: bool = False
    """Its process has ended, and the command that says so is due."""
    disk: IO[bytes] = field(default_factory=lambda: os.fdopen(new_file(), "r+b", buffering=0))
    """The file of its disk: it has no name, outlives the node's process, and ends with the cluster, however that ends."""
    peers_told: bool = True
    """Whether the others have been told of its last crash."""

    resumes_ns: int = 0
    """Where it goes on from a snapshot, nothing reaches it before this instant."""
    past_ns: int = -1
    """And what it was ordered up to this one it has carried out before."""
    knew: set[tuple[NodeName, int]] = field(default_factory=set)
    """And of which messages it had taken, by the numbers of their senders. Only ever asked."""
    knew_over: dict[NodeName, int] = field(default_factory=dict)
    """And of whose deaths it knew: of each node, the last of its lives that had ended."""

    def new_orders(self) -> list[DueOrder]:
        """Return the orders that it has not carried out before it recorded the state from which it goes on."""
        return [due for due in self.orders if due.at_ns > self.past_ns]

    def begin_anew(self) -> None:
        """Have nothing to do any more with a snapshot from which this node went on."""
        self.resumes_ns, self.past_ns = 0, -1
        self.knew, self.knew_over = set(), {}

    @property
    def runs(self) -> bool:
        return self.process is not None and self.paused_since_ns is None and not self.dying

    def earliest_ns(self) -> int | None:
        """Return the first instant at which something happens here as far as is known; None: never, or it stands still."""
        return None if self.dying else self.first_ns()

    def first_ns(self) -> int | None:
        """Return the same, or when it would if the process had not ended."""
        return self._no_sooner_than(self.next_ns)

    def sends_ns(self) -> int | None:
        """Return the first instant at which anything can be sent from here as far as is known; None: as `earliest_ns`."""
        return None if self.dying else self._no_sooner_than(self.quiet_ns)

    def let_run(self, promised_ns: int, granted_ns: int, quiet_until_ns: int | None) -> None:
        """Take note that it is asked to run, from where and how far, and when it can send first (None: never)."""
        self.promised_ns, self.granted_ns, self.asked = promised_ns, granted_ns, True
        self.quiet_until_ns = NEVER_NS if quiet_until_ns is None else quiet_until_ns

    def answered(self, report: Report) -> None:
        """Take note of how far it has come, and with it what it has been given, and of what is next."""
        self.asked = False
        self.reached_ns = report.reached_ns
        if self.granted:
            self.granted = [entry for entry in self.granted if entry[0] >= report.reached_ns]
        self.account = report.account
        self.next_ns, self.quiet_ns = report.next_ns, report.quiet_ns

    def promise_as_before(self, next_ns: int | None, quiet_ns: int | None) -> None:
        """Hold it to what it has said of what is next: a look makes it forget what it had executed ahead, and changes nothing."""
        self.next_ns = _later(self.next_ns, next_ns)
        self.quiet_ns = _later(self.quiet_ns, quiet_ns)

    def take_back(self) -> None:
        """Let what the node has been given, and never will come to, lie in its inbox again."""
        for entry in self.granted:
            heapq.heappush(self.inbox, entry)
        self.granted.clear()

    def _no_sooner_than(self, by_itself_ns: int | None) -> int | None:
        """Return when a node does something that it does by itself at an instant, or else when something comes to it."""
        if self.process is None or self.paused_since_ns is not None:
            return None
        earliest = by_itself_ns
        if self.inbox and (earliest is None or self.inbox[0][0] < earliest):
            earliest = self.inbox[0][0]
        if self.orders and (earliest is None or self.orders[0].at_ns < earliest):
            earliest = self.orders[0].at_ns
        return None if earliest is None or earliest >= NEVER_NS else max(earliest, self.reached_ns)


def _later(one_ns: int | None, other_ns: int | None) -> int | None:
    """Return the later of two instants; None, never, is later than any."""
    return None if one_ns is None or other_ns is None else max(one_ns, other_ns)
