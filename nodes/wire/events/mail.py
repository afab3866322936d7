"""Letters to processes, wherever these are; what is asked of the server of names and of the disks of others."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class MessageForwarded(Event, frozen=True, tag="message.forwarded"):
    """A letter was not where its addressee is, and is passed on."""

    TOLD = Text("{node} passes mail for {process} on to {to}, its hop {hops} ({way}).")

    pid: Pid
    """The addressee."""
    sender: Pid
    type: str
    to: NodeName
    hops: int
    """How many times it will have crossed the wire when it gets there."""
    why: str
    """`forwarding address`, `home` (the home passes it on, or is asked), `not coming` (the move was abandoned)."""


class MailHeld(Event, frozen=True, tag="mail.held"):
    """What came for a process while it was frozen moves along with it."""

    TOLD = Text("{count} that came for {process} meanwhile {goes} to {to} with it.")

    pid: Pid
    letters: int
    to: NodeName


class MailTold(Event, frozen=True, tag="mail.told"):
    """A kernel tells another where a process is, or is going to be."""

    TOLD = Text("{node} tells {to}, {whose}, that {process} is to be found on {at}.")

    pid: Pid
    at: NodeName
    to: NodeName
    peer: Pid
    """The process that talks to it; empty: its home is told."""


class MailReturned(Event, frozen=True, tag="mail.returned"):
    """A letter found no addressee."""

    pid: Pid
    """The addressee."""
    sender: Pid
    type: str
    reason: Reason


class FileAsked(Event, frozen=True, tag="file.asked"):
    """A process needs some of a file that its buffer has not: the disk of a node is asked for it."""

    pid: Pid
    path: str
    on: NodeName
    offset: int


class NameKnown(Event, frozen=True, tag="name.published"):
    """The name server knows a name now."""

    TOLD = Text("{process} can be found under the name {name}.")

    name: str
    pid: Pid


MailEvent = MessageForwarded | MailHeld | MailTold | MailReturned | FileAsked | NameKnown
