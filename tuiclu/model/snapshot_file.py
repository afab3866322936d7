"""Snapshots as files: what each node and channel recorded, and what it comes to. Pure: bytes and texts.

A file begins with a line that anybody can read, `tuiclu snapshot 2 {...}`: the version of the format, and an index of what is in it.
Behind it stands a `SnapshotFile` as msgpack: what was recorded, in short, for readers; and whole, for whoever goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from nodes.wire.events import SnapshotChannel, SnapshotRecorded
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import text_in
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Belief
from tuiclu.model.sentences.snapshots import sums
from tuiclu.model.snapshots import SnapshotView, snapshot_result
from tuiclu.model.summary import state_in
from tuiclu.texts import told

FORMAT = 2
MAGIC = b"tuiclu snapshot "


class NotASnapshot(ValueError):
    """A file is not one of these, or of a format that is not known."""


class SnapshotFile(msgspec.Struct, frozen=True):
    """All that a run has recorded of one snapshot."""

    title: str
    seed: int
    names: dict[Pid, str]
    """What the scenario calls each process."""
    result: dict[str, Any]
    """What it comes to, as `run --json` has it."""
    states: dict[NodeName, SnapshotRecorded]
    channels: dict[NodeName, list[SnapshotChannel]]
    """By the node to which they lead."""
    beliefs: dict[NodeName, list[Belief]] = {}
    """What each node believed of the others when it recorded its state."""
    origin: bytes = b""
    """The scenario, and all that lay beside it (see `tuiclu.scenario.restoring`)."""
    going_on: bytes = b""
    """What a cluster goes on from (see `tuiclu.cluster.resumption`); empty: none can."""


def file_of(
    view: ClusterView,
    snapshot: SnapshotView,
    origin: bytes = b"",
    going_on: bytes = b"",
    beliefs: Mapping[NodeName, Sequence[Belief]] = MappingProxyType({}),
) -> bytes:
    """Return the content of a file about a snapshot of a run. `origin` and `going_on` are for whoever goes on from it."""
    result = snapshot_result(snapshot, view.name_of)
    names = {process.pid: process.name for process in view.processes.values()}
    states = {node: state for node, (_, state) in snapshot.recorded.items()}
    believed = {node: list(held) for node, held in beliefs.items()}
    content = SnapshotFile(view.title, view.seed, names, result, states, snapshot.channels, believed, origin, going_on)
    index = {key: result[key] for key in ("id", "way", "outcome", "consistent", "totals", "places") if key in result}
    line = MAGIC + str(FORMAT).encode() + b" " + msgspec.json.encode(index) + b"\n"
    return line + msgspec.msgpack.encode(content)


def read_snapshot(data: bytes) -> SnapshotFile:
    """Read what `file_of` made. Raises NotASnapshot."""
    line, _, rest = data.partition(b"\n")
    if not line.startswith(MAGIC):
        raise NotASnapshot("it does not begin as a snapshot does")
    version = line.removeprefix(MAGIC).split(b" ")[0]
    if version != str(FORMAT).encode():
        raise NotASnapshot(f"its format is {version.decode(errors='replace')}, and not {FORMAT}")
    try:
        return msgspec.msgpack.decode(rest, type=SnapshotFile)
    except (ValueError, RecursionError) as error:  # DecodeError and UnicodeDecodeError among them
        raise NotASnapshot(str(error)) from error


_LINES: dict[str, Text] = {
    "head": Text("Snapshot {id} ({way}) of {title}, seed {seed}"),
    "node": Text("{node}, recorded at {at:.6f} s"),
    "process": Text("  {name} ({pid}) {state}{pages}{has}"),
    "coming": Text("  {name} ({pid}) installed for migration {migration}, and not its own yet{has}"),
    "lingering": Text("  {name} ({pid}) has ended; its links are still being closed"),
    "has": Text(", has {amounts}"),
    "belief": Text("  believes of {about}: load {load:.2f}, {age:.3f} s old (message {message})"),
    "channels": Text("Channels that were not empty"),
    "channel": Text("  {source} > {node}: {messages}{pages}"),
    "between": Text("On its way between processes"),
    "link": Text("  {source} > {destination} (link {link}): {messages}{brings}"),
    "brings": Text(", with {amounts}"),
    "totals": Text("In all: {amounts}"),
    "moving": Text("On their way: {names}"),
    "stuck": Text("Deadlock: {names} wait for each other, and nothing is on its way to them. That stays so."),
    "over": Text("All work has ended: no process is left, and nothing is on its way. That stays so."),
    "lost": Text("Lost: nobody has any {what}, and none is on its way. That stays so."),
    "True": Text("The cut is consistent."),
    "False": Text("The cut is NOT consistent."),
    "crossing": Text("  {message} is received at {to}, and not sent yet at {source}"),
    "failed": Text("It could not be completed: {why}."),
    "unfinished": Text("It was not over when the run ended."),
}


_COUNTED: dict[str, Callable[[int], Text]] = {
    "message": lambda count: Text.counted("{count} message", "{count} messages", count),
    "page": lambda count: Text.counted(", {count} page", ", {count} pages", count),
    "frame": lambda count: Text.counted(", {count} page in a frame", ", {count} pages in frames", count),
}
"""One, and several."""


def described(snapshot: SnapshotFile, lang: str) -> list[str]:
    """Return what a snapshot holds, as lines of text. Raises NotASnapshot if that is no more than the form of one."""
    try:
        return _lines(snapshot, lang)
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # what it comes to is plain data
        raise NotASnapshot(f"it does not say what it should: {error}") from error


def _lines(snapshot: SnapshotFile, lang: str) -> list[str]:
    def say(line: str, **values: object) -> str:
        return told(_LINES[line].filled(**values), lang)

    def counted(what: str, count: int) -> str:
        return told(_COUNTED[what](count), lang)

    def has(amounts: Mapping[str, int], line: str = "has") -> str:
        return say(line, amounts=sums(amounts)) if amounts else ""

    result, names = snapshot.result, snapshot.names
    lines = [say("head", id=result["id"], way=result["way"], title=snapshot.title, seed=snapshot.seed)]
    at = {node["name"]: node["recorded_s"] for node in result["nodes"]}
    for node, state in snapshot.states.items():
        lines.append(say("node", node=node, at=at[node]))
        for line, processes in (("process", state.processes), ("coming", state.coming), ("lingering", state.lingering)):
            for one in processes:
                values = msgspec.structs.asdict(one) | {"name": names.get(one.pid, one.name), "has": has(one.amounts)}
                values["pages"] = counted("frame", one.pages)
                values["state"] = state_in(lang, one.state)
                lines.append(say(line, **values))
        for belief in snapshot.beliefs.get(node, ()):
            age_s = at[node] - belief.t / 1e9
            values = {"about": belief.about, "load": belief.load / 1000, "age": age_s, "message": belief.message}
            lines.append(say("belief", **values))
    found = [
        (node, channel) for node, channels in snapshot.channels.items() for channel in channels if channel.messages
    ]
    lines += [say("channels")] if found else []
    for node, channel in found:
        values = {"source": channel.source, "node": node, "messages": counted("message", len(channel.messages))}
        lines.append(say("channel", **values, pages=counted("page", channel.pages) if channel.pages else ""))
    between = result.get("between", [])
    lines += [say("between")] if between else []
    for link in between:
        values = {"source": link["from"], "destination": link["to"], "link": link["link"]}
        values["messages"] = counted("message", link["messages"])
        lines.append(say("link", **values, brings=has(link["amounts"], "brings")))
    return lines + _verdict(result, names, lang)


def _verdict(result: Mapping[str, Any], names: Mapping[Pid, str], lang: str) -> list[str]:
    def say(line: str, **values: object) -> str:
        return told(_LINES[line].filled(**values), lang)

    if result["outcome"] != "completed":
        return [say(result["outcome"], why=text_in(result))]
    moving = [f"{names.get(pid, pid)} ({place})" for pid, place in result["places"].items() if ">" in place]
    return [
        *([say("moving", names=", ".join(moving))] if moving else []),
        *([say("totals", amounts=sums(result["totals"]))] if result["totals"] else []),
        *([say("over")] if result.get("over") else []),
        *([say("lost", what=", ".join(result["lost"]))] if result.get("lost") else []),
        *([say("stuck", names=", ".join(result["stuck"]))] if result["stuck"] else []),
        say(str(result["consistent"])),
        *(say("crossing", message=one["message"], to=one["to"], source=one["from"]) for one in result["crossing"]),
    ]
