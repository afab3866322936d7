"""What is done to the cluster: processes move, start and end; nodes fail and are mended; policies change.

Each asks what it has to know, and gives a line of the command language, as it could have been typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.scenario.schema import LOAD_SHARING, STRATEGIES, VERB_NAMES
from tuiclu.tui.prompt import COMMAND

if TYPE_CHECKING:
    from tuiclu.tui.actions.cluster_screen import ClusterScreen

OWN_FILE = "./"
"""The choice that is no bundled program."""


async def migrate(screen: ClusterScreen) -> None:
    """Ask which process is to move, where to, and how."""
    process = await _choose_process(screen, screen.look.t("Move which process?"))
    if process is not None:
        await move(screen, process)


async def move(screen: ClusterScreen, process: str, to: str | None = None) -> None:
    """Move a process, by name; ask what is not said."""
    t = screen.look.t
    frame = screen.frame
    if frame is None:
        return
    here = next((one.node for one in frame.processes if one.name == process), None)
    if to is None:
        nodes = [node for node in frame.nodes if node.name != here]
        to = await screen.choose(
            t("Where is {process} to move to?").format(process=process),
            [(one.name, f"{one.name}  cpu {one.load[-1] if one.load else 0}%") for one in nodes],
        )
    if to is None:
        return
    usual = frame.policies.get("strategy", STRATEGIES[0])
    ordered = [usual, *(one for one in STRATEGIES if one != usual)]
    strategy = await screen.choose(t("By which strategy?"), [(one, one) for one in ordered])
    if strategy is not None:
        screen.give(f"migrate {process} {to} {strategy}")


async def _choose_process(screen: ClusterScreen, title: str) -> str | None:
    frame = screen.frame
    if frame is None:
        return None
    living = [one for one in frame.processes if one.ended_ns is None]
    living.sort(key=lambda one: (one.pid != screen.look.pid, one.node != screen.look.node))
    if not living:
        screen.notify_line(screen.look.t("No process lives."), "warn")
        return None
    t = screen.look.t
    return await screen.choose(title, [(one.name, f"{one.name}  {one.node}  {t(one.state)}") for one in living[:60]])


async def _choose_node(
    screen: ClusterScreen, title: str, states: tuple[str, ...] = ("up", "paused", "down")
) -> str | None:
    frame = screen.frame
    if frame is None:
        return None
    nodes = [node for node in frame.nodes if node.state in states]
    nodes.sort(key=lambda node: node.name != screen.look.node)
    if not nodes:
        screen.notify_line(screen.look.t("No node is like that."), "warn")
        return None
    return await screen.choose(title, [(node.name, node.name) for node in nodes])


def workstation(screen: ClusterScreen) -> None:
    """Let the owner of the selected node come, or go."""
    card = screen.look.card(screen.frame) if screen.frame is not None else None
    if card is not None:
        screen.give(f"{'idle' if card.owner == 'active' else 'activate'} {card.name}")


def snapshot(screen: ClusterScreen) -> None:
    """Have the state of the cluster recorded; the selected node begins."""
    card = screen.look.card(screen.frame) if screen.frame is not None else None
    if card is not None:
        screen.give(f"snapshot {card.name}")


async def fail(screen: ClusterScreen) -> None:
    """Ask for a fault, and where."""
    t = screen.look.t
    faults = {
        "crash": t("crash: SIGKILL, its memory is lost"),
        "pause": t("pause: SIGSTOP, it stands still"),
        "slow": t("slow: a share of its speed"),
        "shutdown": t("announced shutdown: its processes may leave"),
        "partition": t("partition: cut it off from the others"),
    }
    verb = await screen.choose(t("Which fault?"), [(verb, text) for verb, text in faults.items() if verb in VERB_NAMES])
    if verb is None:
        return
    node = await _choose_node(
        screen, t("Which node?"), ("up", "paused") if verb != "partition" else ("up", "paused", "down")
    )
    if node is None:
        return
    if verb == "slow":
        share = await screen.choose(
            t("How fast is it to be?"), [(one, one) for one in ("50%", "25%", "10%", "100%", "200%")]
        )
        if share is not None:
            screen.give(f"slow {node} factor={share}")
        return
    if verb == "shutdown":
        delays = ("500ms", "2s", "10s")
        delay = await screen.choose(t("In how much time?"), [(one, one) for one in delays])
        if delay is not None:
            await screen.give_harmful(f"shutdown {node} in={delay}")
        return
    await screen.give_harmful(f"{verb} {node}")


async def restart(screen: ClusterScreen) -> None:
    """Ask for what is to be mended."""
    t = screen.look.t
    frame = screen.frame
    if frame is None:
        return
    choices = [(f"restart {node.name}", f"restart {node.name}") for node in frame.nodes if node.state == "down"]
    choices += [(f"resume {node.name}", f"resume {node.name}") for node in frame.nodes if node.state == "paused"]
    choices += [(f"slow {node.name} factor=100%", f"{node.name} 100 %") for node in frame.nodes if node.percent != 100]
    if any(wire.cut for wire in frame.wires):
        choices.append(("heal", t("heal: join what was cut")))
    if not choices:
        screen.notify_line(t("Nothing is broken."), "warn")
        return
    line = choices[0][0] if len(choices) == 1 else await screen.choose(t("Mend what?"), choices)
    if line is not None:
        screen.give(line)


async def new(screen: ClusterScreen) -> None:
    """Ask for a program and a node; its arguments can be typed, and so can the path of an ELF file."""
    t = screen.look.t
    choices = [(one, one) for one in screen.opened.programs]
    program = await screen.choose(t("Start which program?"), [*choices, (OWN_FILE, t("an ELF file of your own ..."))])
    if program == OWN_FILE:
        screen.open_prompt(COMMAND, t("a path (tab completes it), a node, and args=..."), "spawn ")
        return
    if program is None:
        return
    node = await _choose_node(screen, t("On which node?"), ("up", "paused"))
    if node is not None:
        screen.open_prompt(COMMAND, "", f"spawn {program} {node} ")


async def kill(screen: ClusterScreen) -> None:
    """Ask for a process and how to end it."""
    process = await _choose_process(screen, screen.look.t("End which process?"))
    if process is None:
        return
    line = f"kill {process}"
    if "signal" in VERB_NAMES:
        signals = ("SIGKILL", "SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGSTOP", "SIGCONT")
        chosen = await screen.choose(screen.look.t("Which signal?"), [(one, one) for one in signals])
        if chosen is None:
            return
        line = f"signal {process} {chosen}" if chosen != "SIGKILL" else line
    await screen.give_harmful(line)


async def expel(screen: ClusterScreen) -> None:
    """Send guests away."""
    node = await _choose_node(screen, screen.look.t("Expel the guests of which node?"))
    if node is not None:
        await screen.give_harmful(f"expel {node}")


async def bring(screen: ClusterScreen) -> None:
    """Bring the processes of a node home."""
    node = await _choose_node(screen, screen.look.t("Bring the processes of which node home?"), ("up",))
    if node is not None:
        screen.give(f"bring {node}")


async def block(screen: ClusterScreen) -> None:
    """Let a node take no guests."""
    node = await _choose_node(screen, screen.look.t("Which node is to take no guests?"), ("up",))
    if node is not None and screen.frame is not None:
        blocked = any(one.name == node and "blocked" in one.host for one in screen.frame.nodes)
        screen.give(f"block {node} lifted=true" if blocked else f"block node={node}")


async def policy(screen: ClusterScreen) -> None:
    """Ask by which policy load is to be shared from now on, and where."""
    t = screen.look.t
    chosen = await _choose_setting(
        screen, t("By which policy is load to be shared from now on?"), "load-sharing", LOAD_SHARING
    )
    if chosen is None:
        return
    node = screen.look.node
    where: str | None = ""
    if node and screen.frame is not None and len(screen.frame.nodes) > 1:
        places = [("", t("on all nodes")), (f" on={node}", t("only on {node}").format(node=node))]
        where = await screen.choose(t("Where?"), places)
    if where is not None:
        screen.give(f"set load-sharing {chosen}{where}")


async def strategy(screen: ClusterScreen) -> None:
    """Ask how address spaces are to move from now on."""
    chosen = await _choose_setting(screen, screen.look.t("By which strategy from now on?"), "strategy", STRATEGIES)
    if chosen is not None:
        screen.give(f"set strategy {chosen}")


async def _choose_setting(screen: ClusterScreen, title: str, setting: str, known: tuple[str, ...]) -> str | None:
    """Let one of the values of a setting be chosen; what is in force is said beside it. It may be a class of the user's own."""
    if screen.frame is None:
        return None
    usual = screen.frame.policies.get(setting, "")
    values = dict.fromkeys([*known, *([usual] if usual else [])])
    in_force = screen.look.t("in force")
    return await screen.choose(title, [(one, f"{one}  ({in_force})" if one == usual else one) for one in values])
