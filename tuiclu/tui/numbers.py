"""Where every number on the screen comes from: one table, of which a number's explanation is made.

A view writes a number with a target, `number:cpu:n1`: its name in this table, and what it is about. Whoever asks (`i`, or the right button
of the mouse) is told what it says, how it is computed, from which events it came last, and which idea of the chapter it shows.
"""

from __future__ import annotations

from typing import NamedTuple

from nodes.wire.events import KINDS
from tuiclu.model.narration import SENTENCES
from tuiclu.model.sources import Asked

IDEAS: dict[str, str] = {
    "load": "Load sharing: processes are to move from busy machines to idle ones. So load has to be measured, and told to others.",
    "scheduling": "Short-term scheduling: one CPU serves many processes in turn. Migration is scheduling over several machines.",
    "image": "What is migrated: the control block and the address space. The process is destroyed at the source and created at the destination.",
    "space": "How much of the address space moves, and when: eager (all), precopy, eager (dirty), copy on reference, flushing.",
    "freeze": "The price of a migration: for how long nobody gets an answer from the process. Precopy and copy on reference exist to shorten it.",
    "residual": "Residual dependency: whoever leaves pages behind can still be killed, or slowed, by the machine that it has left.",
    "memory": "A machine that is short of memory is loaded as well, even if its CPU is idle: processes wait for pages (thrashing).",
    "negotiation": "Negotiation: both Initiators (the book's Starters) decide together; the destination may refuse (Fig. 14.2).",
    "global": "No node knows the state of the others: what it believes came in a message, and tells of the past.",
    "messages": "Nodes share no memory: all that one knows of another, and all that moves, crosses the wire as messages.",
    "links": "Messages and signals that are under way when a process moves must still find it.",
    "motives": "Why migrate: to share load, to be near data and partners, to leave a machine that will fail, to use what only one has.",
    "time": "Virtual time: the hardware is emulated, so the same scenario and seed give the same events, to the byte, at any speed.",
    "real": "Nothing is mocked: a node is a process of this machine, which you can see in `ps` and kill. What it costs changes nothing in the run.",
    "failure": "A machine can fail, and its memory with it. Migration can be a way out, if somebody knows early enough.",
}
"""By name: the ideas of the chapter that numbers show."""

ORIGINS: dict[str, str] = {
    "machine": "psutil, on this machine, once a second: in no event, and different in every run",
    "look": "a look into the kernel of the node, five times a second, which changes nothing and leaves no event",
    "pacing": "the clock by which the screen lets virtual time pass",
    "screen": "the screen itself",
}
"""By name: where numbers come from that come from no event."""


class Number(NamedTuple):
    """What there is to say about a number. Texts are English; the catalogue has the others."""

    name: str
    what: str
    """What it says, and its unit."""
    how: str
    """How it is computed."""
    idea: str
    """Which idea of the chapter it shows: a name in `IDEAS`."""
    kinds: tuple[str, ...] = ()
    """The kinds of events from which it comes."""
    origin: str = ""
    """Where it comes from beside events: a name in `ORIGINS`."""
    pick: str = ""
    """How the event is found that is meant, where not the latest is: see `model.histories.PICKS`."""


_CPU = (
    *("process.dispatched", "process.preempted", "process.blocked", "process.exited", "process.frozen"),
    *("process.stopped", "node.crashed", "node.paused", "node.resumed"),
)
_FRAMES = (
    *("frames.counted", "page.faulted", "page.evicted", "page.arrived", "process.created", "process.exited"),
    *("migration.committed", "migration.aborted", "residual.left", "residual.ended", "node.crashed"),
)
"""Beside these, pages that arrive or leave change the frames in use; of the messages that carry them no event says so by itself."""
_MARKS = ("migration.started", "migration.accepted", "migration.frozen", "migration.resumed", "migration.completed")
_TOLD = (
    *("run.started", "run.ended", "narration", "chapter.began", "question.asked", "process.output"),
    *(kind for kind, event in KINDS.items() if event in SENTENCES),
)
_SENT = ("migration.pages", "migration.round", "migration.image")

NUMBERS: dict[str, Number] = {
    # In the first line.
    "now": Number(
        "Virtual time",
        "Seconds since the run began, in the time of the emulated hardware.",
        "The engine's clock, a whole number of nanoseconds; it stands still while the run is paused.",
        "time",
        origin="pacing",
    ),
    "speed": Number(
        "Speed",
        "Virtual seconds that are to pass in a real second; in brackets, how many there are.",
        "Set by + and -, or `:speed 2`. In brackets: measured over the last two seconds, if the machine cannot keep up.",
        "time",
        origin="pacing",
    ),
    "nodes": Number(
        "Nodes",
        "Workstations of the cluster, those that are down included.",
        "Counted.",
        "real",
        ("run.started", "node.started"),
    ),
    "events": Number(
        "Events",
        "Events in the stream so far; the last one's running number is one less.",
        "Counted, as each enters the stream. The digest of a run is made of all of them.",
        "time",
        origin="pacing",
    ),
    # On the card of a node.
    "mips": Number(
        "Speed of the CPU",
        "Million instructions a virtual second; in brackets the share of it that `slow` has left.",
        "A setting of the node, times that share. An instruction takes as long as every other.",
        "scheduling",
        ("node.slowed", "node.started", "run.started"),
    ),
    "life": Number(
        "Life of the node",
        "How many times it was started: 1, and one more after each restart.",
        "Counted. A new life is a new process with an empty memory; only the disk is the old one.",
        "failure",
        ("node.restarted", "node.started"),
    ),
    "cpu": Number(
        "Load of the CPU",
        "Percent of the last tenth of a second in which the CPU belonged to a process; columns: the last four seconds.",
        "The time between each dispatch and the end of that burst, summed, over 100 ms.",
        "load",
        _CPU,
    ),
    "queue": Number(
        "Run queue",
        "Processes of the node: the one with the CPU, those that are ready in their order, frozen ones and those that wait.",
        "From the states of the process tables. Running and ready together are what is commonly called load.",
        "scheduling",
        (*_CPU, "process.ready", "process.created"),
    ),
    "damped": Number(
        "Load, as its Initiator reckons",
        "Runnable processes for a CPU of 10 MIPS, smoothed over time; 1.00 is one such process.",
        "At each sample: damping x the old one + (1 - damping) x runnable processes x 10 MIPS / its own speed.",
        "load",
        ("load.reported",),
    ),
    "memory": Number(
        "Memory",
        "Percent of the page frames (4 KiB each) that are in use or promised; behind it the frames: in use + promised / all.",
        "Pages of all processes here that are in a frame, from faults, arrivals and evictions; counted at each coming and going.",
        "memory",
        _FRAMES,
    ),
    "promised": Number(
        "Frames promised",
        "Page frames that are kept for processes on their way here.",
        "Reserved before the destination accepts (step 7), and given back if the migration comes to nothing.",
        "negotiation",
        (
            "frames.counted",
            "message.delivered",
            "migration.committed",
            "migration.released",
            "migration.aborted",
            "node.crashed",
        ),
    ),
    "thrashing": Number(
        "Thrashing",
        "Percent of the last second in which the CPU was idle while processes waited for pages from the node's own disk.",
        "Over a sliding second. From a half on, a node that reads back what it had to evict thrashes; below a quarter it has recovered.",
        "memory",
        ("node.thrashing", "node.recovered", "page.evicted"),
    ),
    "paged_out": Number(
        "Pages out",
        "Pages that had to leave their frames on this node since it began.",
        "Counted. Dirty ones are written to its disk; of the others a copy exists elsewhere.",
        "memory",
        ("page.evicted",),
    ),
    "paged_in": Number(
        "Pages back in",
        "Pages that were read back from the disk of this node.",
        "Counted. Each is a wait of a process for the latency of the disk and the transfer.",
        "memory",
        ("page.faulted", "page.arrived"),
    ),
    "file": Number(
        "File on the disk",
        "Bytes of a file that lies on the disk of this node; all nodes can read it, over the wire.",
        "A setting of the scenario (`files:`).",
        "motives",
        ("run.started", "file.asked"),
    ),
    "real_pid": Number(
        "Real process id",
        "The process of this machine that is the node: `kill -9` it, and the node crashes.",
        "Given by the operating system when the node was started.",
        "real",
        origin="machine",
    ),
    "real_cpu": Number(
        "Real CPU time",
        "Percent of one CPU of this machine that the node's process used in the last second.",
        "User and system time between two looks, over the time between them.",
        "real",
        origin="machine",
    ),
    "real_memory": Number(
        "Real memory",
        "Main memory of this machine in which the node's process is resident (RSS).",
        "As the operating system counts it; pages that it shares with the other nodes count for each.",
        "real",
        origin="machine",
    ),
    # The wire.
    "bandwidth": Number(
        "Bandwidth",
        "Million bits a second that the wire takes: all nodes together on a bus, each pair of nodes on a switch.",
        "A setting of the network. A message of b bytes keeps the wire busy for 8 b / bandwidth.",
        "messages",
        ("run.started",),
    ),
    "latency": Number(
        "Latency",
        "Time from the end of sending to the arrival.",
        "A setting of the network. No news can be faster: that is why all nodes may compute so far ahead in parallel.",
        "messages",
        ("run.started",),
    ),
    "wire_messages": Number(
        "Messages of late",
        "Messages from one node to the other in the last 300 ms, and those still under way.",
        "Counted.",
        "messages",
        ("message.sent",),
    ),
    "wire_bytes": Number(
        "Bytes of late",
        "Bytes of these messages on the wire, headers included.",
        "Summed.",
        "messages",
        ("message.sent",),
    ),
    "moved": Number(
        "Pages moved",
        "Pages that were sent at least once / pages that the process has.",
        "From the page numbers of every batch.",
        "space",
        _SENT,
    ),
    # A process.
    "cpu_time": Number(
        "CPU time",
        "Virtual time during which the process had a CPU, wherever it was.",
        "From each dispatch to the end of that burst, summed; exact, since instructions are counted.",
        "image",
        _CPU,
    ),
    "resident": Number(
        "Pages",
        "Pages in main memory where the process is / pages that it ever had, of 4 KiB each.",
        "Brought in by faults and arrivals, less those that had to leave their frames.",
        "space",
        (
            *("page.faulted", "page.evicted", "page.arrived", "migration.committed", "residual.left"),
            *("process.exited", "node.crashed"),
        ),
    ),
    "links": Number(
        "Links",
        "Open channels to other processes; they stay open wherever their ends move.",
        "Opened less ended.",
        "links",
        ("link.opened", "link.ended", "link.sent", "link.received"),
    ),
    "moves": Number(
        "Moves",
        "How many times the process has changed its node.",
        "Counted at each commit: from then on it belongs to the destination.",
        "image",
        ("migration.committed",),
    ),
    "since": Number(
        "Since when",
        "The instant at which the process came into its present state.",
        "The time of the event that changed its state.",
        "scheduling",
        (*_CPU, "process.ready", "process.created", "process.thawed"),
    ),
    "faults": Number(
        "Page faults",
        "Pages brought in, by where they came from: new and empty (zero), the program's file (image), disk, another node (remote).",
        "Counted. The emulated CPU traps at the instruction, and the kernel brings the page.",
        "space",
        ("page.faulted",),
    ),
    "waits": Number(
        "Waits for pages",
        "How often the process waited for a page that was in no frame, and how long in all.",
        "From the fault to the arrival of the page, summed.",
        "residual",
        ("page.arrived",),
    ),
    "block": Number(
        "Field of the control block",
        "What the kernel keeps about the process; all of this moves in a migration. Registers and addresses are hexadecimal.",
        "Read from the kernel, and the registers from the emulated CPU.",
        "image",
        _CPU,
        "look",
    ),
    # CPU and frames of a node.
    "span": Number(
        "Stretch of time",
        "How much virtual time is drawn, up to now at the right.",
        "Set by [ and ], or the wheel.",
        "time",
        origin="screen",
    ),
    "edge": Number(
        "Edge of the drawing",
        "The instant that is drawn there.",
        "Now, or now less the stretch.",
        "time",
        origin="screen",
    ),
    "frames": Number(
        "Frames of the node",
        "Page frames of 4 KiB: in use, promised to processes on their way here, free.",
        "Counted by the kernel whenever a process comes, moves or goes; in use + free = all.",
        "memory",
        _FRAMES,
    ),
    "scale": Number(
        "Scale",
        "How many pages or frames a cell stands for; it shows the one of which there is most to tell.",
        "Doubled until all fit.",
        "space",
        origin="screen",
    ),
    # A migration.
    "freeze": Number(
        "Freeze time",
        "For how long the process stood still, or does so far: it ran neither here nor there.",
        "From the first `process.frozen`, whoever wanted it, to `process.thawed`, wherever it goes on.",
        "freeze",
        ("process.frozen", "migration.frozen", "process.thawed", "migration.resumed", "migration.aborted"),
    ),
    "phase": Number(
        "Phase of a migration",
        "How long it took: negotiating, copying while the process runs, standing still, and what follows.",
        "From one mark to the next: started, accepted, frozen, resumed, completed.",
        "freeze",
        _MARKS,
    ),
    "mark": Number(
        "Instant of a migration", "When it was asked for.", "The time of that event.", "time", ("migration.started",)
    ),
    "sent": Number(
        "Pages sent",
        "Pages that left for the destination, a page counted each time it was sent.",
        "From the page numbers of every batch.",
        "space",
        _SENT,
    ),
    "again": Number(
        "Pages sent again",
        "Pages that were sent more than once, since the process wrote to them meanwhile: what precopy pays.",
        "Pages sent, less different pages sent.",
        "space",
        _SENT,
    ),
    "bytes": Number(
        "Bytes on the wire",
        "All that this migration has sent: pages and the rest of the image, headers included.",
        "Summed over all batches.",
        "messages",
        _SENT,
    ),
    "round": Number(
        "Round",
        "Pages of a round and the time until they were acknowledged. Precopy: each round sends what was written during the one before.",
        "With r = rate of writing / rate of sending, round n has about r^n of all pages.",
        "space",
        ("migration.round",),
        pick="round",
    ),
    "left": Number(
        "Pages left behind",
        "Pages that were not sent before the process went on, and where they are.",
        "Told by the source at the commit.",
        "residual",
        ("residual.left", "residual.ended"),
    ),
    "after": Number(
        "Pages sent afterwards",
        "Pages that followed when the process already ran at the destination: asked for, or pushed.",
        "Counted from batches whose reason is `demand` or `push`.",
        "residual",
        ("migration.pages", "page.arrived"),
    ),
    "letters": Number(
        "Letters and updates",
        "Messages that came while the process stood still and moved along; that were passed on afterwards; that told kernels where it is.",
        "Counted. How late mail is redirected is `cluster.policy.redirection`.",
        "links",
        ("mail.held", "message.forwarded", "mail.told"),
    ),
    "address": Number(
        "Address",
        "Where the first page of the line begins, hexadecimal.",
        "Page number x 4096.",
        "space",
        ("page.faulted", "migration.pages"),
    ),
    "processes": Number(
        "Processes",
        "How many are listed: all that live, and those that have ended, the latest of them or those that are looked for.",
        "Counted.",
        "image",
        ("process.created", "process.exited"),
    ),
    "migrations": Number(
        "Migrations", "How many are listed, the latest 60 of all.", "Counted.", "image", ("migration.started",)
    ),
    "states": Number(
        "States of pages",
        "How many pages are in each state at this end of the migration; the signs are explained in the last line.",
        "From the batches that left and arrived, and from a look into the source, which tells what is dirty.",
        "space",
        (*_SENT, "migration.committed", "residual.left", "page.arrived"),
        "look",
    ),
    # The conversation.
    "step": Number(
        "Step of the negotiation",
        "1 to 7: which message of Fig. 14.2 it is. Refusals come at 2 (policy), 5 (no memory) and 6 (policy).",
        "Written by the Initiator or the kernel that sends the message.",
        "negotiation",
        ("negotiation.message", "negotiation.refused"),
        pick="instant",
    ),
    "spoken_at": Number(
        "Instant",
        "When it happened, in virtual time.",
        "The time of its event; of a message, when it left its sender.",
        "time",
        (
            *("negotiation.message", "negotiation.refused", "decision.taken"),
            *("migration.frozen", "migration.committed", "migration.resumed"),
        ),
        pick="instant",
    ),
    "compared": Number(
        "Numbers of a decision",
        "What the Initiator compared: loads, thresholds, ages, frames.",
        "From what it knows of itself and believes of others at that instant; nothing else goes into the decision.",
        "negotiation",
        ("decision.taken",),
        pick="instant",
    ),
    "belief": Number(
        "Belief, truth and age",
        "The load that one node believes another to have; in brackets the true one, how old the news is, and the message that brought it.",
        "From the last message that told something newer; + counts a process that was sent there since. The truth is known to us alone, who look from outside.",
        "global",
        ("load.heard", "belief.revised"),
        pick="belief",
    ),
    # Messages.
    "message": Number(
        "Message",
        "Its number (sender and running number), when it was sent, how many bytes, and how long it took.",
        "Sending and arrival are events; the time between is transfer, queueing at the wire, and latency.",
        "messages",
        (
            *("message.sent", "message.delivered", "message.held", "message.released", "message.lost"),
            *("link.sent", "link.received"),
        ),
        pick="message",
    ),
    # The log.
    "told_at": Number(
        "Instant",
        "When it happened, in seconds of virtual time.",
        "The time of the event that the sentence tells of.",
        "time",
        _TOLD,
        pick="instant",
    ),
    "lines": Number(
        "Lines", "Which lines are shown, and how many there are, of the last 5000.", "Counted.", "time", origin="screen"
    ),
    "clock": Number(
        "Time of day",
        "When a line of the human log was written, by the clock of this machine.",
        "It is of the real world, like all of this log: it enters no event and no digest.",
        "real",
        origin="machine",
    ),
}


def number(name: str, about: str = "", which: object = "") -> str:
    """Return the target of a number of the table, about a node, a pid, a migration, a wire (`n1→n2`) or the whole cluster.

    `which` tells several of the same name and subject apart.
    """
    assert name in NUMBERS, name
    return f"number:{name}:{about}" + (f"/@{which}" if which != "" else "")


def parts(target: str) -> tuple[str, str]:
    """Return the name of a target's number, and what it is about."""
    _, name, about = target.split(":", 2)
    return name, about.partition("/@")[0]


def asked_for(target: str) -> Asked:
    """Return which events are wanted to be known for a target's number."""
    name, about = parts(target)
    which = target.partition("/@")[2]
    one = NUMBERS[name]
    if not one.pick:
        return Asked(about, one.kinds)
    words = (
        2 if name == "told_at" else 1
    )  # an instant and the kind of what is told; elsewhere the rest tells places apart
    return Asked(about, one.kinds, one.pick, " ".join(which.split(" ")[:words]))
