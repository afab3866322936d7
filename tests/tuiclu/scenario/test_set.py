"""The verb `set`, as it stands in a file and as it is typed: what it changes, and what is said of what it cannot."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from nodes.programs import CATALOGUE
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from tests.tuiclu.scenario.example import SMALL, load
from tuiclu.cluster.commands import AnyCommand, Set
from tuiclu.errors import InputError
from tuiclu.language.settings import KEYS
from tuiclu.model.cluster import ClusterView
from tuiclu.model.nodes import NodeView
from tuiclu.scenario import schema
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.prompt import Names, Prompt, complete
from tuiclu.scenario.trust import Trust

MS = 10**6
NAMES = Names(("n1", "n2"), ("P",), tuple(CATALOGUE))


def in_a_file(change: str) -> AnyCommand:
    return plan(load(f"{SMALL}script:\n  - at: 2 s\n    set: {change}\n")).steps[0].command


def typed(line: str, folder: Path | None = None, trust: Trust = Trust(everything=True)) -> AnyCommand:  # noqa: B008
    """Return the command that a line stands for, in front of a scenario that lies in `folder`."""
    scenario = load(SMALL) if folder is None else load_scenario(folder / "s.yaml", SMALL)
    view = ClusterView()
    view.nodes.update({name: NodeView(name, 10_000_000) for name in NAMES.nodes})
    return Prompt(scenario, {}, trust).command(line, view).command


def test_every_setting_of_policies_and_strategies_can_be_set() -> None:
    said = [key for key in schema.Policy.__struct_encode_fields__ if key != "load"]
    said += [f"load.{key}" for key in schema.LoadSettings.__struct_encode_fields__]
    said += [f"migration.{key}" for key in schema.MigrationSettings.__struct_encode_fields__]
    assert sorted(KEYS.values()) == sorted(said)


def test_every_parameter_has_a_key_but_what_is_said_of_single_machines_and_what_a_move_costs() -> None:
    parameters = {*MigrationParameters.__struct_fields__, *InitiatorParameters.__struct_fields__}
    assert parameters - set(KEYS) == {
        *("controls", "resources", "owners", "evictions"),
        *("move_fixed_ns", "move_page_ns"),
    }
    assert set(KEYS) <= parameters


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ("{strategy: precopy}", Set({"strategy": "precopy"})),
        ("{load-sharing: symmetric, on: n1}", Set({"load_sharing": "symmetric"}, ("n1",))),
        ("{load: {high: 2, interval: 50 ms}, on: [n1, n2]}", Set({"high": 2000, "interval_ns": 50 * MS}, ("n1", "n2"))),
        ("{migration: {precopy-rounds: 3, flush-to: n2}}", Set({"precopy_rounds": 3, "flush_to": "n2"})),
        ("{eviction: low-priority, idle-after: 5 s}", Set({"eviction": "low-priority", "idle_after_ns": 5000 * MS})),
        ("{redirection: update, admission: 0}", Set({"redirection": "update", "admission": 0})),
    ],
)
def test_a_step_of_a_file_gives_a_command_in_base_units(change: str, command: Set) -> None:
    given = in_a_file(change)
    assert isinstance(given, Set)
    assert (dict(sorted(given.changes.items())), given.on) == (dict(sorted(command.changes.items())), command.on)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("set strategy precopy", Set({"strategy": "precopy"})),
        ("set strategy=precopy", Set({"strategy": "precopy"})),
        ("set precopy", Set({"strategy": "precopy"})),
        ("set load-sharing none on=n1", Set({"load_sharing": "none"}, ("n1",))),
        ("set load-sharing none on n1,n2", Set({"load_sharing": "none"}, ("n1", "n2"))),
        ("set load.high=2", Set({"high": 2000})),
        ("set high 2 low 1", Set({"high": 2000, "low": 1000})),
        ("set {load: {high: 2}, migration: {batch: 8}}", Set({"high": 2000, "batch_pages": 8})),
        ("set migration.batch 8 interval 50ms", Set({"interval_ns": 50 * MS, "batch_pages": 8})),
    ],
)
def test_a_line_gives_the_same_command(line: str, command: Set) -> None:
    assert typed(line) == command


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{}", "this changes nothing"),
        ("{on: n1}", "this changes nothing"),
        ("{strategy: precopi}", "there is no strategy `precopi`. Did you mean `precopy`?"),
        ("{load-sharing: symetric}", "there is no policy `symetric`. Did you mean `symmetric`?"),
        ("{victim: newst}", "Did you mean `newest`?"),
        ("{stratgy: precopy}", "`stratgy` is not a key of .*Did you mean `strategy`?"),
        ("{strategy: precopy, on: n9}", "there is no node `n9`"),
        ("{strategy: precopy, on: []}", "this names no node"),
        ("{redirection: home, on: n1}", "redirection cannot be set for some nodes only"),
        ("{load: {interval: 0 ms}}", "the interval cannot be 0"),
        ("{migration: {offer-timeout: 0 s}}", "the offer-timeout cannot be 0"),
        ('{strategy: "nowhere:Strategy"}', "there is no module `nowhere`"),
        ('{load-sharing: "nowhere:Policy"}', "there is no module `nowhere`"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as wrong:
        in_a_file(change)
    assert wrong.value.where is not None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("set", "this changes nothing"),
        ("set strategy precopi", "Did you mean `precopy`?"),
        ("set hih 2", "`hih` has no place here. Did you mean `high`?"),
        ("set none", "`none` can be load-sharing, dissemination or eviction. Say which: `load-sharing none`"),
        ("set strategy nowhere:Strategy", "there is no module `nowhere`"),
    ],
)
def test_what_is_wrong_in_a_line_is_said_in_one_sentence(line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as wrong:
        typed(line)
    assert "\n" not in str(wrong.value)


def test_a_class_of_the_users_own_is_looked_at_when_it_is_typed_and_again_when_it_was_mended(tmp_path: Path) -> None:
    file = tmp_path / "typed_live.py"
    file.write_text("class Polite: pass\n")
    with pytest.raises(InputError, match="`Polite` is no policy: it has no method `choose`"):
        typed("set load-sharing typed_live:Polite", tmp_path)
    file.write_text("class Polite:\n    def __init__(self): 1 / 0\n    def choose(self, *_): return 'no'\n")
    with pytest.raises(InputError, match="no `Polite` can be made: ZeroDivisionError: division by zero"):
        typed("set load-sharing typed_live:Polite", tmp_path)
    file.write_text("class Polite:\n    def choose(self, machine, load, others, now_ns): return 'no'\n")
    assert typed("set load-sharing typed_live:Polite", tmp_path) == Set({"load_sharing": "typed_live:Polite"})
    with pytest.raises(InputError, match="if you trust it, say `--trust`"):
        typed("set load-sharing typed_live:Polite", tmp_path, Trust())


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("set lo", ["load-sharing", "load.interval", "load.damping"]),
        ("set strategy ", list(schema.STRATEGIES)),
        ("set strategy p", ["precopy"]),
        ("set load-sharing s", ["sender-initiated", "symmetric"]),
        ("set high", ["high"]),
        ("set strategy precopy o", ["on"]),
        ("set strategy precopy on ", ["n1", "n2"]),
        ("set strategy precopy on=", ["on=n1", "on=n2"]),
        ("set eviction=k", ["eviction=keep-running"]),
    ],
)
def test_a_line_is_completed(line: str, found: list[str]) -> None:
    assert complete(line, NAMES)[: len(found)] == found


def test_a_command_is_read_back_from_the_journal_as_it_was() -> None:
    command = Set({"high": 2000}, ("n1",))
    assert msgspec.json.decode(msgspec.json.encode(command), type=AnyCommand) == command
