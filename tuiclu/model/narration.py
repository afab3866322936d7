"""Tells in sentences what happens, in English and in Spanish: the events that a listener cares about, one sentence each.

A row of `SENTENCES` is an event, and its sentence in each language; the braces name fields of the event, or values that `_values` adds.
Spanish uses the terms of the lecture (migracion de procesos, volcado, desalojo ...).
"""

from __future__ import annotations

from typing import Any

import msgspec

from nodes.wire.events import (
    AnyEvent,
    CommandRefused,
    InvariantViolated,
    LinkHealed,
    LinkPartitioned,
    MessageHeld,
    MessageLost,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationLost,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    Narration,
    NegotiationRefused,
    NodeCrashed,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    NodeSuspected,
    ProcessCreated,
    ProcessExited,
    ProcessNotCreated,
    ProcessOutput,
    QuestionAsked,
    ReservationReleased,
    ResidualEnded,
    ResidualLeft,
    RunEnded,
    RunStarted,
    Stamped,
    SystemCallUnknown,
)
from tuiclu.model.cluster import ClusterView

LANGUAGES = ("en", "es")

SENTENCES: dict[type, dict[str, str]] = {
    ProcessCreated: {
        "en": "{name} starts on {node}: {command}.",
        "es": "{name} comienza en {node}: {command}.",
    },
    ProcessNotCreated: {
        "en": "{name} could not be started on {node}: {reason}.",
        "es": "{name} no pudo comenzar en {node}: {reason}.",
    },
    MigrationStarted: {
        "en": "{process} is to move from {source} to {destination} ({strategy}); {initiator} wants it. Offer to {destination}.",
        "es": "{process} debe migrar de {source} a {destination} ({strategy}); lo pide {initiator}. Oferta a {destination}.",
    },
    NegotiationRefused: {
        "en": "{by} refuses to take {process}: {reason}.",
        "es": "{by} no acoge a {process}: {reason}.",
    },
    MigrationAccepted: {
        "en": "{destination} accepts {process} and has reserved frames for it.",
        "es": "{destination} acepta a {process} y le ha reservado marcos.",
    },
    MigrationFrozen: {
        "en": "{process} stands still{because}.",
        "es": "{process} queda congelado{because}.",
    },
    MigrationRound: {
        "en": "Round {round}: {pages} pages ({kib} KiB) of {process} have moved to {destination} in {milliseconds} ms.",
        "es": "Ronda {round}: {pages} páginas ({kib} KiB) de {process} han pasado a {destination} en {milliseconds} ms.",
    },
    MigrationCommitted: {
        "en": "Commit: {process} belongs to {destination} now, and {source} destroys its copy.",
        "es": "Compromiso: {process} es ahora de {destination}, y {source} destruye su copia.",
    },
    ResidualLeft: {
        "en": "{process} still depends on {holder}: {count} of its pages stay {where}.",
        "es": "{process} sigue dependiendo de {holder}: {count} de sus páginas quedan {where}.",
    },
    ResidualEnded: {
        "en": "{node} keeps no page of {process} any more.",
        "es": "{node} ya no guarda ninguna página de {process}.",
    },
    MigrationResumed: {
        "en": "{process} goes on, on {node}. It stood still for {frozen_ms} ms.",
        "es": "{process} continúa, en {node}. Estuvo congelado {frozen_ms} ms.",
    },
    MigrationAborted: {
        "en": "The migration of {process} to {destination} is aborted ({stage}): {reason}. It goes on where it was.",
        "es": "La migración de {process} a {destination} se aborta ({stage}): {reason}. Sigue donde estaba.",
    },
    MigrationLost: {
        "en": "{process} is lost: {reason}.",
        "es": "{process} se ha perdido: {reason}.",
    },
    ReservationReleased: {
        "en": "{node} gives back what it had reserved for {process}: {reason}.",
        "es": "{node} devuelve lo que había reservado para {process}: {reason}.",
    },
    ProcessExited: {
        "en": "{process} ends on {node}: {reason}. It used the CPU for {cpu_ms} ms.",
        "es": "{process} termina en {node}: {reason}. Usó la CPU {cpu_ms} ms.",
    },
    SystemCallUnknown: {
        "en": "{process} asks for system call {number}, which this kernel has not: ENOSYS.",
        "es": "{process} pide la llamada al sistema {number}, que este núcleo no tiene: ENOSYS.",
    },
    NodeCrashed: {
        "en": "{node} crashes ({cause}). Its memory is lost{victims}.",
        "es": "{node} cae ({cause}). Su memoria se pierde{victims}.",
    },
    NodeRestarted: {
        "en": "{node} starts again, with empty memory (life {life}).",
        "es": "{node} arranca de nuevo, con la memoria vacía (vida {life}).",
    },
    NodePaused: {"en": "{node} stands still.", "es": "{node} se detiene."},
    NodeResumed: {"en": "{node} goes on.", "es": "{node} continúa."},
    NodeSlowed: {
        "en": "{node} runs at {percent} % of its speed from now on.",
        "es": "{node} funciona desde ahora al {percent} % de su velocidad.",
    },
    NodeSuspected: {
        "en": "{node} notices that its connection to {peer} is broken.",
        "es": "{node} nota que su conexión con {peer} está rota.",
    },
    LinkPartitioned: {"en": "The wire is cut: {where}.", "es": "La red queda cortada: {where}."},
    LinkHealed: {"en": "The wire is whole again: {where}.", "es": "La red vuelve a estar entera: {where}."},
    MessageHeld: {
        "en": "A message to {to} waits at the cut ({message}).",
        "es": "Un mensaje para {to} espera en el corte ({message}).",
    },
    MessageLost: {
        "en": "Messages to {to} are lost: {reason} ({message} is the first).",
        "es": "Los mensajes para {to} se pierden: {reason} ({message} es el primero).",
    },
    CommandRefused: {
        "en": "Not possible: {verb}. {reason}.",
        "es": "No es posible: {verb}. {reason}.",
    },
    InvariantViolated: {
        "en": "INVARIANT BROKEN, {name}: {detail}.",
        "es": "INVARIANTE ROTO, {name}: {detail}.",
    },
}

_INITIATORS = {
    "user": {"en": "the user", "es": "el usuario"},
    "os": {"en": "the operating system", "es": "el sistema operativo"},
    "process": {"en": "the process itself", "es": "el propio proceso"},
    "eviction": {"en": "the owner of the workstation", "es": "el dueño del puesto de trabajo"},
    "shutdown": {"en": "the coming shutdown", "es": "el apagado anunciado"},
}
_RULES = {
    "few pages left": {"en": "few pages are left", "es": "quedan pocas páginas"},
    "freeze goal": {"en": "the rest is short enough", "es": "lo que queda es lo bastante corto"},
    "no gain": {"en": "another round would gain nothing", "es": "otra ronda no ganaría nada"},
    "round limit": {"en": "there were rounds enough", "es": "ya hubo bastantes rondas"},
}
"""Why precopy freezes the process just now."""
_WHERE = {
    False: {"en": "in its memory", "es": "en su memoria"},
    True: {"en": "on its disk", "es": "en su disco"},
}
"""Where pages stay: on disk?"""
_ENDINGS = {
    "quiescent": {"en": "Nothing is left to happen.", "es": "No queda nada por ocurrir."},
    "until": {"en": "The time is up.", "es": "Se acabó el tiempo."},
    "stopped": {"en": "The run was stopped.", "es": "La ejecución fue detenida."},
}
_OPENING = {
    "en": "{title}: {nodes} nodes, {kind} of {bandwidth} Mbit/s, {latency} ms; seed {seed}.",
    "es": "{title}: {nodes} nodos, {kind} de {bandwidth} Mbit/s, {latency} ms; semilla {seed}.",
}
_LOST_WITH_IT = {"en": ", and with it {names}", "es": ", y con ella {names}"}


class Narrator:
    """Turns events into lines. `view` must have seen each event before the narrator is asked about it."""

    def __init__(self, view: ClusterView, lang: str, title: str) -> None:
        self._view = view
        self._lang = lang
        self._title = title
        self._losing: set[tuple[str, str]] = set()
        """Nodes to which messages are being lost, and why: told once, not for every message."""

    def tell(self, stamped: Stamped) -> list[str]:
        """Return the lines that an event is worth: none, one, or one a line of a program's output."""
        event = stamped.event
        match event:
            case RunStarted(_, _, seed, settings):
                return [self._line(0, self._opening(seed, settings))]
            case RunEnded(reason):
                return [self._line(stamped.t, _ENDINGS[reason][self._lang])]
            case Narration(text):
                return [self._line(stamped.t, f"» {line}") for line in text.get(self._lang, "").splitlines()]
            case QuestionAsked(question, answer, choices):
                return [self._line(stamped.t, line) for line in self._question(question, answer, choices)]
            case ProcessOutput(pid, _, text):
                shown = text if text is not None else "(bytes)"
                name = self._view.name_of(pid)
                return [self._line(stamped.t, f"{name} | {line}") for line in shown.splitlines()]
            case MessageLost(_, to, reason):
                if (to, reason) in self._losing:
                    return []
                self._losing.add((to, reason))
            case NodeRestarted():
                self._losing.clear()
            case _:
                pass
        sentence = SENTENCES.get(type(event))
        if sentence is None or isinstance(event, MigrationCompleted):
            return []
        return [self._line(stamped.t, sentence[self._lang].format(**self._values(stamped)))]

    def _question(self, question: dict[str, str], answer: dict[str, str], choices: list[dict[str, str]]) -> list[str]:
        asked = [f"? {line}" for line in question.get(self._lang, "").splitlines()]
        listed = [f"  {number}. {choice.get(self._lang, '')}" for number, choice in enumerate(choices, start=1)]
        return [*asked, *listed, *(f"= {line}" for line in answer.get(self._lang, "").splitlines())]

    def _opening(self, seed: int, settings: dict[str, Any]) -> str:
        network = settings["network"]
        return _OPENING[self._lang].format(
            title=self._title,
            nodes=len(settings["nodes"]),
            kind=network["kind"],
            bandwidth=f"{network['bandwidth_bps'] / 1e6:g}",
            latency=f"{network['latency_ns'] / 1e6:g}",
            seed=seed,
        )

    def _values(self, stamped: Stamped) -> dict[str, Any]:
        """Return all that a sentence about this event may name."""
        event = stamped.event
        values: dict[str, Any] = {"node": stamped.node} | msgspec.structs.asdict(event)
        if "pid" in values:
            values["process"] = self._view.name_of(values["pid"])
        migration = self._view.migrations.get(values.get("migration", ""))
        if migration is not None:
            values |= {"source": migration.source, "destination": migration.destination}
            values["frozen_ms"] = _milliseconds(migration.freeze_ns or 0)
            values["initiator"] = _INITIATORS[migration.initiated_by][self._lang]
        values |= _computed(event)
        if isinstance(event, MigrationFrozen):
            values["because"] = f" ({_RULES[event.why][self._lang]})" if event.why else ""
        if isinstance(event, ResidualLeft):
            values["where"] = _WHERE[event.on_disk][self._lang]
        if isinstance(event, NodeCrashed):
            values["victims"] = self._victims(str(stamped.node), stamped.t)
        if "reason" in values:
            values["reason"] = str(values["reason"]).rstrip(".")
        return values

    def _victims(self, node: str, t: int) -> str:
        names = [
            process.name
            for process in self._view.processes.values()
            if process.node == node and process.state == "lost" and process.ended_ns == t
        ]
        return _LOST_WITH_IT[self._lang].format(names=", ".join(names)) if names else ""

    @staticmethod
    def _line(t: int, sentence: str) -> str:
        return f"{t / 1e9:12.6f} s  {sentence}"


def _computed(event: AnyEvent) -> dict[str, str]:
    """Return values that are not fields of the event but follow from them."""
    match event:
        case ProcessCreated(argv=argv):
            return {"command": " ".join(argv)}
        case MigrationRound(bytes=size, duration_ns=duration_ns):
            return {"kib": f"{size / 1024:.0f}", "milliseconds": _milliseconds(duration_ns)}
        case ResidualLeft(pages=pages):
            return {"count": str(len(pages))}
        case ProcessExited(cpu_ns=cpu_ns):
            return {"cpu_ms": _milliseconds(cpu_ns)}
        case LinkPartitioned(links) | LinkHealed(links):
            return {"where": ", ".join(links) or "-"}
        case CommandRefused(command):
            rest = " ".join(str(value) for key, value in command.items() if key != "verb" and value is not None)
            return {"verb": f"{command.get('verb')} {rest}".strip()}
        case _:
            return {}


def _milliseconds(ns: int) -> str:
    return f"{ns / 1e6:.3f}"
