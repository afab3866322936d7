"""What the screen needs of textual beyond its public interface, each with the reason: look here first when textual is renewed.

Checked with textual 8.2. Everything else in this package uses public names alone.
"""

from __future__ import annotations

import codecs
import functools
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.drivers import linux_driver
from textual.filter import LineFilter


class QuietEnd(App[int]):
    """An application that a bug of ours ends without a traceback on the terminal; `failure` is the bug, and the command line tells of it.

    Textual has no public hook for an exception in a handler. It prints a traceback over several screens, and ends with status 1, which
    means something else here; or, where its reader of keys fails, with status 0.
    """

    failure: Exception | None = None
    """A bug in the screen; None: there was none."""

    def _handle_exception(self, error: Exception) -> None:
        self.failure = self.failure or error
        if self._exception is None:  # where textual's pilot looks, so that tests see the bug
            self._exception = error
            self._exception_event.set()
        self._return_code = 3
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        """End because of an exception in a thread of textual's."""
        traces = [stack for one in renderables for stack in getattr(getattr(one, "trace", None), "stacks", ())]
        said = "; ".join(f"{stack.exc_type}: {stack.exc_value}" for stack in traces)
        self._handle_exception(RuntimeError(said or "the screen has failed"))

    def leave_terminal(self) -> None:
        """Give the terminal back, and stand still until a SIGCONT; the screen comes back by itself then.

        Textual has a public action for it, which takes the way of a signal that is ours when it comes from outside.
        """
        driver = self._driver
        if isinstance(driver, linux_driver.LinuxDriver):
            driver._sigtstp_application()  # noqa: SLF001


class HarmlessLines(LineFilter):
    """Lets visible characters pass, and none that a terminal obeys: the last door on the way from any widget, also for what is pasted.

    What a scenario says is made harmless before, where that can be read (`\\x1b`). What is no visible character takes no cell here, and is
    left out, so that every line keeps its width. Textual leaves escape codes in texts as they are, and has no other place for this.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of a line without what cannot be seen."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment("".join(filter(str.isprintable, segment.text)), segment.style)
            for segment in segments
        ]


HARMLESS_LINES = HarmlessLines()


def _forgiving(encoding: str) -> Any:
    return functools.partial(codecs.getincrementaldecoder(encoding), "replace")


def read_any_byte() -> None:
    """Let the reader of keys take a byte that is no UTF-8 for a character that is none, where it would end the screen."""
    linux_driver.getincrementaldecoder = _forgiving  # type: ignore[attr-defined]
