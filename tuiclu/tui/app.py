"""The screen: a textual application in front of a live cluster. It draws frames, and turns keys and clicks into commands.

What each key does is in `actions`, what is typed in `typed`, the mouse in `mouse`; what is drawn in `draw`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from tuiclu.live.protocol import (
    Answered,
    AnyAsk,
    AnyShow,
    Closed,
    Failed,
    Focus,
    Framed,
    Opened,
    Past,
    Play,
    Quit,
    Rest,
    RunOn,
    Save,
    Seen,
    Type,
    Warned,
)
from tuiclu.model.sources import Asked
from tuiclu.scenario.schema import VERB_NAMES
from tuiclu.scenario.trust import Trust
from tuiclu.texts import LANGUAGES, in_own_words
from tuiclu.tui.actions import ACTIONS, orders
from tuiclu.tui.audience import Audience
from tuiclu.tui.canvas import Canvas
from tuiclu.tui.dialogs import BREAKPOINTS, Choice, Confirm
from tuiclu.tui.draw.footer import Word, words_for
from tuiclu.tui.draw.inquiry import neighbour
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.inside import HARMLESS_LINES, QuietEnd
from tuiclu.tui.keys import BY_ACTION, KEYS, Key, keys_of, meant_in
from tuiclu.tui.look import Look, Notice
from tuiclu.tui.mouse import Mouse
from tuiclu.tui.numbers import asked_for
from tuiclu.tui.palette import palette
from tuiclu.tui.prompt import ANSWER, COMMAND, FILTER, GOAL, Prompt
from tuiclu.tui.reality import Reality, terminal_is_there
from tuiclu.tui.styles import BACKGROUNDS
from tuiclu.tui.travel import Travel
from tuiclu.tui.typed import completions, obey
from tuiclu.tui.views import VIEWS

if TYPE_CHECKING:
    from tuiclu.live.front import LiveCluster
    from tuiclu.model.frame import Frame
    from tuiclu.tui.following import Next

REAL_S = 1.0
"""Real seconds between two looks at what the nodes cost the machine."""
QUIT_S = 4.0
"""Real seconds that the cluster gets to end before the screen closes all the same."""
FAR = 1000
"""Lines: who scrolls by more means the end."""
RIGHT = 3
"""The number of the right button of a mouse."""
HARMFUL = ("crash", "kill", "shutdown", "partition", "pause", "expel")
"""Verbs that ask once when they are given by a key."""


class ClusterApp(QuietEnd):
    """See above. `run` returns 0, or raises nothing: look at `failure`."""

    ENABLE_COMMAND_PALETTE = True
    ALLOW_SELECT = False
    AUTO_FOCUS = "#canvas"
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    CSS = """
    CommandPalette CommandList { max-height: 40vh; }
    .-ascii Dialog > Vertical { border: ascii $primary; }
    .-ascii CommandPalette SearchIcon { display: none; }
    .-ascii CommandPalette #--input, .-ascii CommandPalette CommandList { border: ascii $primary; }
    .-ascii * { scrollbar-size-vertical: 0; }
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
        Binding("enter", "enter", show=False),
        Binding("pagedown", "advance", show=False),
        Binding("pageup", "scroll(10)", show=False),
        Binding("home", "scroll(1000000)", show=False),
        Binding("end", "scroll(-1000000)", show=False),
        Binding("shift+up", "scroll(3)", show=False),
        Binding("shift+down", "scroll(-3)", show=False),
        Binding("up", "row(-1)", show=False),
        Binding("down", "row(1)", show=False),
        Binding("left", "node(-1)", show=False),
        Binding("right", "node(1)", show=False),
        Binding("escape", "escape", show=False),
        Binding("ctrl+q,ctrl+c", "quit_now", show=False, priority=True),
        Binding("ctrl+z", "leave_terminal", show=False, priority=True),
    ]

    def __init__(
        self, live: LiveCluster, opened: Opened, look: Look, *, theme: str = "dark", trust: Trust | None = None
    ) -> None:
        """`trust`: what a cluster may execute that repeats this one."""
        super().__init__(ansi_color=theme not in BACKGROUNDS)
        self.live = live
        self.overrides: tuple[str, ...] = ()
        """The settings in force over what the scenario says."""
        self.next: Next | None = None
        """What is to be opened when this has ended; None: nothing."""
        self.opened = opened
        self.look = look
        self.colours = theme
        self.frame: Frame | None = None
        """The latest frame."""
        self.closed: Closed | None = None
        self.show_reality = True
        """Whether what the nodes cost the real machine is shown; False: in pictures."""
        self.mouse = Mouse(self)
        self.audience = Audience(self)
        self.travel = Travel(self, trust or Trust())
        self._reality = Reality()
        self._typed: dict[int, str] = {}
        """Lines that have not been answered yet, by number."""
        self._number = 0
        self._focus: Focus | None = None
        self._resting = False
        self._away = False
        """The terminal has been given back to the shell."""
        self._choosing = 0
        """How many keys are asking one thing after the other."""
        self.quitting = False
        look.title, look.source = opened.title, opened.source
        look.kind = str(opened.settings["kind"])
        look.bandwidth_bps, look.latency_ns = int(opened.settings["bandwidth_bps"]), int(opened.settings["latency_ns"])

    # ------------------------------------------------------------------------------------------------------ life and end

    def compose(self) -> ComposeResult:
        """Draw the canvas, and the prompt that is hidden until it is needed."""
        yield Canvas(self.colours)
        yield Prompt(lambda mode, line: completions(self, mode, line))

    def on_mount(self) -> None:
        """Begin to listen to the cluster."""
        self.set_class(self.look.ascii_only, "-ascii")
        self._take_textual_theme()
        asyncio.get_running_loop().add_reader(self.live.channel.fileno(), self._hear)
        self.set_interval(REAL_S, self._look_at_reality)
        self.screen_change_signal.subscribe(self, lambda _: self.rest_while_asked())
        self.canvas.focus()
        self.redraw()
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for each in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(each, self._hang_up, each)
            loop.add_signal_handler(signal.SIGTSTP, self.action_leave_terminal)
        self.app_resume_signal.subscribe(self, lambda _: self._come_back())
        self.call_after_refresh(gc.freeze)
        self._hear()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what every line of every widget goes through on its way to the terminal."""
        return [*super().get_line_filters(), HARMLESS_LINES]

    @property
    def canvas(self) -> Canvas:
        """Return what the views are drawn on."""
        return self.screen_stack[0].query_one(Canvas)

    @property
    def prompt(self) -> Prompt:
        """Return the prompt."""
        return self.screen_stack[0].query_one(Prompt)

    def _look_at_reality(self) -> None:
        """Take what the nodes cost the real machine; end if the terminal is gone."""
        if not self.is_headless and not terminal_is_there():
            self._hang_up()
        elif self.frame is not None and self.look.view == "cluster" and self.show_reality:
            self.look.real = self._reality.look(self.frame)
            self.redraw()

    def _hang_up(self, why: signal.Signals = signal.SIGHUP) -> None:
        """The terminal is gone, or somebody wants us to end: end at once, and for certain."""
        signal.setitimer(signal.ITIMER_REAL, 3.0)
        self._stop_listening()
        self.exit(128 + why, return_code=128 + why)

    def action_leave_terminal(self) -> None:
        """Give the terminal back to the shell until that lets us go on; time stands still in the cluster meanwhile."""
        if os.getsid(0) == os.getpid():
            self.notify_line(self.look.t("There is no shell here to go back to."), "dim")
            self.redraw()
            return
        self._away = True
        self.rest_while_asked()
        self.live.channel.flush()
        self.leave_terminal()

    def _come_back(self) -> None:
        self._away = False
        self.rest_while_asked()
        self.redraw()

    def action_quit_now(self) -> None:
        """End everything: the cluster first, and the screen when it has ended."""
        if self.quitting or self.look.ended:
            self.exit(0)
            return
        self.quitting = True
        self.travel.give_up()
        self.notify_line(self.look.t("Every process is being ended ..."), "warn")
        self.ask(Quit())
        self.set_timer(QUIT_S, lambda: self.exit(0))
        self.redraw()

    def on_unmount(self) -> None:
        """Stop listening."""
        self._stop_listening()
        self.travel.end()

    def _stop_listening(self) -> None:
        if self.live.channel.open or self.live.channel.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.live.channel.fileno())

    # --------------------------------------------------------------------------------------------------- the cluster's side

    def ask(self, message: AnyAsk) -> None:
        """Say something to the cluster."""
        self.live.ask(message)

    def _hear(self) -> None:
        live = self.live
        self.take_all(live.hear())
        if live is self.live and not live.channel.open:
            self._lost()
            self.redraw()

    def _take(self, show: AnyShow) -> None:
        t = self.look.t
        match show:
            case Framed(frame):
                self.frame = frame
                self.look.take(frame)
                self.ask(Seen())
                self.audience.attend(frame)
            case Answered():
                self._take_answer(show)
            case Warned(text):
                self.notify_line(text, "warn")
            case Closed():
                self.closed = show
                self.look.ended = t("The run has ended: {reason}. q closes the screen.").format(reason=show.reason)
            case Failed(text):
                self.look.ended = text
            case Past():
                self.travel.set_out(show)
            case Opened():
                pass

    def take_all(self, shows: Iterable[AnyShow]) -> None:
        """Take what a cluster has said."""
        for show in shows:
            self._take(show)
        self.redraw()

    def change_cluster(self, live: LiveCluster) -> LiveCluster:
        """Look at another cluster from now on; return the one before, which is nobody's business any more."""
        self._stop_listening()
        before, self.live = self.live, live
        asyncio.get_running_loop().add_reader(live.channel.fileno(), self._hear)
        self.look.forget()
        self.audience.forget()
        self.closed = self._focus = None
        self._typed.clear()
        if self._resting:
            self.ask(Rest(True))
        return before

    def _take_answer(self, answer: Answered) -> None:
        """Show what came of a line: beside the answers to the others of its kind, as long as one of them is awaited."""
        line = self._typed.get(answer.number, "")
        if answer.final:
            self._typed.pop(answer.number, None)
        text = answer.text if answer.ok or not line else f"{line}: {answer.text}"
        style = "bad" if not answer.ok else "good" if answer.final else "dim"
        self.look.answer(answer.number, Notice(answer.said or dict.fromkeys(LANGUAGES, text), style, answer.final))

    def _lost(self) -> None:
        """The process of the cluster has ended."""
        self._stop_listening()
        if self.quitting:
            self.exit(0)
        elif not self.look.ended:
            self.look.ended = self.look.t("The process of the cluster has ended. q closes the screen.")

    @property
    def asks(self) -> bool:
        """Whether somebody is being asked, or reads, or is away: a dialog is open, a line is being typed, the screen is suspended."""
        return self._away or len(self.screen_stack) > 1 or bool(self.prompt.mode) or self._choosing > 0

    def rest_while_asked(self) -> None:
        """Let time stand still while somebody is asked. No event depends on it: how time passes is in no stream and no journal."""
        if not self.is_running or not self.screen_stack:
            return
        if self.asks != self._resting:
            self._resting = self.asks
            self.ask(Rest(self._resting))
        if self.frame is not None:
            self.audience.attend(self.frame)

    # ------------------------------------------------------------------------------------------------------- what is drawn

    def redraw(self) -> None:
        """Show what there is."""
        if not self.is_running or not self.screen_stack or not self.screen_stack[0].query(Canvas):
            return
        self._tell_focus()
        width, height = self.canvas.size
        frame = self.frame
        if frame is not None and not self.show_reality:
            frame = without_real_names(frame)
        self.canvas.show(draw(frame, self.look, self.footer(), width, height))

    def _tell_focus(self) -> None:
        """Tell the cluster what is looked at, if that has changed: frames carry the details of it."""
        look, frame = self.look, self.frame
        if frame is None:
            return
        opened = look.opened(frame) if look.view == "migration" else None
        wanted = Focus(
            look.node if look.view == "node" else None,
            look.pid if look.view == "node" else None,
            opened.name if opened is not None else None,
            look.view == "messages",
            look.timeline.span_ns if look.view == "messages" else None,
            look.timeline.end_ns if look.view == "messages" else None,
            look.timeline.show,
            *asked_of(look),
            look.find if look.view == "processes" else None,
        )
        if wanted != self._focus:
            self._focus = wanted
            self.ask(wanted)

    def footer(self) -> list[Word]:
        """Return the keys for what is looked at."""
        goes_on = self.frame is not None and self.frame.mode not in ("running", "stepping")
        return words_for(self.look, filter(self.is_possible, keys_of(self.look.view)), goes_on)

    def notify_line(self, text: str, style: str = "good") -> None:
        """Say something in the line above the footer."""
        self.look.notify(text, style)

    def set_colours(self, theme: str) -> None:
        """Take a theme."""
        self.colours = theme
        self._take_textual_theme()
        self.canvas.repaint(theme)

    def _take_textual_theme(self) -> None:
        """Give dialogs and prompt the colours that go with ours."""
        if self.colours in BACKGROUNDS:
            self.theme = "textual-light" if self.colours == "light" else "textual-dark"
        else:  # the terminal's own colours; the theme for them has had another name before textual 8
            self.theme = "ansi-dark" if "ansi-dark" in self.available_themes else "textual-ansi"

    def picture(self) -> str:
        """Return the screen as an SVG that needs nothing from elsewhere."""
        from tuiclu.tui.picture import self_contained

        return self_contained(self.export_screenshot(title=f"tuiclu: {in_own_words(self.look.title, self.look.lang)}"))

    # ---------------------------------------------------------------------------------------------------------- commands

    def give(self, line: str) -> None:
        """Have a line of the command language carried out."""
        if self.look.read_only:
            self.notify_line(self.look.t("The cluster may only be watched (--read-only)."), "warn")
            return
        if self.travel.under_way:
            self.notify_line(self.look.t("Wait until the moment is reached."), "warn")
            return
        self.look.address = self.opened.folder  # what was opened knows nothing of this order
        number = self._numbered(line)
        self.look.answer(number, Notice(dict.fromkeys(LANGUAGES, f"{line} ..."), "dim", final=False))
        self.ask(Type(line, number))

    async def give_harmful(self, line: str) -> None:
        """Give a command after the question that harm deserves."""
        harms = line.partition(" ")[0] in HARMFUL
        if harms and not self.look.expert and not self.look.read_only:
            hint = self.look.t("y or return: yes.  n or escape: no.  (--expert does not ask.)")
            if not await self.push_screen_wait(Confirm(f"{line} ?", hint)):
                return
        self.give(line)

    def save(self, path: str, line: str) -> None:
        """Have the session so far written to a file; `line` is what was typed."""
        self.ask(Save(path, self._numbered(line)))

    def _numbered(self, line: str) -> int:
        """Return the number under which the answer to a line will come."""
        self._number += 1
        self._typed[self._number] = line
        return self._number

    async def choose(self, title: str, choices: Iterable[tuple[str, str]]) -> str | None:
        """Let one of several be chosen; None: none."""
        return await self.push_screen_wait(Choice(title, list(choices)))

    def move_process(self, process: str, to: str) -> None:
        """Ask how a process is to move, and have it moved."""
        self.run_worker(self._one_after_the_other(orders.move(self, process, to)))

    # --------------------------------------------------------------------------------------------------------------- keys

    def action_key(self, action: str) -> None:
        """Do what a key of the table stands for where it is pressed."""
        self.act(meant_in(self.look.view, BY_ACTION[action]).action)

    def act(self, action: str) -> None:
        """Do what a key of the table does."""
        if action == "kind" and self.prompt.mode:
            self.prompt.complete()
            return
        if action == "space" and self.audience.advance():
            self.redraw()
            return
        key = BY_ACTION[action]
        t = self.look.t
        if key.harmful and self.look.read_only:
            self.notify_line(t("The cluster may only be watched (--read-only)."), "warn")
        elif not self.is_possible(key):
            self.notify_line(t("This cluster does not know the verb `{verb}`.").format(verb=key.verb), "warn")
        else:
            result = ACTIONS[action](self)
            if result is not None:
                self.run_worker(self._one_after_the_other(result))
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tell whether a key means what it means in front of the cluster: while somebody is asked it does not, but for the end of all."""
        if action in ("quit_now", "command_palette"):
            return True
        if action == "key" and parameters == ("kind",) and self.prompt.mode:
            return len(self.screen_stack) == 1
        return not self.asks

    async def _one_after_the_other(self, choices: Awaitable[None]) -> None:
        """Ask what a key has to know. Time stands still from the first question to the last."""
        self._choosing += 1
        self.rest_while_asked()
        try:
            await choices
        finally:
            self._choosing -= 1
            self.rest_while_asked()
            self.redraw()

    def action_command_palette(self) -> None:
        """Show everything that there is to do."""
        if not self.asks:
            self.push_screen(palette(self))

    def is_possible(self, key: Key) -> bool:
        """Tell whether this cluster can do what a key stands for, for us."""
        if key.verb is not None and key.verb not in VERB_NAMES:
            return False
        return not (key.harmful and self.look.read_only)

    def action_view(self, view: str) -> None:
        """Look at another view."""
        self.look.show(view)
        self.redraw()

    def action_node(self, by: int) -> None:
        """Select another node; or another number, while one is asked about."""
        if self.look.asked:
            self.look.asked = neighbour(self.canvas.paper, self.look.asked, by, 0)
        elif self.frame is not None and self.look.view == "messages":
            self.look.timeline.pan(by, self.frame.now_ns)
        elif self.frame is not None:
            self.look.next_node(self.frame, by)
        self.redraw()

    def action_row(self, by: int) -> None:
        """Select another process or migration, or scroll; or another number, while one is asked about."""
        if self.look.asked:
            self.look.asked = neighbour(self.canvas.paper, self.look.asked, 0, by)
        elif self.audience.question is not None and self.audience.question.choices:
            self.audience.choose(by)
        elif self.frame is not None:
            self.look.next_row(self.frame, by)
        self.redraw()

    def action_scroll(self, by: int) -> None:
        """Scroll back, or forth if negative; through time where that is drawn from left to right."""
        if self.look.view == "messages" and self.frame is not None and not self.look.closing:
            now_ns = self.frame.now_ns
            if abs(by) > FAR:
                self.look.timeline.pan_to(now_ns, beginning=by > 0)
            else:
                self.look.timeline.pan(-4 if by > 0 else 4, now_ns)
        else:
            self.look.scroll_by(by)
        self.redraw()

    def action_enter(self) -> None:
        """Open the process that is selected among all; elsewhere go on with a lesson."""
        if self.audience.question is not None or self.look.revealed is not None:
            self.audience.enter()
            self.redraw()
        elif self.look.view == "processes":
            self.look.show("node")
            self.redraw()
        else:
            self.action_advance()

    def action_advance(self) -> None:
        """Go on with a lesson; where nothing waits, scroll forth."""
        if self.audience.advance():
            self.redraw()
        elif (
            self.frame is not None
            and not self.look.closing
            and self.frame.mode in ("held", "asking", "saying", "waiting", "over")
        ):
            self.ask(Play())
        else:
            self.action_scroll(-10)

    def action_escape(self) -> None:
        """Give up what was begun."""
        if self.mouse.carried:
            self.mouse.let_go()
        else:
            self.look.give_up()
        self.redraw()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield everything that there is to do, for the palette."""
        t = self.look.t
        for key in KEYS:
            if self.is_possible(key):
                yield SystemCommand(f"{t(key.label)} ({key.shown})", t(key.help), lambda key=key: self.act(key.action))
        for number, view in enumerate(VIEWS, start=1):
            yield SystemCommand(f"{t('view')} {t(view)} ({number})", "", lambda view=view: self.action_view(view))

    # ------------------------------------------------------------------------------------------------------------ the prompt

    def open_prompt(self, mode: str, placeholder: str, text: str = "") -> None:
        """Let something be typed, in the last line."""
        self.prompt.open_for(mode, placeholder, text)
        self.rest_while_asked()

    def on_prompt_given(self, event: Prompt.Given) -> None:
        """Take what was typed."""
        mode, text = event.mode, event.text
        if mode == FILTER:
            self._find(text)
        elif mode == ANSWER:
            self.audience.answered(text)
        elif mode == GOAL and text:
            self.ask(RunOn(text))
        elif mode == COMMAND and text:
            obey(self, text.removeprefix(":").strip())
        self.redraw()

    def _find(self, text: str) -> None:
        """Show what contains a text: in the log and among messages there, else the processes of all nodes."""
        if self.look.view not in ("log", "messages", "processes"):
            self.look.show("processes")
        self.look.find, self.look.scroll = text, 0
        found = self.look.listed(self.frame) if self.frame is not None and self.look.view == "processes" else []
        if found and self.look.pid not in [one.pid for one in found]:
            self.look.pid, self.look.node = found[0].pid, found[0].node

    def on_prompt_left(self, _event: Prompt.Left) -> None:
        """Use the last line again."""
        self.rest_while_asked()
        self.call_after_refresh(self.redraw)

    # -------------------------------------------------------------------------------------------------- mouse, and the size

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take up a process, select what is there, or do what a key does; with the right button, ask about a number."""
        asked = self._under(event, ("number",))
        if self.look.asked or (event.button == RIGHT and asked):
            self.mouse.ask(asked, event.screen_x, event.screen_y)
        else:
            self.look.asked_at = event.screen_x, event.screen_y
            self.mouse.press(self._under(event))
        self.redraw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Carry the process that was taken up."""
        if event.button and self.mouse.carried and not self.look.dragged:
            self.mouse.move()
            self.redraw()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Put a process down."""
        self.mouse.release(self._under(event, ("node",)))
        self.redraw()

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """Scroll back."""
        self._wheel(-1)

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """Scroll forth."""
        self._wheel(1)

    def _wheel(self, by: int) -> None:
        if not self.asks:
            self.mouse.wheel(by)
            self.redraw()

    def _under(self, event: events.MouseEvent, kinds: tuple[str, ...] = ()) -> str:
        """Return what is under the pointer; nothing while somebody is asked."""
        if self.asks:
            return ""
        return self.canvas.paper.target_at(int(event.screen_x), int(event.screen_y), kinds)

    def on_canvas_measured(self, _event: Canvas.Measured) -> None:
        """Draw it anew in the new size."""
        self.redraw()


def asked_of(look: Look) -> Asked:
    """Return which events are wanted to be known for the number that is asked about."""
    return asked_for(look.asked) if look.asked else Asked()


def without_real_names(frame: Frame) -> Frame:
    """Return a frame without real process ids, and without what depends on how fast this machine is."""
    nodes = tuple(msgspec.structs.replace(node, pid=None) for node in frame.nodes)
    return msgspec.structs.replace(frame, nodes=nodes, reached=0.0, logged=())
