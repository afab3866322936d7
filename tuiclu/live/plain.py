"""A live cluster without a screen: what happens in sentences, and commands line by line. For screen readers, and for pipes."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nodes.wire.text import Text
from tuiclu.harmless import say
from tuiclu.live.front import NORMAL, LiveCluster, Refused, RepeatedCluster, Start
from tuiclu.texts import told

if TYPE_CHECKING:
    from tuiclu.live.protocol import AnyShow, StepUnit
    from tuiclu.model.frame import Frame
    from tuiclu.scenario.trust import Trust

HELP = Text(
    "Commands: the verbs of a script (migrate P n3 precopy), and: "
    "go, hold, step [UNIT], back [UNIT], speed X, until WHEN, state, save FILE, quit."
)
STATE = Text("{node} is {state}; its CPU is {load} % in use; running: {running}; ready: {ready}; waiting: {blocked}.")
STATES = {"up": Text("up"), "paused": Text("paused"), "down": Text("down")}
REFUSED = Text("the cluster may only be watched")


def converse(
    source: str,
    load: Callable[[], object],
    *,
    lang: str,
    read_only: bool,
    folder: str | None,
    trust: Trust,
    start: Start = NORMAL,
) -> tuple[int, str]:
    """Tell what happens and take commands until the user or standard input ends; return the exit status, and where the journal is."""
    with LiveCluster(source, load, folder, trust, start) as live:
        opened = live.wait_until_open()
        conversation = _Conversation(live, lang, opened.folder, trust, read_only=read_only)
        try:
            conversation.run()
        finally:
            conversation.live.close()
        if (lost := conversation.live.lost()) is not None:
            raise lost
        return conversation.live.status or 0, opened.folder


class _Conversation:
    def __init__(self, live: LiveCluster, lang: str, folder: str, trust: Trust, *, read_only: bool) -> None:
        self.live = live
        """The present cluster: another one after each step back."""
        self._folder, self._trust = folder, trust
        self._lang = lang
        self._read_only = read_only
        self._frame: Frame | None = None
        self._typed = bytearray()
        self._listening = True
        self._told = False
        """The end of the run has been told."""
        self._state_wanted = False
        """Somebody has asked how things stand before there was anything to tell."""
        self._number = 0

    def run(self) -> None:
        """Talk until the cluster has ended."""
        self._say(told(HELP, self._lang))
        while (live := self.live).channel.open:
            incoming = [live.channel.fileno(), *([0] if self._listening else [])]
            ready, _, _ = select.select(incoming, [], [], 0.2)
            if live.channel.fileno() in ready:
                for show in live.hear():
                    self._tell(show)
            if 0 in ready:
                self._read()

    def _tell(self, show: AnyShow) -> None:
        from tuiclu.live.protocol import Answered, Closed, Failed, Framed, Opened, Past, Play, Quit, Seen, Warned

        match show:
            case Framed(frame):
                self._frame = frame
                self.live.ask(Seen())
                for one in frame.spoken:
                    self._say(f"{one.t / 1e9:12.6f} s  {one.text.get(self._lang, '')}")
                if frame.closing and not self._told:
                    for _, line in frame.closing.get(self._lang, ()):
                        self._say(line)
                self._told = bool(frame.closing)
                if self._state_wanted:
                    self._tell_state()
                if frame.mode in ("waiting", "over") and not self._listening:
                    self.live.ask(Quit())
                elif frame.mode in ("saying", "asking") and not self._listening:
                    self.live.ask(Play())
            case Answered(_, _, text, said):
                self._say(f"-- {said.get(self._lang, text)}")
            case Past(moment):
                self.live.discard()
                self.live = again = RepeatedCluster(self._folder, self._trust)
                again.begin(Start(moment=moment))
                self._frame, self._told = None, False
            case Warned(text):
                self._say(f"-- {text}")
            case Closed(digest):
                self._say(f"-- {digest}")
            case Failed(text, said, status):
                raise Refused(text, said, status)
            case Opened():
                pass

    def _read(self) -> None:
        from tuiclu.live.protocol import Play

        data = os.read(0, 4096)
        if not data:
            self._listening = False
            self.live.ask(Play())  # nobody is there any more to say so
        self._typed += data
        while b"\n" in self._typed:
            line, _, self._typed = self._typed.partition(b"\n")
            self._obey(line.decode(errors="replace").strip())

    def _obey(self, line: str) -> None:
        from tuiclu.live.protocol import Back, Hold, Pace, Play, Quit, RunOn, Save, Step, Type

        word, _, rest = line.partition(" ")
        match word:
            case "" if self._frame is not None and self._frame.mode not in ("saying", "asking"):
                pass
            case "" | "go":
                self.live.ask(Play())
            case "hold":
                self.live.ask(Hold())
            case "step":
                self.live.ask(Step(_unit(rest)))
            case "back":
                self.live.ask(Back(_unit(rest)))
            case "speed" if (factor := _number(rest)) is not None or rest == "max":
                self.live.ask(Pace(factor))
            case "until":
                self.live.ask(RunOn(rest))
            case "save" if rest:
                self.live.ask(Save(str(Path.cwd() / rest), self._number))
            case "quit" | "q":
                self.live.ask(Quit())
            case "state":
                self._tell_state()
            case "help" | "?" | "speed" | "save":
                self._say(told(HELP, self._lang))
            case _ if self._read_only:
                self._say(f"-- {told(REFUSED, self._lang)}")
            case _:
                self._number += 1
                self.live.ask(Type(line, self._number))

    def _tell_state(self) -> None:
        self._state_wanted = self._frame is None
        if self._frame is None:
            return
        for node in self._frame.nodes:
            state = STATES.get(node.state, Text(node.state))
            ready, blocked = ", ".join(node.ready) or "-", ", ".join(node.blocked) or "-"
            said = told(
                STATE.filled(
                    node=node.name,
                    state=state,
                    load=node.load[-1],
                    running=node.running or "-",
                    ready=ready,
                    blocked=blocked,
                ),
                self._lang,
            )
            self._say(said)

    @staticmethod
    def _say(line: str) -> None:
        say(line)
        sys.stdout.flush()


def _unit(text: str) -> StepUnit:
    return next((unit for unit in ("message", "quantum", "window") if unit == text), "event")


def _number(text: str) -> float | None:
    try:
        return float(text.removeprefix("x"))
    except ValueError:
        return None
