"""The distributed snapshot of Chandy and Lamport (ACM TOCS 3(1), 1985): the part of one process in it, sans I/O.

A process is whatever has a state and directed channels to others, which keep order and lose nothing: here a node. Each channel is named
by the process at its other end.

```
            marker                          marker on the last channel
 idle ------------------> recording ---------------------------------> complete
      start (spontaneous)     | receives on a channel without a marker so far: the message belongs to the state of that channel
```

- *Marker-sending rule.* A process records its state, and then sends one marker on each outgoing channel before anything else.
- *Marker-receiving rule.* On a marker from c: a process that has not recorded its state does so, and records c as empty. Else the state
  of c is what came from c since the process recorded its state.

Any number of processes may begin a snapshot, at once or one after the other; any number of snapshots go on side by side, each under its own
name. One ends where every process can be reached from one that began it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

Message = TypeVar("Message")


class RecordState(msgspec.Struct, frozen=True):
    """The process is to record its own state, before it carries out anything that follows."""

    snapshot: str


class SendMarker(msgspec.Struct, frozen=True):
    """A marker is to go to `to`, behind all that was sent there before and ahead of all that will be."""

    snapshot: str
    to: str


class ChannelRecorded(msgspec.Struct, frozen=True):
    """The state of the channel from `source`: the messages that were in it, in order."""

    snapshot: str
    source: str
    messages: tuple[object, ...]
    whole: bool = True
    """False: the channel broke before its marker came. These messages were in it, and perhaps others."""


class PartDone(msgspec.Struct, frozen=True):
    """This process has recorded its state and that of all its incoming channels."""

    snapshot: str


Action = RecordState | SendMarker | ChannelRecorded | PartDone


class Recorder(Generic[Message]):
    """One process's part in any number of snapshots. It is told of whatever comes in, in order, and says what is to be done."""

    def __init__(self, incoming: Iterable[str], outgoing: Iterable[str]) -> None:
        self._incoming = tuple(incoming)
        self._outgoing = tuple(outgoing)
        self._recording: dict[str, dict[str, tuple[Message, ...]]] = {}
        """Of each snapshot that has begun here: what came so far on the channels whose marker has not come."""
        self._broken: dict[str, None] = {}

    def start(self, snapshot: str, without: Iterable[str] = ()) -> list[Action]:
        """Begin a snapshot. One in which this process has recorded its state already is left as it is.

        `without` are those of whom no marker of this snapshot will come: they take no part in it.
        """
        return [] if snapshot in self._recording else self._record(snapshot, {*self._broken, *without})

    def forget(self, snapshot: str) -> None:
        """Forget a snapshot in which this process has done its part. No marker of it may come any more."""
        del self._recording[snapshot]

    def receive_marker(self, snapshot: str, source: str) -> list[Action]:
        """Take a marker from the channel of `source`. For one that is recorded already, as broken, it comes too late."""
        actions = self.start(snapshot)
        if source not in self._recording[snapshot]:
            return actions
        came = self._recording[snapshot].pop(source)
        actions.append(ChannelRecorded(snapshot, source, came))
        return actions + self._done_if_last(snapshot)

    def receive_message(self, source: str, message: Message) -> None:
        """Take note of a message from the channel of `source`, before the process acts on it."""
        for channels in self._recording.values():
            if source in channels:
                channels[source] += (message,)

    def channel_broken(self, source: str) -> list[Action]:
        """Take note that nothing will come from `source` any more: no marker either, for which nobody waits any longer."""
        self._broken[source] = None
        actions: list[Action] = []
        for snapshot, channels in list(self._recording.items()):
            if source in channels:
                actions.append(ChannelRecorded(snapshot, source, channels.pop(source), whole=False))
                actions += self._done_if_last(snapshot)
        return actions

    def channel_mended(self, source: str) -> None:
        """Take note that messages can come from `source` again: snapshots that begin from now on wait for its marker."""
        self._broken.pop(source, None)

    def awaited(self, snapshot: str) -> tuple[str, ...]:
        """Return whose markers are still to come; none where this process has not recorded its state."""
        return tuple(self._recording.get(snapshot, ()))

    def has_recorded(self, snapshot: str) -> bool:
        """Tell whether this process has recorded its state for a snapshot."""
        return snapshot in self._recording

    def copy(self) -> Recorder[Message]:
        """Return another one that has seen the same."""
        other = Recorder[Message](self._incoming, self._outgoing)
        other._recording = {snapshot: dict(channels) for snapshot, channels in self._recording.items()}
        other._broken = dict(self._broken)
        return other

    def _record(self, snapshot: str, silent: set[str]) -> list[Action]:
        """Record the state; of `silent` ones no marker will come."""
        self._recording[snapshot] = {source: () for source in self._incoming if source not in silent}
        return [
            RecordState(snapshot),
            *(SendMarker(snapshot, to) for to in self._outgoing),
            *(ChannelRecorded(snapshot, source, (), whole=False) for source in self._incoming if source in silent),
            *self._done_if_last(snapshot),
        ]

    def _done_if_last(self, snapshot: str) -> list[Action]:
        return [] if self._recording[snapshot] else [PartDone(snapshot)]
