"""Words for what the cluster calls by names of its own: kinds of messages, numbers of decisions, settings, what a process waits for.

No such name reaches a reader. Texts are English; the catalogue has the others. What is missing here is a name of a user's own, and
stands as it is, with blanks for what joins its parts.
"""

from __future__ import annotations

import re

from tuiclu.texts import Translate

MESSAGES: dict[str, str] = {
    "MigrationOffer": "offer of a process",
    "OfferAccepted": "offer accepted",
    "OfferRefused": "offer refused",
    "PageBatch": "pages",
    "PagesReceived": "pages received",
    "ProcessImage": "image without pages",
    "ImageInstalled": "image installed",
    "InstallFailed": "not installed",
    "OwnershipTransferred": "commit",
    "ProcessResumed": "process resumed",
    "MigrationAbandoned": "offer taken back",
    "PageRequest": "page wanted",
    "PagesSupplied": "pages on demand",
    "PagesPushed": "pages pushed",
    "PagesTaken": "pages taken",
    "PushHold": "push no more",
    "PushHeld": "push has stopped",
    "OwnerMoved": "it lives here now",
    "OwnerMoving": "it moves on",
    "PagesForgotten": "pages not wanted",
    "PagesClaimed": "pages claimed",
    "PagesToFlush": "pages for the disk",
    "PagesFlushed": "pages on disk",
    "Letter": "letter",
    "PlaceNoted": "place noted",
    "AddressTold": "forwarding address",
    "NodeBack": "node is back",
    "ProcessGone": "process has ended",
    "NamePublished": "name published",
    "NameAsked": "who has this name?",
    "FileWanted": "file wanted",
    "MoveWished": "wish to move",
    "WishCancelled": "wish taken back",
    "WillYouTake": "1 will you take it?",
    "YesMigrateTo": "2 yes",
    "NoThankYou": "2 no",
    "NeverMind": "never mind",
    "OfferRelayed": "5 it is offered",
    "MoveEnded": "move is over",
    "FiguresTold": "figures",
    "JobSubmitted": "job submitted",
    "MachineTold": "order for a machine",
    "ComeHome": "come home",
    "LoadTold": "load",
    "LoadAsked": "what is your load?",
    "WorkWanted": "work wanted",
    "NothingToGive": "nothing to give",
    "WishDenied": "wish denied",
    "MigrateOut": "3 migrate it out",
    "CallOff": "call it off",
    "MigrateIn": "6 migrate it in",
    "TurnAway": "6 turn it away",
    "StartHere": "start here",
    "GuestsFrozen": "freeze guests",
    "GuestsToBackground": "guests to background",
    "LinkRequested": "link wanted",
    "LinkGranted": "link granted",
    "LinkFragment": "data of a link",
    "LinkReceipt": "receipt of a link",
    "LinkEnquired": "does the link live?",
    "LinkGone": "link is gone",
    "LettersInDoubt": "letters in doubt",
    "SnapshotMarker": "snapshot marker",
    "LooseMarker": "late marker",
    "StateAsked": "state wanted",
    "StateTold": "state told",
    "SignalSent": "signal",
    "OrderSent": "order",
    "NameAnswered": "answer to a name",
    "FileContent": "content of a file",
    "PlaceTold": "where it is",
    "LetterReturned": "letter returned",
}
"""Kinds of messages between nodes, by the name of their type."""

NUMBERS: dict[str, str] = {
    "age_s": "age in s",
    "best": "best",
    "best_load": "its load",
    "by": "by",
    "bytes": "bytes",
    "call": "call",
    "cost_s": "cost in s",
    "error": "error",
    "free": "frames free",
    "fresh": "too new here",
    "gain": "gain wanted",
    "here": "jobs here",
    "home": "home",
    "idle_s": "idle for s",
    "instructions": "instructions",
    "jobs": "jobs",
    "left_s": "left in s",
    "limit": "limit",
    "load": "load",
    "locked": "told to stay",
    "machine": "machine",
    "max_age_s": "age allowed in s",
    "mib": "MiB",
    "moving": "moving",
    "name": "name",
    "on": "on",
    "other_load": "its load",
    "pages": "pages",
    "process": "process",
    "quota": "quota",
    "residence_s": "residence in s",
    "resource": "resource",
    "says": "says",
    "source": "from",
    "source_load": "load there",
    "span_s": "within s",
    "there": "jobs there",
    "threshold": "threshold",
    "threshold_s": "threshold in s",
    "to": "to",
    "to_load": "load there",
    "used": "used",
    "waited_s": "waited s",
    "waiting": "waiting",
    "waits": "waits",
    "window_s": "window in s",
}
"""What decisions compare, by the names of `nodes.wire.reasons`."""

SETTINGS: dict[str, str] = {
    "strategy": "strategy",
    "load-sharing": "load sharing",
    "victim": "victim",
    "target": "target",
    "dissemination": "dissemination",
    "placement": "placement",
    "admission": "admission",
    "eviction": "eviction",
    "redirection": "redirection",
    "communication": "communication",
    "guest-memory": "memory for guests",
    "idle-after": "idle after",
    "answer-timeout": "time for an answer",
}
"""What can be in force, by its key in a scenario."""

VALUES: dict[str, str] = {
    "none": "none",
    "sender-initiated": "sender-initiated",
    "receiver-initiated": "receiver-initiated",
    "symmetric": "symmetric",
    "periodic-sender": "sender, periodic",
    "periodic-receiver": "receiver, periodic",
    "periodic-symmetric": "symmetric, periodic",
    "mosix": "MOSIX",
    "newest": "newest",
    "longest-running": "longest running",
    "smallest": "smallest",
    "most-cpu": "most CPU time",
    "second-heaviest": "second heaviest",
    "least-loaded": "least loaded",
    "random": "random",
    "first-fit": "first fit",
    "longest-idle": "longest idle",
    "periodic": "periodic",
    "gossip": "gossip",
    "on-demand": "on demand",
    "home": "home",
    "renegotiate": "renegotiate",
    "keep-running": "keep running",
    "low-priority": "low priority",
    "forward": "forward",
    "update": "update",
}
"""What is in force, by its name. Strategies keep their names, which are what is typed."""

WAITS: dict[str, str] = {
    "sleep": "sleep",
    "signal": "a signal",
    "signals": "a signal",
    "page": "a page",
    "file": "a file",
    "link": "a link",
    "migration": "its own migration",
}
"""What a process waits for."""

PARTS: dict[str, str] = {
    "image": "program",
    "heap": "heap",
    "anonymous": "anonymous",
    "stack": "stack",
    "input": "input",
    "output": "output",
    "null": "nothing",
    "file": "file",
    "disk": "disk",
    "mail": "mail",
}
"""Regions of memory, kinds of open files, and what a process depends on a node for."""
TABLES = (MESSAGES, NUMBERS, SETTINGS, VALUES, WAITS, PARTS)
_JOINTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")


def spaced(name: str) -> str:
    """Return a name with blanks between its parts: for names that are in no table."""
    return _JOINTS.sub(" ", name).lower() if _JOINTS.search(name) else name


def word_for(table: dict[str, str], name: str, t: Translate) -> str:
    """Return what a reader is told for a name of a table."""
    return t(table[name]) if name in table else spaced(name)


def message_word(name: str, t: Translate) -> str:
    """Return what a reader is told for a kind of message, passed on or not."""
    kind, _, forwarded = name.partition(" (")
    word = word_for(MESSAGES, kind, t)
    return f"{word} ({t('passed on')})" if forwarded else word
