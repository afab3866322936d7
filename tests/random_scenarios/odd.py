"""Classes of a user's own, as they may lie beside a scenario: some do what they should, others whatever they must not. Always the same."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any


class Half:
    """Sends the first half of the pages and leaves the rest behind."""

    def __init__(self, parameters: object) -> None:
        pass

    def begin(self, transfer: Any) -> None:
        transfer.freeze("half of it will do")
        pages = transfer.pages_to_send()
        transfer.send_pages(pages[: len(pages) // 2])

    def pages_arrived(self, transfer: Any) -> None:
        transfer.hand_over()


class Moody(Half):
    """Does what comes to its mind: it depends on what there is to send, and on how often it was asked."""

    asked = 0

    def begin(self, transfer: Any) -> None:
        self.pages_arrived(transfer)

    def pages_arrived(self, transfer: Any) -> None:
        self.asked += 1
        pages = transfer.pages_to_send()
        mood = zlib.crc32(f"{pages} {self.asked}".encode())
        for _ in range(mood % 4):
            mood = mood // 4 or 1
            match mood % 9:
                case 0 | 1:
                    transfer.freeze()
                case 2:
                    transfer.send_pages(pages)
                case 3:
                    transfer.send_pages(pages[mood % 3 :: 2])
                case 4:
                    transfer.send_pages(transfer.resident_dirty_pages())
                case 5:
                    transfer.flush_pages(pages[::2])
                case 6:
                    transfer.send_pages([mood, mood])
                case 7:
                    transfer.hand_over(keep_in_memory=bool(mood & 64), push=bool(mood & 128))
                case _:
                    raise SystemExit(mood)


class Giver:
    """Moves some process to some machine, or to one that there is not, or fails."""

    asked = 0

    def choose(self, machine: Any, load: int, others: Sequence[Any], now_ns: int) -> tuple[str, str] | str:
        self.asked += 1
        match self.asked % 4:
            case 0 if machine.processes and others:
                return machine.processes[-1].pid, others[0].machine
            case 1 if machine.processes:
                return machine.processes[0].pid, "nowhere"
            case 2:
                return str(others[load].machine)
            case _:
                return "not now"
