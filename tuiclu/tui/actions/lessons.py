"""Another lesson, or this one with other parameters: the screen ends with its cluster, and opens again on what was chosen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from nodes.wire.text import Text
from tuiclu.bundled import demo_files, scenario_file
from tuiclu.errors import InputError, did_you_mean
from tuiclu.language.names import in_every_language
from tuiclu.scenario.tree import Mapping, Scalar, read_tree
from tuiclu.texts import in_own_words, told
from tuiclu.tui.actions.cluster_screen import ClusterScreen
from tuiclu.tui.following import Next
from tuiclu.tui.prompt import COMMAND

if TYPE_CHECKING:
    from tuiclu.scenario.parser import Scenario


class Leaving(ClusterScreen, Protocol):
    """A screen that can end, and be opened on something else."""

    overrides: tuple[str, ...]
    """The settings in force over what the scenario says."""
    next: Next | None
    """What is to be opened when it has ended."""

    def action_quit_now(self) -> None:
        """End it, and its cluster."""


async def lessons(app: Leaving) -> None:
    """Let another lesson be chosen."""
    lang = app.look.lang
    choices = [(name, f"{name}: {in_own_words(_title(name), lang)}") for name in demo_files()]
    chosen = await app.choose(app.look.t("Another lesson"), choices)
    if chosen is not None:
        open_lesson(app, chosen)


def open_lesson(app: Leaving, name: str) -> None:
    """Go to a lesson, by its name."""
    files = demo_files()
    if name not in files:
        app.notify_line(told(did_you_mean(name, files, Text("demos")), app.look.lang), "bad")
        return
    _go_to(app, Next(name))


async def parameters(app: Leaving) -> None:
    """Show the parameters of the scenario, and let one be set."""
    t, lang = app.look.t, app.look.lang
    scenario = _scenario(app, app.overrides)
    if scenario is None or not scenario.parameters:
        app.notify_line(t("This scenario has no parameters."))
        return
    choices = []
    for one in scenario.parameters.values():
        about = in_own_words(one.about, lang)
        label = f"{one.name} = {one.value}  ({told(one.may_be, lang)})"
        choices.append((one.name, f"{label}  {about}".rstrip()))
    chosen = await app.choose(t("Parameters: the run begins anew with another"), choices)
    if chosen is not None:
        app.open_prompt(COMMAND, "", f"param {chosen}={scenario.parameters[chosen].value}")


def set_parameter(app: Leaving, setting: str) -> None:
    """Begin anew with another value of a parameter: `limit=500`."""
    name = setting.partition("=")[0].strip()
    former = [one for one in app.overrides if one.partition("=")[0] not in (name, f"params.{name}")]
    overrides = (*former, f"params.{setting}")
    if _scenario(app, overrides) is not None:
        _go_to(app, Next(app.opened.source, overrides))


def _scenario(app: Leaving, overrides: tuple[str, ...]) -> Scenario | None:
    """Read the scenario with other settings; where that cannot be, say why and return None."""
    from tuiclu.scenario.parser import load_scenario

    try:
        return load_scenario(scenario_file(app.opened.source), None, overrides)
    except InputError as error:
        app.notify_line(error.told(app.look.lang), "bad")
        return None


def _go_to(app: Leaving, there: Next) -> None:
    app.next = there._replace(lang=app.look.lang)
    app.action_quit_now()


def _title(name: str) -> dict[str, str]:
    """Return what a lesson is called, by language, without reading all of it."""
    text = demo_files()[name].read_text(encoding="utf-8")
    line = re.search("^title:.*$", text, re.MULTILINE)
    root = read_tree(line[0], name) if line is not None else None
    title = root.entries["title"].value if isinstance(root, Mapping) else None
    if isinstance(title, Mapping):
        return {lang: str(one.value.value) for lang, one in title.entries.items() if isinstance(one.value, Scalar)}
    return in_every_language(str(title.value) if isinstance(title, Scalar) else name)
