"""Why something was decided as it was: a rule by its name, and the numbers that were compared. Each rule has a sentence.

Decisions and refusals carry a `Reason`, never a text made up on the spot, so that they can be counted, compared and told in any language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from nodes.wire.text import Text

Number = int | float | str


class Reason(msgspec.Struct, frozen=True):
    """A rule that decided, with what it compared."""

    rule: str
    """A key of `RULES`."""
    numbers: dict[str, Number] = {}

    def text(self) -> str:
        """Say it as events carry it: in an English clause without a full stop."""
        return str(RULES[self.rule].filled(**self.numbers))


def reason(rule: str, **numbers: Number) -> Reason:
    """Return a reason; the numbers are those that the rule's sentence names."""
    return Reason(rule, numbers)


def load(milli: int) -> float:
    """Return a load in processes of a reference machine, as people read it."""
    return round(milli / 1000, 2)


def seconds(ns: int) -> float:
    """Return a span in seconds, to the millisecond."""
    return round(ns / 1e9, 3)


def text_of(rule: str, numbers: Mapping[str, Any]) -> Text | None:
    """Return the reason that an event carries; None: the event carries no rule that is known here."""
    return RULES[rule].filled(**numbers) if rule in RULES else None


RULES: dict[str, Text] = {
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
    "too-young": Text(
        "{process} has run for {age_s} s, and its move would cost {cost_s} s: not worth it with {here} jobs "
        "here and {there} there"
    ),
    "nobody-below-mosix": Text(
        "load {load}, and with 1.3 of {process} even {best} would have {best_load} (as told {age_s} s ago)"
    ),
    "probed": Text("{machine} has {jobs} jobs, and {threshold} are enough; {to} was drawn at random"),
    "short-queue": Text("{machine} has {jobs} jobs: fewer than {threshold}"),
    "queue-not-below": Text("{machine} has {jobs} jobs: not fewer than {threshold}"),
    "nobody-below": Text("nobody who was asked has fewer than {threshold} jobs"),
    "nobody-above": Text("nobody who was asked has a job to give beside {threshold}"),
    "long-queue": Text("{to} asks for work, and {machine} has {jobs} jobs: more than {threshold}"),
    "queue-too-short": Text("{machine} has {jobs} jobs: not more than {threshold}"),
    "none-may-go": Text("{machine} has {jobs} jobs, more than {threshold}, but none that may leave"),
    "placed": Text("a new job starts where the load is least: {to} has {to_load}, {machine} has {load}"),
    "starts-here": Text("no node is known to be lighter than {machine} with load {load} by {gain}"),
    "full": Text("{machine} has {jobs} jobs, and admits {limit}"),
    "asked-for": Text("asked for by the {who}"),
    "own-will": Text("it asks for it itself"),
    "wants-resource": Text("it asks for {resource}, which {to} has"),
    "talks-to": Text("it exchanged {bytes} bytes with {to} in the last {span_s} s"),
    "evicted": Text("the owner of {machine} is back"),
    "expelled": Text("{machine} expels all guests"),
    "called-home": Text("{home} calls its processes home"),
    "shutting-down-soon": Text("{machine} will go down in {left_s} s"),
    # ------------------------------------------------------------------------------ yes and no
    "user-wishes": Text("load {load}, {free} frames free; a user's wish is not a question of load"),
    "comes-home": Text("{process} comes home, and home never refuses"),
    "has-resource": Text("{machine} has {resource}"),
    "light-enough": Text("load {load} with {process}, and {source} has {source_load}"),
    "room-for-guest": Text("load {load}, {free} frames free: a guest that has to leave {source} may come"),
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
    "pages": Text(
        "the processes of {machine} had to wait for a page {waits} times in the last second, and {limit} is too often"
    ),
    "over-limit": Text("{machine} has load {load}, and takes guests below {threshold}"),
    "bounces": Text("{process} left {machine} {left_s} s ago, and may not come back for {window_s} s"),
    "over-quota": Text("guests may have {quota} frames of {machine}; they have {used}, and {process} needs {pages}"),
    "opt-alone": Text(
        "replacement `opt` of {machine} needs to know every reference in advance, which is possible for one "
        "process alone, and {process} is there"
    ),
    "opt-from-start": Text(
        "replacement `opt` of {machine} needs to know every reference in advance, and learns them where a "
        "process is started"
    ),
    "opt-asks": Text(
        "replacement `opt` needs to know every reference in advance, and what {process} does after "
        "{instructions} instructions depends on the answer to a system call (number {call})"
    ),
    "opt-too-long": Text(
        "replacement `opt` needs to know every reference in advance, and {process} has not ended after "
        "{instructions} instructions"
    ),
    "opt-too-large": Text(
        "replacement `opt` needs to know every reference in advance, and {process} uses more than {mib} MiB"
    ),
    "too-few-frames": Text("{machine} has {free} frames free, {process} needs {pages}"),
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
    "strategy-failed": Text("{says}"),
    "nowhere": Text("no node is known that would take {process}"),
}
"""What each rule says: a clause, which names its numbers in braces."""
