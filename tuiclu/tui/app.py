"""The screen: a textual application in front of a live cluster. It draws frames, and turns keys and clicks into commands."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import psutil
from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.suggester import Suggester
from textual.widgets import Input

from tuiclu.live.protocol import (
    Answered,
    AnyAsk,
    AnyShow,
    Closed,
    Failed,
    Focus,
    Framed,
    Hold,
    Opened,
    Pace,
    Play,
    Quit,
    RunOn,
    Save,
    Seen,
    Step,
    Type,
    Warned,
)
from tuiclu.scenario.schema import STRATEGIES, VERB_NAMES
from tuiclu.tui.canvas import Canvas
from tuiclu.tui.dialogs import Choice, Confirm, Reading
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.help import help_text
from tuiclu.tui.keys import BY_ACTION, KEYS, Key
from tuiclu.tui.look import LOG_KINDS, VIEWS, Look, RealSide, processes_of
from tuiclu.tui.styles import BACKGROUNDS, THEMES
from tuiclu.tui.texts import LANGUAGES

if TYPE_CHECKING:
    from tuiclu.live.front import LiveCluster
    from tuiclu.model.frame import Frame, Question

SPEEDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0, None)
"""Virtual seconds a real second; None: as fast as possible."""
UNITS = ("event", "message", "quantum", "window")
REAL_S = 1.0
"""Real seconds between two looks at what the nodes cost the machine."""
QUIT_S = 4.0
"""Real seconds that the cluster gets to end before the screen closes all the same."""
LEAST_SPAN_NS, MOST_SPAN_NS = 1_000_000, 20_000_000_000
HARMFUL = ("crash", "kill", "shutdown", "partition", "pause", "expel")
"""Verbs that ask once when they are given by a key."""
OWN_WORDS = ("go", "hold", "speed", "step", "until", "save", "view", "lang", "theme", "help", "quit")
"""What the command line understands beside the verbs of the script."""


class ClusterApp(App[int]):
    """See above. `run` returns 0, or raises nothing: look at `failure`."""

    ENABLE_COMMAND_PALETTE = True
    ALLOW_SELECT = False
    AUTO_FOCUS = "#canvas"
    CSS = """
    Screen { background: $background; }
    #prompt { dock: bottom; height: 1; border: none; padding: 0 1; display: none; }
    #prompt.open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                key.key,
                f"key('{key.action}')",
                key.label,
                id=key.action,
                tooltip=key.help,
                show=False,
                priority=key.key == "tab",  # textual's own tab would go through the widgets, of which there is one
            )
            for key in KEYS
        ),
        *(Binding(str(number), f"view('{view}')", show=False) for number, view in enumerate(VIEWS, start=1)),
        Binding("enter,pagedown", "advance", show=False),
        Binding("pageup", "scroll(10)", show=False),
        Binding("home", "scroll(1000000)", show=False),
        Binding("end", "scroll(-1000000)", show=False),
        Binding("up", "move_vertically(-1)", show=False),
        Binding("down", "move_vertically(1)", show=False),
        Binding("left", "move_sideways(-1)", show=False),
        Binding("right", "move_sideways(1)", show=False),
        Binding("left_square_bracket", "zoom(2)", show=False),
        Binding("right_square_bracket", "zoom(-2)", show=False),
        Binding("escape", "escape", show=False),
        Binding("ctrl+q,ctrl+c", "quit_now", show=False, priority=True),
    ]

    def __init__(self, live: LiveCluster, opened: Opened, look: Look, *, theme: str = "dark") -> None:
        super().__init__(ansi_color=theme not in BACKGROUNDS)
        self.live = live
        self.opened = opened
        self.look = look
        self.colours = theme
        self.frame: Frame | None = None
        self.failure: Exception | None = None
        """A bug in the screen; the command line tells of it."""
        self.closed: Closed | None = None
        self.history: deque[str] = deque(maxlen=500)
        self._typed: dict[int, str] = {}
        self._number = 0
        self._mode = ""
        """What the prompt is for: `:`, `/`, `go` or `answer`."""
        self._back = 0
        self._question_shown = 0
        self._focus: Focus | None = None
        self._quitting = False
        self._drag: str | None = None
        self.show_reality = True
        """Whether what the nodes cost the real machine is shown; False: in pictures."""
        self._reality: dict[int, psutil.Process] = {}
        look.title, look.source = opened.title, opened.source
        look.kind = str(opened.settings["kind"])
        look.bandwidth_bps, look.latency_ns = int(opened.settings["bandwidth_bps"]), int(opened.settings["latency_ns"])

    # ------------------------------------------------------------------------------------------------------ life and end

    def compose(self) -> ComposeResult:
        """Draw the canvas, and the prompt that is hidden until it is needed."""
        yield Canvas(self.colours)
        yield Input(id="prompt", compact=True, disabled=True, suggester=_Words(self))

    def on_mount(self) -> None:
        """Begin to listen to the cluster."""
        self.theme = "textual-light" if self.colours == "light" else "textual-dark"
        if self.colours not in BACKGROUNDS:
            self.theme = "textual-ansi"
        asyncio.get_running_loop().add_reader(self.live.channel.fileno(), self._hear)
        self.set_interval(REAL_S, self._look_at_reality)
        self.query_one(Canvas).focus()
        self.redraw()
        for each in (signal.SIGTERM, signal.SIGHUP):
            if not self.is_headless:
                asyncio.get_running_loop().add_signal_handler(each, self._hang_up)
        self.call_after_refresh(gc.freeze)
        self._hear()

    def _hang_up(self) -> None:
        """The terminal is gone, or somebody wants us to end: end at once, and for certain."""
        signal.setitimer(signal.ITIMER_REAL, 3.0)
        self._stop_listening()
        self.exit(129, return_code=129)

    def on_unmount(self) -> None:
        """Listen no more."""
        self._stop_listening()

    def _stop_listening(self) -> None:
        if self.live.channel.open or self.live.channel.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.live.channel.fileno())

    def _handle_exception(self, error: Exception) -> None:
        """End the screen; the command line will say what happened. No traceback reaches the terminal."""
        self.failure = error
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._return_code = 3
        self._close_messages_no_wait()

    def _look_at_reality(self) -> None:
        """Take what the nodes cost the real machine."""
        if not self.is_headless and not _terminal_is_there():
            self._hang_up()
            return
        if self.frame is None or self.look.view != "cluster" or not self.show_reality:
            return
        seen: dict[str, RealSide] = {}
        for node in self.frame.nodes:
            if node.pid is None:
                continue
            try:
                process = self._reality.setdefault(node.pid, psutil.Process(node.pid))
                with process.oneshot():
                    switches = process.num_ctx_switches()
                    seen[node.name] = RealSide(
                        node.pid,
                        process.cpu_percent(None),
                        process.memory_info().rss,
                        str(process.status()),
                        switches.voluntary + switches.involuntary,
                    )
            except psutil.Error:
                self._reality.pop(node.pid, None)
        self.look.real = seen
        self.redraw()

    # --------------------------------------------------------------------------------------------------- the cluster's side

    def ask(self, message: AnyAsk) -> None:
        """Say something to the cluster."""
        self.live.ask(message)

    def _hear(self) -> None:
        for show in self.live.hear():
            self._take(show)
        if not self.live.channel.open:
            self._lost()
        self.redraw()

    def _take(self, show: AnyShow) -> None:
        t = self.look.t
        match show:
            case Framed(frame):
                self.frame = frame
                self.look.take(frame)
                self.ask(Seen())
                self._ask_audience(frame)
            case Answered(number, ok, text):
                line = self._typed.pop(number, "")
                if ok:
                    self.notify_line(text)
                else:
                    self.notify_line(f"{line}: {text}" if line else text, "bad")
            case Warned(text):
                self.notify_line(text, "warn")
            case Closed():
                self.closed = show
                self.look.ended = t("The run has ended: {reason}. q closes the screen.").format(reason=show.reason)
            case Failed(text):
                self.look.ended = text
            case Opened():
                pass

    def _lost(self) -> None:
        """The process of the cluster has ended."""
        self._stop_listening()
        if self._quitting:
            self.exit(0)
        elif not self.look.ended:
            self.look.ended = self.look.t("The process of the cluster has ended. q closes the screen.")

    def notify_line(self, text: str, style: str = "good") -> None:
        """Say something in the line above the footer."""
        self.look.notice, self.look.notice_style = text, style

    def redraw(self) -> None:
        """Show what there is."""
        if not self.is_running or not self.screen_stack:
            return
        canvas = self.screen_stack[0].query(Canvas)
        if not canvas:
            return
        self._tell_focus()
        width, height = canvas[0].size
        frame = self.frame
        if frame is not None and not self.show_reality:
            frame = without_real_names(frame)
        canvas[0].show(draw(frame, self.look, self.footer(), width, height))

    def _tell_focus(self) -> None:
        look, frame = self.look, self.frame
        if frame is None:
            return
        opened = look.opened(frame) if look.view == "migration" else None
        wanted = Focus(
            look.node if look.view == "node" else None,
            look.pid if look.view == "node" else None,
            opened.name if opened is not None else None,
            look.view == "messages",
        )
        if wanted != self._focus:
            self._focus = wanted
            self.ask(wanted)

    def footer(self) -> list[tuple[str, str, str]]:
        """Return the keys for what is looked at."""
        t = self.look.t
        return [
            (key.shown, t(self._label(key)), key.action)
            for key in KEYS
            if (not key.views or self.look.view in key.views) and self._is_possible(key)
        ]

    def _label(self, key: Key) -> str:
        if key.action == "space" and self.frame is not None and self.frame.mode not in ("running", "stepping"):
            return "go on"
        return key.label

    def _is_possible(self, key: Key) -> bool:
        if key.verb is not None and key.verb not in VERB_NAMES:
            return False
        return not (key.harmful and self.look.read_only)

    # ---------------------------------------------------------------------------------------------------------- commands

    def give(self, line: str) -> None:
        """Have a line of the command language carried out."""
        if self.look.read_only:
            self.notify_line(self.look.t("The cluster may only be watched (--read-only)."), "warn")
            return
        self._number += 1
        self._typed[self._number] = line
        self.notify_line(f"{line} ...", "dim")
        self.ask(Type(line, self._number))

    async def _give_harmful(self, line: str) -> None:
        """Give a command after the question that harm deserves."""
        if self.look.read_only:
            self.give(line)
            return
        t = self.look.t
        harms = line.partition(" ")[0] in HARMFUL
        if not self.look.expert and harms:
            hint = t("y or return: yes.  n or escape: no.  (--expert does not ask.)")
            if not await self.push_screen_wait(Confirm(f"{line} ?", hint)):
                return
        self.give(line)

    async def choose(self, title: str, choices: Iterable[tuple[str, str]]) -> str | None:
        """Let one of several be chosen; None: none."""
        return await self.push_screen_wait(Choice(title, list(choices)))

    def action_key(self, action: str) -> None:
        """Do what a key of the table stands for."""
        if action == "kind" and self._mode:
            self._complete()
            return
        if len(self.screen_stack) > 1:
            return
        key = BY_ACTION[action]
        t = self.look.t
        if key.harmful and self.look.read_only:
            self.notify_line(t("The cluster may only be watched (--read-only)."), "warn")
        elif not self._is_possible(key):
            self.notify_line(t("This cluster does not know the verb `{verb}`.").format(verb=key.verb), "warn")
        else:
            handler: Callable[[], Awaitable[None] | None] = getattr(self, f"do_{action}")
            result = handler()
            if result is not None:
                self.run_worker(result, exclusive=True, exit_on_error=True)
        self.redraw()

    # Time.

    def do_space(self) -> None:
        """Let time stand still, or pass."""
        running = self.frame is not None and self.frame.mode in ("running", "stepping")
        self.ask(Hold() if running else Play())

    def do_step(self) -> None:
        """Let one thing happen."""
        self.ask(Step(self.look.step_unit))  # type: ignore[arg-type]

    def do_unit(self) -> None:
        """Step by the next unit from now on."""
        self.look.step_unit = UNITS[(UNITS.index(self.look.step_unit) + 1) % len(UNITS)]
        t = self.look.t
        self.notify_line(t("step by {unit}").format(unit=t(self.look.step_unit)))

    def do_plus(self) -> None:
        """Let time pass faster."""
        self._change_speed(1)

    def do_minus(self) -> None:
        """Let time pass more slowly."""
        self._change_speed(-1)

    def _change_speed(self, by: int) -> None:
        factor = self.frame.factor if self.frame is not None else 1.0
        finite = [speed for speed in SPEEDS if speed is not None]
        if factor is None:
            index = len(SPEEDS) - 1
        else:
            index = min(range(len(finite)), key=lambda at: abs(finite[at] - factor))
        self.ask(Pace(SPEEDS[max(0, min(len(SPEEDS) - 1, index + by))]))

    def do_go(self) -> None:
        """Ask up to where time is to pass."""
        self.open_prompt("go", self.look.t("run on to an instant (5 s, + 200 ms) or an event (migration.resumed P)"))

    # Processes and nodes.

    async def do_migrate(self) -> None:
        """Ask which process is to move, where to, and how."""
        process = await self._choose_process(self.look.t("Move which process?"))
        if process is not None:
            await self.migrate(process)

    async def migrate(self, process: str, to: str | None = None) -> None:
        """Move a process, by name; ask what is not said."""
        t = self.look.t
        frame = self.frame
        if frame is None:
            return
        here = next((one.node for one in frame.processes if one.name == process), None)
        if to is None:
            nodes = [node for node in frame.nodes if node.name != here]
            to = await self.choose(
                t("Where is {process} to move to?").format(process=process),
                [(one.name, f"{one.name}  cpu {one.load[-1] if one.load else 0}%") for one in nodes],
            )
        if to is None:
            return
        usual = frame.policies.get("strategy", STRATEGIES[0])
        ordered = [usual, *(one for one in STRATEGIES if one != usual)]
        strategy = await self.choose(t("By which strategy?"), [(one, one) for one in ordered])
        if strategy is not None:
            self.give(f"migrate {process} {to} {strategy}")

    async def _choose_process(self, title: str) -> str | None:
        frame = self.frame
        if frame is None:
            return None
        living = [one for one in frame.processes if one.ended_ns is None]
        living.sort(key=lambda one: (one.pid != self.look.pid, one.node != self.look.node))
        if not living:
            self.notify_line(self.look.t("No process lives."), "warn")
            return None
        t = self.look.t
        return await self.choose(title, [(one.name, f"{one.name}  {one.node}  {t(one.state)}") for one in living[:60]])

    async def _choose_node(self, title: str, states: tuple[str, ...] = ("up", "paused", "down")) -> str | None:
        frame = self.frame
        if frame is None:
            return None
        nodes = [node for node in frame.nodes if node.state in states]
        nodes.sort(key=lambda node: node.name != self.look.node)
        if not nodes:
            self.notify_line(self.look.t("No node is like that."), "warn")
            return None
        return await self.choose(title, [(node.name, node.name) for node in nodes])

    def do_workstation(self) -> None:
        """Let the owner of the selected node come, or go."""
        card = self.look.card(self.frame) if self.frame is not None else None
        if card is not None:
            self.give(f"{'idle' if card.owner == 'active' else 'activate'} {card.name}")

    async def do_fail(self) -> None:
        """Ask for a fault, and where."""
        t = self.look.t
        faults = {
            "crash": t("crash: SIGKILL, its memory is lost"),
            "pause": t("pause: SIGSTOP, it stands still"),
            "slow": t("slow: a share of its speed"),
            "shutdown": t("announced shutdown: its processes may leave"),
            "partition": t("partition: cut it off from the others"),
        }
        verb = await self.choose(
            t("Which fault?"), [(verb, text) for verb, text in faults.items() if verb in VERB_NAMES]
        )
        if verb is None:
            return
        node = await self._choose_node(
            t("Which node?"), ("up", "paused") if verb != "partition" else ("up", "paused", "down")
        )
        if node is None:
            return
        if verb == "slow":
            share = await self.choose(
                t("How fast is it to be?"), [(one, one) for one in ("50%", "25%", "10%", "100%", "200%")]
            )
            if share is not None:
                self.give(f"slow {node} factor={share}")
            return
        if verb == "shutdown":
            delays = ("500ms", "2s", "10s")
            delay = await self.choose(t("In how much time?"), [(one, one) for one in delays])
            if delay is not None:
                await self._give_harmful(f"shutdown {node} in={delay}")
            return
        await self._give_harmful(f"{verb} {node}")

    async def do_restart(self) -> None:
        """Ask for what is to be mended."""
        t = self.look.t
        frame = self.frame
        if frame is None:
            return
        choices = [(f"restart {node.name}", f"restart {node.name}") for node in frame.nodes if node.state == "down"]
        choices += [(f"resume {node.name}", f"resume {node.name}") for node in frame.nodes if node.state == "paused"]
        choices += [
            (f"slow {node.name} factor=100%", f"{node.name} 100 %") for node in frame.nodes if node.percent != 100
        ]
        if any(wire.cut for wire in frame.wires):
            choices.append(("heal", t("heal: join what was cut")))
        if not choices:
            self.notify_line(t("Nothing is broken."), "warn")
            return
        line = choices[0][0] if len(choices) == 1 else await self.choose(t("Mend what?"), choices)
        if line is not None:
            self.give(line)

    async def do_new(self) -> None:
        """Ask for a program and a node; its arguments can be typed."""
        t = self.look.t
        program = await self.choose(t("Start which program?"), [(one, one) for one in self.opened.programs])
        if program is None:
            return
        node = await self._choose_node(t("On which node?"), ("up", "paused"))
        if node is not None:
            self.open_prompt(":", "", f"spawn {program} {node} ")

    async def do_kill(self) -> None:
        """Ask for a process and how to end it."""
        process = await self._choose_process(self.look.t("End which process?"))
        if process is None:
            return
        line = f"kill {process}"
        if "signal" in VERB_NAMES:
            signals = ("SIGKILL", "SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGSTOP", "SIGCONT")
            chosen = await self.choose(self.look.t("Which signal?"), [(one, one) for one in signals])
            if chosen is None:
                return
            line = f"signal {process} {chosen}" if chosen != "SIGKILL" else line
        await self._give_harmful(line)

    async def do_expel(self) -> None:
        """Send guests away."""
        node = await self._choose_node(self.look.t("Expel the guests of which node?"))
        if node is not None:
            await self._give_harmful(f"expel {node}")

    async def do_bring(self) -> None:
        """Bring the processes of a node home."""
        node = await self._choose_node(self.look.t("Bring the processes of which node home?"), ("up",))
        if node is not None:
            self.give(f"bring {node}")

    async def do_block(self) -> None:
        """Let a node take no guests."""
        node = await self._choose_node(self.look.t("Which node is to take no guests?"), ("up",))
        if node is not None and self.frame is not None:
            blocked = any(one.name == node and "blocked" in one.host for one in self.frame.nodes)
            self.give(f"block {node} lifted=true" if blocked else f"block node={node}")

    def do_policy(self) -> None:
        """Let a policy be typed."""
        self.open_prompt(":", "", "set load-sharing ")

    async def do_strategy(self) -> None:
        """Ask how address spaces are to move from now on."""
        strategy = await self.choose(self.look.t("By which strategy from now on?"), [(one, one) for one in STRATEGIES])
        if strategy is not None:
            self.give(f"set strategy {strategy}")

    # The screen itself.

    def do_command(self) -> None:
        """Let a command be typed."""
        self.open_prompt(":", "")

    def do_find(self) -> None:
        """Ask what is to be shown."""
        self.open_prompt("/", self.look.t("show what contains this; empty: everything"), self.look.find)

    def do_kind(self) -> None:
        """Go to the next kind of log, or to the next node."""
        if self.look.view == "log":
            self.look.log_kind = LOG_KINDS[(LOG_KINDS.index(self.look.log_kind) + 1) % len(LOG_KINDS)]
            self.look.scroll = 0
        elif self.look.view == "messages":
            self.look.between = "processes" if self.look.between == "nodes" else "nodes"
        else:
            self._select_node(1)

    def do_help(self) -> None:
        """Show what is seen here."""
        title, text = help_text(self.look, [key for key in KEYS if self._is_possible(key)])
        self.push_screen(Reading(title, text))

    def do_language(self) -> None:
        """Speak the next language."""
        self.look.lang = LANGUAGES[(LANGUAGES.index(self.look.lang) + 1) % len(LANGUAGES)]

    def do_theme(self) -> None:
        """Take the next theme."""
        names = [name for name in THEMES if (name in BACKGROUNDS) == (self.colours in BACKGROUNDS)]
        self.set_colours(names[(names.index(self.colours) + 1) % len(names)])

    def set_colours(self, theme: str) -> None:
        """Take a theme."""
        self.colours = theme
        self.theme = "textual-light" if theme == "light" else "textual-dark" if theme in BACKGROUNDS else "textual-ansi"
        self.screen_stack[0].query_one(Canvas).repaint(theme)

    def do_save_screen(self) -> None:
        """Write the screen as SVG and as text, where the user is or else where the journal is."""
        for folder in (Path.cwd(), Path(self.opened.folder)):
            stem = next(
                f"tuiclu-{number}" for number in range(1, 100_000) if not (folder / f"tuiclu-{number}.svg").exists()
            )
            try:
                (folder / f"{stem}.svg").write_text(self.picture(), encoding="utf-8")
                text = "\n".join(self.screen_stack[0].query_one(Canvas).paper.lines()) + "\n"
                (folder / f"{stem}.txt").write_text(text, encoding="utf-8")
            except OSError:
                continue
            self.notify_line(self.look.t("Saved as {file}.").format(file=folder / f"{stem}.svg"))
            return
        self.notify_line(
            self.look.t("It cannot be saved: neither {one} nor {other} can be written.").format(
                one=Path.cwd(), other=self.opened.folder
            ),
            "bad",
        )

    def picture(self) -> str:
        """Return the screen as an SVG that needs nothing from elsewhere."""
        from tuiclu.tui.picture import self_contained

        return self_contained(self.export_screenshot(title=f"tuiclu: {self.look.title.get(self.look.lang, '')}"))

    async def do_quit_all(self) -> None:
        """Ask once, and end everything."""
        t = self.look.t
        if self.look.ended:
            self.exit(0)
            return
        if not self.look.expert:
            hint = t("y or return: yes.  n or escape: no.  (--expert does not ask.)")
            if not await self.push_screen_wait(Confirm(t("End the run, and every process of it?"), hint)):
                return
        self.action_quit_now()

    def action_quit_now(self) -> None:
        """End everything: the cluster first, and the screen when it has ended."""
        if self._quitting or self.look.ended:
            self.exit(0)
            return
        self._quitting = True
        self.notify_line(self.look.t("Every process is being ended ..."), "warn")
        self.ask(Quit())
        self.set_timer(QUIT_S, lambda: self.exit(0))
        self.redraw()

    # ------------------------------------------------------------------------------------------------------ looking around

    def action_view(self, view: str) -> None:
        """Look at another view."""
        self.look.view = view
        self.look.scroll = 0
        self.redraw()

    def action_move_sideways(self, by: int) -> None:
        """Select the next node; in the diagram of messages, nothing."""
        self._select_node(by)
        self.redraw()

    def _select_node(self, by: int) -> None:
        if self.frame is None or not self.frame.nodes:
            return
        names = [node.name for node in self.frame.nodes]
        index = names.index(self.look.node) if self.look.node in names else 0
        self.look.node = names[(index + by) % len(names)]
        here = processes_of(self.frame, self.look.node)
        self.look.pid = here[0].pid if here else None

    def action_move_vertically(self, by: int) -> None:
        """Select the next process or migration, or scroll."""
        frame, look = self.frame, self.look
        if frame is None:
            return
        if look.view == "log":
            look.scroll = max(0, look.scroll - by)
        elif look.view in ("migration", "conversation") and frame.migrations:
            opened = look.opened(frame)
            names = [one.name for one in frame.migrations]
            index = names.index(opened.name) if opened is not None else 0
            look.migration = names[max(0, min(len(names) - 1, index + by))]
        else:
            pids = [one.pid for one in processes_of(frame, look.node)]
            if pids:
                index = pids.index(look.pid) if look.pid in pids else -1
                look.pid = pids[(index + by) % len(pids)]
        self.redraw()

    def action_scroll(self, by: int) -> None:
        """Scroll back, or forth if negative."""
        self.look.scroll = max(0, self.look.scroll + by)
        self.redraw()

    def action_zoom(self, by: int) -> None:
        """Look at a longer or a shorter stretch of time."""
        span = self.look.span_ns * by if by > 0 else self.look.span_ns // -by
        self.look.span_ns = max(LEAST_SPAN_NS, min(MOST_SPAN_NS, span))
        self.redraw()

    def action_advance(self) -> None:
        """Go on with a lesson; where nothing waits, scroll forth."""
        if self.frame is not None and self.frame.mode in ("held", "asking", "waiting", "over"):
            self.ask(Play())
        else:
            self.action_scroll(-10)

    def action_escape(self) -> None:
        """Give up what was begun."""
        if self._mode:
            self.close_prompt()
        elif self._drag:
            self._drag, self.look.dragged = None, ""
        elif self.look.find:
            self.look.find = ""
        else:
            self.look.migration = None
            self.look.notice = ""
        self.redraw()

    # ---------------------------------------------------------------------------------------------------------------- mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take up a process, or select what is there."""
        target = self._target(event)
        kind, _, name = target.partition(":")
        if kind == "process" and self.frame is not None:
            process = next((one for one in self.frame.processes if one.pid == name), None)
            if process is not None:
                self.look.pid, self.look.node = process.pid, process.node
                if process.ended_ns is None and self.look.view == "cluster":
                    self._drag = process.name
        elif kind == "node":
            self.look.node = name
            here = processes_of(self.frame, name) if self.frame is not None else []
            self.look.pid = here[0].pid if here else None
        elif kind == "migration":
            self.look.migration = name
            if self.look.view == "cluster":
                self.action_view("migration")
        elif kind == "view":
            self.action_view(name)
        elif kind == "log":
            self.look.log_kind, self.look.scroll = name, 0
        elif kind == "between":
            self.look.between = name
        elif kind == "key":
            self.action_key(name)
        self.redraw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Carry the process that was taken up."""
        if self._drag and event.button and not self.look.dragged:
            self.look.dragged = self._drag
            self.redraw()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Put a process down on a node: it is to move there."""
        process, self._drag = self._drag, None
        carried, self.look.dragged = self.look.dragged, ""
        target = self._target(event, ("node",))
        if process and carried and target and self.frame is not None:
            to = target.partition(":")[2]
            here = next((one.node for one in self.frame.processes if one.name == process), None)
            if to != here and not self.look.read_only:
                self.run_worker(self.migrate(process, to), exclusive=True)
        self.redraw()

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """Scroll back."""
        self._wheel(-1)

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """Scroll forth."""
        self._wheel(1)

    def _wheel(self, by: int) -> None:
        if len(self.screen_stack) > 1:
            return
        if self.look.view == "messages":
            self.action_zoom(2 if by > 0 else -2)
        elif self.look.view == "cluster":
            self.action_scroll(by)
        else:
            self.action_move_vertically(3 * by if self.look.view == "log" else by)

    def _target(self, event: events.MouseEvent, kinds: tuple[str, ...] = ()) -> str:
        if len(self.screen_stack) > 1:
            return ""
        x, y = event.screen_x, event.screen_y
        return self.screen_stack[0].query_one(Canvas).paper.target_at(int(x), int(y), kinds)

    def on_resize(self, _event: events.Resize) -> None:
        """Draw it anew in the new size."""
        self.call_after_refresh(self.redraw)

    # --------------------------------------------------------------------------------------------------------------- prompt

    def open_prompt(self, mode: str, placeholder: str, text: str = "") -> None:
        """Let something be typed, in the last line."""
        self._mode = mode
        self._back = 0
        prompt = self.screen_stack[0].query_one("#prompt", Input)
        prompt.placeholder = f"{mode if len(mode) == 1 else '?'} {placeholder}".strip()
        prompt.value = text
        prompt.cursor_position = len(text)
        prompt.disabled = False
        prompt.add_class("open")
        prompt.display = True
        self.screen_stack[0].set_focus(prompt)  # at once: the next key is meant for it already

    def close_prompt(self) -> None:
        """Hide the prompt."""
        self._mode = ""
        prompt = self.screen_stack[0].query_one("#prompt", Input)
        prompt.remove_class("open")
        prompt.value = ""
        prompt.disabled = True
        prompt.display = False
        self.screen_stack[0].set_focus(self.screen_stack[0].query_one(Canvas))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed."""
        mode, text = self._mode, event.value.strip()
        self.close_prompt()
        if mode == "/":
            self.look.find, self.look.scroll = text, 0
        elif mode == "answer":
            self._answered(text)
        elif mode == "go" and text:
            self.ask(RunOn(text))
        elif mode == ":" and text:
            self.history.append(text)
            self.typed(text.removeprefix(":").strip())
        self.redraw()

    def on_key(self, event: events.Key) -> None:
        """In the prompt: escape leaves it, up and down go through what was typed before."""
        if not self._mode:
            return
        prompt = self.screen_stack[0].query_one("#prompt", Input)
        if event.key == "escape":
            self.close_prompt()
        elif event.key in ("up", "down") and self.history and self._mode == ":":
            self._back = max(0, min(len(self.history), self._back + (1 if event.key == "up" else -1)))
            prompt.value = self.history[-self._back] if self._back else ""
            prompt.cursor_position = len(prompt.value)
        else:
            return
        event.stop()
        event.prevent_default()
        self.redraw()

    def _complete(self) -> None:
        """Take what is suggested."""
        prompt = self.screen_stack[0].query_one("#prompt", Input)
        completed = self.completions(prompt.value)
        if completed:
            prompt.value = completed[0] + ("" if completed[0].endswith("=") else " ")
            prompt.cursor_position = len(prompt.value)

    def completions(self, line: str) -> list[str]:
        """Return what a line can become."""
        from tuiclu.scenario.prompt import Names, complete

        frame = self.frame
        if frame is None or self._mode not in (":", "go"):
            return []
        living = tuple(one.name for one in frame.processes if one.ended_ns is None)
        names = Names(tuple(node.name for node in frame.nodes), living, self.opened.programs)
        head, space, _ = line.rpartition(" ")
        if self._mode == "go":
            words = names.events if not space else (*living, *names.nodes)
            found = [word for word in words if word.startswith(line[len(head) + len(space) :])]
        else:
            found = complete(line, names, OWN_WORDS)
        return [f"{head}{space}{word}" for word in found]

    def typed(self, line: str) -> None:
        """Carry out what was typed: a word of the screen's own, or a line of the command language."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        t = self.look.t
        match word:
            case "go":
                self.ask(Play())
            case "hold":
                self.ask(Hold())
            case "speed":
                self._type_speed(rest)
            case "step" if rest in ("", *UNITS):
                self.look.step_unit = rest or self.look.step_unit
                self.do_step()
            case "until" if rest:
                self.ask(RunOn(rest))
            case "save" if rest:
                self._number += 1
                self._typed[self._number] = line
                self.ask(Save(rest if Path(rest).expanduser().is_absolute() else str(Path.cwd() / rest), self._number))
            case "view" if rest in VIEWS:
                self.action_view(rest)
            case "lang" if rest in LANGUAGES:
                self.look.lang = rest
            case "theme" if rest in THEMES and (rest in BACKGROUNDS) == (self.colours in BACKGROUNDS):
                self.set_colours(rest)
            case "help":
                self.do_help()
            case "quit" | "q":
                self.action_quit_now()
            case _ if word in OWN_WORDS:
                self.notify_line(t("`{line}` is not complete: see help.").format(line=line), "bad")
            case _:
                self.give(line)

    def _type_speed(self, text: str) -> None:
        if text == "max":
            self.ask(Pace(None))
            return
        try:
            factor = float(text.removeprefix("x"))
        except ValueError:
            factor = 0.0
        if factor > 0:
            self.ask(Pace(factor))
        else:
            self.notify_line(self.look.t("A speed is a number above 0, or `max`."), "bad")

    # -------------------------------------------------------------------------------------------------------------- questions

    def _ask_audience(self, frame: Frame) -> None:
        """Put a new question to the audience."""
        question = frame.question
        if question is None or question.number <= self._question_shown or frame.mode != "asking":
            return
        self._question_shown = question.number
        self.run_worker(self._put(question), exclusive=True)

    async def _put(self, question: Question) -> None:
        lang = self.look.lang
        asked = question.question.get(lang, "")
        if question.choices:
            choice = await self.choose(asked, [(one.get(lang, ""), one.get(lang, "")) for one in question.choices])
            self._answered(choice or "")
        else:
            self.open_prompt("answer", asked)

    def _answered(self, answer: str) -> None:
        """Show the right answer beside what was answered; when that is read, time goes on."""
        question = self.frame.question if self.frame is not None else None
        if question is None:
            return
        t = self.look.t
        lang = self.look.lang
        parts = [question.question.get(lang, "")]
        if answer:
            parts.append(t("You say: {answer}").format(answer=answer))
        parts += [question.answer.get(lang, ""), t("Let us see. (return)")]
        self.push_screen(Reading(t("A question"), "\n\n".join(parts)), lambda _: self.ask(Play()))

    # ---------------------------------------------------------------------------------------------------------------- palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield everything that there is to do, for the palette."""
        t = self.look.t
        for key in KEYS:
            if self._is_possible(key):
                yield SystemCommand(
                    f"{t(key.label)} ({key.shown})", t(key.help), lambda key=key: self.action_key(key.action)
                )
        for number, view in enumerate(VIEWS, start=1):
            yield SystemCommand(f"{t('view')} {t(view)} ({number})", "", lambda view=view: self.action_view(view))


def without_real_names(frame: Frame) -> Frame:
    """Return a frame without real process ids, and without what depends on how fast this machine is."""
    nodes = tuple(msgspec.structs.replace(node, pid=None) for node in frame.nodes)
    return msgspec.structs.replace(frame, nodes=nodes, reached=0.0)


class _Words(Suggester):
    """Suggests how what is typed may go on."""

    def __init__(self, app: ClusterApp) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._app = app

    async def get_suggestion(self, value: str) -> str | None:
        """Return the likeliest completion."""
        found = self._app.completions(value) if value else []
        return found[0] if found else None


def _terminal_is_there() -> bool:
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True
