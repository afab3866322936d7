"""Which nodes pass on the mail of links, as far as that can be known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel import mail_ways
from nodes.kernel.links import LinkEnd, LinkState, LinkTable
from nodes.kernel.mail_ways import passers_on
from tests.nodes.kernel.machine import examples


def table(**partners: str) -> LinkTable:
    """Return the table of a process whose links lead to partners on these nodes, all of which know where it is."""
    return LinkTable({link: LinkEnd(link, "n9.1", at, state=LinkState.OPEN) for link, at in partners.items()})


def test_every_node_on_the_way_is_needed_until_a_letter_comes_straight() -> None:
    links = table(a="n8")
    mail_ways.leave(links, "n1", "n2")
    mail_ways.leave(links, "n2", "n3")
    assert passers_on(links, "n3", None) == {"n1": ["a"], "n2": ["a"]}

    mail_ways.note_way(links.ends["a"], ("n1",))  # n1 had been told: the chain is compressed
    assert passers_on(links, "n3", None) == {"n1": ["a"]}
    mail_ways.note_way(links.ends["a"], ())
    assert passers_on(links, "n3", None) == {}


def test_a_letter_that_was_overtaken_brings_no_node_back() -> None:
    links = table(a="n8")
    mail_ways.leave(links, "n1", "n2")
    mail_ways.note_way(links.ends["a"], ())
    mail_ways.note_way(links.ends["a"], ("n1",))
    assert passers_on(links, "n2", None) == {}


def test_who_comes_back_is_met_on_the_way() -> None:
    links = table(a="n8")
    mail_ways.leave(links, "n1", "n2")
    mail_ways.leave(links, "n2", "n1")
    assert passers_on(links, "n1", None) == {}


def test_a_partner_on_the_node_itself_or_beside_the_process_is_not_cut_off() -> None:
    links = table(a="n1", b="n2", c="n8")
    mail_ways.leave(links, "n1", "n2")
    assert passers_on(links, "n2", None) == {"n1": ["c"]}


def test_an_end_that_expects_no_more_letters_needs_nobody() -> None:
    links = table(a="n8")
    mail_ways.leave(links, "n1", "n2")
    links.ends["a"].state = LinkState.ENDED
    assert passers_on(links, "n2", None) == {}


def test_the_home_passes_on_everything_if_it_always_does() -> None:
    links = table(a="n8", b="n7", c="n1")
    assert passers_on(links, "n3", "n1") == {"n1": ["a", "b"]}
    assert passers_on(links, "n1", "n1") == {}


@given(st.lists(st.tuples(st.sampled_from(["n1", "n2", "n3", "n4"]), st.booleans()), max_size=12))
@examples(200)
def test_the_nodes_needed_are_those_that_a_letter_would_pass(steps: list[tuple[str, bool]]) -> None:
    """Against a walk along the forwarding addresses; a step is a move, after which a letter may come, and then the partner knows."""
    links, at, believed = table(a="n8"), "n1", "n1"
    addresses: dict[str, str] = {}
    for to, letter in steps:
        if to != at:
            mail_ways.leave(links, at, to)
            addresses[at] = to
            addresses.pop(to, None)
            at = to
        passed, place = [], believed
        while place != at:
            passed.append(place)
            place = addresses[place]
        assert list(passers_on(links, at, None)) == passed
        if letter:
            believed = at
            mail_ways.note_way(links.ends["a"], ())
