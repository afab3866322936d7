"""Mail on one node: what becomes of a letter, by all that the node knows of its addressee; and who is told where processes are."""

from __future__ import annotations

import pytest

from nodes.kernel.mail import MOST_HOPS, Place
from nodes.wire.events import MailReturned, MessageForwarded, ResidualEnded, ResidualLeft
from nodes.wire.ids import NodeName
from nodes.wire.packets import (
    AddressTold,
    Letter,
    LetterReturned,
    LettersInDoubt,
    LinkEnquired,
    LinkGone,
    NodeBack,
    PlaceNoted,
    PlaceTold,
    ProcessGone,
)
from nodes.wire.reasons import reason, verbatim
from nodes.wire.vocabulary import REDIRECTIONS, Redirection
from tests.nodes.kernel.post import NODES, SENDER, Post, a_letter, a_link, kinds


def know(post: Post, pid: str, at: NodeName, version: int = 1, before: NodeName = "") -> None:
    """Let a node hear where a process is."""
    post.get(AddressTold(pid, at, version, before, answer=False))


# ---------------------------------------------------------------------------------------------- the rules for a letter


def test_a_letter_to_a_process_that_is_here_is_delivered() -> None:
    post = Post()
    post.live("n2.1")
    assert kinds(post.get(a_letter("n2.1"))) == [("n1", "LinkGone")]


def test_a_letter_to_a_frozen_process_waits_and_is_delivered_if_it_stays() -> None:
    post = Post()
    process = post.frozen("n2.1")
    assert post.get(a_letter("n2.1")) == []
    assert post.mail.remembered() == ["n2.1"]

    post.machine.parts.lifecycle.thaw(process)
    post.mail.stay(process)

    assert kinds(post.seen()) == [("n1", "LinkGone")]
    assert post.mail.remembered() == []


def test_what_was_held_goes_with_the_process_once_and_what_comes_later_is_passed_on() -> None:
    post = Post()
    process = post.frozen("n2.1")
    letter = a_letter("n2.1")
    post.get(letter)

    assert post.mail.depart(process, "n3") == [letter]
    post.machine.parts.lifecycle.give_up(process)
    assert post.mail.remembered() == []
    assert post.get(a_letter("n2.1")) == [("n3", a_letter("n2.1", route=("n2",)))]
    assert [(one.to, one.hops) for one in post.events(MessageForwarded)] == [("n3", 2)]


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_letter_to_one_that_does_not_come_goes_to_where_it_stays_and_nowhere_else(redirection: Redirection) -> None:
    """Its home is n3; it stays on n4."""
    post = Post(redirection)
    post.mail.expect("n3.1", "n4")
    assert post.get(a_letter("n3.1")) == []

    post.mail.not_coming("n3.1")

    assert post.seen() == [("n4", a_letter("n3.1", route=("n2",)))]
    assert post.mail.remembered() == []


def test_whoever_arrives_gets_what_was_held_where_it_was_before_what_was_held_here() -> None:
    post = Post()
    post.mail.expect("n1.1", "n1")
    post.get(a_letter("n1.1", sender="n1.8"))
    process = post.frozen("n1.1")
    post.machine.parts.lifecycle.thaw(process)
    post.seen()

    post.mail.arrive(process, [a_letter("n1.1", sender="n1.7")])

    answered = [packet.to for _, packet in post.seen() if isinstance(packet, Letter)]
    assert answered == ["n1.7", "n1.8"]
    assert process.links.moves == 1


def test_a_process_that_was_taken_for_dead_and_comes_is_not_dead() -> None:
    post = Post()
    post.get(ProcessGone("n1.1"))
    assert kinds(post.get(a_letter("n1.1"))) == [("n1", "LetterReturned")]
    process = post.frozen("n1.1")
    post.mail.expect("n1.1", "n1")
    post.machine.parts.lifecycle.thaw(process)
    post.mail.arrive(process, [])
    assert "n1.1" not in post.mail._gone


def test_what_was_believed_of_a_process_that_has_come_is_forgotten() -> None:
    """It goes on with an update, and its home is elsewhere: nothing is known here of where it goes then."""
    post = Post("update")
    process = post.frozen("n1.1")
    post.mail.expect("n1.1", "n4")
    post.mail.not_coming("n1.1")
    assert post.mail.knows_of("n1.1")
    post.mail.expect("n1.1", "n4")
    post.machine.parts.lifecycle.thaw(process)
    post.mail.arrive(process, [])
    assert not post.mail.knows_of("n1.1")


def test_a_letter_to_one_that_is_dead_or_unknown_goes_back_with_the_reason() -> None:
    post = Post()
    post.get(ProcessGone("n3.1"))

    whys = [reason("ended", process="n3.1"), reason("knows-nothing", machine="n2", process="n3.2")]
    for pid, why in zip(("n3.1", "n3.2"), whys, strict=True):
        ((to, letter),) = post.get(a_letter(pid))
        assert isinstance(letter, Letter)
        assert (to, letter.to) == ("n1", SENDER)
        assert letter.body == LetterReturned(pid, why, "LinkEnquired", "n1.9/1")
    assert len(post.events(MailReturned)) == 2


def test_a_letter_that_comes_back_is_not_sent_back_again() -> None:
    post = Post()
    body = LetterReturned("n3.1", verbatim("why"), "LinkEnquired", "n1.9/1")
    assert post.get(a_letter("n3.2", body)) == []


@pytest.mark.parametrize(("hops", "goes_on"), [(MOST_HOPS - 1, True), (MOST_HOPS, False)])
def test_a_letter_is_passed_on_so_often_and_no_more(hops: int, goes_on: bool) -> None:
    post = Post()
    know(post, "n3.1", "n4")

    sent = post.get(a_letter("n3.1", route=("n3",) * hops))

    assert kinds(sent) == [("n4", "LinkEnquired") if goes_on else ("n1", "LetterReturned")]


def test_news_of_a_place_are_believed_if_they_are_newer() -> None:
    post = Post()
    for at, version in (("n3", 2), ("n4", 2), ("n4", 1)):
        know(post, "n1.1", at, version)
        assert kinds(post.get(a_letter("n1.1"))) == [("n3", "LinkEnquired")]
    know(post, "n1.1", "n4", 3)
    assert kinds(post.get(a_letter("n1.1"))) == [("n4", "LinkEnquired")]


def test_whoever_asks_for_an_answer_to_news_gets_one() -> None:
    assert Post().get(AddressTold("n1.1", "n3", 2, "", answer=True)) == [("n1", PlaceNoted("n1.1", 2, ""))]
    assert Post().get(AddressTold("n1.1", "n3", 2, "", answer=False)) == []


def test_a_process_that_was_about_to_go_to_a_node_that_has_died_is_where_it_was() -> None:
    post = Post()
    know(post, "n1.1", "n4", 2, before="n3")
    assert kinds(post.get(a_letter("n1.1"))) == [("n4", "LinkEnquired")]
    post.crash("n4")
    assert kinds(post.get(a_letter("n1.1"))) == [("n3", "LinkEnquired")]
    post.crash("n3")
    ((_, returned),) = post.get(a_letter("n1.1"))
    assert isinstance(returned, Letter)
    assert isinstance(returned.body, LetterReturned)
    assert str(returned.body.reason).startswith("n1.1 was last known to be on n3")


def test_a_node_that_is_back_gets_letters_again() -> None:
    post = Post()
    post.crash("n3")
    know(post, "n1.1", "n3")
    assert kinds(post.get(a_letter("n1.1"))) == [("n1", "LetterReturned")]
    post.get(NodeBack(), "n3")
    assert kinds(post.get(a_letter("n1.1"))) == [("n3", "LinkEnquired")]


def test_a_new_life_says_to_all_that_it_is_back() -> None:
    assert Post(life=2).seen() == [(name, NodeBack()) for name in NODES if name != "n2"]
    assert Post(life=1).seen() == []


# ----------------------------------------------------------------------------------------------- what a crash takes along


def test_whoever_wrote_by_way_of_here_to_a_node_that_dies_is_told_to_ask_again_where_it_wrote_from_last() -> None:
    post = Post()
    know(post, "n1.1", "n3")
    post.get(a_letter("n1.1", sender="n4.7", origin="n1"))
    post.get(a_letter("n1.1", sender="n4.7", origin="n4"))

    sent = [(to, packet) for to, packet in post.crash("n3") if isinstance(packet, Letter)]

    assert sent == [("n4", a_letter("n4.7", LettersInDoubt("n1.9/1"), sender="", origin="n2"))]
    post.get(NodeBack(), "n3")
    assert [packet for _, packet in post.crash("n3") if isinstance(packet, Letter)] == [], "once"


@pytest.mark.parametrize(("known", "asks"), [({}, True), ({"n4": 1}, True), ({"n4": 2}, False), ({"n4": 3}, False)])
def test_whoever_arrives_asks_after_its_links_if_its_last_node_had_not_heard_of_a_crash(
    known: dict[NodeName, int], asks: bool
) -> None:
    post = Post()
    process = post.frozen("n1.1")
    a_link(process, "n3.1", "n3")
    post.crash("n4", "n4")
    post.mail.expect("n1.1", "n1")
    post.machine.parts.lifecycle.thaw(process)
    post.seen()
    process.links.known_crashes = known

    post.mail.arrive(process, [])

    assert kinds(post.seen()) == ([("n3", "LinkEnquired")] if asks else [])


def test_what_is_packed_says_of_which_crashes_its_node_had_heard() -> None:
    post = Post()
    process = post.frozen("n2.1")
    post.crash("n4", "n4")
    post.mail.announce(process, "n3")
    assert process.links.known_crashes == {"n4": 2}


def test_who_must_know_before_the_commit_and_dies_is_waited_for_no_longer() -> None:
    post = Post("update")
    process = post.frozen("n1.1")
    a_link(process, "n3.1", "n3")
    a_link(process, "n4.1", "n4")
    called: list[str] = []
    post.mail.announce(process, "n4")
    post.mail.when_announced(process, lambda: called.append("then"))
    assert kinds(post.seen()) == [("n3", "PlaceTold"), ("n4", "PlaceTold"), ("n1", "AddressTold")]

    post.get(PlaceNoted("n1.1", 1, "n3.1"))
    post.get(PlaceNoted("n1.1", 1, ""))
    assert called == []
    post.crash("n4")
    assert called == ["then"]


# ------------------------------------------------------------------------------------------------ who knows the place


def test_a_letter_that_was_passed_on_compresses_its_way_once_for_each_place() -> None:
    """Who was the last to pass it on knows the place already: it has sent the letter here."""
    post = Post()
    post.live("n2.1")
    letter = a_letter("n2.1", route=("n3", "n4"))

    sent = post.get(letter, "n4")

    assert kinds(sent) == [("n3", "AddressTold"), ("n1", "PlaceTold"), ("n1", "LinkGone")]
    assert kinds(post.get(letter, "n4")) == [("n1", "LinkGone")]


def test_under_home_the_home_is_told_of_a_move_and_of_the_end() -> None:
    post = Post("home")
    process = post.frozen("n1.1")

    post.mail.depart(process, "n3")

    assert post.seen() == [("n1", AddressTold("n1.1", "n3", 1, "", answer=False))]


@pytest.mark.parametrize(("redirection", "tells"), [("forward", False), ("update", True), ("home", True)])
def test_the_home_hears_of_the_end_where_it_may_be_asked(redirection: Redirection, tells: bool) -> None:
    post = Post(redirection)
    post.live("n1.1")
    post.seen()
    post.machine.kill("n1.1", post.kernel.now + 1)
    post.machine.frames = []
    post.machine.run(post.kernel.now + 10)

    assert len(post.machine.frames) == tells
    assert post.mail.may_exist("n1.1")


def test_after_an_update_that_came_to_nothing_all_who_were_told_hear_that_it_stays() -> None:
    post = Post("update")
    process = post.frozen("n1.1")
    a_link(process, "n3.1", "n3")
    post.mail.announce(process, "n4")
    assert [(to, packet.version) for to, packet in post.seen() if isinstance(packet, AddressTold)] == [("n1", 1)]

    post.machine.parts.lifecycle.thaw(process)
    post.mail.stay(process)

    told = [(to, packet) for to, packet in post.seen()]
    assert told == [
        ("n3", a_letter("n3.1", PlaceTold("n1.1", "n2", 2), sender="n1.1", origin="n2", version=2)),
        ("n1", AddressTold("n1.1", "n2", 2, "", answer=False)),
    ]
    assert process.links.moves == 2, "newer than the place that was announced"


def test_a_process_leaves_by_the_way_that_was_in_force_when_it_was_packed() -> None:
    post = Post("forward")
    process = post.frozen("n1.1")
    post.mail.announce(process, "n3")
    post.mail.change_redirection("update")
    post.mail.depart(process, "n3")
    assert post.mail.knows_of("n1.1")
    assert post.mail.remembered() == []


def test_where_another_way_was_in_force_once_the_home_may_know_more_for_ever() -> None:
    post = Post("forward")
    for way in ("update", "forward", "forward"):
        post.mail.change_redirection(way)
    assert kinds(post.get(a_letter("n3.1"))) == [("n3", "LinkEnquired")]
    assert kinds(post.get(a_letter("n3.1", route=("n3",)))) == [("n1", "LetterReturned")], "it has been asked"


def test_who_passes_on_mail_is_told_of_when_links_need_it_and_when_they_need_it_no_more() -> None:
    post = Post("home")
    process = post.live("n1.1")
    end = a_link(process, "n3.1", "n3")
    post.mail.note_links(process)
    assert [(one.holder, one.links) for one in post.events(ResidualLeft)] == [("n1", [end.link])]
    post.mail.note_links(process)
    assert len(post.events(ResidualLeft)) == 1

    del process.links.ends[end.link]
    post.mail.note_links(process)

    assert [(one.pid, one.holder, one.mail) for one in post.events(ResidualEnded)] == [("n1.1", "n1", True)]
    assert process.passers_on == {}


def test_of_a_process_that_has_ended_nothing_is_kept_but_that_it_has() -> None:
    post = Post("update")
    process = post.frozen("n2.1")
    a_link(process, "n3.1", "n3")
    post.mail.announce(process, "n4")
    post.get(a_letter("n2.1"))
    assert "n2.1" in post.mail.remembered()
    process.links.ends.clear()
    post.machine.kill("n2.1", post.kernel.now + 1)
    post.machine.run(post.kernel.now + 10)

    assert post.mail.remembered() == []
    assert not post.mail.may_exist("n2.1")


def test_a_letter_that_is_sent_straight_goes_there_or_nowhere() -> None:
    post = Post()
    post.mail.send_straight("n2.1", 0, "n3.1", LinkGone("x"), "n4")
    assert kinds(post.seen()) == [("n4", "LinkGone")]
    post.crash("n4")
    post.mail.send_straight("n2.1", 0, "n3.1", LinkGone("x"), "n4")
    assert post.seen() == []


def test_a_sender_whose_belief_is_older_than_what_its_node_knows_is_overruled() -> None:
    post = Post()
    know(post, "n1.1", "n4", 3)
    for version, to in ((2, "n4"), (3, "n4"), (4, "n3")):
        post.mail.send("n2.1", 0, "n1.1", LinkEnquired("x"), Place("n3", version))
        assert kinds(post.seen()) == [(to, "LinkEnquired")]


def test_without_any_belief_a_letter_goes_to_the_home() -> None:
    post = Post()
    post.mail.send("n2.1", 0, "n4.1", LinkEnquired("x"))
    assert kinds(post.seen()) == [("n4", "LinkEnquired")]
