"""Tells in sentences what happens, in English and in Spanish: the events that a listener cares about, one sentence each.

A row of `SENTENCES` is an event, and its sentence in each language; the braces name fields of the event, or values that `_values` adds.
Spanish uses the terms of the lecture (migracion de procesos, volcado, desalojo ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from nodes.wire.clauses import in_language
from nodes.wire.events import (
    AnyEvent,
    CommandRefused,
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    InvariantViolated,
    LinkEnded,
    LinkHealed,
    LinkOpened,
    LinkPartitioned,
    MachineBlocked,
    MachineStays,
    MailHeld,
    MailTold,
    MessageForwarded,
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
    NameKnown,
    Narration,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    NodePaused,
    NodeRecovered,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    NodeSuspected,
    NodeThrashing,
    OwnerActive,
    OwnerIdle,
    PolicyChanged,
    ProcessBounced,
    ProcessContinued,
    ProcessCreated,
    ProcessExited,
    ProcessNotCreated,
    ProcessOutput,
    ProcessPlaced,
    ProcessPutBack,
    ProcessStopped,
    QuestionAsked,
    ReservationReleased,
    ResidualEnded,
    ResidualLeft,
    RunEnded,
    RunStarted,
    ShutdownAnnounced,
    SignalDelivered,
    Stamped,
    SystemCallUnknown,
)
from nodes.wire.ids import Pid
from nodes.wire.parameters import PAGE_BYTES
from nodes.wire.reasons import text_of
from tuiclu.model.cluster import ClusterView
from tuiclu.model.policy import KEYS, written

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
        "en": "{process} is to move from {source} to {destination} ({strategy}); {initiator} wants it{grounds}.",
        "es": "{process} debe migrar de {source} a {destination} ({strategy}); lo pide {initiator}{grounds}.",
    },
    NegotiationRefused: {
        "en": "{said}: {why}.",
        "es": "{said}: {why}.",
    },
    NegotiationMessage: {
        "en": "{step}  {speaker} to {listener}: {says}",
        "es": "{step}  {speaker} a {listener}: {says}",
    },
    DecisionTaken: {
        "en": "{by} {did}: {why}.",
        "es": "{by} {did}: {why}.",
    },
    ProcessBounced: {
        "en": "{process} bounces: {stations}, back after {away_ms} ms. The policy thrashes.",
        "es": "{process} rebota: {stations}, de vuelta tras {away_ms} ms. La política es inestable.",
    },
    ProcessPlaced: {
        "en": "{process} is admitted and starts on {on}; it waited {waited_ms} ms.",
        "es": "{process} es admitido y comienza en {on}; esperó {waited_ms} ms.",
    },
    ProcessPutBack: {
        "en": "{process} {place} on {node}.",
        "es": "{process} {place} en {node}.",
    },
    OwnerActive: {
        "en": "The owner of {node} touches a key.",
        "es": "El dueño de {node} pulsa una tecla.",
    },
    OwnerIdle: {
        "en": "The owner of {node} is away: {node} is idle.",
        "es": "El dueño de {node} se ha ido: {node} está ocioso.",
    },
    EvictionStarted: {
        "en": "Eviction from {machine} ({policy}): {names} {must} leave.",
        "es": "Desalojo de {machine} ({policy}): {must} marcharse {names}.",
    },
    EvictionCompleted: {
        "en": "The eviction from {machine} is over{left_behind}.",
        "es": "El desalojo de {machine} ha terminado{left_behind}.",
    },
    PolicyChanged: {
        "en": "From now on {key} is {now}{where}; it was {was}.",
        "es": "Desde ahora {key} es {now}{where}; antes era {was}.",
    },
    MachineBlocked: {"en": "{machine} {open} guests.", "es": "{machine} {open} huéspedes."},
    MachineStays: {
        "en": "No policy may move processes away from {machine}: {yes}.",
        "es": "Ninguna política puede llevarse procesos de {machine}: {yes}.",
    },
    ShutdownAnnounced: {
        "en": "{machine} will go down at {at_s} s.",
        "es": "{machine} se apagará en {at_s} s.",
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
        "en": "Round {round}: {count} ({kib} KiB) of {process} {moved} in {milliseconds} ms.",
        "es": "Ronda {round}: {count} ({kib} KiB) de {process} {moved} en {milliseconds} ms.",
    },
    MigrationCommitted: {
        "en": "Commit: {process} {belongs}, and {source} {destroys}.",
        "es": "Compromiso: {process} {belongs}, y {source} {destroys}.",
    },
    ResidualLeft: {
        "en": "{process} still depends on {holder}: {needs}.",
        "es": "{process} sigue dependiendo de {holder}: {needs}.",
    },
    ResidualEnded: {
        "en": "{holder} {needed_no_more} {process} any more.",
        "es": "{holder} ya no {needed_no_more} {process}.",
    },
    MigrationResumed: {
        "en": "{process} {goes_on} on {node}. It stood still for {frozen_ms} ms.",
        "es": "{process} {goes_on} en {node}. Estuvo congelado {frozen_ms} ms.",
    },
    MigrationAborted: {
        "en": "The migration of {process} to {destination} is aborted ({stage}): {reason}. {fate}.",
        "es": "La migración de {process} a {destination} se aborta ({stage}): {reason}. {fate}.",
    },
    MigrationLost: {
        "en": "{lost}: {reason}.",
        "es": "{lost}: {reason}.",
    },
    ReservationReleased: {
        "en": "{node} gives back what it had reserved for {process}: {reason}.",
        "es": "{node} devuelve lo que había reservado para {process}: {reason}.",
    },
    MessageForwarded: {
        "en": "{node} passes mail for {process} on to {to}, its hop {hops} ({way}).",
        "es": "{node} reenvía a {to} el correo para {process}, su salto {hops} ({way}).",
    },
    MailHeld: {
        "en": "{count} that came for {process} meanwhile {goes} to {to} with it.",
        "es": "{count} para {process} {goes} con él a {to}.",
    },
    MailTold: {
        "en": "{node} tells {to}, {whose}, that {process} is to be found on {at}.",
        "es": "{node} comunica a {to}, {whose}, que {process} se encuentra en {at}.",
    },
    NameKnown: {
        "en": "{process} can be found under the name {name}.",
        "es": "{process} se encuentra bajo el nombre {name}.",
    },
    LinkOpened: {
        "en": "{process} has opened a link with {partner}.",
        "es": "{process} ha abierto un enlace con {partner}.",
    },
    LinkEnded: {
        "en": "The link {link} is broken for {process}: {reason}.",
        "es": "El enlace {link} está roto para {process}: {reason}.",
    },
    SignalDelivered: {
        "en": "{process} runs its handler of {signal}.",
        "es": "{process} ejecuta su manejador de {signal}.",
    },
    ProcessStopped: {
        "en": "{process} is stopped on {node} by {signal}, {sent}. It stands still until SIGCONT comes.",
        "es": "{process} queda detenido en {node} por {signal}, {sent}. No seguirá hasta que llegue SIGCONT.",
    },
    ProcessContinued: {
        "en": "{process} may go on, on {node}: SIGCONT, {sent}.",
        "es": "{process} puede seguir, en {node}: SIGCONT, {sent}.",
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
    NodeThrashing: {
        "en": "{node} THRASHES: for {percent} % of the last second its CPU idled while processes waited for pages from its disk.",
        "es": "{node} está en TRASIEGO (thrashing): el {percent} % del último segundo, CPU ociosa y procesos a la espera del disco.",
    },
    NodeRecovered: {
        "en": "{node} thrashes no longer: in the last second its CPU idled little for want of pages.",
        "es": "{node} sale del trasiego: en el último segundo la CPU apenas estuvo ociosa a la espera del disco.",
    },
    NodeSuspected: {
        "en": "{node} is the first to notice that the connection to {peer} is broken.",
        "es": "{node} es el primero en notar que la conexión con {peer} está rota.",
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
_PARTIES = {
    "initiator": {"en": "Initiator on {machine}", "es": "Iniciador en {machine}"},
    "kernel": {"en": "kernel of {machine}", "es": "núcleo de {machine}"},
}


_ON_BEHALF = {"en": "{seat}, for {machine},", "es": "{seat}, por {machine},"}
"""Who decides for a machine, where its Initiator sits on another."""


def in_words(reason: str, rule: str, numbers: dict[str, Any]) -> dict[str, str]:
    """Return a reason in every language; as it stands where its rule is not known."""
    return {lang: text_of(rule, numbers, lang) or in_language(reason, lang) for lang in LANGUAGES}


def deed_of(what: str, verdict: str, about: str, lang: str) -> str:
    """Return what a decision comes to, `gives P away`; `about` is a process or a machine, by name."""
    return _DEEDS[what, verdict][lang].format(about=about)


_DEEDS = {
    ("share", "yes"): {"en": "gives {about} away", "es": "cede a {about}"},
    ("share", "not now"): {"en": "gives nothing away", "es": "no cede nada"},
    ("share", "no"): {"en": "gives nothing away", "es": "no cede nada"},
    ("take", "yes"): {"en": "would take {about}", "es": "acogería a {about}"},
    ("take", "no"): {"en": "will not take {about}", "es": "no acogerá a {about}"},
    ("admit", "yes"): {"en": "lets {about} in", "es": "deja entrar a {about}"},
    ("admit", "no"): {"en": "turns {about} away", "es": "no deja entrar a {about}"},
    ("place", "yes"): {"en": "places {about} elsewhere", "es": "coloca a {about} en otro nodo"},
    ("place", "no"): {"en": "starts {about} itself", "es": "comienza a {about} en casa"},
    ("place", "not now"): {"en": "lets {about} wait", "es": "hace esperar a {about}"},
    ("evict", "yes"): {"en": "evicts its guests", "es": "desaloja a sus huéspedes"},
    ("evict", "no"): {"en": "leaves {about} where it is", "es": "deja a {about} donde está"},
    ("evacuate", "yes"): {"en": "is evacuated", "es": "se evacúa"},
    ("want-work", "yes"): {"en": "asks {about} for work", "es": "pide trabajo a {about}"},
    ("want-work", "not now"): {"en": "asks for no work", "es": "no pide trabajo"},
    ("give-work", "yes"): {"en": "gives {about} to who asked for work", "es": "cede a {about} a quien pedía trabajo"},
    ("give-work", "not now"): {"en": "gives {about} no work", "es": "no da trabajo a {about}"},
    ("talk", "yes"): {"en": "brings {about} to whom it talks to", "es": "lleva a {about} junto a su interlocutor"},
}
"""What a machine does by a decision: what is decided, and the verdict."""
_SPEAKERS = {
    1: ("initiator", "initiator"),
    2: ("initiator", "initiator"),
    3: ("initiator", "kernel"),
    4: ("kernel", "kernel"),
    5: ("kernel", "initiator"),
    6: ("initiator", "kernel"),
    7: ("kernel", "kernel"),
}
"""Who says what to whom, by the step of the negotiation."""
_PLAIN_WISHES = ("asked-for", "own-will")
"""Reasons that say no more than who wants it."""
_PLACES = {
    True: {"en": "gets the CPU only when nobody else wants it", "es": "solo recibe la CPU cuando nadie más la quiere"},
    False: {"en": "competes for the CPU again as all others", "es": "compite de nuevo por la CPU como los demás"},
}
_OPEN = {
    True: {"en": "is blocked for", "es": "queda bloqueado para"},
    False: {"en": "is open to", "es": "vuelve a admitir"},
}
_REFUSED = {
    True: {"en": "{by} refuses to take {process}", "es": "{by} no acoge a {process}"},
    False: {"en": "{process} is not moved this time", "es": "{process} no migra esta vez"},
}
"""Was it the other side that said no?"""
_NOBODYS_NO = ("no-answer", "connection-broken")
"""Rules by which something is given up of which nobody has said no."""
_YES = {True: {"en": "yes", "es": "sí"}, False: {"en": "no longer", "es": "ya no"}}
_ON = {"en": " on {nodes}", "es": " en {nodes}"}
_LEFT_BEHIND = {"en": "; still there: {names}", "es": "; siguen allí: {names}"}


def frozen_because(why: str, lang: str) -> str:
    """Return why a process was frozen just then; a strategy of one's own has its own words."""
    return _RULES.get(why, {}).get(lang, why)


_RULES = {
    "few pages left": {"en": "few pages are left", "es": "quedan pocas páginas"},
    "freeze goal": {"en": "the rest is short enough", "es": "lo que queda es lo bastante corto"},
    "no gain": {"en": "another round would gain nothing", "es": "otra ronda no ganaría nada"},
    "round limit": {"en": "there were rounds enough", "es": "ya hubo bastantes rondas"},
}
"""Why precopy freezes the process just now."""
_NEEDS = {
    "memory": {
        "en": "{count} in its memory, and would be lost with it",
        "es": "{count} en su memoria, y se perdería con él",
    },
    "disk": {
        "en": "{count} on its disk, and can be waited for",
        "es": "{count} en su disco, y se puede esperar",
    },
    "mail": {
        "en": "it passes on the mail of links ({count}), which would be cut off without it",
        "es": "reenvía el correo de enlaces ({count}), que sin él quedarían cortados",
    },
}
"""What a process depends on a node for."""
_NEEDED_NO_MORE = {
    False: {"en": "keeps no page of", "es": "guarda ninguna página de"},
    True: {"en": "passes on no mail for links of", "es": "reenvía correo de enlaces de"},
}
"""What a node does no more for a process: pass on mail?"""
_MOVED = {
    (False, False): {"en": "have moved to {destination}", "es": "han pasado a {destination}"},
    (False, True): {"en": "has moved to {destination}", "es": "ha pasado a {destination}"},
    (True, False): {"en": "have been flushed to disk", "es": "se han volcado al disco"},
    (True, True): {"en": "has been flushed to disk", "es": "se ha volcado al disco"},
}
"""Where the pages of a round went: to a disk? Is it one page?"""
_COUNTED = {
    "page": {"en": ("{count} page", "{count} pages"), "es": ("{count} página", "{count} páginas")},
    "letter": {
        "en": ("{count} letter", "{count} letters"),
        "es": ("{count} carta que llegó entretanto", "{count} cartas que llegaron entretanto"),
    },
    "of its pages": {
        "en": ("{count} of its pages stays", "{count} of its pages stay"),
        "es": ("{count} de sus páginas queda", "{count} de sus páginas quedan"),
    },
}
"""One of a kind, and several."""
_GOES = {True: {"en": "goes", "es": "va"}, False: {"en": "go", "es": "van"}}
_MUST = {True: {"en": "must", "es": "debe"}, False: {"en": "must", "es": "deben"}}
_BELONGS = {
    True: {"en": "belongs to {destination} now", "es": "es ahora de {destination}"},
    False: {
        "en": "is given to {destination}, which has crashed unnoticed",
        "es": "se entrega a {destination}, que ha caído sin que se sepa",
    },
}
"""Whose a process is from the commit on: is there anybody to own it?"""
_DESTROYS = {
    (False, False): {
        "en": "destroys its copy, pages and all",
        "es": "destruye su copia, con todas sus páginas",
    },
    (True, False): {
        "en": "destroys its copy, but for {in_memory} that it keeps in memory until they are wanted",
        "es": "destruye su copia, salvo {in_memory} que guarda en memoria hasta que se pidan",
    },
    (False, True): {
        "en": "destroys its copy, but for {on_disk} on its disk; its memory is free",
        "es": "destruye su copia, salvo {on_disk} en su disco; su memoria queda libre",
    },
    (True, True): {
        "en": "destroys its copy, but for {in_memory} that it keeps in memory until they are wanted, and {on_disk} on its disk",
        "es": "destruye su copia, salvo {in_memory} que guarda en memoria hasta que se pidan, y {on_disk} en su disco",
    },
}
"""What becomes of the source's copy: are there pages that it keeps in memory, and on its disk?"""
_FATES = {
    "ended": {"en": "{process} has ended", "es": "{process} ya ha terminado"},
    "stopped": {"en": "It stays stopped, on {where}", "es": "Sigue detenido, en {where}"},
    "frozen": {"en": "It still stands still, on {where}", "es": "Sigue congelado, en {where}"},
    "going on": {"en": "It goes on where it was, on {where}", "es": "Sigue donde estaba, en {where}"},
}
"""What becomes of a process whose migration is aborted."""
_LOST = {
    False: {"en": "{process} is lost", "es": "{process} se ha perdido"},
    True: {
        "en": "{source} will never hear that {process} has arrived",
        "es": "{source} nunca sabrá que {process} ha llegado",
    },
}
"""What the source can only take for a loss: had the process gone on?"""
_GOES_ON = {
    False: {"en": "goes on,", "es": "continúa,"},
    True: {"en": "has arrived, and stays stopped,", "es": "ha llegado, y sigue detenido,"},
}
"""What a process does after its move: is it stopped?"""
_WAYS = {
    "forwarding address": {"en": "a forwarding address", "es": "dirección de reenvío"},
    "home": {"en": "by way of its home", "es": "por su nodo de origen"},
    "not coming": {"en": "it has not come", "es": "no ha venido"},
}
"""Why a node passes mail on."""
_WHOSE = {
    True: {"en": "where {peer} talks to it", "es": "donde {peer} habla con él"},
    False: {"en": "which passes on its mail", "es": "que reenvía su correo"},
}
"""Who is told of a place: a partner's kernel, or one that passes mail on."""
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

    def __init__(self, view: ClusterView, lang: str, title: str, *, everything: bool = False) -> None:
        """`everything`: tell also of decisions that other events make plain."""
        self._view = view
        self._everything = everything
        self._lang = lang
        self._title = title
        self._losing: set[tuple[str, str]] = set()
        """Nodes to which messages are being lost, and why: told once, not for every message."""
        self._suspected: dict[str, None] = {}
        """Nodes of whose crash somebody has heard: told once, not for everybody who hears of it."""
        self._passing_on: dict[tuple[str, str], str] = {}
        """Where each node passes on to what comes for a process: told once for each place."""
        self._handling: dict[tuple[str, str], None] = {}
        """Signals that a process has handled: told the first time."""

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
            case NodeSuspected(peer):
                if peer in self._suspected:
                    return []
                self._suspected[peer] = None
            case NodeRestarted():
                self._losing.clear()
                self._suspected.pop(str(stamped.node), None)
            case (
                DecisionTaken(what="take" | "admit")
                | DecisionTaken(what="share" | "give-work" | "talk" | "place", verdict="yes")
            ) if not self._everything:
                return []  # the messages of the negotiation, and the migration that begins, say it
            case LinkEnded(why=why) if why != "broken":
                return []
            case MessageForwarded(pid, _, _, to):
                if self._passing_on.get((str(stamped.node), pid)) == to:
                    return []
                self._passing_on[str(stamped.node), pid] = to
            case SignalDelivered(pid, signal):
                if (pid, signal) in self._handling:
                    return []
                self._handling[pid, signal] = None
            case ProcessExited(pid):
                self._forget(pid)
            case _:
                pass
        sentence = SENTENCES.get(type(event))
        if sentence is None or isinstance(event, MigrationCompleted):
            return []
        return [self._line(stamped.t, sentence[self._lang].format(**self._values(stamped)))]

    def _forget(self, pid: Pid) -> None:
        """A process has ended: nothing of it will be told again."""
        self._passing_on = {key: to for key, to in self._passing_on.items() if key[1] != pid}
        self._handling = {key: None for key in self._handling if key[0] != pid}

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
        if values.get("machine"):
            values["node"] = values["machine"]  # its Initiator, who says it, may sit elsewhere
        if "pid" in values:
            values["process"] = self._view.name_of(values["pid"])
        migration = self._view.migrations.get(values.get("migration", ""))
        if migration is not None:
            values |= {"source": migration.source, "destination": migration.destination}
            values["frozen_ms"] = _milliseconds(migration.freeze_ns(stamped.t) or 0)
            values["initiator"] = _INITIATORS[migration.initiated_by][self._lang]
        values |= _computed(event) | self._negotiated(stamped)
        if isinstance(event, MigrationFrozen):
            rule = frozen_because(event.why, self._lang)
            values["because"] = f" ({rule})" if rule else ""
        if isinstance(event, MigrationRound) and migration is not None:
            flushed = migration.record[-1].why == "flush"
            values["moved"] = _MOVED[flushed, event.pages == 1][self._lang].format(destination=migration.destination)
            values["count"] = self._counted(event.pages, "page")
        match event:
            case ResidualLeft(links=links) if links:
                values["needs"] = _NEEDS["mail"][self._lang].format(count=len(links))
            case ResidualLeft(on_disk=on_disk, pages=pages):
                count = self._counted(len(pages), "of its pages")
                values["needs"] = _NEEDS["disk" if on_disk else "memory"][self._lang].format(count=count)
            case MigrationCommitted() | MigrationAborted() | MigrationLost():
                values |= self._fate(stamped, event)
            case MailHeld(letters=letters):
                values["count"], values["goes"] = self._counted(letters, "letter"), _GOES[letters == 1][self._lang]
            case ResidualEnded(mail=mail):
                values["needed_no_more"] = _NEEDED_NO_MORE[mail][self._lang]
            case ProcessStopped(reason=reason) | ProcessContinued(reason=reason):
                values["sent"] = in_language(reason, self._lang)
            case MigrationResumed(_, pid):
                values["goes_on"] = _GOES_ON[self._view.processes[pid].stopped][self._lang]
            case MessageForwarded(why=why):
                values["way"] = _WAYS[why][self._lang]
            case MailTold(peer=peer):
                values["whose"] = _WHOSE[bool(peer)][self._lang].format(peer=self._view.name_of(peer))
            case LinkOpened(peer=peer):
                values["partner"] = self._view.name_of(peer)
            case _:
                pass
        if isinstance(event, NodeCrashed):
            values["victims"] = self._victims(str(stamped.node), stamped.t)
        for key in ("reason", "cause"):
            if key in values:
                values[key] = in_language(str(values[key]), self._lang).rstrip(".")
        return values

    def _counted(self, count: int, what: str) -> str:
        """Return so many of a kind, in words."""
        return _COUNTED[what][self._lang][count != 1].format(count=count)

    def _fate(self, stamped: Stamped, event: MigrationCommitted | MigrationAborted | MigrationLost) -> dict[str, str]:
        """Return what becomes of a process, and of what it leaves behind, at the end of its migration."""
        lang, process = self._lang, self._view.processes.get(event.pid)
        source = self._view.migrations[event.migration].source
        match event:
            case MigrationCommitted(_, _, destination, in_memory, on_disk):
                owned = process is None or process.alive
                kept = {"in_memory": self._counted(in_memory, "page"), "on_disk": self._counted(on_disk, "page")}
                return {
                    "belongs": _BELONGS[owned][lang].format(destination=destination),
                    "destroys": _DESTROYS[in_memory > 0, on_disk > 0][lang].format(**kept),
                }
            case MigrationAborted(stage=stage):
                held = process is not None and process.state == "frozen" and stage == "asked"  # else it is let go now
                fate = (
                    "ended"
                    if process is None or not process.alive
                    else "frozen"
                    if held
                    else "stopped"
                    if process.stopped
                    else "going on"
                )
                where = source if process is None else process.node
                return {"fate": _FATES[fate][lang].format(process=self._view.name_of(event.pid), where=where)}
            case MigrationLost(migration, pid):
                arrived = self._view.migrations[migration].resumed_ns is not None
                return {"lost": _LOST[arrived][lang].format(source=source, process=self._view.name_of(pid))}

    def _negotiated(self, stamped: Stamped) -> dict[str, str]:
        """Return what sentences about Initiators name."""
        event, lang = stamped.event, self._lang
        match event:
            case NegotiationMessage(_, _, step, sender, receiver, _, text):
                speaker, listener = _SPEAKERS[step]
                parties = {
                    "speaker": _PARTIES[speaker][lang].format(machine=sender),
                    "listener": _PARTIES[listener][lang].format(machine=receiver),
                }
                return parties | {"says": text.get(lang, text["en"])}
            case MigrationStarted(rule=rule, numbers=numbers):
                known = None if rule in _PLAIN_WISHES else text_of(rule, numbers, lang)
                return {"grounds": f": {known}" if known else ""}
            case DecisionTaken(by, about, what, verdict, reason, rule, numbers):
                did = deed_of(what, verdict, self._view.name_of(about), lang)
                if by != stamped.node:
                    by = _ON_BEHALF[lang].format(seat=stamped.node, machine=by)
                return {"by": by, "did": did, "why": text_of(rule, numbers, lang) or reason}
            case NegotiationRefused(migration, pid, by, _, reason, rule, numbers):
                refuses = by != self._view.migrations[migration].source and rule not in _NOBODYS_NO
                said = _REFUSED[refuses and self._view.nodes[by].state != "down"][lang].format(
                    by=by, process=self._view.name_of(pid)
                )
                return {"said": said, "why": (text_of(rule, numbers, lang) or reason).rstrip(".")}
            case ProcessBounced(_, machines, away_ns):
                return {"stations": " → ".join(machines), "away_ms": _milliseconds(away_ns)}
            case ProcessPlaced(_, _, waited_ns):
                return {"waited_ms": _milliseconds(waited_ns)}
            case ProcessPutBack(_, background):
                return {"place": _PLACES[background][lang]}
            case EvictionStarted(_, _, pids):
                names = ", ".join(self._view.name_of(pid) for pid in pids)
                return {"names": names, "must": _MUST[len(pids) == 1][lang]}
            case EvictionCompleted(_, _, remain):
                names = ", ".join(self._view.name_of(pid) for pid in remain)
                return {"left_behind": _LEFT_BEHIND[lang].format(names=names) if names else ""}
            case MachineBlocked(blocked):
                return {"open": _OPEN[blocked][lang]}
            case MachineStays(stays):
                return {"yes": _YES[stays][lang]}
            case PolicyChanged(setting, was, now, nodes):
                where = "" if self._view.policies.everywhere(nodes) else _ON[lang].format(nodes=", ".join(nodes))
                return {
                    "key": KEYS[setting],
                    "was": written(setting, was),
                    "now": written(setting, now),
                    "where": where,
                }
            case ShutdownAnnounced(at_ns):
                return {"at_s": f"{at_ns / 1e9:g}"}
            case _:
                return {}

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
        case MigrationRound(
            pages=pages, bytes=size, duration_ns=duration_ns
        ):  # to the node's own disk, no byte goes by wire
            return {"kib": f"{(size or pages * PAGE_BYTES) / 1024:.0f}", "milliseconds": _milliseconds(duration_ns)}
        case ProcessExited(cpu_ns=cpu_ns):
            return {"cpu_ms": _milliseconds(cpu_ns)}
        case LinkPartitioned(links) | LinkHealed(links):
            return {"where": ", ".join(links) or "-"}
        case CommandRefused(command):
            return {"verb": " ".join(_words(command))}
        case _:
            return {}


def _words(command: dict[str, Any]) -> Iterator[str]:
    """Yield the words of a command, much as they were typed: the verb first."""
    for value in [command.get("verb"), *(value for key, value in command.items() if key != "verb")]:
        match value:
            case None | "" | False:
                pass
            case dict():
                yield from (f"{KEYS.get(name, name)}={written(name, one)}" for name, one in value.items())
            case list() | tuple():
                yield from [",".join(map(str, value))] if value else []
            case _:
                yield str(value)


def _milliseconds(ns: int) -> str:
    return f"{ns / 1e6:.3f}"
