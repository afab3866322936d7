"""Objects as data: circles close, one object stays one, what is to be done later is done, and a file can name nothing but a node's own."""

from __future__ import annotations

import itertools
import random
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nodes.global_state.heap import CannotBeKept, Kept, Users, pack, unpack
from nodes.kernel.agenda import TIMER, Agenda
from nodes.kernel.frames import Frames
from nodes.kernel.memory import Page, PageWait, Place
from nodes.kernel.process import State
from nodes.kernel.recent import Recent
from nodes.kernel.scheduler import SCHEDULERS
from nodes.kernel.services import Once
from nodes.wire.parameters import Costs
from nodes.wire.parts import Damaged
from nodes.wire.reasons import reason
from nodes.wire.users_code import UsersCodeError
from nodes.wire.vocabulary import Scheduler


def again(one: Any) -> Any:
    """Pack an object, write it down, and make it again."""
    return unpack(msgspec.msgpack.decode(msgspec.msgpack.encode(pack(one, {}, {}))), {}, {})


VALUES = [
    None,
    True,
    -5,
    1 << 70,
    0.5,
    "text",
    b"bytes",
    bytearray(b"more"),
    (1, ("two", b"3")),
    [1, [2, [3]]],
    {"a": 1, ("b", 2): [3]},
    {1, 2},
    frozenset({"x"}),
    deque([1, 2], maxlen=3),
    State.READY,
    msgspec.UNSET,
    Place("n1", on_disk=True),
    Costs(),
    int,
    Page,
    Page(7, dirty=True, saved=Place("n2", on_disk=False)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:40])
def test_a_value_is_what_it_was(value: object) -> None:
    made = again([value])[0]
    assert (made, type(made)) == (value, type(value))


def test_one_object_stays_one_and_circles_close() -> None:
    shared: list[Any] = []
    shared.append((shared, {"again": shared}))
    made = again({"one": shared, "other": shared})
    assert made["one"] is made["other"]
    assert made["one"][0][0] is made["one"]
    assert made["one"][0][1]["again"] is made["one"]


def test_what_is_due_is_done_as_it_would_have_been() -> None:
    done: list[Any] = ["something"]
    agenda = Agenda()
    agenda.put(5, TIMER, done.clear)
    agenda.put(3, TIMER, done.reverse)
    made_agenda, made_done = again((agenda, done))
    made_done.append("more")
    assert made_agenda.first_ns() == 3
    made_agenda.take()()
    assert made_done == ["more", "something"]
    made_agenda.take()()
    assert (made_done, done) == ([], ["something"])


def test_a_function_within_a_function_knows_what_it_knew() -> None:
    frames: Frames[Any] = Frames(4)
    made = again(frames)
    assert made.make_room() is False
    assert made.allocate(None, 1) == frames.allocate(None, 1)


def test_a_table_of_its_own_kind_keeps_its_order_and_its_limit() -> None:
    table: Recent[str, int] = Recent(2)
    table["a"], table["b"] = 1, 2
    made = again(table)
    made["c"] = 3
    assert list(made.items()) == [("b", 2), ("c", 3)]


def test_an_exception_that_somebody_holds_is_one() -> None:
    made = again(PageWait(3, 70))
    assert (made.number, made.until_ns, made.args) == (3, 70, (3, 70))
    assert (
        str(again(UsersCodeError(reason("strategy-failed", name="mine:Fair", error="x"))))
        == "the strategy mine:Fair failed: x"
    )


@pytest.mark.parametrize("name", sorted(SCHEDULERS))
def test_every_scheduler_can_be_kept(name: Scheduler) -> None:
    assert again(SCHEDULERS[name](1000)).is_empty()


def test_what_counts_counts_on() -> None:
    counter = itertools.count(3)
    next(counter)
    assert (next(again(counter)), next(counter)) == (4, 4)


def test_a_generator_goes_on_or_begins_anew_from_another_seed() -> None:
    generator = random.Random(3)
    generator.random()
    packed = pack(generator, {}, {})
    following = generator.random()
    assert unpack(packed, {}, {}).random() == following
    other = [unpack(packed, {}, {}, seed="other").random() for _ in range(2)]
    assert other[0] == other[1] != following


def test_what_is_outside_is_named_and_what_holds_a_machine_says_what_it_is() -> None:
    outside = object()
    frames: Frames[Any] = Frames(9)
    kept: dict[type, Kept] = {Frames: Kept(lambda one: one.total, lambda total: f"{total} frames")}
    packed = pack([outside, frames], {"it": outside}, kept)
    assert unpack(packed, {"it": "another"}, kept) == ["another", "9 frames"]


def test_a_class_of_a_users_own_is_known_by_the_name_that_a_scenario_gives_it() -> None:
    class Policy:
        def __init__(self) -> None:
            self.seen = 3

    users = Users(lambda kind: "mine:Policy" if kind is Policy else None, lambda name: {"mine:Policy": Policy}[name])
    made = unpack(pack(Policy(), {}, {}, users), {}, {}, users)
    assert (type(made), made.seen) == (Policy, 3)


@pytest.mark.parametrize("one", [pytest, open, test_an_exception_that_somebody_holds_is_one, object(), Path("x")])
def test_what_is_no_part_of_a_node_cannot_be_kept(one: object) -> None:
    with pytest.raises(CannotBeKept):
        pack([one], {}, {})


HOSTILE = [
    [["function", "os:system"]],
    [["class", "subprocess:Popen"]],
    [["function", "nodes.wire.users_code:load_module"]],
    [["object", "nodes.nursery:_Nursery", []]],
    [["closure", "subprocess", "run", 0, [], None]],
    [["function", "nodes.kernel.cpu:icicle.Icicle"]],
    [["class", "nodes.kernel.cpu:Callable"]],
    [["method", [1], "__reduce__"], ["list", []]],
    [["object", "nodes.kernel.agenda:Agenda", [["__class__", [1]]]], ["class", "nodes.kernel.agenda:Timer"]],
    [["outside", "nothing"]],
    [["kept", "nodes.kernel.cpu:Cpu", None]],
    [["table", "nodes.kernel.agenda:Agenda", [], []]],
    [["list", [[7]]]],
    [["tuple", "", [[0]]]],
    [["nonsense"]],
    [[]],
    [],
]


@pytest.mark.parametrize("packed", HOSTILE, ids=str)
def test_what_was_not_made_by_us_is_refused(packed: list[list[Any]]) -> None:
    with pytest.raises(Damaged):
        unpack(packed, {}, {})


def test_a_table_that_is_made_once_still_refuses_a_second_claim() -> None:
    once: Once[str, int] = Once("a thing")
    once.add({"a": 1})
    assert again(once)["a"] == 1
