"""What the audience is asked, and later what came of it, in a panel over the lower part of a view: the cluster stays visible above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.harmless import one_line
from tuiclu.texts import in_own_words
from tuiclu.tui.draw.paper import shorten, wrapped

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, Question
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look, Prediction

Lines = list[tuple[str, str]]
"""Texts, and their styles."""
SEEN_SHOWN = 4
"""Sentences of what was seen: the last ones."""


def draw_question(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw the panel into the last of the lines from `top` to `bottom`, which is not included, if something is asked or answered."""
    t, width = look.t, min(paper.width, 100)
    if look.revealed is not None:
        title, hint = t("What came of it"), t("space: go on")
        lines = _answer(look.revealed, look, width - 4)
    elif frame.question is not None and frame.mode == "asking":
        choices = bool(frame.question.choices)
        hint = t("↑ ↓ return: your prediction") if choices else t("return: type your prediction")
        title, lines = t("A question"), _question(frame.question, look, width - 4)
        hint = f"{hint}; {t('space: go on')}"
    else:
        return
    height = min(len(lines) + 2, bottom - top)
    x, y = (paper.width - width) // 2, bottom - height
    paper.blank(x, y, width, height)
    paper.box(x, y, width, height, title, "chosen", aside=hint)
    for row, (text, style) in enumerate(lines[: height - 2], start=y + 1):
        paper.put(x + 2, row, text, style)
    if frame.question is not None and look.revealed is None:
        for number in range(len(frame.question.choices)):
            paper.hit(x + 2, bottom - 1 - len(frame.question.choices) + number, width - 4, f"choice:{number}")


def _question(question: Question, look: Look, width: int) -> Lines:
    lines: Lines = [(part, "title") for part in _wrapped(in_own_words(question.question, look.lang), width)]
    if question.form:
        lines.append((one_line(in_own_words(question.form, look.lang)), "dim"))
    for number, choice in enumerate(question.choices):
        mark = "▶" if number == look.choice else " "
        text = f"{mark} {number + 1}  {one_line(in_own_words(choice, look.lang))}"
        lines.append((shorten(text, width), "chosen.row" if number == look.choice else ""))
    return lines


def _answer(prediction: Prediction, look: Look, width: int) -> Lines:
    """Return what was predicted, what was seen, and what is right."""
    t = look.t
    labels = t("Predicted"), t("Seen"), t("Answer")
    indent = max(map(len, labels)) + 2
    seen = [one_line(in_own_words(one.text, look.lang)) for one in list(prediction.seen)[-SEEN_SHOWN:]]
    answer = in_own_words(prediction.question.answer, look.lang)
    parts = [
        (labels[0], [prediction.said] if prediction.said else [], ""),
        (labels[1], seen or [t("nothing")], "dim"),
        (labels[2], [answer], "good"),
    ]
    lines: Lines = [(part, "title") for part in _wrapped(in_own_words(prediction.question.question, look.lang), width)]
    for label, texts, style in parts:
        rows = [part for text in texts for part in _wrapped(text, width - indent)]
        lines += [(f"{label if row == 0 else '':<{indent}}{text}", style) for row, text in enumerate(rows)]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return wrapped(one_line(" ".join(text.split())), width)
