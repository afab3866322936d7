"""The owner of a workstation: touches keys, or not. After a while without a key the machine is idle, and guests may come (Sprite)."""

from __future__ import annotations

from dataclasses import dataclass

_LONG_AGO_NS = 1 << 40


@dataclass
class Owner:
    """`state` is `none` (nobody owns the machine), `active` or `idle`."""

    state: str
    idle_after_ns: int
    input_ns: int = 0
    """When the last key was touched."""

    def __post_init__(self) -> None:
        if self.state != "active":
            self.input_ns -= _LONG_AGO_NS  # nobody has been here for a long time

    def touch(self, now_ns: int) -> bool:
        """A key is touched: tell whether that brings the owner back."""
        back = self.state != "active"
        self.state, self.input_ns = "active", now_ns
        return back

    def leave(self) -> bool:
        """The owner goes away: tell whether that changes anything."""
        left = self.state == "active"
        self.state = "idle" if left else self.state
        return left

    def idle_at_ns(self) -> int | None:
        """Return when the machine counts as idle if no further key is touched; None: it does already, or nobody owns it."""
        return self.input_ns + self.idle_after_ns if self.state == "active" else None
