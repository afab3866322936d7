"""What a scenario file may say: its types, and nothing that is done with them.

The parser reads files by these types, and the published JSON Schema is made from them; the strings below the attributes
are its descriptions. What a cluster needs of them as well is below: names, quantities and settings in `tuiclu.language`, verbs in
`tuiclu.cluster.commands`. To add an expectation, add a struct here and to `AnyExpectation`, and a row of `expectations.JUDGES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from msgspec import Meta, Struct, field

from nodes.wire.vocabulary import *
from tuiclu.cluster.commands import *
from tuiclu.language.launch import *
from tuiclu.language.names import *
from tuiclu.language.quantities import Duration, Size
from tuiclu.language.settings import *

FORMAT = 1
"""The version of this format: the value of `tuiclu:`."""
MAX_NODES = 250
MIN_MEMORY_BYTES = 16 * 1024
MAX_SEED = 2**63 - 1

Outcome = Literal["completed", "refused", "aborted", "lost", "unfinished"]
ProcessState = Literal["new", "ready", "running", "blocked", "stopped", "frozen", "exited", "lost"]
"""How a process can be when the run has ended; `lost`: it went down with its node."""


# ------------------------------------------------------------------------------------------------------------ processes


class Arrivals(Part, frozen=True):
    """Jobs that come one after the other, at instants that are drawn from the seed."""

    every: Duration
    """The mean time between two of them."""
    batch: Annotated[int, Meta(ge=1, le=100)] = 1
    """How many come together each time."""
    spread: Literal["exponential", "uniform", "regular"] = "exponential"
    """`exponential`: a Poisson process; `uniform`: from half to one and a half times the mean; `regular`: always the same time."""
    nodes: Literal["at-random", "in-turn"] = "at-random"
    """Which of the nodes in `on` gets the next one."""
    vary: dict[str, tuple[Argument, ...]] = {}
    """By the name of an argument: the values of which one is drawn for each."""


class ProcessDefinition(Launch, frozen=True, kw_only=True):
    """A process; with `count`, or a list in `on`, several of one kind: P1, P2, ... on the nodes in turn."""

    on: NodeName | tuple[NodeName, ...]
    count: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    start: Duration | None = None
    """The instant at which it is created; without it, 0."""
    arrivals: Arrivals | None = None
    """They come one after the other, the first some time after `start`; without `count` there is no end of them."""


# --------------------------------------------------------------------------------------------------------- expectations


class Beside(Struct, frozen=True):
    """A limit that is seen in another run of the scenario."""

    run: str
    percent: int = 100
    """How many hundredths of what is seen there."""

    def __str__(self) -> str:
        return self.run if self.percent == 100 else f"{self.percent} % of {self.run}"


class Span:
    """Base of limits that are durations where no other run is named."""


if TYPE_CHECKING:
    SpanLimit = Duration | Beside
    CountLimit = int | Beside
else:

    class SpanLimit(Span):
        """A duration; or what is seen in another run (`compare`), by its name: `eager`, or a share of it: `50 % of eager`."""

    class CountLimit:
        """A whole number; or what is seen in another run (`compare`), by its name: `eager`, or a share of it: `50 % of eager`."""


class ProcessExpectation(Part, frozen=True):
    """How a process is in the end: each key that is given must hold."""

    process: Processes
    exit: Annotated[int, Meta(ge=0, le=255)] | None = None
    """Its exit status."""
    output: str | None = None
    """All that it wrote, to standard output and standard error."""
    signal: str | None = None
    """The signal that ended it: `SIGKILL`."""
    state: ProcessState | None = None
    on: NodeName | None = None
    """The node where it is, or was last."""
    same_as: RunName | None = None
    """A run of `compare` in which it ends in the same way, with the same output."""


class MigrationFilter(Part, frozen=True):
    """Which migrations, and how many of them; without `count`, at least one."""

    of: Processes | None = None
    outcome: Outcome | None = None
    strategy: Strategy | None = None
    initiated_by: Literal["user", "os", "process", "eviction", "shutdown"] | None = None
    refused_at: Annotated[int, Meta(ge=0, le=7)] | None = None
    """The step of the negotiation."""
    to: NodeName | None = None
    frozen_because: Literal["few pages left", "freeze goal", "no gain", "round limit"] | None = None
    """The rule by which precopy ended its rounds."""
    count: CountLimit | None = None
    at_least: CountLimit | None = None
    at_most: CountLimit | None = None


class MigrationsExpectation(Part, frozen=True):
    """How many migrations there were."""

    migrations: MigrationFilter


class FreezeBound(Part, frozen=True):
    """The limit, and for which process; without `of`, for every one that moved."""

    below: SpanLimit
    of: Processes | None = None


class FreezeExpectation(Part, frozen=True):
    """For how long a process stood still at a time, from its freezing until it went on, whatever it was to be moved for."""

    freeze: FreezeBound


class PagesBound(Part, frozen=True):
    """Limits for a number in the results of each completed migration of a process; without a limit, at least 1."""

    of: Processes
    figure: Literal["before-resume", "after-resume", "resent", "kept", "remote-faults", "disk-faults", "rounds"]
    """Pages that went before the process went on, or after; that went more than once; that were left behind. Faults served from another
    node's memory, or from a disk. Sets of pages that were sent."""
    strategy: Strategy | None = None
    """Only of migrations by this strategy."""
    to: NodeName | None = None
    """Only of migrations to this node."""
    count: CountLimit | None = None
    at_least: CountLimit | None = None
    at_most: CountLimit | None = None


class PagesExpectation(Part, frozen=True):
    """How many pages went, when, and why."""

    pages: PagesBound


class FaultsBound(Part, frozen=True):
    """How many pages had to be brought into a frame for each of these processes; without a limit, at least 1."""

    of: Processes
    count: CountLimit | None = None
    at_least: CountLimit | None = None
    at_most: CountLimit | None = None


class FaultsExpectation(Part, frozen=True):
    """How often a page was missing: new, of the program, on a disk or on another node."""

    page_faults: FaultsBound


class ResidualDependencies(Part, frozen=True):
    """On whom a process depended when it had gone on, for pages or for its mail; without nodes, on nobody."""

    of: Processes
    strategy: Strategy | None = None
    """Only after migrations by this strategy."""
    to: NodeName | None = None
    """Only after migrations to this node."""
    memory: tuple[NodeName, ...] = ()
    """The nodes that had pages of it in memory."""
    disk: tuple[NodeName, ...] = ()
    """The nodes that had pages of it on disk."""
    mail: tuple[NodeName, ...] = ()
    """The nodes that passed on mail of its links."""


class ResidualExpectation(Part, frozen=True):
    """Whom a process still needed after it had moved."""

    residual: ResidualDependencies


class TurnaroundBound(Part, frozen=True):
    """The limits, and of which process."""

    of: Processes
    below: SpanLimit | None = None
    above: SpanLimit | None = None
    mean_below: SpanLimit | None = None
    """Of all of them together."""
    mean_above: SpanLimit | None = None


class TurnaroundExpectation(Part, frozen=True):
    """From the start of a process to its end."""

    turnaround: TurnaroundBound


class EventExpectation(Part, frozen=True):
    """How many events of a kind there were; without a number, at least one."""

    event: EventKind
    process: Processes | None = None
    """The process that the event is about, or one of them."""
    node: NodeName | None = None
    """The node where it happens."""
    count: CountLimit | None = None
    at_least: CountLimit | None = None
    at_most: CountLimit | None = None
    fields: dict[str, str | int | float | bool] = {}
    """Any further key is a field of the event, and the value that it must have."""


FURTHER_KEYS: dict[type, str] = {When: "fields", EventExpectation: "fields"}
"""Structs that take keys beyond their own, and the attribute that collects these."""


class EvictionFilter(Part, frozen=True):
    """Which evictions, and how they went."""

    of: NodeName
    policy: Eviction | None = None
    count: Annotated[int, Meta(ge=1)] | None = None
    """So many; without it, at least one."""
    within: SpanLimit | None = None
    """Each was over within this time."""
    remain: Annotated[int, Meta(ge=0)] | None = None
    """How many guests were left there, all together."""


class EvictionsExpectation(Part, frozen=True):
    """Guests had to leave a node."""

    evictions: EvictionFilter


class SnapshotExpectation(Part, frozen=True):
    """What a snapshot came to: each key that is given must hold."""

    snapshot: Annotated[int, Meta(ge=1)]
    """Its number in the run, from 1."""
    outcome: Literal["completed", "failed", "unfinished"] = "completed"
    consistent: bool | None = None
    """Whether no message is received in it that is not sent."""
    totals: dict[str, int] | None = None
    """What processes and messages have together, of each quantity that is named."""


class InvariantsExpectation(Part, frozen=True):
    """No invariant was ever violated."""

    invariants: Literal["hold"]


AnyExpectation = (
    ProcessExpectation
    | MigrationsExpectation
    | FreezeExpectation
    | PagesExpectation
    | FaultsExpectation
    | ResidualExpectation
    | TurnaroundExpectation
    | EventExpectation
    | EvictionsExpectation
    | SnapshotExpectation
    | InvariantsExpectation
)

EXPECTATIONS: dict[str, type[Part]] = {
    struct.__struct_encode_fields__[0]: struct for struct in get_args(AnyExpectation)
}
"""By the key that tells an expectation from the others."""

if TYPE_CHECKING:
    Expectation = AnyExpectation
else:

    class Expectation:
        """`AnyExpectation` for msgspec, which knows no union of structs that differ in their keys."""


# ---------------------------------------------------------------------------------------------- parameters, further runs


class ParameterDefinition(Part, frozen=True):
    """A parameter of a scenario, which `--param NAME=VALUE` sets; it is used as `$NAME`, as a value or within a text."""

    default: Argument
    kind: Literal["whole-number", "number", "switch", "text", "duration", "size", "bandwidth", "speed"] | None = None
    """What values it may have; without it, such as the default is one."""
    at_least: Argument | None = None
    """In the same unit."""
    at_most: Argument | None = None
    choices: tuple[Argument, ...] = ()
    """All that it may be."""
    about: Text = ""
    value: Argument | None = None
    """What it is instead of the default: settings are entered here."""


if TYPE_CHECKING:
    Anything = object
else:

    class Anything:
        """Whatever may stand at the place that is set."""


class ComparedRun(Part, frozen=True):
    """A further run of a scenario: an experiment beside it, or what it is measured by."""

    set: dict[str, Anything]
    """What is different in it: values by their paths, as in `--set`."""
    about: Text = ""
    expect: tuple[Expectation, ...] = ()
    """What is expected of that run, where it is made for itself (`--variant`); limits may name the run `as-written`."""


class GradedMark(Part, frozen=True):
    """What points are given for."""

    points: Annotated[int, Meta(ge=1, le=1000)]
    """In equal parts for all runs of it, rounded down."""
    about: Text = ""
    set: dict[str, Anything] = {}
    """What is different in its runs: values by their paths."""
    seeds: tuple[Annotated[int, Meta(ge=0, le=MAX_SEED)], ...] = ()
    """A run with each; without it, with each of the lesson's."""
    faults: Annotated[int, Meta(ge=0, le=1000)] = 0
    """With each seed so many runs instead, each struck by a fault at an instant at which it hurts a migration; which, nobody can choose."""
    expect: tuple[Expectation, ...] = ()
    """What must hold at the end of each run; without it, what the lesson expects."""


class Grade(Part, frozen=True):
    """How a submission is marked, by `tuiclu grade`."""

    seeds: tuple[Annotated[int, Meta(ge=0, le=MAX_SEED)], ...] = (0,)
    into: dict[str, Annotated[str, Meta(extra_json_schema={"pattern": VARIABLE_PATTERN})]] = {}
    """Where a submission in Python goes: paths, and the name of the class there: `{cluster.policy.load-sharing: Policy}`."""
    take: tuple[str, ...] = ()
    """What is taken of a submission that is a scenario: paths, such as `script` and `cluster.policy`."""
    marks: tuple[GradedMark, ...] = ()


AS_WRITTEN = "as-written"
"""The run of a scenario as its file says, beside which a variant is seen."""


# ------------------------------------------------------------------------------------------------------------- the file


class FileDefinition(Part, frozen=True):
    """A file that lies on the disk of one node, and that processes everywhere can read: by its name."""

    on: NodeName
    size: Size | None = None
    """Its bytes are pseudo-random then."""
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] = 0
    content: Annotated[str, Meta(min_length=1)] | None = None
    """Its text, in place of a size."""


class ScenarioFile(Part, frozen=True, kw_only=True):
    """A scenario of tuiclu: a cluster, the processes on it, what is done to them and what must come of it."""

    tuiclu: Literal[1]
    """The version of this format."""
    title: Text = ""
    about: Text = ""
    """What to watch for, in a few sentences."""
    pace: LessonPace | None = None
    """On the screen: `lecture` waits for a key after each `say` and slows migrations down; `auto` waits for as long as reading takes;
    `real`, the default, does neither. The demos go at the pace of a lecture. It changes no event."""
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] = 0
    """Of all that is random; equal seeds give equal runs."""
    include: str | tuple[str, ...] = ()
    """Scenarios, by their paths from here, whose parameters, clusters, files and processes come before those of this one."""
    params: dict[ParameterName, ParameterDefinition | str | int | float | bool] = {}
    """What can be set from outside, with defaults: `limit: 20000`, or `limit: {default: 20000, at-most: 100000}`. Used as `$limit`."""
    cluster: Cluster
    from_: str | None = field(name="from", default=None)
    """A snapshot, from which runs go on: of the script, those steps are done that the run of which it was taken did not have."""
    files: dict[FileName, FileDefinition] = {}
    """Files that lie on nodes, by their names: `big.dat: {on: n2, size: 1 MiB}`."""
    processes: dict[NewProcessName, ProcessDefinition] = {}
    script: tuple[Step, ...] = ()
    until: Duration | None = None
    """An upper bound of virtual time; a run ends by itself when nothing is left to happen."""
    expect: tuple[Expectation, ...] = ()
    """What must hold at the end; it decides the exit status."""
    compare: dict[NewRunName, ComparedRun] = {}
    """Further runs, with other settings: limits of expectations may name them, and `--variant NAME` makes one for itself."""
    tell: tuple[Literal["control-blocks"], ...] = ()
    """What is told at the end beside the tables. `control-blocks`: of each process that has moved, its control block and its links, before
    and after."""
    grade: Grade | None = None
    """How a student's submission is marked."""
