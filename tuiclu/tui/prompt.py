"""The prompt in the last line: a command, a filter, a goal or an answer is typed there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

from tuiclu.harmless import one_line

COMMAND, FILTER, GOAL, ANSWER = ":", "/", "go", "answer"
"""What the prompt can be for."""

Completer = Callable[[str, str], list[str]]
"""From what the prompt is for, and what is typed, to what that can become."""


class Prompt(Input):
    """Hidden until it is needed. Says `Given` when something was typed, and `Left` when it is hidden again."""

    DEFAULT_CSS = """
    Prompt { dock: bottom; height: 1; border: none; padding: 0 1; display: none; }
    Prompt.open { display: block; }
    """
    REMEMBERED: ClassVar[int] = 500
    """Commands."""

    class Given(Message):
        """Something was typed."""

        def __init__(self, mode: str, text: str) -> None:
            super().__init__()
            self.mode = mode
            self.text = text

    class Left(Message):
        """The prompt is hidden: keys mean what they meant before."""

    def __init__(self, completer: Completer) -> None:
        super().__init__(id="prompt", compact=True, disabled=True, suggester=_Words(self), select_on_focus=False)
        self.mode = ""
        """What it is for; empty: it is hidden."""
        self._completer = completer
        self._history: deque[str] = deque(maxlen=self.REMEMBERED)
        self._back = 0
        """How many commands back in the history."""
        self._behind: Widget | None = None
        """What had the focus before."""

    def open_for(self, mode: str, placeholder: str, text: str = "") -> None:
        """Let something be typed."""
        self.mode = mode
        self._back = 0
        self.placeholder = one_line(f"{mode if len(mode) == 1 else '?'} {placeholder}")
        self._put(text)
        self.disabled = False
        self.add_class("open")
        self._behind = self.screen.focused if self.screen.focused is not self else self._behind
        self.screen.set_focus(self)  # at once: the next key is meant for it already

    def leave(self) -> None:
        """Hide it: nothing was typed."""
        self._hide()
        self.post_message(self.Left())

    def _hide(self) -> None:
        self.mode = ""
        self.remove_class("open")
        self.value = ""
        self.disabled = True
        self.screen.set_focus(self._behind)

    def complete(self) -> None:
        """Take what is suggested."""
        found = self.completions(self.value)
        if found:
            self._put(found[0] + ("" if found[0].endswith(("=", "/")) else " "))

    def completions(self, line: str) -> list[str]:
        """Return what a line can become."""
        return self._completer(self.mode, line)

    def _put(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give what was typed to whoever asked for it."""
        event.stop()
        self._give([event.value.strip()])

    def on_paste(self, event: events.Paste) -> None:
        """Take every line that was pasted: each is a command, in their order. Elsewhere they become one line."""
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        if len(lines) < 2:
            return
        event.stop()
        event.prevent_default()
        before, after = self.value[: self.cursor_position], self.value[self.cursor_position :]
        if self.mode == COMMAND:
            self._give([before + lines[0], *lines[1:-1], lines[-1] + after])
        else:
            self._put(before + " ".join(lines) + after)

    def _give(self, lines: list[str]) -> None:
        """Hide it, and give what was typed to whoever asked for it; that it is left comes last, so that no time passes before."""
        mode = self.mode
        self._hide()
        for line in lines:
            if mode == COMMAND and line:
                self._history.append(line)
            self.post_message(self.Given(mode, line))
        self.post_message(self.Left())

    def on_key(self, event: events.Key) -> None:
        """Escape leaves it; up and down go through the commands that were typed before. Some terminals paste ends of lines as ctrl+j."""
        if event.key == "escape":
            self.leave()
        elif event.key == "ctrl+j":
            self._give([self.value.strip()])
        elif event.key in ("up", "down") and self._history and self.mode == COMMAND:
            self._back = max(0, min(len(self._history), self._back + (1 if event.key == "up" else -1)))
            self._put(self._history[-self._back] if self._back else "")
        else:
            return
        event.stop()
        event.prevent_default()


class _Words(Suggester):
    """Suggests how what is typed may go on."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._prompt = prompt

    async def get_suggestion(self, value: str) -> str | None:
        """Return the likeliest completion."""
        found = self._prompt.completions(value) if value else []
        return found[0] if found else None
