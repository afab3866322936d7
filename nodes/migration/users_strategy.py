"""A strategy of a user's own, held at arm's length: whatever it raises or asks for, it costs no more than its migration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from nodes.migration.outgoing import Outgoing
from nodes.migration.states import SourceState
from nodes.strategies.strategy import RoundFigures, Transfer
from nodes.wire.parameters import MigrationParameters
from nodes.wire.users_code import LONGEST, UsersModules, guarded, load_class

Result = TypeVar("Result")


class UsersStrategy:
    """Stands for an object of a user's class. All of its methods raise UsersCodeError for whatever goes wrong in that."""

    def __init__(self, name: str, users: UsersModules, parameters: MigrationParameters) -> None:
        self._name = name
        self._theirs = self._ask(lambda: load_class(name, users)(parameters))

    def begin(self, transfer: Transfer) -> None:
        self._ask(lambda: self._theirs.begin(_at_arms_length(transfer)))

    def pages_arrived(self, transfer: Transfer) -> None:
        self._ask(lambda: self._theirs.pages_arrived(_at_arms_length(transfer)))

    def frames_needed(self, resident: int, dirty: int) -> int:
        """For how many frames the destination is asked: as many as are in use here, if theirs does not know."""

        def ask() -> int:
            knows: Callable[[int, int], Any] | None = getattr(self._theirs, "frames_needed", None)
            wanted = resident if knows is None else knows(resident, dirty)
            if not isinstance(wanted, int) or wanted < 0:
                raise ValueError("frames_needed returns no number of frames")
            return int(wanted)

        return self._ask(ask)

    def _ask(self, action: Callable[[], Result]) -> Result:
        return guarded(action, "strategy-failed", name=self._name)


def _at_arms_length(transfer: Transfer) -> Transfer:
    return _Transfer(transfer) if isinstance(transfer, Outgoing) else transfer


class _Transfer:
    """What a user's strategy can do with a migration: nothing for which it is too early, too late, or which makes no sense."""

    def __init__(self, session: Outgoing) -> None:
        self._session = session

    def freeze(self, why: str = "") -> None:
        self._check(self._session.state is SourceState.TRANSFERRING, "the migration is over")
        self._check(not self._session.was_frozen, "the process stands still already")
        self._session.freeze(str(why)[:LONGEST])

    def pages_to_send(self) -> list[int]:
        return self._session.pages_to_send()

    def resident_dirty_pages(self) -> list[int]:
        return self._session.resident_dirty_pages()

    def last_round(self) -> RoundFigures:
        return self._session.last_round()

    def send_pages(self, pages: list[int]) -> None:
        self._session.send_pages(self._checked(pages))

    def flush_pages(self, pages: list[int]) -> None:
        checked = self._checked(pages)
        self._check(self._session.was_frozen, "pages are flushed when the process stands still")
        self._session.flush_pages(checked)

    def hand_over(self, *, keep_in_memory: bool = True, push: bool = False) -> None:
        self._check_ready()
        self._check(self._session.was_frozen, "a process is handed over when it stands still")
        self._session.handed_over = True
        self._session.hand_over(keep_in_memory=bool(keep_in_memory), push=bool(push))

    def _checked(self, pages: list[int]) -> list[int]:
        """Return the page numbers that are to be sent. Raises ValueError for whatever is not a list of existing pages."""
        self._check_ready()
        numbers = [int(number) for number in pages]
        self._check(len(set(numbers)) == len(numbers), "a page is there twice")
        unknown = set(numbers) - set(self._session.process.space.existing())
        self._check(not unknown, f"the process has no page {min(unknown, default=0):#x}")
        self._check(bool(numbers or not self._session.sent_nothing), "it sends nothing, again and again")
        self._session.sent_nothing = not numbers
        return numbers

    def _check_ready(self) -> None:
        session = self._session
        self._check(session.state is SourceState.TRANSFERRING, "the migration is over")
        self._check(not session.handed_over, "the process is handed over already")
        self._check(session.stream is None or session.stream.is_done, "the pages before are still on their way")

    @staticmethod
    def _check(holds: bool, what: str) -> None:
        if not holds:
            raise ValueError(what)
