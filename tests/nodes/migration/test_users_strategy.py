"""Strategies of a user's own: whatever they do, it costs their migration at most, never the node and never the process."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire import users_code
from nodes.wire.events import MigrationAborted, MigrationCompleted, NegotiationRefused
from nodes.wire.parameters import MigrationParameters
from nodes.wire.users_code import UsersModules
from tests.nodes.kernel.assembler import scatter, scatter_output
from tests.nodes.kernel.machine import MS, examples
from tests.nodes.migration.network import Network

GOOD = """
class S:
    def __init__(self, parameters): pass
    def frames_needed(self, resident, dirty): return resident
    def begin(self, transfer):
        transfer.freeze()
        transfer.send_pages(transfer.pages_to_send())
    def pages_arrived(self, transfer):
        transfer.hand_over()
"""
HOOKS = {
    "made": "    def __init__(self, parameters): fail()",
    "frames": "    def frames_needed(self, resident, dirty): fail()",
    "begin": "    def begin(self, transfer): fail()",
    "begun": "    def begin(self, transfer):\n        transfer.freeze()\n        fail()",
    "sent": "    def begin(self, transfer):\n        transfer.send_pages(transfer.pages_to_send())\n        fail()",
    "arrived": "    def pages_arrived(self, transfer): fail()",
}
FAILURES = {
    "an error": "def fail(): 1 / 0",
    "an end": "def fail(): raise SystemExit('bye')",
    "an interruption": "def fail(): raise KeyboardInterrupt",
    "another end": "def fail(): raise GeneratorExit",
    "no words": "class E(Exception):\n    def __str__(self): 1 / 0\ndef fail(): raise E",
    "no bottom": "def fail(): fail()",
    "circles": "def fail():\n    while True: pass",
}
MISUSES = {
    "no freeze": "begin(self, transfer): transfer.hand_over()",
    "two freezes": "begin(self, transfer): transfer.freeze(); transfer.freeze()",
    "no such page": "begin(self, transfer): transfer.send_pages([1 << 60])",
    "no numbers": "begin(self, transfer): transfer.send_pages('pages')",
    "nothing for ever": "pages_arrived(self, transfer): transfer.send_pages([])",
    "flushed while it runs": "begin(self, transfer): transfer.flush_pages(transfer.pages_to_send())",
    "too soon": "begin(self, transfer): transfer.freeze(); transfer.send_pages(transfer.pages_to_send()); transfer.hand_over()",
    "twice": "pages_arrived(self, transfer): transfer.hand_over(); transfer.hand_over()",
    "no frames": "frames_needed(self, resident, dirty): return 'all'",
    "an odd reason": "begin(self, transfer): transfer.freeze(self); transfer.hand_over(push=transfer)",
    "no hands": "begin(self, transfer): transfer.kernel",
}
STEPS = 3000


def moved_by(source: str) -> Network:
    """Move a program by a class, and see that it comes to its end, with its answer."""
    network = Network(migration=MigrationParameters(strategy="mine:S", transfer_timeout_ns=200 * MS))
    for machine in network.machines.values():
        machine.kernel.users = UsersModules("", {"mine": source})
    network["n1"].start(scatter(20, STEPS))
    network.move("n1.1", "n2", at_ns=2 * MS)
    network.run()
    assert network.output("n1.1") == scatter_output(20, STEPS)
    network.check_at_rest()
    return network


def test_a_good_one_moves_the_process() -> None:
    assert [len(moved_by(GOOD).of(kind)) for kind in (MigrationCompleted, MigrationAborted)] == [1, 0]


@pytest.mark.parametrize(("hook", "failure"), list(itertools.product(HOOKS, FAILURES)))
def test_one_that_fails_in_any_way_at_any_hook_costs_its_migration_alone(
    hook: str, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users_code, "MOST_STEPS", 5000)
    network = moved_by(f"{GOOD}{HOOKS[hook]}\n{FAILURES[failure]}\n")

    told = [str(event.reason) for _, _, event in network.of(MigrationAborted)]
    told += [str(event.reason) for _, _, event in network.of(NegotiationRefused)]
    assert len(told) == 1
    assert told[0].startswith("the strategy mine:S failed: ")


@pytest.mark.parametrize("misuse", MISUSES)
def test_one_that_asks_for_what_makes_no_sense_costs_its_migration_alone(misuse: str) -> None:
    network = moved_by(f"{GOOD}    def {MISUSES[misuse]}\n")

    assert len(network.of(MigrationCompleted)) + len(network.of(MigrationAborted, NegotiationRefused)) == 1


def test_who_hears_of_a_mistake_may_mend_it() -> None:
    begin = "        try: transfer.hand_over()\n        except Exception: transfer.freeze()\n"
    network = moved_by(GOOD.replace("        transfer.freeze()\n", begin))
    assert len(network.of(MigrationCompleted)) == 1


CALLS = (
    "transfer.freeze()",
    "transfer.send_pages(transfer.pages_to_send())",
    "transfer.send_pages(transfer.pages_to_send()[::2])",
    "transfer.send_pages(transfer.resident_dirty_pages())",
    "transfer.send_pages([])",
    "transfer.flush_pages(transfer.resident_dirty_pages())",
    "transfer.hand_over()",
    "transfer.hand_over(keep_in_memory=False)",
    "transfer.hand_over(push=True)",
    "transfer.last_round()",
)


@given(hooks=st.lists(st.lists(st.sampled_from(CALLS), max_size=4), min_size=1, max_size=5))
@examples(30)
def test_whatever_a_strategy_asks_for_the_process_comes_to_its_end(hooks: list[list[str]]) -> None:
    """The n-th time that it is asked, it makes the calls of the n-th list; afterwards none."""
    branches = "".join(
        f"        if self.n == {number}:\n            pass\n" + "".join(f"            {call}\n" for call in calls)
        for number, calls in enumerate(hooks, 1)
    )
    moved_by(
        "class S:\n    def __init__(self, parameters): self.n = 0\n"
        f"    def begin(self, transfer):\n        self.n += 1\n{branches}    pages_arrived = begin\n"
    )
