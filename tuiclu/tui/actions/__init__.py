"""What each key does, by the name of its action in `tuiclu.tui.keys`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tuiclu.tui.actions import lessons, orders, pacing, screen

if TYPE_CHECKING:
    from tuiclu.tui.app import ClusterApp

ACTIONS: dict[str, Callable[[ClusterApp], Awaitable[None] | None]] = {
    "space": pacing.space,
    "step": pacing.step,
    "unit": pacing.unit,
    "back": pacing.back,
    "chapters": pacing.chapters,
    "mark": pacing.mark,
    "anew": pacing.anew,
    "plus": pacing.plus,
    "minus": pacing.minus,
    "go": pacing.go,
    "lesson": pacing.lesson,
    "lessons": lessons.lessons,
    "parameters": lessons.parameters,
    "migrate": orders.migrate,
    "workstation": orders.workstation,
    "fail": orders.fail,
    "restart": orders.restart,
    "new": orders.new,
    "kill": orders.kill,
    "expel": orders.expel,
    "bring": orders.bring,
    "block": orders.block,
    "snapshot": orders.snapshot,
    "policy": orders.policy,
    "strategy": orders.strategy,
    "earlier": screen.earlier,
    "later": screen.later,
    "longer": screen.longer,
    "shorter": screen.shorter,
    "only": screen.only,
    "command": screen.command,
    "find": screen.find,
    "sort": screen.sort,
    "turn": screen.turn,
    "kind": screen.kind,
    "help": screen.help_,
    "ask": screen.ask,
    "language": screen.language,
    "theme": screen.theme,
    "save_screen": screen.save_screen,
    "quit_all": screen.quit_all,
}
