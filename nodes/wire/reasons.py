"""Why something was decided as it was, or came about: the row of a table by its name, and what its sentence names.

Events and packets carry a `Reason`, never a text made up on the spot: it can be counted, compared and told in any language. What it
names may be a reason itself: `SIGSEGV at pc 0x1000: ` and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

import msgspec

from nodes.wire.ids import NodeName
from nodes.wire.text import NOTHING, Text


class Reason(msgspec.Struct, frozen=True):
    """A row of the table below, with what it names: names, numbers in the units that the sentence says, or further reasons."""

    rule: str
    """A key of `RULES`."""
    numbers: dict[str, int | float | str | Reason] = {}

    def text(self) -> Text:
        """Return what it says: a clause without a full stop, which can be told in any language."""
        return RULES[self.rule].filled(**{name: _text_of(value) for name, value in self.numbers.items()})

    def __str__(self) -> str:
        """Return the English clause: what lines of the event stream have for programs and for people."""
        return str(self.text())


Number = int | float | str | Reason
"""What a reason can name."""


class WithReason(Exception):
    """Base of exceptions that say why they are raised."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why)
        self.why = why


def reason(rule: str, **numbers: Number) -> Reason:
    """Return a reason. Raises LookupError if there is no such rule, or if its sentence names something else."""
    if rule not in NAMES:
        raise LookupError(f"there is no rule `{rule}`")
    if NAMES[rule] != numbers.keys():
        raise LookupError(f"the rule `{rule}` names {sorted(NAMES[rule])}, and not {sorted(numbers)}")
    return Reason(rule, numbers)


def verbatim(said: str) -> Reason:
    """Return the reason of somebody who has words of his own, such as a user's policy: they are told as they are."""
    return Reason("text", {"says": said})


def saying(step: int, process: str, machine: NodeName) -> Reason:
    """Return what is said at a step of the negotiation."""
    rule, known = f"step-{step}", {"process": process, "machine": machine}
    return Reason(rule, {name: known[name] for name in NAMES[rule]})


def load(milli: int) -> float:
    """Return a load in processes of a reference machine, as people read it."""
    return round(milli / 1000, 2)


def seconds(ns: int) -> float:
    """Return a span in seconds, to the millisecond."""
    return round(ns / 1e9, 3)


# ------------------------------------------------------------------------------------------------------------- as plain data


def fields_of(why: Reason | None, name: str = "reason") -> dict[str, Any]:
    """Return a reason as results have it: in English for people, and beside it what programs compare and other languages need."""
    if why is None:
        return {name: "", "rule": "", "numbers": {}}
    return {name: str(why), "rule": why.rule, "numbers": msgspec.to_builtins(why.numbers)}


def from_fields(said: str, rule: str, numbers: Mapping[str, Any]) -> Reason | None:
    """Return the reason of which `fields_of` was made; one in its own words if another version has made it, or none."""
    try:
        why = msgspec.convert({"rule": rule, "numbers": numbers}, Reason)
        str(why)
    except (LookupError, ValueError):
        return verbatim(said) if said else None
    return why


def text_in(fields: Mapping[str, Any], name: str = "reason") -> Text:
    """Return what such fields say, so that it can be told in any language; those of an older version in English."""
    why = from_fields(fields[name], fields.get("rule", ""), fields.get("numbers", {}))
    return NOTHING if why is None else why.text()


def _text_of(value: Number) -> object:
    return value.text() if isinstance(value, Reason) else value


DECISIONS: dict[str, Text] = {
    # ------------------------------------------------------------------------- nothing is asked
    "below-threshold": Text("load {load} is below {threshold}"),
    "above-threshold": Text("load {load} is not below {threshold}"),
    "waits-for-answer": Text("one negotiation at a time: {process} has been asked for at {to}"),
    "no-victim": Text(
        "load {load}, but no process may leave: {fresh} here for less than {residence_s} s, {locked} told to "
        "stay, {moving} moving, {waiting} waiting"
    ),
    "nobody-known": Text("load {load}, but nothing newer than {max_age_s} s is known of any other node"),
    "nobody-lighter": Text(
        "load {load}, and with {process} even {best} would have {best_load} (as told {age_s} s ago): less "
        "gain than {gain}"
    ),
    "told-to-stay": Text("the processes of {machine} were told to stay"),
    "nobody-loaded": Text("load {load} is low, but nobody is known to have {threshold} or more"),
    "user-policy": Text("the policy says: {says}"),
    "user-policy-failed": Text("the policy {name} failed: {error}"),
    # --------------------------------------------------------------------------- something is asked
    "lighter": Text("load {load} is not below {threshold}, and {to} has {to_load} (as told {age_s} s ago)"),
    "at-random": Text("load {load} is not below {threshold}; {to} was drawn at random"),
    "work-wanted": Text("{to} with load {to_load} asks for work, and {machine} has load {load}"),
    "asks-for-work": Text("load {load} is below {threshold}, and {machine} has {other_load} (as told {age_s} s ago)"),
    "too-young": Text.forms(
        "here",
        "{process} has run for {age_s} s, and its move would cost {cost_s} s: not worth it with {here} job "
        "here and {there} there",
        "{process} has run for {age_s} s, and its move would cost {cost_s} s: not worth it with {here} jobs "
        "here and {there} there",
    ),
    "nobody-below-mosix": Text(
        "load {load}, and with 1.3 of {process} even {best} would have {best_load} (as told {age_s} s ago)"
    ),
    "probed": Text.forms(
        "jobs",
        "{machine} has {jobs} job, and the threshold is {threshold}; {to} was drawn at random",
        "{machine} has {jobs} jobs, and the threshold is {threshold}; {to} was drawn at random",
    ),
    "short-queue": Text.forms(
        "jobs", "{machine} has {jobs} job: fewer than {threshold}", "{machine} has {jobs} jobs: fewer than {threshold}"
    ),
    "queue-not-below": Text.forms(
        "jobs",
        "{machine} has {jobs} job: not fewer than {threshold}",
        "{machine} has {jobs} jobs: not fewer than {threshold}",
    ),
    "nobody-below": Text.forms(
        "threshold",
        "nobody who was asked has fewer than {threshold} job",
        "nobody who was asked has fewer than {threshold} jobs",
    ),
    "nobody-above": Text("nobody who was asked has a job to give beside {threshold}"),
    "long-queue": Text.forms(
        "jobs",
        "{to} asks for work, and {machine} has {jobs} job: more than {threshold}",
        "{to} asks for work, and {machine} has {jobs} jobs: more than {threshold}",
    ),
    "queue-too-short": Text.forms(
        "jobs",
        "{machine} has {jobs} job: not more than {threshold}",
        "{machine} has {jobs} jobs: not more than {threshold}",
    ),
    "none-may-go": Text.forms(
        "jobs",
        "{machine} has {jobs} job, more than {threshold}, but none that may leave",
        "{machine} has {jobs} jobs, more than {threshold}, but none that may leave",
    ),
    "placed": Text("a new job starts where the load is least: {to} has {to_load}, {machine} has {load}"),
    "starts-here": Text("no node is known to be lighter than {machine} with load {load} by {gain}"),
    "full": Text.forms(
        "jobs", "{machine} has {jobs} job, and admits {limit}", "{machine} has {jobs} jobs, and admits {limit}"
    ),
    "asked-for-by-user": Text("asked for by the user"),
    "asked-for-by-script": Text("asked for by the script"),
    "own-will": Text("it asks for it itself"),
    "wants-resource": Text("it asks for {resource}, which {to} has"),
    "talks-to": Text.forms(
        "bytes",
        "it exchanged {bytes} byte with {to} in the last {span_s} s",
        "it exchanged {bytes} bytes with {to} in the last {span_s} s",
    ),
    "evicted": Text("the owner of {machine} is back"),
    "expelled": Text("{machine} expels all guests"),
    "called-home": Text("{home} calls its processes home"),
    "shutting-down-soon": Text("{machine} will go down in {left_s} s"),
    # ------------------------------------------------------------------------------ yes and no
    "user-wishes": Text.forms(
        "free",
        "load {load}, {free} frame free; a user's wish is not a question of load",
        "load {load}, {free} frames free; a user's wish is not a question of load",
    ),
    "comes-home": Text("{process} comes home, and home never refuses"),
    "has-resource": Text("{machine} has {resource}"),
    "light-enough": Text("load {load} with {process}, and {source} has {source_load}"),
    "room-for-guest": Text.forms(
        "free",
        "load {load}, {free} frame free: a guest that has to leave {source} may come",
        "load {load}, {free} frames free: a guest that has to leave {source} may come",
    ),
    "blocked": Text("{machine} is blocked for guests"),
    "owner-active": Text(
        "the owner of {machine} is at work: the last key was {idle_s} s ago, guests may come after {threshold_s} s"
    ),
    "shutting-down": Text("{machine} is about to go down"),
    "no-resource": Text("{machine} has no {resource}"),
    "too-loaded": Text(
        "{machine} would have load {load} with {process}, and {source} has {source_load}: less gain than {gain}"
    ),
    "crosses": Text("{process} is about to go to {to} itself"),
    "pages": Text.forms(
        "waits",
        "the processes of {machine} had to wait for a page {waits} time in the last second, and {limit} is too often",
        "the processes of {machine} had to wait for a page {waits} times in the last second, and {limit} is too often",
    ),
    "over-limit": Text("{machine} has load {load}, and takes guests below {threshold}"),
    "bounces": Text("{process} left {machine} {left_s} s ago, and may not come back for {window_s} s"),
    "over-quota": Text.forms(
        "quota",
        "guests may have {quota} frame of {machine}; they have {used}, and {process} needs {pages}",
        "guests may have {quota} frames of {machine}; they have {used}, and {process} needs {pages}",
    ),
    "opt-alone": Text(
        "replacement `opt` of {machine} needs to know every reference in advance, which is possible for one "
        "process alone, and {process} is there"
    ),
    "opt-from-start": Text(
        "replacement `opt` of {machine} needs to know every reference in advance, and learns them where a "
        "process is started"
    ),
    "opt-asks": Text.forms(
        "instructions",
        "replacement `opt` needs to know every reference in advance, and what {process} does after "
        "{instructions} instruction depends on the answer to a system call (number {call})",
        "replacement `opt` needs to know every reference in advance, and what {process} does after "
        "{instructions} instructions depends on the answer to a system call (number {call})",
    ),
    "opt-too-long": Text.forms(
        "instructions",
        "replacement `opt` needs to know every reference in advance, and {process} has not ended after "
        "{instructions} instruction",
        "replacement `opt` needs to know every reference in advance, and {process} has not ended after "
        "{instructions} instructions",
    ),
    "opt-too-large": Text(
        "replacement `opt` needs to know every reference in advance, and {process} uses more than {mib} MiB"
    ),
    "too-few-frames": Text.forms(
        "free",
        "{machine} has {free} frame free, {process} needs {pages}",
        "{machine} has {free} frames free, {process} needs {pages}",
    ),
    # --------------------------------------------------------------------- what can go wrong on the way
    "no-answer": Text("{by} has not answered for {waited_s} s"),
    "connection-broken": Text("the connection to {by} is broken"),
    "cancelled": Text("it was cancelled"),
    "is-down": Text("{machine} is known to be down"),
    "everybody-down": Text("load {load}, but every other node is known to be down"),
    "no-initiator-answer": Text("the Initiator of {machine}, on {on}, has not answered for {waited_s} s"),
    "passed-commit": Text("{process} has passed the commit point"),
    "was-told-to-stay": Text("{process} was told to stay"),
    "not-moving": Text("{process} is not being moved"),
    "no-process": Text("{machine} has no process {process} any more"),
    "moves-already": Text("{process} is already being moved"),
    "here-already": Text("{process} is on {machine} already"),
    "no-node": Text("there is no node {to}"),
    "nobody-has": Text("no node has {resource}"),
    "no-initiator": Text("the Initiator of {machine}, on {on}, does not answer"),
    "nowhere": Text("no node is known that would take {process}"),
}
"""What was compared where something was decided, and what was in its way."""
_HAPPENINGS: dict[str, Text] = {
    "text": Text("{says}"),
    # --------------------------------------------------------------------------------------------- users' own code
    "strategy-failed": Text("the strategy {name} failed: {error}"),
    "cannot-be-made": Text("it cannot be made: {error}"),
    # -------------------------------------------------------------------------------------------------- why a process ends
    "exit": Text("exit({code})"),
    "signalled": Text("{signal}, {why}"),
    "from-outside": Text("from outside"),
    "sent-by": Text("sent by {sender}"),
    "the-user": Text("the user"),
    "timer": Text("a timer went off"),
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
    "outside": Text.forms(
        "bytes",
        "{access} of {bytes} byte at {address}: outside the user's addresses",
        "{access} of {bytes} bytes at {address}: outside the user's addresses",
    ),
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
    "damaged-row": Text("row `{row}`: {why}"),
    "pages-missing": Text.forms("count", "{count} page did not come", "{count} pages did not come"),
    "page-in-no-region": Text("page {page} lies in no region"),
    "owner-crashed": Text("{machine} crashed after it had become the owner and before it said that the process runs"),
    "offer-unanswered": Text("no answer to the offer from {machine} for {seconds} s"),
    "no-progress": Text("no progress from {machine} for {seconds} s"),
    "keeper-silent": Text("no pages from {machine}, which keeps them, for {seconds} s"),
    # ----------------------------------------------------------------------------------------------- why mail finds nobody
    "knows-nothing": Text("{machine} knows nothing of {process}"),
    "hops": Text.forms("count", "passed on {count} time", "passed on {count} times"),
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
    "had-crashed": Text("{machine} had crashed"),
    "crashed": Text("{machine} crashed"),
    "initiator-crashed": Text("its Initiator, on {machine}, crashed"),
    "new-owner-crashed": Text("{machine}, which was to own it, had crashed"),
    # ------------------------------------------------- the seven messages of the negotiation (Stallings, Fig. 14.2), by step
    "step-1": Text("Will you take {process}?"),
    "step-2": Text("Yes, let it migrate to {machine}."),
    "step-3": Text("Migrate {process} out."),
    "step-4": Text("I offer {process}."),
    "step-5": Text("{process} is offered."),
    "step-6": Text("Migrate {process} in."),
    "step-7": Text("I accept the offer."),
}
"""Why something else came about, and what is said; parts of reasons among them."""
RULES: dict[str, Text] = DECISIONS | _HAPPENINGS
"""What each rule says: a clause, which names in braces what has to be given with it."""

NAMES = {
    rule: frozenset(name for _, name, _, _ in Formatter().parse(text.plural or text.template) if name)
    for rule, text in RULES.items()
}
"""By rule: what has to be given with it."""
