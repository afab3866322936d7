"""View 4: what the Initiators say to each other, as a ladder, numbered as in Fig. 14.2; and what they decided, with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.cluster import in_force
from tuiclu.tui.draw.paper import flow, packed
from tuiclu.tui.look import duration, seconds
from tuiclu.tui.numbers import number
from tuiclu.tui.words import NUMBERS, word_for

if TYPE_CHECKING:
    from tuiclu.model.frame import Belief, Decision, Frame, Talk
    from tuiclu.tui.draw.paper import Paper, Words
    from tuiclu.tui.look import Look

INITIATOR, KERNEL = "Initiator", "kernel"
PARTIES = {
    1: (INITIATOR, INITIATOR),
    2: (INITIATOR, INITIATOR),
    3: (INITIATOR, KERNEL),
    4: (KERNEL, KERNEL),
    5: (KERNEL, INITIATOR),
    6: (INITIATOR, KERNEL),
    7: (KERNEL, KERNEL),
}
"""Who says each of the seven messages of Fig. 14.2, and to whom."""
REFUSERS = {0: KERNEL, 5: INITIATOR, 6: KERNEL}
"""Who refuses at a step; at the others an Initiator does, to the other one."""
LEFT = 14
"""Cells for the instants."""
Party = tuple[str, str]
"""What it is, and on which machine."""


def draw_conversation(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    believed = _belief_lines(paper, frame, look, max(2, (bottom - top) // 4))
    beliefs = len(believed) + 1 if believed else 0
    one = look.opened(frame)
    ladder = 2 + 2 * (3 + sum(talk.migration == one.name for talk in frame.talks)) if one is not None else 2
    room = max((bottom - top) // 3, bottom - top - beliefs - ladder)
    decisions = _latest_decisions(paper, frame, look, room - 1)
    y = bottom - beliefs - (len(decisions) + 1 if decisions else 0)
    _ladder(paper, frame, look, top, y)
    if decisions:
        heading = t("Decisions, and the numbers they compared")
        paper.rule(y, heading)
        policy = f" {in_force(look, 'load-sharing', frame.policies.get('load-sharing', 'none'))} "
        if len(heading) + len(policy) + 8 < paper.width:
            paper.put(paper.width - len(policy) - 3, y, policy, "dim")
        for row, words in enumerate(decisions, start=y + 1):
            paper.runs(0, row, words, paper.width)
        y += len(decisions) + 1
    if believed:
        short, long = (
            t("Believed loads (the truth, the age)"),
            t("Believed loads of others (the truth, the age, the message)"),
        )
        paper.rule(y, long if paper.width >= ROOMY else short)
        for row, words in enumerate(believed, start=y + 1):
            paper.runs(0, row, words, paper.width)


def _latest_decisions(paper: Paper, frame: Frame, look: Look, most: int) -> list[list[Words]]:
    """Return the latest decisions as at most so many lines: each whole, as long as there is room for one."""
    lines: list[list[Words]] = []
    for one in reversed(frame.decisions):
        these = flow(_decision(look, one), paper.width, LEFT)
        if lines and len(these) + len(lines) > most:
            break
        lines = these + lines
    return lines[: max(0, most)]


def _decision(look: Look, one: Decision) -> list[Words]:
    """Return who decided what, why, and by which numbers; what is not to happen, or not now, looks different."""
    numbers = ", ".join(f"{word_for(NUMBERS, name, look.t)} {value}" for name, value in one.numbers.items())
    style = {"yes": "good", "no": "bad"}.get(one.verdict, "warn")
    return [
        (seconds(one.t).rjust(13), "dim", number("spoken_at", one.by, one.t)),
        (f" {one.by} ", "title", ""),
        (f"{one.did.get(look.lang, '')}: ", style, ""),
        (f"{look.why(one.reason)}  ", "", ""),
        (f"({numbers})", "dim", number("compared", one.by, f"{one.t} {one.about}")),
    ]


def _belief_lines(paper: Paper, frame: Frame, look: Look, most: int) -> list[list[Words]]:
    """Return what each node believes of the others, beside the truth, on at most so many lines: first that of the node that is selected."""
    order = {node.name: at for at, node in enumerate(frame.nodes)}
    truth = {node.name: node.weight for node in frame.nodes}
    holders = sorted(
        dict.fromkeys(one.holder for one in frame.beliefs), key=lambda name: (name != look.node, order.get(name, 0))
    )
    lines: list[list[Words]] = []
    for at, holder in enumerate(holders):
        held = sorted((one for one in frame.beliefs if one.holder == holder), key=lambda one: order.get(one.about, 0))
        items = [_belief(frame, one, truth.get(one.about, 0), with_message=paper.width >= ROOMY) for one in held]
        these = packed([[(holder.ljust(4), "title", "")], *items], paper.width, 4)
        if lines and len(lines) + len(these) > most - (at < len(holders) - 1):
            left_out = look.t("and what {count} more believe").format(count=len(holders) - at)
            return [*lines, [(f"    {left_out}", "dim", "")]]
        lines += these
    return lines[: max(0, most)]


ROOMY = 100
"""The width from which on the message is named by which a node knows."""


def _belief(frame: Frame, one: Belief, truth: int, *, with_message: bool) -> list[Words]:
    """Return one belief: a load, and in brackets the true one, how old the news is, and by which message it came."""
    style = "warn" if abs(one.load - truth) >= WRONG else "dim"
    more = "+" if one.why else ""
    by = f", {one.message}" if with_message and one.message else ""
    age = duration(max(0, frame.now_ns - one.t))
    said = f"{one.load / 1000:.1f}{more} ({truth / 1000:.1f}, {age}{by})"
    asked = number("belief", one.holder, one.about)
    return [(f"  {one.about}: ", style if style == "warn" else "", ""), (said, style, asked)]


WRONG = 500
"""Thousandths of a process by which a belief has to differ from the truth to be marked."""


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
    said = [(talk, *_parties(talk)) for talk in talks]
    here, there = one.source, one.destination
    usual: list[Party] = [(INITIATOR, here), (KERNEL, here), (KERNEL, there), (INITIATOR, there)]
    heard = [party for _, sender, receiver in said for party in (sender, receiver)]
    further = [party for party in dict.fromkeys(heard) if party not in usual]
    places = list(dict.fromkeys([*further, *usual]))
    left = LEFT
    gap = max(12, (paper.width - left - 4) // max(1, len(places)))
    columns = {place: left + gap // 2 + at * gap for at, place in enumerate(places)}
    for (what, machine), x in columns.items():
        name = f"{t(what)} {machine}"
        paper.put(x - len(name) // 2, top + 1, name, "title")
    rows = bottom - top - 2
    spacing = 2 if len(talks) * 2 + 2 <= rows else 1
    for y in range(top + 2, bottom):
        for x in columns.values():
            paper.put(x, y, "│", "frame")
    y = top + 2
    for talk, sender, receiver in said[-max(1, rows // spacing) :]:
        if y + spacing > bottom:
            return
        _rung(paper, look, talk, columns[sender], columns[receiver], y)
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
            paper.put(0, y, seconds(instant).rjust(13), "dim", target=number("spoken_at", one.name, instant))
            paper.put(left + 4, y, f" {text} ", style)
            y += spacing


def _parties(talk: Talk) -> tuple[Party, Party]:
    """Return who says it, and to whom."""
    if talk.refused:
        who = REFUSERS.get(talk.step, INITIATOR)
        return (who, talk.sender), (KERNEL if talk.step >= 4 else INITIATOR, talk.receiver)
    says, hears = PARTIES.get(talk.step, (KERNEL, KERNEL))
    return (says, talk.sender), (hears, talk.receiver)


def _rung(paper: Paper, look: Look, talk: Talk, start: int, stop: int, y: int) -> None:
    paper.put(0, y, seconds(talk.t).rjust(13), "dim", target=number("spoken_at", talk.migration, talk.t))
    style = "bad" if talk.refused else "accent"
    said = look.why(talk.text)
    asked = number("step", talk.migration, f"{talk.t} {talk.step}")
    label = f"{talk.step or ''} {look.t('no: {reason}').format(reason=said) if talk.refused else said}".strip()
    if start == stop:
        paper.put(
            start + 2, y, f"{'×' if talk.refused else '●'} {label}", style, width=paper.width - start - 2, target=asked
        )
        return
    left, right = sorted((start, stop))
    paper.put(left + 1, y, "─" * (right - left - 1), style)
    paper.put(right - 1 if stop > start else left + 1, y, "▶" if stop > start else "◀", style)
    room = right - left - 4
    if len(label) + 2 <= room:
        paper.put(left + 2 + (room - len(label)) // 2, y, f" {label} ", style, target=asked)
    elif right + 2 + len(label) <= paper.width or left - len(label) - 2 < LEFT:
        paper.put(right + 2, y, label, style, width=paper.width - right - 2, target=asked)
    else:
        paper.put(left - len(label) - 1, y, f"{label} ", style, target=asked)
