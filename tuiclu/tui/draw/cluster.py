"""View 1: a card for each node, what is on the wires, processes on the move, and the narration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.glyphs import FILE, NODES, WROTE, bar, spark
from tuiclu.tui.draw.paper import Paper, Words
from tuiclu.tui.look import duration, size
from tuiclu.tui.numbers import number
from tuiclu.tui.words import SETTINGS, VALUES, word_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuiclu.model.frame import Frame, MigrationRow, NodeCard, Wire
    from tuiclu.tui.look import Look

CARD = 36
"""Cells that a card wants in width."""
LEAST_CARD = 24
MOST_LINES = 8
"""Lines inside a card, at most."""
LEAST_LINES = 3


def draw_cluster(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    height = bottom - top
    moving = [one for one in frame.migrations if one.ended_ns is None][-max(2, height // 8) :]
    narration = height // 4 if height >= 20 else 3  # cards need the lines that a caption takes more than it does
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
        style = "bad" if node.state == "down" else "chosen" if node.name == look.node else "frame"
        speed = f"{node.ips / 1e6:g} MIPS" + (f" ({node.percent} %)" if node.percent != 100 else "")
        paper.box(x, y, width, inside + 2, f"{sign_of(node)} {node.name}{_badge(node, look)}", style, aside=speed)
        for row in range(y, y + inside + 2):
            paper.hit(x, row, width, f"node:{node.name}")
        paper.hit(x + width - 2 - len(speed), y, len(speed), number("mips", node.name))
        if node.life > 1:
            paper.hit(x + 2, y, 2 + len(node.name) + len(_badge(node, look)), number("life", node.name))
        for row, line in enumerate(lines[:inside]):
            paper.runs(x + 2, y + 1 + row, line, width - 4)
    return -(-len(frame.nodes) // columns) * (inside + 2)


def sign_of(node: NodeCard) -> str:
    """Return the sign of a node's state."""
    return NODES["thrashing"] if node.thrashing and node.state == "up" else NODES.get(node.state, "?")


def _badge(node: NodeCard, look: Look) -> str:
    """Return what stands behind a node's name."""
    t = look.t
    parts = [t("DOWN")] if node.state == "down" else [t("paused")] if node.state == "paused" else []
    if node.thrashing and node.state == "up":
        parts.append(t("THRASHES"))
    if node.owner == "active":
        parts.append(t("OWNER"))
    elif node.owner == "idle":
        parts.append(t("idle"))
    if node.life > 1:
        parts.append(t("life {number}").format(number=node.life))
    return "".join(f" {part}" for part in parts)


def _card_lines(frame: Frame, look: Look, node: NodeCard, width: int) -> list[list[Words]]:
    """Return the lines of a card, the most important first."""
    if node.state == "down":
        files = [_files(look, node)] if node.files else []
        return [[(look.t("crashed; its memory is lost"), "bad", "")], _guests(frame, look, node), *files]
    cells = max(4, min(12, width - 24))
    lines = [_cpu(look, node, cells, width), queue_of(frame, look, node), _memory(look, node, cells, width)]
    if node.thrashing:
        lines.insert(2, _paging(look, node, "bad"))
    told = _told(look, node)
    if told:
        lines.append(told)
    lines.append([*_load(look, node), *_guests(frame, look, node)])
    if node.files:
        lines.append(_files(look, node))
    if node.paged_out and not node.thrashing:
        lines.append(_paging(look, node, "dim"))
    if node.pid is not None:
        lines.append(_real(look, node))
    return lines


def _cpu(look: Look, node: NodeCard, cells: int, width: int) -> list[Words]:
    load = node.load[-1] if node.load else 0
    asked = number("cpu", node.name)
    words = [(f"{look.t('cpu')} ", "dim", ""), (bar(load / 100, cells), _heat(load), "")]
    words += [(f"{load:4d}%", "", asked), (" ", "", "")]
    return [*words, (spark(node.load, max(0, min(40, width - cells - 10))), "spark", asked)]


def _memory(look: Look, node: NodeCard, cells: int, width: int) -> list[Words]:
    share = (node.allocated + node.reserved) / node.frames if node.frames else 0
    asked = number("memory", node.name)
    words = [(f"{look.t('mem')} ", "dim", ""), (bar(share, cells), "memory", "")]
    words += [(f"{round(100 * share):4d}%", "", asked), (f" {node.allocated}", "dim", asked)]
    if node.reserved:
        words.append((f"+{node.reserved}", "warn", number("promised", node.name)))
    return [*words, (f"/{node.frames}" + (f" {look.t('frames')}" if width >= 40 else ""), "dim", asked)]


def _paging(look: Look, node: NodeCard, style: str) -> list[Words]:
    """Return what goes to the disk and comes back."""
    t = look.t
    words: list[Words] = []
    if node.thrashing:
        words.append((f"{t('waits for pages')} {node.thrashing} %", style, number("thrashing", node.name)))
        words.append(("  ", "", ""))
    words.append((f"{t('pages out')} {node.paged_out}", style, number("paged_out", node.name)))
    return [*words, ("  ", "", ""), (f"{t('back in')} {node.paged_in}", style, number("paged_in", node.name))]


def _load(look: Look, node: NodeCard) -> list[Words]:
    """Return its load as its Initiator reckons it, if there is any."""
    if not node.weight:
        return []
    return [(f"{look.t('load')} {node.weight / 1000:.2f}", "accent", number("damped", node.name)), ("  ", "", "")]


def _told(look: Look, node: NodeCard) -> list[Words]:
    """Return what it alone has, what it has been told, and where it decides otherwise than most."""
    t = look.t
    hosts = {
        "blocked": t("takes no guests"),
        "stays": t("nobody is moved"),
        "evicting": t("must leave: {processes}").format(processes=", ".join(node.leaving) or "-"),
        "leaving": t("goes down soon"),
    }
    words: list[Words] = [(f"{hosts[host]}  ", "warn", "") for host in node.host]
    words += [(f"{t('does not hear {node}').format(node=one)}  ", "warn", "") for one in node.suspects]
    words += [(f"{in_force(look, name, value)}  ", "accent", "") for name, value in node.policies.items()]
    return words + [(f"{t('has')} {resource}  ", "accent", "") for resource in node.resources]


def in_force(look: Look, setting: str, value: str) -> str:
    """Say what is in force."""
    return f"{word_for(SETTINGS, setting, look.t)} {word_for(VALUES, value, look.t)}"


def queue_of(frame: Frame, look: Look, node: NodeCard) -> list[Words]:
    """Return the processes of a node by their states, as they stand in its queues."""
    pids = {one.name: one.pid for one in frame.processes}
    asked = number("queue", node.name)

    def of(sign: str, names: Sequence[str], style: str) -> list[Words]:
        found = [
            (f"{name}{WROTE if name in node.writers else ''} ", style, f"process:{pids.get(name, '')}")
            for name in names
        ]
        return [(sign, style, asked), *found] if names else []

    running = of("▶", [node.running] if node.running else [], "running") or [
        (look.t("no process runs") + " ", "dim", asked)
    ]
    return [
        *running,
        *of("○ ", node.ready, "ready"),
        *of("* ", node.frozen, "frozen"),
        *of("■ ", node.stopped, "stopped"),
        *of("◌ ", node.blocked, "blocked"),
    ]


def _guests(frame: Frame, look: Look, node: NodeCard) -> list[Words]:
    """Return who is here from elsewhere, and who is from here elsewhere."""
    t = look.t
    pids = {one.name: one.pid for one in frame.processes}
    words: list[Words] = []
    if node.state != "down":
        words.append((f"{t('guests')} ", "dim", ""))
        words += [(f"{name}←{home} ", "guest", f"process:{pids.get(name, '')}") for name, home in node.guests]
        words += [] if node.guests else [("-  ", "dim", "")]
    words.append((f"{t('away')} ", "dim", ""))
    words += [(f"{name}→{where} ", "away", f"process:{pids.get(name, '')}") for name, where in node.away]
    return words if node.away else [*words, ("-", "dim", "")]


def _files(look: Look, node: NodeCard) -> list[Words]:
    words: list[Words] = [(f"{look.t('disk')} ", "dim", "")]
    for name, count in node.files:
        words += [
            (f"{FILE} {name} ", "accent", ""),
            (size(count), "dim", number("file", node.name, name)),
            ("  ", "", ""),
        ]
    return words


def _real(look: Look, node: NodeCard) -> list[Words]:
    real = look.real.get(node.name)
    words: list[Words] = [(f"{look.t('real')} ", "dim", ""), (f"pid {node.pid}", "dim", number("real_pid", node.name))]
    if real is None:
        return words
    words += [("  ", "", ""), (f"{real.cpu_percent:.0f}% cpu", "dim", number("real_cpu", node.name))]
    words += [("  ", "", ""), (size(real.rss_bytes), "dim", number("real_memory", node.name))]
    return words if real.status in ("sleeping", "running") else [*words, (f"  {real.status}", "warn", "")]


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
        broken = node.state == "down" or node.thrashing
        style = "bad" if broken else "chosen" if node.name == look.node else "title"
        paper.hit(x, y, width - 1, f"node:{node.name}")
        load = node.load[-1] if node.load else 0
        end = x + width - 1
        at = paper.put(x, y, f"{sign_of(node)}{node.name:<5}", style)
        if node.state == "down":
            paper.put(at, y, look.t("DOWN"), "bad", width=end - at)
            continue
        at = paper.put(at, y, f"{load:3d}%", _heat(load), target=number("cpu", node.name))
        if width >= 50:
            at = paper.put(at + 1, y, spark(node.load, min(16, width - 44)), "spark")
        words = queue_of(frame, look, node)
        if node.running is None:
            words[0] = ("· ", "dim", number("queue", node.name))
        if node.guests:
            words.append(("«" + ",".join(name for name, _ in node.guests), "guest", ""))
        paper.runs(at + 1, y, words, end - at - 1)
    return min(lines, height)


# ---------------------------------------------------------------------------------------------------- wires and migrations


def _wire(paper: Paper, frame: Frame, look: Look, y: int) -> int:
    """Draw the wire and its traffic of late; return the next line."""
    t = look.t
    kind = {"bus": t("bus"), "switch": t("switch"), "mesh": t("mesh")}.get(look.kind, "")
    bandwidth, latency = f"{look.bandwidth_bps / 1e6:g} Mbit/s", f"{look.latency_ns / 1e6:g} ms"
    paper.put(0, y, "═" * paper.width, "wire")
    runs: list[Words] = [(f" {kind} ", "wire.name", ""), (bandwidth, "wire.name", number("bandwidth"))]
    runs += [(", ", "wire.name", ""), (latency, "wire.name", number("latency")), (" ", "wire.name", "")]
    x = paper.runs(1, y, runs, paper.width)
    shown = [in_force(look, name, value) for name, value in frame.policies.items() if value != "none"]
    while shown and x + len("  ".join(shown)) + 6 >= paper.width:
        shown.pop()
    policies = "  ".join(shown)
    if policies:
        paper.put(paper.width - len(policies) - 3, y, f" {policies} ", "wire.name")
    _traffic(paper, frame, look, y + 1)
    return y + 2


def _traffic(paper: Paper, frame: Frame, look: Look, y: int) -> None:
    """Draw what went from one node to another lately: in the order of their names, the busiest alone if not all fit."""
    if not frame.wires:
        paper.put(1, y, look.t("the wire is quiet"), "dim")
    phase = frame.now_ns // 20_000_000
    drawn = [_wire_words(wire, phase, look.t("in")) for wire in frame.wires]
    wanted = sorted(range(len(drawn)), key=lambda at: (not frame.wires[at].cut, -frame.wires[at].bytes))
    room, shown = paper.width - 2, []
    for at in wanted:
        room -= sum(len(text) for text, _, _ in drawn[at])
        if room < 0:
            paper.put(paper.width - 1, y, "…", "dim")
            break
        shown.append(at)
    paper.runs(1, y, (words for at in sorted(shown) for words in drawn[at]), paper.width - 2)


def _wire_words(wire: Wire, phase: int, in_word: str) -> list[Words]:
    style = "bad" if wire.cut else "wire.busy" if wire.flying else "dim"
    arrow = "╌×╌" if wire.cut else _arrow(phase, wire.flying)
    about = f"{wire.source}→{wire.destination}"
    words: list[Words] = [(f"{wire.source}{arrow}{wire.destination}", style, "")]
    if wire.messages:
        words += [(" ", "", ""), (size(wire.bytes), style, number("wire_bytes", about))]
        words += [(f" {in_word} ", style, ""), (str(wire.messages), style, number("wire_messages", about))]
    return [*words, ("   ", "", "")]


def _arrow(phase: int, flying: int) -> str:
    if not flying:
        return "──→"
    return ("»──→", "─»─→", "──»→")[phase % 3]


def _stream(paper: Paper, frame: Frame, look: Look, one: MigrationRow, y: int) -> None:
    """Draw a migration as a stream of pages from its source to its destination."""
    t = look.t
    paper.hit(0, y, paper.width, f"migration:{one.name}")
    frozen = one.frozen_ns is not None and one.resumed_ns is None
    state, time = t("negotiating") if one.accepted_ns is None else t("copying"), ""
    if frozen and one.freeze_ns is not None:
        state, time = t("frozen"), duration(one.freeze_ns)
    elif one.resumed_ns is not None:
        state = t("runs there")
    style = "frozen" if frozen else "dim"
    tail: list[Words] = [
        (" ", "", ""),
        (f"{one.arrived}/{one.total} {t('pages')}", style, number("moved", one.name)),
        (f", {one.strategy}, {state} ", style, ""),
        (time, style, number("freeze", one.name)),
    ]
    head = f" {one.process} {one.source} "
    cells = max(10, paper.width - len(head) - sum(len(text) for text, _, _ in tail) - len(one.destination) - 3)
    x = paper.put(0, y, head, "accent")
    arrived = cells * one.arrived // max(1, one.total)
    flying = min(cells - arrived, max(2 if one.flying else 0, round(cells * one.flying / max(1, one.total))))
    phase = frame.now_ns // 30_000_000 % 3
    stream = "".join("»" if (cell - phase) % 3 == 0 else "─" for cell in range(flying))
    x = paper.put(x, y, "·" * (cells - arrived - flying), "page.untouched")
    x = paper.put(x, y, stream, "page.flying")
    x = paper.put(x, y, "■" * arrived, "page.clean")
    x = paper.put(x, y, f" {one.destination}", "accent")
    paper.runs(x, y, tail, paper.width - x)


def _narration(paper: Paper, look: Look, top: int, bottom: int) -> None:
    from tuiclu.tui.draw.log import draw_spoken, last_that_fit

    if bottom - top < 2:
        return
    paper.rule(top, look.t("What happens"))
    rows = bottom - top - 1
    told = [
        one for one in look.spoken if one.kind != "process.output"
    ]  # its place is the log; a mark says who has written
    draw_spoken(paper, look, last_that_fit(look, told[-rows:], rows, paper.width), top + 1, bottom)
