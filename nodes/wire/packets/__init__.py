"""What kernels say to each other: the payloads of the frames on the emulated wire, a file for each subject.

A closed union, assembled from the subjects; the kernel gives each type to the service that registered for it.
"""

from __future__ import annotations

import msgspec

from nodes.wire.packets.base import *
from nodes.wire.packets.figures import *
from nodes.wire.packets.files import *
from nodes.wire.packets.initiator import *
from nodes.wire.packets.links import *
from nodes.wire.packets.mail import *
from nodes.wire.packets.migration import *
from nodes.wire.packets.names import *
from nodes.wire.packets.pages import *
from nodes.wire.packets.process import *
from nodes.wire.packets.snapshots import *

AnyPacket = (
    MailPacket | NamePacket | FileWanted | MigrationMessage | PagePacket | ToInitiator | ToKernel | SnapshotPacket
)

encode_packet = msgspec.msgpack.Encoder().encode
decode_packet = msgspec.msgpack.Decoder(AnyPacket).decode


def type_of(packet: object) -> str:
    """Return what events call a message: of a letter, what it says."""
    return type(packet.body if isinstance(packet, Letter) else packet).__name__
