"""The human log of a session: what the nodes and the engine say to whoever looks after them. It is of the real world, with times of day and
real process ids: no event, and in no digest.

It goes to a file beside the journal, and the last lines to the front. Both are bounded.
"""

from __future__ import annotations

import logging
import logging.handlers
from collections import deque
from datetime import datetime
from pathlib import Path

from tuiclu.harmless import HarmlessFormatter
from tuiclu.model.frame import Logged

FILE, OLDER = "cluster.log", "cluster.log.1"
FILE_BYTES = 1 << 20
"""When the file has as many, it becomes the older one, and a new one is begun."""
LINES = 200
"""That wait for the next frame, at most: of more, the latest."""


class HumanLog(logging.handlers.RotatingFileHandler):
    """See above. Lines come from the threads that listen to the nodes; `take` is for the thread that makes frames."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE, mode="w", maxBytes=FILE_BYTES, backupCount=1, encoding="utf-8")
        self.setFormatter(HarmlessFormatter())
        self._lines: deque[Logged] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line; one of several, such as a traceback, becomes several."""
        super().emit(record)
        clock = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        name = record.name.removeprefix("tuiclu.").removeprefix("node.")
        text = record.getMessage() + (f"\n{record.exc_text}" if record.exc_text else "")
        self._lines.extend(Logged(clock, record.levelname, name, line) for line in text.splitlines()[:LINES])

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - named by logging
        """Where nothing can be written, the lines go to the front alone."""

    @property
    def waiting(self) -> bool:
        """Whether there are lines that no frame has brought."""
        return bool(self._lines)

    def take(self) -> tuple[Logged, ...]:
        """Return the lines that have come since."""
        taken = []
        while self._lines:
            taken.append(self._lines.popleft())
        return tuple(taken)
