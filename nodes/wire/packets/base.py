"""What all messages between kernels have in common."""

from __future__ import annotations

import msgspec

HEADER_BYTES = 64
"""Charged on the wire for every message beside its payload: link, network and transport headers."""


class Packet(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all messages between kernels."""


class Body(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of what a letter says."""
