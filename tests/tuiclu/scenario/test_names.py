"""Names are promises: what a scenario may say, what there is, and what the pages say are the same."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import get_args

import pytest

from nodes.initiator.policies import LOAD_SHARING, TARGETS, VICTIMS
from nodes.kernel.replacement import REPLACEMENTS
from nodes.kernel.scheduler import SCHEDULERS
from nodes.migration.registry import STRATEGIES
from nodes.wire.parameters import NetworkParameters
from tests.tuiclu.cluster.test_wire import message
from tuiclu import docs
from tuiclu.cluster.wire import Wire
from tuiclu.errors import InputError, did_you_mean
from tuiclu.experiments.policies import POLICIES
from tuiclu.scenario import schema
from tuiclu.scenario.parser import load_scenario

PAGES = "\n".join(docs.page(topic) for topic in ("commands", "guests", "initiators", "links", "strategies"))

REGISTRIES: dict[str, tuple[Collection[str], Collection[str]]] = {
    "scheduler": (SCHEDULERS, get_args(schema.Scheduler)),
    "replacement": (REPLACEMENTS, get_args(schema.Replacement)),
    "strategy": (STRATEGIES, schema.STRATEGIES),
    "load-sharing": (LOAD_SHARING, schema.LOAD_SHARING),
    "victim": (VICTIMS, get_args(schema.Victim)),
    "target": (TARGETS, get_args(schema.Target)),
}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_what_a_scenario_may_name_is_what_there_is(registry: str) -> None:
    there_are, may_be_named = REGISTRIES[registry]
    assert sorted(there_are) == sorted(may_be_named)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_the_pages_have_every_name(registry: str) -> None:
    missing = [name for name in REGISTRIES[registry][0] if not re.search(f"`([a-z]+: )?{name}`", PAGES)]
    assert missing == []


def test_every_kind_of_network_carries_messages_and_no_other_is_a_kind() -> None:
    for kind in get_args(schema.NetworkKind):
        wire = Wire(NetworkParameters(kind), lambda _message, _at_ns: None)
        wire.send(message(0, "n1", 1, "n2"))
        assert wire.transmit_one(None) is not None
    with pytest.raises(AssertionError):
        Wire(NetworkParameters("ring"), lambda _message, _at_ns: None).send(message(0, "n1", 1, "n2"))


def test_what_is_compared_are_policies_that_there_are() -> None:
    assert [name for name in POLICIES if name not in LOAD_SHARING] == ["placement"]
    assert [name for name in LOAD_SHARING if name not in POLICIES] == []


@pytest.mark.parametrize(
    ("setting", "said", "meant"),
    [
        ("scheduler", "spn", "shortest-process-next"),
        ("scheduler", "sjf", "shortest-process-next"),
        ("scheduler", "srt", "shortest-remaining-time"),
        ("scheduler", "hrrn", "highest-response-ratio-next"),
        ("scheduler", "rr", "round-robin"),
        ("scheduler", "fcsf", "fcfs"),
        ("replacement", "optimal", "opt"),
        ("replacement", "second-chance", "clock"),
        ("replacement", "lur", "lru"),
    ],
)
def test_an_unknown_name_leads_to_the_one_that_is_meant(setting: str, said: str, meant: str, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(f"tuiclu: 1\ncluster: {{nodes: {{n1: {{{setting}: {said}}}}}}}\n")
    with pytest.raises(InputError, match=f"Did you mean `{meant}`"):
        load_scenario(file)
    assert f"`{meant}`" in did_you_mean(said, REGISTRIES[setting][0], "names")
