"""Questions of a scenario to the audience: put once, answered, and then time goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.live.protocol import Play
from tuiclu.texts import in_own_words
from tuiclu.tui.dialogs import Reading
from tuiclu.tui.prompt import ANSWER

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, Question
    from tuiclu.tui.app import ClusterApp


class Audience:
    """Puts each question once."""

    def __init__(self, app: ClusterApp) -> None:
        self._app = app
        self._put_last = 0
        """The number of the question that was put last."""

    def forget(self) -> None:
        """Put every question again that comes again."""
        self._put_last = 0

    def attend(self, frame: Frame) -> None:
        """Put the question of a frame, if it has a new one, as soon as nothing else is asked."""
        question = frame.question
        if question is None or question.number <= self._put_last or frame.mode != "asking" or self._app.asks:
            return
        self._put_last = question.number
        self._app.run_worker(self._put(question))

    async def _put(self, question: Question) -> None:
        lang = self._app.look.lang
        asked = in_own_words(question.question, lang)
        if question.choices:
            choices = [(in_own_words(one, lang), in_own_words(one, lang)) for one in question.choices]
            self.answered(await self._app.choose(asked, choices) or "")
        else:
            self._app.open_prompt(ANSWER, asked)

    def answered(self, answer: str) -> None:
        """Show the right answer beside what was answered; when that is read, time goes on."""
        app = self._app
        question = app.frame.question if app.frame is not None else None
        if question is None:
            return
        t, lang = app.look.t, app.look.lang
        parts = [in_own_words(question.question, lang)]
        if answer:
            parts.append(t("You say: {answer}").format(answer=answer))
        parts += [in_own_words(question.answer, lang), t("Let us see. (return)")]
        app.push_screen(Reading(t("A question"), "\n\n".join(parts)), lambda _: app.ask(Play()))
