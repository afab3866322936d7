"""View 2: one node: its process table, the control block of a process, its ready queue, its CPU over time, and its frames."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuiclu.counted import how_many
from tuiclu.model.frame import ARRIVING, KEPT, PROMISED, TEXT
from tuiclu.texts import told
from tuiclu.tui.draw.cluster import sign_of
from tuiclu.tui.draw.glyphs import FILE, STATES
from tuiclu.tui.draw.paper import wrapped
from tuiclu.tui.draw.table import Column, Row, draw_table, heading
from tuiclu.tui.look import duration, seconds, size
from tuiclu.tui.numbers import number
from tuiclu.tui.words import PARTS, WAITS, word_for

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, NodeCard, ProcessRow
    from tuiclu.tui.draw.paper import Paper, Words
    from tuiclu.tui.look import Look

INKS = ("ink.1", "ink.2", "ink.3", "ink.4", "ink.5", "ink.6")
"""Colours that tell processes apart, beside their letters."""


def draw_node(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    node = look.card(frame)
    if node is None:
        return
    height = bottom - top
    maps = 3 if height < 24 else 6
    upper = height - 3 - maps
    wide = paper.width >= 110
    left = paper.width * 11 // 20 if wide else paper.width
    here = look.listed(frame)
    rows = upper if wide else max(4, min(len(here) + 3, upper // 2))
    _table(paper, look, node, here, top, rows, left)
    process = look.process(frame)
    if process is not None:
        if wide:
            _block(paper, frame, look, process, left, top, paper.width - left, upper)
        else:
            _block(paper, frame, look, process, 0, top + rows, paper.width, upper - rows)
    _gantt(paper, frame, look, node, top + upper)
    _frames(paper, frame, look, node, top + upper + 3, bottom)


# ------------------------------------------------------------------------------------------------- processes of the node


def _table(paper: Paper, look: Look, node: NodeCard, here: list[ProcessRow], top: int, rows: int, width: int) -> None:
    t = look.t
    title = t("Processes of {node}").format(node=f"{sign_of(node)} {node.name}")
    queue = f"{t('ready queue')}: {' → '.join(node.ready) or '-'}"
    paper.box(0, top, width, rows, title, aside=queue)
    shown = rows - 3
    index = next((at for at, one in enumerate(here) if one.pid == look.pid), 0)
    first = max(0, min(index - shown // 2, len(here) - shown))
    listed = here[first : first + shown]
    columns = [heading(look, one) for one in process_columns(look, listed, everywhere=False)]
    styles = [Row("chosen.row" if one.pid == look.pid else row_style(one), f"process:{one.pid}") for one in listed]
    draw_table(paper, 2, top + 1, width - 4, columns, styles)
    if len(here) > shown:
        paper.put(width - 16, top + rows - 1, f" {first + 1}-{first + len(listed)}/{len(here)} ", "dim")


def process_columns(look: Look, listed: list[ProcessRow], *, everywhere: bool) -> list[Column]:
    """Return the columns of a process table: of one node, or of all."""
    t = look.t
    place = [Column(t("node"), [one.node for one in listed], weight=9, name="node")] if everywhere else []
    return [
        Column(t("name"), [one.name for one in listed], name="name"),
        Column("pid", [one.pid for one in listed], weight=3, name="pid"),
        Column(t("program"), [one.program[:12] for one in listed], weight=4, name="program"),
        Column(t("state"), [_state(one, look) for one in listed], name="state"),
        *place,
        Column(t("home"), [one.home for one in listed], weight=6, name="home"),
        _numbers(t("CPU"), [(duration(one.cpu_ns), number("cpu_time", one.pid)) for one in listed], 8, "CPU"),
        _numbers(
            t("pages"), [(f"{one.resident}/{one.pages}", number("resident", one.pid)) for one in listed], 7, "pages"
        ),
        _numbers(t("waits"), [(str(one.waits), number("waits", one.pid)) for one in listed], 1, "waits"),
        _numbers(t("links"), [(str(len(one.links)), number("links", one.pid)) for one in listed], 2, "links"),
        _numbers(t("moves"), [(str(one.moves), number("moves", one.pid)) for one in listed], 5, "moves"),
    ]


def _numbers(title: str, cells: list[tuple[str, str]], weight: int, name: str) -> Column:
    texts, asked = [text for text, _ in cells], [target for _, target in cells]
    return Column(title, texts, right=True, weight=weight, numbers=asked, name=name)


def _state(one: ProcessRow, look: Look) -> str:
    return f"{STATES.get(one.state, '?')} {look.t(one.state)}"


def row_style(one: ProcessRow) -> str:
    """Return the style of a process's row."""
    return one.state if one.state in ("running", "ready", "blocked", "stopped", "frozen") else "dim"


# ------------------------------------------------------------------------------------------------- process control block

Fields = list[tuple[str, str, str]]
"""Of a control block: the name of each, what it holds, and the target of its number."""


def _block(
    paper: Paper, frame: Frame, look: Look, process: ProcessRow, x: int, y: int, width: int, height: int
) -> None:
    """Draw a process control block; what does not fit is scrolled to."""
    t = look.t
    title = t("Process control block of {process}").format(process=f"{process.name} ({process.pid})")
    paper.box(x, y, width, height, title)
    fields = _fields(frame, look, process)
    label = max(len(name) for name, _, _ in fields)
    lines = [
        (name if not at else "", part, asked if not at else "")
        for name, text, asked in fields
        for at, part in enumerate(_folded(text, max(10, width - label - 5)))
    ]
    room = height - 2
    look.scroll = first = max(0, min(look.scroll, len(lines) - room))
    for row, (name, text, asked) in enumerate(lines[first : first + room], start=1):
        paper.put(x + 2, y + row, f"{name:<{label}}", "dim")
        paper.put(x + 3 + label, y + row, text, "", width=width - label - 5, target=asked)
    if len(lines) > room > 0:
        more = f" {first + 1}-{min(len(lines), first + room)}/{len(lines)}  shift+↓ "
        paper.put(x + width - len(more) - 2, y + height - 1, more, "dim")


def _fields(frame: Frame, look: Look, process: ProcessRow) -> Fields:
    t, pid = look.t, process.pid
    state = t(process.state) + (f" ({word_for(WAITS, process.waits_for, t)})" if process.waits_for else "")
    if process.background:
        state += f", {t('in the background')}"
    moved = t("moved once") if process.moves == 1 else t("moved {count} times").format(count=process.moves)
    where = f"{process.node}, {t('home')} {process.home}, {moved}"
    fields: Fields = [
        (t("state"), f"{state}, {t('since')} {seconds(process.since_ns)}", number("since", pid)),
        (t("where"), where, number("moves", pid, "block")),
        (t("program"), process.program, ""),
        (t("CPU time"), duration(process.cpu_ns), number("cpu_time", pid, "block")),
        (t("memory"), _memory(look, process), number("resident", pid, "block")),
    ]
    faults = ", ".join(f"{t(source)} {count}" for source, count in process.faults.items())
    if faults:
        fields.append((t("page faults"), faults, number("faults", pid)))
    if process.waits:
        waited = f"{told(how_many(process.waits, 'time'), look.lang)}, {t('{time} in all').format(time=duration(process.wait_ns))}"
        fields.append((t("waited for pages"), waited, number("waits", pid, "block")))
    fields += [
        (name, text, "")
        for name, text in (
            (t("depends on"), ", ".join(_of_parts(look, one) for one in process.depends)),
            (t("linked with"), ", ".join(process.links)),
            (t("last signal"), process.signal_taken),
            (t("last read"), process.reads),
        )
        if text
    ]
    if process.ended_ns is not None:
        fields.append(
            (
                t("end"),
                f"{look.why(process.reason)} ({seconds(process.ended_ns)})",
                number("since", pid, "end"),
            )
        )
    named = block_fields(look)
    looked_ns = frame.details.looked_ns
    if frame.details.control_block and looked_ns is not None and looked_ns > frame.now_ns:
        fields.append((t("and at"), t("{instant}, where the kernel is already").format(instant=seconds(looked_ns)), ""))
    fields += [
        (
            named.get(name, name),
            _of_parts(look, text) if name in ("files", "regions") else text,
            number("block", pid, name),
        )
        for name, text in (frame.details.control_block or {}).items()
    ]
    if frame.details.output and look.pid == pid:
        last = frame.details.output.splitlines()[-6:]
        fields += [(t("output") if not at else "", line, "") for at, line in enumerate(last)]
    return fields


def _of_parts(look: Look, text: str) -> str:
    """Return a text with the names of regions, files and dependencies in the reader's words."""
    return re.sub(
        r"[a-z]+\b(?!\d)", lambda found: word_for(PARTS, found[0], look.t) if found[0] in PARTS else found[0], text
    )


def _folded(text: str, width: int) -> list[str]:
    """Return a text as lines. Items with two blanks between them, such as registers, stand in columns and stay whole."""
    items = text.split("  ")
    if len(items) < 3:
        return wrapped(text, width)
    wide = max(map(len, items)) + 2
    many = max(1, width // wide)
    rows = [items[at : at + many] for at in range(0, len(items), many)]
    return ["".join(item.ljust(wide) for item in row).rstrip() for row in rows]


def _memory(look: Look, process: ProcessRow) -> str:
    t = look.t
    pages = told(how_many(process.pages, "page"), look.lang)
    text = t("{resident} of {pages} resident").format(resident=process.resident, pages=pages)
    return text + (f", {t('{count} evicted').format(count=process.evicted)}" if process.evicted else "")


def block_fields(look: Look) -> dict[str, str]:
    """Return what the fields of a control block are called that a look into a node shows."""
    t = look.t
    return {
        "argv": t("arguments"),
        "pc": t("program counter"),
        "instructions": t("instructions"),
        "registers": t("registers"),
        "priority": t("priority"),
        "files": t("open files"),
        "regions": t("memory regions"),
        "links": t("ends of links"),
        "pending": t("pending signals"),
        "away": t("pages elsewhere"),
    }


# --------------------------------------------------------------------------------------------------- CPU and page frames


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
    title = t("The CPU of {node} in the last {time}").format(node=node.name, time=duration(span))
    paper.rule(y, title)
    paper.hit(2 + len(title) - len(duration(span)), y, len(duration(span)), number("span"))
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
    paper.put(0, y + 2, f"{max(0, start_ns) / 1e9:.3f} s", "dim", target=number("edge", "", "left"))
    now = f"{frame.now_ns / 1e9:.3f} s"
    paper.put(paper.width - len(now), y + 2, now, "dim", target=number("edge", "", "right"))
    legend = "  ".join(
        f"{names[one][0]} {one}"
        for one in dict.fromkeys(burst.process for burst in frame.details.bursts)
        if one in names and names[one][0] != one
    )
    paper.put(14, y + 2, legend, "dim", width=paper.width - 30)


OWNED = {
    KEPT: ("○", "page.remote"),
    ARRIVING: ("»", "page.flying"),
    PROMISED: ("+", "warn"),
    TEXT: ("≡", "dim"),
}
"""The sign and style of frames that no process of the node has; its own processes have their letters."""


def _frames(paper: Paper, frame: Frame, look: Look, node: NodeCard, y: int, bottom: int) -> None:
    """Draw the frames of the node: who owns each, or how many belong to whom."""
    t = look.t
    owners = frame.details.owners if frame.details.node == node.name else ()
    title = t("Frames of {node}: {used} in use, {reserved} promised, {free} free").format(
        node=node.name, used=node.allocated, reserved=node.reserved, free=node.frames - node.allocated - node.reserved
    )
    counted = len(title)  # the rest is of the look into the node, and of no event
    for what, text in (
        (TEXT, t("{count} with the text of programs")),
        (KEPT, t("{count} kept for {process}")),
        (ARRIVING, t("{count} of {process} arriving")),
    ):
        for one in owners:
            if one.what == what:
                title += f", {OWNED[what][0]} {text.format(count=one.count, process=one.process)}"
    paper.rule(y, title)
    paper.hit(2, y, counted, number("frames", node.name))
    if node.paged_out or node.files:
        _disk(paper, look, node, y, 6 + len(title))
    names = letters(frame)
    cells = paper.width * (bottom - y - 1)
    scale = max(1, -(-max(1, node.frames) // max(1, cells)))
    if scale > 1:
        said = f" {t('a cell is {count} frames').format(count=scale)} "
        said = said if len(title) + len(said) + 4 <= paper.width else f" 1:{scale} "
        paper.put(paper.width - len(said) - 1, y, said, "dim", target=number("scale"))
    signs = [(OWNED[one.what] if one.what in OWNED else names.get(one.process, ("?", "")), one.count) for one in owners]
    signs.append((("·", "dim"), node.frames - sum(one.count for one in owners)))
    drawn = [(letter, ink) for (letter, ink), count in signs for _ in range(-(-count // scale) if count > 0 else 0)]
    for at, (letter, ink) in enumerate(drawn[:cells]):
        paper.put(at % paper.width, y + 1 + at // paper.width, letter, ink)


def _disk(paper: Paper, look: Look, node: NodeCard, y: int, x: int) -> None:
    """Say what is on the disk of the node: files that all can read, and pages that had to leave their frames."""
    t = look.t
    words: list[Words] = [(f" {t('disk')}: ", "title", "")]
    for name, count in node.files:
        words += [
            (f"{FILE} {name} ", "accent", ""),
            (size(count), "dim", number("file", node.name, name)),
            (" ", "", ""),
        ]
    if node.paged_out:
        style = "bad" if node.thrashing else "dim"
        words.append((f"{t('pages out')} {node.paged_out} ", style, number("paged_out", node.name)))
        words.append((f"{t('back in')} {node.paged_in} ", style, number("paged_in", node.name)))
    paper.runs(x, y, words, max(0, paper.width - x - 24))
