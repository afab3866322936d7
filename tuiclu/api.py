"""What the commands do, for programs and notebooks: all of it is offered by `import tuiclu`.

```python
import tuiclu

outcome = tuiclu.run("first-steps", set={"script.2.migrate.strategy": "precopy"})
outcome.ok                                  # do all expectations hold?
outcome.process("P")["turnaround_s"]        # as in `tuiclu run --json`
[move["freeze_s"] for move in outcome.result["migrations"]]

stops = []                                  # every event, as in `tuiclu run --events`
tuiclu.run(TEXT_OF_A_SCENARIO, seed=7, on_event=lambda event: stops.append(event) if event["kind"] == "process.frozen" else None)

with tuiclu.Cluster("first-steps") as cluster:          # step by step, there and back
    cluster.run_until("200 ms")
    cluster.migrate("P", "n3", strategy="precopy")
    cluster.run_until(event="migration.resumed", process="P")
    cluster.back("message", 3)
    print(cluster.now_s, cluster.step(), cluster.process("P")["node"])

for row in tuiclu.compare("scan", strategies=["precopy", "copy-on-reference"]).rows:
    print(row.strategy, row.freeze_s, row.residual)
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from nodes.wire.text import Text
from tuiclu.bundled import demo_files, scenario_file
from tuiclu.driven import DrivenCluster, Event
from tuiclu.errors import InputError
from tuiclu.experiments import experiment
from tuiclu.experiments.experiment import Comparison, Question
from tuiclu.language.quantities import Duration, QuantityError
from tuiclu.scenario import runner
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import STDIN, Scenario, load_scenario
from tuiclu.scenario.runner import Outcome


def demos() -> list[str]:
    """Return the names of the bundled demos, in the order of the lecture."""
    return list(demo_files())


def load(source: str | Path, *, set: Mapping[str, Any] | None = None) -> Scenario:  # noqa: A002 - as the option is called
    """Read a scenario: the path of a file, the name of a demo, or the text itself (of more than one line).

    `set` gives any field another value, by its path, as `--set` does. Raises InputError, with file, line and column, if it is none.
    """
    overrides = [f"{path}={value}" for path, value in (set or {}).items()]
    if isinstance(source, str) and "\n" in source:
        return load_scenario(STDIN, source, overrides)
    return load_scenario(source if isinstance(source, Path) else scenario_file(source), None, overrides)


def run(
    scenario: Scenario | str | Path,
    *,
    seed: int | None = None,
    until: str | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002
    lang: str = "en",
    speed: float | None = None,
    on_event: Callable[[Event], object] | None = None,
    trust: bool = False,
) -> Outcome:
    """Run a scenario on real node processes and return what came of it. No process is left behind, whatever happens.

    `until` is a virtual time (`10 s`), `speed` virtual seconds a real second (None: as fast as possible). `on_event` is called with every
    event, in order. `trust` lets Python beside the scenario that it names be executed. Raises InputError where something is wrong with what
    was given, EmulatorError where the emulator failed.
    """
    changes = {**(set or {}), **({} if seed is None else {"seed": seed})}
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, set=changes)
    elif changes:
        raise InputError(Text("a scenario that is loaded has its settings"), "run", Text("Give them to `load`."))
    if trust:
        scenario = scenario.admitted(lambda code: replace(code, trusted=True))
    return runner.run(
        plan(scenario),
        source=scenario.source,
        lang=lang,
        until_ns=_nanoseconds("until", until),
        speed=speed,
        write_line=None if on_event is None else lambda line: on_event(msgspec.json.decode(line)),
    )


class Cluster(DrivenCluster):
    """A cluster that a program drives. Use it as a context manager: every process of it ends with it.

    It begins at the virtual instant 0, and time passes only by `step`, `run_until` and `run`. `migrate` and `do` give orders; `back` and
    `back_to` return to what is over; `events`, `result` and `process` tell what is known.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        seed: int | None = None,
        set: Mapping[str, Any] | None = None,  # noqa: A002
        trust: bool = False,
    ) -> None:
        """`trust` lets Python beside the scenario that it names be executed. The nodes are up when this returns.

        Raises InputError where something is wrong with what was given, EmulatorError where the emulator failed.
        """
        if not isinstance(scenario, Scenario):
            scenario = load(scenario, set={**(set or {}), **({} if seed is None else {"seed": seed})})
        super().__init__(scenario, trust=trust)


def compare(
    program: str = Question().program,
    *,
    args: Mapping[str, Any] | Sequence[str] = (),
    strategies: Sequence[str] | None = None,
    at: str | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002
    seed: int = 0,
    bandwidth: str | None = None,
    latency: str | None = None,
    trust: bool = False,
) -> Comparison:
    """Move the same process at the same instant, once by each strategy, and return a row for each.

    `at` is the virtual instant of the move (None: half of its life at home). `trust` lets Python of one's own strategies be executed: it
    lies in the working folder. Raises InputError where the question makes no sense.
    """
    usual = Question()
    question = Question(
        program=program,
        args={name: str(value) for name, value in args.items()} if isinstance(args, Mapping) else tuple(args),
        strategies=usual.strategies if strategies is None else tuple(strategies),
        at_ns=_nanoseconds("at", at),
        bandwidth=bandwidth or usual.bandwidth,
        latency=latency or usual.latency,
        settings=tuple(f"{path}={value}" for path, value in (set or {}).items()),
        seed=seed,
    )
    if trust:
        allowed = experiment.whole_scenario(question).users.modules
        question = msgspec.structs.replace(question, allowed=allowed)
    return experiment.compare(question)


def _nanoseconds(name: str, text: str | None) -> int | None:
    try:
        return None if text is None else int(Duration.parse(text))
    except QuantityError as error:
        raise InputError(error.what, f"{name} {text}", error.meant) from None
