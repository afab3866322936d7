"""The event stream: a closed set of kinds, each event one line of JSON that begins with when, which, where and what."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.events import (
    KINDS,
    AnyEvent,
    Event,
    FramesInUse,
    LinkHealed,
    NodeCrashed,
    NodePaused,
    ProcessExited,
    ProcessOutput,
    RunStarted,
    Stamped,
    event_of,
    kind_of,
)
from nodes.wire.reasons import reason, verbatim
from tests.nodes.kernel.machine import examples
from tests.nodes.wire.samples import values_of


def _subclasses(cls: type[Event]) -> list[type[Event]]:
    return [one for sub in cls.__subclasses__() for one in (sub, *_subclasses(sub))]


def test_every_event_has_a_kind_of_its_own_and_is_in_the_closed_set() -> None:
    assert sorted(KINDS) == sorted(kind_of(event) for event in _subclasses(Event))
    assert [kind_of(event) for event in KINDS.values()] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_one_or_two_words_in_lower_case(kind: str) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z]+(-[a-z]+)?)?", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_of_an_event_hides_one_of_its_place(kind: str) -> None:
    assert [name for name in KINDS[kind].__struct_fields__ if name in ("t", "seq", "node", "kind", "event")] == []


@given(
    event=values_of(AnyEvent),
    t=st.integers(0, 1 << 62),
    sequence=st.integers(0, 1 << 40),
    node=st.sampled_from(["n1", "server-2", "my.node_3", None]),
)
@examples(300)
def test_an_event_is_one_line_with_its_place_first_and_is_read_back_as_it_was(
    event: AnyEvent, t: int, sequence: int, node: str | None
) -> None:
    line = Stamped(t, sequence, node, event).to_json()

    assert b"\n" not in line
    fields = json.loads(line)
    assert list(fields)[:4] == ["t", "seq", "node", "kind"]
    assert (fields.pop("t"), fields.pop("seq"), fields.pop("node")) == (t, sequence, node)
    assert fields["kind"] == kind_of(event)
    assert event_of(line) == event


def test_fields_follow_in_the_order_in_which_they_are_declared_and_a_reason_is_english_with_its_rule_behind_it() -> (
    None
):
    why = reason("signalled", signal="SIGKILL", why=reason("from-outside"))
    line = Stamped(12, 3, "n1", ProcessExited("n1.2", None, "SIGKILL", why, 5, 7)).to_json()

    assert line == (
        b'{"t":12,"seq":3,"node":"n1","kind":"process.exited","pid":"n1.2","exit_code":null,"signal":"SIGKILL",'
        b'"reason":"SIGKILL, from outside","rule":"signalled",'
        b'"numbers":{"signal":"SIGKILL","why":{"rule":"from-outside","numbers":{}}},"instructions":5,"cpu_ns":7}'
    )


def test_a_reason_that_another_version_has_given_is_told_in_its_own_words() -> None:
    line = Stamped(12, 3, "n1", NodeCrashed(reason("killed-by-user", signal="SIGKILL"))).to_json()

    for other in (line.replace(b"killed-by-user", b"killed-by-nobody"), line.replace(b'"signal":', b'"sign":')):
        assert event_of(other) == NodeCrashed(verbatim("SIGKILL by the user"))


def test_an_event_without_fields_has_only_its_place() -> None:
    assert Stamped(0, 1, "n1", NodePaused()).to_json() == b'{"t":0,"seq":1,"node":"n1","kind":"node.paused"}'


def test_an_event_of_the_whole_cluster_is_nowhere() -> None:
    assert Stamped(0, 1, None, LinkHealed(["n1>n2"])).to_json() == (
        b'{"t":0,"seq":1,"node":null,"kind":"link.healed","links":["n1>n2"]}'
    )


def test_output_is_text_or_bytes_and_never_both() -> None:
    assert Stamped(0, 0, "n1", ProcessOutput("n1.1", 1, text="¡ñ!")).to_json() == (
        '{"t":0,"seq":0,"node":"n1","kind":"process.output","pid":"n1.1","descriptor":1,"text":"¡ñ!"}'.encode()
    )
    assert Stamped(0, 0, "n1", ProcessOutput("n1.1", 2, base64="/w==")).to_json() == (
        b'{"t":0,"seq":0,"node":"n1","kind":"process.output","pid":"n1.1","descriptor":2,"base64":"/w=="}'
    )


def test_equal_settings_give_equal_bytes_in_whatever_order_they_were_made() -> None:
    one = RunStarted("1", "t", 1, {"a": 1, "b": {"c": 2, "d": 3}})
    other = RunStarted("1", "t", 1, {"b": {"d": 3, "c": 2}, "a": 1})

    assert Stamped(0, 0, None, one).to_json() == Stamped(0, 0, None, other).to_json()


def test_events_are_values_and_cannot_be_changed() -> None:
    event = NodePaused()

    assert event == NodePaused()
    with pytest.raises(AttributeError):
        FramesInUse(1, 0, 0, 1, 1).allocated = 2  # type: ignore[misc]
