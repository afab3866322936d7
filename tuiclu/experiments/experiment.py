"""The experiment: one program on a small cluster, run once without moving it and then once by each strategy.

```
 n1  where it starts; for `scan` it has frames for four fifths of the pages only, so that some lie on its disk
 n2  where it goes; roomy
 n3  idle: a disk to flush to (`--set cluster.migration.flush-to=n3`)
```
All is one scenario, and a strategy is one word in it: whatever differs between two rows is that strategy's doing. A second run of each
kills n1 one second after the process has gone on.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from nodes.programs import CATALOGUE, Program
from nodes.wire.image import PAGE_BYTES
from nodes.wire.reasons import fields_of, text_in
from nodes.wire.text import Text, sentences
from nodes.wire.users_code import UsersModules
from tuiclu.errors import EmulatorError, InputError, did_you_mean
from tuiclu.inputs import is_file
from tuiclu.language.quantities import Bandwidth, Duration, Quantity, QuantityError
from tuiclu.scenario import runner, schema
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import STDIN, Scenario, load_scenario

SOURCE, DESTINATION = "n1", "n2"
DEFAULT_PROGRAM = "scan"
DEFAULT_ARGUMENTS: dict[str, dict[str, int]] = {
    "scan": {"pages": 500, "hot": 40, "writes": 30, "accesses": 900_000, "seed": 1, "cold": 4000}
}
"""Where they differ from the program's own: with these a process has a working set, and a life before the move and after it."""
DEFAULT_BANDWIDTH, DEFAULT_LATENCY = "100 Mbit/s", "500 us"
ROOMY_BYTES = 64 << 20
SHARE_IN_FRAMES = 4, 5
"""How much of what `scan` writes to has a frame at the source."""
FRAMES_BESIDE = 24
"""For the program itself and its stack."""
NOTICED_S = 0.001
"""By how much later an answer comes that is late."""
AFTERMATH_S = 1
"""So long after the process has gone on, the source is killed, where it is."""
PATIENCE, LONG_PATIENCE = "2 min", "60 min"
"""Virtual time in which the program has to end at home, and when it was moved: over a slow wire that can take long."""


class Question(msgspec.Struct, frozen=True):
    """What is to be compared."""

    program: str = DEFAULT_PROGRAM
    args: dict[str, str] | tuple[str, ...] = {}
    """By name, or as a list that reaches `main` as argv[1..]."""
    strategies: tuple[str, ...] = schema.STRATEGIES
    at_ns: int | None = None
    """The instant of the move; None: half of its life at home."""
    bandwidth: str = DEFAULT_BANDWIDTH
    latency: str = DEFAULT_LATENCY
    settings: tuple[str, ...] = ()
    """`PATH=VALUE`, as `--set` has them."""
    seed: int = 0
    kills: bool = True
    """Run each strategy once more, and kill the source after the move."""
    allowed: UsersModules = UsersModules()
    """Modules of a user's own strategies and policies that may be executed."""


class AtHome(msgspec.Struct, frozen=True):
    """The process that did not move: what the others are measured by."""

    turnaround_s: float
    cpu_s: float
    page_wait_s: float
    output: str
    exit_code: int
    instructions: int


class Death(msgspec.Struct, frozen=True):
    """What came of the process when its source was killed a second after it had gone on."""

    fate: str
    """`survives`, with the right answer; `slowed`: it does, but later; `cut off`: it lives, and ends otherwise, for want of its links;
    `dies`; or `ended`: it had done its work before."""
    reason: str = ""
    """Of what it died."""
    later_s: float = 0.0
    """How much longer it took than without the crash; or, if it dies, how long after the crash."""
    rule: str = ""
    """Of the reason: to tell it in other languages."""
    numbers: dict[str, Any] = {}


class Row(msgspec.Struct, frozen=True):
    """One strategy. Seconds of virtual time; None where the migration did not come so far."""

    strategy: str
    outcome: str | None
    reason: str
    """Why it was not completed."""
    freeze_s: float | None
    transfer_s: float | None
    """From the acceptance of the offer until the process goes on."""
    source_free_s: float | None
    """From the acceptance until the source has no frame of it any more; None: not before the process ends."""
    bytes_on_wire: int
    pages_before_resume: int
    pages_after_resume: int
    pages_resent: int
    remote_faults: int
    disk_faults: int
    fault_wait_s: float
    turnaround_s: float
    slowdown_s: float
    """How much longer it took, from start to end, than at home; negative: it took less."""
    residual: list[str]
    """On whom it depended when it had gone on."""
    rounds: list[int]
    """Pages in each set that went before it."""
    frozen_because: str
    source_dies: Death | None = None
    rule: str = ""
    """Of the reason: to tell it in other languages."""
    numbers: dict[str, Any] = {}


class Comparison(msgspec.Struct, frozen=True):
    """All that one question gave."""

    program: str
    args: list[str]
    at_s: float
    bandwidth_bps: int
    latency_s: float
    home: AtHome
    rows: list[Row]


def parse_arguments(program: str, text: str | None) -> dict[str, str] | tuple[str, ...]:
    """Read `--args`: `pages=300 hot=8`, or a list for an ELF file. Raises InputError."""
    if text is None:
        return {}
    where = f"--args {text}"
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(
            Text("this cannot be split into words: {why}", why=error), where, Text("Is a quote missing?")
        ) from None
    known = CATALOGUE.get(program)
    if known is None or not all("=" in word for word in words):
        return tuple(words)
    given = dict(word.split("=", 1) for word in words)
    for name in given:
        check_argument(known, name, where)
    return given


def check_argument(program: Program, name: str, where: str) -> None:
    """Raise InputError if a program has no argument of that name."""
    names = [parameter.name for parameter in program.parameters]
    if name not in names:
        meant = did_you_mean(name, names, Text("arguments of `{program}`", program=program.name))
        raise InputError(Text("`{program}` has no argument `{name}`", program=program.name, name=name), where, meant)


def check_question(question: Question) -> None:
    """Raise InputError for what the scenario's own checks would name at a place that the user has never seen."""
    if question.program not in CATALOGUE and not is_file(question.program):
        meant = sentences(
            did_you_mean(question.program, CATALOGUE, Text("programs")), Text("An ELF file is named by its path.")
        )
        raise InputError(Text("there is no program and no file `{name}`", name=question.program), None, meant)
    for name, value in question.args.items() if isinstance(question.args, dict) else ():
        if not value.isascii() or not value.isdigit():
            raise InputError(
                Text("the argument `{name}` cannot be `{value}`", name=name, value=value),
                "--args",
                Text("It is a whole number."),
            )
    for strategy in question.strategies:
        if strategy not in schema.STRATEGIES and ":" not in strategy:
            meant = did_you_mean(strategy, schema.STRATEGIES, Text("strategies"))
            raise InputError(
                Text("there is no strategy `{name}`", name=strategy),
                "--strategies",
                sentences(meant, Text("Or `module:Class`.")),
            )
    if not question.strategies:
        raise InputError(
            Text("no strategy is named"),
            "--strategies",
            Text("Name some of {strategies}.", strategies=",".join(schema.STRATEGIES)),
        )
    kinds: tuple[tuple[str, type[Quantity], str], ...] = (
        ("--bandwidth", Bandwidth, question.bandwidth),
        ("--latency", Duration, question.latency),
    )
    for option, kind, value in kinds:
        try:
            kind.parse(value)
        except QuantityError as error:
            raise InputError(error.what, f"{option} {value}", error.meant) from None


def compare(question: Question, tell: Callable[[str], object] = lambda _: None) -> Comparison:
    """Make all the runs. `tell` is told what is being run. Raises InputError where the question makes no sense."""
    check_question(question)
    tell("at home")
    at_home = _run(question, (), "at home")
    home = _at_home(at_home, question)
    at_ns = question.at_ns if question.at_ns is not None else round(home.turnaround_s * 10**9) // 2
    if at_ns >= home.turnaround_s * 10**9:
        life = Duration(round(home.turnaround_s * 10**9))
        raise InputError(
            Text("`{program}` has ended by then: at home it ends after {life}", program=question.program, life=life),
            f"--at {Duration(at_ns)}",
            Text("Choose an earlier instant, or give it more to do with --args."),
        )
    rows = []
    for strategy in question.strategies:
        tell(strategy)
        rows.append(_row(question, strategy, at_ns, home))
    settings = at_home.plan.network
    return Comparison(
        question.program,
        list(at_home.argv[1:]),
        at_ns / 10**9,
        settings.bandwidth_bps,
        settings.latency_ns / 10**9,
        home,
        rows,
    )


# ------------------------------------------------------------------------------------------------------------- the runs


class _Run(msgspec.Struct, frozen=True):
    """One run: what came of it, and of the process in it."""

    plan: Any
    outcome: runner.Outcome
    process: dict[str, Any]
    migration: dict[str, Any] | None
    argv: tuple[str, ...]


def scenario_text(question: Question, steps: Sequence[dict[str, Any]] = ()) -> str:
    """Return the scenario that a question asks about, with these steps."""
    args: Any = question.args
    nodes: dict[str, dict[str, str]] = {SOURCE: {}, DESTINATION: {}, "n3": {}}
    if isinstance(args, dict):
        args = effective_arguments(question)
        if question.program == "scan":
            written = int(args["pages"])
            frames = max(written * SHARE_IN_FRAMES[0] // SHARE_IN_FRAMES[1], int(args["hot"])) + FRAMES_BESIDE
            nodes[SOURCE]["memory"] = f"{frames * PAGE_BYTES} B"
    scenario = {
        "title": f"compare {question.program}",
        "seed": question.seed,
        "cluster": {
            "network": {"kind": "switch", "bandwidth": question.bandwidth, "latency": question.latency},
            "defaults": {
                "mips": 10,
                "memory": f"{ROOMY_BYTES} B",
                "disk": {"latency": "1 ms", "bandwidth": "400 Mbit/s"},
            },
            "nodes": nodes,
        },
        "processes": {"P": {"program": question.program, "args": args, "on": SOURCE}},
        "script": list(steps),
        "until": LONG_PATIENCE if steps else PATIENCE,
    }
    return "tuiclu: 1\n" + "".join(f"{key}: {json.dumps(value)}\n" for key, value in scenario.items())


def effective_arguments(question: Question) -> dict[str, str]:
    """Return every named argument: as given, else as is good for a comparison, else the program's own default."""
    assert isinstance(question.args, dict)
    program = CATALOGUE.get(question.program)
    if program is None:
        return dict(question.args)
    own = {parameter.name: str(parameter.default) for parameter in program.parameters}
    ours = {name: str(value) for name, value in DEFAULT_ARGUMENTS.get(program.name, {}).items()}
    arguments = own | ours | question.args
    if program.name == "scan" and "hot" not in question.args:
        arguments["hot"] = str(max(1, min(int(arguments["hot"]), int(arguments["pages"]) // 4)))
    return arguments


def whole_scenario(question: Question) -> Scenario:
    """Return a scenario that names all that a question asks about: whose code would be executed can be seen in it.

    Raises InputError where the question makes no sense.
    """
    check_question(question)
    loaded = _load(question, [_move(strategy, at_ns) for at_ns, strategy in enumerate(question.strategies)])
    classes = [replace(one, where=_place(one.where)) for one in loaded.users.classes]
    return replace(loaded, users=replace(loaded.users, classes=tuple(classes)))


def _move(strategy: str, at_ns: int) -> dict[str, Any]:
    return {"at": f"{at_ns} ns", "migrate": {"process": "P", "to": DESTINATION, "strategy": strategy}}


def _load(question: Question, steps: Sequence[dict[str, Any]]) -> Scenario:
    with _at_no_place():
        loaded = load_scenario(STDIN, scenario_text(question, steps), question.settings)
    return replace(loaded, users=loaded.users.as_trusted(question.allowed))


@contextlib.contextmanager
def _at_no_place() -> Iterator[None]:
    """Raise InputErrors without their place in a scenario that no user has seen."""
    try:
        yield
    except InputError as error:
        raise InputError(error.what, error.where and _place(error.where), error.meant) from None


def _place(where: str) -> str:
    return Text("in the comparison's scenario") if where.startswith(f"{STDIN}:") else where


def _run(question: Question, steps: Sequence[dict[str, Any]], title: str) -> _Run:
    with _at_no_place():
        planned = plan(_load(question, steps))
        outcome = runner.run(planned, source=f"compare {question.program}, {title}")
    process = next((one for one in outcome.result["processes"] if one["name"] == "P"), None)
    migrations = outcome.result["migrations"]
    if process is None or process["home"] != SOURCE or (steps and not migrations):
        what = Text("P does not start on n1, or is not moved")
        raise InputError(what, "--set", Text("What is compared is how P moves from n1 to n2: that must stay."))
    if steps and process["turnaround_s"] is None:
        what = Text(
            "the process has not ended after {patience} of virtual time ({title})",
            patience=LONG_PATIENCE,
            title=title,
        )
        raise InputError(what, None, Text("Give it less to do with --args, or a faster wire with --bandwidth."))
    broken = [one for one in outcome.result["invariants"] if not one["ok"]]
    if broken:
        raise EmulatorError(f"the invariant {broken[0]['name']} was violated by {title}: {broken[0].get('detail')}")
    spawn = next(step.command for step in planned.steps)
    return _Run(planned, outcome, process, migrations[0] if migrations else None, getattr(spawn, "argv", ()))


def _at_home(run: _Run, question: Question) -> AtHome:
    process = run.process
    if process["turnaround_s"] is None:
        meant = Text("Give it less to do with --args.")
        raise InputError(
            Text(
                "`{program}` has not ended after {patience} of virtual time at home",
                program=question.program,
                patience=PATIENCE,
            ),
            None,
            meant,
        )
    if process["exit_code"] != 0:
        said = (process.get("errors") or process["output"]).strip().splitlines()
        why = said[0] if said else text_in(process)
        raise InputError(
            Text(
                "`{program}` does not end well at home ({reason}): {why}",
                program=question.program,
                reason=text_in(process),
                why=why,
            ),
            "--args",
        )
    return AtHome(
        process["turnaround_s"],
        process["cpu_s"],
        process["page_wait_s"],
        process["output"],
        process["exit_code"],
        process["instructions"],
    )


def _row(question: Question, strategy: str, at_ns: int, home: AtHome) -> Row:
    move = _move(strategy, at_ns)
    moved = _run(question, [move], strategy)
    _same_answer(moved.process, home, strategy)
    migration, process = moved.migration, moved.process
    assert migration is not None
    free_s = _source_free_s(migration)
    return Row(
        strategy=strategy,
        outcome=migration["outcome"],
        freeze_s=migration["freeze_s"],
        transfer_s=migration["transfer_s"],
        source_free_s=free_s,
        bytes_on_wire=migration["bytes_on_wire"],
        pages_before_resume=migration["pages_before_resume"],
        pages_after_resume=migration["pages_after_resume"],
        pages_resent=migration["pages_resent"],
        remote_faults=migration["remote_faults"],
        disk_faults=migration["disk_faults"],
        fault_wait_s=migration["fault_wait_s"],
        turnaround_s=process["turnaround_s"],
        slowdown_s=process["turnaround_s"] - home.turnaround_s,
        residual=migration["residual_at_resume"],
        rounds=[one["pages"] for one in migration["rounds"]],
        frozen_because=migration["frozen_because"],
        source_dies=_death(question, move, moved, home) if question.kills else None,
        **_why(migration if migration["outcome"] != "completed" else fields_of(None)),
    )


def _source_free_s(migration: dict[str, Any]) -> float | None:
    """Return how long after the acceptance the source had no frame of the process any more; None: not before it ended."""
    transfer_s: float | None = migration["transfer_s"]
    if transfer_s is None or SOURCE not in migration["residual_at_resume"]:
        return transfer_s
    if migration["residual_s"] is None or migration["residual_ended_with_process"]:
        return None
    residual_s: float = migration["residual_s"]
    return transfer_s + residual_s


def _death(question: Question, move: dict[str, Any], moved: _Run, home: AtHome) -> Death | None:
    """Move the process once more, and kill the source a second after it has gone on."""
    migration = moved.migration
    assert migration is not None
    if migration["resumed_s"] is None:
        return None
    end_s = moved.process["started_s"] + moved.process["turnaround_s"]
    if end_s <= migration["resumed_s"] + AFTERMATH_S + moved.plan.network.latency_ns / 10**9:
        return Death("ended")
    when = {"event": "migration.resumed", "process": "P", "after": f"{AFTERMATH_S} s"}
    killed = _run(question, [move, {"when": when, "crash": SOURCE}], f"{move['migrate']['strategy']}, killed")
    process = killed.process
    if process["exit_code"] == home.exit_code and process["output"] == home.output:
        _same_answer(process, home, f"{move['migrate']['strategy']}, killed")
        later_s = process["turnaround_s"] - moved.process["turnaround_s"]
        return Death("slowed" if later_s > NOTICED_S else "survives", later_s=later_s)
    crash_s = killed.outcome.result["faults"][0]["at_s"]
    fate = "cut off" if process["signal"] is None and process["exit_code"] is not None else "dies"
    later_s = process["started_s"] + process["turnaround_s"] - crash_s
    return Death(fate, later_s=later_s, **_why(process))


def _why(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the reason that a process or a migration gives."""
    return {name: fields[name] for name in ("reason", "rule", "numbers")}


def _same_answer(process: dict[str, Any], home: AtHome, title: str) -> None:
    """What is never to happen: a moved process that gives another answer than the one that stays."""
    moved = process["output"], process["exit_code"], process["instructions"]
    if moved != (home.output, home.exit_code, home.instructions):
        raise EmulatorError(f"moved by {title}, the process gives another answer than at home: {process['reason']}")
