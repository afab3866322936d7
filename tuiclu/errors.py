"""What can go wrong for a user, as exceptions that say what, where and what to do.

    TuicluError                 exit status
    ├── InputError              2   a file, an option or a name that makes no sense: the user can mend it
    │   └── MachineError        2   the real machine does not let us, or somebody on it has ended what we need
    └── EmulatorError           3   the emulator itself failed: a bug

A failed expectation (exit status 1) is a result, not an exception. The command line is the only place that prints these
or picks an exit status.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, ClassVar

from nodes.wire.text import NOTHING, Text, sentences
from tuiclu.texts import told

if TYPE_CHECKING:
    from collections.abc import Iterable

FEW = 12
"""How many names are listed in a message; of more, only the nearest one."""
LONGEST = 100
"""How many characters of a name are compared."""
ALIKE = 0.59
"""Names that share a larger part of their characters look alike."""


class TuicluError(Exception):
    """Base of all that a user may see instead of a result. `str()` is English; `told` says it in the reader's language."""

    exit_status: ClassVar[int]

    @property
    def text(self) -> Text:
        """What the user is told."""
        raise NotImplementedError

    def told(self, lang: str) -> str:
        """Return what the user is told, in a language."""
        return told(self.text, lang)

    def __str__(self) -> str:
        return str(self.text)


class InputError(TuicluError):
    """The input or the usage is wrong; it is told in one line: `FILE:LINE:COLUMN: what is wrong. what was meant`."""

    exit_status = 2

    def __init__(self, what: Text, where: str | None = None, meant: Text = NOTHING) -> None:
        """`where` is `file:line:column`, a file, or an option as it was given; `meant` says what to write."""
        super().__init__(what, where, meant)
        self.what = what
        self.where = where
        self.meant = meant

    @property
    def text(self) -> Text:
        template = ("{where}: " if self.where else "") + ("{what}. {meant}" if self.meant else "{what}")
        return Text.made(template, {"where": self.where, "what": self.what, "meant": self.meant})


class MachineError(InputError):
    """The real machine does not let us: no room, no rights, no more files or processes; or somebody on it has ended a process of ours.

    `where` is what it was about, `meant` what can be done.
    """


class EmulatorError(TuicluError):
    """The emulator itself failed. `what` says how, to whoever mends it; `log` where to find more."""

    exit_status = 3

    def __init__(self, what: str, log: str | None = None) -> None:
        super().__init__(what, log)
        self.what = what
        self.log = log

    @property
    def text(self) -> Text:
        place = Text("The log is in {log}.", log=self.log) if self.log else NOTHING
        return sentences(Text("tuiclu itself failed: {what}. This is a bug.", what=self.what), place)


ALSO_CALLED = {
    "rr": "round-robin",
    "fifo": "fcfs",
    "first-come-first-served": "fcfs",
    "spn": "shortest-process-next",
    "sjf": "shortest-process-next",
    "shortest-job-first": "shortest-process-next",
    "srt": "shortest-remaining-time",
    "srtf": "shortest-remaining-time",
    "hrrn": "highest-response-ratio-next",
    "multilevel-feedback": "feedback",
    "mlfq": "feedback",
    "optimal": "opt",
    "belady": "opt",
    "min": "opt",
    "second-chance": "clock",
    "least-recently-used": "lru",
    "first-in-first-out": "fifo",
    "ethernet": "bus",
    "full-mesh": "mesh",
}
"""What books call something that has another name here."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that is meant by `word`, or looks most like it, in whatever case; None: none. The first of equals wins."""
    known = list(known)
    if ALSO_CALLED.get(word.lower()) in known:
        return ALSO_CALLED[word.lower()]
    matcher = SequenceMatcher(b=word[:LONGEST].lower())
    best, likeness = None, ALIKE
    for name in known:
        matcher.set_seq1(name[:LONGEST].lower())
        if matcher.real_quick_ratio() > likeness and matcher.quick_ratio() > likeness and matcher.ratio() > likeness:
            best, likeness = name, matcher.ratio()
    return best


def did_you_mean(word: str, known: Iterable[str], what: Text) -> Text:
    """Return a sentence that leads from `word`, which is not known, to what is: the nearest name, all if they are few.

    `what` names them in the plural: `nodes`.
    """
    names = list(known)
    near = nearest(word, names)
    question = Text("Did you mean `{near}`?", near=near) if near else NOTHING
    if not names:
        sentence = Text("There are no {what}.", what=what)
    elif len(names) <= FEW:
        sentence = Text("The {what} are: {names}.", what=what, names=", ".join(names))
    elif near:
        sentence = NOTHING
    else:
        some = ", ".join(names[:FEW])
        sentence = Text("The {what} are: {some} ... ({count} in all).", what=what, some=some, count=len(names))
    return sentences(question, sentence)
