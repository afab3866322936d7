"""Questions of a scenario to the audience: predicted first, then seen, and only then answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.live.protocol import Play, Predict
from tuiclu.texts import in_own_words
from tuiclu.tui.look import Prediction
from tuiclu.tui.prompt import ANSWER

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, Question
    from tuiclu.tui.app import ClusterApp

STOPS = ("saying", "asking", "waiting", "over", "ended")
"""Where time stands still by itself: what was predicted could be seen by then."""


class Audience:
    """Keeps what was predicted until it could be seen. The panel is drawn by `draw.question`."""

    def __init__(self, app: ClusterApp) -> None:
        self._app = app

    def forget(self) -> None:
        """Every question comes again."""
        look = self._app.look
        look.prediction = look.revealed = None
        look.choice = -1

    def attend(self, frame: Frame) -> None:
        """Show what came of a prediction, at the first stop behind it."""
        look = self._app.look
        if look.prediction is not None and frame.mode in STOPS and frame.now_ns > look.prediction.at_ns:
            look.revealed, look.prediction = look.prediction, None

    @property
    def question(self) -> Question | None:
        """What the audience is asked just now."""
        frame = self._app.frame
        return (
            None if frame is None or frame.mode != "asking" or self._app.look.revealed is not None else frame.question
        )

    def choose(self, by: int) -> None:
        """Go to another one of the choices."""
        question, look = self.question, self._app.look
        if question is not None and question.choices:
            look.choice = (max(look.choice, 0) + by) % len(question.choices) if look.choice >= 0 else 0

    def take(self, number: int) -> None:
        """Take one of the choices, by its number from 0."""
        question = self.question
        if question is not None and number < len(question.choices):
            self._app.look.choice = number
            self.advance()

    def enter(self) -> None:
        """Predict: the choice that was gone to, or what is typed now."""
        question = self.question
        if question is not None and not question.choices:
            self._app.open_prompt(ANSWER, in_own_words(question.question, self._app.look.lang))
        else:
            self.advance()

    def advance(self) -> bool:
        """Go on from a question, or from what came of one; tell whether there was either."""
        look, frame = self._app.look, self._app.frame
        if look.revealed is not None:
            look.revealed = None
            if frame is not None and frame.mode in ("saying", "held"):
                self._app.ask(Play())
            return True
        question = self.question
        if question is None:
            return False
        chosen = question.choices[look.choice] if 0 <= look.choice < len(question.choices) else {}
        self.answered(in_own_words(chosen, look.lang) if chosen else "")
        return True

    def answered(self, said: str) -> None:
        """Keep a prediction, and let everybody see."""
        question, look = self.question, self._app.look
        if question is not None and self._app.frame is not None:
            look.prediction = Prediction(question, said, self._app.frame.now_ns)
            look.choice = -1
            self._app.ask(Predict(question.number, said))
            self._app.ask(Play())
