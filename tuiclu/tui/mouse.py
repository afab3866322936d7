"""The mouse: what a click selects or does, and how a process is dragged from one card to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.live.protocol import Seek

if TYPE_CHECKING:
    from tuiclu.tui.app import ClusterApp


class Mouse:
    """Turns what is under the pointer (`node:n1`, `process:n1.3`, `key:m`: see `Paper.hit`) into what is meant by it."""

    def __init__(self, app: ClusterApp) -> None:
        self._app = app
        self.carried: str | None = None
        """The process that is held, by name."""

    def press(self, target: str) -> None:
        """Take up a process, select what is there, or do what a key does."""
        look, frame = self._app.look, self._app.frame
        kind, _, name = target.partition(":")
        match kind:
            case "process":
                self._take_up(name)
            case "node" if frame is not None:
                look.choose_node(frame, name)
            case "migration":
                look.migration = name
                if look.view == "cluster":
                    look.show("migration")
            case "view":
                look.show(name)
            case "log":
                look.log_kind, look.scroll = name, 0
            case "sort":
                look.sort(name)
            case "between":
                look.between = name
            case "chapter":
                self._app.ask(Seek(f"c{name}"))
            case "choice":
                self._app.audience.take(int(name))
            case "key":
                self._app.act(name)
            case _:
                pass

    def ask(self, target: str, x: int, y: int) -> None:
        """Ask where a number comes from, or stop asking."""
        self._app.look.asked, self._app.look.asked_at = target, (x, y)

    def _take_up(self, pid: str) -> None:
        look, frame = self._app.look, self._app.frame
        process = next((one for one in frame.processes if one.pid == pid), None) if frame is not None else None
        if process is None:
            return
        look.pid, look.node = process.pid, process.node
        if process.ended_ns is None and look.view == "cluster":
            self.carried = process.name

    def move(self) -> None:
        """Carry the process that was taken up."""
        if self.carried:
            self._app.look.dragged = self.carried

    def release(self, target: str) -> None:
        """Put a process down on a node: it is to move there."""
        look, frame = self._app.look, self._app.frame
        process, moved = self.carried, look.dragged
        self.let_go()
        kind, _, to = target.partition(":")
        if not process or not moved or kind != "node" or frame is None or look.read_only:
            return
        here = next((one.node for one in frame.processes if one.name == process), None)
        if to != here:
            self._app.move_process(process, to)

    def let_go(self) -> None:
        """Put the process back where it was."""
        self.carried, self._app.look.dragged = None, ""

    def wheel(self, by: int) -> None:
        """Scroll, or select, or look at another stretch of time; `by` is 1 downwards and -1 upwards."""
        look, frame = self._app.look, self._app.frame
        if look.view == "messages":
            look.zoom(2 * by)
        elif look.view in ("cluster", "node", "log"):
            look.scroll_by(-3 * by)
        elif frame is not None:
            look.next_row(frame, by)
