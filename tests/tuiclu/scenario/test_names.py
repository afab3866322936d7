"""Names are promises: what a scenario may say, what there is, and what the pages say are the same."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

import nodes.strategies
from nodes.initiator.dissemination import Dissemination
from nodes.initiator.eviction import POLICIES as EVICTIONS
from nodes.initiator.placement import Placement
from nodes.initiator.policies import ASKS_FOR_WORK, SENDS, TARGETS, VICTIMS
from nodes.kernel.mail import FORWARD, HOME, UPDATE
from nodes.kernel.replacement import REPLACEMENTS
from nodes.kernel.scheduler import SCHEDULERS
from nodes.strategies import STRATEGIES
from nodes.strategies.eager_all import EagerAll
from nodes.strategies.strategy import strategy
from nodes.wire import vocabulary
from nodes.wire.parameters import ADAPTIVE, NetworkParameters
from nodes.wire.text import Text
from tests.tuiclu.cluster.test_wire import message
from tuiclu import docs, shell
from tuiclu.cluster.wire import Wire, _medium_of
from tuiclu.errors import InputError, did_you_mean
from tuiclu.experiments.policies import POLICIES
from tuiclu.model.snapshots import CLOCKS, MARKERS, POLL, UNORDERED
from tuiclu.scenario import schema
from tuiclu.scenario.parser import load_scenario
from tuiclu.texts import ENGLISH, LANGUAGES, LOCALES, PROGRAM
from tuiclu.tui import styles

PAGES = "\n".join(
    docs.page(topic) for topic in ("commands", "guests", "initiators", "links", "scenario", "snapshots", "strategies")
)


def cases(function: Callable[..., Any]) -> list[str]:
    """Return the names that a function looks for by `match` and `==`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    named = [node.value for node in ast.walk(tree) if isinstance(node, ast.MatchValue)]
    return [str(one.value) for one in named if isinstance(one, ast.Constant)]


REGISTRIES: dict[str, tuple[Collection[str], Collection[str]]] = {
    "scheduler": (SCHEDULERS, vocabulary.SCHEDULERS),
    "replacement": (REPLACEMENTS, vocabulary.REPLACEMENTS),
    "load-sharing": (("none", *ADAPTIVE, *dict.fromkeys(SENDS + ASKS_FOR_WORK)), vocabulary.LOAD_SHARING),
    "victim": (VICTIMS, vocabulary.VICTIMS),
    "target": (TARGETS, vocabulary.TARGETS),
    "eviction": ((*EVICTIONS, "none"), vocabulary.EVICTIONS),
    "dissemination": (cases(Dissemination.spread), vocabulary.DISSEMINATIONS),
    "placement": (cases(Placement._place), vocabulary.PLACEMENTS),
    "redirection": ((FORWARD, UPDATE, HOME), vocabulary.REDIRECTIONS),
    "network": (cases(_medium_of), vocabulary.NETWORK_KINDS),
    "theme": (styles.THEMES, shell.THEMES),
    "snapshot": ((MARKERS, CLOCKS, POLL, UNORDERED), vocabulary.SNAPSHOT_WAYS),
    "strategy": (STRATEGIES, schema.STRATEGIES),
    "language": ((ENGLISH, *(file.parent.name for file in LOCALES.glob(f"*/{PROGRAM}"))), LANGUAGES),
}
"""What there is, and its names. Where a name is looked for by `match`, and in no table, mypy says what is forgotten."""
NAMED = {name: names for name, (_, names) in REGISTRIES.items() if name not in ("theme", "language")}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_what_a_scenario_may_name_is_what_there_is(registry: str) -> None:
    there_are, may_be_named = REGISTRIES[registry]
    assert sorted(there_are) == sorted(may_be_named)


@pytest.mark.parametrize("what", NAMED)
def test_the_pages_have_every_name(what: str) -> None:
    missing = [name for name in NAMED[what] if not re.search(f"`([a-z]+: )?{name}`", PAGES)]
    assert missing == []


def test_every_file_of_a_strategy_enters_one() -> None:
    files = Path(nodes.strategies.__file__).parent.glob("*.py")
    names = {file.stem.replace("_", "-") for file in files} - {"--init--", "strategy"}
    assert set(STRATEGIES) == names == set(schema.STRATEGIES)
    assert [one.place for one in STRATEGIES.values()] == list(range(1, len(names) + 1))


def test_two_strategies_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="eager-all, in place 99, is not the only strategy"):
        strategy("eager-all", place=99, before="", meanwhile="", afterwards="", needs="")(EagerAll)


def test_every_kind_of_network_carries_messages() -> None:
    for kind in vocabulary.NETWORK_KINDS:
        wire = Wire(NetworkParameters(kind), lambda _message, _at_ns: None)
        wire.send(message(0, "n1", 1, "n2"))
        assert wire.transmit_one(None) is not None


def test_what_is_compared_are_policies_that_there_are() -> None:
    assert [name for name in POLICIES if name not in vocabulary.LOAD_SHARING] == ["placement"]
    assert [name for name in vocabulary.LOAD_SHARING if name not in POLICIES] == []


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
    assert f"`{meant}`" in did_you_mean(said, NAMED[setting], Text("names"))
