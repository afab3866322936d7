"""The keys: one table, from which come the footer, the palette, the help and the bindings."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """A key, and what it does."""

    action: str
    key: str
    """As textual calls it."""
    shown: str
    """As the footer shows it."""
    label: str
    """In the footer: one word, in English; the catalogue has the others."""
    help: str
    verb: str | None = None
    """The verb of the command language that it needs; None: it needs none."""
    views: tuple[str, ...] = ()
    """Where the footer shows it; empty: everywhere."""
    joined: bool = False
    """The footer shows it together with the next one, under that one's word."""
    harmful: bool = False
    """It changes the cluster: refused by `--read-only`."""
    weight: int = 0
    """Where there is little room, the footer leaves out those with more first."""
    brief: str | None = None
    """A shorter word for the footer; empty: the key speaks for itself; None: there is none."""


_NEXT = "the next node, or the next kind of log or messages"
KEYS: tuple[Key, ...] = (
    Key("migrate", "m", "m", "migrate", "move a process to another node", "migrate", harmful=True, brief="move"),
    Key("space", "space", "space", "pause", "let time stand still, or pass"),
    Key("step", "full_stop", ".", "step", "let one thing happen"),
    Key("back", "comma", ",", "back", "go one step back", weight=1, brief=""),
    Key("minus", "minus", "-", "slower", "let time pass more slowly", joined=True),
    Key("plus", "plus,equals_sign", "+", "speed", "let time pass faster", brief="pace"),
    Key("command", "colon", ":", "command", "type a command", brief=""),
    Key("help", "question_mark,f1", "?", "help", "what is seen here, and which idea of the chapter it shows", brief=""),
    Key("ask", "i", "i", "explain", "what a number says, and where it comes from", weight=1),
    Key("quit_all", "q", "q", "quit", "end the run and every process of it"),
    Key(
        "workstation",
        *("w", "w", "owner", "the owner of a workstation comes, or goes", "activate"),
        ("cluster", "node", "conversation"),
        harmful=True,
    ),
    Key(
        "fail",
        *("f", "f", "fail", "a fault: crash, pause, slow, announced shutdown, partition", "crash"),
        ("cluster", "node", "migration", "messages"),
        harmful=True,
    ),
    Key(
        "restart",
        *("r", "r", "restart", "start a crashed node again, let a paused one go on, heal the wire", "restart"),
        ("cluster", "node"),
        harmful=True,
        weight=2,
    ),
    Key(
        "new", "n", "n", "new", "start a program as a new process", "spawn", ("cluster", "node"), harmful=True, weight=1
    ),
    Key(
        "kill",
        "k",
        "k",
        "kill",
        "end a process, or send it a signal",
        "kill",
        ("cluster", "node"),
        harmful=True,
        weight=1,
    ),
    Key(
        "earlier",
        "less_than_sign",
        "<",
        "earlier",
        "look at what came before; also the left arrow",
        joined=True,
        views=("messages",),
    ),
    Key(
        *(
            "later",
            "greater_than_sign",
            ">",
            "pan",
            "look at what came after, up to now; also the right arrow, and end",
        ),
        views=("messages",),
    ),
    Key(
        *("longer", "left_square_bracket", "[", "longer", "draw a longer stretch of time"),
        joined=True,
        views=("messages",),
    ),
    Key("shorter", "right_square_bracket", "]", "zoom", "draw a shorter stretch of time", views=("messages",)),
    Key(
        *("only", "o", "o", "only", "messages: all but the periodic loads; those that snapshots are about; all"),
        views=("messages",),
    ),
    Key("kind", "tab", "tab", "next", _NEXT, None, ("log", "node", "messages")),
    Key(
        *(
            "find",
            "slash",
            "/",
            "find",
            "find a process on any node, ended ones too; in the log and among messages: filter",
        ),
        *(None, ("log", "messages", "processes", "node", "cluster")),
        weight=1,
        brief="",
    ),
    Key(
        *("sort", "s", "s", "sort", "sort the table by the next column; behind the last one, as it comes"),
        *(None, ("node", "processes", "migration", "messages")),
        weight=2,
    ),
    Key(
        *(
            "snapshot",
            "s",
            "s",
            "snapshot",
            "record the state of the whole cluster; the selected node begins",
            "snapshot",
        ),
        ("cluster",),
        harmful=True,
        weight=5,
    ),
    Key(
        *("turn", "S", "S", "turn round", "sort the table the other way round"),
        *(None, ("node", "processes", "migration", "messages")),
        weight=4,
    ),
    Key("go", "g", "g", "go to", "go to an instant, an event or a chapter, past ones too", weight=2),
    Key("chapters", "c", "c", "chapters", "go to a chapter, or to a moment that was marked", weight=6),
    Key("mark", "M", "M", "mark", "mark this moment, and show how it is called", weight=7),
    Key("anew", "R", "R", "anew", "begin the run anew", weight=6),
    Key(
        *("lesson", "a", "a", "pace", "a lesson waits for a key, or as long as reading takes, or not at all"),
        weight=6,
        brief="",
    ),
    Key("lessons", "L", "L", "lessons", "go to another lesson", weight=8),
    Key(
        "parameters",
        "P",
        "P",
        "parameters",
        "see the parameters of the scenario, and begin anew with another value",
        weight=8,
    ),
    Key("unit", "u", "u", "step unit", "step by event, message, quantum or window", weight=3),
    Key(
        "expel",
        "e",
        "e",
        "expel",
        "send the guests of a node away",
        "expel",
        ("cluster", "node"),
        harmful=True,
        weight=4,
    ),
    Key(
        "bring",
        *("b", "b", "bring home", "bring the processes of a node home", "bring"),
        ("cluster", "node"),
        harmful=True,
        weight=4,
    ),
    Key(
        "block",
        "B",
        "B",
        "block guests",
        "let a node take no guests",
        "block",
        ("cluster", "node"),
        harmful=True,
        weight=4,
    ),
    Key(
        "policy",
        "p",
        "p",
        "policy",
        "choose the policy of load sharing",
        "set",
        ("cluster", "conversation"),
        harmful=True,
        brief="pol.",
    ),
    Key(
        "strategy",
        "x",
        "x",
        "strategy",
        "choose how address spaces move",
        "set",
        ("cluster", "migration"),
        harmful=True,
        brief="strat.",
    ),
    Key("save_screen", "f2", "F2", "save", "save the screen as SVG and as text", weight=5),
    Key("language", "f3", "F3", "language", "the next language", weight=5),
    Key("theme", "f4", "F4", "theme", "the next theme", weight=5),
)
BY_ACTION = {key.action: key for key in KEYS}


def keys_of(view: str) -> list[Key]:
    """Return the keys that the footer shows in a view."""
    return [key for key in KEYS if not key.views or view in key.views]


def meant_in(view: str, pressed: Key) -> Key:
    """Return what a key that was pressed stands for: one may stand for something else in another view."""
    alike = [key for key in KEYS if key.key == pressed.key]
    return next((key for key in alike if not key.views or view in key.views), pressed)
