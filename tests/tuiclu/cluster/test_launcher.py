"""Node processes as the launcher makes them."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator

import pytest

from nodes.wire.connection import NodeFiles
from nodes.wire.control import Boot, Grant, Halt, decode_report, encode_question
from nodes.wire.parameters import MigrationParameters, NodeParameters
from tuiclu.cluster.launcher import Launcher, NodeProcess


@pytest.fixture
def files() -> Iterator[NodeFiles]:
    with tempfile.TemporaryFile() as disk, tempfile.TemporaryFile() as bulk:
        yield NodeFiles(disk.fileno(), bulk.fileno())


class Recorder(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


def booted(node: NodeProcess, name: str) -> NodeProcess:
    boot = Boot(NodeParameters(name), MigrationParameters(), (name,), {}, 0, 1, 0, 1, 1, ())
    node.connection.send(encode_question(boot))
    decode_report(node.connection.receive())
    return node


def test_a_node_answers_and_its_log_arrives_whole(files: NodeFiles) -> None:
    sink = Recorder()
    node = booted(Launcher("log", sink).start("n1", files), "n1")
    node.connection.send(encode_question(Grant(1_000_000, [], [])))
    assert decode_report(node.connection.receive()).reached_ns == 1_000_000
    node.connection.send(encode_question(Halt()))
    assert node.end() == 0
    node.bury()
    assert sink.lines == [
        "tuiclu.node.n1: up at 0.000000 s with 512 frames, life 1",
        "tuiclu.node.n1: halted at 0.001000 s",
    ]


def test_a_node_that_panics_leaves_its_last_words(files: NodeFiles) -> None:
    node = Launcher("panic").start("n1", files)
    node.connection.send(b"\xc1")
    assert node.end() == 70
    node.bury()
    assert "ERROR tuiclu.node.n1: panic" in node.last_lines()[0]
    assert "DecodeError" in node.last_lines()[0]


def test_forty_kills_of_logging_nodes_do_not_silence_the_others(files: NodeFiles) -> None:
    sink = Recorder()
    launcher = Launcher("forty kills", sink, logging.DEBUG)
    survivor = booted(launcher.start("survivor", files), "survivor")
    for number in range(40):
        victim = booted(launcher.start(f"v{number}", files), f"v{number}")
        victim.connection.send(encode_question(Grant(1_000, [], [])))
        victim.kill()
        assert victim.end() == -9
        victim.bury()
    before = len(sink.lines)
    survivor.connection.send(encode_question(Halt()))
    assert survivor.end() == 0
    survivor.bury()
    assert sink.lines[before:] == ["tuiclu.node.survivor: halted at 0.000000 s"]
