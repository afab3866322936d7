"""The node process: answers every question of the engine with a report, and does nothing in between.

`run_node` is what a new process runs. It leaves the terminal first thing, names itself in `ps`, dies when its parent dies, and ends when
the engine says so or is gone.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from multiprocessing.connection import Connection

import msgspec
from setproctitle import setproctitle

from nodes.deciding.service import DecidingService
from nodes.global_state.part import PartWriter, resumed
from nodes.global_state.service import SnapshotService
from nodes.kernel.assembly import assemble
from nodes.kernel.cpu import CpuPool
from nodes.kernel.inspection import inspect
from nodes.kernel.kernel import Kernel
from nodes.kernel.processor import Processor
from nodes.migration.session import MigrationService
from nodes.parent import die_with_the_parent
from nodes.wire.bulk import LARGE_BYTES, Bulk
from nodes.wire.connection import ConnectionClosed, FrameConnection, NodeFiles
from nodes.wire.control import (
    MACHINE_FAILED,
    AnyQuestion,
    Boot,
    Delivery,
    Frame,
    Grant,
    Halt,
    Inspect,
    LoadImage,
    LoadModules,
    Report,
    decode_question,
    encode_report,
)
from nodes.wire.machine import refusal
from nodes.wire.parts import decode_part
from nodes.wire.records import RecordSender

PANIC = 70
"""The exit status after a bug of ours."""
TURNS_AWAKE = 200
"""How long a node stays awake for the next question if it is to: some turns of others, and some hundred microseconds at most."""


def run_node(
    name: str, title: str, ends: tuple[int, int], files: tuple[int, int], records: int, level: int, pool: CpuPool
) -> None:
    """Be node `name` until the engine halts it. `records` takes the human log, from `level` up; all open files are given by number."""
    _leave_the_terminal()
    die_with_the_parent()
    setproctitle(f"tuiclu: node {name} ({title})")
    sender = RecordSender(records)
    log = _log_into(sender, level, name)
    incoming, outgoing = ends
    connection = FrameConnection((Connection(incoming, writable=False), Connection(outgoing, readable=False)))
    try:
        _answer_questions(connection, pool, NodeFiles(*files), log)
    except ConnectionClosed:
        log.info("the cluster is gone")
    except Exception as error:
        log.exception("panic")
        refused = refusal(error)
        if refused is not None:
            log.error("%s", refused)
        os._exit(PANIC if refused is None else MACHINE_FAILED)
    finally:
        connection.close()
    sender.close()


def _answer_questions(
    connection: FrameConnection, pool: CpuPool, files: NodeFiles, log: logging.LoggerAdapter[logging.Logger]
) -> None:
    boot = decode_question(connection.receive())
    if not isinstance(boot, Boot):
        raise AssertionError("the first question must be Boot")
    kernel, processor = _resumed(boot, pool, files.disk) if boot.part else _new(boot, pool, files.disk)
    bulk = Bulk(files.bulk, boot.nodes.index(kernel.name) + (boot.life - 1) * len(boot.nodes))
    log.info("up at %.6f s with %d frames, life %d", boot.now_ns / 1e9, boot.parameters.frames, boot.life)
    reached_ns = kernel.now
    gc.freeze()
    inspection = None
    turns_awake = 0
    while True:
        frames, events = kernel.take_results()
        frames = [_shortened(frame, bulk) for frame in frames]
        account = processor.account()
        next_ns, quiet_ns = kernel.next_ns(), kernel.quiet_ns()
        connection.send(encode_report(Report(reached_ns, next_ns, frames, events, inspection, account, quiet_ns)))
        inspection = None
        question = _next_question(connection, kernel, turns_awake)
        match question:
            case Grant(until_ns, deliveries, orders, stay_awake, to_next_event):
                turns_awake = TURNS_AWAKE if stay_awake else 0
                for due in orders:
                    kernel.order(due.at_ns, due.order)
                for delivery in deliveries:
                    kernel.deliver(_whole(delivery, bulk))
                reached_ns = kernel.advance(until_ns, to_next_event=to_next_event)
            case Inspect(pid, at_ns):
                if at_ns > reached_ns:
                    reached_ns = kernel.advance(at_ns)
                inspection = inspect(kernel, pid)
            case Halt():
                log.info("halted at %.6f s", reached_ns / 1e9)
                return
            case Boot() | LoadImage() | LoadModules():
                raise AssertionError("a node boots once, and what is loaded is no question")


def _new(boot: Boot, pool: CpuPool, disk: int) -> tuple[Kernel, Processor]:
    """Be a node that begins."""
    parts = assemble(boot, pool, disk)
    kernel, processor = parts.kernel, parts.processor
    migrations = MigrationService(parts, boot.migration)
    DecidingService(parts, migrations)
    snapshots = SnapshotService(kernel, migrations, parts.links, boot)
    if boot.parts_folder:
        snapshots.writer = PartWriter(boot.parts_folder, kernel)
    return kernel, processor


def _resumed(boot: Boot, pool: CpuPool, disk: int) -> tuple[Kernel, Processor]:
    """Be a node that goes on from its part in a snapshot."""
    part = decode_part(boot.part)
    boot = msgspec.structs.replace(boot, part=b"")
    kernel: Kernel
    snapshots: SnapshotService
    kernel, processor, snapshots = resumed(part, boot, pool, disk)
    snapshots.writer = PartWriter(boot.parts_folder, kernel) if boot.parts_folder else None
    kernel.go_on(boot)
    snapshots.go_on()
    return kernel, processor


def _next_question(connection: FrameConnection, kernel: Kernel, turns_awake: int) -> AnyQuestion:
    """Wait for the next question; take images and modules that come before it."""
    question: AnyQuestion = decode_question(connection.receive(turns_awake))
    while isinstance(question, LoadImage | LoadModules):
        if isinstance(question, LoadImage):
            kernel.images[question.name] = question.image
        else:
            kernel.users = question.users
        question = decode_question(connection.receive())
    return question


def _shortened(frame: Frame, bulk: Bulk) -> Frame:
    """Put a large payload into the memory that all nodes share."""
    if len(frame.payload) < LARGE_BYTES:
        return frame
    assert isinstance(frame.payload, bytes)
    return Frame(
        frame.time_ns, frame.sequence, frame.destination, frame.wire_bytes, bulk.put(frame.payload), frame.loose
    )


def _whole(delivery: Delivery, bulk: Bulk) -> Delivery:
    """Fetch a payload from there."""
    if isinstance(delivery.payload, bytes):
        return delivery
    return Delivery(delivery.arrival_ns, delivery.source, delivery.sequence, bulk.take(delivery.payload))


def _leave_the_terminal() -> None:
    """Become a session of our own, deaf to the keyboard's signals, with nothing of the terminal open."""
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _log_into(sender: RecordSender, level: int, name: str) -> logging.LoggerAdapter[logging.Logger]:
    logger = logging.getLogger(f"tuiclu.node.{name}")
    logger.handlers = [sender]
    logger.propagate = False
    logger.setLevel(level)
    return logging.LoggerAdapter(logger, {"node": name})
