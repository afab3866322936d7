"""What asks for something over the screen: a choice, a yes or no, a text to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

BOX = """
{name} {{ align: center middle; background: $background 40%; }}
{name} > Vertical {{ width: auto; max-width: 90%; height: auto; max-height: 90%; border: round $primary;
  padding: 0 1; background: $surface; }}
{name} Label {{ width: auto; padding: 0 1; text-style: bold; }}
"""


class Choice(ModalScreen[str | None]):
    """Choose one of several: by arrow keys and return, by its first letter, by its number, or by mouse. Escape chooses nothing."""

    DEFAULT_CSS = (
        BOX.format(name="Choice")
        + "Choice OptionList { width: auto; min-width: 30; height: auto; max-height: 20; border: none; }\n"
        + "Choice OptionList:focus { border: none; }"
    )
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
            Option(f"{number if number < 10 else ' '} {label}", id=None)
            for number, (_, label) in enumerate(self._choices, 1)
        ]
        with Vertical():
            yield Label(self.heading, markup=False)
            yield OptionList(*options, markup=False)

    def on_mount(self) -> None:
        """Let return take the first."""
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was chosen."""
        event.stop()
        self.dismiss(self._choices[event.option_index][0])

    def on_key(self, event: object) -> None:
        """Take a number, or the first letter of a choice that is the only one with it."""
        key = getattr(event, "character", None) or ""
        if key.isdigit() and 0 < int(key) <= len(self._choices):
            self.dismiss(self._choices[int(key) - 1][0])
            return
        found = [value for value, label in self._choices if key and label.lower().startswith(key.lower())]
        if len(found) == 1 and key.isalpha():
            self.dismiss(found[0])

    def action_nothing(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """Ask once before something harmful."""

    DEFAULT_CSS = BOX.format(name="Confirm")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,s,enter", "answer(True)", show=False),
        Binding("n,escape,q", "answer(False)", show=False),
    ]

    def __init__(self, question: str, hint: str) -> None:
        super().__init__()
        self._question = question
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Draw it."""
        with Vertical():
            yield Label(self._question, markup=False)
            yield Static(self._hint, markup=False)

    def on_click(self) -> None:
        """A click is not an answer that harms."""
        self.dismiss(False)

    def action_answer(self, answer: bool) -> None:
        """Take the answer."""
        self.dismiss(answer)


class Reading(ModalScreen[None]):
    """A text to read; any key closes it, the arrow keys scroll."""

    DEFAULT_CSS = (
        BOX.format(name="Reading")
        + "Reading VerticalScroll { width: 76; max-width: 100%; height: auto; max-height: 30; }"
    )
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter,space,f1", "close", show=False)]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Draw it."""
        with Vertical():
            yield Label(self._title, markup=False)
            with VerticalScroll():
                yield Static(self._text, markup=False)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
