"""Counts again what the records of a run say, from nothing but its events; and holds sentences against what is so when they are told.

Knows nothing of the view: where the two differ, one of them is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tuiclu.model.cluster import ClusterView
from tuiclu.model.explain import read_events
from tuiclu.model.narration import Narrator
from tuiclu.texts import LANGUAGES

Fields = dict[str, Any]


def faults_of(lines: Sequence[bytes], result: Fields) -> list[str]:
    """Return all that is wrong with the records of a run and with what is said of it; `lines` is its event stream."""
    return [*wrong_records([msgspec.json.decode(line) for line in lines], result), *false_sentences(lines, result)]


# ---------------------------------------------------------------------------------------------------------------- records


def wrong_records(events: Sequence[Fields], result: Fields) -> Iterator[str]:
    """Yield each figure of a migration, a process or a node that is another one when it is counted again."""
    started = [event for event in events if event["kind"] == "migration.started"]
    for start, record in zip(started, result["migrations"], strict=True):
        for key, counted in _recounted(events, start).items():
            if record[key] != counted:
                yield f"{key} of migration {start['migration']} is {record[key]}, and counted again {counted}"
        if record["outcome"] not in ("completed", "refused", "aborted", "lost", "unfinished"):
            yield f"migration {start['migration']} has the outcome {record['outcome']}"
        if record["outcome"] == "refused" and (record["refused_at"] is None or not record["reason"]):
            yield f"migration {start['migration']} was refused, and it is not said where or why"
    for process in result["processes"]:
        accounts = [event["cpu_ns"] for event in events if event.get("pid") == process["pid"] and "cpu_ns" in event]
        if process["cpu_s"] != max(accounts, default=0) / 1e9:
            yield f"{process['name']} used {process['cpu_s']} s, and its last account says {max(accounts, default=0)} ns"
        if process["state"] not in ("exited", "lost") and process["node"] in _down(events):
            yield f"{process['name']} is {process['state']} on {process['node']}, which is down"


def _down(events: Sequence[Fields]) -> list[str]:
    down: dict[str, None] = {}
    for event in events:
        if event["kind"] == "node.crashed":
            down[event["node"]] = None
        elif event["kind"] == "node.restarted":
            down.pop(event["node"], None)
    return list(down)


def _recounted(events: Sequence[Fields], start: Fields) -> Fields:
    name, pid = start["migration"], start["pid"]
    own = [event for event in events if event.get("migration") == name]
    first = {
        kind: next((one for one in own if one["kind"] == kind), None) for kind in dict.fromkeys(e["kind"] for e in own)
    }
    resumed = first.get("migration.resumed")
    later = [one["seq"] for one in events if one["kind"] == "migration.resumed" and one["pid"] == pid]
    begin = resumed["seq"] if resumed else None
    end = min((seq for seq in later if begin is not None and seq > begin), default=None)
    after_it = [one for one in events if begin is not None and begin < one["seq"] and (end is None or one["seq"] < end)]
    unnamed = [
        one for one in after_it if one["kind"] == "migration.pages" and not one["migration"] and one["pid"] == pid
    ]
    pages = sorted([one for one in own if one["kind"] == "migration.pages"] + unnamed, key=lambda one: one["seq"])
    sent = Counter(page for one in pages for page in one["pages"])
    before = sum(len(one["pages"]) for one in pages if begin is None or one["seq"] < begin)
    waits = [one for one in after_it if one["kind"] == "page.arrived" and one["pid"] == pid]
    accepted, image = first.get("migration.accepted"), first.get("migration.image")
    rounds = [one for one in own if one["kind"] == "migration.round"]
    left = [one for one in own if one["kind"] == "residual.left"]
    keepers = {f"{one['holder']} (disk)" if one["on_disk"] else one["holder"] for one in left if not one["links"]}
    return {
        "process": next((one["name"] for one in events if one.get("pid") == pid and "name" in one), pid),
        "source": start["source"],
        "strategy": start["strategy"],
        "initiated_by": start["initiated_by"],
        "negotiation_s": None if accepted is None else (accepted["t"] - start["t"]) / 1e9,
        "freeze_s": _freeze_s(events, first.get("migration.frozen")),
        "resumed_s": None if resumed is None else resumed["t"] / 1e9,
        "pages_sent": sent.total(),
        "pages_resent": sent.total() - len(sent),
        "pages_before_resume": before,
        "pages_after_resume": sent.total() - before,
        "pages_kept": sum(len(one["pages"]) for one in left),
        "bytes_on_wire": (image["bytes"] if image else 0) + sum(one["bytes"] for one in pages),
        "rounds": [
            {"pages": one["pages"], "bytes": one["bytes"], "duration_s": one["duration_ns"] / 1e9} for one in rounds
        ],
        "remote_faults": sum(one["source"] == "remote" for one in waits),
        "disk_faults": sum(one["source"] != "remote" for one in waits),
        "fault_wait_s": sum(one["waited_ns"] for one in waits) / 1e9,
        "residual_at_resume": sorted(keepers) + sorted({f"{one['holder']} (mail)" for one in left if one["links"]}),
    }


def _freeze_s(events: Sequence[Fields], frozen: Fields | None) -> float | None:
    """Return how long a process stood still around an instant: until it went on, ended, was lost with its node, or the run ended."""
    if frozen is None:
        return None
    pid, began, where, doomed = frozen["pid"], None, frozen["node"], False
    for event in events:
        kind, of_it = event["kind"], event.get("pid") == frozen["pid"]
        over = began is not None and (
            (of_it and kind in ("process.thawed", "process.exited"))
            or (kind == "node.crashed" and event["node"] == where)
            or (kind == "migration.committed" and of_it and doomed)
        )
        if kind == "process.frozen" and of_it and began is None:
            began = event["t"]
        elif over and began is not None:
            if event["seq"] > frozen["seq"]:
                return float((event["t"] - began) / 1e9)
            began = None
        if kind == "node.crashed" and _has_room(events, event, frozen["migration"]):
            doomed = True
        if kind == "migration.committed" and of_it:
            where = event["destination"]
        elif of_it and kind in ("process.frozen", "process.thawed", "migration.resumed"):
            where = event["node"]
    assert began is not None, pid
    return float((events[-1]["t"] - began) / 1e9)


def _has_room(events: Sequence[Fields], crash: Fields, migration: str) -> bool:
    """Tell whether a node had reserved frames for a migration when it crashed."""
    return any(
        one["kind"] == "negotiation.message"
        and (one["migration"], one["step"], one["sender"]) == (migration, 7, crash["node"])
        for one in events[: crash["seq"]]
    )


# -------------------------------------------------------------------------------------------------------------- sentences

_DEEDS_OF_NODES = re.compile(
    r"(?P<node>\S+) (refuses|accepts|keeps|gives back|passes|tells|evicts|gives|would take|will not take|lets|turns|places"
    r"|asks|starts|is the first|no acoge|acepta|ya no|devuelve|reenvía|comunica|desaloja|cede|acogería|no acogerá)\b"
)
_DEEDS_OF_PROCESSES = re.compile(
    r"(?P<process>\S+) (goes on|has arrived|stands still|is stopped|may go on|runs its handler|still depends"
    r"|continúa|ha llegado|queda congelado|queda detenido|puede seguir|ejecuta su manejador|sigue dependiendo)\b"
)
_GOES_ON = re.compile(
    r"It (goes on where it was|stays stopped|still stands still)|Sigue (donde estaba|detenido|congelado)"
)
_BAD = re.compile(
    r"\b1 (pages|letters|of its pages stay|páginas|cartas)\b|[{}]|\bNone\b|\bNaN\b|[a-z,.] {2,}\S|\.\.$| [.,;:](?!\S)"
)


def false_sentences(lines: Sequence[bytes], result: Fields) -> Iterator[str]:
    """Yield each sentence that says of the dead that they act, of the ended that they go on, or another number than the record."""
    for lang in LANGUAGES:
        view = ClusterView()
        narrator = Narrator(view, lang, "", everything=True)
        down: dict[str, None] = {}
        ended: dict[str, str] = {}
        for stamped in read_events(iter(lines)):
            view.apply(stamped)
            fields = stamped.fields()
            kind, pid = fields["kind"], fields.get("pid", "")
            if kind == "node.crashed":
                down[str(stamped.node)] = None
            elif kind == "node.restarted":
                down.pop(str(stamped.node), None)
            elif kind in ("process.exited", "process.not-created"):
                ended[pid] = fields.get("name") or view.name_of(pid)
            told = narrator.tell(stamped)
            if kind in ("process.output", "narration", "question.asked", "invariant.violated", "run.started"):
                continue
            for sentence in (line.partition(" s  ")[2] for line in told):
                for fault in _faults_of_sentence(sentence, fields, list(down), ended, result):
                    yield f"{stamped.t} ns, {kind}, {lang}: {fault}: {sentence}"


def _faults_of_sentence(
    sentence: str, fields: Fields, down: list[str], ended: dict[str, str], result: Fields
) -> Iterator[str]:
    acting = _DEEDS_OF_NODES.match(sentence)
    if acting and acting["node"] in down:
        yield "a dead node acts"
    going = _DEEDS_OF_PROCESSES.match(sentence)
    if going and fields.get("pid") in ended and going["process"] == ended[fields["pid"]]:
        yield "who has ended goes on"
    if _GOES_ON.search(sentence) and fields.get("pid") in ended:
        yield "who has ended goes on"
    if _BAD.search(sentence):
        yield "it is not well formed"
    if fields["kind"] == "migration.resumed":
        names = [one["name"] for one in result["processes"] if one["pid"] == fields["pid"]]
        freezes = [one["freeze_s"] for one in result["migrations"] if one["process"] in names and one["freeze_s"]]
        if not any(_milliseconds(freeze_s) in sentence for freeze_s in freezes):
            yield "no record says that it stood still for so long"
    if fields["kind"] == "process.exited":
        (process,) = (one for one in result["processes"] if one["pid"] == fields["pid"])
        if _milliseconds(process["cpu_s"]) not in sentence:
            yield "its record says another time of the CPU"


def _milliseconds(seconds: float) -> str:
    """Return a span as sentences say it: made from whole nanoseconds."""
    return f"{round(seconds * 1e9) / 1e6:.3f} ms"
