"""Signals and orders that look for their process."""

from __future__ import annotations

from nodes.wire.control import AnyPersonalOrder
from nodes.wire.packets.base import Body


class SignalSent(Body, frozen=True):
    signal: int
    by: str
    """The process that sent it, by name; empty: the user."""
    number: int
    """The sender's number, as programs know it."""


class OrderSent(Body, frozen=True):
    """A user wants something of a process that was on its way when the order came."""

    order: AnyPersonalOrder


ProcessBody = SignalSent | OrderSent
