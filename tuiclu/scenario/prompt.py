"""The command line of a running cluster: the verbs of the script, typed.

    migrate P n3 precopy            the words find their places by what they name
    migrate P to=n3 strategy=precopy
    migrate {process: P, to: n3}    as in a script
    spawn primes n2 limit=5000
    spawn mine/count.elf n2 args=10,20
    partition n1 n2
    set load-sharing none on=n1      a word that is a key takes the next one as its value
    set load.high=2
    say Look at n3.

What can be typed follows from the types of `schema.Step` alone: a new verb appears here by itself. A typed step is converted and checked as
one of a file is, so whatever is wrong with it is said in the same words.
"""

from __future__ import annotations

import re
import shlex
from collections import abc
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path as FilePath

import msgspec
from msgspec import inspect as types

from nodes.programs import CATALOGUE
from nodes.wire.image import ProgramImage
from nodes.wire.text import Sentence, Text
from tuiclu.cluster.commands import AnyCommand, command_of
from tuiclu.errors import InputError, did_you_mean
from tuiclu.inputs import at_home, is_file
from tuiclu.language.launch import name_of
from tuiclu.language.quantities import Duration, QuantityError
from tuiclu.model.cluster import ClusterView
from tuiclu.scenario import schema
from tuiclu.scenario.branch import UNCHANGED, Branch, branch
from tuiclu.scenario.checks import check_step, is_endless
from tuiclu.scenario.compile import condition_of
from tuiclu.scenario.conditions import Condition
from tuiclu.scenario.convert import convert
from tuiclu.scenario.parser import EVENT_FIELDS, Scenario
from tuiclu.scenario.plugins import UsersCode, find_classes, try_classes
from tuiclu.scenario.programs import find_programs, launches
from tuiclu.scenario.tree import HERE, Entry, Mapping, Node, Scalar, Sequence, read_value
from tuiclu.scenario.trust import Trust

MANY = 8
"""How many fields are still listed in a message."""


@dataclass(frozen=True)
class Names:
    """What can be named just now."""

    nodes: Collection[str] = ()
    processes: Collection[str] = ()
    """By name: pids are understood as well."""
    programs: Collection[str] = ()
    events: Collection[str] = field(default_factory=lambda: tuple(EVENT_FIELDS))
    endless: Collection[str] = ()
    """Definitions of jobs without end, whose names are these with a number behind."""

    def of(self, kind: str) -> Collection[str]:
        """Return the names of one kind, as `schema.Name` calls it."""
        return {
            "node": self.nodes,
            "process": self.processes,
            "process or group": self.processes,
            "program": self.programs,
            "event": self.events,
            "strategy": schema.STRATEGIES,
            "policy": schema.LOAD_SHARING,
        }.get(kind, ())


@dataclass(frozen=True)
class Typed:
    """A command that was typed: as the tree of a step, and as what the engine is told."""

    step: Mapping
    command: AnyCommand
    images: dict[str, ProgramImage] = field(default_factory=dict)
    """Programs that it starts and that the nodes have not yet: their images are to be loaded first."""
    users: UsersCode | None = None
    """The classes of a user's own that have been named so far, if the nodes have not got all of their modules."""
    branch: Branch = UNCHANGED
    """What becomes of the orders of a repeated session that were still to come: with this one, it goes on differently."""


# ---------------------------------------------------------------------------------------------------------------- the words


@dataclass(frozen=True)
class Field:
    """What one word can be: a field of a verb's mapping, or the verb's only value."""

    key: str
    required: bool
    named: str | None
    """The kind of name that it is; None: it is none."""
    new: bool
    choices: tuple[str, ...]
    many: bool


@dataclass(frozen=True)
class Shape:
    """How a verb is typed."""

    fields: tuple[Field, ...] = ()
    """Of its mapping; empty: it takes none."""
    single: Field | None = None
    """Its value, if it is one word, or several of one kind."""
    bare: bool = False
    """It may stand alone."""
    text: bool = False
    """All that follows is one text."""

    @property
    def chooses(self) -> bool:
        """Whether it is a long list of settings, of which some are given: by their names, or they could be taken for one another."""
        return len(self.fields) > MANY and not any(one.required for one in self.fields)

    def find(self, name: str) -> Field | None:
        """Return a field by its key, or by the last part of one: `load.high`, `high`."""
        exact = next((one for one in self.fields if one.key == name), None)
        return exact or next((one for one in self.fields if one.key.rpartition(".")[2] == name), None)


def shapes() -> dict[str, Shape]:
    """Return how each verb is typed, from the types of the schema."""
    step = types.type_info(schema.Step)
    assert isinstance(step, types.StructType)
    return {field.encode_name: _shape(field.type) for field in step.fields if field.encode_name not in schema.TIMING}


def _shape(wanted: types.Type) -> Shape:
    possible = wanted.types if isinstance(wanted, types.UnionType) else (wanted,)
    bare = any(isinstance(one, types.LiteralType) and True in one.values for one in possible)
    text = any(isinstance(one, types.StrType) for one in possible) and any(
        isinstance(one, types.DictType) for one in possible
    )
    struct = next((one for one in possible if isinstance(one, types.StructType)), None)
    single = next((one for one in possible if isinstance(one, types.VarTupleType)), None) or next(
        (one for one in possible if isinstance(one, types.Metadata | types.CustomType | types.LiteralType)), None
    )
    fields = tuple(_fields(struct)) if struct else ()
    if bare and isinstance(single, types.LiteralType):
        single = None
    return Shape(fields, _field("", single, required=not bare) if single is not None else None, bare, text)


def _fields(struct: types.StructType, of: str = "") -> Iterator[Field]:
    """Yield the fields of a mapping, those of a mapping in it by a path: `load.high`."""
    for one in struct.fields:
        if isinstance(one.type, types.StructType):
            yield from _fields(one.type, f"{of}{one.encode_name}.")
        else:
            yield _field(of + one.encode_name, one.type, required=one.required)


def _field(key: str, wanted: types.Type, *, required: bool) -> Field:
    named: str | None = None
    choices: tuple[str, ...] = ()
    new = many = False
    for one in _leaves(wanted):
        match one:
            case types.Metadata(extra={"name": schema.Name(of=of, new=is_new)}):
                named, new = named or of, new or is_new
            case types.LiteralType(values=values):
                choices = (*choices, *map(str, values))
            case types.VarTupleType():
                many = True
            case _:
                pass
    return Field(key, required, "program" if key == "program" else named, new, choices, many)


def _leaves(wanted: types.Type) -> Iterator[types.Type]:
    match wanted:
        case types.UnionType():
            for one in wanted.types:
                yield from _leaves(one)
        case types.VarTupleType():
            yield wanted
            yield from _leaves(wanted.item_type)
        case _:
            yield wanted


SHAPES = shapes()
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)[=:](.+)", re.DOTALL)


def step_tree(line: str, names: Names) -> Mapping:
    """Return the tree of the step that a line stands for, without its time. Raises InputError."""
    verb, _, rest = line.strip().partition(" ")
    shape = SHAPES.get(verb)
    if shape is None:
        raise InputError(Text("there is no verb `{verb}`", verb=verb), None, did_you_mean(verb, SHAPES, Text("verbs")))
    return _mapping({verb: _value(shape, rest.strip(), names)})


def _value(shape: Shape, rest: str, names: Names) -> Node:
    if rest.startswith(("{", "[")):
        return read_value(rest, HERE)
    if shape.text:
        return Scalar(HERE, rest, rest)
    words = _words(rest)
    if not words and shape.bare:
        return Scalar(HERE, True, "true")
    keys = {field.key for field in shape.fields}
    told = any((match := _ASSIGNMENT.fullmatch(word)) and match[1] in keys for word in words)
    if shape.single is not None and not (shape.fields and told):
        if shape.single.many and (len(words) != 1 or not shape.fields):
            return Sequence(HERE, [_scalar(word) for word in words])
        if len(words) == 1:
            return Sequence(HERE, [_scalar(words[0])]) if shape.single.many else _scalar(words[0])
        if not words:
            raise InputError(Text("something is missing"), None, _usage(shape))
        raise InputError(Text("`{word}` is too much", word=words[1]), None, _usage(shape))
    return _fill(shape, words, names)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise InputError(Text("a quotation mark is not closed"), None, Text("Close it, or leave it out.")) from None


def _fill(shape: Shape, words: list[str], names: Names) -> Mapping:
    """Give every word its place among the fields of a mapping."""
    fields = {field.key: field for field in shape.fields}
    values: dict[str, Node] = {}
    arguments: dict[str, Node] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        assignment = _ASSIGNMENT.fullmatch(word)
        named = shape.find(assignment[1] if assignment else word)
        if assignment and named is not None:
            values[named.key] = _filled(named, assignment[2])
        elif assignment and "args" in fields:
            arguments[assignment[1]] = _scalar(assignment[2])
        elif (
            named is not None
            and named.key not in values
            and waiting
            and not _place(word, fields, values, names, exact=True)
        ):
            values[named.key] = _filled(named, waiting.pop(0))
        else:
            place = _place(word, fields, values, names)
            if place is None:
                raise InputError(Text("`{word}` has no place here", word=word), None, _what_fits(word, shape, names))
            values[place.key] = _filled(place, word)
    if arguments:
        values["args"] = _mapping(arguments)
    for one in shape.fields:
        if one.required and one.key not in values and one.new and one.named == "process":
            values[one.key] = _scalar(_new_name(values, names))
    return _nested(values)


def _nested(values: dict[str, Node]) -> Mapping:
    """Return a mapping, with a mapping of its own for all keys that begin alike: `load.high`, `load.low`."""
    inner: dict[str, dict[str, Node]] = {}
    found: dict[str, Node] = {}
    for key, value in values.items():
        part, dot, name = key.partition(".")
        if dot:
            inner.setdefault(part, {})[name] = value
            found[part] = _mapping(inner[part])
        else:
            found[key] = value
    return _mapping(found)


def _place(
    word: str, fields: dict[str, Field], values: dict[str, Node], names: Names, *, exact: bool = False
) -> Field | None:
    """Return the field that a bare word belongs to: one whose kind of name it is, or a choice of, else the first that is free.

    Raises InputError for a word that several fields have among their choices: nobody should have to guess which one is meant.
    """
    free = [one for one in fields.values() if one.key not in values]
    fitting = [
        one for one in free if word in one.choices or (one.named and not one.new and word in names.of(one.named))
    ]
    if len(fitting) > 1 and any(one.choices for one in fitting):
        keys = [one.key for one in fitting]
        first, others = f"`{keys[0]} {word}`", "`, `".join(f"{key} {word}" for key in keys[1:])
        raise InputError(
            Text("`{word}` can be {some} or {last}", word=word, some=", ".join(keys[:-1]), last=keys[-1]),
            None,
            Text("Say which: {first}, or {others}.", first=first, others=f"`{others}`"),
        )
    if fitting:
        return fitting[0]
    if exact:
        return None
    return next((one for one in free if one.required and not one.new), None) or next(
        (one for one in free if one.new), None
    )


def _filled(one: Field, word: str) -> Node:
    if word.startswith(("{", "[")):
        return read_value(word, HERE)
    several = one.many and ("," in word or one.key == "args")  # one argument alone is a list as well
    return Sequence(HERE, [_scalar(part) for part in word.split(",")]) if several else _scalar(word)


def _scalar(word: str) -> Scalar:
    """Return a word as a plain value of a file."""
    try:
        node = read_value(word, HERE)
    except InputError:
        node = None
    return node if isinstance(node, Scalar) and node.value is not None else Scalar(HERE, word, word)


def _mapping(values: dict[str, Node]) -> Mapping:
    return Mapping(HERE, {key: Entry(HERE, value) for key, value in values.items()})


def _new_name(values: dict[str, Node], names: Names) -> str:
    program = values.get("program")
    base = program.text if isinstance(program, Scalar) else "process"
    stem = re.sub("[^A-Za-z0-9_-]", "", base.rpartition("/")[2].partition(".")[0]) or "process"
    while stem.rstrip("0123456789") in names.endless:
        stem += "-"
    return next(name for number in count(1) if (name := f"{stem}{number}") not in names.processes)


def _what_fits(word: str, shape: Shape, names: Names) -> Text:
    """Say what could stand in place of a word."""
    if not shape.chooses:
        return _usage(shape)
    keys = [part for one in shape.fields for part in dict.fromkeys((one.key, one.key.rpartition(".")[2]))]
    return did_you_mean(
        word, dict.fromkeys([*keys, *(value for one in shape.fields for value in one.choices)]), Text("words")
    )


def _usage(shape: Shape) -> Text:
    words = [f"{'' if one.required else '['}{one.key}{'' if one.required else ']'}" for one in shape.fields]
    if shape.single is not None:
        return Text("Write {what}.", what=_describe(shape.single))
    return Text("It takes: {words}.", words=", ".join(words)) if words else Text("It stands alone.")


def _describe(one: Field) -> Text:
    if one.named:
        single, several = _NAMED[one.named]
        return several if one.many else single
    return Text("one of {values}", values=", ".join(one.choices)) if one.choices else Text("a value")


_NAMED = {
    "node": (Text("a node"), Text("one or more nodes")),
    "process": (Text("a process"), Text("one or more processes")),
    "process or group": (Text("a process or group"), Text("one or more processes or groups")),
    "program": (Text("a program"), Text("one or more programs")),
    "event": (Text("an event"), Text("one or more events")),
    "strategy": (Text("a strategy"), Text("one or more strategies")),
    "policy": (Text("a policy"), Text("one or more policies")),
    "language": (Text("a language"), Text("one or more languages")),
    "file": (Text("a file"), Text("one or more files")),
    "variable": (Text("a variable"), Text("one or more variables")),
}
"""What can be named: one, and several."""


# ---------------------------------------------------------------------------------------------------------------- the prompt


class Prompt:
    """Understands what is typed to a cluster that runs a scenario."""

    def __init__(self, scenario: Scenario, loaded: abc.Mapping[str, ProgramImage], trust: Trust | None = None) -> None:
        """`loaded` are the programs whose images all nodes have, by their names in the cluster; `trust` says which classes of a user's own
        may be named: none if nobody says anything."""
        self._scenario = scenario
        self._trust = trust or Trust()
        self._users = scenario.users
        self._loaded = dict(loaded)
        self._files = {name_of(launch.program): launch.program for _, launch in launches(scenario.file)}
        """How the files of programs are named that have been started so far, by the names of these programs."""
        self._spawned = [step.spawn.name for step in scenario.file.script if step.spawn is not None]
        """Processes that the script or a typed line spawns: they may not be there yet, or already be dead. No name is given twice."""

    def command(self, line: str, view: ClusterView, coming: int = 0) -> Typed:
        """Return the command that a line stands for. Raises InputError.

        `coming`: so many orders of a repeated session are still to come. They are left out when this one is given, so what they would have
        spawned cannot be named.
        """
        differently = branch(self._scenario, coming)
        processes = self._processes(view, differently.gone)
        taken = (*processes, *self._scenario.groups)
        endless = [name for name, one in self._scenario.file.processes.items() if is_endless(one)]
        names = Names(tuple(view.nodes), taken, tuple(self._loaded), endless=endless)
        tree = step_tree(line, names)
        self._find_file(tree)
        step, mentions = convert(tree, schema.Step)
        timed = msgspec.structs.replace(step, at=Duration(0))
        file = msgspec.structs.replace(self._scenario.file, script=(timed,), until=None, processes={})
        root = _mapping({"script": Sequence(HERE, [tree])})
        check_step(self._with_jobs(file), root, mentions, EVENT_FIELDS, self._scenario.groups, processes)
        users = self._new_users(find_classes(mentions, self._scenario.folder))
        images = find_programs(file, root, self._scenario.folder)
        new_images = self._new_ones(images)
        if step.spawn is not None:
            self._files[name_of(step.spawn.program)] = step.spawn.program
            self._spawned.append(step.spawn.name)
        return Typed(tree, command_of(step), new_images, users, differently)

    def forget(self, branch: Branch) -> None:
        """Know no process any more that is not spawned, because an order has been given: the session goes on differently."""
        for name in branch.gone:
            self._spawned.remove(name)  # the order may have spawned another of that name

    def _new_users(self, code: UsersCode) -> UsersCode | None:
        """Return the classes that the nodes are to have from now on, if a step names others. Raises InputError if they may not be named."""
        if not code.classes:
            return None
        try_classes(self._trust.admit(code))
        modules = msgspec.structs.replace(code.modules, sources=self._users.modules.sources | code.modules.sources)
        if modules == self._users.modules:
            return None
        self._users = UsersCode(modules, (*self._users.classes, *code.classes), trusted=True)
        return self._users

    def goal(self, line: str, view: ClusterView) -> int | Condition:
        """Return the instant (`5 s`, or `+ 2 s` from now on) or the event (`migration.resumed P`) that a line names."""
        text = line.strip()
        if text[:1] == "+" or text[:1].isdigit():
            return self._instant(text, view)
        words = _words(text)
        if not words:
            raise InputError(
                Text("run on to what?"), None, Text("Write an instant, `5 s`, or an event, `migration.resumed P`.")
            )
        values: dict[str, Node] = {"event": _scalar(words[0])}
        known = self._processes(view)
        for word in words[1:]:
            assignment = _ASSIGNMENT.fullmatch(word)
            if assignment:
                values[assignment[1]] = _scalar(assignment[2])
            else:
                values["node" if word in view.nodes and word not in known else "process"] = _scalar(word)
        tree = _mapping({"when": _mapping(values), "stop": Scalar(HERE, True, "true")})
        step, mentions = convert(tree, schema.Step)
        file = msgspec.structs.replace(self._scenario.file, script=(step,), until=None, processes={})
        root = _mapping({"script": Sequence(HERE, [tree])})
        check_step(self._with_jobs(file), root, mentions, EVENT_FIELDS, self._scenario.groups, known)
        assert step.when is not None
        return condition_of(step.when, self._scenario.groups)

    def _with_jobs(self, file: schema.ScenarioFile) -> schema.ScenarioFile:
        """Return what is typed as a file, with the jobs of which there is no end: each may be named, and no other may have its name."""
        jobs = {name: one for name, one in self._scenario.file.processes.items() if is_endless(one)}
        return msgspec.structs.replace(file, processes=jobs)

    def _processes(self, view: ClusterView, gone: Collection[str] = ()) -> dict[str, Text]:
        """Return all processes that there are or were, and those that the scenario or a typed line will still start: nobody who is gone."""
        planned = [name for names in self._scenario.groups.values() for name in names]
        spawned = [name for name in self._spawned if name not in gone]
        there = [process.name for process in view.processes.values()]
        return dict.fromkeys([*planned, *spawned, *there], Text("it is or was there"))

    @staticmethod
    def _instant(text: str, view: ClusterView) -> int:
        try:
            wanted = int(Duration.parse(text.removeprefix("+").strip()))
        except QuantityError as error:
            raise InputError(error.what, None, Sentence(error.meant)) from None
        if text.startswith("+"):
            return view.now_ns + wanted
        if wanted <= view.now_ns:
            raise InputError(
                Text("{text} is over", text=text), None, Text("Time goes one way: name a later instant, or `+ 1 s`.")
            )
        return wanted

    def _find_file(self, tree: Mapping) -> None:
        """Name the ELF file that a step starts by where it is: its path is relative to the scenario, or else to where the user is."""
        spawn = tree.entries.get("spawn")
        if spawn is None or not isinstance(spawn.value, Mapping):
            return
        program = spawn.value.entries.get("program")
        if program is None or not isinstance(program.value, Scalar) or program.value.text in CATALOGUE:
            return
        written = self._files.get(program.value.text, program.value.text)
        for base in (self._scenario.folder, FilePath()):
            file = base / at_home(written)
            if is_file(file):
                place = str(file.resolve())
                spawn.value.entries["program"] = Entry(HERE, Scalar(HERE, place, place))
                return

    def _new_ones(self, images: dict[str, ProgramImage]) -> dict[str, ProgramImage]:
        """Return the images that the nodes have not, and count them as loaded. Raises InputError if they have another of the same name."""
        for name, found in images.items():
            if name in self._loaded and self._loaded[name].digest != found.digest:
                meant = Text("In the cluster, a program has the name of its file: give this one another.")
                raise InputError(Text("the nodes have another program called `{name}`", name=name), None, meant)
        new = {name: found for name, found in images.items() if name not in self._loaded}
        self._loaded.update(new)
        return new


# ----------------------------------------------------------------------------------------------------------------- completion


def complete(line: str, names: Names, further: Iterable[str] = ()) -> list[str]:
    """Return what the last word of a line can become, the likeliest first. `further` are verbs beside those of the script."""
    head, space, last = line.rpartition(" ")
    if not space:
        return _beginning(last, (*SHAPES, *further))
    verb, _, rest = head.strip().partition(" ")
    shape = SHAPES.get(verb)
    if shape is None or shape.text:
        return []
    taken = rest.split()
    if shape.chooses and "=" not in last:
        return _next_setting(shape, taken, last, names)
    key, equals, begun = last.partition("=")
    found: list[str] = []
    for one in shape.fields or (() if shape.single is None else (shape.single,)):
        values = _values(one, names)
        if equals:
            found += [f"{key}={value}" for value in _beginning(begun, values)] if one == shape.find(key) else []
        else:
            found += [value for value in _beginning(last, values) if value not in taken]
    if not equals:
        found += _beginning(last, [f"{one.key}=" for one in shape.fields])
        found += _beginning(last, [f"{argument}=" for argument in _arguments(taken)])
    return list(dict.fromkeys(found))


def _next_setting(shape: Shape, taken: list[str], last: str, names: Names) -> list[str]:
    """Return the values of the setting that was named before, or else the settings that can be named now."""
    waiting = shape.find(taken[-1]) if taken and (len(taken) < 2 or shape.find(taken[-2]) is None) else None
    if waiting is not None:
        return _beginning(last, _values(waiting, names))
    given = [shape.find(word.partition("=")[0]) for word in taken]
    free = [one for one in shape.fields if one not in given]
    keys = _beginning(last, [one.key for one in free])
    short = _beginning(last, [one.key.rpartition(".")[2] for one in free]) if last else []
    return list(dict.fromkeys([*keys, *short]))


def _values(one: Field, names: Names) -> tuple[str, ...]:
    """Return what is known of the values of a field."""
    return (*one.choices, *(() if one.new or one.named is None else names.of(one.named)))


def _arguments(words: list[str]) -> list[str]:
    """Return the arguments of the program that one of the words names."""
    program = next((CATALOGUE[word] for word in words if word in CATALOGUE), None)
    return [parameter.name for parameter in program.parameters] if program is not None else []


def _beginning(start: str, values: Iterable[str]) -> list[str]:
    return [value for value in values if value.startswith(start)]
