"""Folds: state that follows from events and from nothing else, so that it can be had as it was at any instant.

Whoever keeps such state takes events by methods that are marked with `@on`, each of them those kinds that the annotation of its first
parameter names. An event finds them by its type in a table: where nobody takes it, it costs no more than a look into that.

```python
class Names(Takes):
    @on
    def published(self, event: NameKnown, t: int, node: NodeName) -> None:
        self.by_name[event.name] = event.pid
```
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, get_args

from nodes.wire.events import Event, Stamped
from nodes.wire.ids import NodeName

Method = TypeVar("Method", bound=Callable[..., Any])
Taker = Callable[[Any, int, NodeName], Any]
"""Takes an event, the instant at which it happened, and the node, or an empty name: the cluster as a whole."""


def on(method: Method) -> Method:
    """Let a method of a class that `Takes` events take those that its first parameter is annotated with."""
    method.__dict__["takes_events"] = True
    return method


class Takes:
    """Base of whoever takes events by a table."""

    taken: ClassVar[dict[type[Event], str]] = {}
    """By the type of event: the name of the method that takes it."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.taken = dict(cls.taken)
        for name, method in vars(cls).items():
            for kind in _kinds_of(method):
                if name != cls.taken.setdefault(kind, name):
                    raise TypeError(f"{cls.__name__} takes {kind.__name__} twice: {cls.taken[kind]}, {name}")


def _kinds_of(method: Any) -> tuple[type[Event], ...]:
    """Return the events that a method is marked to take."""
    if not getattr(method, "takes_events", False):
        return ()
    event = method.__code__.co_varnames[1]
    annotated = eval(method.__annotations__[event], method.__globals__)  # noqa: S307 - it is our own text
    return get_args(annotated) or (annotated,)


class Table:
    """Who takes which events, in the order of the parts: a later one finds what an earlier one has made of the same event."""

    def __init__(self, *parts: Takes) -> None:
        self._takers: dict[type[Event], list[Taker]] = {}
        for part in parts:
            for kind, name in part.taken.items():
                self._takers.setdefault(kind, []).append(getattr(part, name))

    @property
    def kinds(self) -> tuple[type[Event], ...]:
        """The types of events that anybody takes."""
        return tuple(self._takers)

    def apply(self, stamped: Stamped) -> None:
        """Let all who take it take the next event."""
        event = stamped.event
        for take in self._takers.get(type(event), ()):
            take(event, stamped.t, stamped.node or "")
