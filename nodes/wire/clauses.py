"""The clauses that say in an event why something happened: made from a table, so that they can be told in any language.

An event carries the English clause: it is what programs read and compare. Whoever tells it to people asks `recognised`, which finds the row
of the table that the clause was made from. A value in a clause may be a clause itself.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from nodes.wire.ids import NodeName
from nodes.wire.reasons import RULES
from nodes.wire.text import Text

CLAUSES: dict[str, Text] = {
    # -------------------------------------------------------------------------------------------------- why a process ends
    "signalled": Text("{signal}, {why}"),
    "from-outside": Text("from outside"),
    "sent-by": Text("sent by {sender}"),
    "the-user": Text("the user"),
    "misaligned": Text("SIGBUS, misaligned atomic instruction {word} at {address}"),
    "illegal": Text("SIGILL, illegal instruction {word} at {address}"),
    "breakpoint": Text("SIGTRAP, breakpoint at {address}"),
    "violation": Text("SIGSEGV at pc {pc}: {why}"),
    "handler-violation": Text("SIGSEGV at the call of a signal handler: {why}"),
    "stack-overflow": Text("stack overflow: {access} at {address}, below the stack of {mib} MiB"),
    "null-pointer": Text("{access} at {address}: a null pointer"),
    "nothing-mapped": Text("{access} at {address}: nothing is mapped there"),
    "no-right": Text("{access} at {address}: its page is {rights}"),
    "not-allowed": Text("{access} at {address} is not allowed"),
    "outside": Text("{access} of {bytes} bytes at {address}: outside the user's addresses"),
    "alternate-stack-full": Text("the alternate stack is full"),
    "read": Text("read"),
    "write": Text("write"),
    "execute": Text("execute"),
    "inaccessible": Text("not accessible"),
    "only": Text("{rights} only"),
    "and": Text("{one} and {other}"),
    "out-of-memory": Text(
        "out of memory: {where} needs a frame, and of the {total} of {machine} {reserved} are promised and the others cannot be spared"
    ),
    "a-call": Text("a system call"),
    "a-handler": Text("the call of a signal handler"),
    "an-access": Text("{access} at {address}"),
    "no-frame-from-elsewhere": Text(
        "out of memory: no frame of {machine} can be had for a page that came from elsewhere"
    ),
    "page-lost": Text("SIGBUS: page {page} of {process} is on {machine}, {why}"),
    "which-crashed": Text("which has crashed"),
    "whose-disk-is-silent": Text("whose disk has not answered for {patience}"),
    "which-lacks-it": Text("which has it no more"),
    # --------------------------------------------------------------------------------------- why a process cannot be had
    "no-frame-for-arguments": Text(
        "no frame can be had for its arguments: of {total}, {used} are in use and {reserved} promised"
    ),
    "no-frames-for-text": Text("of {total} frames only {free} can be had, and its program takes {pages}"),
    "arguments-too-long": Text("arguments and environment are longer than {limit} bytes"),
    # ----------------------------------------------------------------------------------------- why a migration comes to nothing
    "ended-meanwhile": Text("{process} has ended meanwhile"),
    "ended": Text("{process} has ended"),
    "flush-disk-gone": Text("the disk of {machine}, which the pages were flushed to, is gone with it"),
    "no-frame-left": Text("{machine} has no frame left for a page of {process}"),
    "image-damaged": Text("the image of {process} is damaged: {why}"),
    "pages-missing": Text("{count} pages did not come"),
    "page-in-no-region": Text("page {page} lies in no region"),
    "owner-crashed": Text("{machine} crashed after it had become the owner and before it said that the process runs"),
    "offer-unanswered": Text("no answer to the offer from {machine} for {seconds} s"),
    "no-progress": Text("no progress from {machine} for {seconds} s"),
    "keeper-silent": Text("no pages from {machine}, which keeps them, for {seconds} s"),
    # ----------------------------------------------------------------------------------------------- why mail finds nobody
    "knows-nothing": Text("{machine} knows nothing of {process}"),
    "hops": Text("passed on {count} times"),
    "last-known": Text("{process} was last known to be on {machine}, which has crashed"),
    "no-such-link": Text("{process} has no such link any more"),
    # ----------------------------------------------------------------------------------------------- nodes, and orders refused
    "down": Text("{machine} is down"),
    "crashed-unrecorded": Text("{machine} crashed before it had recorded its part"),
    "channel-broken": Text("{machine} did not know yet that {peer} is up again"),
    "down-already": Text("{machine} is down already"),
    "not-down": Text("{machine} is not down"),
    "paused-already": Text("{machine} is paused already"),
    "not-paused": Text("{machine} is not paused"),
    "restarted-since": Text("{machine} has been restarted since"),
    "killed-by-script": Text("{signal} by the script"),
    "killed-by-user": Text("{signal} by the user"),
    "killed-from-outside": Text("{signal} from outside"),
    "shut-down": Text("shut down, as announced"),
    "no-such-process": Text("there is no process {process}"),
    "lives-no-more": Text("{process} lives no more"),
    "nothing-changes": Text("Nothing would change"),
    # ------------------------------------------------- the seven messages of the negotiation (Stallings, Fig. 14.2), by step
    "1": Text("Will you take {process}?"),
    "2": Text("Yes, let it migrate to {machine}."),
    "3": Text("Migrate {process} out."),
    "4": Text("I offer {process}."),
    "5": Text("{process} is offered."),
    "6": Text("Migrate {process} in."),
    "7": Text("I accept the offer."),
}
"""What each clause says."""


_HEX = "0x[0-9a-f]+"
_VALUES = {
    "signal": "SIG[A-Z0-9]+",
    "access": "read|write|execute",
    "address": _HEX,
    "pc": _HEX,
    "word": _HEX,
    "page": _HEX,
}
"""What can stand for a value, where that is known: a regular expression."""


class _Row(NamedTuple):
    pattern: re.Pattern[str]
    text: Text


def clause(name: str, **values: str | int | float) -> str:
    """Return a clause as events carry it."""
    return str(CLAUSES[name].filled(**values))


def saying(step: int, process: str, machine: NodeName) -> str:
    """Return what is said at a step of the negotiation."""
    return clause(str(step), process=process, machine=machine)


def recognised(text: str) -> str:
    """Return the `Text` that a clause was made of, and so can be told in any language; what was not made from a table stands as it is."""
    for row in _rows():
        found = row.pattern.fullmatch(text)
        if found is not None:
            values = found.groupdict().items()
            return row.text.filled(**{name: value if name in _NAMES else recognised(value) for name, value in values})
    return text


_NAMES = frozenset({"machine", "name", "peer", "process", "program"})
"""Values that somebody has named, who may have used one of our words."""


@cache
def _rows() -> list[_Row]:
    """Return all clauses, the most definite first: those that begin with words of their own, and then those that have most of them."""
    texts = [text for text in (*CLAUSES.values(), *RULES.values()) if _own_words(text)]
    texts.sort(key=lambda text: (text.startswith("{"), -len(_own_words(text))))
    return [_Row(_pattern(text), text) for text in texts]


def _own_words(template: str) -> str:
    return re.sub(r"\{\w+\}", "", template)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    seen: set[str] = set()
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += f"(?P<{part}>{_VALUES.get(part, '.+?')})"
    return re.compile(pattern, re.DOTALL)
