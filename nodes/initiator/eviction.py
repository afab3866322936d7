"""Eviction: who has to leave a machine, who has left, and who could not. A record; the Initiator asks for the places.

| policy | while it is on its way | where to | strategy |
|---|---|---|---|
| `home` (Sprite) | frozen at once | home, else anywhere | whole image, nothing left behind |
| `renegotiate` | frozen at once | wherever it is taken, else home | the cluster's |
| `keep-running` | runs on | wherever it is taken, else home | precopy |
| `low-priority` | runs when nobody else wants the CPU | nowhere | - |

Whom nobody takes is left in the background. Before a shutdown all have to leave, one after the other, those that have run longest first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nodes.wire.ids import NodeName, Pid


@dataclass
class Eviction:
    """The eviction of some processes from one machine."""

    cause: str
    """`owner`, `expel` or `shutdown`."""
    policy: str
    pids: list[Pid]
    one_by_one: bool
    gone: list[Pid] = field(default_factory=list)
    stay: list[Pid] = field(default_factory=list)
    """Those that are left where they were."""
    tried: dict[Pid, list[NodeName]] = field(default_factory=dict)
    told: bool = False
    """Its end has been reported."""

    @property
    def freezes(self) -> bool:
        """Whether the processes stop at once."""
        return self.cause != "shutdown" and self.policy in ("home", "renegotiate")

    @property
    def strategy(self) -> str:
        """How they are moved; empty: as the cluster moves processes."""
        if self.cause == "shutdown":
            return ""
        return {"home": "eager-all", "keep-running": "precopy"}.get(self.policy, "")

    def open(self) -> list[Pid]:
        """Return those of whom it is not yet known whether they leave."""
        return [pid for pid in self.pids if pid not in self.gone and pid not in self.stay]

    def note(self, pid: Pid, to: NodeName, *, moved: bool) -> None:
        """Note how an attempt to move one came out."""
        if moved and pid in self.pids and pid not in self.gone:
            self.gone.append(pid)
