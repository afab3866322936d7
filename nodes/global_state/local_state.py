"""The state of one node, as a snapshot records it: its processes, what they have, and how far their links are."""

from __future__ import annotations

from nodes.kernel.kernel import Kernel
from nodes.kernel.link_service import LinkService
from nodes.kernel.links import LinkEnd
from nodes.kernel.process import Process, WaitingFor
from nodes.migration.session import MigrationService
from nodes.migration.states import DestinationState
from nodes.wire.events import EndRecorded, ProcessRecorded, SnapshotRecorded


def local_state(snapshot: str, kernel: Kernel, links: LinkService, migrations: MigrationService) -> SnapshotRecorded:
    """Return the state of a node at this instant."""
    installed = [one for one in migrations.incoming.values() if one.state is DestinationState.INSTALLED]
    return SnapshotRecorded(
        snapshot,
        kernel.last_sent,
        [_process(process) for process in kernel.processes.values()],
        [_process(session.process, session.migration) for session in installed],
        [
            ProcessRecorded(pid, pid, "exited", 0, {}, [_end(end) for end in ends.values()])
            for pid, ends in links.lingering.items()
        ],
    )


def _process(process: Process, migration: str = "") -> ProcessRecorded:
    return ProcessRecorded(
        process.pid,
        process.name,
        process.state.value,
        len(process.space.pages),
        dict(process.amounts or {}),
        [_end(end) for end in process.links.ends.values()],
        migration,
        _waits(process),
    )


def _waits(process: Process) -> bool:
    """Tell whether a process waits for others alone: for a message or for room for one, without a limit, and without a timer of its own."""
    waiting = process.waiting
    return (
        isinstance(waiting, WaitingFor)
        and waiting.what in ("receive", "select", "send")
        and waiting.deadline_ns is None
        and process.call_deadline_ns is None
        and not process.armed
    )


def _end(end: LinkEnd) -> EndRecorded:
    return EndRecorded(
        end.link,
        end.peer,
        end.messages_sent,
        end.messages_arrived,
        end.messages_received,
        end.expected,
        list((end.amounts_kept or {}).items()),
        list((end.amounts_came or {}).items()),
    )
