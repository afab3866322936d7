"""The parent of all nodes: it does what it is asked, and what the machine refuses is said as that."""

from __future__ import annotations

import logging
import os
import resource
import signal
import tempfile
from collections.abc import Iterator

import pytest

from nodes.kernel import riscv
from nodes.programs import image
from nodes.wire.bulk import new_file
from nodes.wire.connection import NodeFiles
from nodes.wire.events import NodeStarted, Stamped
from nodes.wire.records import RecordReceiver, RecordSender
from nodes.wire.starting import AnyNews, Learned, NotStarted, Started
from tests.tuiclu.cluster.scenarios import ROOT, run_text
from tuiclu.cluster import launcher, nursery
from tuiclu.cluster.preparation import Use
from tuiclu.errors import MachineError
from tuiclu.scenario.runner import Follower


@pytest.fixture
def files() -> Iterator[NodeFiles]:
    with tempfile.TemporaryFile() as disk, tempfile.TemporaryFile() as bulk:
        yield NodeFiles(disk.fileno(), bulk.fileno())


def test_when_it_is_killed_the_run_says_so_and_the_next_one_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "cluster: {nodes: {n1: {}, n2: {}}}\nprocesses: {P: {program: primes, args: {limit: LIMIT}, on: n1}}\n"
    victims: list[int] = []

    def strike(stamped: Stamped) -> None:
        if isinstance(stamped.event, NodeStarted) and not victims:  # before, another one would be started in its place
            victims.append(nursery.the_nursery().pid)
            os.kill(victims[0], signal.SIGKILL)

    with pytest.raises(MachineError, match=r"^the parent of all nodes, process \d+, was ended by SIGKILL"):
        run_text(
            text.replace("LIMIT", "2000000"), observers=[Follower(strike)]
        )  # it has not ended when the blow is felt
    outcome, _ = run_text(text.replace("LIMIT", "20000"))

    assert outcome.result["processes"][0]["exit_code"] == 0
    assert nursery.the_nursery().pid not in victims


def test_a_program_is_learnt_when_it_is_used_for_the_second_time_and_again_where_many_processes_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = nursery.Nursery()
    told: list[object] = []
    take = ready._take

    def hear(news: AnyNews) -> None:
        told.append(news)
        take(news)

    monkeypatch.setattr(ready, "_take", hear)
    worker = image("worker")

    for uses, processes in ((1, 1), (1, 0), (5, 5), (40, 40), (40, 40), (1000, 0), (1000, 1000)):
        ready.prepare_for(worker, Use(("worker", "1000"), b"", uses, processes), nodes=10)
        told.append(uses)

    ready.end()
    assert told == [1, Learned(), 1, 5, Learned(), Learned(), 40, 40, 1000, *5 * [Learned()], 1000]


def test_a_node_that_cannot_be_started_is_told_with_the_machines_reason(
    files: NodeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = nursery.Nursery()
    monkeypatch.setattr(nursery, "_nursery", ready)
    take = ready._take
    monkeypatch.setattr(ready, "_take", lambda news: take(NotStarted(11) if isinstance(news, Started) else news))
    with pytest.raises(MachineError, match="the process of n1 cannot be started: Resource temporarily unavailable"):
        launcher.Launcher("limits").start("n1", files)
    ready.end()


@pytest.mark.parametrize(
    ("soft", "hard", "nodes", "left"),
    [
        (1024, 4096, 10, 1024),
        (1024, 4096, 300, 1264),
        (1024, resource.RLIM_INFINITY, 1000, 4064),
        (1024, 1024, 300, "300 nodes take 1264 open files, and this process may have 1024"),
        (256, 1024, 1000, "1000 nodes take 4064 open files, and this process may have 1024"),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 1000, resource.RLIM_INFINITY),
    ],
)
def test_limits_are_raised_as_far_as_the_nodes_need_and_what_is_missing_is_said_before_any_starts(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, nodes: int, left: int | str
) -> None:
    limits = {resource.RLIMIT_NOFILE: (soft, hard)}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(resource, "getrlimit", limits.__getitem__)
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    if isinstance(left, str):
        with pytest.raises(MachineError, match=f"^{left}"):
            launcher.make_room_for(nodes)
    else:
        launcher.make_room_for(nodes)
        assert limits[resource.RLIMIT_NOFILE] == (left, hard)


def test_a_file_without_a_name_can_be_had_where_no_temporary_folder_can_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    file = new_file()
    os.write(file, b"content")
    assert os.pread(file, 10, 0) == b"content"
    os.close(file)


def test_the_description_of_the_machine_lies_where_it_is_read() -> None:
    """Nothing is written when a CPU is made. `python -m nodes.kernel.riscv` writes these files anew."""
    for path, text in riscv.files().items():
        assert (riscv.LANGUAGES / path).read_text() == text
    assert ROOT in riscv.LANGUAGES.parents


def test_records_arrive_as_they_were_logged_however_long_they_are() -> None:
    reading, writing = os.pipe()
    sender, receiver = RecordSender(writing), RecordReceiver(reading)
    logger = logging.Logger("tuiclu.node.n1")
    logger.addHandler(sender)
    logger.info("up at %.1f s", 0.5)
    try:
        raise ValueError("wrong")
    except ValueError:
        logger.exception("panic")
    logger.info("x" * 20_000)
    sender.close()
    arrived = []
    while (records := receiver.receive()) is not None:
        arrived += list(records)
    receiver.close()

    assert [(one.levelname, one.name, one.getMessage()[:9]) for one in arrived] == [
        ("INFO", "tuiclu.node.n1", "up at 0.5"),
        ("ERROR", "tuiclu.node.n1", "panic"),
        ("INFO", "tuiclu.node.n1", "x" * 9),
    ]
    assert "ValueError: wrong" in (arrived[1].exc_text or "")
