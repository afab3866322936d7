"""A stretch of a run as a space-time diagram in SVG: what is in it, and that it is an SVG."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree as ET

import pytest

from nodes.wire.events import MessageDelivered, MessageSent, Stamped
from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.bundled import demo_files
from tuiclu.recordings.diagram import Stretch, as_svg
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, run

MS = 1_000_000
SVG = "{http://www.w3.org/2000/svg}"


@cache
def events(demo: str) -> tuple[Stamped, ...]:
    taken: list[Stamped] = []
    run(plan(load_scenario(demo_files()[demo])), observers=[Follower(taken.append)])
    return tuple(taken)


def drawn(demo: str, stretch: Stretch, lang: str = "en") -> ET.Element:
    return ET.fromstring(as_svg(events(demo), lang, "A <bank>", stretch))  # noqa: S314 - it is our own


def messages(picture: ET.Element) -> dict[str, str]:
    """Return the kind of each message that is drawn, by its name."""
    found = {}
    for one in picture.iter(f"{SVG}line"):
        if str(one.get("class")).startswith("message"):
            node, number, *_ = str(one.findtext(f"{SVG}title")).split(":")
            found[f"{node}:{number}"] = str(one.get("class"))
    return found


def test_it_has_exactly_the_messages_that_were_under_way_in_the_stretch() -> None:
    since_ns, until_ns = 100 * MS, 120 * MS
    arrived = {one.event.message: one.t for one in events("bank") if isinstance(one.event, MessageDelivered)}
    wanted = {
        one.event.message
        for one in events("bank")
        if isinstance(one.event, MessageSent)
        and one.t <= until_ns
        and arrived.get(one.event.message, 10**18) >= since_ns
    }
    picture = drawn("bank", Stretch(since_ns, until_ns, show="all"))
    assert set(messages(picture)) == wanted


def test_the_messages_that_betray_a_cut_and_those_in_its_channels_look_different() -> None:
    picture = drawn("inconsistent-cut", Stretch(95 * MS, 120 * MS, show="cut"))
    kinds = {name: kind.split()[1] for name, kind in messages(picture).items()}
    assert sorted(name for name, kind in kinds.items() if kind == "betrays") == [
        "n1:95",
        "n1:96",
        "n2:86",
        "n2:87",
        "n3:84",
    ]
    assert {"caught", "marker"} <= set(kinds.values())
    cuts = list(picture.iter(f"{SVG}polyline"))
    assert len(cuts) == 1
    assert len(str(cuts[0].get("points")).split()) == 4 + 2, "through every node, and a little beyond"


def test_the_line_of_a_process_is_in_the_colour_of_its_node_and_names_it() -> None:
    picture = drawn("snapshot-during-migration", Stretch(80 * MS, 200 * MS, "processes"))
    texts = [str(one.text) for one in picture.iter(f"{SVG}text")]
    assert {"B1", "B2", "B3", "n1", "n2", "n3"} <= set(texts)
    assert texts.count("n1") == 2, "B3 comes to n1"


def test_it_speaks_spanish_and_escapes_what_stands_in_a_title() -> None:
    picture = drawn("three-o-clock", Stretch(), "es")
    assert str(picture.findtext(f"{SVG}title")).startswith("A <bank>: de 0.000000 s a ")
    assert any(
        "Instantánea 3 por relojes, INCOHERENTE: money 200" in str(one.text) for one in picture.iter(f"{SVG}text")
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--since", "2s", "--until", "1s"), "it ends before it begins"),
        (("--between", "planets"), "there is no `planets` to draw"),
        (("--show", "everything"), "there is no `everything` to draw"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: tuple[str, ...], says: str) -> None:
    refused = tuiclu("export", "bank", "--to", "svg", *options)
    assert (refused.returncode, says in refused.stderr) == (2, True)
