"""View 1: a card for each node, what is on the wires, processes on the move, and the narration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.glyphs import NODES, bar, spark
from tuiclu.tui.draw.paper import Paper
from tuiclu.tui.look import duration, size

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, MigrationRow, NodeCard
    from tuiclu.tui.look import Look

CARD = 36
"""Cells that a card wants in width."""
LEAST_CARD = 24
MOST_LINES = 7
"""Lines inside a card, at most."""
LEAST_LINES = 3


def draw_cluster(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    height = bottom - top
    moving = [one for one in frame.migrations if one.ended_ns is None][-max(2, height // 8) :]
    narration = max(4, height // 4)
    middle = 2 + len(moving)
    for_cards = height - narration - middle
    used = _cards(paper, frame, look, top, for_cards)
    y = _wire(paper, frame, look, top + used)
    for one in moving:
        _stream(paper, frame, look, one, y)
        y += 1
    _narration(paper, look, y, bottom)


# --------------------------------------------------------------------------------------------------------------- cards


def _cards(paper: Paper, frame: Frame, look: Look, top: int, height: int) -> int:
    """Draw all nodes, as cards if they fit, else as lines; return the lines that they take."""
    count = len(frame.nodes)
    if count == 0:
        return 0
    for columns in range(max(1, min(count, paper.width // CARD)), max(1, paper.width // LEAST_CARD) + 1):
        rows = -(-count // columns)
        columns = -(-count // rows)
        inside = min(MOST_LINES, height // rows - 2)
        if inside >= LEAST_LINES:
            return _boxes(paper, frame, look, top, columns, inside)
    return _rows(paper, frame, look, top, height)


def _boxes(paper: Paper, frame: Frame, look: Look, top: int, columns: int, inside: int) -> int:
    columns = min(columns, len(frame.nodes))
    width = paper.width // columns
    contents = [_card_lines(frame, look, node, width - 4) for node in frame.nodes]
    inside = min(inside, max(4, *(len(lines) for lines in contents)))
    for index, (node, lines) in enumerate(zip(frame.nodes, contents, strict=True)):
        x, y = index % columns * width, top + index // columns * (inside + 2)
        chosen = node.name == look.node
        style = "bad" if node.state == "down" else "chosen" if chosen else "frame"
        speed = f"{node.ips / 1e6:g} MIPS" + (f" ({node.percent} %)" if node.percent != 100 else "")
        paper.box(
            x, y, width, inside + 2, f"{NODES.get(node.state, '?')} {node.name}{_badge(node, look)}", style, aside=speed
        )
        for row in range(y, y + inside + 2):
            paper.hit(x, row, width, f"node:{node.name}")
        for row, line in enumerate(lines[:inside]):
            _line(paper, frame, x + 2, y + 1 + row, line, width - 4)
    return -(-len(frame.nodes) // columns) * (inside + 2)


def _badge(node: NodeCard, look: Look) -> str:
    """Return what stands behind a node's name."""
    t = look.t
    parts = [t("DOWN")] if node.state == "down" else [t("paused")] if node.state == "paused" else []
    if node.owner == "active":
        parts.append(t("OWNER"))
    elif node.owner == "idle":
        parts.append(t("idle"))
    if node.life > 1:
        parts.append(t("life {number}").format(number=node.life))
    return "".join(f" {part}" for part in parts)


Words = list[tuple[str, str, str]]
"""Text, style, and what the mouse finds there."""


def _card_lines(frame: Frame, look: Look, node: NodeCard, width: int) -> list[Words]:
    """Return the lines of a card, the most important first."""
    t = look.t
    if node.state == "down":
        return [[(t("crashed; its memory is lost"), "bad", "")], _away(node, look)]
    load = node.load[-1] if node.load else 0
    cells = max(4, min(12, width - 24))
    cpu: Words = [(f"{t('cpu')} ", "dim", ""), (bar(load / 100, cells), _heat(load), ""), (f"{load:4d}% ", "", "")]
    cpu.append((spark(node.load, max(0, min(40, width - cells - 11))), "spark", ""))
    share = (node.allocated + node.reserved) / node.frames if node.frames else 0
    memory: Words = [
        (f"{t('mem')} ", "dim", ""),
        (bar(share, cells), "memory", ""),
        (f"{round(100 * share):4d}% ", "", ""),
    ]
    memory.append((f"{node.allocated}{f'+{node.reserved}' if node.reserved else ''}/{node.frames}", "dim", ""))
    guests: Words = [(f"{t('guests')} ", "dim", "")]
    for name, home in node.guests:
        guests.append((f"{name}←{home} ", "guest", f"process:{name}"))
    lines = [cpu, _queue(frame, look, node), memory, guests if node.guests else _away(node, look)]
    if node.guests and node.away:
        lines.append(_away(node, look))
    if node.pid is not None:
        lines.append(_real(look, node))
    hosts = {
        "blocked": t("takes no guests"),
        "stays": t("nobody is moved"),
        "evicting": t("guests must leave"),
        "leaving": t("goes down soon"),
    }
    further = [*(f"{t('has')} {resource}" for resource in node.resources), *(hosts[host] for host in node.host)]
    further += [f"{name} {value}" for name, value in node.policies.items()]
    if node.weight:
        further.append(f"{t('load')} {node.weight / 1000:.2f}")
    if further:
        lines.insert(3, [("  ".join(further), "warn" if node.host else "accent", "")])
    return lines


def _queue(frame: Frame, look: Look, node: NodeCard) -> Words:
    t = look.t
    words: Words = []
    if node.running:
        words += [("▶", "running", ""), (f"{node.running} ", "running", f"process:{node.running}")]
    else:
        words.append((t("no process runs") + " ", "dim", ""))
    if node.ready:
        words.append(("○ ", "ready", ""))
        words += [(f"{name} ", "ready", f"process:{name}") for name in node.ready]
    if node.frozen:
        words.append(("* ", "frozen", ""))
        words += [(f"{name} ", "frozen", f"process:{name}") for name in node.frozen]
    if node.stopped:
        words.append(("■ ", "stopped", ""))
        words += [(f"{name} ", "stopped", f"process:{name}") for name in node.stopped]
    if node.blocked:
        words.append(("◌ ", "blocked", ""))
        words += [(f"{name} ", "blocked", f"process:{name}") for name in node.blocked]
    return words


def _away(node: NodeCard, look: Look) -> Words:
    t = look.t
    if not node.away:
        return [(f"{t('guests')} -  {t('away')} -", "dim", "")]
    words: Words = [(f"{t('away')} ", "dim", "")]
    return words + [(f"{name}→{where} ", "away", f"process:{name}") for name, where in node.away]


def _real(look: Look, node: NodeCard) -> Words:
    real = look.real.get(node.name)
    if real is None:
        return [(f"{look.t('real')} pid {node.pid or '-'}", "dim", "")]
    text = f"{look.t('real')} pid {real.pid}  {real.cpu_percent:.0f}% cpu  {size(real.rss_bytes)}"
    return [(text + ("" if real.status in ("sleeping", "running") else f"  {real.status}"), "dim", "")]


def _line(paper: Paper, frame: Frame, x: int, y: int, words: Words, width: int) -> None:
    end = x + width
    pids = {one.name: one.pid for one in frame.processes}
    for text, style, target in words:
        if x >= end:
            return
        kind, _, name = target.partition(":")
        found = f"process:{pids.get(name, name)}" if kind == "process" else target
        x = paper.put(x, y, text, style, width=end - x, target=found)


def _heat(load: int) -> str:
    return "load.high" if load >= 85 else "load.some" if load >= 30 else "load.low"


def _rows(paper: Paper, frame: Frame, look: Look, top: int, height: int) -> int:
    """Draw a line for each node, in as many columns as they need."""
    columns = max(1, min(paper.width // LEAST_CARD, -(-len(frame.nodes) // max(1, height))))
    lines = -(-len(frame.nodes) // columns)
    width = paper.width // columns
    first = min(look.scroll, max(0, lines - height)) if lines > height else 0
    for index, node in enumerate(frame.nodes):
        column, row = divmod(index, lines)
        if not first <= row < first + height:
            continue
        x, y = column * width, top + row - first
        style = "bad" if node.state == "down" else "chosen" if node.name == look.node else "title"
        paper.hit(x, y, width - 1, f"node:{node.name}")
        load = node.load[-1] if node.load else 0
        end = x + width - 1
        at = paper.put(x, y, f"{NODES.get(node.state, '?')}{node.name:<5}", style)
        if node.state == "down":
            paper.put(at, y, look.t("DOWN"), "bad", width=end - at)
            continue
        at = paper.put(at, y, f"{load:3d}%", _heat(load))
        if width >= 50:
            at = paper.put(at + 1, y, spark(node.load, min(16, width - 44)), "spark")
        words = _queue(frame, look, node)
        if node.guests:
            words += [("«" + ",".join(name for name, _ in node.guests), "guest", "")]
        _line(paper, frame, at + 1, y, words, end - at - 1)
    return min(lines, height)


# ---------------------------------------------------------------------------------------------------- wires and migrations


def _wire(paper: Paper, frame: Frame, look: Look, y: int) -> int:
    """Draw the wire and its traffic of late; return the next line."""
    t = look.t
    kind = t("bus") if look.kind == "bus" else t("switch")
    what = f"{kind} {look.bandwidth_bps / 1e6:g} Mbit/s, {look.latency_ns / 1e6:g} ms"
    paper.put(0, y, "═" * paper.width, "wire")
    paper.put(1, y, f" {what} ", "wire.name")
    x = 1
    y += 1
    shown = {name: value for name, value in frame.policies.items() if value != "none"}
    policies = "  ".join(f"{name} {value}" for name, value in shown.items())
    if len(what) + len(policies) + 8 < paper.width:
        paper.put(paper.width - len(policies) - 3, y - 1, f" {policies} ", "wire.name")
    if not frame.wires:
        paper.put(x, y, t("the wire is quiet"), "dim")
    phase = frame.now_ns // 20_000_000
    for wire in frame.wires:
        arrow = "╌×╌" if wire.cut else _arrow(phase, wire.flying)
        text = f"{wire.source}{arrow}{wire.destination} {wire.messages or ''}"
        if wire.bytes:
            text += f" {size(wire.bytes)}"
        if x + len(text) + 2 > paper.width:
            paper.put(paper.width - 1, y, "…", "dim")
            break
        style = "bad" if wire.cut else "wire.busy" if wire.flying else "dim"
        x = paper.put(x, y, text, style) + 3
    return y + 1


def _arrow(phase: int, flying: int) -> str:
    if not flying:
        return "──→"
    return ("»──→", "─»─→", "──»→")[phase % 3]


def _stream(paper: Paper, frame: Frame, look: Look, one: MigrationRow, y: int) -> None:
    """Draw a migration as a stream of pages from its source to its destination."""
    t = look.t
    done = one.distinct / one.total if one.total else 1.0
    paper.hit(0, y, paper.width, f"migration:{one.name}")
    state = t("negotiating") if one.accepted_ns is None else t("copying")
    if one.frozen_ns is not None and one.resumed_ns is None:
        state = t("frozen {time}").format(time=duration(frame.now_ns - one.frozen_ns))
    elif one.resumed_ns is not None:
        state = t("runs there")
    tail = f" {one.distinct}/{one.total} {t('pages')}, {one.strategy}, {state}"
    head = f" {one.process} {one.source} "
    cells = max(10, paper.width - len(head) - len(tail) - len(one.destination) - 3)
    x = paper.put(0, y, head, "accent")
    arrived = round(cells * max(0.0, done - one.flying / max(1, one.total)))
    flying = min(cells - arrived, max(2 if one.flying else 0, round(cells * one.flying / max(1, one.total))))
    phase = frame.now_ns // 30_000_000 % 3
    stream = "".join("»" if (cell - phase) % 3 == 0 else "─" for cell in range(flying))
    x = paper.put(x, y, "·" * (cells - arrived - flying), "page.untouched")
    x = paper.put(x, y, stream, "page.flying")
    x = paper.put(x, y, "■" * arrived, "page.clean")
    x = paper.put(x, y, f" {one.destination}", "accent")
    paper.put(x, y, tail, "frozen" if one.frozen_ns is not None and one.resumed_ns is None else "dim")


def _narration(paper: Paper, look: Look, top: int, bottom: int) -> None:
    from tuiclu.tui.draw.log import draw_spoken

    if bottom - top < 2:
        return
    paper.rule(top, look.t("What happens"))
    draw_spoken(paper, look, list(look.spoken)[-(bottom - top - 1) :], top + 1, bottom)
