"""View 3: one migration: its phases on a time line, the pages at both ends, the rounds, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tuiclu.counted import how_many
from tuiclu.model import frame as parts
from tuiclu.texts import told
from tuiclu.tui.draw.glyphs import PAGE_STYLES, PAGES, large
from tuiclu.tui.draw.log import draw_spoken
from tuiclu.tui.draw.paper import flow, packed
from tuiclu.tui.draw.table import Column, Row, draw_table, heading
from tuiclu.tui.look import duration, seconds, size
from tuiclu.tui.numbers import number

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, MigrationRow, PageMaps
    from tuiclu.tui.draw.paper import Paper, Words
    from tuiclu.tui.look import Look


def draw_migration(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    one = look.opened(frame)
    _legend(paper, look, bottom - 1)
    if one is None:
        paper.put(2, top + 1, t("No process has migrated yet. Press m to move one."), "dim")
        return
    height = bottom - top
    listed = min(len(frame.migrations), 2 if height < 26 else 6)
    y = _list(paper, frame, look, one, top, listed)
    y = _phases(paper, frame, look, one, y)
    pages = frame.details.pages if frame.details.migration == one.name else None
    wanted = _wanted_lines(pages, _inner(paper)) + 2
    most = 3 if height < 26 else 6
    below = bottom - 1 - y - most - wanted
    y = _figures(paper, look, one, y, most=most, with_rounds=below < LEAST_BELOW)
    for_maps = max(3, min(bottom - 1 - y, wanted))
    _maps(paper, look, one, pages, y, y + for_maps)
    if bottom - 1 - y - for_maps >= LEAST_BELOW:
        _below(paper, frame, look, one, y + for_maps, bottom - 1)


def _list(paper: Paper, frame: Frame, look: Look, opened: MigrationRow, top: int, rows: int) -> int:
    """Draw the latest migrations, the open one among them; return the next line."""
    t = look.t
    title = t("Migrations ({count})").format(count=len(frame.migrations))
    paper.rule(top, title)
    paper.hit(2, top, len(title), number("migrations"))
    found = look.migrations(frame)
    index = next((at for at, one in enumerate(found) if one.name == opened.name), 0)
    first = max(0, min(index - rows // 2, len(found) - rows))
    shown = found[first : first + rows]
    columns = [
        Column("", ["▶" if one.name == opened.name else " " for one in shown], weight=3),
        Column(t("name"), [one.name for one in shown], weight=4, name="name"),
        Column(t("who"), [one.process[:12] for one in shown], name="who"),
        Column(t("from, to"), [f"{one.source}→{one.destination}" for one in shown], name="from, to"),
        Column(t("strategy"), [one.strategy for one in shown], weight=8, name="strategy"),
        Column(t("outcome"), [t(one.outcome or "going on") for one in shown], name="outcome"),
        _numbers(t("freeze"), [(freeze_of(one), number("freeze", one.name, "list")) for one in shown], 7, "freeze"),
        _numbers(t("pages"), [(str(one.sent), number("sent", one.name, "list")) for one in shown], 6, "pages"),
        _numbers(t("bytes"), [(size(one.bytes), number("bytes", one.name, "list")) for one in shown], 2, "bytes"),
        Column(t("asked for by"), [asked_by(look, one) for one in shown], weight=1),
        Column("", [look.why(one.reason) if one.outcome in UNHAPPY else "" for one in shown], weight=0),
    ]
    styles = [
        Row(
            "chosen.row" if one.name == opened.name else "warn" if one.outcome in UNHAPPY else "",
            f"migration:{one.name}",
        )
        for one in shown
    ]
    draw_table(paper, 0, top + 1, paper.width, [heading(look, one) for one in columns], styles)
    return top + 2 + rows


UNHAPPY = ("refused", "aborted", "lost")
PHASES = (("negotiation", "accent"), ("copying", "page.flying"), ("frozen", "frozen"), ("afterwards", "good"))


def _numbers(title: str, cells: list[tuple[str, str]], weight: int, name: str = "") -> Column:
    texts, asked = [text for text, _ in cells], [target for _, target in cells]
    return Column(title, texts, right=True, weight=weight, numbers=asked, name=name)


def freeze_of(one: MigrationRow) -> str:
    """Return for how long a process stood still, or does so far."""
    return "-" if one.freeze_ns is None else duration(one.freeze_ns)


def _phases(paper: Paper, frame: Frame, look: Look, one: MigrationRow, y: int) -> int:
    """Draw the phases on a time line, to scale, and below it when it began and how long each took; return the next line."""
    t = look.t
    end_ns = one.ended_ns or frame.now_ns
    frozen_ns = None if one.frozen_ns is None else max(one.frozen_ns, one.accepted_ns or one.started_ns)
    marks = [one.started_ns, one.accepted_ns, frozen_ns, one.resumed_ns, end_ns]
    spans: list[tuple[str, str, int, int]] = []
    for (name, style), start, following in zip(PHASES, marks, range(1, 5), strict=False):
        if start is None:
            continue
        stop = next((mark for mark in marks[following:] if mark is not None), end_ns)
        spans.append((name, style, start, max(start, stop)))
    total = max(1, end_ns - one.started_ns)
    names = {
        "negotiation": t("negotiation"),
        "copying": t("copying"),
        "frozen": t("FROZEN"),
        "afterwards": t("afterwards"),
    }
    paper.rule(
        y,
        t("Phases of {migration}: {process} from {source} to {destination}").format(
            migration=one.name, process=one.process, source=one.source, destination=one.destination
        ),
    )
    width = paper.width - 2
    x = 1
    for name, style, start, stop in spans:
        cells = max(1 if stop > start else 0, round(width * (stop - start) / total))
        cells = min(cells, width + 1 - x)
        text = names[name] if len(names[name]) + 2 <= cells else ""
        paper.put(x, y + 1, f"├{text.center(max(0, cells - 2), '─')}┤"[:cells] if cells > 1 else "┃" * cells, style)
        x += cells
    began = seconds(one.started_ns)
    paper.put(paper.width - len(began) - 3, y, f" {began} ", "dim")
    paper.hit(paper.width - len(began) - 2, y, len(began), number("mark", one.name))
    x = 1
    for name, style, start, stop in spans:
        if stop > start:
            x = paper.put(x, y + 2, f"{names[name]} ", style)
            took = freeze_of(one) if name == "frozen" else duration(stop - start)
            x = paper.put(x, y + 2, took, style, target=number("phase", one.name, name)) + 2
    return y + 3


def _figures(paper: Paper, look: Look, one: MigrationRow, y: int, *, most: int, with_rounds: bool) -> int:
    """Draw what it cost, what it has left behind and who wanted it, on two lines at least and `most` at most; return the next line."""
    t, name = look.t, one.name
    again = one.sent - one.distinct
    figures: list[list[Words]] = [
        [(f"{t('freeze clock')} ", "frozen", ""), (freeze_of(one), "frozen", number("freeze", name)), ("   ", "", "")],
        [(f"{one.sent} {t('pages sent')}", "", number("sent", name)), (", ", "", "")],
        [(f"{again} {t('of them again')}", "page.again" if again else "", number("again", name)), ("   ", "", "")],
        [(size(one.bytes), "", number("bytes", name))],
    ]
    lines = packed(figures, paper.width - 2, 2)
    if with_rounds and one.rounds:
        lines.append(_rounds(look, one, paper.width - 2))
    if one.left or one.depends:
        lines += flow(_left_behind(look, one), paper.width - 2, 2)
    lines += flow(_why(look, one), paper.width - 2, 2)
    lines = lines[:most]
    for row, line in enumerate(lines):
        paper.runs(1, y + row, line, paper.width - 2)
    return y + max(2, len(lines))


def asked_by(look: Look, one: MigrationRow) -> str:
    """Return who wanted a migration."""
    t = look.t
    who = {
        "user": t("the user"),
        "os": t("the policy"),
        "process": t("the process"),
        "eviction": t("eviction"),
        "shutdown": t("shutdown"),
    }
    return who.get(one.initiated_by, one.initiated_by)


def _why(look: Look, one: MigrationRow) -> list[Words]:
    """Return who wanted it and why, why it was frozen when it was, and why it came to nothing."""
    t = look.t
    reason = "" if one.initiated_by == "user" and one.outcome not in UNHAPPY else look.why(one.reason)
    because = one.frozen_because.get(look.lang, "")
    words: list[Words] = [(f"{t('asked for by')} {asked_by(look, one)}", "dim", "")]
    if reason:
        words.append((f": {reason}", "warn" if one.outcome in UNHAPPY else "dim", ""))
    if because:
        words.append((f"   {t('frozen because')}: {because}", "dim", ""))
    return words


def _left_behind(look: Look, one: MigrationRow) -> list[Words]:
    t, style = look.t, "warn" if one.depends else "dim"
    left = "  ".join(
        f"{node} {t('on disk') if on_disk else t('in memory')}: {pages}" for node, on_disk, pages in one.left
    )
    waited = f"{told(how_many(one.waits, 'wait for a page'), look.lang)}, {t('{time} in all').format(time=duration(one.wait_ns))}"
    return [
        (f"{t('left behind')}: ", style, ""),
        (left or "-", style, number("left", one.name)),
        (f"   {t('depends on')}: {_needs(look, one)}   ", style, ""),
        (told(how_many(one.after, "page sent afterwards"), look.lang), style, number("after", one.name)),
        ("   ", "", ""),
        (waited, style, number("waits", one.pid)),
    ]


def _needs(look: Look, one: MigrationRow) -> str:
    """Say whom the process needs, by what their death would do to it."""
    t = look.t
    needs = {"memory": t("it dies without"), "disk": t("it waits for the disk of"), "mail": t("cut off without")}
    nodes = {kind: ", ".join(node for node, what in one.depends if what == kind) for kind in needs}
    return "; ".join(f"{needs[kind]} {nodes[kind]}" for kind in needs if nodes[kind]) or t("nobody any more")


FIRST_ROUNDS = 3
"""Rounds that are never left out: they tell most."""


def _rounds(look: Look, one: MigrationRow, width: int) -> list[Words]:
    """Return the rounds in one line, as fully as there is room for; if there is none for all, the first ones and the last ones."""
    t = look.t
    heading, brief = f"{t('rounds')} ", f"{t('pages of the rounds')} "
    rounds = list(enumerate(one.rounds, start=1))
    full = [f"{at}: {each.pages} {t('pages')} {duration(each.duration_ns)}  " for at, each in rounds]
    timed = [f"{each.pages} ({duration(each.duration_ns)})  " for _, each in rounds]
    bare = [f"{each.pages}  " for _, each in rounds]
    head, texts = next(
        ((head, form) for head, form in ((heading, full), (brief, timed)) if len(head) + sum(map(len, form)) <= width),
        (brief, bare),
    )
    words = [(text, "", number("round", one.name, at)) for at, text in enumerate(texts, start=1)]
    last = max(0, len(words) - FIRST_ROUNDS)
    while last and len(head) + 3 + sum(len(word[0]) for word in (*words[:FIRST_ROUNDS], *words[-last:])) > width:
        last -= 1
    if last < len(words) - FIRST_ROUNDS:
        words[FIRST_ROUNDS : len(words) - last] = [("…  ", "dim", "")]
    return [(head, "dim", ""), *words]


# ----------------------------------------------------------------------------------------------------------- pages

LABEL = 11
"""Cells for an address."""
RANK = {state: rank for rank, state in enumerate("fadrmoskcgu")}
"""When a cell stands for several pages it shows the one of which there is most to tell."""


class Grid(NamedTuple):
    """How pages are laid out on both maps."""

    lines: list[tuple[int, int, int]]
    """Of each line: the number of its first page, where that is in the list of all pages, and how many follow on the line."""
    scale: int
    """Pages in a cell."""
    wide: int
    """Cells between the beginnings of two pages."""


def _inner(paper: Paper) -> int:
    """Return the cells in a line of a map."""
    return (paper.width - 1) // 2 - 4


def _wanted_lines(pages: PageMaps | None, width: int) -> int:
    """Return how many lines the maps would have at their largest."""
    return len(_lines(pages, (width - LABEL) // 2)) if pages is not None else 1


def _grid(pages: PageMaps, width: int, rows: int) -> Grid:
    """Lay the pages out: every run of consecutive ones on a line of its own, wide apart if there is room; else closer, else many in a cell,
    and where there are more runs than lines, one behind the other."""
    room = max(2, width - LABEL)
    if len(lines := _lines(pages, room // 2)) <= rows:
        return Grid(lines, 1, 2)
    scale = 1
    while len(lines := _lines(pages, room * scale)) > rows and scale < 4096:
        scale *= 2
    if len(lines) <= rows:
        return Grid(lines, scale, 1)
    numbers = [first + at for first, length in zip(pages.first, pages.lengths, strict=True) for at in range(length)]
    scale = -(-len(numbers) // (rows * room))
    step = room * scale
    return Grid([(numbers[at], at, min(step, len(numbers) - at)) for at in range(0, len(numbers), step)], scale, 1)


def _lines(pages: PageMaps, step: int) -> list[tuple[int, int, int]]:
    lines, at = [], 0
    for first, length in zip(pages.first, pages.lengths, strict=True):
        lines += [(first + start, at + start, min(step, length - start)) for start in range(0, length, step)]
        at += length
    return lines


def _maps(paper: Paper, look: Look, one: MigrationRow, pages: PageMaps | None, top: int, bottom: int) -> None:
    """Draw the pages at both ends side by side, and how many are in each state."""
    t = look.t
    width = (paper.width - 1) // 2
    if bottom - top < 3:
        return
    grid = _grid(pages, _inner(paper), bottom - top - 2) if pages is not None else None
    scale = t("a cell is {count} pages").format(count=grid.scale) if grid is not None and grid.scale > 1 else ""
    remain = pages.source.count(parts.REMOTE) if pages is not None else 0
    left = told(how_many(remain, "page"), look.lang)
    gone = t("(destroyed but for {pages})").format(pages=left) if remain else t("(its copy is destroyed)")
    gone = f" {gone}" if one.committed_ns is not None else ""
    paper.box(0, top, width, bottom - top, t("{node}: source").format(node=one.source) + gone)
    paper.box(width + 1, top, width, bottom - top, t("{node}: destination").format(node=one.destination), aside=scale)
    if pages is None or grid is None:
        paper.put(2, top + 1, t("its pages are forgotten") if one.ended_ns else "...", "dim")
        return
    if scale:
        paper.hit(paper.width - 3 - len(scale), top, len(scale), number("scale"))
    for x, states, node in ((2, pages.source, one.source), (width + 3, pages.destination, one.destination)):
        _map(paper, x, top + 1, grid, states)
        _counts(paper, x, bottom - 1, width - 4, states, number("states", one.name, node))


def _map(paper: Paper, x: int, y: int, grid: Grid, states: str) -> None:
    """Draw the pages at one end."""
    for row, (first, at, count) in enumerate(grid.lines):
        address = f"{first << 12:x}"
        paper.put(x, y + row, f"{address:>{LABEL - 1}}", "dim", target=number("address", "", address))
        for cell in range(-(-count // grid.scale)):
            part = states[at + cell * grid.scale : at + min(count, (cell + 1) * grid.scale)]
            state = min(part, key=lambda one: RANK.get(one, 99))
            paper.put(x + LABEL + cell * grid.wide, y + row, PAGES[state], PAGE_STYLES[state])


def _counts(paper: Paper, x: int, y: int, width: int, states: str, asked: str) -> None:
    """Draw how many pages are in each state."""
    found = [state for state in RANK if state in states]
    paper.runs(x, y, [(f" {PAGES[one]} {states.count(one)} ", PAGE_STYLES[one], asked) for one in found], width)


# ----------------------------------------------------------------------------------------------------- where there is room

LEAST_BELOW = 6
"""Lines below the maps that are worth using."""


def _below(paper: Paper, frame: Frame, look: Look, one: MigrationRow, top: int, bottom: int) -> None:
    """Draw the rounds as a table, the freeze clock so that it can be read from the last row, and what happened meanwhile."""
    t = look.t
    paper.rule(top, t("Rounds"))
    half = paper.width * 3 // 5
    rows = bottom - top - 2
    story = top + max(7, min(rows, len(one.rounds)) + 2)
    if bottom - story >= LEAST_BELOW:
        _story(paper, frame, look, one, story, bottom)
    if one.rounds:
        shown = list(enumerate(one.rounds, start=1))
        shown = shown if len(shown) <= rows else [*shown[:FIRST_ROUNDS], *shown[FIRST_ROUNDS - rows :]]
        most = max(each.pages for _, each in shown)
        room = max(4, half - 42)
        columns = [
            Column(t("round"), [str(at) for at, _ in shown], right=True),
            _numbers(
                t("pages"), [(str(each.pages), number("round", one.name, f"{at} pages")) for at, each in shown], 9
            ),
            _numbers(
                t("bytes"), [(size(each.bytes), number("round", one.name, f"{at} bytes")) for at, each in shown], 9
            ),
            _numbers(
                t("time"),
                [(duration(each.duration_ns), number("round", one.name, f"{at} time")) for at, each in shown],
                9,
            ),
            Column("", ["■" * max(1, each.pages * room // most) if each.pages else "" for _, each in shown]),
        ]
        draw_table(paper, 1, top + 1, half - 2, columns, [Row("", "")] * len(shown))
    else:
        paper.put(1, top + 1, t("none so far: no set of pages has been acknowledged"), "dim")
    mail = (one.letters_held, one.letters_forwarded, one.updates)
    if any(mail) and bottom - top > LEAST_BELOW:
        said = t("letters: {held} moved along, {forwarded} were forwarded; {updates} updates").format(
            held=mail[0], forwarded=mail[1], updates=mail[2]
        )
        paper.put(half + 2, top + 6, said, "dim", target=number("letters", one.name), width=paper.width - half - 2)
    if look.ascii_only:
        return
    clock, _, unit = freeze_of(one).partition(" ")
    for row, line in enumerate(large(clock)):
        end = paper.put(half + 2, top + 2 + row, line, "frozen", target=number("freeze", one.name))
    paper.put(end + 1, top + 4, f"{unit}  {t('freeze time')}", "frozen")


def _story(paper: Paper, frame: Frame, look: Look, one: MigrationRow, top: int, bottom: int) -> None:
    """Tell what happened from the wish to the end of a migration, or so far: its beginning if not all has room."""
    until_ns = one.ended_ns if one.ended_ns is not None else frame.now_ns
    told = [each for each in look.spoken if one.started_ns <= each.t <= until_ns and each.kind != "process.output"]
    paper.rule(top, look.t("What happened meanwhile"))
    draw_spoken(paper, look, told, top + 1, bottom)


def _legend(paper: Paper, look: Look, y: int) -> None:
    t = look.t
    names = {
        parts.UNTOUCHED: t("untouched"),
        parts.CLEAN: t("clean"),
        parts.DIRTY: t("dirty"),
        parts.FLYING: t("in flight"),
        parts.SENT: t("sent"),
        parts.AGAIN: t("sent again"),
        parts.REMOTE: t("remote"),
        parts.FETCHED: t("fetched"),
        parts.ON_DISK: t("on disk"),
        parts.GONE: t("gone"),
    }
    x = 0
    for state, name in names.items():
        if x + len(name) + 3 > paper.width:
            break
        x = paper.put(x, y, f" {PAGES[state]}", PAGE_STYLES[state])
        x = paper.put(x, y, f" {name}", "dim")
