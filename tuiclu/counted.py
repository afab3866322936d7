"""How many of something, as people say it: one of a kind, or several. The one home of nouns that are counted."""

from __future__ import annotations

from collections.abc import Callable

from nodes.wire.text import Text

_NOUNS: dict[str, Callable[[int], Text]] = {
    "page": lambda count: Text.counted("{count} page", "{count} pages", count),
    "message": lambda count: Text.counted("{count} message", "{count} messages", count),
    "with pages": lambda count: Text.counted(", with {count} page", ", with {count} pages", count),
    "letter": lambda count: Text.counted("{count} letter", "{count} letters", count),
    "of its pages": lambda count: Text.counted("{count} of its pages stays", "{count} of its pages stay", count),
    "page sent afterwards": lambda count: Text.counted(
        "{count} page sent afterwards", "{count} pages sent afterwards", count
    ),
    "node": lambda count: Text.counted("{count} node", "{count} nodes", count),
    "step": lambda count: Text.counted("{count} step", "{count} steps", count),
    "recurring": lambda count: Text.counted("{count} that recurs without end", "{count} that recur without end", count),
    "expectation": lambda count: Text.counted("{count} expectation", "{count} expectations", count),
    "event": lambda count: Text.counted("{count} event", "{count} events", count),
    "equal event": lambda count: Text.counted("{count} event is the same", "{count} events are the same", count),
    "missing event": lambda count: Text.counted(
        "{count} event is missing here", "{count} events are missing here", count
    ),
    "run": lambda count: Text.counted("{count} run", "{count} runs", count),
    "byte": lambda count: Text.counted("{count} byte", "{count} bytes", count),
    "snapshot": lambda count: Text.counted("{count} snapshot", "{count} snapshots", count),
    "guest left behind": lambda count: Text.counted("{count} guest left behind", "{count} guests left behind", count),
    "wait for a page": lambda count: Text.counted(
        "waited {count} time for a page", "waited {count} times for a page", count
    ),
    "turn": lambda count: Text.counted("{count} turn", "{count} turns", count),
    "time": lambda count: Text.counted("{count} time", "{count} times", count),
}


def how_many(count: int, noun: str) -> Text:
    """Return a number of a kind, in words."""
    return _NOUNS[noun](count)
