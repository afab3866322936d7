"""What happened lately, folded from the events: all that a screen shows beyond the state of the cluster.

Pure. Every history is bounded, so that a session may last for days.
"""

from __future__ import annotations

from nodes.wire.events import Stamped
from tuiclu.model.beliefs import Beliefs
from tuiclu.model.cluster import ClusterView
from tuiclu.model.deliberations import Deliberations
from tuiclu.model.doings import Doings
from tuiclu.model.fold import Table
from tuiclu.model.frames_owned import FramesOwned
from tuiclu.model.sources import Sources
from tuiclu.model.traffic import Traffic
from tuiclu.model.transfers import Transfers


class Histories:
    """Recent histories, beside the view that they belong to. `apply` comes after the view has seen the event."""

    def __init__(self, view: ClusterView, *, keeps_messages: bool = False) -> None:
        """`keeps_messages`: all of them, and not the latest alone."""
        self.sources = Sources()
        self.doings = Doings(view)
        self.transfers = Transfers(view, self.doings)
        self.traffic = Traffic(view, self.transfers, keeps_all=keeps_messages)
        self.deliberations = Deliberations(view)
        self.beliefs = Beliefs()
        self.frames = FramesOwned(view, self.doings, self.transfers)
        self._table = Table(self.doings, self.transfers, self.traffic, self.deliberations, self.beliefs, self.frames)

    def apply(self, stamped: Stamped) -> None:
        """Take the next event, which the view has seen."""
        self.sources.take(stamped)
        self._table.apply(stamped)
