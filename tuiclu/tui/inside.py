"""What the screen needs of textual beyond its public interface, each with the reason: look here first when textual is renewed.

Checked with textual 8.2. Everything else in this package uses public names alone.
"""

from __future__ import annotations

from textual.app import App


class QuietEnd(App[int]):
    """An application that a bug of ours ends without a traceback on the terminal; `failure` is the bug, and the command line tells of it.

    Textual has no public hook for an exception in a handler. It prints a traceback over several screens, and ends with status 1, which
    means something else here.
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
