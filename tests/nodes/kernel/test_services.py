"""The door of the kernel: any number of services hear everything, in their order; what one alone may do is taken once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process
from nodes.kernel.services import Office, Service, TakenTwice
from nodes.wire.control import Delivery, KillProcess
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import AnyPacket, ProcessResumed, PushHold, encode_packet
from tests.nodes.kernel.assembler import FOREVER, Code
from tests.nodes.kernel.machine import MS, Machine, boot

Heard = list[tuple[str, str, str]]
"""Who heard what, and of whom."""


class Ear(Service):
    """Writes down all that it hears."""

    def __init__(self, name: str, heard: Heard) -> None:
        self.name = name
        self.heard = heard

    def _note(self, what: str, of: str) -> None:
        self.heard.append((self.name, what, of))

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        self._note("takes", type(packet).__name__)

    def process_came(self, process: Process) -> None:
        self._note("came", f"{process.pid} {process.state}")

    def process_ready(self, process: Process) -> None:
        self._note("ready", process.pid)

    def process_blocked(self, process: Process) -> None:
        self._note("blocked", f"{process.pid} {type(process.waiting).__name__}")

    def process_frozen(self, process: Process) -> None:
        self._note("frozen", f"{process.pid} {process.state}")

    def process_halting(self, process: Process) -> None:
        self._note("halting", f"{process.pid} {process.state}")

    def process_thawed(self, process: Process) -> None:
        self._note("thawed", f"{process.pid} {process.state}")

    def process_ending(self, process: Process) -> None:
        self._note("ending", f"{process.pid} {process.state}")

    def process_left(self, process: Process) -> None:
        self._note("left", process.pid)

    def process_ended(self, pid: Pid) -> None:
        self._note("ended", pid)

    def message_sent(self, destination: NodeName, packet: AnyPacket) -> None:
        self._note("sent", f"{type(packet).__name__} to {destination}")

    def message_delivered(self, source: NodeName, packet: AnyPacket) -> None:
        self._note("delivered", f"{type(packet).__name__} from {source}")

    def traffic(self, pid: Pid, node: NodeName, size: int) -> None:
        self._note("traffic", f"{pid} {node} {size}")

    def connection_broken(self, peer: NodeName) -> None:
        self._note("broken", peer)

    def node_back(self, peer: NodeName) -> None:
        self._note("back", peer)

    def crash_missed(self, process: Process) -> None:
        self._note("missed", process.pid)


def machine_with(*services: Service, packets: tuple[type[AnyPacket], ...] = ()) -> Machine:
    """Return a machine with some services, of which the last takes messages of some types."""

    def add(parts: Parts) -> None:
        for service in services:
            parts.kernel.register(service, packets if service is services[-1] else ())

    return Machine(boot(), add_services=add)


def two_ears(packets: tuple[type[AnyPacket], ...] = ()) -> tuple[Machine, Heard]:
    heard: Heard = []
    return machine_with(Ear("one", heard), Ear("two", heard), packets=packets), heard


def both(*news: tuple[str, str]) -> Heard:
    """Return what is heard if both hear all of it, the first one first."""
    return [(name, what, of) for what, of in news for name in ("one", "two")]


def test_two_services_both_hear_all_that_happens_to_a_process_each_in_its_turn() -> None:
    machine, heard = two_ears()
    pid = machine.start(Code().sleep(MS).exit().image())
    machine.run()

    assert heard == both(
        ("came", f"{pid} new"),
        ("ready", pid),
        ("blocked", f"{pid} Sleeping"),
        ("ready", pid),
        ("halting", f"{pid} running"),
        ("ending", f"{pid} exit"),
        ("ended", pid),
    )


def test_who_is_killed_has_ended_for_all_of_them() -> None:
    machine, heard = two_ears()
    pid = machine.start(FOREVER)
    machine.order(MS, KillProcess(pid))
    machine.run()

    assert heard == both(
        ("came", f"{pid} new"),
        ("ready", pid),
        ("halting", f"{pid} running"),
        ("ending", f"{pid} exit"),
        ("ended", pid),
    )


def test_all_hear_who_stands_still_and_who_has_left() -> None:
    machine, heard = two_ears()
    pid = machine.start(FOREVER)
    machine.run(MS)
    heard.clear()
    process = machine.process(pid)
    lifecycle = machine.parts.lifecycle
    lifecycle.freeze(process)
    lifecycle.thaw(process)
    lifecycle.freeze(process)
    machine.kernel.free_space(lifecycle.give_up(process))

    halted = (("halting", f"{pid} {state}") for state in ("running", "ready"))
    frozen = ("frozen", f"{pid} frozen")
    assert heard == both(
        next(halted), frozen, ("ready", pid), ("thawed", f"{pid} ready"), next(halted), frozen, ("left", pid)
    )


def test_all_hear_a_message_before_the_one_acts_that_takes_it_and_the_answer_behind_it() -> None:
    class Answering(Ear):
        def receive(self, source: NodeName, packet: AnyPacket) -> None:
            super().receive(source, packet)
            machine.kernel.send(source, PushHold("n1.1"))

    heard: Heard = []
    machine = machine_with(Ear("one", heard), Answering("two", heard), packets=(ProcessResumed,))
    machine.kernel.deliver(Delivery(MS, "n2", 1, encode_packet(ProcessResumed("n1/1"))))
    machine.run()

    assert heard == [
        *both(("delivered", "ProcessResumed from n2")),
        ("two", "takes", "ProcessResumed"),
        *both(("sent", "PushHold to n2")),
    ]


def test_all_hear_that_a_node_has_crashed_and_that_it_is_back_before_its_first_message() -> None:
    machine, heard = two_ears((ProcessResumed,))
    machine.kernel.deliver(Delivery(MS, "n2", 1, b""))
    machine.kernel.deliver(Delivery(2 * MS, "n2", 2, encode_packet(ProcessResumed("n1/1"))))
    machine.run()

    assert heard == [
        *both(("broken", "n2"), ("back", "n2"), ("delivered", "ProcessResumed from n2")),
        ("two", "takes", "ProcessResumed"),
    ]


def test_one_that_says_yes_is_enough() -> None:
    class Wanting(Service):
        def wants_mail_of(self, pid: Pid) -> bool:
            return pid == "n1.7"

    services = machine_with(Service(), Wanting(), Wanting()).kernel.services

    assert [services.any(Service.wants_mail_of, pid) for pid in ("n1.7", "n1.8")] == [True, False]


def twice_a_message(parts: Parts) -> None:
    parts.kernel.register(Service(), (ProcessResumed,))


def twice_an_order(parts: Parts) -> None:
    parts.kernel.register(Service(), orders={KillProcess: print})


def twice_a_call(parts: Parts) -> None:
    parts.kernel.register(Service(), calls={1050: lambda process, arguments: 0})


def twice_a_letter(parts: Parts) -> None:
    parts.mail.handlers.add({next(iter(parts.mail.handlers)): lambda letter, process: None})


def twice_the_fetching(parts: Parts) -> None:
    class Fetcher(Service):
        def fetch_page(self, *wanted: object) -> None: ...

    parts.kernel.page_fetcher.take(Fetcher())


def twice_the_admission(parts: Parts) -> None:
    class Admitting(Service):
        def holds_new(self, process: Process) -> bool:
            return False

    parts.kernel.admission.take(Admitting())


@pytest.mark.parametrize(
    "claim",
    [twice_a_message, twice_an_order, twice_a_call, twice_a_letter, twice_the_fetching, twice_the_admission],
)
def test_what_one_alone_may_do_is_refused_to_a_second(claim: Callable[[Parts], None]) -> None:
    parts = Machine(boot()).parts
    if claim not in (twice_a_message, twice_an_order, twice_a_letter):
        claim(parts)

    with pytest.raises(TakenTwice):
        claim(parts)


def test_the_refusal_names_who_has_it_and_who_wanted_it() -> None:
    office: Office[object] = Office("fetches pages")
    office.take([])

    with pytest.raises(TakenTwice, match="list fetches pages already, so dict cannot"):
        office.take({})


def test_nobody_is_registered_twice() -> None:
    kernel = Machine(boot()).kernel
    service = Service()
    kernel.register(service)

    with pytest.raises(TakenTwice, match="Service is registered already"):
        kernel.register(service)
