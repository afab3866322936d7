"""A plan is what the scenario says, in base units, with what it leaves open filled in."""

import msgspec
import pytest

from nodes.wire.parameters import Costs, MigrationParameters, NetworkParameters, NodeParameters
from tests.tuiclu.scenario.example import SMALL, load
from tuiclu.cluster import commands
from tuiclu.language.quantities import Duration
from tuiclu.scenario import schema
from tuiclu.scenario.compile import PlannedStep, plan
from tuiclu.scenario.conditions import Condition

MS = 1_000_000
S = 1_000_000_000


def steps_of(script: str) -> tuple[PlannedStep, ...]:
    return plan(load(f"{SMALL}processes: {{P: {{program: hello, on: n1, start: 1 s}}}}\nscript:\n{script}")).steps


def command_of(verb: str) -> commands.AnyCommand:
    """Return the command that a step with this verb gives."""
    return steps_of(f"  - at: 5 s\n    {verb}\n")[-1].command


def test_parameters_are_in_base_units() -> None:
    made = plan(load())

    assert made.network == NetworkParameters("bus", 10_000_000, MS, 100 * MS)
    assert made.migration == MigrationParameters("eager-all", batch_pages=32, window_batches=4, offer_timeout_ns=S)
    assert made.nodes == (
        NodeParameters("n1"),
        NodeParameters("n2", ips=1_500_000_000, resources=("printer",)),
        NodeParameters("n3"),
    )
    assert made.seed == 7
    assert made.until_ns == 20 * S
    assert made.title == {"en": "Eviction", "es": "Desalojo"}


def test_what_a_scenario_leaves_open_is_as_in_every_cluster() -> None:
    made = plan(load(SMALL))

    assert made.network == NetworkParameters()
    assert made.migration == MigrationParameters()
    assert made.nodes == (NodeParameters("n1"), NodeParameters("n2"))
    assert (made.until_ns, made.steps, made.images, made.expectations) == (None, (), {}, ())


def test_a_node_overrides_the_defaults_and_these_the_built_in_ones() -> None:
    text = """\
tuiclu: 1
cluster:
  defaults: {mips: 5, memory: 100 KiB, scheduler: fcfs}
  nodes: {n1: {scheduler: priority, quantum: 5 ms}, n2: {resources: []}}
"""
    assert plan(load(text)).nodes == (
        NodeParameters("n1", ips=5_000_000, frames=25, quantum_ns=5 * MS, scheduler="priority"),
        NodeParameters("n2", ips=5_000_000, frames=25, scheduler="fcfs"),
    )


def test_memory_is_as_many_frames_as_fit() -> None:
    assert plan(load(SMALL, ["cluster.defaults.memory=1 MB"])).nodes[0].frames == 244


def test_every_cost_of_the_kernel_can_be_set() -> None:
    fields = schema.CostSettings.__struct_fields__
    assert tuple(f"{field}_ns" for field in fields) == Costs.__struct_fields__

    costs = ", ".join(f"{key}: {number} us" for number, key in enumerate(schema.CostSettings.__struct_encode_fields__))
    made = plan(load(SMALL, [f"cluster.costs={{{costs}}}"]))

    assert msgspec.structs.astuple(made.nodes[0].costs) == tuple(number * 1000 for number in range(len(fields)))


def test_every_setting_of_a_migration_can_be_set() -> None:
    settings = (
        "{batch: 1, window: 2, offer-timeout: 3 s, transfer-timeout: 4 s, "
        "precopy-rounds: 5, precopy-few-pages: 6, precopy-freeze-goal: 7 s}"
    )

    assert plan(load(SMALL, [f"cluster.migration={settings}"])).migration == MigrationParameters(
        strategy="eager-all",
        batch_pages=1,
        window_batches=2,
        offer_timeout_ns=3 * S,
        transfer_timeout_ns=4 * S,
        precopy_rounds=5,
        precopy_few_pages=6,
        precopy_freeze_goal_ns=7 * S,
    )


def test_processes_start_in_the_order_of_the_file_on_the_nodes_in_turn() -> None:
    starts = [(step.at_ns, step.command) for step in plan(load()).steps if isinstance(step.command, commands.Spawn)]

    assert [(at_ns, spawn.name, spawn.on) for at_ns, spawn in starts] == [
        (0, "P", "n1"),
        (10 * MS, "Q1", "n1"),
        (10 * MS, "Q2", "n2"),
        (10 * MS, "Q3", "n1"),
        (10 * MS, "Q4", "n2"),
        (3 * S, "R", "n2"),
    ]


def test_a_process_starts_with_all_that_it_was_given() -> None:
    starts = {
        step.command.name: step.command for step in plan(load()).steps if isinstance(step.command, commands.Spawn)
    }

    assert starts["P"] == commands.Spawn("P", "primes", "n1", ("primes", "20000"))
    assert starts["Q1"] == commands.Spawn(
        "Q1", "scan", "n1", ("scan", "64", "8", "30", "200000", "1", "10"), ("LEVEL=3",), b"one\ntwo\n", 5, 1_500_000_000
    )  # fmt: skip
    assert starts["R"] == commands.Spawn("R", "hello", "n2", ("hello", "a", "1", "2.50", "true"))


def test_steps_are_in_order_of_time_and_starts_come_first() -> None:
    steps = steps_of("""\
  - {at: 2 s, crash: n1}
  - {when: {event: node.crashed}, stop: true}
  - {at: 1 s, pause: n1}
  - {at: 1 s, resume: n1}
""")
    assert [(step.at_ns, type(step.command).__name__) for step in steps] == [
        (S, "Spawn"),
        (S, "Pause"),
        (S, "Resume"),
        (2 * S, "Crash"),
        (None, "Stop"),
    ]


def test_a_condition_names_single_processes() -> None:
    waiting = [step.when for step in plan(load()).steps if step.when is not None]

    assert waiting == [
        Condition("migration.resumed", ("P",), after_ns=3 * MS),
        Condition("migration.pages", ("Q1", "Q2", "Q3", "Q4"), pages=40),
    ]


def test_a_condition_keeps_the_further_fields_of_its_event() -> None:
    steps = steps_of("  - when: {event: process.blocked, on: sleep, node: n1, count: 3}\n    stop: true\n")

    assert steps[-1].when == Condition("process.blocked", node="n1", fields={"on": "sleep"}, count=3)


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        ("migrate: {process: P, to: n2}", commands.Migrate("P", "n2")),
        ("migrate: {process: n1.1, to: n2, strategy: eager-all}", commands.Migrate("n1.1", "n2", "eager-all")),
        ("spawn: {name: R, program: hello, on: n2}", commands.Spawn("R", "hello", "n2", ("hello",))),
        ("kill: P", commands.Kill("P")),
        ("crash: n1", commands.Crash("n1")),
        ("restart: n1", commands.Restart("n1")),
        ("pause: n1", commands.Pause("n1")),
        ("resume: n1", commands.Resume("n1")),
        ("slow: {node: n1, factor: 50 %}", commands.Slow("n1", 50)),
        ("slow: {node: n1, factor: x0.25}", commands.Slow("n1", 25)),
        ("partition: [n1]", commands.Partition(("n1",))),
        ("partition: {nodes: [n1], others: [n2]}", commands.Partition(("n1",), ("n2",))),
        ("partition: {nodes: [n1], one-way: true}", commands.Partition(("n1",), one_way=True)),
        ("partition: {from: n1, to: n2}", commands.Partition(("n1",), ("n2",), one_way=True)),
        ("partition: {from: [n1], to: [n2]}", commands.Partition(("n1",), ("n2",), one_way=True)),
        ("heal: true", commands.Heal()),
        ("heal: [n1]", commands.Heal(("n1",))),
        ("heal: {nodes: [n1], others: [n2]}", commands.Heal(("n1",), ("n2",))),
        ("say: Hello", commands.Say({"en": "Hello", "es": "Hello"})),
        ("say: {en: Hello, es: Hola}", commands.Say({"en": "Hello", "es": "Hola"})),
        ("stop: true", commands.Stop()),
    ],
)
def test_a_verb_gives_its_command(verb: str, command: commands.AnyCommand) -> None:
    assert command_of(verb) == command


def test_every_verb_of_the_format_has_a_command() -> None:
    assert sorted(commands.COMMANDS) == sorted(schema.VERB_NAMES)


def test_expectations_name_single_processes() -> None:
    group = ("Q1", "Q2", "Q3", "Q4")
    text = """\
expect:
  - {process: Q, exit: 0}
  - {process: [P, Q], state: exited}
  - migrations: {of: Q}
  - migrations: {count: 0}
  - freeze: {of: Q, below: 1 s}
  - turnaround: {of: Q, below: 1 s}
  - {event: node.crashed}
"""
    good = load().text
    assert plan(load(good[: good.index("expect:")] + text)).expectations == (
        schema.ProcessExpectation(process=group, exit=0),
        schema.ProcessExpectation(process=("P", *group), state="exited"),
        schema.MigrationsExpectation(schema.MigrationFilter(of=group)),
        schema.MigrationsExpectation(schema.MigrationFilter(count=0)),
        schema.FreezeExpectation(schema.FreezeBound(below=Duration(S), of=group)),
        schema.TurnaroundExpectation(schema.TurnaroundBound(of=group, below=Duration(S))),
        schema.EventExpectation("node.crashed"),
    )
