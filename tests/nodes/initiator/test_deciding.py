"""What an Initiator decides by itself: when to give, to ask, to admit and to evict; each as a row of messages."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from nodes.wire import vocabulary
from nodes.wire.events import (
    AnyEvent,
    BeliefRevised,
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    LoadHeard,
    LoadReported,
    NegotiationRefused,
    ProcessBounced,
)
from nodes.wire.packets import (
    ComeHome,
    FiguresTold,
    GuestsFrozen,
    GuestsToBackground,
    JobSubmitted,
    LoadAsked,
    LoadEntry,
    LoadTold,
    MachineTold,
    MigrateOut,
    MoveEnded,
    MoveWished,
    NoThankYou,
    NothingToGive,
    StartHere,
    WillYouTake,
    WishDenied,
    WorkWanted,
    YesMigrateTo,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason
from tests.nodes.initiator.desks import BOTH, EVERYONE, MS, SENDS, Desk, Manor, S, asked, three
from tests.nodes.initiator.world import a_process

# ------------------------------------------------------------------------------------------------------ load sharing


def test_a_loaded_machine_offers_a_process_to_the_lightest_one_that_it_knows() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n2", 1000)
    desk.hear("n3", 0)
    assert asked(desk.tick()) == [("n1.1", "n3", "os")]
    assert desk.decisions("share") == [("yes", "lighter")]


def test_a_machine_that_is_not_loaded_offers_nothing_and_says_so_once() -> None:
    desk = Desk(SENDS, three()[:1])
    desk.hear("n3", 0)
    assert [asked(desk.tick()) for _ in range(3)] == [[], [], []]
    assert desk.decisions("share") == [("not now", "below-threshold")]


def test_it_waits_for_one_answer_before_it_asks_again_and_then_goes_on() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n3", 0)
    (question,) = [one for one in desk.tick() if isinstance(one, WillYouTake)]
    desk.hear("n3", 0)
    assert asked(desk.tick()) == []
    assert desk.decisions("share")[-1] == ("not now", "waits-for-answer")
    (order,) = desk.tell(YesMigrateTo(question.migration, "n3"), "n3")
    assert isinstance(order, MigrateOut)
    del desk.processes[0]
    desk.tell(MoveEnded(question.migration, "n1", "completed"))
    desk.hear("n4", 0)
    assert asked(desk.tick()) == [("n1.2", "n4", "os")]


def test_who_was_refused_is_left_alone_for_a_while_and_the_refuser_is_believed() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n3", 0)
    (question,) = [one for one in desk.tick() if isinstance(one, WillYouTake)]
    entry = LoadEntry("n3", desk.now, 2500, 10_000_000, 200, busy=True, takes_guests=True, input_ns=0)
    desk.tell(NoThankYou(question.migration, reason("blocked", machine="n3"), entry), "n3")
    assert asked(desk.tick()) == []
    assert desk.decisions("share")[-1] == ("not now", "nobody-lighter")


def test_nothing_is_taken_from_a_machine_or_a_process_that_was_told_to_stay() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n3", 0)
    desk.tell(MachineTold("n1", "stay"))
    assert asked(desk.tick()) == []
    desk.tell(MachineTold("n1", "unstay"))
    desk.processes[0] = a_process("n1.1", stays=True, age_ns=S)
    desk.hear("n3", 0)
    assert asked(desk.tick()) == [("n1.2", "n3", "os")]


def test_a_machine_with_little_to_do_asks_the_most_loaded_one_and_that_one_gives() -> None:
    settings = InitiatorParameters(load_sharing="periodic-receiver", dissemination="periodic", damping_percent=100)
    idle = Desk(settings)
    idle.hear("n2", 2000)
    idle.hear("n3", 4000)
    (wanted,) = [one for one in idle.tick() if isinstance(one, WorkWanted)]
    assert (wanted.machine, wanted.by) == ("n3", "n1")
    assert not [one for one in idle.tick() if isinstance(one, WorkWanted)], "it waits for the answer"

    loaded = Desk(settings, three())
    loaded.tick()
    assert asked(loaded.tell(WorkWanted("n1", "n4", 0), "n4")) == [("n1.1", "n4", "os")]
    assert isinstance(loaded.tell(WorkWanted("n1", "n2", 0), "n2")[0], NothingToGive), "one at a time"


@pytest.mark.parametrize(
    ("processes", "told", "rule"),
    [(3, "stay", "told-to-stay"), (1, "unstay", "queue-too-short"), (0, "stay", "told-to-stay")],
)
def test_a_machine_that_is_asked_for_work_says_why_it_has_none_to_give(processes: int, told: str, rule: str) -> None:
    desk = Desk(InitiatorParameters(load_sharing="receiver-initiated"), three()[:processes])
    desk.tell(MachineTold("n1", told))
    (answer,) = [one for one in desk.tell(WorkWanted("n1", "n4", 0), "n4") if isinstance(one, NothingToGive)]
    assert answer.reason.rule == rule
    assert desk.decisions("give-work")[-1] == ("not now", rule)


def test_who_had_nothing_to_give_is_asked_again_when_all_others_have_been() -> None:
    settings = InitiatorParameters(load_sharing="periodic-receiver", dissemination="periodic", damping_percent=100)
    idle, asked_ = Desk(settings), []
    for _ in range(6):
        for other, told in (("n2", 2000), ("n3", 4000), ("n4", 3000)):
            idle.hear(other, told)
        (wanted,) = [one for one in idle.tick() if isinstance(one, WorkWanted)]
        asked_.append(wanted.machine)
        idle.tell(NothingToGive(wanted.machine, "n1", reason("cancelled")), wanted.machine)
    assert asked_ == ["n3", "n4", "n2", "n3", "n4", "n2"]


def test_on_demand_a_few_are_asked_first_and_the_decision_follows_their_answers() -> None:
    settings = InitiatorParameters(
        load_sharing="periodic-sender", dissemination="on-demand", damping_percent=100, probes=2
    )
    desk = Desk(settings, three())
    desk.tell(FiguresTold(desk.figures(), "boot"))
    probes = desk.tick()
    assert [type(one) for one in probes] == [LoadAsked, LoadAsked]
    first, second = [to for to, what in desk.said if isinstance(what, LoadAsked)]
    for machine, load in ((first, 2900), (second, 0)):
        entry = LoadEntry(machine, desk.now, load, 10_000_000, 200, busy=False, takes_guests=True, input_ns=0)
        answer = desk.tell(LoadTold([entry]), machine)
    assert asked(answer) == [("n1.1", second, "os")]


def test_whoever_answers_no_probe_is_not_waited_for() -> None:
    settings = InitiatorParameters(load_sharing="periodic-sender", dissemination="on-demand", damping_percent=100)
    desk = Desk(settings, three())
    desk.tick()
    desk.tick()
    assert desk.decisions("share")[-1] == ("not now", "nobody-known")


def test_gossip_goes_to_a_few_and_passes_on_what_was_heard() -> None:
    settings = InitiatorParameters(dissemination="gossip", gossip_fanout=2, gossip_window=3)
    desk = Desk(settings, three())
    desk.hear("n2", 700)
    told = [one for one in desk.tick() if isinstance(one, LoadTold)]
    assert len(told) == 2
    assert [entry.machine for entry in told[0].entries] == ["n1", "n2"]


def test_without_work_anywhere_everybody_falls_silent() -> None:
    desk = Desk(SENDS, three())
    desk.tick()
    desk.processes.clear()
    ticks = 0
    while desk.mind.next_ns() is not None:
        desk.tick()
        ticks += 1
        assert ticks < 10
    assert ticks > 0


def test_belief_stands_beside_the_truth() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n2", 1234)
    desk.tick()
    (told,) = [one for one in desk.events if isinstance(one, LoadReported)]
    assert (told.load, told.beliefs) == (3000, {"n2": (1234, SENDS.interval_ns)})


def entries(draw: Random, now_ns: int) -> list[LoadEntry]:
    machines = draw.sample(EVERYONE, draw.randint(1, 4))
    return [
        LoadEntry(name, now_ns - draw.randrange(5) * MS, draw.randrange(4000), 10_000_000, 200, True, True, 0)
        for name in machines
    ]


@pytest.mark.parametrize("seed", range(20))
def test_what_it_believes_follows_from_what_it_reports(seed: int) -> None:
    draw = Random(seed)
    desk = Desk(SENDS, three())
    for _ in range(60):
        desk.now += draw.randrange(3) * MS
        other = draw.choice(EVERYONE[1:])
        match draw.randrange(6):
            case 0 | 1:
                desk.tell(LoadTold(entries(draw, desk.now)), other)
            case 2:
                desk.tick()
            case 3 if questions := [one for _, one in desk.said if isinstance(one, WillYouTake)]:
                answer = YesMigrateTo(questions[-1].migration, other)
                no = NoThankYou(questions[-1].migration, reason("cancelled"), entries(draw, desk.now)[0])
                desk.tell(answer if draw.random() < 0.5 else no, other)
            case 4:
                desk.tell(NothingToGive(other, "n1", reason("cancelled")), other)
            case _:
                desk._take(desk.mind.broken(other, desk.now))
                desk.mind.back(other)  # who is down is believed nothing of
        beliefs = desk.mind.desk.beliefs
        assert believed(desk.events) == {
            name: (beliefs.load(name), entry.at_ns) for name, entry in beliefs.entries.items()
        }
    assert {type(one) for one in desk.events} >= {LoadHeard, BeliefRevised}


def believed(events: list[AnyEvent]) -> dict[str, tuple[int, int]]:
    """Return what is believed by somebody who reports these events."""
    known: dict[str, tuple[int, int]] = {}
    for event in events:
        match event:
            case LoadHeard(_, loads):
                known |= {name: told for name, told in loads.items() if name not in known or known[name][1] < told[1]}
            case BeliefRevised(machine, None):
                del known[machine]
            case BeliefRevised(machine, int(load)):
                known[machine] = load, known[machine][1]
            case _:
                pass
    return known


def test_a_process_that_a_policy_lets_bounce_is_named() -> None:
    settings = InitiatorParameters(bounces="allowed")
    desk = Desk(settings)
    process = a_process("n9.1", trail=(("n1", S - 100 * MS), ("n2", S - 10 * MS)))
    question = WillYouTake("n2/1", process, "n2", 5000, "n1", "", "os", for_load=True)
    assert isinstance(desk.tell(question, "n2")[0], YesMigrateTo)
    desk.tell(MoveEnded("n2/1", "n1", "arrived"))
    assert [(one.pid, one.machines) for one in desk.events if isinstance(one, ProcessBounced)] == [
        ("n9.1", ["n1", "n2", "n1"])
    ]


def test_two_that_talk_do_not_go_to_each_other_at_once() -> None:
    settings = InitiatorParameters(communication_bytes=1000)
    desk = Desk(settings, [a_process("n1.1", talks={"n2": 5000})])
    desk.tell(FiguresTold(desk.figures(), "boot"))
    assert asked(desk.tick()) == [("n1.1", "n2", "os")]
    other = WillYouTake("n2/1", a_process("n2.1", talks={"n1": 5000}), "n2", 1000, "n1", "", "os", for_load=False)
    (no,) = desk.tell(other, "n2")
    assert (type(no), no.reason.rule) == (NoThankYou, "crosses")


# ---------------------------------------------------------------------------------------------- a user's own policy


class Obstinate:
    def choose(self, machine: Any, load: int, others: Any, now_ns: int) -> Any:
        return (machine.processes[-1].pid, "n4") if others else "I know nobody"


class Broken:
    def choose(self, machine: Any, load: int, others: Any, now_ns: int) -> Any:
        return machine.processes[99]


def test_a_class_of_the_users_own_decides_and_says_why_not() -> None:
    desk = Desk(InitiatorParameters(load_sharing="m:Obstinate", dissemination="periodic"), three(), policy=Obstinate())
    desk.tick()
    assert desk.decisions("share") == [("not now", "user-policy")]
    desk.hear("n2", 0)
    assert asked(desk.tick()) == [("n1.3", "n4", "os")]


def test_a_class_that_fails_is_named_with_its_error_and_harms_nobody() -> None:
    desk = Desk(InitiatorParameters(load_sharing="m:Broken", dissemination="periodic"), three(), policy=Broken())
    assert asked(desk.tick()) == []
    (failed,) = [one for one in desk.events if isinstance(one, DecisionTaken)]
    assert "m:Broken failed: IndexError" in str(failed.reason)


# --------------------------------------------------------------------------------------------- long-term scheduling


def test_a_job_starts_where_the_load_is_least_or_at_home() -> None:
    settings = InitiatorParameters(placement="least-loaded", dissemination="periodic", damping_percent=100)
    desk = Desk(settings, three())
    job = a_process("n1.4", state="new", here_ns=0)
    desk.processes.append(job)
    desk.hear("n2", 0)
    assert asked(desk.tell(JobSubmitted(job, "n1"))) == [("n1.4", "n2", "os")]
    lonely = Desk(settings, [job])
    assert lonely.tell(JobSubmitted(job, "n1")) == [StartHere("n1.4", 0)]


def test_a_machine_that_is_full_lets_jobs_wait_and_admits_them_in_order() -> None:
    desk = Desk(InitiatorParameters(admission=3), three())
    jobs = [a_process(f"n1.{number}", state="new", here_ns=0) for number in (4, 5)]
    for job in jobs:
        desk.processes.append(job)
        assert desk.tell(JobSubmitted(job, "n1")) == []
    assert desk.decisions("place") == [("not now", "full"), ("not now", "full")]
    del desk.processes[0]
    (started,) = [one for one in desk.tick() if isinstance(one, StartHere)]
    assert (started.pid, started.waited_ns) == ("n1.4", SENDS.interval_ns)


# ------------------------------------------------------------------------------------------------------------ eviction

GUESTS = [a_process("n2.1"), a_process("n3.1")]


def back(policy: vocabulary.Eviction) -> tuple[Desk, list[Any]]:
    """Return a desk whose owner has just come back, with two guests and one of its own, and what is said to that."""
    desk = Desk(InitiatorParameters(eviction=policy), [*GUESTS, a_process("n1.1")], "idle")
    desk.owner = "active"
    return desk, desk.tell(FiguresTold(desk.figures(), "owner"))


def test_under_home_all_guests_are_frozen_at_once_and_each_is_offered_to_its_home() -> None:
    desk, said = back("home")
    assert said[0] == GuestsFrozen(("n2.1", "n3.1"))
    assert asked(said) == [("n2.1", "n2", "eviction"), ("n3.1", "n3", "eviction")]
    for number, pid in ((1, "n2.1"), (2, "n3.1")):
        desk.tell(YesMigrateTo(f"n1/{number}", pid[:2]), pid[:2])
        desk.processes = [one for one in desk.processes if one.pid != pid]
        desk.tell(MoveEnded(f"n1/{number}", "n1", "completed"))
    assert [(one.left, one.remain) for one in desk.events if isinstance(one, EvictionCompleted)] == [
        (["n2.1", "n3.1"], [])
    ]
    assert desk.mind.eviction.evictions == {}


def test_who_is_refused_at_home_is_offered_elsewhere_and_at_last_left_in_the_background() -> None:
    desk, _ = back("home")
    tried = ["n2"]
    for _ in EVERYONE[1:]:
        question = [what for _, what in desk.said if isinstance(what, WillYouTake) and what.process.pid == "n2.1"][-1]
        entry = LoadEntry(question.to, desk.now, 0, 10_000_000, 9, busy=False, takes_guests=False, input_ns=0)
        said = desk.tell(NoThankYou(question.migration, reason("blocked", machine=question.to), entry), question.to)
        tried += [to for pid, to, _ in asked(said) if pid == "n2.1"]
    assert sorted(tried) == ["n2", "n3", "n4"]
    assert GuestsToBackground(("n2.1",), background=True) in [what for _, what in desk.said]


@pytest.mark.parametrize(("policy", "strategy"), [("home", "eager-all"), ("keep-running", "precopy")])
def test_each_policy_has_its_strategy(policy: vocabulary.Eviction, strategy: str) -> None:
    desk, _ = back(policy)
    (order,) = desk.tell(YesMigrateTo("n1/1", "n2"), "n2")
    assert order.strategy == strategy


def test_under_keep_running_nobody_is_frozen() -> None:
    _, said = back("keep-running")
    assert not [one for one in said if isinstance(one, GuestsFrozen)]
    assert len(asked(said)) == 2


def test_under_low_priority_guests_stay_in_the_background_until_the_owner_leaves() -> None:
    desk, said = back("low-priority")
    assert said == [GuestsToBackground((pid,), background=True) for pid in ("n2.1", "n3.1")]
    desk.owner = "idle"
    assert desk.tell(FiguresTold(desk.figures(), "owner")) == [GuestsToBackground(("n2.1", "n3.1"), background=False)]


def test_under_none_nothing_happens_and_that_is_a_decision() -> None:
    desk, said = back("none")
    assert said == []
    assert desk.decisions("evict") == [("no", "evicted")]


def test_a_guest_that_arrives_after_the_owner_has_to_go_on() -> None:
    desk, _ = back("home")
    desk.processes.append(a_process("n4.1", here_ns=0))
    assert asked(desk.tell(MoveEnded("n4/1", "n1", "arrived"))) == [("n4.1", "n4", "eviction")]


def test_before_a_shutdown_all_leave_one_after_the_other_the_longest_running_first() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n1.1", cpu_ns=S), a_process("n1.2", cpu_ns=3 * S)])
    assert asked(desk.tell(MachineTold("n1", "shutdown", desk.now + 3 * S))) == [("n1.2", "n2", "shutdown")]
    desk.tell(YesMigrateTo("n1/1", "n2"), "n2")
    desk.processes.pop()
    assert asked(desk.tell(MoveEnded("n1/1", "n1", "completed"))) == [("n1.1", "n2", "shutdown")]
    assert [one.cause for one in desk.events if isinstance(one, EvictionStarted)] == ["shutdown"]


def test_expel_sends_guests_home_and_closes_the_machine() -> None:
    desk = Desk(InitiatorParameters(), [*GUESTS, a_process("n1.1")])
    assert asked(desk.tell(MachineTold("n1", "expel"))) == [("n2.1", "n2", "eviction"), ("n3.1", "n3", "eviction")]
    assert desk.mind.machines["n1"].blocked


def test_bring_is_told_to_everybody_and_each_sends_home_who_was_born_there() -> None:
    desk = Desk(InitiatorParameters(), [*GUESTS, a_process("n1.1")])
    desk.tell(MachineTold("n1", "bring"))
    assert [(to, what) for to, what in desk.said if isinstance(what, ComeHome)] == [
        (name, ComeHome("n1")) for name in EVERYONE
    ]
    assert asked(desk.tell(ComeHome("n3"), "n3")) == [("n3.1", "n3", "user")]


# ------------------------------------------------------------------------------------- several machines, and dead ones


def test_what_is_reported_of_a_machine_names_that_machine_and_not_the_seat_of_its_initiator() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH, dissemination="periodic"))
    manor.show("n2", [a_process("n3.1")])
    for word in ("stay", "block", "expel", "shutdown"):
        manor.tell(MachineTold("n2", word), "n2")
    named = [(type(one).__name__, one.machine) for one in manor.events if hasattr(one, "machine")]
    assert {machine for _, machine in named if _ != "NegotiationMessage"} == {"n2"}
    assert {"LoadReported", "MachineStays", "MachineBlocked", "EvictionStarted", "ShutdownAnnounced"} <= {
        name for name, _ in named
    }


@pytest.mark.parametrize("policy", ["periodic-sender", "periodic-receiver", "periodic-symmetric"])
def test_one_initiator_shares_the_load_among_machines_of_its_own(policy: str) -> None:
    settings = InitiatorParameters(
        load_sharing=policy, dissemination="periodic", damping_percent=100, controls=dict.fromkeys(EVERYONE, "n1")
    )
    manor = Manor(settings, EVERYONE)
    manor.show("n2", three("n2"))
    for name in ("n1", "n3", "n4"):
        manor.show(name, [])
    said = manor.tick()
    wanted = [one for one in said if isinstance(one, WorkWanted)]
    given = [*said, *(answer for one in wanted for answer in manor.tell(one))]
    assert [pid for pid, _, _ in asked(given)] == ["n2.1"]


def test_who_was_sent_to_a_machine_of_ones_own_is_counted_once_and_not_for_ever() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH))
    manor.show("n1", three())
    manor.show("n2", [])
    for number in (1, 2, 3):
        wish = MoveWished(a_process(f"n1.{number}"), "n1", "n2", "", "eager-all", "user", reason("asked-for-by-user"))
        (question,) = manor.tell(wish)
        (answer,) = manor.tell(question)
        (order,) = manor.tell(answer)
        manor.tell(MoveEnded(order.migration, "n2", "arrived"), "n2")
        manor.tell(MoveEnded(order.migration, "n1", "completed"))
    assert manor.mind.desk.known_besides("n1").load("n2") == manor.mind.machines["n2"].load


def test_nobody_is_taken_from_a_machine_of_ones_own_that_is_dead_and_what_was_said_of_it_is_forgotten() -> None:
    manor = Manor(InitiatorParameters(load_sharing="periodic-sender", controls=BOTH, damping_percent=100))
    manor.tell(MachineTold("n2", "shutdown"), "n2")
    manor.show("n2", three("n2"))
    manor.show("n1", [])
    manor.bury("n2")
    assert [asked(manor.tick()) for _ in range(3)] == [[], [], []]
    assert manor.mind.desk.asking == {}
    manor.mind.back("n2")
    manor.show("n2", [], cause="boot")
    question = WillYouTake("n3/1", a_process("n3.1"), "n3", 1000, "n2", "", "user", for_load=False)
    assert [type(one) for one in manor.tell(question, "n3")] == [YesMigrateTo]


def test_a_node_that_is_known_to_be_down_is_asked_for_nothing() -> None:
    settings = InitiatorParameters(
        load_sharing="periodic-symmetric", placement="least-loaded", dissemination="periodic", damping_percent=100
    )
    desk = Desk(settings, three())
    for name in EVERYONE[1:]:
        desk.hear(name, 0)
        desk._take(desk.mind.broken(name, desk.now))
    desk.hear("n3", 0)  # somebody else has not heard yet of its death
    job = a_process("n1.9", state="new", here_ns=0)
    desk.processes.append(job)
    assert desk.tell(JobSubmitted(job, "n1")) == [StartHere("n1.9", 0)]
    wish = MoveWished(a_process("n1.1"), "n1", "n2", "", "eager-all", "user", reason("asked-for-by-user"))
    assert [type(one) for one in desk.tell(wish)] == [WishDenied]
    desk.owner = "active"
    desk.processes.append(a_process("n2.7"))
    assert {type(one) for one in desk.tell(FiguresTold(desk.figures(), "owner"))} == {GuestsFrozen, GuestsToBackground}
    assert desk.tick() == []
    refused = [one for one in desk.events if isinstance(one, NegotiationRefused)]
    assert [(one.by, one.step, one.reason.rule) for one in refused] == [("n1", 0, "is-down")]


@pytest.mark.parametrize("target", ["least-loaded", "random", "first-fit", "longest-idle"])
def test_no_policy_chooses_a_machine_whose_initiator_is_known_to_be_dead(target: vocabulary.Target) -> None:
    settings = InitiatorParameters(
        load_sharing="periodic-sender",
        target=target,
        dissemination="periodic",
        damping_percent=100,
        controls={"n2": "n4", "n3": "n4", "n4": "n4"},
    )
    desk = Desk(settings, three())
    for name in EVERYONE[1:]:
        desk.hear(name, 0)
    desk._take(desk.mind.broken("n4", desk.now))
    assert asked(desk.tick()) == []


def test_who_does_not_answer_is_said_not_to_answer_and_not_to_refuse() -> None:
    desk = Desk(InitiatorParameters(controls={"n2": "n4"}), three())
    wish = MoveWished(a_process("n1.1"), "n1", "n2", "", "eager-all", "user", reason("asked-for-by-user"))
    desk.tell(wish)
    desk.now += desk.settings.answer_timeout_ns
    desk._take(desk.mind.expire(desk.now))
    (refused,) = [one for one in desk.events if isinstance(one, NegotiationRefused)]
    assert (refused.by, refused.reason.rule) == ("n1", "no-initiator-answer")
    assert str(refused.reason).startswith("the Initiator of n2, on n4, has not answered for")


# --------------------------------------------------------------------------------------------------- several evictions


def ends(desk: Desk) -> list[tuple[list[str], list[str]]]:
    return [(one.left, one.remain) for one in desk.events if isinstance(one, EvictionCompleted)]


def test_two_evictions_never_book_the_same_guest() -> None:
    desk, _ = back("home")
    assert asked(desk.tell(MachineTold("n1", "expel"))) == []
    assert [one.processes for one in desk.events if isinstance(one, EvictionStarted)] == [["n2.1", "n3.1"]]
    assert asked(desk.tell(MachineTold("n1", "shutdown"))) == [("n1.1", "n4", "shutdown")]
    assert [one.processes for one in desk.events if isinstance(one, EvictionStarted)][1:] == [["n1.1"]]


def test_whom_one_eviction_has_left_here_the_next_cause_drives_out() -> None:
    desk, _ = back("low-priority")
    assert ends(desk) == [([], ["n2.1", "n3.1"])]
    assert asked(desk.tell(MachineTold("n1", "expel"))) == [("n2.1", "n2", "eviction"), ("n3.1", "n3", "eviction")]


def test_an_eviction_has_its_end_although_its_machine_dies() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH, eviction="home"))
    manor.show("n2", [a_process("n3.1")])
    manor.show("n2", [a_process("n3.1")], "active", "owner")
    manor.bury("n2")
    assert [(one.machine, one.left) for one in manor.events if isinstance(one, EvictionCompleted)] == [("n2", [])]


def test_guests_that_an_expulsion_has_left_in_the_background_compete_again_when_the_machine_is_open_again() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n2.1")])
    for name in EVERYONE[1:]:
        desk._take(desk.mind.broken(name, desk.now))
    assert GuestsToBackground(("n2.1",), background=True) in desk.tell(MachineTold("n1", "expel"))
    assert desk.tell(MachineTold("n1", "unblock")) == [GuestsToBackground(("n2.1",), background=False)]


def test_a_guest_that_was_let_in_before_an_expulsion_and_comes_after_it_has_to_leave_too() -> None:
    desk = Desk(InitiatorParameters(), [])
    desk.tell(MachineTold("n1", "expel"))
    desk.processes.append(a_process("n4.1", here_ns=0))
    assert asked(desk.tell(MoveEnded("n4/1", "n1", "arrived"))) == [("n4.1", "n4", "eviction")]


def test_whoever_is_on_the_way_when_its_home_calls_comes_home_from_where_it_arrives() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n3.1")])
    wish = MoveWished(a_process("n3.1"), "n1", "n2", "", "eager-all", "user", reason("asked-for-by-user"))
    (question,) = desk.tell(wish)
    desk.tell(YesMigrateTo(question.migration, "n2"), "n2")
    assert desk.tell(ComeHome("n3"), "n3") == []
    desk.processes.clear()
    assert desk.tell(MoveEnded(question.migration, "n1", "completed")) == [ComeHome("n3")]
