"""What a snapshot has recorded, beside the diagram: the state of each node, the channels, the verdict, and what betrays it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tuiclu.counted import how_many
from tuiclu.texts import in_own_words, told
from tuiclu.tui.draw.paper import wrapped
from tuiclu.tui.look import seconds
from tuiclu.tui.words import message_word

if TYPE_CHECKING:
    from tuiclu.model.frame import MessageRow, SnapshotRow
    from tuiclu.texts import Translate
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

Line = tuple[str, str]
"""A text, and its style."""
BETRAYING = 3
"""How many messages are named that betray a cut."""
VERDICTS = {
    "": ("is being recorded", "accent"),
    "consistent": ("consistent", "good"),
    "inconsistent": ("NOT consistent", "bad"),
    "failed": ("cannot be completed", "warn"),
}


def draw_recorded(
    paper: Paper,
    look: Look,
    snapshot: SnapshotRow,
    messages: list[MessageRow],
    x: int,
    top: int,
    width: int,
    height: int,
) -> None:
    """Draw what a snapshot holds so far."""
    title, style = title_of(snapshot, look)
    paper.rule(top, "", x, width)
    paper.put(x + 1, top, f" {title} ", style, width=width - 2)
    lines = [(part, style) for text, style in lines_of(snapshot, messages, look) for part in wrapped(text, width - 2)]
    for row, (text, style) in enumerate(lines[: height - 1], start=top + 1):
        paper.put(x + 1, row, text, style)


def title_of(snapshot: SnapshotRow, look: Look) -> Line:
    """Return what a snapshot comes to, in a line."""
    t = look.t
    ways = {
        "markers": t("by markers"),
        "clocks": t("by clocks"),
        "poll": t("by a poll"),
        "unordered": t("by markers that are overtaken"),
    }
    said, style = VERDICTS[snapshot.outcome]
    totals = f": {snapshot.totals}" if snapshot.totals else ""
    return f"{t('Snapshot')} {snapshot.snapshot} {ways[snapshot.way]}, {t(said)}{totals}", style


def lines_of(snapshot: SnapshotRow, messages: list[MessageRow], look: Look) -> list[Line]:
    """Return the lines below: first what betrays it, then what it holds."""
    t = look.t
    number = snapshot.snapshot
    betraying = [one for one in messages if number in one.betrays]
    told_of = t("{message} ({what}) is received at {to} before the cut, and sent at {source} behind it")
    lines = [
        (told_of.format(message=one.name, what=message_word(one.type, t), to=one.destination, source=one.source), "bad")
        for one in betraying[:BETRAYING]
    ]
    if len(betraying) > BETRAYING:
        lines.append((t("and {count} more messages from the future").format(count=len(betraying) - BETRAYING), "bad"))
    lines += [(in_own_words(snapshot.reason, look.lang), "warn")] if snapshot.reason else []
    lines += [(t("all work has ended; that stays so"), "warn")] if snapshot.over else []
    lines += [(f"{t('lost for ever')}: {', '.join(snapshot.lost)}", "warn")] if snapshot.lost else []
    lines += [(f"{t('wait for each other for ever')}: {', '.join(snapshot.stuck)}", "warn")] if snapshot.stuck else []
    lines += [(f"{t('just changing hands')}: {', '.join(snapshot.moving)}", "frozen")] if snapshot.moving else []
    lines += [_channel(line, t) for line in _channels(snapshot, messages)]
    lines += [
        (
            f"{source}→{destination} {told(how_many(count, 'message'), look.lang)}{', ' + brings if brings else ''}",
            "good",
        )
        for source, destination, count, brings in snapshot.between
        if brings
    ]
    for node, at_ns, has in snapshot.nodes:
        if at_ns is None:
            lines.append((f"{node}  {t('has not recorded its state yet')}", "dim"))
        else:
            lines.append((f"{node}  {seconds(at_ns)}  {has or t('no process')}", ""))
    return lines


def _channels(snapshot: SnapshotRow, messages: list[MessageRow]) -> list[tuple[str, str, dict[str, int], str]]:
    """Return what is in channels: from, to, how many of which kind, and whether it is recorded, grows, or is missed."""
    if snapshot.way in ("clocks", "poll"):
        missed: dict[tuple[str, str], Counter[str]] = {}
        for one in reversed(messages):
            if snapshot.snapshot in one.caught:
                missed.setdefault((one.source, one.destination), Counter())[one.type] += 1
        return [(*between, dict(kinds), "missed") for between, kinds in missed.items()]
    found = [(one.source, one.destination, dict(one.messages), "recorded") for one in snapshot.channels]
    known = {one[:2] for one in found}
    growing: dict[tuple[str, str], Counter[str]] = {}
    if not snapshot.outcome:
        for one in reversed(messages):
            if snapshot.snapshot in one.caught and (one.source, one.destination) not in known:
                growing.setdefault((one.source, one.destination), Counter())[one.type] += 1
    return [*found, *((*between, dict(kinds), "growing") for between, kinds in growing.items())]


def _channel(line: tuple[str, str, dict[str, int], str], t: Translate) -> Line:
    source, destination, kinds, how = line
    what = ", ".join(f"{count} × {message_word(kind, t)}" for kind, count in kinds.items())
    if how == "missed":
        return f"{source}→{destination}  {what}  {t('(nobody looks into this channel)')}", "warn"
    return f"{source}→{destination}  {what}", "good" if how == "recorded" else "accent"
