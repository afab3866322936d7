"""What asks for something over the screen: a choice, a yes or no, a text to read.

Each is a panel at the lower edge, or at the right where there is room: what it asks about stays visible behind it. Time stands still
meanwhile (see `app`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from tuiclu.harmless import harmless, one_line

Answer = TypeVar("Answer")
BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
"""Cells from which on a text to read stands beside the cluster, and not below it: for the application."""


class Dialog(ModalScreen[Answer]):
    """Base of all that asks. The two lines below it are those of answers and keys."""

    DEFAULT_CSS = """
    Dialog { align: right bottom; background: transparent; }
    Dialog > Vertical { width: auto; max-width: 100%; height: auto; max-height: 60%; margin: 0 0 2 0;
      border: round $primary; padding: 0 1; background: $surface; }
    Dialog Label { width: auto; padding: 0 1; text-style: bold; }
    """


class Choice(Dialog[str | None]):
    """Choose one of several: by arrow keys and return, by its first letter, by its number, or by mouse. Escape chooses nothing."""

    DEFAULT_CSS = """
    Choice OptionList { width: auto; min-width: 30; height: auto; max-height: 20; border: none; }
    Choice OptionList:focus { border: none; }
    """
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "nothing", show=False)]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: what is returned, and what is shown for it."""
        super().__init__()
        self.heading = title
        self._choices = list(choices)

    def compose(self) -> ComposeResult:
        """Draw it."""
        options = [
            Option(f"{number if number < 10 else ' '} {one_line(label)}", id=None)
            for number, (_, label) in enumerate(self._choices, 1)
        ]
        with Vertical():
            yield Label(harmless(self.heading), markup=False)
            yield OptionList(*options, markup=False)

    def on_mount(self) -> None:
        """Let return take the first."""
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was chosen."""
        event.stop()
        self.dismiss(self._choices[event.option_index][0])

    def on_key(self, event: events.Key) -> None:
        """Take a number, or the first letter of a choice that is the only one with it. It means nothing to what lies behind."""
        key = event.character or ""
        chosen = self._numbered(key) if key.isdecimal() else self._beginning_with(key) if key.isalpha() else None
        if chosen is not None:
            event.stop()
            event.prevent_default()
            self.dismiss(chosen)

    def _numbered(self, key: str) -> str | None:
        return self._choices[int(key) - 1][0] if 0 < int(key) <= len(self._choices) else None

    def _beginning_with(self, key: str) -> str | None:
        found = [value for value, label in self._choices if label.lower().startswith(key.lower())]
        return found[0] if len(found) == 1 else None

    def action_nothing(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Ask once before something harmful."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,s,enter", "answer(True)", show=False),
        Binding("n,escape", "answer(False)", show=False),
        Binding("q", "again", show=False),
    ]

    def __init__(self, question: str, hint: str, *, same_key: bool = False) -> None:
        """`same_key`: it was asked for by `q`, and `q` once more means yes."""
        super().__init__()
        self._question = question
        self._hint = hint
        self._same_key = same_key

    def compose(self) -> ComposeResult:
        """Draw it."""
        with Vertical():
            yield Label(harmless(self._question), markup=False)
            yield Static(harmless(self._hint), markup=False)

    def on_click(self) -> None:
        """A click is not an answer that harms."""
        self.dismiss(False)

    def action_answer(self, answer: bool) -> None:
        """Take the answer."""
        self.dismiss(answer)

    def action_again(self) -> None:
        """Take `q`, which leaves every dialog, as what it means here."""
        self.dismiss(self._same_key)


class Reading(Dialog[None]):
    """A text to read; escape, return or the blank closes it, the arrow keys scroll."""

    DEFAULT_CSS = """
    Reading > Vertical { width: 100%; }
    Reading.-wide > Vertical { width: 50%; max-height: 100%; }
    Reading VerticalScroll { height: auto; max-height: 100%; }
    """
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter,space,f1", "close", show=False)]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Draw it."""
        with Vertical():
            yield Label(harmless(self._title), markup=False)
            with VerticalScroll():
                yield Static(harmless(self._text), markup=False)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
