"""The negotiation between two Initiators and two kernels (Stallings, Fig. 14.2; Charlotte), as tables.

```
 Initiator of S                       Initiator of D            kernel S                    kernel D
 ASKED    1 Will you take P?  ------> PROMISED
 ORDERED  <------ 2 Yes, to machine 3
          3 Migrate P out  ---------------------------------->  4 Offer P  ---------------->
                                      ADMITTED  <------------------------------- 5 Offer P
                                      6 Migrate P in  ------------------------------------>  reserves frames
                                                                <------- 7 Accept the offer
 OVER     <----- its end -------------  OVER  <----- its end
```
It can be refused at 2 (policy), 5 (the kernel is short of memory) and 6 (policy, by what holds then). Nothing is reserved before 7: a
promise at 2 only counts when others ask. Every wait of an Initiator ends: by the answer, by time, or by the news that the other is dead.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from nodes.transitions import follow
from nodes.wire.ids import NodeName
from nodes.wire.packets import ProcessFigures


class AskState(enum.StrEnum):
    """The side that wants to give a process away."""

    ASKED = "asked"
    ORDERED = "ordered"
    REFUSED = "refused"
    OVER = "over"


class AskCause(enum.StrEnum):
    YES = "yes"
    NO = "no"
    SILENCE = "silence"
    CANCELLED = "cancelled"
    BROKEN = "broken"
    """The other Initiator's machine, or later the kernel's, is dead."""
    ENDED = "ended"
    """The kernel says what became of it."""


ASK_TRANSITIONS: dict[tuple[AskState, AskCause], AskState] = {
    (AskState.ASKED, AskCause.YES): AskState.ORDERED,
    (AskState.ASKED, AskCause.NO): AskState.REFUSED,
    (AskState.ASKED, AskCause.SILENCE): AskState.REFUSED,
    (AskState.ASKED, AskCause.CANCELLED): AskState.REFUSED,
    (AskState.ASKED, AskCause.BROKEN): AskState.REFUSED,
    (AskState.ORDERED, AskCause.BROKEN): AskState.OVER,
    (AskState.ORDERED, AskCause.ENDED): AskState.OVER,
}
"""An answer that has no arrow here comes too late: the promise is given back."""


class GiveState(enum.StrEnum):
    """The side that is asked to take a process in."""

    PROMISED = "promised"
    ADMITTED = "admitted"
    TURNED_AWAY = "turned away"
    LAPSED = "lapsed"
    OVER = "over"


class GiveCause(enum.StrEnum):
    ADMIT = "admit"
    """The offer came, and it still may come in."""
    TURN_AWAY = "turn away"
    NEVER_MIND = "never mind"
    SILENCE = "silence"
    BROKEN = "broken"
    """The asker's machine is dead, or the machine that was promised."""
    ENDED = "ended"


GIVE_TRANSITIONS: dict[tuple[GiveState, GiveCause], GiveState] = {
    (GiveState.PROMISED, GiveCause.ADMIT): GiveState.ADMITTED,
    (GiveState.PROMISED, GiveCause.TURN_AWAY): GiveState.TURNED_AWAY,
    (GiveState.PROMISED, GiveCause.NEVER_MIND): GiveState.LAPSED,
    (GiveState.PROMISED, GiveCause.SILENCE): GiveState.LAPSED,
    (GiveState.PROMISED, GiveCause.BROKEN): GiveState.LAPSED,
    (GiveState.PROMISED, GiveCause.ENDED): GiveState.OVER,
    (GiveState.ADMITTED, GiveCause.BROKEN): GiveState.OVER,
    (GiveState.ADMITTED, GiveCause.ENDED): GiveState.OVER,
}
"""An offer for which no promise is left is considered as if it were new."""


@dataclass
class Asking:
    """One migration, as the Initiator of its source knows it."""

    migration: str
    process: ProcessFigures
    source: NodeName
    to: NodeName
    strategy: str
    initiated_by: str
    deadline_ns: int
    asked_ns: int
    for_load: bool
    wished: bool
    """Somebody at the kernel waits for the outcome."""
    state: AskState = AskState.ASKED
    called_home: bool = False
    """Its home has called the process meanwhile."""

    def step(self, cause: AskCause) -> bool:
        """Follow one arrow of the table; tell whether there was one."""
        return follow(ASK_TRANSITIONS, self, cause)


@dataclass
class Giving:
    """One migration, as the Initiator of its destination knows it."""

    migration: str
    process: ProcessFigures
    source: NodeName
    source_load: int
    machine: NodeName
    """That was promised."""
    asker: NodeName
    """Where the other Initiator sits."""
    resource: str
    initiated_by: str
    for_load: bool
    deadline_ns: int
    state: GiveState = GiveState.PROMISED
    called_home: bool = False
    """Its home has called the process meanwhile."""

    def step(self, cause: GiveCause) -> bool:
        """Follow one arrow of the table; tell whether there was one."""
        return follow(GIVE_TRANSITIONS, self, cause)
