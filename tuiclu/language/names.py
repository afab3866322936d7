"""The names that a scenario makes or uses, and what all that is written has in common.

Names are checked wherever they stand, by the types below that say what they name.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

import nodes.strategies
from nodes.wire.vocabulary import LOAD_SHARING
from tuiclu.texts import LANGUAGES

SPOKEN = ("en", "es")
"""Languages in which events always have what a scenario says, whatever catalogues there are; in others only if the scenario has them."""

STRATEGIES = tuple(nodes.strategies.STRATEGIES)
LessonPace = Literal["lecture", "auto", "real"]
"""`lecture`: what is said waits for a key; `auto`: for as long as it takes to read it; `real`: not at all, and time never slows down."""
PACES: tuple[LessonPace, ...] = get_args(LessonPace)

SignalName = Literal[
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGABRT",
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGKILL",
]
DeadlySignal = Annotated[str, Meta(extra_json_schema={"pattern": "^SIG[A-Z0-9]{2,10}$"})]


class Name(msgspec.Struct, frozen=True):
    """What a text that is a name names, and whether it makes the name or uses it: notes for the parser."""

    of: str
    new: bool = False
    pattern: str = ""
    """What a new one looks like."""


def named(of: str, pattern: str, examples: list[str] | None = None, *, new: bool = False) -> Meta:
    """Return the notes of a text that is a name.

    The pattern is kept from msgspec: where such a text or a tuple of them may stand, it takes the pattern for a type when it frees one.
    """
    shown = {"pattern": pattern} if pattern else None
    return Meta(extra={"name": Name(of, new, pattern)}, extra_json_schema=shown, examples=examples)


NODE_PATTERN = "^[a-z][a-z0-9-]*$"
PROCESS_PATTERN = "^[A-Za-z][A-Za-z0-9_-]*$"
PROCESS_OR_PID_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]*(\.[1-9][0-9]*)?$"
USERS_CLASS_PATTERN = "[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_]*"
STRATEGY_PATTERN = f"^([a-z][a-z-]*|{USERS_CLASS_PATTERN})$"
LOAD_SHARING_PATTERN = f"^({'|'.join(LOAD_SHARING)}|{USERS_CLASS_PATTERN})$"
FILE_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9._-]*$"
SNAPSHOT_FILE_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,80}\.snapshot$"
"""It leads nowhere else, and is taken for nothing else."""
VARIABLE_PATTERN = "^[A-Za-z_][A-Za-z0-9_]*$"
WORD_PATTERN = "^[A-Za-z][A-Za-z0-9_-]*$"

NodeName = Annotated[str, named("node", NODE_PATTERN)]
NewNodeName = Annotated[str, named("node", NODE_PATTERN, new=True)]
ProcessName = Annotated[str, named("process", PROCESS_OR_PID_PATTERN)]
"""One process, by its name or its pid."""
ProcessOrGroupName = Annotated[str, named("process or group", PROCESS_OR_PID_PATTERN)]
"""One process, or all that one definition stands for."""
Processes = ProcessOrGroupName | tuple[ProcessOrGroupName, ...]
"""One or more processes or groups."""
NewProcessName = Annotated[str, named("process", PROCESS_PATTERN, new=True)]
Strategy = Annotated[str, named("strategy", STRATEGY_PATTERN, list(STRATEGIES))]
"""How an address space is moved: by a strategy's name, or as `module:Class` by a class of one's own beside the scenario."""
EventKind = Annotated[str, named("event", "", ["migration.resumed"])]
FileName = Annotated[str, named("file", FILE_PATTERN, new=True)]
SnapshotFile = Annotated[str, named("snapshot file", SNAPSHOT_FILE_PATTERN, ["early.snapshot"], new=True)]
VariableName = Annotated[str, named("variable", VARIABLE_PATTERN, new=True)]
ParameterName = Annotated[str, named("parameter", WORD_PATTERN, new=True)]
NewRunName = Annotated[str, named("run", WORD_PATTERN, new=True)]
"""A further run of a scenario, which this one is compared with."""
RunName = Annotated[str, named("run", WORD_PATTERN)]
LanguageName = Annotated[str, named("language", f"^({'|'.join(LANGUAGES)})$")]


LoadSharing = Annotated[str, named("policy", LOAD_SHARING_PATTERN)]
"""One of ours, or a class of the user's own."""


class Argument(str):
    """A text as it was written: numbers, `true` and `false` need no quotes, and keep their digits."""


Text = str | dict[LanguageName, str]
"""For people: one text, or one for each language."""


def in_every_language(text: Text) -> dict[str, str]:
    """Return the text by language; a language that has none gets the first that there is."""
    given: dict[str, str] = {SPOKEN[0]: text} if isinstance(text, str) else text
    first = next(iter(given.values()), "")
    return {language: given.get(language, first) for language in SPOKEN} | given


class Part(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Base of all mappings of the format: keys in kebab case, unknown keys refused."""


class Settings(Part, frozen=True):
    """Base of mappings that may be left empty: what is not said stays as it is in every cluster."""
