"""What a change does to the settings of each machine, and how it is told: each thing once."""

from __future__ import annotations

from nodes.wire.events import PolicyChanged
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from tuiclu.cluster.commands import Set
from tuiclu.cluster.policy import InForce, changed, concerned, differences

NODES = ("n1", "n2", "n3")
AT_FIRST = InForce(MigrationParameters(), InitiatorParameters(evictions={"n3": "none"}))


def test_a_change_concerns_all_machines_or_those_of_the_initiators_of_the_named_ones() -> None:
    controls = {"n2": "n1"}
    assert concerned(Set({}), NODES, controls) == NODES
    assert concerned(Set({}, ("n2",)), NODES, controls) == ("n1", "n2")
    assert concerned(Set({}, ("n3",)), NODES, controls) == ("n3",)


def test_what_is_not_named_stays_as_it_was() -> None:
    after = changed(AT_FIRST, Set({"strategy": "precopy", "high": 2000}))
    assert after == InForce(
        MigrationParameters(strategy="precopy"), InitiatorParameters(high=2000, evictions={"n3": "none"})
    )


def test_who_begins_to_share_begins_to_tell_unless_something_else_is_said() -> None:
    def tells(now: InForce, **changes: str) -> str:
        return changed(now, Set(dict(changes))).initiators.dissemination

    shares = changed(AT_FIRST, Set({"load_sharing": "periodic-symmetric"}))
    assert tells(AT_FIRST, load_sharing="periodic-symmetric") == "periodic"
    assert tells(AT_FIRST, placement="least-loaded") == "periodic"
    assert tells(AT_FIRST, load_sharing="periodic-symmetric", dissemination="none") == "none"
    assert tells(AT_FIRST, load_sharing="periodic-symmetric", dissemination="gossip") == "gossip"
    assert tells(AT_FIRST, strategy="precopy") == "none"
    assert tells(shares, load_sharing="none") == "periodic"
    assert tells(shares, dissemination="none") == "none"


def test_an_eviction_policy_for_all_is_for_those_as_well_that_had_one_of_their_own() -> None:
    everywhere, there = changed(AT_FIRST, Set({"eviction": "keep-running"})), Set({"eviction": "home"}, ("n3",))
    assert [everywhere.of(name)["eviction"] for name in NODES] == ["keep-running"] * 3
    assert [changed(everywhere, there).of(name)["eviction"] for name in NODES] == ["keep-running"] * 2 + ["home"]


def test_a_change_is_told_once_for_all_machines_to_which_the_same_happens() -> None:
    after = changed(AT_FIRST, Set({"eviction": "keep-running", "probes": 5}))
    assert list(differences(dict.fromkeys(NODES, (AT_FIRST, after)))) == [
        PolicyChanged("probes", 3, 5, ["n1", "n2", "n3"]),
        PolicyChanged("eviction", "home", "keep-running", ["n1", "n2"]),
        PolicyChanged("eviction", "none", "keep-running", ["n3"]),
    ]
