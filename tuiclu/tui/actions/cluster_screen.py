"""What an action needs of the screen: to see, to ask somebody, and to give orders. The application has it all; a test has a few lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tuiclu.live.protocol import AnyAsk, Opened
from tuiclu.model.frame import Frame
from tuiclu.tui.look import Look


class ClusterScreen(Protocol):
    """The screen of a cluster, as actions know it."""

    @property
    def frame(self) -> Frame | None:
        """What is seen; None: nothing yet."""

    @property
    def look(self) -> Look:
        """How it is looked at."""

    @property
    def opened(self) -> Opened:
        """What was opened."""

    def ask(self, message: AnyAsk) -> None:
        """Say something to the cluster: how time is to pass."""

    def give(self, line: str) -> None:
        """Have a line of the command language carried out."""

    async def give_harmful(self, line: str) -> None:
        """Give a command after the question that harm deserves."""

    async def choose(self, title: str, choices: Iterable[tuple[str, str]]) -> str | None:
        """Let one of several be chosen (what is returned, and what is shown for it); None: none."""

    def notify_line(self, text: str, style: str = "good") -> None:
        """Say something in the line above the footer."""

    def open_prompt(self, mode: str, placeholder: str, text: str = "") -> None:
        """Let something be typed, in the last line."""
