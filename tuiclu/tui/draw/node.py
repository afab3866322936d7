"""View 2: one node: its process table, the control block of a process, its ready queue, its CPU over time, and its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.glyphs import NODES, STATES
from tuiclu.tui.look import duration, processes_of, seconds

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, NodeCard, ProcessRow
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

COLUMNS = "{:<10.10} {:<8.8} {:<9.9} {:<10.10} {:<5.5} {:>8} {:>9.9} {:>5.5} {:>5.5}"
"""Of the process table."""
INKS = ("ink.1", "ink.2", "ink.3", "ink.4", "ink.5", "ink.6")
"""Colours that tell processes apart, beside their letters."""


def draw_node(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    node = look.card(frame)
    if node is None:
        return
    height = bottom - top
    maps = 3 if height < 24 else 6
    strips = 3 + maps
    upper = height - strips
    wide = paper.width >= 100
    left = paper.width * 3 // 5 if wide else paper.width
    rows = upper if wide else max(4, upper // 2)
    _table(paper, frame, look, node, top, rows, left)
    process = look.process(frame)
    if process is not None:
        if wide:
            _block(paper, frame, look, process, left, top, paper.width - left, upper)
        else:
            _block(paper, frame, look, process, 0, top + rows, paper.width, upper - rows)
    _gantt(paper, frame, look, node, top + upper)
    _frames(paper, frame, look, node, top + upper + 3, bottom)


def _table(paper: Paper, frame: Frame, look: Look, node: NodeCard, top: int, rows: int, width: int) -> None:
    t = look.t
    here = processes_of(frame, node.name)
    title = t("Processes of {node}").format(node=f"{NODES.get(node.state, '?')} {node.name}")
    queue = f"{t('ready queue')}: {' → '.join(node.ready) or '-'}"
    paper.box(0, top, width, rows, title, aside=queue)
    names = (t("name"), "pid", t("program"), t("state"), t("home"), "cpu", t("pages"), t("links"), t("moves"))
    heading = COLUMNS.format(*names)
    paper.put(2, top + 1, heading, "dim", width=width - 4)
    shown = rows - 3
    index = next((at for at, one in enumerate(here) if one.pid == look.pid), 0)
    first = max(0, min(index - shown // 2, len(here) - shown))
    for row, one in enumerate(here[first : first + shown]):
        state = f"{STATES.get(one.state, '?')} {t(one.state)}"
        pages = f"{one.resident}/{one.pages}"
        line = COLUMNS.format(
            one.name,
            one.pid,
            one.program,
            state,
            one.home,
            duration(one.cpu_ns),
            pages,
            str(len(one.links)),
            str(one.moves),
        )
        style = "chosen.row" if one.pid == look.pid else _style(one.state)
        paper.put(2, top + 2 + row, line.ljust(width - 4), style, width=width - 4, target=f"process:{one.pid}")


def _style(state: str) -> str:
    return state if state in ("running", "ready", "blocked", "stopped", "frozen") else "dim"


def _block(
    paper: Paper, frame: Frame, look: Look, process: ProcessRow, x: int, y: int, width: int, height: int
) -> None:
    """Draw a process control block."""
    t = look.t
    paper.box(
        x, y, width, height, t("Process control block of {process}").format(process=f"{process.name} ({process.pid})")
    )
    waits = f" ({process.waits_for})" if process.waits_for else ""
    lines = [
        (t("state"), f"{t(process.state)}{waits}, {t('since')} {seconds(process.since_ns)}"),
        (
            t("where"),
            f"{process.node}, {t('home')} {process.home}, {t('moved {count} times').format(count=process.moves)}",
        ),
        (t("program"), process.program),
        (t("CPU time"), duration(process.cpu_ns)),
        (t("memory"), t("{resident} of {pages} pages resident").format(resident=process.resident, pages=process.pages)),
        *([(t("links"), ", ".join(process.links))] if process.links else []),
    ]
    if process.ended_ns is not None:
        lines.append((t("end"), f"{process.reason} ({seconds(process.ended_ns)})"))
    lines += list((frame.details.control_block or {}).items())
    if frame.details.output and look.pid == process.pid:
        lines += [
            (t("output") if not at else "", line) for at, line in enumerate(frame.details.output.splitlines()[-6:])
        ]
    label = max((len(name) for name, _ in lines), default=0)
    row = y + 1
    for name, text in lines:
        for part in _folded(text, max(10, width - label - 5)):
            if row >= y + height - 1:
                return
            paper.put(x + 2, row, f"{name:<{label}}", "dim")
            paper.put(x + 3 + label, row, part, "", width=width - label - 5)
            row, name = row + 1, ""


def _folded(text: str, width: int) -> list[str]:
    from tuiclu.tui.draw.whole import wrapped

    return wrapped(text, width)


def letters(frame: Frame) -> dict[str, tuple[str, str]]:
    """Return a letter and a style for each process by name: its own first letter if that is free."""
    found: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for index, one in enumerate(frame.processes):
        wanted = one.name + one.name.upper() + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        number = one.name[len(one.name.rstrip("0123456789")) :]
        letter = next(
            (letter for letter in (number[-1:] if len(number) == 1 else "") + wanted if letter not in taken), "?"
        )
        letter = one.name[0] if one.name[0] not in taken else letter
        taken.add(letter)
        found[one.name] = letter, INKS[index % len(INKS)]
    return found


def _gantt(paper: Paper, frame: Frame, look: Look, node: NodeCard, y: int) -> None:
    """Draw who had the CPU when, the present at the right."""
    t = look.t
    span = look.span_ns
    paper.rule(y, t("The CPU of {node} in the last {time}").format(node=node.name, time=duration(span)))
    start_ns = frame.now_ns - span
    names = letters(frame)
    paper.put(0, y + 1, "·" * paper.width, "dim")
    for burst in frame.details.bursts:
        left = (burst.start_ns - start_ns) * paper.width // span
        right = max(left + 1, (burst.end_ns - start_ns) * paper.width // span)
        if right <= 0 or left >= paper.width:
            continue
        left = max(0, left)
        letter, ink = names.get(burst.process, ("?", ""))
        width = min(paper.width, right) - left
        label = burst.process if width > len(burst.process) + 1 else letter
        paper.put(left, y + 1, (label + "━" * width)[:width], ink)
    paper.put(0, y + 2, f"{max(0, start_ns) / 1e9:.3f} s", "dim")
    now = f"{frame.now_ns / 1e9:.3f} s"
    paper.put(paper.width - len(now), y + 2, now, "dim")
    legend = "  ".join(
        f"{names[one][0]}={one}"
        for one in dict.fromkeys(burst.process for burst in frame.details.bursts)
        if one in names
    )
    paper.put(14, y + 2, legend, "dim", width=paper.width - 30)


def _frames(paper: Paper, frame: Frame, look: Look, node: NodeCard, y: int, bottom: int) -> None:
    """Draw the frames of the node: who owns each, or how many belong to whom."""
    t = look.t
    title = t("Frames of {node}: {used} in use, {reserved} promised, {free} free").format(
        node=node.name, used=node.allocated, reserved=node.reserved, free=node.frames - node.allocated - node.reserved
    )
    paper.rule(y, title)
    names = letters(frame)
    cells = paper.width * (bottom - y - 1)
    owned = [*frame.details.frame_map] or [
        *((one.name, one.resident) for one in processes_of(frame, node.name) if one.ended_ns is None),
    ]
    total = max(1, node.frames)
    scale = max(1, -(-total // max(1, cells)))
    if scale > 1:
        paper.put(paper.width - 24, y, f" {t('a cell is {count} frames').format(count=scale)} ", "dim")
    at = 0
    for name, count in [*owned, ("", max(0, total - sum(count for _, count in owned)))]:
        letter, ink = names.get(name, ("·", "dim"))
        for _ in range(-(-count // scale) if count else 0):
            if at >= cells:
                return
            paper.put(at % paper.width, y + 1 + at // paper.width, letter, ink)
            at += 1
