"""From the text of a scenario file to a checked scenario: read, override, convert, check, find the programs.

Whatever the file holds, the result is a Scenario or one InputError with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from nodes.wire.events import KINDS, fields_of
from nodes.wire.image import ProgramImage
from nodes.wire.machine import system_says
from nodes.wire.text import Text
from nodes.wire.users_code import UsersModules
from tuiclu.cluster.resumption import Resumption
from tuiclu.errors import InputError
from tuiclu.inputs import open_input
from tuiclu.scenario import includes, params, schema, variants
from tuiclu.scenario.checks import Fields, Groups, check
from tuiclu.scenario.convert import convert
from tuiclu.scenario.params import Parameter
from tuiclu.scenario.plugins import NO_CODE, UsersCode, find_classes
from tuiclu.scenario.programs import NO_PROGRAMS, Programs, find_programs
from tuiclu.scenario.tree import (
    MAX_BYTES,
    Mapping,
    Node,
    Scalar,
    copy,
    describe,
    override,
    read_tree,
    read_value,
    shorten,
)
from tuiclu.scenario.yaml_text import as_text

STDIN = "-"
"""The source of a scenario that came over standard input."""

EVENT_FIELDS: Fields = {kind: fields_of(event) for kind, event in KINDS.items()}


@dataclass(frozen=True)
class Scenario:
    """A checked scenario: whatever is wrong with a file, it is not here any more."""

    source: str
    """The file as it was named, or `-`."""
    text: str
    overrides: tuple[str, ...]
    """`PATH=VALUE`, in force over what the text says."""
    file: schema.ScenarioFile
    groups: Groups
    """The name of each process definition, and the names of the processes that it stands for."""
    images: dict[str, ProgramImage]
    """Every program that is used, by its name in the cluster."""
    users: UsersCode = NO_CODE
    """The classes of a user's own that it names. Nothing of them has been executed."""
    goes_on: Resumption | None = None
    """What its runs go on from; None: they begin."""
    snapshot: str = ""
    """The file with that."""
    snapshots_to: str = ""
    """The folder to which a session writes its snapshots; empty: none."""
    known_steps: int = 0
    """How many steps of its script are known to what its runs go on from, those that are still to come among them."""
    parameters: MappingOf[str, Parameter] = field(default_factory=dict)
    """By name."""
    compared: MappingOf[str, Scenario] = field(default_factory=dict)
    """The further runs with which this one is compared, by name."""
    variant: str = ""
    """The further run that this one is; empty: none."""

    @property
    def folder(self) -> Path:
        """Where what the scenario names lies: programs, and the modules of a user's own classes."""
        return Path() if self.source == STDIN else Path(self.source).parent

    @property
    def whole_text(self) -> str:
        """Its text as it can be read elsewhere: with what it includes."""
        written = read_tree(self.text, self.source)
        if isinstance(written, Mapping) and includes.KEY in written.entries:
            return as_text(scenario_tree(self.source, self.text, ()))
        return self.text

    def admitted(self, admit: Callable[[UsersCode], UsersCode]) -> Scenario:
        """Return the scenario with the code of a user's own as it may be executed, that of the runs it is compared with as well."""
        compared = {name: one.admitted(admit) for name, one in self.compared.items()}
        return replace(self, users=admit(self.users), compared=compared)

    @property
    def title(self) -> dict[str, str]:
        """What the run is called, by language: the title, or else the name of the file."""
        title = schema.in_every_language(self.file.title)
        return {language: text or Path(self.source).stem for language, text in title.items()}


def load_scenario(
    source: str | Path,
    text: str | None = None,
    overrides: Sequence[str] = (),
    kinds: Fields = EVENT_FIELDS,
    *,
    programs: Programs = NO_PROGRAMS,
    modules: UsersModules | None = None,
) -> Scenario:
    """Read a scenario; raise InputError if it is none.

    `text` is its text if the caller has it already (standard input: `source` is `-`). Programs are looked for beside
    `source`, or from the current directory. `overrides` are `PATH=VALUE`, applied in turn; `kinds` are all events.
    What of `programs` and `modules` the caller has already is not read anew.
    """
    name = str(source)
    if text is None:
        text = read_text(Path(source))
    written = scenario_tree(name, text, overrides)

    def one(root: Mapping) -> Scenario:
        root = copy(root) if params.KEY in root.entries else root
        parameters = params.filled_in(root)
        file, mentions = convert(root, schema.ScenarioFile)
        groups = check(file, root, mentions, kinds)
        scenario = Scenario(name, text, tuple(overrides), file, groups, {}, parameters=parameters)
        users = find_classes(mentions, scenario.folder, modules)
        return replace(scenario, images=find_programs(file, root, scenario.folder, programs), users=users)

    scenario = replace(one(written), variant=_variant(overrides))
    if scenario.file.compare:
        further = {run: one(_as_run(written, run)) for run in scenario.file.compare}
        scenario = replace(scenario, compared=further)
        asked = _recognised(scenario, one, name, text)
        if asked is not None:
            return load_scenario(source, text, asked, kinds, programs=programs, modules=modules)
    if scenario.file.from_ is None:
        return scenario
    from tuiclu.scenario.restoring import going_on  # which reads scenarios as well

    compared = {run: going_on(one) for run, one in scenario.compared.items()}
    return replace(going_on(scenario), compared=compared)


def _as_run(written: Mapping, name: str) -> Mapping:
    """Return the tree of one of the further runs of a scenario, of which nothing is expected."""
    root = copy(written)
    variants.apply(root, name, "", put)
    root.entries.pop(variants.KEY, None)
    root.entries.pop(variants.EXPECT, None)
    return root


def _variant(overrides: Sequence[str]) -> str:
    """Return the further run that settings ask for; empty: none."""
    asked = [value for path, _, value in (one.partition("=") for one in overrides) if path == variants.KEY]
    return asked[-1] if asked else ""


def _recognised(scenario: Scenario, one: Callable[[Mapping], Scenario], name: str, text: str) -> tuple[str, ...] | None:
    """Return the settings that ask for a further run by its name, where others have come to the same; None: they have not.

    So what a lesson recommends to try ends in what is expected of it.
    """
    usual = tuple(one for one in scenario.overrides if one.partition("=")[0] in ("seed", "until"))
    if scenario.variant or len(usual) == len(scenario.overrides):
        return None
    written = scenario_tree(name, text, usual)

    def happens(other: Scenario) -> schema.ScenarioFile:
        return msgspec.structs.replace(other.file, expect=(), compare={}, params={})

    if happens(one(written)) == happens(scenario):
        return None
    for run in scenario.file.compare:
        if happens(one(_as_run(written, run))) == happens(scenario):
            return (*usual, f"{variants.KEY}={run}")
    return None


def may_name_classes(source: str | Path, overrides: Sequence[str]) -> bool:
    """Tell whether a scenario may name a class of a user's own, by its letters alone. Raises InputError if it cannot be read."""
    return any(re.search(schema.USERS_CLASS_PATTERN, text) for text in (read_text(Path(source)), *overrides))


def read_text(path: Path) -> str:
    """Return the text of a scenario file; raise InputError if there is none."""
    with open_input(path, Text("`tuiclu demos` lists the scenarios that come with tuiclu.")) as stream:
        try:
            data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(Text("this file cannot be read: {why}", why=system_says(error)), str(path)) from None
    return decode(data, str(path))


def decode(data: bytes, name: str) -> str:
    """Return the bytes of a scenario as text; raise InputError if they are none."""
    if len(data) > MAX_BYTES:
        raise InputError(
            Text("this is larger than {size} MiB", size=MAX_BYTES >> 20),
            name,
            Text("A scenario is a short text."),
        )
    if b"\0" in data:
        raise InputError(Text("this is a binary file"), name, Text("A scenario is a text: YAML in UTF-8."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise InputError(
            Text("this is not UTF-8"), f"{name}:{line}:{column}", Text("Save the file as UTF-8.")
        ) from None


def scenario_tree(name: str, text: str, overrides: Sequence[str]) -> Mapping:
    """Return a scenario as a tree, with `overrides` in force, and all that it includes; parameters stand in it by their names.

    Raises InputError if it is none.
    """
    root = _tree(name, text)
    includes.join(root, name, lambda path, called: _tree(called, read_text(path)))
    for setting in overrides:
        where = f"--set {shorten(setting, 200)}"
        path, equals, written = setting.partition("=")
        if not equals:
            raise InputError(
                Text("`{setting}` sets nothing", setting=shorten(setting)),
                "--set",
                Text("Write `--set PATH=VALUE`, as in `cluster.network.latency=5 ms`."),
            )
        path, value = path.strip(), read_value(written, where)
        run = variants.asked_for(path, value)
        if run is not None:
            variants.apply(root, run, where, put)
        else:
            put(root, path, value)
    misplaced = includes.misplaced(root)
    if misplaced is not None:
        raise misplaced
    return root


def put(root: Mapping, path: str, value: Node) -> None:
    """Give a parameter, or a value of the tree, another value."""
    if params.set_one(root, path, value):
        return
    first, _, name = path.partition(".")
    if first == params.KEY and "." not in name:
        raise params.unknown(root, name, value.where)
    override(root, path, value)


def _tree(name: str, text: str) -> Mapping:
    root = read_tree(text, name)
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise InputError(
            Text("this scenario is empty"), f"{name}:1:1", Text("It begins with `tuiclu: 1` and needs a `cluster`.")
        )
    if not isinstance(root, Mapping):
        raise InputError(
            Text("a scenario is a mapping, not {root}", root=describe(root)),
            root.where,
            Text("It begins with `tuiclu: 1`."),
        )
    return root
