"""The result of a run as plain data, in the shape that `run --json` promises. Base units, named in the keys."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from nodes.wire.parameters import SECOND_NS
from nodes.wire.reasons import fields_of
from tuiclu.model.cluster import ClusterView
from tuiclu.model.evictions import EvictionView
from tuiclu.model.figures import figures
from tuiclu.model.links import LinkView
from tuiclu.model.migrations import MigrationView
from tuiclu.model.nodes import FaultView, NodeView
from tuiclu.model.processes import ProcessView
from tuiclu.model.snapshots import snapshot_result


def report(view: ClusterView) -> dict[str, Any]:
    """Return what is known of nodes, processes, migrations and faults."""
    nodes = [_node(node, view.now_ns) for node in view.nodes.values()]
    processes = [_process(process, view.now_ns) for process in view.processes.values()]
    return {
        "summary": figures(processes, nodes, view.now_ns / SECOND_NS),
        "nodes": nodes,
        "processes": processes,
        "migrations": [_migration(view, migration) for migration in view.migrations.values()],
        "evictions": [_eviction(eviction) for eviction in view.evictions],
        "links": [_link(view, link) for link in view.links.values()],
        "snapshots": [snapshot_result(one, view.name_of) for one in view.snapshots.values()],
        "messages": view.counts["message.sent"],
        "faults": [_fault(fault) for fault in view.faults],
    }


def _link(view: ClusterView, link: LinkView) -> dict[str, Any]:
    """Return a link's account, the two directions apart."""
    ends = [link.opener] + ([link.peer] if link.peer is not None else [])
    return {
        "name": link.name,
        "between": [view.name_of(pid) for pid in ends],
        "sent": [link.sent[pid] for pid in ends],
        "received": [link.received[pid] for pid in ends],
        "bytes": link.bytes,
        "ended": [link.ended.get(pid) for pid in ends],
    }


def seconds(ns: int | None) -> float | None:
    """Turn virtual nanoseconds into seconds."""
    return None if ns is None else ns / SECOND_NS


def _node(node: NodeView, now_ns: int) -> dict[str, Any]:
    return {
        "name": node.name,
        "state": node.state,
        "busy_s": seconds(node.belonged_ns(now_ns) + node.alone_ns),
        "processes_s": seconds(node.charged_ns),
        "kernel_s": seconds(node.kernel_ns),
        "ips": node.ips,
        "frames": node.frames_total,
        "thrashed_s": seconds(
            node.thrashed_ns + (0 if node.thrashing_since_ns is None else now_ns - node.thrashing_since_ns)
        ),
    }


def _process(process: ProcessView, now_ns: int) -> dict[str, Any]:
    output = process.output.content()
    result: dict[str, Any] = {
        "name": process.name,
        "pid": process.pid,
        "program": process.program,
        "home": process.home,
        "node": process.node,
        "state": process.state,
        "exit_code": process.exit_code,
        "signal": process.signal,
        **fields_of(process.reason),
        "output": output.decode("utf-8", "backslashreplace"),
        "instructions": process.instructions,
        "cpu_s": seconds(process.cpu_ns),
        "started_s": seconds(process.created_ns),
        "ready_s": seconds(process.waited_ns(now_ns)),
        "turnaround_s": seconds(None if process.ended_ns is None else process.ended_ns - process.created_ns),
        "frozen_s": seconds(sum(one.length_ns(now_ns) for one in process.standstills)),
        "standstills": [
            {"from_s": seconds(one.began_ns), "length_s": seconds(one.length_ns(now_ns))} for one in process.standstills
        ],
        "faults": dict(process.faults),
        "evicted_pages": process.evicted,
        "page_waits": dict(process.page_waits),
        "page_wait_s": seconds(process.page_wait_ns),
        "residual": _holders(process.residual, process.passers_on),
    }
    if process.errors:
        result["errors"] = process.errors.content().decode("utf-8", "backslashreplace")
    if not process.output.is_exact:
        result["output_bytes"] = process.output.size
    try:
        output.decode()
    except UnicodeDecodeError:
        result["output_base64"] = base64.b64encode(output).decode()
    return result


def _holders(residual: Iterable[tuple[str, bool]], passers_on: Iterable[str]) -> list[str]:
    """Return the nodes that a process needs: for pages in their memory, for pages on their disk, or because they pass on its mail."""
    pages = [f"{node} (disk)" if on_disk else node for node, on_disk in sorted(residual)]
    return pages + [f"{node} (mail)" for node in sorted(passers_on)]


def _migration(view: ClusterView, migration: MigrationView) -> dict[str, Any]:
    ended_ns = migration.ended_ns
    sent = sum(migration.sent.values())
    process = view.processes[migration.pid]
    residual = [key for key, since in process.residual.items() if since == migration.name]
    passers_on = [node for node, since in process.passers_on.items() if since == migration.name]
    return {
        "id": migration.id,
        "process": migration.process,
        "pid": migration.pid,
        "source": migration.source,
        "destination": migration.destination,
        "strategy": migration.strategy,
        "initiated_by": migration.initiated_by,
        **fields_of(migration.reason),
        "outcome": migration.outcome or "unfinished",
        "refused_at": migration.refused_at,
        "refused_by": migration.refused_by,
        "started_s": seconds(migration.started_ns),
        "negotiation_s": _between(migration.started_ns, migration.accepted_ns),
        "freeze_s": seconds(migration.freeze_ns(view.now_ns)),
        "frozen_because": migration.frozen_because,
        "transfer_s": _between(migration.accepted_ns, migration.resumed_ns),
        "resumed_s": seconds(migration.resumed_ns),
        "total_s": _between(migration.started_ns, ended_ns),
        "rounds": [
            {"pages": one.pages, "bytes": one.bytes, "duration_s": seconds(one.duration_ns)} for one in migration.rounds
        ],
        "pages_sent": sent,
        "pages_resent": sent - len(migration.sent),
        "pages_before_resume": migration.pages_sent(before_resume=True),
        "pages_after_resume": migration.pages_sent(before_resume=False),
        "pages_kept": sum(migration.kept.values()),
        "bytes_on_wire": migration.bytes_on_wire,
        "remote_faults": migration.waits["remote"],
        "disk_faults": migration.waits["disk"] + migration.waits["remote-disk"],
        "fault_wait_s": seconds(migration.wait_ns),
        "letters_held": migration.letters_held,
        "letters_forwarded": migration.letters_forwarded,
        "most_hops": migration.most_hops,
        "update_messages": migration.updates,
        "residual": _holders(residual, passers_on),
        "residual_at_resume": _holders(migration.kept, migration.passers_on),
        "residual_s": _between(migration.resumed_ns, migration.residual_ended_ns),
        "residual_ended_with_process": _ended_with_it(process, migration),
        "record": [
            {"t_s": seconds(one.t), "why": one.why, "pages": one.pages, "bytes": one.bytes} for one in migration.record
        ],
    }


def _ended_with_it(process: ProcessView, migration: MigrationView) -> bool:
    """Tell whether the source kept pages in memory until the process itself had ended."""
    ended_ns, residual_ended_ns = process.ended_ns, migration.residual_ended_ns
    return ended_ns is not None and (residual_ended_ns is None or residual_ended_ns >= ended_ns)


def _between(start_ns: int | None, end_ns: int | None) -> float | None:
    return None if start_ns is None or end_ns is None else seconds(end_ns - start_ns)


def _eviction(eviction: EvictionView) -> dict[str, Any]:
    return {
        "node": eviction.node,
        "initiator": eviction.seat,
        "cause": eviction.cause,
        "policy": eviction.policy,
        "started_s": seconds(eviction.started_ns),
        "completed_s": seconds(eviction.completed_ns),
        "ended_s": seconds(eviction.ended_ns),
        "outcome": eviction.outcome or "unfinished",
        "processes": eviction.processes,
        "remain": eviction.remain,
    }


def _fault(fault: FaultView) -> dict[str, Any]:
    return {"kind": fault.kind, "target": fault.target, "at_s": seconds(fault.at_ns)} | fields_of(fault.cause, "cause")
