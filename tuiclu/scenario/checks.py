"""What must hold in a scenario beyond the types: names that exist, instants that can come, numbers that make a cluster.

Each check is a function that raises an InputError at the place in the file; `check` calls them all.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from nodes.wire.text import Text
from tuiclu.errors import InputError, did_you_mean
from tuiclu.language.quantities import Duration, Quantity, Size
from tuiclu.scenario import schema
from tuiclu.scenario.convert import Mention
from tuiclu.scenario.recurring import US
from tuiclu.scenario.tree import Node, Path, find, key_place, shorten
from tuiclu.texts import LANGUAGES

MAX_PROCESSES = 10_000
STREAM_FIELDS = ("t", "seq", "node", "kind")
"""Fields that every event has."""

Fields = Mapping[str, Collection[str]]
"""The kinds of events there are, each with the fields of its own."""

Groups = dict[str, tuple[str, ...]]
"""The name of each process definition, and the names of the processes that it stands for."""


@dataclass(frozen=True)
class _Subject:
    """What is checked: the file as structs, as a tree with places, and the names in it."""

    file: schema.ScenarioFile
    root: Node
    mentions: list[Mention]
    kinds: Fields
    groups: Groups
    processes: dict[str, Text]
    """Every process that there will ever be, and what makes it, for messages."""

    def where(self, *path: str | int) -> str:
        """Return the place of the value at `path`."""
        node = find(self.root, path)
        return key_place(self.root, path) if node is None else node.where

    def key(self, *path: str | int) -> str:
        """Return the place of the key, or of the list item, at `path`."""
        return key_place(self.root, path)


def check(file: schema.ScenarioFile, root: Node, mentions: list[Mention], kinds: Fields) -> Groups:
    """Check all but the programs; return which processes each definition stands for."""
    _check_number(file, root)
    groups = {name: members(name, definition) for name, definition in file.processes.items()}
    subject = _Subject(file, root, mentions, kinds, groups, {})
    _check_cluster(subject)
    _name_processes(subject)
    for mention in mentions:
        _check_mention(subject, mention)
    for name, contents in file.files.items():
        _check_file(subject, name, contents)
    for name, definition in file.processes.items():
        _check_start(subject, name, definition)
        _check_arrivals(subject, name, definition)
    for index, step in enumerate(file.script):
        _check_step(subject, index, step)
    for index, expectation in enumerate(file.expect):
        _check_expectation(subject, ("expect", index), expectation)
    for name, run in file.compare.items():
        for index, expectation in enumerate(run.expect):
            _check_expectation(subject, ("compare", name, "expect", index), expectation)
    _check_grade(subject)
    return groups


def check_step(
    file: schema.ScenarioFile,
    root: Node,
    mentions: list[Mention],
    kinds: Fields,
    groups: Groups,
    processes: dict[str, Text],
) -> None:
    """Check the only step of `file`'s script, which is typed while the cluster runs: `processes` are all that there ever were."""
    subject = _Subject(file, root, mentions, kinds, groups, processes)
    for mention in mentions:
        _check_mention(subject, mention)
    _check_step(subject, 0, file.script[0])
    spawn = file.script[0].spawn
    if spawn is None:
        return
    if spawn.name in processes or spawn.name in groups:
        raise _twice(spawn.name, Text("it is or was there"), subject.where("script", 0, "spawn", "name"))
    _check_not_coming(subject, spawn.name, subject.where("script", 0, "spawn", "name"))


def members(name: str, definition: schema.ProcessDefinition) -> tuple[str, ...]:
    """Return the names of the processes that a definition stands for: itself, or P1, P2, ...; none where there is no end of them."""
    if is_endless(definition):
        return ()
    if definition.count is None and isinstance(definition.on, str):
        return (name,)
    return tuple(f"{name}{number}" for number in range(1, _number(definition) + 1))


def is_endless(definition: schema.ProcessDefinition) -> bool:
    """Tell whether a definition stands for jobs of which there is no end."""
    return definition.arrivals is not None and definition.count is None


def _number(definition: schema.ProcessDefinition) -> int:
    if definition.count is not None:
        return definition.count
    return 1 if isinstance(definition.on, str) else len(definition.on)


# -------------------------------------------------------------------------------------------------------------- cluster


def _check_cluster(subject: _Subject) -> None:
    nodes = subject.file.cluster.nodes
    if not nodes:
        raise InputError(
            Text("the cluster has no node"), subject.key("cluster", "nodes"), Text("Add at least one: `n1: {}`.")
        )
    if len(nodes) > schema.MAX_NODES:
        where = subject.key("cluster", "nodes", next(islice(nodes, schema.MAX_NODES, None)))
        raise InputError(
            Text("the cluster has {count} nodes", count=len(nodes)),
            where,
            Text("It may have {most}: each is a real process.", most=schema.MAX_NODES),
        )
    network = ("cluster", "network")
    _check_positive(
        subject,
        subject.file.cluster.network.latency,
        (*network, "latency"),
        Text(
            "It is how far nodes may run ahead of one another, in parallel, before a message can reach them: write `1 us`."
        ),
    )
    for path, settings in _node_settings(subject.file.cluster):
        if isinstance(settings.owner, schema.Rhythm):
            for key in ("busy", "away"):
                meant = Text("Owners come and go: write `10 s`.")
                _check_drawn(subject, getattr(settings.owner, key), (*path, "owner", key), meant)
        _check_positive(
            subject, settings.quantum, (*path, "quantum"), Text("A process must get the CPU for some time: `20 ms`.")
        )
        if settings.memory is not None and settings.memory < schema.MIN_MEMORY_BYTES:
            least = Size(schema.MIN_MEMORY_BYTES)
            meant = Text("A node needs at least `{least}`, or no program fits.", least=least)
            raise InputError(
                Text("a memory of `{memory}` is too small", memory=settings.memory),
                subject.where(*path, "memory"),
                meant,
            )
    _check_initiators(subject)
    cluster = subject.file.cluster
    _check_policy(subject, ("cluster", "policy"), cluster.policy, ("cluster", "migration"), cluster.migration)


def _check_initiators(subject: _Subject) -> None:
    """Check that no machine has two Initiators."""
    seats: dict[str, str] = {}
    for seat, machines in subject.file.cluster.initiators.items():
        for index, machine in enumerate(machines):
            if machine in seats:
                where = subject.where("cluster", "initiators", seat, index)
                raise InputError(
                    Text("`{machine}` would have two Initiators", machine=machine),
                    where,
                    Text("The one on `{seat}` decides for it already.", seat=seats[machine]),
                )
            seats[machine] = seat


def _check_policy(
    subject: _Subject,
    path: Path,
    policy: schema.Policy,
    migration_path: Path,
    migration: schema.MigrationSettings,
) -> None:
    """Check that what has to take time takes some."""
    if policy.load.interval is not None:
        meant = Text("Loads are measured from time to time: `100 ms`.")
        _check_drawn(subject, policy.load.interval, (*path, "load", "interval"), meant, _SHORTEST_LOAD_INTERVAL)
    nothing = Text("Nothing can be answered in no time: `2 s`.")
    _check_positive(subject, policy.answer_timeout, (*path, "answer-timeout"), nothing)
    _check_positive(subject, migration.offer_timeout, (*migration_path, "offer-timeout"), nothing)
    _check_positive(subject, migration.transfer_timeout, (*migration_path, "transfer-timeout"), nothing)


def _node_settings(cluster: schema.Cluster) -> Iterable[tuple[Path, schema.NodeSettings]]:
    yield ("cluster", "defaults"), cluster.defaults
    for name, settings in cluster.nodes.items():
        yield ("cluster", "nodes", name), settings


def _check_positive(subject: _Subject, value: Quantity | None, path: Path, meant: Text) -> None:
    if value == 0:
        raise InputError(Text("the {key} cannot be 0", key=path[-1]), subject.where(*path), meant)


_SHORTEST_LOAD_INTERVAL = 100 * US
"""Whoever measures more often has no time for anything else, here and in real time."""


def _check_drawn(subject: _Subject, value: Duration, path: Path, meant: Text, least: int = US) -> None:
    """Check that a time that comes again and again is not so short that the next one would never come: instants are drawn in `US`."""
    _check_positive(subject, value, path, meant)
    if value < least:
        raise InputError(
            Text("the {key} cannot be shorter than {least}", key=path[-1], least=Duration(least)),
            subject.where(*path),
            meant,
        )


# ---------------------------------------------------------------------------------------------------------------- names


def _check_number(file: schema.ScenarioFile, root: Node) -> None:
    number = sum(_number(definition) for definition in file.processes.values())
    if number > MAX_PROCESSES:
        raise InputError(
            Text("there are {number} processes", number=number),
            key_place(root, ("processes",)),
            Text("At most {most}.", most=MAX_PROCESSES),
        )


def _name_processes(subject: _Subject) -> None:
    """Note every process that there will ever be, and check that no two have one name."""
    makers = subject.processes
    for name, names in subject.groups.items():
        if not subject.file.processes[name].on:
            raise InputError(
                Text("`{name}` has no node to be on", name=name),
                subject.where("processes", name, "on"),
                Text("Name one: `on: n1`."),
            )
        for member in names:
            if member in makers:
                raise _twice(member, makers[member], subject.key("processes", name))
            _check_not_coming(subject, member, subject.key("processes", name))
            stands = Text("`{name}` stands for it too", name=name)
            makers[member] = stands if names != (name,) else Text("`{name}` is another process", name=name)
    for name, names in subject.groups.items():
        if names != (name,) and name in makers:
            raise _twice(name, makers[name], subject.key("processes", name))
    for index, step in enumerate(subject.file.script):
        if step.spawn is not None:
            name = step.spawn.name
            _check_not_coming(subject, name, subject.where("script", index, "spawn", "name"))
            if name in makers or name in subject.groups:
                raise _twice(
                    name,
                    makers.get(name, Text("`{name}` is in `processes`", name=name)),
                    subject.where("script", index, "spawn", "name"),
                )
            makers[name] = Text("an earlier step spawns it")


def _check_not_coming(subject: _Subject, name: str, where: str) -> None:
    """Check that a name is not that of a job that may come yet."""
    maker = _maker_without_end(subject.file, name)
    if maker is not None:
        raise _twice(name, Text("one of the jobs `{maker}` has or will have that name", maker=maker), where)


def _twice(name: str, maker: Text, where: str) -> InputError:
    return InputError(
        Text("two processes are called `{name}`: {maker}", name=name, maker=maker),
        where,
        Text("Give one of them another name."),
    )


def _check_mention(subject: _Subject, mention: Mention) -> None:
    """Check that a name that the file uses is made somewhere."""
    if mention.name.new:
        return
    match mention.name.of:
        case "node":
            _check_known(mention, subject.file.cluster.nodes, Text("there is no node `{name}`"), Text("nodes"))
        case "strategy":
            if ":" not in mention.text:
                _check_known(mention, schema.STRATEGIES, Text("there is no strategy `{name}`"), Text("strategies"))
        case "event":
            _check_known(mention, subject.kinds, Text("there is no kind of event `{name}`"), Text("kinds"))
        case "policy":
            if ":" not in mention.text:
                _check_known(mention, schema.LOAD_SHARING, Text("there is no policy `{name}`"), Text("policies"))
        case "language":
            _check_known(mention, LANGUAGES, Text("there is no language `{name}`"), Text("languages"))
        case "run":
            _check_known(
                mention, (*subject.file.compare, schema.AS_WRITTEN), Text("there is no run `{name}`"), Text("runs")
            )
        case "process":
            _check_process(subject, mention, groups=False)
        case "process or group":
            _check_process(subject, mention, groups=True)
        case other:
            raise AssertionError(f"names of a {other} are not used, only made")


def _check_known(mention: Mention, known: Collection[str], wrong: Text, plural: Text) -> None:
    """Check that a name is known; `wrong` says of a `name` that it is not."""
    if mention.text not in known:
        what = Text.made(wrong.template, {"name": shorten(mention.text)})
        raise InputError(what, mention.where, did_you_mean(mention.text, known, plural))


def _check_process(subject: _Subject, mention: Mention, groups: bool) -> None:
    if mention.text in subject.processes or _is_pid(mention.text, subject.file.cluster.nodes):
        return
    if _maker_without_end(subject.file, mention.text) is not None:
        return
    if mention.text in subject.file.processes and is_endless(subject.file.processes[mention.text]):
        what = Text("`{name}` stands for jobs of which there is no end", name=mention.text)
        raise InputError(
            what, mention.where, Text("Name one of them, `{name}1`, or say how many: `count: 100`.", name=mention.text)
        )
    if mention.text in subject.groups:
        if groups:
            return
        names = subject.groups[mention.text]
        listed = names[0] if len(names) == 1 else Text("{first} to {last}", first=names[0], last=names[-1])
        raise InputError(
            Text("`{name}` stands for {listed}", name=mention.text, listed=listed),
            mention.where,
            Text("Name one of them: `{name}`.", name=names[0]),
        )
    _check_known(mention, subject.processes, Text("there is no process `{name}`"), Text("processes"))


def _maker_without_end(file: schema.ScenarioFile, process: str) -> str | None:
    """Return the definition of jobs without end one of which has this name, `J17`."""
    name = process.rstrip("0123456789")
    number = process[len(name) :]
    if number and not number.startswith("0") and name in file.processes and is_endless(file.processes[name]):
        return name
    return None


def _is_pid(text: str, nodes: Collection[str]) -> bool:
    home, _, serial = text.rpartition(".")
    return home in nodes and re.fullmatch("[1-9][0-9]{0,8}", serial) is not None


# --------------------------------------------------------------------------------------------- processes and the script


def _check_file(subject: _Subject, name: str, file: schema.FileDefinition) -> None:
    if (file.size is None) == (file.content is None):
        what = (
            Text("the file `{name}` has neither a size nor a content", name=name)
            if file.size is None
            else Text("the file `{name}` has both a size and a content", name=name)
        )
        meant = Text("Give it `size: 1 MiB`, or `content: text`.")
        raise InputError(what, subject.key("files", name), meant)


def _check_start(subject: _Subject, name: str, definition: schema.ProcessDefinition) -> None:
    until = subject.file.until
    if until is not None and definition.start is not None and definition.start > until:
        where = subject.where("processes", name, "start")
        raise InputError(
            Text("`{name}` would start at {start}", name=name, start=definition.start),
            where,
            Text("The run ends at {until}: see {place}.", until=until, place=subject.where("until")),
        )


def _check_arrivals(subject: _Subject, name: str, definition: schema.ProcessDefinition) -> None:
    """Check that jobs that come one after the other take some time, and that what is drawn for them can be."""
    arrivals, path = definition.arrivals, ("processes", name, "arrivals")
    if arrivals is None:
        return
    _check_drawn(subject, arrivals.every, (*path, "every"), Text("Jobs come one after the other: `50 ms`."))
    for argument, values in arrivals.vary.items():
        where = subject.key(*path, "vary", argument)
        if isinstance(definition.args, tuple) and definition.args:
            raise InputError(Text("only arguments with names can vary"), where, Text("Give `args` as a mapping."))
        if not values:
            raise InputError(
                Text("there is no value for `{argument}`", argument=argument), where, Text("List some: `[1000, 2000]`.")
            )


def _check_snapshot(subject: _Subject, path: Path, snapshot: schema.SnapshotKeys) -> None:
    """Check that a way of recording a snapshot has what it needs, and nothing else."""
    clocks, several = snapshot.way == "clocks", isinstance(snapshot.from_, tuple) and len(snapshot.from_) > 1
    for wrong, key, what, meant in (
        (
            clocks and snapshot.at is None,
            "way",
            Text("clocks that are to show nothing"),
            Text("Say when they are read: `at: 3 s`."),
        ),
        (
            clocks and snapshot.from_ is not None,
            "from",
            Text("nobody begins a snapshot by clocks"),
            Text("Leave `from` out."),
        ),
        (
            not clocks and snapshot.at is not None,
            "at",
            Text("only clocks are read `at` an instant"),
            Text("Add `way: clocks`."),
        ),
        (snapshot.way == "poll" and several, "from", Text("a poll has one observer"), Text("Name one node.")),
    ):
        if wrong:
            raise InputError(what, subject.key(*path, key), meant)
    _check_instant(subject, snapshot.at, (*path, "at"))


def _check_step(subject: _Subject, index: int, step: schema.Step) -> None:
    path: Path = ("script", index)
    verbs = [name for name in schema.VERB_NAMES if getattr(step, name) is not None]
    if not verbs:
        raise InputError(
            Text("this step does nothing"),
            subject.key(*path),
            Text("Add one verb: {verbs}.", verbs=", ".join(schema.VERB_NAMES)),
        )
    if len(verbs) > 1:
        where = subject.key(*path, verbs[1])
        raise InputError(
            Text("this step has two verbs, `{one}` and `{other}`", one=verbs[0], other=verbs[1]),
            where,
            Text("Make it two steps; they may share one `at`."),
        )
    _check_timing(subject, path, step)
    _check_instant(subject, step.at, (*path, "at"))
    for key, when in (("when", step.when), ("whenever", step.whenever)):
        if when is not None:
            _check_condition(subject, (*path, key), when)
    if step.stay is not None and (step.stay.process is None) == (step.stay.node is None):
        what = (
            Text("this names nobody who should stay")
            if step.stay.process is None
            else Text("this names two who should stay")
        )
        raise InputError(what, subject.key(*path, "stay"), Text("Write `{process: P}` or `{node: n1}`."))
    if isinstance(step.snapshot, schema.SnapshotKeys):
        _check_snapshot(subject, (*path, "snapshot"), step.snapshot)
    if step.ask is not None:
        _check_question(subject, (*path, "ask"), step.ask)
    if step.set is not None:
        _check_change(subject, (*path, "set"), step.set)
    match step.partition:
        case tuple():
            _check_sides(subject, (*path, "partition"), step.partition, None)
        case schema.PartitionKeys():
            _check_partition(subject, (*path, "partition"), step.partition)
        case None:
            pass
    match step.heal:
        case tuple():
            _check_sides(subject, (*path, "heal"), step.heal, None)
        case schema.HealKeys():
            _check_sides(subject, (*path, "heal"), step.heal.nodes, step.heal.others)
        case True | None:
            pass


def _check_question(subject: _Subject, path: Path, ask: schema.AskKeys) -> None:
    """Check that there is one way to answer, and that the right answer is among the choices."""
    if ask.figure is not None and ask.choices:
        what = Text("`figure` does not go with `choices`")
        raise InputError(what, subject.key(*path, "figure"), Text("The answer is a number, or one of the choices."))
    if ask.correct is not None and ask.correct > len(ask.choices):
        what = Text("there is no choice {number}", number=ask.correct)
        meant = Text("`correct` is the number of one of the {count} choices, from 1.", count=len(ask.choices))
        raise InputError(what, subject.where(*path, "correct"), meant)


def _check_grade(subject: _Subject) -> None:
    """Check that a submission has one place, and that what marks are given for can be."""
    grade = subject.file.grade
    if grade is None:
        return
    if bool(grade.into) == bool(grade.take):
        what = (
            Text("`grade` says nothing of where a submission goes")
            if not grade.into
            else Text("`into` does not go with `take`")
        )
        meant = Text("Add `into: {cluster.policy.load-sharing: Policy}` for Python, or `take: [script]` for scenarios.")
        raise InputError(what, subject.key("grade"), meant)
    for number, mark in enumerate(grade.marks):
        for index, expectation in enumerate(mark.expect):
            _check_expectation(subject, ("grade", "marks", number, "expect", index), expectation)


def _check_timing(subject: _Subject, path: Path, step: schema.Step) -> None:
    """Check that it is said once when a step is due, and that what comes again and again can."""
    given = [key for key in ("at", "when", "whenever", "every") if getattr(step, key) is not None]
    if not given:
        meant = Text("Give it `at: 500 ms`, `every: 8 s`, `when: {event: ...}` or `whenever: {event: ...}`.")
        raise InputError(Text("this step has no time"), subject.key(*path), meant)
    if len(given) > 1 and given != ["at", "every"]:
        what = Text("this step has both `{one}` and `{other}`", one=given[0], other=given[1])
        raise InputError(what, subject.key(*path), Text("Give it one of them; only `at` and `every` go together."))
    if step.jitter is not None:
        if step.every is None:
            raise InputError(
                Text("`jitter` goes with `every`"), subject.key(*path, "jitter"), Text("Add `every: 8 s`.")
            )
        if step.jitter > step.every:
            what = Text("a jitter of {jitter} is more than {every}", jitter=step.jitter, every=step.every)
            raise InputError(
                what, subject.where(*path, "jitter"), Text("One time would come before the one before it.")
            )
    _check_positive(subject, step.every, (*path, "every"), Text("Some time must pass in between: `8 s`."))
    if step.spawn is not None and (step.every is not None or step.whenever is not None):
        what = Text("this would start `{name}` again and again", name=step.spawn.name)
        meant = Text("Two processes cannot have one name. Jobs that keep coming are `processes` with `arrivals`.")
        raise InputError(what, subject.key(*path, "spawn"), meant)


def _check_change(subject: _Subject, path: Path, change: schema.Change) -> None:
    """Check that something is to change, and somewhere."""
    if change == schema.Change(on=change.on):
        raise InputError(
            Text("this changes nothing"), subject.key(*path), Text("Write `{strategy: precopy}`, for example.")
        )
    if change.on == ():
        raise InputError(
            Text("this names no node"), subject.where(*path, "on"), Text("Write `on: n1`, or leave it out: for all.")
        )
    if change.on is not None and change.redirection is not None:
        what = Text("redirection cannot be set for some nodes only")
        raise InputError(
            what, subject.key(*path, "redirection"), Text("All nodes must redirect alike: leave `on` out.")
        )
    _check_policy(subject, path, change, (*path, "migration"), change.migration)


def _check_instant(subject: _Subject, at: Duration | None, path: Path) -> None:
    until = subject.file.until
    if at is not None and until is not None and at > until:
        raise InputError(
            Text("this step would come at {at}", at=at),
            subject.where(*path),
            Text("The run ends at {until}: see {place}.", until=until, place=subject.where("until")),
        )


def _check_condition(subject: _Subject, path: Path, when: schema.When) -> None:
    fields = subject.kinds[when.event]
    if when.process is not None and not {"pid", "process"} & set(fields):
        raise InputError(
            Text("`{event}` tells of no process", event=when.event),
            subject.key(*path, "process"),
            Text("Leave `process` out."),
        )
    if when.pages is not None and "pages" not in fields:
        raise InputError(
            Text("`{event}` tells of no pages", event=when.event),
            subject.key(*path, "pages"),
            Text("Leave `pages` out."),
        )
    if when.pages is not None and when.count != 1:
        meant = Text("Wait for the Nth event, or for so many pages.")
        raise InputError(Text("`count` and `pages` do not go together"), subject.key(*path, "count"), meant)
    own = [key for key in schema.When.__struct_encode_fields__ if key != schema.FURTHER_KEYS[schema.When]]
    for key in when.fields:
        if key not in fields and key not in STREAM_FIELDS:
            known = list(dict.fromkeys((*own, *fields)))
            raise InputError(
                Text("`{key}` is not a field of `{event}`", key=key, event=when.event),
                subject.key(*path, key),
                did_you_mean(key, known, Text("keys that fit here")),
            )


def _check_partition(subject: _Subject, path: Path, partition: schema.PartitionKeys) -> None:
    if partition.from_ is None and partition.to is None:
        if partition.nodes is None:
            raise InputError(
                Text("this partition names no nodes"),
                subject.key(*path),
                Text("Write `[n1, n2]`, or `{nodes: [n1], others: [n2]}`."),
            )
        _check_sides(subject, path, partition.nodes, partition.others)
        return
    if partition.nodes is not None or partition.others is not None:
        raise InputError(
            Text("`from` and `to` do not go with `nodes` and `others`"),
            subject.key(*path),
            Text("Use one pair of them."),
        )
    if partition.from_ is None or partition.to is None:
        raise InputError(
            Text("`from` and `to` belong together"), subject.key(*path), Text("Write `{from: n1, to: n2}`.")
        )
    _check_sides(subject, path, _as_tuple(partition.from_), _as_tuple(partition.to))


def _as_tuple(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def _check_sides(subject: _Subject, path: Path, nodes: tuple[str, ...], others: tuple[str, ...] | None) -> None:
    """Check that there is a node on each side of a cut, and none on both."""
    if others is None:
        others = tuple(name for name in subject.file.cluster.nodes if name not in nodes)
    if not nodes or not others:
        raise InputError(
            Text("there is no node on one side of this {key}", key=path[-1]),
            subject.where(*path),
            Text("Each side needs one."),
        )
    both = [name for name in nodes if name in others]
    if both:
        raise InputError(
            Text("`{node}` is on both sides of this {key}", node=both[0], key=path[-1]),
            subject.where(*path),
            Text("A node is on one side."),
        )


# --------------------------------------------------------------------------------------------------------- expectations


def _check_expectation(subject: _Subject, path: Path, expectation: schema.AnyExpectation) -> None:
    match expectation:
        case schema.ProcessExpectation():
            _check_process_expectation(subject, path, expectation)
        case schema.TurnaroundExpectation(turnaround=bound):
            means = bound.mean_above, bound.mean_below
            if means == (None, None) or bound.above is not None or bound.below is not None:
                _check_bounds(subject, (*path, "turnaround"), "above", bound.above, "below", bound.below)
            if means != (None, None):
                means_path = (*path, "turnaround")
                _check_bounds(subject, means_path, "mean-above", bound.mean_above, "mean-below", bound.mean_below)
        case schema.EventExpectation():
            _check_event_expectation(subject, path, expectation)
            if expectation.count is not None and (expectation.at_least is not None or expectation.at_most is not None):
                meant = Text("`count` is the exact number; the other two are bounds.")
                raise InputError(
                    Text("`count` does not go with `at-least` and `at-most`"), subject.key(*path, "count"), meant
                )
            if _exceeds(expectation.at_least, expectation.at_most):
                raise _impossible(subject, path, "at-least", "at-most")
        case schema.MigrationsExpectation(migrations=which):
            _check_one_kind_of_limit(subject, (*path, "migrations"), which)
        case schema.PagesExpectation(pages=pages):
            _check_one_kind_of_limit(subject, (*path, "pages"), pages)
        case schema.FaultsExpectation(page_faults=faults):
            _check_one_kind_of_limit(subject, (*path, "page-faults"), faults)
        case (
            schema.EvictionsExpectation()
            | schema.FreezeExpectation()
            | schema.ResidualExpectation()
            | schema.SnapshotExpectation()
            | schema.InvariantsExpectation()
        ):
            pass


def _check_one_kind_of_limit(
    subject: _Subject, path: Path, limits: schema.MigrationFilter | schema.PagesBound | schema.FaultsBound
) -> None:
    if limits.count is not None and (limits.at_least is not None or limits.at_most is not None):
        meant = Text("`count` is the exact number; the other two are bounds.")
        raise InputError(Text("`count` does not go with `at-least` and `at-most`"), subject.key(*path, "count"), meant)
    if _exceeds(limits.at_least, limits.at_most):
        raise _impossible(subject, path, "at-least", "at-most")


def _check_event_expectation(subject: _Subject, path: Path, expectation: schema.EventExpectation) -> None:
    """Check that events of this kind have what is demanded of them."""
    fields = subject.kinds[expectation.event]
    if expectation.process is not None and not {"pid", "process"} & set(fields):
        what = Text("`{event}` tells of no process", event=expectation.event)
        raise InputError(what, subject.key(*path, "process"), Text("Leave `process` out."))
    own = [key for key in schema.EventExpectation.__struct_encode_fields__ if key != "fields"]
    for key in expectation.fields:
        if key not in fields and key not in STREAM_FIELDS:
            known = list(dict.fromkeys((*own, *fields)))
            raise InputError(
                Text("`{key}` is not a field of `{event}`", key=key, event=expectation.event),
                subject.key(*path, key),
                did_you_mean(key, known, Text("keys that fit here")),
            )


def _check_process_expectation(subject: _Subject, path: Path, expectation: schema.ProcessExpectation) -> None:
    keys = ("exit", "output", "signal", "state", "on", "same-as")
    if all(getattr(expectation, key.replace("-", "_")) is None for key in keys):
        raise InputError(
            Text("this says nothing of the process"),
            subject.key(*path),
            Text("Add one of {keys}.", keys=", ".join(keys)),
        )
    if expectation.exit is not None and expectation.signal is not None:
        meant = Text("A process ends by itself, with a status, or by a signal.")
        raise InputError(Text("`exit` and `signal` do not go together"), subject.key(*path, "signal"), meant)
    if expectation.signal is not None and expectation.signal not in signal.Signals.__members__:
        known = [name for name in signal.Signals.__members__ if not name.startswith("SIGRT")]
        where = subject.where(*path, "signal")
        what = Text("there is no signal `{signal}`", signal=shorten(expectation.signal))
        raise InputError(what, where, did_you_mean(expectation.signal, known, Text("signals")))


def _exceeds(least: schema.CountLimit | None, most: schema.CountLimit | None) -> bool:
    """Tell whether nothing can be within limits; what other runs show is not known yet."""
    return isinstance(least, int) and isinstance(most, int) and least > most


def _check_bounds(
    subject: _Subject, path: Path, low: str, least: schema.SpanLimit | None, high: str, most: schema.SpanLimit | None
) -> None:
    if least is None and most is None:
        raise InputError(
            Text("this {key} has no limit", key=path[-1]),
            subject.key(*path),
            Text("Add `{high}: 2 s`, or `{low}`.", high=high, low=low),
        )
    if isinstance(least, int) and isinstance(most, int) and least >= most:
        raise _impossible(subject, path, low, high)


def _impossible(subject: _Subject, path: Path, low: str, high: str) -> InputError:
    return InputError(
        Text("`{low}` is above `{high}`", low=low, high=high), subject.key(*path, low), Text("Nothing can be both.")
    )
