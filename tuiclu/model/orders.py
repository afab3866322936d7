"""What became of each order that was typed: given, done, or refused by whom and why. Folded from the events; pure.

The engine gives an order at an instant (`command`) or refuses it there. What it does to a node or a process is seen later, and a kernel or
an Initiator may still refuse it then: an order is followed until one of these has happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nodes.wire.events import (
    AnyEvent,
    ChapterBegan,
    CommandGiven,
    CommandRefused,
    LinkHealed,
    LinkPartitioned,
    MachineBlocked,
    MachineStays,
    MigrationAborted,
    MigrationAccepted,
    MigrationLost,
    MigrationResumed,
    MigrationStarted,
    Narration,
    NegotiationRefused,
    NodeCrashed,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    OwnerActive,
    OwnerIdle,
    PolicyChanged,
    ProcessCreated,
    ProcessExited,
    ProcessNotCreated,
    QuestionAsked,
    RunEnded,
    ShutdownAnnounced,
    Stamped,
)
from nodes.wire.ids import Pid
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.sentences.teller import in_words
from tuiclu.texts import LANGUAGES, told

FOLLOWED = 100
"""Orders that are not done yet, at most: the oldest are forgotten."""
DONE_BY: dict[str, tuple[type, ...]] = {
    "cancel": (MigrationAborted,),
    "spawn": (ProcessCreated,),
    "kill": (ProcessExited,),
    "crash": (NodeCrashed,),
    "restart": (NodeRestarted,),
    "pause": (NodePaused,),
    "resume": (NodeResumed,),
    "slow": (NodeSlowed,),
    "partition": (LinkPartitioned,),
    "heal": (LinkHealed,),
    "activate": (OwnerActive,),
    "idle": (OwnerIdle,),
    "stay": (MachineStays,),
    "block": (MachineBlocked,),
    "expel": (MachineBlocked,),
    "shutdown": (ShutdownAnnounced,),
    "set": (PolicyChanged,),
    "say": (Narration,),
    "chapter": (ChapterBegan,),
    "ask": (QuestionAsked,),
    "migrate": (MigrationResumed,),
}
"""The event that shows that an order is done, by its verb. Of the other verbs it is enough that the order was given."""
ORDERED = Text("{line}: ordered for {t} s")
GIVEN = Text("{line}: given at {t} s")
ON_ITS_WAY = Text("{line}: {sentence}")
DONE = Text("{line}: done. {sentence}")
REFUSED = Text("{line}: refused by {who}: {why}")
FAILED = Text("{line}: came to nothing. {sentence}")
UNFINISHED = Text("{line}: not done when the run ended")
CLUSTER = Text("the cluster")
KERNEL = Text("the kernel of {node}")
AT_STEP = Text("{node}, at step {step}")


class Answer(NamedTuple):
    """What is said about an order. `final`: nothing more will be."""

    number: int
    ok: bool
    final: bool
    text: dict[str, str]
    """By language."""


@dataclass
class _Order:
    number: int
    line: str
    command: Mapping[str, Any]
    given: bool
    """The engine has given it."""
    pid: Pid | None = None
    migration: str = ""

    @property
    def verb(self) -> str:
        return str(self.command["verb"])


class Orders:
    """See above. `see` comes after the view has seen the event."""

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._open: list[_Order] = []

    def follow(self, number: int, line: str, command: Mapping[str, Any], at_ns: int) -> Answer:
        """Follow an order from now on; `command` is what the engine was told, for that instant."""
        order = _Order(number, line, command, given=command["verb"] in ("say", "ask"))
        self._open.append(order)
        del self._open[:-FOLLOWED]
        return _answer(order, ORDERED, final=False, t=f"{at_ns / 1e9:.6f}")

    def see(self, stamped: Stamped, told: Mapping[str, Sequence[str]]) -> list[Answer]:
        """Return what an event says about orders; `told`: the sentences of the narration about it, by language."""
        answers = []
        for order in list(self._open):
            answer = self._answer(order, stamped, {lang: " ".join(told.get(lang, ())) for lang in LANGUAGES})
            if answer is not None:
                answers.append(answer)
                if isinstance(stamped.event, CommandGiven):
                    break  # of two equal orders the first is meant; and it may be refused right behind
                if answer.final:
                    self._open.remove(order)
        return answers

    def _answer(self, order: _Order, stamped: Stamped, sentence: dict[str, str]) -> Answer | None:
        event, instant = stamped.event, f"{stamped.t / 1e9:.6f}"
        match event:
            case CommandGiven(command, "user") if not order.given and command == order.command:
                order.given, order.pid = True, self._pid_of(order)
                return _answer(order, GIVEN, final=order.verb not in DONE_BY, t=instant)
            case RunEnded() if order.verb in DONE_BY:
                return _answer(order, UNFINISHED, ok=False)
            case _ if not order.given:
                return None
            case CommandRefused(command, reason) if self._is_meant(order, command):
                who = {
                    lang: told(KERNEL.filled(node=stamped.node) if stamped.node else CLUSTER, lang)
                    for lang in LANGUAGES
                }
                return _refused(order, who, in_words(reason))
            case ProcessNotCreated(name=name) if order.verb == "spawn" and name == order.command["name"]:
                return _answer(order, FAILED, ok=False, sentence=sentence)
            case _ if order.verb == "migrate":
                return self._answer_to_move(order, event, sentence)
            case _ if isinstance(event, DONE_BY.get(order.verb, ())) and self._is_about(order, stamped):
                return _answer(order, DONE, sentence=sentence)
        return None

    @staticmethod
    def _answer_to_move(order: _Order, event: AnyEvent, sentence: dict[str, str]) -> Answer | None:
        """Follow a migration from the wish to the resumption, or to whoever refuses it."""
        match event:
            case MigrationStarted(migration, pid, initiated_by="user") if pid == order.pid and not order.migration:
                order.migration = migration
                return _answer(order, ON_ITS_WAY, final=False, sentence=sentence)
            case NegotiationRefused(migration, _, by, step, reason) if migration == order.migration:
                at = {lang: told(AT_STEP.filled(node=by, step=step), lang) if step else by for lang in LANGUAGES}
                return _refused(order, at, in_words(reason))
            case MigrationAccepted(migration) if migration == order.migration:
                return _answer(order, ON_ITS_WAY, final=False, sentence=sentence)
            case MigrationAborted(migration) | MigrationLost(migration) if migration == order.migration:
                return _answer(order, FAILED, ok=False, sentence=sentence)
            case MigrationResumed(migration) if migration == order.migration:
                return _answer(order, DONE, sentence=sentence)
            case _:
                return None

    def _pid_of(self, order: _Order) -> Pid | None:
        """Return which process an order is about, which may be named by its name or its pid."""
        wanted = order.command.get("process")
        found = [one for one in self._view.processes.values() if wanted in (one.pid, one.name)]
        found.sort(key=lambda one: one.alive)
        return found[-1].pid if found else None

    def _is_meant(self, order: _Order, command: Mapping[str, Any]) -> bool:
        """Tell whether a refusal means this order: a kernel knows of the process by its pid alone."""
        if command == order.command:
            return True
        same = command.get("verb") == order.verb and order.pid is not None
        return bool(same) and command.get("process") in (order.pid, order.command.get("process"))

    @staticmethod
    def _is_about(order: _Order, stamped: Stamped) -> bool:
        """Tell whether what happened is about what was ordered."""
        event, node = stamped.event, order.command.get("node")
        pid = getattr(event, "pid", None)
        if order.verb == "spawn":
            return bool(getattr(event, "name", None) == order.command["name"])
        return (node is None or node == stamped.node) and (pid is None or order.pid is None or pid == order.pid)


def _answer(
    order: _Order,
    form: Text,
    *,
    ok: bool = True,
    final: bool = True,
    sentence: Mapping[str, str] | None = None,
    t: str = "",
) -> Answer:
    said = sentence or {}
    text = {
        lang: told(form.filled(line=order.line, sentence=said.get(lang, ""), t=t), lang).strip() for lang in LANGUAGES
    }
    return Answer(order.number, ok, final, text)


def _refused(order: _Order, who: Mapping[str, str], why: Mapping[str, str]) -> Answer:
    text = {lang: told(REFUSED.filled(line=order.line, who=who[lang], why=why[lang]), lang) for lang in LANGUAGES}
    return Answer(order.number, ok=False, final=True, text=text)
