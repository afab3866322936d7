"""The names that a scenario makes or uses, and what all that is written has in common.

Names are checked wherever they stand, by the types below that say what they name.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

import nodes.strategies
from nodes.wire.vocabulary import LOAD_SHARING
from tuiclu.texts import LANGUAGES

SPOKEN = ("en", "es")
"""Languages in which events always have what a scenario says, whatever catalogues there are; a further one only if the scenario has it."""

STRATEGIES = tuple(nodes.strategies.STRATEGIES)
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
DeadlySignal = Annotated[str, Meta(pattern="^SIG[A-Z0-9]{2,10}$")]


class Name(msgspec.Struct, frozen=True):
    """What a text that is a name names, and whether it makes the name or uses it: notes for the parser."""

    of: str
    new: bool = False

    def notes(self) -> dict[str, Name]:
        return {"name": self}


NODE_PATTERN = "^[a-z][a-z0-9-]*$"
PROCESS_PATTERN = "^[A-Za-z][A-Za-z0-9_-]*$"
PROCESS_OR_PID_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]*(\.[1-9][0-9]*)?$"
USERS_CLASS_PATTERN = "[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_]*"
STRATEGY_PATTERN = f"^([a-z][a-z-]*|{USERS_CLASS_PATTERN})$"
LOAD_SHARING_PATTERN = f"^({'|'.join(LOAD_SHARING)}|{USERS_CLASS_PATTERN})$"
FILE_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9._-]*$"
VARIABLE_PATTERN = "^[A-Za-z_][A-Za-z0-9_]*$"

NodeName = Annotated[str, Meta(pattern=NODE_PATTERN, extra=Name("node").notes())]
NewNodeName = Annotated[str, Meta(pattern=NODE_PATTERN, extra=Name("node", new=True).notes())]
ProcessName = Annotated[str, Meta(pattern=PROCESS_OR_PID_PATTERN, extra=Name("process").notes())]
"""One process, by its name or its pid."""
ProcessOrGroupName = Annotated[str, Meta(pattern=PROCESS_OR_PID_PATTERN, extra=Name("process or group").notes())]
"""One process, or all that one definition stands for."""
Processes = ProcessOrGroupName | tuple[ProcessOrGroupName, ...]
"""One or more processes or groups."""
NewProcessName = Annotated[str, Meta(pattern=PROCESS_PATTERN, extra=Name("process", new=True).notes())]
Strategy = Annotated[str, Meta(pattern=STRATEGY_PATTERN, extra=Name("strategy").notes(), examples=list(STRATEGIES))]
"""How an address space is moved: by a strategy's name, or as `module:Class` by a class of one's own beside the scenario."""
EventKind = Annotated[str, Meta(extra=Name("event").notes(), examples=["migration.resumed"])]
FileName = Annotated[str, Meta(pattern=FILE_PATTERN, extra=Name("file", new=True).notes())]
VariableName = Annotated[str, Meta(pattern=VARIABLE_PATTERN, extra=Name("variable", new=True).notes())]
LanguageName = Annotated[str, Meta(pattern=f"^({'|'.join(LANGUAGES)})$", extra=Name("language").notes())]


LoadSharing = Annotated[str, Meta(pattern=LOAD_SHARING_PATTERN, extra=Name("policy").notes())]
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
