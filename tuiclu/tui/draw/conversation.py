"""View 4: what the Initiators say to each other, as a ladder, numbered as in Fig. 14.2; and what they decided, with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.look import seconds

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, Talk
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

STEPS = {
    1: "Will you take {process}?",
    2: "Yes, migrate to machine {receiver}",
    3: "Migrate {process} out",
    4: "Offer {process}",
    5: "Offer {process}",
    6: "Migrate {process} in",
    7: "Accept offer",
}
"""The seven messages of Fig. 14.2."""


def draw_conversation(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    beliefs = min(len(frame.beliefs) + 1, (bottom - top) // 4) if frame.beliefs else 0
    decisions = min(len(frame.decisions) + 1, (bottom - top) // 3) if frame.decisions else 0
    _ladder(paper, frame, look, top, bottom - beliefs - decisions)
    y = bottom - beliefs - decisions
    if decisions:
        paper.rule(y, t("Decisions, and the numbers they compared"))
        for row, one in enumerate(frame.decisions[-(decisions - 1) :] if decisions > 1 else ()):
            numbers = ", ".join(f"{name} {value}" for name, value in one.numbers.items())
            text = f"{seconds(one.t):>13} {one.by}: {one.about} {one.verdict}: {one.reason}  {numbers}"
            paper.put(0, y + 1 + row, text, "good" if one.verdict in ("yes", "accept") else "", width=paper.width)
        y += decisions
    if beliefs:
        paper.rule(y, t("What a node believes of the others, and what is true"))
        truth = {node.name: node.load[-1] if node.load else 0 for node in frame.nodes}
        for row, belief in enumerate(frame.beliefs[-(beliefs - 1) :] if beliefs > 1 else ()):
            held = f"{belief.holder} of {belief.about}: {belief.load} ({seconds(belief.t)})"
            text = f"{held}  {t('truth')}: cpu {truth.get(belief.about, 0)}%"
            paper.put(0, y + 1 + row, text, "", width=paper.width)


def _ladder(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    t = look.t
    one = look.opened(frame)
    paper.rule(
        top, t("Conversation about {process}").format(process=one.process) if one is not None else t("Conversation")
    )
    if one is None:
        paper.put(2, top + 1, t("Nobody has spoken about a migration yet. Press m to move a process."), "dim")
        return
    talks = [talk for talk in frame.talks if talk.migration == one.name]
    places = list(
        dict.fromkeys([one.source, one.destination, *(who for talk in talks for who in (talk.sender, talk.receiver))])
    )
    left = 14
    gap = max(16, (paper.width - left - 8) // max(1, len(places)))
    columns = {place: left + gap // 2 + at * gap for at, place in enumerate(places)}
    for place, x in columns.items():
        paper.put(x - len(place) // 2, top + 1, place, "title")
    rows = bottom - top - 2
    spacing = 2 if len(talks) * 2 + 2 <= rows else 1
    for y in range(top + 2, bottom):
        for x in columns.values():
            paper.put(x, y, "│", "frame")
    y = top + 2
    for talk in talks[-(rows // spacing) :]:
        if y + spacing > bottom:
            return
        _rung(paper, look, one.process, talk, columns, y)
        y += spacing
    for instant, text, style in (
        (one.frozen_ns, t("{process} stands still").format(process=one.process), "frozen"),
        (
            one.committed_ns,
            t("commit: {process} belongs to {node}").format(process=one.process, node=one.destination),
            "accent",
        ),
        (one.resumed_ns, t("{process} runs on {node}").format(process=one.process, node=one.destination), "good"),
    ):
        if instant is not None and y < bottom:
            paper.put(0, y, seconds(instant).rjust(13), "dim")
            paper.put(left + 4, y, f" {text} ", style)
            y += spacing


def _rung(paper: Paper, look: Look, process: str, talk: Talk, columns: dict[str, int], y: int) -> None:
    t = look.t
    start, stop = columns[talk.sender], columns[talk.receiver]
    paper.put(0, y, seconds(talk.t).rjust(13), "dim")
    style = "bad" if talk.refused else "accent"
    said = t(STEPS.get(talk.step, "")).format(process=process, receiver=talk.receiver)
    if talk.refused:
        said = t("no: {reason}").format(reason=talk.text)
    label = f"{talk.step}. {said}"
    if start == stop:
        paper.put(start + 2, y, label, style)
        return
    left, right = sorted((start, stop))
    line = "─" * (right - left - 1)
    paper.put(left + 1, y, line, style)
    paper.put(right - 1 if stop > start else left + 1, y, "▶" if stop > start else "◀", style)
    room = right - left - 5
    paper.put(left + 3, y, f" {label} " if len(label) + 2 <= room else label, style, width=max(room, 8))
