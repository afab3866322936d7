"""Migrations, from the wish to the last page."""

from __future__ import annotations

from nodes.wire.events import (
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationFrozen,
    MigrationLost,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.ids import NodeName
from nodes.wire.parameters import PAGE_BYTES
from nodes.wire.text import Text
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Teller, Values, milliseconds
from tuiclu.texts import told

_PLAIN_WISHES = ("asked-for-by-user", "asked-for-by-script", "own-will")
"""Reasons that say no more than who wants it."""
_RULES = {
    "few pages left": Text("few pages are left"),
    "freeze goal": Text("the rest is short enough"),
    "no gain": Text("another round would gain nothing"),
    "round limit": Text("there were rounds enough"),
}
"""Why precopy freezes the process just now."""
_NEEDS = {
    "memory": Text("{count} in its memory, and would be lost with it"),
    "disk": Text("{count} on its disk, and can be waited for"),
    "mail": Text("it passes on the mail of links ({count}), which would be cut off without it"),
}
"""What a process depends on a node for."""
_NEEDED_NO_MORE = {
    False: Text("keeps no page of"),
    True: Text("passes on no mail for links of"),
}
"""What a node no longer does for a process: pass on mail?"""
_MOVED = {
    (False, False): Text("have moved to {destination}"),
    (False, True): Text("has moved to {destination}"),
    (True, False): Text("have been flushed to disk"),
    (True, True): Text("has been flushed to disk"),
}
"""Where the pages of a round went: to a disk? Is it one page?"""
_ACCEPTS = {
    True: Text("{destination} accepts {process} and has reserved frames for it"),
    False: Text("{destination} had accepted {process}, and reserved frames for it, before it crashed"),
}
"""That a destination takes a process: is it alive when the source hears of it?"""
_BELONGS = {
    True: Text("belongs to {destination} now"),
    False: Text("is given to {destination}, which has crashed unnoticed"),
}
"""Whose a process is from the commit on: is there anybody to own it?"""
_DESTROYS = {
    (False, False): Text("destroys its copy, pages and all"),
    (True, False): Text("destroys its copy, but for {in_memory} that it keeps in memory until they are wanted"),
    (False, True): Text("destroys its copy, but for {on_disk} on its disk; its memory is free"),
    (True, True): Text(
        "destroys its copy, but for {in_memory} that it keeps in memory until they are wanted, and {on_disk} on its disk"
    ),
}
"""What becomes of the source's copy: are there pages that it keeps in memory, and on its disk?"""
STAGES = {
    "asked": Text("while it was negotiated"),
    "offered": Text("while it was offered"),
    "transferring": Text("while its pages were sent"),
    "installing": Text("when all was sent"),
}
"""How far a migration had come that is aborted."""
_FATES = {
    "ended": Text("{process} has ended"),
    "stopped": Text("It stays stopped, on {where}"),
    "frozen": Text("It still stands still, on {where}"),
    "going on": Text("It goes on where it was, on {where}"),
}
"""What becomes of a process whose migration is aborted."""
_LOST = {
    False: Text("{process} is lost"),
    True: Text("{source} will never hear that {process} has arrived"),
}
"""What the source can only take for a loss: had the process gone on?"""
_GOES_ON = {
    False: Text("goes on,"),
    True: Text("has arrived, and stays stopped,"),
}
"""What a process does after its move: is it stopped?"""


class OfMigrations(Teller):
    @on
    def started(self, event: MigrationStarted, t: int, node: NodeName) -> Values:
        plain = event.reason.rule in _PLAIN_WISHES
        return {"grounds": "" if plain else f": {self._why(event.reason)}"}

    @on
    def accepted(self, event: MigrationAccepted, t: int, node: NodeName) -> Values:
        destination = self._view.migrations[event.migration].destination
        is_up = self._view.nodes[destination].state != "down"
        return {"accepted": self._say(_ACCEPTS[is_up], destination=destination, process=self._view.name_of(event.pid))}

    @on
    def frozen(self, event: MigrationFrozen, t: int, node: NodeName) -> Values:
        rule = frozen_because(event.why, self._lang)
        return {"because": f" ({rule})" if rule else ""}

    @on
    def round_over(self, event: MigrationRound, t: int, node: NodeName) -> Values:
        migration = self._view.migrations.get(event.migration)
        if migration is None:
            return {}
        moved = _MOVED[migration.record[-1].why == "flush", event.pages == 1]
        size = event.bytes or event.pages * PAGE_BYTES  # to the node's own disk, no byte goes by wire
        return {
            "moved": self._say(moved, destination=migration.destination),
            "count": self._counted(event.pages, "page"),
            "kib": f"{size / 1024:.0f}",
            "milliseconds": milliseconds(event.duration_ns),
        }

    @on
    def committed(self, event: MigrationCommitted, t: int, node: NodeName) -> Values:
        process = self._view.processes.get(event.pid)
        in_memory, on_disk = event.in_memory, event.on_disk
        kept = {"in_memory": self._counted(in_memory, "page"), "on_disk": self._counted(on_disk, "page")}
        return {
            "belongs": self._say(_BELONGS[process is None or process.alive], destination=event.destination),
            "destroys": self._say(_DESTROYS[in_memory > 0, on_disk > 0], **kept),
        }

    @on
    def residual_left(self, event: ResidualLeft, t: int, node: NodeName) -> Values:
        if event.links:
            return {"needs": self._say(_NEEDS["mail"], count=len(event.links))}
        count = self._counted(len(event.pages), "of its pages")
        return {"needs": self._say(_NEEDS["disk" if event.on_disk else "memory"], count=count)}

    @on
    def residual_ended(self, event: ResidualEnded, t: int, node: NodeName) -> Values:
        return {"needed_no_more": self._say(_NEEDED_NO_MORE[event.mail])}

    @on
    def resumed(self, event: MigrationResumed, t: int, node: NodeName) -> Values:
        return {"goes_on": self._say(_GOES_ON[self._view.processes[event.pid].stopped])}

    @on
    def aborted(self, event: MigrationAborted, t: int, node: NodeName) -> Values:
        process = self._view.processes.get(event.pid)
        if process is None or not process.alive:
            fate = "ended"
        elif process.state == "frozen" and event.stage == "asked":  # else it is let go now
            fate = "frozen"
        else:
            fate = "stopped" if process.stopped else "going on"
        where = self._view.migrations[event.migration].source if process is None else process.node
        return {
            "stage": self._say(STAGES[event.stage]),
            "fate": self._say(_FATES[fate], process=self._view.name_of(event.pid), where=where),
        }

    @on
    def lost(self, event: MigrationLost, t: int, node: NodeName) -> Values:
        migration = self._view.migrations[event.migration]
        arrived, process = migration.resumed_ns is not None, self._view.name_of(event.pid)
        return {"lost": self._say(_LOST[arrived], source=migration.source, process=process)}


def frozen_because(why: str, lang: str) -> str:
    """Return why a process was frozen just then; a strategy of one's own has its own words."""
    return told(_RULES.get(why, why), lang)
