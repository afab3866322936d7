"""What is asked, and what order is given then: without a terminal, an application or a cluster that lives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from tests.tuiclu.tui.frames import frame_of
from tuiclu.live.protocol import AnyAsk, Hold, Opened, Pace, Play, Step
from tuiclu.tui.actions import ACTIONS, orders, pacing
from tuiclu.tui.actions.cluster_screen import ClusterScreen
from tuiclu.tui.prompt import COMMAND, GOAL


class Somebody:
    """A screen of first-steps, in front of which somebody sits who takes these choices, by what is shown, and says no more then."""

    def __init__(self, *choices: str) -> None:
        self.frame, self.look = frame_of("first-steps", 300_000_000, "n1", "n1.2")
        self.opened = Opened({}, {}, "", 0, (), {}, "", ("hello", "primes"), "")
        self.said: list[str] = []
        self.asked: list[AnyAsk] = []
        self._choices = list(choices)

    def ask(self, message: AnyAsk) -> None:
        self.asked.append(message)

    def give(self, line: str) -> None:
        self.said.append(line)

    async def give_harmful(self, line: str) -> None:
        self.said.append(f"really? {line}")

    async def choose(self, title: str, choices: Iterable[tuple[str, str]]) -> str | None:
        if not self._choices:
            return None
        wanted = self._choices.pop(0)
        return next(value for value, label in choices if label.startswith(wanted))

    def notify_line(self, text: str, style: str = "good") -> None:
        self.said.append(f"({text})")

    def open_prompt(self, mode: str, placeholder: str, text: str = "") -> None:
        self.said.append(f"{mode}{text}")


def done(action: str, screen: ClusterScreen) -> None:
    """Do what a key does."""
    waiting = ACTIONS[action](screen)  # type: ignore[arg-type]
    if waiting is not None:

        async def wait() -> None:
            await waiting

        asyncio.run(wait())


@pytest.mark.parametrize(
    ("action", "choices", "said"),
    [
        ("migrate", ("P", "n4", "precopy"), "migrate P n4 precopy"),
        ("kill", ("P", "SIGKILL"), "really? kill P"),
        ("kill", ("P", "SIGSTOP"), "really? signal P SIGSTOP"),
        ("fail", ("crash", "n2"), "really? crash n2"),
        ("fail", ("slow", "n2", "25%"), "slow n2 factor=25%"),
        ("fail", ("announced", "n2", "2s"), "really? shutdown n2 in=2s"),
        ("workstation", (), "activate n1"),
        ("restart", (), "(Nothing is broken.)"),
        ("new", ("hello", "n2"), f"{COMMAND}spawn hello n2 "),
        ("new", ("an ELF file",), f"{COMMAND}spawn "),
        ("expel", ("n3",), "really? expel n3"),
        ("bring", ("n3",), "bring n3"),
        ("block", ("n3",), "block node=n3"),
        ("policy", ("symmetric", "on all"), "set load-sharing symmetric"),
        ("policy", ("none", "only on n1"), "set load-sharing none on=n1"),
        ("strategy", ("hybrid",), "set strategy hybrid"),
        ("go", (), GOAL),
    ],
)
def test_choices_become_an_order_as_it_could_have_been_typed(action: str, choices: tuple[str, ...], said: str) -> None:
    screen = Somebody(*choices)
    done(action, screen)
    assert screen.said == [said]


@pytest.mark.parametrize("action", ["migrate", "kill", "fail", "new", "expel", "bring", "block", "policy", "strategy"])
@pytest.mark.parametrize("steps", [0, 1])
def test_who_chooses_nothing_orders_nothing(action: str, steps: int) -> None:
    first = {"migrate": "P", "kill": "P", "fail": "crash", "new": "hello", "policy": "none"}
    if steps and action not in first:
        return
    screen = Somebody(*([first[action]] if steps else []))
    done(action, screen)
    assert screen.said == []


def test_what_is_broken_is_offered_to_be_mended_and_one_thing_is_mended_at_once() -> None:
    screen = Somebody()
    *others, last = screen.frame.nodes
    down = msgspec.structs.replace(last, view=replace(last.view, state="down"))
    screen.frame = msgspec.structs.replace(screen.frame, nodes=(*others, down))
    done("restart", screen)
    assert screen.said == ["restart n4"]


def test_a_process_is_moved_to_where_it_was_dragged_after_one_choice() -> None:
    screen = Somebody("eager-all")
    asyncio.run(orders.move(screen, "P", "n3"))
    assert screen.said == ["migrate P n3 eager-all"]


def test_time_is_asked_to_stand_still_to_pass_faster_and_to_go_by_steps() -> None:
    screen = Somebody()
    for mode, factor in (("running", 1.0), ("held", 1.0), ("running", None), ("running", 0.01)):
        screen.frame = msgspec.structs.replace(screen.frame, mode=mode, factor=factor)
        for action in ("space", "plus", "minus"):
            done(action, screen)
    done("step", screen)
    done("unit", screen)
    done("step", screen)
    fast, slow = pacing.SPEEDS[-2], pacing.SPEEDS[1]
    assert screen.asked == [
        *(Hold(), Pace(2.0), Pace(0.5), Play(), Pace(2.0), Pace(0.5)),
        *(Hold(), Pace(None), Pace(fast), Hold(), Pace(slow), Pace(0.01)),
        *(Step("event"), Step("message")),
    ]
