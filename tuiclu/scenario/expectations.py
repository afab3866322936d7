"""Whether what a scenario expects has come true: a verdict in words over the results of a run.

Pure: takes the results as `tuiclu run --json` prints them, and the number of events of each kind. A verdict says what
was expected and, if it failed, what was seen instead and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from nodes.wire.reasons import text_in
from nodes.wire.text import Text
from tuiclu.counted import how_many
from tuiclu.language.quantities import Duration
from tuiclu.model.summary import STATES
from tuiclu.scenario import schema
from tuiclu.texts import LANGUAGES, told

Result = Mapping[str, Any]
"""The object that `tuiclu run --json` prints, or the parts of it that are looked at."""
Counts = Mapping[str, int]
"""How many events of each kind there were."""

SHOWN = 60
"""How many characters of an output are quoted."""


class Verdict(msgspec.Struct, frozen=True):
    text: str
    """What was expected; if it failed, also what was seen."""
    ok: bool


def judge(expectation: schema.AnyExpectation, result: Result, counts: Counts, lang: str = "en") -> Verdict:
    """Say whether `expectation` has come true.

    Groups in it are written out already (`compile.plan`), and what other runs set as limits is in it (`comparisons.measured`).
    """
    speaker = Speaker(lang)
    expected, failures = JUDGES[type(expectation)](expectation, result, counts, speaker)
    if not failures:
        return Verdict(expected, ok=True)
    shown = [*failures[:3], *([speaker("more", count=len(failures) - 3)] if len(failures) > 3 else [])]
    return Verdict(speaker("failed", expected=expected, seen="; ".join(shown)), ok=False)


PHRASES: dict[str, Text] = {
    "failed": Text("{expected}; but {seen}"),
    "more": Text("and {count} more"),
    "and": Text(" and "),
    "each": Text("each of {names}"),
    # a process
    "exits": Text("exits with status {exit}"),
    "writes": Text("writes {output}"),
    "is ended": Text("is ended by {signal}"),
    "is": Text("is {state} in the end"),
    "is on": Text("is on {on} in the end"),
    "unknown": Text("there was no process {name}"),
    "exited": Text("{name} exited with status {exit}{when}"),
    "was ended": Text("{name} was ended by {signal}{when}{why}"),
    "went down": Text("{name} was lost{when}{why}"),
    "was": Text("{name} was {state}{when}"),
    "was on": Text("{name} was on {on}{when}"),
    "wrote": Text("{name} wrote {output}"),
    "wrote line": Text("line {number} of what {name} wrote is {seen} instead of {wanted}"),
    "no line": Text("missing"),
    "at": Text(" at {instant}"),
    "at the end": Text(" when the run ended, at {instant}"),
    # migrations
    "migrations": Text("{which}: {number}"),
    "which": Text("{outcome} migrations {of} {strategy}"),
    "of": Text("of {names}"),
    "by": Text("by {strategy}"),
    "wanted by": Text("initiated by {value}"),
    "refused at": Text("refused at step {value}"),
    "to": Text("to {value}"),
    "exactly": Text("exactly {count}"),
    "at least": Text("at least {count}"),
    "at most": Text("at most {count}"),
    "were": Text("there were {count}"),
    "one migration": Text("migration {id} of {name} from {source} to {destination} by {strategy} {fate}{when}{why}"),
    "freeze": Text("{names} stands still for less than {below} in every migration"),
    "anyone": Text("every process that moves"),
    "froze": Text("{name} stood still for {span} in migration {id}, from {source} to {destination}"),
    "froze for nothing": Text("{name} stood still for {span}{when}, and was not moved"),
    # the pages of a migration
    "frozen because": Text("stopped by `{value}`"),
    "figure": Text("{figure} of {names}{by}, in every completed migration: {number}"),
    "by strategy": Text(" by {strategy}"),
    "had": Text("there were {number} in migration {id} of {name}, by {strategy}"),
    "page faults": Text("page faults of {names}, each: {number}"),
    "faulted": Text("{name} had {count}"),
    "depends": Text("{names} depends on {whom} when it goes on{by}"),
    "depended": Text("{name} depended on {whom} after migration {id}, by {strategy}"),
    "memory of": Text("the memory of {node}"),
    "disk of": Text("the disk of {node}"),
    "mail by": Text("mail that {node} passes on"),
    "nobody": Text("nobody"),
    "none": Text("there were no {which}"),
    # evictions
    "evictions": Text("evictions from {node}{policy}: {number}"),
    "each over": Text("each over within {span}"),
    "not over": Text("that of {at} was not over in the end"),
    "lasted": Text("that of {at} lasted {span}"),
    "were left": Text("{count} were left behind"),
    # snapshots
    "snapshot": Text("snapshot {id} {demands}"),
    "snapshot completed": Text("is completed"),
    "snapshot failed": Text("cannot be completed"),
    "snapshot unfinished": Text("is not over in the end"),
    "is consistent": Text("is consistent"),
    "not consistent": Text("is not consistent"),
    "has in all": Text("has {amount} of {quantity} in all"),
    "no snapshot": Text("there was no snapshot {id}"),
    "snapshot was": Text("it {demands}{why}"),
    # turnaround
    "on average": Text("{limits} on average"),
    "mean was": Text("the mean was {span}"),
    "turnaround": Text("{names} takes {limits} from start to end"),
    "less": Text("less than {span}"),
    "longer": Text("more than {span}"),
    "took": Text("{name} took {span}"),
    # the run
    "events": Text("events {kind}: {number}"),
    "invariants": Text("all invariants hold"),
    "violated": Text("{name} was violated{detail}"),
}
"""What verdicts say, by language."""

OUTCOMES: dict[str, Text] = {
    "completed": Text.of("migrations", "completed"),
    "refused": Text.of("migrations", "refused"),
    "aborted": Text.of("migrations", "aborted"),
    "lost": Text.of("migrations", "lost"),
    "unfinished": Text.of("migrations", "unfinished"),
}
"""Which migrations."""

INITIATED_BY: dict[str, Text] = {
    "user": Text.of("initiated by", "user"),
    "os": Text.of("initiated by", "os"),
    "process": Text.of("initiated by", "process"),
    "eviction": Text.of("initiated by", "eviction"),
    "shutdown": Text.of("initiated by", "shutdown"),
}
"""Who wanted a migration."""

FATES: dict[str, Text] = {
    "completed": Text("was completed"),
    "refused": Text("was refused"),
    "aborted": Text("was aborted"),
    "lost": Text("was lost"),
    "unfinished": Text("was still under way"),
}
"""What became of a migration."""


class Speaker:
    """Says the phrases of this module in one language; English if it does not know the language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang if lang in LANGUAGES else LANGUAGES[0]

    def __call__(self, phrase: str, **values: object) -> str:
        return told(PHRASES[phrase].filled(**values), self.lang)

    def state(self, state: str) -> str:
        return told(STATES.get(state, state), self.lang)

    def at(self, seconds: float) -> str:
        return self("at", instant=_span(seconds))

    def at_the_end(self, result: Result) -> str:
        return self("at the end", instant=_span(result["virtual_s"]))

    def all_of(self, parts: Sequence[str]) -> str:
        """Join parts to a list: `a, b and c`."""
        return self("and").join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)

    def names(self, names: Sequence[str]) -> str:
        return self.all_of(names) if len(names) <= 4 else f"{names[0]}, {names[1]} ... {names[-1]}"

    def subject(self, names: Sequence[str]) -> str:
        """Return the processes as the subject of a sentence in the singular."""
        return names[0] if len(names) == 1 else self("each", names=self.names(names))


Judgement = tuple[str, list[str]]
"""What is expected, and how it failed, if it did."""


def _names(names: schema.Processes) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def _span(seconds: float) -> Duration:
    return Duration(round(seconds * 10**9))


def _as_span(limit: schema.SpanLimit) -> Duration:
    """Return a limit that is no other run's."""
    assert isinstance(limit, Duration)
    return limit


def _beyond(span: Duration, least: schema.SpanLimit | None, most: schema.SpanLimit | None) -> bool:
    """Tell whether a span is not between these limits."""
    too_long = most is not None and span >= _as_span(most)
    return too_long or (least is not None and span <= _as_span(least))


def _find(name: str, result: Result) -> Mapping[str, Any] | None:
    """Return the process of this name or pid."""
    return next((process for process in result["processes"] if name in (process["name"], process["pid"])), None)


# ------------------------------------------------------------------------------------------------------------ a process


def _judge_process(expectation: schema.ProcessExpectation, result: Result, _counts: Counts, say: Speaker) -> Judgement:
    names = _names(expectation.process)
    wanted = {
        "exits": ("exit", expectation.exit),
        "writes": ("output", None if expectation.output is None else _quote(expectation.output)),
        "is ended": ("signal", expectation.signal),
        "is": ("state", None if expectation.state is None else say.state(expectation.state)),
        "is on": ("on", expectation.on),
    }
    parts = [say(phrase, **{key: value}) for phrase, (key, value) in wanted.items() if value is not None]
    failures = [failure for name in names for failure in _process_failures(name, expectation, result, say)]
    return f"{say.subject(names)} {say.all_of(parts)}", failures


def _process_failures(name: str, wanted: schema.ProcessExpectation, result: Result, say: Speaker) -> Iterator[str]:
    process = _find(name, result)
    if process is None:
        yield say("unknown", name=name)
        return
    wrong_exit = wanted.exit is not None and process["exit_code"] != wanted.exit
    wrong_signal = wanted.signal is not None and process["signal"] != wanted.signal
    wrong_state = wanted.state is not None and process["state"] != wanted.state
    if wrong_exit or wrong_signal or wrong_state:
        yield _ending(name, process, result, say)
    if wanted.output is not None and process["output"] != wanted.output:
        yield _output_failure(name, wanted.output, process["output"], say)
    if wanted.on is not None and process["node"] != wanted.on:
        yield say("was on", name=name, on=process["node"], when=say.at_the_end(result))


def _ending(name: str, process: Mapping[str, Any], result: Result, say: Speaker) -> str:
    """Say how a process ended, or how it was when the run did."""
    if process["turnaround_s"] is None:
        return say("was", name=name, state=say.state(process["state"]), when=say.at_the_end(result))
    when, why = say.at(process["started_s"] + process["turnaround_s"]), _why(process, say)
    if process["signal"] is not None:
        return say("was ended", name=name, signal=process["signal"], when=when, why=why)
    if process["exit_code"] is not None:
        return say("exited", name=name, exit=process["exit_code"], when=when)
    return say("went down", name=name, when=when, why=why)


def _why(of: Mapping[str, Any], say: Speaker) -> str:
    return f" ({told(text_in(of), say.lang)})" if of["reason"] else ""


def _output_failure(name: str, wanted: str, seen: str, say: Speaker) -> str:
    """Show all of a short output, of a long one the first line that is wrong."""
    if max(len(wanted), len(seen)) <= SHOWN:
        return say("wrote", name=name, output=_quote(seen))
    wanted_lines, seen_lines = wanted.splitlines(keepends=True), seen.splitlines(keepends=True)
    number = next(
        (index for index, (one, other) in enumerate(zip(wanted_lines, seen_lines, strict=False)) if one != other),
        min(len(wanted_lines), len(seen_lines)),
    )
    lines = [_quote(lines[number]) if number < len(lines) else say("no line") for lines in (seen_lines, wanted_lines)]
    return say("wrote line", number=number + 1, name=name, seen=lines[0], wanted=lines[1])


def _quote(text: str) -> str:
    """Return a text in quotes on one line, with escapes, and not too long."""
    shown = text if len(text) <= SHOWN else text[: SHOWN - 3]
    escaped = msgspec.json.encode(shown).decode()
    return escaped if shown == text else f"{escaped}..."


# ----------------------------------------------------------------------------------------------------------- migrations


def _judge_migrations(
    expectation: schema.MigrationsExpectation, result: Result, _counts: Counts, say: Speaker
) -> Judgement:
    wanted = expectation.migrations
    of_process = [migration for migration in result["migrations"] if _is_of(migration, wanted.of)]
    fitting = fitting_migrations(wanted, result)
    number, ok = _number(len(fitting), wanted.count, wanted.at_least, wanted.at_most, say)
    expected = say("migrations", which=_which(wanted, say), number=number)
    if ok:
        return expected, []
    seen = [_migration(migration, result, say) for migration in of_process]
    return expected, [": ".join(filter(None, [say("were", count=len(fitting)), "; ".join(seen[:3])]))]


def fitting_migrations(wanted: schema.MigrationFilter, result: Result) -> list[Mapping[str, Any]]:
    """Return the migrations that are meant."""
    return [
        migration
        for migration in result["migrations"]
        if _is_of(migration, wanted.of)
        and all(
            value in (None, migration[key])
            for key, value in (
                ("outcome", wanted.outcome),
                ("strategy", wanted.strategy),
                ("initiated_by", wanted.initiated_by),
                ("refused_at", wanted.refused_at),
                ("destination", wanted.to),
                ("frozen_because", wanted.frozen_because),
            )
        )
    ]


def _is_of(migration: Mapping[str, Any], names: schema.Processes | None) -> bool:
    return names is None or migration["process"] in _names(names) or migration["pid"] in _names(names)


def _which(wanted: schema.MigrationFilter, say: Speaker) -> str:
    outcome = "" if wanted.outcome is None else told(OUTCOMES[wanted.outcome], say.lang)
    of = "" if wanted.of is None else say("of", names=say.names(_names(wanted.of)))
    strategy = "" if wanted.strategy is None else say("by", strategy=wanted.strategy)
    further = [
        say(phrase, value=value)
        for phrase, value in (
            ("wanted by", INITIATED_BY.get(wanted.initiated_by or "")),
            ("refused at", wanted.refused_at),
            ("to", wanted.to),
            ("frozen because", wanted.frozen_because),
        )
        if value is not None
    ]
    return " ".join([*say("which", outcome=outcome, of=of, strategy=strategy).split(), *further])


def _migration(migration: Mapping[str, Any], result: Result, say: Speaker) -> str:
    """Say what became of a migration, when and why."""
    outcome = migration["outcome"]
    ended = migration["total_s"] is not None
    return say(
        "one migration",
        id=migration["id"],
        name=migration["process"],
        source=migration["source"],
        destination=migration["destination"],
        strategy=migration["strategy"],
        fate=FATES[outcome],
        when=say.at(migration["started_s"] + migration["total_s"]) if ended else say.at_the_end(result),
        why=_why(migration, say) if outcome not in ("completed", "unfinished") else "",
    )


def _judge_freeze(expectation: schema.FreezeExpectation, result: Result, _counts: Counts, say: Speaker) -> Judgement:
    bound, below = expectation.freeze, _as_span(expectation.freeze.below)
    names = None if bound.of is None else _names(bound.of)
    expected = say("freeze", names=say("anyone") if names is None else say.subject(names), below=below)
    moves = [migration for migration in result["migrations"] if _is_of(migration, bound.of)]
    if not any(migration["outcome"] == "completed" for migration in moves):
        which = _which(schema.MigrationFilter(of=names, outcome="completed"), say)
        return expected, [say("none", which=which)]
    too_long = [move for move in moves if move["freeze_s"] is not None and _span(move["freeze_s"]) >= below]
    failures = [
        say(
            "froze",
            name=move["process"],
            span=_span(move["freeze_s"]),
            id=move["id"],
            source=move["source"],
            destination=move["destination"],
        )
        for move in too_long
    ]
    told = [(move["pid"], move["freeze_s"]) for move in too_long]
    return expected, failures + [
        say("froze for nothing", name=process["name"], span=_span(one["length_s"]), when=say.at(one["from_s"]))
        for process in result["processes"]
        if names is None or process["name"] in names or process["pid"] in names
        for one in process.get("standstills", ())
        if _span(one["length_s"]) >= below and (process["pid"], one["length_s"]) not in told
    ]


FIGURES: dict[str, tuple[str, Text]] = {
    "before-resume": (
        "pages_before_resume",
        Text("pages sent before it goes on"),
    ),
    "after-resume": (
        "pages_after_resume",
        Text("pages sent after it goes on"),
    ),
    "resent": ("pages_resent", Text("pages sent again")),
    "kept": ("pages_kept", Text("pages left behind")),
    "remote-faults": (
        "remote_faults",
        Text("faults served from another memory"),
    ),
    "disk-faults": ("disk_faults", Text("faults served from a disk")),
    "rounds": ("rounds", Text("sets of pages sent")),
}
"""Where a figure stands in the results of a migration, and what it is called."""


Moves = schema.PagesBound | schema.ResidualDependencies
"""What says which migrations it is about."""


def completed_migrations(of: Moves, result: Result) -> list[Mapping[str, Any]]:
    """Return the completed migrations that are meant."""
    return [
        migration
        for migration in result["migrations"]
        if migration["outcome"] == "completed"
        and _is_of(migration, of.of)
        and of.strategy in (None, migration["strategy"])
        and of.to in (None, migration["destination"])
    ]


def _by(moves: Moves, say: Speaker) -> str:
    strategy = "" if moves.strategy is None else say("by strategy", strategy=moves.strategy)
    return strategy if moves.to is None else f"{strategy} {say('to', value=moves.to)}"


def _no_completed(moves: Moves, say: Speaker) -> str:
    which = schema.MigrationFilter(of=moves.of, outcome="completed", strategy=moves.strategy, to=moves.to)
    return say("none", which=_which(which, say))


def figure_of(move: Mapping[str, Any], figure: str) -> int:
    """Return a figure of a migration."""
    value = move[FIGURES[figure][0]]
    return len(value) if figure == "rounds" else int(value)


def _judge_pages(expectation: schema.PagesExpectation, result: Result, _counts: Counts, say: Speaker) -> Judgement:
    bound = expectation.pages
    _, called = FIGURES[bound.figure]
    number, _ = _number(0, bound.count, bound.at_least, bound.at_most, say)
    names, by = say.names(_names(bound.of)), _by(bound, say)
    expected = say("figure", figure=called, names=names, by=by, number=number)
    moves = completed_migrations(bound, result)
    if not moves:
        return expected, [_no_completed(bound, say)]
    failures = []
    for move in moves:
        seen = figure_of(move, bound.figure)
        if not _number(seen, bound.count, bound.at_least, bound.at_most, say)[1]:
            failures.append(say("had", number=seen, id=move["id"], name=move["process"], strategy=move["strategy"]))
    return expected, failures


def _judge_faults(expectation: schema.FaultsExpectation, result: Result, _counts: Counts, say: Speaker) -> Judgement:
    bound = expectation.page_faults
    names = _names(bound.of)
    number, _ = _number(0, bound.count, bound.at_least, bound.at_most, say)
    failures = []
    for name in names:
        process = _find(name, result)
        seen = 0 if process is None else sum(process["faults"].values())
        if process is None:
            failures.append(say("unknown", name=name))
        elif not _number(seen, bound.count, bound.at_least, bound.at_most, say)[1]:
            failures.append(say("faulted", name=name, count=seen))
    return say("page faults", names=say.names(names), number=number), failures


def _judge_residual(
    expectation: schema.ResidualExpectation, result: Result, _counts: Counts, say: Speaker
) -> Judgement:
    wanted = expectation.residual
    asked = {"memory of": sorted(wanted.memory), "disk of": sorted(wanted.disk), "mail by": sorted(wanted.mail)}
    names, by = say.subject(_names(wanted.of)), _by(wanted, say)
    expected = say("depends", names=names, whom=_whom(asked, say), by=by)
    moves = completed_migrations(wanted, result)
    if not moves:
        return expected, [_no_completed(wanted, say)]
    failures = []
    for move in moves:
        seen: dict[str, list[str]] = {need: [] for need in asked}
        for holder in move["residual_at_resume"]:
            node, _, kind = holder.partition(" ")
            seen[_NEEDS[kind]].append(node)
        if seen != asked:
            whom = _whom(seen, say)
            told = say("depended", name=move["process"], whom=whom, id=move["id"], strategy=move["strategy"])
            failures.append(told)
    return expected, failures


_NEEDS = {"": "memory of", "(disk)": "disk of", "(mail)": "mail by"}
"""What a process needs of a node, by what stands behind its name in the results."""


def _whom(needs: dict[str, list[str]], say: Speaker) -> str:
    whom = [say(need, node=node) for need, nodes in needs.items() for node in nodes]
    return say.all_of(whom) if whom else say("nobody")


# ----------------------------------------------------------------------------------------------- turnaround and the run


def _judge_turnaround(
    expectation: schema.TurnaroundExpectation, result: Result, _counts: Counts, say: Speaker
) -> Judgement:
    bounds = expectation.turnaround
    names = _names(bounds.of)
    limits = [
        say(phrase, span=span)
        for phrase, span in (("longer", bounds.above), ("less", bounds.below))
        if span is not None
    ]
    mean_limits = [
        say(phrase, span=span)
        for phrase, span in (("longer", bounds.mean_above), ("less", bounds.mean_below))
        if span is not None
    ]
    if mean_limits:
        limits.append(say("on average", limits=say.all_of(mean_limits)))
    expected = say("turnaround", names=say.subject(names), limits=say.all_of(limits))
    failures = [failure for name in names for failure in _turnaround_failures(name, bounds, result, say)]
    spans = [process["turnaround_s"] for name in names if (process := _find(name, result)) is not None]
    if mean_limits and not failures and all(span is not None for span in spans):
        mean = _span(sum(spans) / len(spans))
        if _beyond(mean, bounds.mean_above, bounds.mean_below):
            failures.append(say("mean was", span=mean))
    return expected, failures


def _turnaround_failures(name: str, bounds: schema.TurnaroundBound, result: Result, say: Speaker) -> Iterator[str]:
    process = _find(name, result)
    if process is None:
        yield say("unknown", name=name)
    elif process["turnaround_s"] is None:
        yield _ending(name, process, result, say)
    else:
        span = _span(process["turnaround_s"])
        if _beyond(span, bounds.above, bounds.below):
            yield say("took", name=name, span=span)


def _judge_events(expectation: schema.EventExpectation, _result: Result, counts: Counts, say: Speaker) -> Judgement:
    seen = counts.get(counted_as(expectation), 0)
    number, ok = _number(seen, expectation.count, expectation.at_least, expectation.at_most, say)
    where = [*_names(expectation.process or ()), *([expectation.node] if expectation.node else [])]
    where += [f"`{key}: {value}`" for key, value in expectation.fields.items()]
    which = f" ({', '.join(where)})" if where else ""
    expected = say("events", kind=expectation.event + which, number=number)
    return expected, [] if ok else [say("were", count=seen)]


Limit = schema.CountLimit | None


def _number(seen: int, exact: Limit, least: Limit, most: Limit, say: Speaker) -> tuple[str, bool]:
    """Say how many there should be, and whether there were; without a limit, at least one."""
    assert not isinstance(exact, schema.Beside)
    assert not isinstance(least, schema.Beside)
    assert not isinstance(most, schema.Beside)
    if exact is None and least is None and most is None:
        least = 1
    limits = [
        (say("exactly", count=exact), seen == exact) if exact is not None else None,
        (say("at least", count=least), seen >= least) if least is not None else None,
        (say("at most", count=most), seen <= most) if most is not None else None,
    ]
    given = [limit for limit in limits if limit is not None]
    return say.all_of([text for text, _ in given]), all(ok for _, ok in given)


def counted_as(expectation: schema.EventExpectation) -> str:
    """Return under which name the events of an expectation are counted: their kind, or a text that tells its further demands."""
    if not (expectation.process or expectation.node or expectation.fields):
        return expectation.event
    demands = [expectation.event, expectation.process, expectation.node, expectation.fields]
    return msgspec.json.encode(demands).decode()


def _judge_evictions(
    expectation: schema.EvictionsExpectation, result: Result, _counts: Counts, say: Speaker
) -> Judgement:
    wanted = expectation.evictions
    those = [one for one in result["evictions"] if one["node"] == wanted.of and wanted.policy in (None, one["policy"])]
    number, ok = _number(len(those), wanted.count, None, None, say)
    demands = [say("evictions", node=wanted.of, policy=f" ({wanted.policy})" if wanted.policy else "", number=number)]
    failures = [] if ok else [say("were", count=len(those))]
    if wanted.within is not None:
        demands.append(say("each over", span=wanted.within))
        for one in those:
            span = None if one["completed_s"] is None else _span(one["completed_s"] - one["started_s"])
            if span is None:
                failures.append(say("not over", at=_span(one["started_s"])))
            elif span > _as_span(wanted.within):
                failures.append(say("lasted", at=_span(one["started_s"]), span=span))
    if wanted.remain is not None:
        remain = sum(len(one["remain"]) for one in those)
        demands.append(told(how_many(wanted.remain, "guest left behind"), say.lang))
        failures += [] if remain == wanted.remain else [say("were left", count=remain)]
    return say.all_of(demands), failures


def _judge_snapshot(wanted: schema.SnapshotExpectation, result: Result, _counts: Counts, say: Speaker) -> Judgement:
    totals = wanted.totals or {}
    demands = [say(f"snapshot {wanted.outcome}")]
    if wanted.consistent is not None:
        demands.append(say("is consistent" if wanted.consistent else "not consistent"))
    demands += [say("has in all", amount=amount, quantity=quantity) for quantity, amount in totals.items()]
    expected = say("snapshot", id=wanted.snapshot, demands=say.all_of(demands))
    seen = next((one for one in result["snapshots"] if one["id"] == wanted.snapshot), None)
    if seen is None:
        return expected, [say("no snapshot", id=wanted.snapshot)]
    failures = []
    if seen["outcome"] != wanted.outcome:
        why = f": {told(text_in(seen), say.lang)}" if seen["reason"] else ""
        failures.append(say("snapshot was", demands=say(f"snapshot {seen['outcome']}"), why=why))
    elif seen["outcome"] == "completed":
        if wanted.consistent not in (None, seen["consistent"]):
            is_so = say("is consistent" if seen["consistent"] else "not consistent")
            failures.append(say("snapshot was", demands=is_so, why=""))
        for quantity, amount in totals.items():
            had = seen["totals"].get(quantity, 0)
            if had != amount:
                has = say("has in all", amount=had, quantity=quantity)
                failures.append(say("snapshot was", demands=has, why=""))
    return expected, failures


def _judge_invariants(
    _expectation: schema.InvariantsExpectation, result: Result, _counts: Counts, say: Speaker
) -> Judgement:
    violated = [invariant for invariant in result["invariants"] if not invariant["ok"]]
    return say("invariants"), [
        say("violated", name=invariant["name"], detail=f": {invariant['detail']}" if invariant.get("detail") else "")
        for invariant in violated
    ]


JUDGES: dict[type, Callable[[Any, Result, Counts, Speaker], Judgement]] = {
    schema.ProcessExpectation: _judge_process,
    schema.MigrationsExpectation: _judge_migrations,
    schema.FreezeExpectation: _judge_freeze,
    schema.PagesExpectation: _judge_pages,
    schema.FaultsExpectation: _judge_faults,
    schema.ResidualExpectation: _judge_residual,
    schema.TurnaroundExpectation: _judge_turnaround,
    schema.EventExpectation: _judge_events,
    schema.EvictionsExpectation: _judge_evictions,
    schema.SnapshotExpectation: _judge_snapshot,
    schema.InvariantsExpectation: _judge_invariants,
}
"""Who judges which expectation."""
