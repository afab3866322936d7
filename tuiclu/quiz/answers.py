"""What an audience predicts while a live cluster runs. Pure."""

from __future__ import annotations

from nodes.wire.events import QuestionAsked
from tuiclu.quiz.marks import Prediction


class Answers:
    """The questions that were asked so far, and what was said to each."""

    def __init__(self) -> None:
        self._asked: list[QuestionAsked] = []
        self._said: dict[int, str] = {}
        self.lesson = ""
        """Under which name the marks of a quiz are kept; empty: it is no quiz."""
        self.progress = ""
        """The file where they are; empty: where they usually are."""
        self.kept = False
        """They have been entered."""

    def asked(self, question: QuestionAsked) -> None:
        """Note a question."""
        self._asked.append(question)

    def said(self, number: int, answer: str) -> None:
        """Note what was said to a question, by its number from 1."""
        self._said[number] = answer

    def predictions(self) -> list[Prediction]:
        """Return all questions, with what was said to them."""
        return [Prediction(one, self._said.get(number, "")) for number, one in enumerate(self._asked, start=1)]
