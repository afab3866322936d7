"""The screen, measured as a user has it: the real application in a real pseudo-terminal, before a cluster of 16 busy nodes."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil

from nodes.wire.text import Text
from tuiclu.bench.figures import Figure, Wanted
from tuiclu.bench.terminal import Terminal
from tuiclu.scratch import scratch_folder

if TYPE_CHECKING:
    from tuiclu.bench.benchmarks import Effort

SIZE = 160, 50
NODES = 16
KEYS = 20
"""How many keys are pressed in a turn."""
QUIT = "\x11"


def scenario(moves: int = 400) -> str:
    """Return busy nodes, and two processes that move to and fro all the time."""
    lines = [
        "tuiclu: 1",
        "title: bench",
        "cluster:",
        "  network: {kind: switch, bandwidth: 10 Mbit/s, latency: 5 ms}",
        "  nodes:",
    ]
    lines += [f"    n{number}: {{}}" for number in range(1, NODES + 1)]
    lines += ["processes:"]
    lines += [f"  W{number}: {{program: worker, on: n{number}}}" for number in range(1, NODES + 1)]
    lines += [
        "  A: {program: primes, args: {limit: 10000000}, on: n1}",
        "  B: {program: primes, args: {limit: 10000000}, on: n3}",
        "script:",
    ]
    for move in range(moves):
        lines += [
            f"  - {{at: {500 + 1000 * move} ms, migrate: {{process: A, to: n{2 - move % 2}, strategy: precopy}}}}"
        ]
        lines += [
            f"  - {{at: {700 + 1000 * move} ms, migrate: {{process: B, to: n{4 - move % 2}, strategy: precopy}}}}"
        ]
    return "\n".join(lines) + "\n"


def screen(effort: Effort) -> Iterator[Figure]:
    """Start-up, the answer to a key, and the share of a core."""
    with scratch_folder("tuiclu-bench") as folder:
        file = folder / "busy.yaml"
        file.write_text(scenario())
        starts, keys, shares, bare, echoes, seconds = [], [], [], [], [], []
        for _ in range(effort.turns):
            with Terminal(("open", "--journal", str(folder)), SIZE, NO_COLOR="") as terminal:
                starts.append(terminal.read_until("MIPS") - terminal.started_s)
                terminal.press(QUIT)
                terminal.wait()
            bare.append(_textual_alone_s())
            with Terminal(("open", str(file), "--journal", str(folder)), SIZE, NO_COLOR="") as terminal:
                terminal.read_until("negotiating", "copying")
                keys.append(_median([_key_s(terminal, index) for index in range(KEYS)]))
                terminal.press("1")
                share_s, wall_s = _share(terminal, max(0.2, 4 * effort.side_s))
                shares.append(share_s)
                seconds.append(wall_s)
                terminal.press(QUIT)
                terminal.wait()
            echoes.append(_median([_echo_s() for _ in range(KEYS)]))
    most = Wanted("value", 1.2, at_least=False)
    yield Figure(Text("first picture"), "s", tuple(starts), tuple(bare), Text("a Python that imports textual"), most)
    yield Figure(
        Text("answer to a key"),
        "s",
        tuple(keys),
        tuple(echoes),
        Text("the echo of a bare terminal"),
        Wanted("value", 0.05, at_least=False),
    )
    yield Figure(
        Text("processor time"),
        "s",
        tuple(shares),
        tuple(seconds),
        Text("one core for as long"),
        Wanted("ratio", 0.25, at_least=False),
    )


def _key_s(terminal: Terminal, index: int) -> float:
    """Press the key of another view, and return the seconds until it is there."""
    key, sign = (("6", "in sentences"), ("1", "What happens"))[index % 2]
    since = len(terminal.output)
    began = time.monotonic()
    terminal.press(key)
    answered = terminal.read_until(sign, since=since)
    while terminal.read(0.02):
        pass
    return answered - began


def _share(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """Return the processor time of the screen's process over some seconds, and these."""
    process = psutil.Process(terminal.pid)
    before, began = process.cpu_times(), time.monotonic()
    while time.monotonic() - began < seconds:
        terminal.read(0.05)
    after, ended = process.cpu_times(), time.monotonic()
    return after.user + after.system - before.user - before.system, ended - began


def _textual_alone_s() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.monotonic() - began


def _echo_s() -> float:
    """Return the seconds for which a key is on its way through a pseudo-terminal and back."""
    master, slave = pty.openpty()
    try:
        tty.setraw(slave)
        began = time.monotonic()
        os.write(master, b"x")
        os.write(slave, os.read(slave, 1))
        os.read(master, 1)
        return time.monotonic() - began
    finally:
        os.close(master)
        os.close(slave)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
