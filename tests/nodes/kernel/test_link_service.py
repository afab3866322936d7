"""Links on one node: what a kernel answers to each letter about them, who is woken, and what a crash makes it ask; and the name server."""

from __future__ import annotations

import errno
from collections.abc import Sequence

import pytest

from nodes.kernel.link_service import BACKLOG
from nodes.kernel.links import MAX_LINKS, WINDOW, LinkEnd, LinkState
from nodes.kernel.process import Process, State, WaitingFor
from nodes.wire.events import LinkEnded, LinkOpened, NameKnown
from nodes.wire.packets import (
    AnyBody,
    Letter,
    LetterReturned,
    LettersInDoubt,
    LinkEnquired,
    LinkFragment,
    LinkGone,
    LinkGranted,
    LinkReceipt,
    LinkRequested,
    NameAnswered,
    NameAsked,
    NamePublished,
)
from nodes.wire.reasons import verbatim
from tests.nodes.kernel.post import Post, a_letter, a_link, kinds

ME, PEER = "n2.1", "n3.1"
LINK = f"{PEER}/1"


class Ends(Post):
    """A node with one process, which has one open link."""

    def __init__(self, name: str = "n2") -> None:
        super().__init__(name=name)
        self.process: Process = self.live(f"{name}.1")
        self.end: LinkEnd = a_link(self.process, PEER, "n3")
        self.seen()

    def hear(self, body: AnyBody, sender: str = PEER, **others: object) -> list[tuple[str, AnyBody]]:
        """Let a letter about the link come; return what is said to that."""
        letter = a_letter(self.process.pid, body, sender=sender, origin="n3", **others)  # type: ignore[arg-type]
        return said(self.get(letter, "n3"))

    def waits_for(self, what: str) -> None:
        """Let the process wait."""
        self.machine.parts.lifecycle.block(self.process, WaitingFor(what))

    @property
    def awake(self) -> bool:
        return self.process.state is not State.BLOCKED

    def end_process(self) -> list[tuple[str, AnyBody]]:
        """Kill the process; return what its kernel says about that."""
        self.seen()
        self.machine.kill(self.process.pid, self.kernel.now + 1)
        self.kernel.advance(self.kernel.now + 2)
        return said(self.seen())


def said(sent: Sequence[tuple[str, object]]) -> list[tuple[str, AnyBody]]:
    return [(to, packet.body) for to, packet in sent if isinstance(packet, Letter)]


def a_fragment(
    sequence: int, content: bytes = b"x", *, last: bool = True, end: bool = False, received: int = 0
) -> LinkFragment:
    return LinkFragment(LINK, sequence, content, last, end, received, WINDOW)


THE_END = a_fragment(0, b"", last=False, end=True)


# ------------------------------------------------------------------------------------------------------------- opening


def test_so_many_links_may_wait_to_be_accepted_and_no_more() -> None:
    ends = Ends()
    for number in range(BACKLOG):
        assert ends.hear(LinkRequested(f"x/{number}")) == [("n3", LinkGranted(f"x/{number}"))]
    assert ends.hear(LinkRequested("x/last")) == [("n3", LinkGranted("x/last", refused=True))]
    assert len(ends.process.links.incoming) == BACKLOG


def test_a_link_that_is_asked_for_twice_is_opened_once_and_granted_twice() -> None:
    ends = Ends()
    for _ in range(2):
        assert ends.hear(LinkRequested("x/1")) == [("n3", LinkGranted("x/1"))]
    assert ends.process.links.incoming == ["x/1"]


@pytest.mark.parametrize("what", ["accept", "select"])
def test_who_waits_for_links_is_woken_by_one(what: str) -> None:
    ends = Ends()
    ends.waits_for(what)
    ends.hear(LinkRequested("x/1"))
    assert ends.awake


@pytest.mark.parametrize(("refused", "state"), [(False, LinkState.OPEN), (True, LinkState.BROKEN)])
def test_who_waits_for_a_link_to_open_is_told_what_came_of_it(refused: bool, state: LinkState) -> None:
    ends = Ends()
    ends.end.state = LinkState.OPENING
    ends.waits_for("link")

    ends.hear(LinkGranted(LINK, refused=refused))

    assert (ends.end.state, ends.awake) == (state, True)
    assert len(ends.events(LinkOpened)) == (not refused)


def test_an_answer_that_comes_twice_does_not_open_again_what_is_over() -> None:
    ends = Ends()
    ends.end.state = LinkState.BROKEN
    ends.hear(LinkGranted(LINK))
    assert (ends.end.state, ends.events(LinkOpened)) == (LinkState.BROKEN, [])


def test_a_receipt_is_as_good_as_a_grant_that_was_lost() -> None:
    ends = Ends()
    ends.end.state = LinkState.OPENING
    ends.hear(LinkReceipt(LINK, 0, WINDOW))
    assert ends.end.state is LinkState.OPEN


# ------------------------------------------------------------------------------------------------ messages and the end


@pytest.mark.parametrize("what", ["receive", "select"])
def test_who_waits_for_a_message_is_woken_by_one_that_is_whole(what: str) -> None:
    ends = Ends()
    ends.waits_for(what)
    ends.hear(a_fragment(0, last=False))
    assert not ends.awake
    ends.hear(a_fragment(1))
    assert ends.awake
    assert ends.end.queue == [b"xx"]


@pytest.mark.parametrize("what", ["receive", "select", "send"])
def test_the_end_of_the_other_side_wakes_whoever_waits_for_anything_and_is_acknowledged(what: str) -> None:
    ends = Ends()
    while ends.end.may_send():
        ends.end.put(b"never read")
    ends.waits_for(what)

    answers = ends.hear(THE_END)

    assert answers[-1] == ("n3", LinkReceipt(LINK, 1, WINDOW))
    assert (ends.awake, ends.end.state, ends.end.kept) == (True, LinkState.ENDED, [])
    assert [(one.why, one.unread) for one in ends.events(LinkEnded)] == [("peer", 0)]


def test_an_end_that_comes_again_is_acknowledged_again_and_told_once() -> None:
    ends = Ends()
    ends.hear(THE_END)
    assert ends.hear(THE_END) == [("n3", LinkReceipt(LINK, 1, WINDOW))]
    assert len(ends.events(LinkEnded)) == 1


def test_room_in_the_queue_wakes_the_sender() -> None:
    ends = Ends()
    while ends.end.may_send():
        ends.end.put(b"x")
    ends.end.take_transmittable()
    ends.waits_for("send")
    ends.hear(LinkReceipt(LINK, 0, WINDOW))
    assert not ends.awake
    answers = ends.hear(LinkReceipt(LINK, 1, WINDOW + 1))
    assert ends.awake
    assert [body.sequence for _, body in answers if isinstance(body, LinkFragment)] == [WINDOW]


# ------------------------------------------------------------------------------------------------------------- closing


def test_an_end_that_is_given_up_is_kept_until_the_other_side_has_got_everything_and_reads_nothing_more() -> None:
    ends = Ends()
    ends.hear(a_fragment(0, b"unread"))
    ends.end.put(b"last words")
    assert ends.links.destroy(ends.process, 0) == 0
    assert (ends.end.state, ends.end.queue) == (LinkState.CLOSED, [])
    assert [(one.why, one.arrived, one.unread) for one in ends.events(LinkEnded)] == [("destroyed", 1, 1)]

    ends.hear(LinkReceipt(LINK, 1, WINDOW))
    assert list(ends.process.links.ends) == [LINK]
    ends.hear(LinkReceipt(LINK, 2, WINDOW))
    assert ends.process.links.ends == {}


def test_when_both_sides_give_a_link_up_nobody_waits_for_the_other() -> None:
    ends = Ends()
    ends.links.destroy(ends.process, 0)
    assert ends.hear(THE_END) == [("n3", LinkReceipt(LINK, 1, WINDOW))]
    assert ends.process.links.ends == {}


def test_a_link_that_is_over_goes_at_once_when_it_is_given_up() -> None:
    ends = Ends()
    ends.hear(THE_END)
    ends.links.destroy(ends.process, 0)
    assert ends.process.links.ends == {}


def test_what_a_process_leaves_unsaid_when_it_ends_is_said_for_it() -> None:
    ends = Ends()
    ends.end.put(b"last words")

    sent = [body for _, body in ends.end_process()]

    assert [(body.content, body.end) for body in sent if isinstance(body, LinkFragment)] == [
        (b"last words", False),
        (b"", True),
    ]
    assert list(ends.links.lingering) == [ME]
    ends.hear(LinkReceipt(LINK, 2, WINDOW))
    assert ends.links.lingering == {}
    assert [type(body) for _, body in ends.hear(LinkEnquired(LINK))] == [LetterReturned]


# ------------------------------------------------------------------------------------------------ somebody has crashed


def test_whoever_is_asked_says_how_far_it_has_got_and_wants_the_rest_again() -> None:
    ends = Ends()
    ends.hear(a_fragment(0))
    assert ends.hear(LinkEnquired(LINK)) == [("n3", LinkReceipt(LINK, 1, WINDOW, again=True))]
    assert ends.hear(LinkEnquired("x/9")) == [("n3", LinkGone("x/9"))]
    ends.end.state = LinkState.BROKEN
    assert ends.hear(LinkEnquired(LINK)) == [("n3", LinkGone(LINK))]


@pytest.mark.parametrize(("again", "sent"), [(True, [0, 1]), (False, [])])
def test_what_may_be_lost_is_sent_again(again: bool, sent: list[int]) -> None:
    ends = Ends()
    for _ in range(2):
        ends.end.put(b"x")
    ends.end.take_transmittable()
    answers = ends.hear(LinkReceipt(LINK, 0, WINDOW, again=again))
    assert [body.sequence for _, body in answers if isinstance(body, LinkFragment)] == sent


@pytest.mark.parametrize(
    ("state", "asks"),
    [
        (LinkState.OPENING, [LinkRequested]),
        (LinkState.OPEN, [LinkEnquired]),
        (LinkState.CLOSED, [LinkEnquired]),
        (LinkState.ENDED, []),
        (LinkState.BROKEN, []),
    ],
)
def test_after_a_crash_each_end_asks_as_far_as_it_still_wants_anything(state: LinkState, asks: list[type]) -> None:
    ends = Ends()
    ends.end.state = state
    assert [type(body) for _, body in said(ends.crash("n4"))] == asks


def test_after_a_crash_ends_of_the_dead_ask_too_and_ends_that_share_a_node_do_not() -> None:
    ends = Ends()
    ends.end.put(b"last words")
    ends.end_process()
    assert said(ends.crash("n4")) == [("n3", LinkEnquired(LINK))]

    pair = Ends()
    pair.live(PEER)
    pair.seen()
    assert said(pair.crash("n4")) == []


def test_who_hears_that_its_letters_are_in_doubt_asks() -> None:
    assert Ends().hear(LettersInDoubt(LINK), sender="") == [("n3", LinkEnquired(LINK))]


@pytest.mark.parametrize("body", [LinkGone(LINK), LetterReturned(PEER, verbatim("why"), "LinkFragment", LINK)])
@pytest.mark.parametrize("what", ["link", "receive", "send", "select"])
def test_who_waits_for_one_that_is_gone_is_woken_and_gets_its_error(body: AnyBody, what: str) -> None:
    ends = Ends()
    ends.waits_for(what)
    assert ends.hear(body) == [("n3", LinkGone(LINK))]
    assert (ends.awake, ends.end.state) == (True, LinkState.BROKEN)
    assert [one.why for one in ends.events(LinkEnded)] == ["broken"]
    assert ends.hear(body) == []


@pytest.mark.parametrize(
    ("state", "then", "told"),
    [
        (LinkState.OPENING, LinkState.BROKEN, []),
        (LinkState.OPEN, LinkState.BROKEN, [("n3", LinkGone(LINK))]),
        (LinkState.CLOSED, None, [("n3", LinkGone(LINK))]),
        (LinkState.ENDED, LinkState.ENDED, []),
        (LinkState.BROKEN, LinkState.BROKEN, []),
    ],
)
def test_whatever_state_an_end_is_in_when_its_other_end_is_gone_it_is_of_no_use_after_that(
    state: LinkState, then: LinkState | None, told: list[tuple[str, AnyBody]]
) -> None:
    ends = Ends()
    ends.end.state = state
    ends.end.put(b"x")
    assert ends.hear(LetterReturned(PEER, verbatim("why"), "LinkFragment", LINK)) == told
    left = ends.process.links.ends.get(LINK)
    assert (None if left is None else left.state) == then
    assert [one.why for one in ends.events(LinkEnded)] == ["broken"] * (state is LinkState.OPEN)
    assert state is not LinkState.OPEN or ends.end.kept == []


def test_an_end_learns_where_the_other_is_from_its_letters_alone() -> None:
    ends = Ends()
    ends.hear(LinkReceipt(LINK, 0, WINDOW), version=3)
    assert (ends.end.peer_at, ends.end.peer_version) == ("n3", 3)
    ends.get(a_letter(ME, LinkReceipt(LINK, 0, WINDOW), sender="n1.7", origin="n4", version=9))
    assert (ends.end.peer_at, ends.end.peer_version) == ("n3", 3)


# --------------------------------------------------------------------------------------------------------------- names


def test_a_question_waits_until_the_name_is_known_and_is_answered_once() -> None:
    server = Post(name="n1")
    server.links.receive("n2", NameAsked("s", ME))
    assert server.seen() == []

    server.links.receive("n3", NamePublished("s", PEER))
    assert server.seen() == [("n2", a_letter(ME, NameAnswered("s", PEER), sender="", origin="n1"))]
    server.links.receive("n4", NamePublished("s", "n4.1"))
    assert server.seen() == []
    assert [one.pid for one in server.events(NameKnown)] == [PEER, "n4.1"]
    server.links.receive("n2", NameAsked("s", ME))
    assert said(server.seen()) == [("n2", NameAnswered("s", "n4.1"))]


def test_a_new_question_takes_the_place_of_the_last() -> None:
    server = Post(name="n1")
    server.links.receive("n2", NameAsked("s", ME))
    server.links.receive("n2", NameAsked("t", ME))
    server.links.receive("n3", NamePublished("s", PEER))
    assert server.seen() == []
    server.links.receive("n3", NamePublished("t", PEER))
    assert kinds(server.seen()) == [("n2", "NameAnswered")]


@pytest.mark.parametrize(("name", "answer"), [("s", PEER), ("other", None)])
def test_the_answer_to_an_older_question_is_of_no_use(name: str, answer: str | None) -> None:
    ends = Ends()
    ends.process.links.asking = "s"
    ends.waits_for("name")
    ends.hear(NameAnswered(name, PEER), sender="")
    assert (ends.process.links.answer, ends.awake) == (answer, answer is not None)


def test_a_process_asks_once_and_after_a_crash_once_more() -> None:
    ends = Ends()
    for _ in range(2):
        assert ends.links.find(ends.process, "s", -1) == WaitingFor("name")
    assert kinds(ends.seen()) == [("n1", "NameAsked")]
    ends.crash("n4")
    ends.links.find(ends.process, "s", -1)
    assert kinds(ends.seen()) == [("n1", "NameAsked")]


@pytest.mark.parametrize(("crashed", "awake"), [("n1", True), ("n4", False)])
def test_who_waits_for_a_name_is_woken_when_the_name_server_dies(crashed: str, awake: bool) -> None:
    ends = Ends()
    ends.waits_for("name")
    ends.crash(crashed)
    assert ends.awake == awake


def test_without_the_name_server_nobody_is_found_or_made_known() -> None:
    ends = Ends()
    ends.crash("n1")
    assert ends.links.find(ends.process, "s", -1) == -errno.EHOSTUNREACH
    assert ends.links.publish(ends.process, "s") == -errno.EHOSTUNREACH
    assert ends.process.links.published is not None
    assert not ends.process.links.published


def test_a_wait_for_one_link_that_a_signal_has_ended_is_over_when_another_is_asked_for() -> None:
    ends = Ends()
    assert ends.links.connect(ends.process, PEER) == WaitingFor("link")
    assert ends.links.connect(ends.process, PEER) == WaitingFor("link")
    assert kinds(ends.seen()) == [("n3", "LinkRequested")]
    assert ends.links.connect(ends.process, "n4.1") == WaitingFor("link")
    assert [state.state for state in ends.process.links.ends.values()][1:] == [LinkState.CLOSED, LinkState.OPENING]
    assert kinds(ends.seen()) == [("n3", "LinkFragment"), ("n4", "LinkRequested")]


def test_a_link_that_is_given_up_before_it_opened_is_not_found_again_by_who_asks_once_more() -> None:
    ends = Ends()
    for number in range(MAX_LINKS - 2):
        a_link(ends.process, f"n4.{number + 5}", "n4")
    assert ends.links.connect(ends.process, "n3.7") == WaitingFor("link")
    assert ends.links.connect(ends.process, "n4.1") == -errno.EMFILE
    assert ends.links.connect(ends.process, "n3.7") == -errno.EMFILE
