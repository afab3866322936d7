"""The run as a whole: its beginning and its end, what the script says and asks, what is set and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nodes.wire.events import (
    ChapterBegan,
    CommandRefused,
    Narration,
    PolicyChanged,
    QuestionAsked,
    RunEnded,
    RunResumed,
    RunStarted,
)
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.counted import how_many
from tuiclu.language.settings import KEYS
from tuiclu.model.fold import on
from tuiclu.model.policy import written
from tuiclu.model.sentences.teller import Teller, Values
from tuiclu.texts import in_own_words, told

_ENDINGS = {
    "quiescent": Text("Nothing is left to happen."),
    "until": Text("The time is up."),
    "stopped": Text("The run was stopped."),
}
_OPENING = Text("{title}: {nodes}, {kind} of {bandwidth} Mbit/s, {latency} ms; seed {seed}.")
_RESUMED = Text(
    "The run goes on from snapshot {snapshot}, which began at {at} s: every node where it recorded its state; seed {seed}."
)
_ON = Text(" on {nodes}")


class OfTheRun(Teller):
    title = ""
    """Of the scenario, in the language that is told."""
    answers = True
    """Whether questions are told with their answers."""

    @on
    def started(self, event: RunStarted, t: int, node: NodeName) -> list[str]:
        network = event.settings["network"]
        opening = self._say(
            _OPENING,
            title=self.title,
            nodes=how_many(len(event.settings["nodes"]), "node"),
            kind=Text(network["kind"]),
            bandwidth=f"{network['bandwidth_bps'] / 1e6:g}",
            latency=f"{network['latency_ns'] / 1e6:g}",
            seed=event.seed,
        )
        return [opening]

    @on
    def resumed(self, event: RunResumed, t: int, node: NodeName) -> list[str]:
        return [self._say(_RESUMED, snapshot=event.snapshot, at=f"{t / 1e9:.6f}", seed=event.seed)]

    @on
    def ended(self, event: RunEnded, t: int, node: NodeName) -> list[str]:
        return [told(_ENDINGS[event.reason], self._lang)]

    @on
    def narrated(self, event: Narration, t: int, node: NodeName) -> list[str]:
        return [f"» {line}" for line in in_own_words(event.text, self._lang).splitlines()]

    @on
    def chapter(self, event: ChapterBegan, t: int, node: NodeName) -> list[str]:
        return [f"§ {' '.join(in_own_words(event.title, self._lang).split())}"]

    @on
    def asked(self, event: QuestionAsked, t: int, node: NodeName) -> list[str]:
        asked = [f"? {line}" for line in in_own_words(event.question, self._lang).splitlines()]
        listed = [
            f"  {number}. {in_own_words(choice, self._lang)}" for number, choice in enumerate(event.choices, start=1)
        ]
        if not self.answers:
            return [*asked, *listed]
        return [*asked, *listed, *(f"= {line}" for line in in_own_words(event.answer, self._lang).splitlines())]

    @on
    def policy_changed(self, event: PolicyChanged, t: int, node: NodeName) -> Values:
        everywhere = self._view.policies.everywhere(event.nodes)
        return {
            "key": KEYS[event.setting],
            "was": written(event.setting, event.was),
            "now": written(event.setting, event.now),
            "where": "" if everywhere else self._say(_ON, nodes=", ".join(event.nodes)),
        }

    @on
    def refused(self, event: CommandRefused, t: int, node: NodeName) -> Values:
        return {"verb": " ".join(_words(event.command))}


def _words(command: dict[str, Any]) -> Iterator[str]:
    """Yield the words of a command, much as they were typed: the verb first."""
    for value in [command.get("verb"), *(value for key, value in command.items() if key != "verb")]:
        match value:
            case None | "" | False:
                pass
            case dict():
                yield from (f"{KEYS.get(name, name)}={written(name, one)}" for name, one in value.items())
            case list() | tuple():
                yield from [",".join(map(str, value))] if value else []
            case _:
                yield str(value)
