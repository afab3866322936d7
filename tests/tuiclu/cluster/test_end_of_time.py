"""The longest times that a scenario can name, everywhere: what is due at the end of time does not happen, and nothing else suffers."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from msgspec import inspect as types

from nodes.wire.parameters import NEVER_NS
from tests.tuiclu.cluster.scenarios import process, run_text
from tuiclu.language.quantities import Duration
from tuiclu.scenario import schema

TEXT = """
cluster:
  nodes: {n1: {owner: idle}, n2: {memory: 256 KiB}}
  policy: {load-sharing: sender-initiated, redirection: update}
processes: {P: {program: hello, on: n1, count: 2}, S: {program: sleeper, args: {rounds: 2, pause_ms: 2}, on: n2}}
script:
  - {at: 1 ms, migrate: {process: S, to: n1}}
  - {at: 2 ms, activate: n1}
until: 60 ms
"""


def _durations(struct: type[msgspec.Struct], path: str) -> Iterator[str]:
    """Yield the path of every time that can be set in a mapping, or in one of its own."""
    found = types.type_info(struct)
    assert isinstance(found, types.StructType)
    for field in found.fields:
        possible = field.type.types if isinstance(field.type, types.UnionType) else (field.type,)
        for one in possible:
            if isinstance(one, types.CustomType) and one.cls is Duration:
                yield f"{path}.{field.encode_name}"
            elif isinstance(one, types.StructType) and issubclass(one.cls, schema.Settings):
                yield from _durations(one.cls, f"{path}.{field.encode_name}")


SECTIONS: dict[str, type[schema.Settings]] = {
    "network": schema.Network,
    "defaults": schema.NodeSettings,
    "costs": schema.CostSettings,
    "migration": schema.MigrationSettings,
    "policy": schema.Policy,
}
PATHS = [path for name, section in SECTIONS.items() for path in _durations(section, f"cluster.{name}")]
NEVER = f"{NEVER_NS} ns"
FEW = ("cluster.network.latency", "cluster.defaults.quantum", "cluster.costs.process-creation")


def test_every_time_is_found() -> None:
    assert len(PATHS) > 20
    assert set(FEW) <= set(PATHS)


@pytest.mark.parametrize("path", [one if one in FEW else pytest.param(one, marks=pytest.mark.long) for one in PATHS])
def test_a_time_may_be_as_long_as_time(path: str) -> None:
    outcome, events = run_text(TEXT, overrides=[f"{path}={NEVER}"])
    assert outcome.ok
    assert max(event["t"] for event in events) <= 60_000_000


def test_all_times_may_be() -> None:
    outcome, _ = run_text(TEXT, overrides=[f"{path}={NEVER}" for path in PATHS])
    assert outcome.ok


def test_what_is_due_at_the_end_of_time_does_not_happen_and_what_is_due_before_does() -> None:
    outcome, events = run_text(f"""
cluster: {{nodes: {{n1: {{}}, n2: {{}}}}}}
processes: {{P: {{program: hello, on: n1, start: 150000000 min}}, Q: {{program: hello, on: n2, start: {NEVER}}}}}
script:
  - {{at: {NEVER}, crash: n1}}
  - {{at: 9000000000 s, shutdown: {{node: n2, in: 9000000000 s}}}}
until: {NEVER}
""")
    assert process(outcome, "P")["exit_code"] == 0
    assert outcome.result["ended"] == "quiescent"
    assert [event["kind"] for event in events if event["kind"].startswith("node.crashed")] == []
