"""Asks the questions of a lesson while it runs, without a screen: answers are told only when they could be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nodes.wire.events import Narration, QuestionAsked, RunEnded, Stamped
from nodes.wire.text import Text
from tuiclu.quiz.marks import Mark, Prediction, Result, mark, objection, wanted
from tuiclu.texts import in_own_words, told

PROMPT = Text("your prediction > ")
_PROMPT_FOR = Text("your prediction, {wanted} > ")
_NOT_UNDERSTOOD = Text("That is not understood: it is {wanted}.")


class Examiner:
    """Follows the events of a run."""

    def __init__(self, lang: str, read: Callable[[str], str | None] | None, say: Callable[[str], object]) -> None:
        """`read` puts a prompt and returns the line that is answered, None where nobody answers any more; without it nobody is asked."""
        self._lang = lang
        self._read = read
        self._say = say
        self._open: list[tuple[int, QuestionAsked]] = []
        """What was asked when, and is not answered yet."""
        self.predictions: list[Prediction] = []

    def before(self, stamped: Stamped) -> Iterator[str]:
        """Yield what is to be told before an event is: the answers to what could be seen by now."""
        if not isinstance(stamped.event, Narration | QuestionAsked | RunEnded):
            return
        is_over = isinstance(stamped.event, RunEnded)
        seen = [one for one in self._open if is_over or one[0] < stamped.t]
        for at_ns, asked in seen:
            for line in in_own_words(asked.answer, self._lang).splitlines():
                yield f"{stamped.t / 1e9:12.6f} s  = {line}"
            self._open.remove((at_ns, asked))

    def after(self, stamped: Stamped) -> None:
        """Have a question answered that has just been told."""
        if isinstance(stamped.event, QuestionAsked):
            self._open.append((stamped.t, stamped.event))
            self.predictions.append(Prediction(stamped.event, self._answer(stamped.event)))

    def marks(self, result: Result) -> list[Mark]:
        """Judge all predictions by what the run has shown."""
        return [mark(one, result, self._lang) for one in self.predictions]

    def _answer(self, asked: QuestionAsked) -> str:
        """Return an answer that can be understood; empty: none is given."""
        form = wanted(asked)
        prompt = told(PROMPT if form is None else _PROMPT_FOR.filled(wanted=form), self._lang)
        while self._read is not None:
            line = self._read(prompt)
            if line is None:
                self._read = None
                break
            meant = objection(asked, line.strip())
            if meant is None:
                return line.strip()
            self._say(told(_NOT_UNDERSTOOD.filled(wanted=meant), self._lang))
        return ""
