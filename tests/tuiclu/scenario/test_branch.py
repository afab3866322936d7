"""A saved session that goes on differently: which orders are left out, which processes can still be named, and which stay all the same."""

from __future__ import annotations

import pytest

from tests.tuiclu.scenario.test_prompt_names import NODES
from tuiclu.cluster.agenda import Agenda
from tuiclu.errors import InputError
from tuiclu.model.cluster import ClusterView
from tuiclu.model.nodes import NodeView
from tuiclu.scenario.branch import Branch, branch
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.prompt import Prompt
from tuiclu.scenario.written import with_steps
from tuiclu.scenario.yaml_text import as_text

SESSION = """
tuiclu: 1
cluster: {{nodes: {{n1: {{}}, n2: {{}}}}}}
script:
{steps}
  - {{at: 5 ms, by: user, spawn: {{name: Early, program: hello, on: n1}}}}
  - {{at: 9 s, by: outside, spawn: {{name: Late, program: hello, on: n1}}}}
  - {{at: 9 s, by: user, pause: n1}}
"""
VERBS = (
    "migrate: {process: Late, to: n2}",
    "cancel: Late",
    "kill: Late",
    "signal: {process: Late, signal: SIGTERM}",
    "stay: {process: Late}",
)
"""All that name a process."""


def session(*steps: str) -> Scenario:
    return load_scenario("-", SESSION.format(steps="\n".join(f"  - {{{step}}}" for step in steps)))


def view() -> ClusterView:
    seen = ClusterView()
    seen.nodes.update({name: NodeView(name, 10_000_000) for name in NODES})
    return seen


def refuses(prompt: Prompt, line: str, coming: int) -> bool:
    try:
        prompt.command(line, view(), coming)
    except InputError as error:
        return "there is no process `Late`" in str(error)
    return False


def typed(verb: str) -> str:
    return verb.replace(":", "", 1)


@pytest.mark.parametrize("verb", VERBS)
def test_what_would_have_been_spawned_later_cannot_be_named_where_it_goes_on_differently(verb: str) -> None:
    assert not refuses(Prompt(session(), {}), typed(verb), 0), "nobody leaves it out"
    assert refuses(Prompt(session(), {}), typed(verb), 2)
    assert not refuses(Prompt(session(), {}), typed(verb).replace("Late", "Early"), 2), "it is there"


def test_it_cannot_be_named_later_either_and_its_name_is_free() -> None:
    prompt = Prompt(session(), {})
    prompt.forget(prompt.command("heal", view(), 2).branch)

    assert refuses(prompt, "kill Late", 0)
    prompt.command("spawn hello n2 name=Late", view())
    assert not refuses(prompt, "kill Late", 0)


def test_the_order_itself_can_spawn_another_of_that_name() -> None:
    prompt = Prompt(session(), {})
    prompt.forget(prompt.command("spawn hello n2 name=Late", view(), 2).branch)

    assert not refuses(prompt, "kill Late", 0)


def test_who_is_refused_has_changed_nothing() -> None:
    prompt = Prompt(session(), {})

    assert refuses(prompt, "kill Late", 2)
    with pytest.raises(InputError):
        prompt.command("kill Nobody", view(), 2)
    assert prompt.goal("process.created Late", view()), "it can still be waited for"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "when",
    [
        "at: 1 ms",
        "at: 1 ms, by: user",
        "every: 10 ms",
        "every: 1 s, at: 10 s, by: user",
        "when: {event: node.paused}",
        "when: {event: node.paused}, by: user",
        "whenever: {event: node.paused}",
    ],
)
def test_a_process_that_a_step_names_which_stays_is_spawned_all_the_same(when: str, verb: str) -> None:
    scenario = session(f"{when}, {verb}")

    assert branch(scenario, 2) == Branch(left_out=(3,), kept=("Late",))
    assert not refuses(Prompt(scenario, {}), "kill Late", 2)
    load_scenario("-", as_text(with_steps(scenario, [], left_out=branch(scenario, 2).left_out)))


@pytest.mark.parametrize("key", ["when", "whenever"])
def test_so_is_one_that_a_condition_names(key: str) -> None:
    scenario = session(f"{key}: {{event: process.exited, process: Late}}, say: It ends.")

    assert branch(scenario, 2) == Branch(left_out=(3,), kept=("Late",))


def test_one_that_only_other_orders_name_which_are_left_out_goes_with_them() -> None:
    scenario = session("at: 9 s, by: user, kill: Late", "at: 9 s, kill: Early")

    assert branch(scenario, 3) == Branch(left_out=(0, 3, 4), gone=("Late",))


def test_what_a_run_is_not_told_at_its_beginning_is_no_order_that_can_be_left_out() -> None:
    scenario = session(
        "every: 1 s, at: 10 s, by: user, heal: true",
        "when: {event: node.paused}, by: user, heal: true",
        "at: 9223372036854775807 ns, by: user, heal: true",
    )

    assert branch(scenario, 2) == Branch(left_out=(4, 5), gone=("Late",))


def agenda_of(scenario: Scenario) -> Agenda:
    agenda = Agenda()
    for step in plan(scenario).steps:
        if step.at_ns is not None:
            agenda.note(step.at_ns, step.command, step.by, outside=step.by != "script")
    agenda.begin()
    return agenda


def test_the_agenda_leaves_out_what_the_script_does_and_what_stays_is_no_repetition_any_more() -> None:
    scenario = session("at: 1 ms, kill: Late")
    agenda = agenda_of(scenario)
    assert agenda.repeated == 3

    agenda.forget_repeated(branch(scenario, 2).kept)

    kinds = [type(command).__name__ for command in agenda.commands()]
    assert kinds == ["Kill", "Spawn"]
    assert agenda.repeated == 0
    agenda.forget_repeated()
    assert len(agenda) == 2


def test_orders_that_a_snapshot_has_on_its_list_belong_to_it() -> None:
    known = agenda_of(session())
    going_on = Agenda()
    going_on.take_up(known.state())
    going_on.begin()

    assert (known.repeated, going_on.repeated) == (3, 0)
    going_on.forget_repeated()
    assert len(going_on) == 3
