"""`--set PATH=VALUE` changes any field of a scenario, and its faults are located in the option."""

import pytest

from tests.tuiclu.scenario.example import GOOD, SMALL, load, message
from tuiclu.language.quantities import Bandwidth, Duration, Speed


def test_a_field_is_replaced() -> None:
    scenario = load(overrides=["cluster.network.bandwidth=100 Mbit/s", "seed=3"])

    assert scenario.file.cluster.network.bandwidth == Bandwidth(100_000_000)
    assert scenario.file.seed == 3
    assert scenario.overrides == ("cluster.network.bandwidth=100 Mbit/s", "seed=3")


def test_a_field_that_was_not_there_is_added_with_all_around_it() -> None:
    scenario = load(SMALL, ["cluster.network.latency=5 ms", "cluster.nodes.n2.mips=50", "until=10s"])

    assert scenario.file.cluster.network.latency == Duration(5_000_000)
    assert scenario.file.cluster.nodes["n2"].mips == Speed(50_000_000)
    assert scenario.file.until == Duration(10**10)


def test_an_item_of_a_list_is_named_by_its_index() -> None:
    assert load(overrides=["script.0.at=1 s"]).file.script[0].at == Duration(10**9)


def test_a_value_is_yaml() -> None:
    scenario = load(overrides=["processes.P.args={limit: 500}", "processes.Q.on=[n3]", "expect=[]", "until="])

    assert scenario.file.processes["P"].args == {"limit": "500"}
    assert scenario.groups["Q"] == ("Q1", "Q2", "Q3", "Q4")
    assert scenario.file.expect == ()
    assert scenario.file.until is None


def test_the_last_of_equal_overrides_counts() -> None:
    assert load(overrides=["seed=1", "seed=2"]).file.seed == 2


def test_a_value_that_an_alias_repeats_changes_in_one_place_only() -> None:
    text = "tuiclu: 1\ncluster:\n  nodes:\n    n1: &a {mips: 10}\n    n2: *a\n"
    nodes = load(text, ["cluster.nodes.n1.mips=20"]).file.cluster.nodes

    assert (nodes["n1"].mips, nodes["n2"].mips) == (Speed(20_000_000), Speed(10_000_000))


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("seed", "--set: `seed` sets nothing. Write `--set PATH=VALUE`, as in `cluster.network.latency=5 ms`."),
        (
            "=3",
            "--set =3: `` is no path. Write the keys with dots between them: `cluster.network.latency`.",
        ),
        (
            "cluster.netwrk.latency=5 ms",
            ("--set cluster.netwrk.latency=5 ms: `netwrk` is not a key of `cluster`. Did you mean `network`? "
            "The keys are: nodes, network, defaults, costs, migration, policy, initiators."),
        ),
        ("cluster.network.latency=5 msec", "--set cluster.network.latency=5 msec: `5 msec` is not a duration. Write `5 ms`."),
        ("processes.P.on=n7", "--set processes.P.on=n7: there is no node `n7`. The nodes are: n1, n2, n3."),
        ("script.9.at=5 s", "--set script.9.at=5 s: the list has no item `9`. It has 6: 0 to 5."),
        ("script.first.at=5 s", "--set script.first.at=5 s: the list has no item `first`. It has 6: 0 to 5."),
        ("expect.-1.exit=5", "--set expect.-1.exit=5: the list has no item `-1`. It has 6: 0 to 5."),
        (
            "seed.x=5",
            "--set seed.x=5: `x` leads nowhere: before it is the number 7. A path ends at a plain value.",
        ),
        ("seed=[1", "--set seed=[1: the file ends in the middle of a value. Close the quote or the bracket."),
        ("seed=1\n---\n2", ("--set seed=1?---?2: there is a second document here. "
         "A scenario file holds one: leave out the `---`.")),
        ("until=1 ms", "s.yaml:25:12: `Q` would start at 10 ms. The run ends at 1 ms: see --set until=1 ms."),
    ],
)  # fmt: skip
def test_a_fault_is_located_in_the_option_or_where_it_shows(setting: str, says: str) -> None:
    assert message(GOOD, [setting]) == says
