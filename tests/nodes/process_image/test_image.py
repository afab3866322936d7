"""What of a process moves beside its pages: packed at one node, unpacked at another, it is the same process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.cpu import Registers
from nodes.kernel.files import FileKind, FileTable, OpenFile
from nodes.kernel.frames import Frames
from nodes.kernel.memory import AddressSpace, Place
from nodes.kernel.process import Account, Process, Sleeping, State, WaitingForSignal
from nodes.kernel.regions import Region
from nodes.kernel.signals import SIGNAL_NAMES, Action, SignalState
from nodes.migration.session import MigrationService
from nodes.process_image import image
from nodes.wire.events import MigrationAborted, ReservationReleased
from nodes.wire.ids import NodeName
from nodes.wire.packets import AnyPacket, InstallFailed, ProcessImage
from tests.nodes.kernel.assembler import scatter, scatter_output
from tests.nodes.kernel.machine import MS, CountedPool, examples
from tests.nodes.migration.network import Network
from tests.nodes.wire.samples import values_of

PROGRAM = scatter(4, 64, sleep_ns=MS)
POOL = CountedPool()
_WORD = st.integers(0, (1 << 64) - 1)


def empty_process() -> Process:
    """Return a process as a destination makes it for what is to come."""
    space = AddressSpace("n1.1", POOL.take(), PROGRAM, Frames(64))
    return Process("n1.1", "P", "scatter", (), space, FileTable.standard(b""), state=State.FROZEN)


def frozen_process() -> Process:
    """Return one that is frozen in the middle of its work, with some pages."""
    process = empty_process()
    space = process.space
    space.lay_out()
    space.map_text()
    for page in range(3):
        space.write(0x2_0000 + 4096 * page, b"page %d" % page)
    space.read(0x1_0000, 4)
    return process


def moved(process: Process) -> Process:
    """Return what arrives of a process at another node."""
    arrived = empty_process()
    for number in sorted(process.space.pages):
        arrived.space.install_page(number, process.space.content(number))
        process.space.note_copied([number])
    image.restore(arrived, image.dump(process))
    return arrived


def known_signals(state: SignalState) -> SignalState:
    """Return the state without signals that there are not."""
    state.actions = {signal: action for signal, action in state.actions.items() if signal in SIGNAL_NAMES}
    state.pending = {signal: sender for signal, sender in state.pending.items() if signal in SIGNAL_NAMES}
    return state


def give_back(*processes: Process) -> None:
    for process in processes:
        process.space.release()
        POOL.give_back(process.space.cpu)
    assert POOL.in_use == 0


@given(
    argv=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    priority=st.integers(-20, 20),
    estimate_ns=st.none() | st.integers(0, 1 << 62),
    state=st.sampled_from(
        [
            (None, State.RUNNING),
            (None, State.READY),
            (Sleeping(0), State.BLOCKED),
            (Sleeping(1 << 62), State.BLOCKED),
            (WaitingForSignal(), State.BLOCKED),
        ]
    ),
    account=values_of(Account),
    signals=values_of(SignalState).map(known_signals),
    random_state=_WORD,
    level=st.integers(0, 4),
    registers=st.tuples(_WORD, st.lists(_WORD, min_size=31, max_size=31), _WORD, st.sampled_from([0, 4, 8]), _WORD),
    floats=st.just([]) | st.lists(_WORD, min_size=33, max_size=33),
    opened=st.lists(values_of(OpenFile), min_size=1, max_size=4),
    descriptors=st.dictionaries(st.integers(0, 255), st.integers(0, 3), max_size=5),
)
@examples(40)
def test_everything_of_a_process_arrives(
    argv: tuple[str, ...],
    priority: int,
    estimate_ns: int | None,
    state: tuple[Sleeping | WaitingForSignal | None, State],
    account: Account,
    signals: SignalState,
    random_state: int,
    level: int,
    registers: tuple[int, list[int], int, int, int],
    floats: list[int],
    opened: list[OpenFile],
    descriptors: dict[int, int],
) -> None:
    process = frozen_process()
    process.argv, process.priority, process.estimate_ns, process.level = argv, priority, estimate_ns, level
    process.waiting, process.frozen_from = state
    process.account, process.signals, process.random_state = account, signals, random_state
    pc, x, reserved_address, reserved_bytes, instructions = registers
    process.space.cpu.restore(
        Registers(pc, tuple(x), reserved_address, reserved_bytes, instructions >> 1, tuple(floats))
    )
    process.files = FileTable(opened, {number: place % len(opened) for number, place in descriptors.items()})

    arrived = moved(process)

    for name in ("argv", "priority", "estimate_ns", "level", "waiting", "frozen_from", "account", "files"):
        assert getattr(arrived, name) == getattr(process, name), name
    assert (arrived.signals, arrived.random_state) == (signals, random_state)
    assert arrived.space.cpu.dump() == process.space.cpu.dump()
    assert arrived.state is State.FROZEN
    _check_same_memory(arrived.space, process.space)
    give_back(process, arrived)


def _check_same_memory(one: AddressSpace, other: AddressSpace) -> None:
    assert one.regions == other.regions
    assert (one.heap_start, one.heap_end) == (other.heap_start, other.heap_end)
    assert {number: (page.dirty, one.content(number)) for number, page in one.pages.items()} == {
        number: (page.dirty, other.content(number)) for number, page in other.pages.items()
    }


def test_only_what_is_known_to_differ_of_a_process_is_left_behind() -> None:
    """A new field of the control block must be moved by a row, or be listed here with the reason."""
    not_moved = {
        "pid": "the offer says it",
        "name": "the offer says it",
        "program": "the offer says it",
        "space": "the memory map, the registers and the pages",
        "files": "a row of its own",
        "links": "a row of its own",
        "signals": "a row of its own",
        "armed": "set anew when it is thawed",
        "work_due": "set anew when it is thawed",
        "passers_on": "follows from its links",
        "state": "it arrives frozen",
        "alarm": "set anew when it is thawed",
        "arrived_ns": "when it came to this node",
        "background": "as the owner of this node wishes",
        "waited_ns": "what it has waited for the CPU of this node",
        "yields": "it is so only while a system call is being done",
    }
    frozen = frozen_process()
    frozen.amounts = {"money": 7}  # left out where nothing is declared
    dumped = msgspec.msgpack.decode(image.dump(frozen)["control block"])
    give_back(frozen)

    assert sorted([*dumped, *not_moved]) == sorted(Process.__dataclass_fields__)


def test_a_process_that_never_computed_in_floating_point_takes_nothing_of_it_along() -> None:
    process = frozen_process()
    assert len(msgspec.msgpack.decode(image.dump(process)["registers"])) == 5
    give_back(process)


def test_shared_open_files_are_still_shared() -> None:
    process = frozen_process()
    process.files = FileTable([OpenFile(FileKind.INPUT, content=b"in")], {0: 0, 5: 0})

    arrived = moved(process)

    assert arrived.files.get(0) is arrived.files.get(5)
    give_back(process, arrived)


def test_an_arrived_process_shares_nothing_with_the_one_that_left() -> None:
    process = frozen_process()
    arrived = moved(process)

    arrived.account.cpu_ns += 1
    arrived.signals.actions[15] = Action(1)
    arrived.space.regions[0].end += 1
    arrived.space.write(0x2_0000, b"changed")

    assert (process.account, process.signals) == (Account(), SignalState())
    assert process.space.regions[0] == Region(16, 17, 5, process.space.regions[0].kind)
    assert process.space.read(0x2_0000, 7) == b"page 0\0"
    give_back(process, arrived)


# --------------------------------------------------------------------------------------------------- damaged images

Damage = Callable[[dict[str, bytes]], None]


def _without(row: str) -> Damage:
    def damage(rows: dict[str, bytes]) -> None:
        del rows[row]

    return damage


def _with(row: str, data: bytes) -> Damage:
    def damage(rows: dict[str, bytes]) -> None:
        rows[row] = data

    return damage


def _changed(row: str, **changes: object) -> Damage:
    def damage(rows: dict[str, bytes]) -> None:
        rows[row] = msgspec.msgpack.encode(msgspec.msgpack.decode(rows[row]) | changes)

    return damage


def _registers(*, count: int = 31, value: int = 0, floats: tuple[int, ...] = ()) -> bytes:
    return msgspec.msgpack.encode(Registers(0, (value,) * count, 0, 0, 0, floats))


_ROWS = [row.module for row in image.ROWS]
DAMAGES: dict[str, Damage] = {
    **{f"no {row}": _without(row) for row in _ROWS},
    **{f"empty {row}": _with(row, b"") for row in _ROWS},
    **{f"{row} is nonsense": _with(row, b"\xc1\xc1") for row in _ROWS},
    **{f"{row} is of another kind": _with(row, msgspec.msgpack.encode("text")) for row in _ROWS},
    "too few registers": _with("registers", _registers(count=30)),
    "too many registers": _with("registers", _registers(count=32)),
    "a negative register": _with("registers", _registers(value=-1)),
    "too few floating-point registers": _with("registers", _registers(floats=(1,) * 32)),
    "too many floating-point registers": _with("registers", _registers(floats=(1,) * 34)),
    "a negative floating-point register": _with("registers", _registers(floats=(*[0] * 32, -1))),
    "no regions": _changed("memory map", regions=[]),
    "a dirty page that did not come": _changed("memory map", dirty=[7]),
    "an unknown state": _changed("control block", frozen_from="dead"),
    "an unknown wait": _changed("control block", waiting={"type": "Praying"}),
    "a descriptor that leads nowhere": _changed("files", descriptors={0: 99}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_image_is_not_installed_and_nothing_of_it_is_kept(damage: Damage) -> None:
    """The offer and the pages are good; the image is spoilt on its way. The process goes on at the source."""
    network = Network()
    pid = network["n1"].start(PROGRAM)
    network.move(pid, "n2", 4 * MS)
    _spoil_images(network.services["n2"], damage)

    network.run()

    (failed,) = (said.packet for said in network.said if isinstance(said.packet, InstallFailed))
    assert str(failed.reason).startswith(f"the image of {pid} is damaged: ")
    assert [event for _, _, event in network.of(MigrationAborted)] == [
        MigrationAborted("n1/1", pid, failed.reason, "installing")
    ]
    assert [(name, event) for _, name, event in network.of(ReservationReleased)] == [
        ("n2", ReservationReleased("n1/1", pid, failed.reason))
    ]
    assert network.output(pid) == scatter_output(4, 64)
    network.check_at_rest()


def _spoil_images(service: MigrationService, damage: Damage) -> None:
    """Let a node receive every process image damaged."""
    whole = service.receive

    def receive(source: NodeName, packet: AnyPacket) -> None:
        if isinstance(packet, ProcessImage):
            rows = dict(packet.rows)
            damage(rows)
            packet = ProcessImage(packet.migration, rows)
        whole(source, packet)

    service.receive = receive  # type: ignore[method-assign]


@given(row=st.sampled_from(_ROWS), position=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
@examples(25)
def test_a_row_with_a_wrong_byte_harms_nobody_but_itself(row: str, position: int, byte: int, cut: bool) -> None:
    """It is refused, or it is another process that is installed; the kernel survives either."""
    process, arrived = frozen_process(), empty_process()
    for number in sorted(process.space.pages):
        arrived.space.install_page(number, process.space.content(number))
    rows = image.dump(process)
    spoilt = bytearray(rows[row])
    place = position % len(spoilt)
    spoilt[place] = byte
    rows[row] = bytes(spoilt[:place] if cut else spoilt)

    with suppress(image.DamagedImage):
        image.restore(arrived, rows)
    give_back(process, arrived)


def test_who_pushes_pages_and_whose_copy_a_disk_has_arrive_too() -> None:
    process, arrived = frozen_process(), empty_process()
    number = min(process.space.pages)
    process.space.note_saved(number, Place("n4", on_disk=True))
    process.space.pushers = {"n2": None}
    for page in sorted(process.space.pages):
        arrived.space.install_page(page, process.space.content(page))
    process.space.note_copied(sorted(process.space.pages), frozen=True)

    image.restore(arrived, image.dump(process))

    assert arrived.space.pushers == {"n2": None}
    assert arrived.space.pages[number].dirty, "nothing that is here says that it is as a copy elsewhere"
    give_back(process, arrived)
