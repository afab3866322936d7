"""Why something was decided as it was: a rule by its name, and the numbers that were compared. Each rule has a sentence in every language.

Decisions and refusals carry a `Reason`, never a text made up on the spot, so that they can be counted, compared and told in any language.
"""

from __future__ import annotations

from typing import Any

import msgspec

Number = int | float | str


class Reason(msgspec.Struct, frozen=True):
    """A rule that decided, with what it compared."""

    rule: str
    """A key of `RULES`."""
    numbers: dict[str, Number] = {}

    def text(self, lang: str = "en") -> str:
        """Say it in a clause without a full stop."""
        return RULES[self.rule][lang].format(**self.numbers)


def reason(rule: str, **numbers: Number) -> Reason:
    """Return a reason; the numbers are those that the rule's sentence names."""
    return Reason(rule, numbers)


def load(milli: int) -> float:
    """Return a load in processes of a reference machine, as people read it."""
    return round(milli / 1000, 2)


def seconds(ns: int) -> float:
    """Return a span in seconds, to the millisecond."""
    return round(ns / 1e9, 3)


def text_of(rule: str, numbers: dict[str, Any], lang: str) -> str | None:
    """Say the reason that an event carries; None: the event carries no rule that is known here."""
    return RULES[rule][lang].format(**numbers) if rule in RULES else None


RULES: dict[str, dict[str, str]] = {
    # ------------------------------------------------------------------------- nothing is asked
    "below-threshold": {
        "en": "load {load} is below {threshold}",
        "es": "la carga {load} es menor que {threshold}",
    },
    "above-threshold": {
        "en": "load {load} is not below {threshold}",
        "es": "la carga {load} no es menor que {threshold}",
    },
    "waits-for-answer": {
        "en": "one negotiation at a time: {process} has been asked for at {to}",
        "es": "una negociación a la vez: se ha preguntado a {to} por {process}",
    },
    "no-victim": {
        "en": "load {load}, but no process may leave: {fresh} here for less than {residence_s} s, {locked} told to stay, "
        "{moving} moving, {waiting} waiting",
        "es": "carga {load}, pero ningún proceso puede irse: {fresh} llevan aquí menos de {residence_s} s, {locked} deben quedarse, "
        "{moving} migran, {waiting} esperan",
    },
    "nobody-known": {
        "en": "load {load}, but nothing newer than {max_age_s} s is known of any other node",
        "es": "carga {load}, pero no se sabe nada de otros nodos de hace menos de {max_age_s} s",
    },
    "nobody-lighter": {
        "en": "load {load}, and with {process} even {best} would have {best_load} (as told {age_s} s ago): less gain than {gain}",
        "es": "carga {load}, y con {process} incluso {best} tendría {best_load} (dicho hace {age_s} s): gana menos de {gain}",
    },
    "told-to-stay": {
        "en": "the processes of {machine} were told to stay",
        "es": "a los procesos de {machine} se les dijo que se quedaran",
    },
    "nobody-loaded": {
        "en": "load {load} is low, but nobody is known to have {threshold} or more",
        "es": "la carga {load} es baja, pero no se sabe de nadie que tenga {threshold} o más",
    },
    "user-policy": {"en": "the policy says: {says}", "es": "la política dice: {says}"},
    "user-policy-failed": {
        "en": "the policy {name} failed: {error}",
        "es": "la política {name} falló: {error}",
    },
    # --------------------------------------------------------------------------- something is asked
    "lighter": {
        "en": "load {load} is not below {threshold}, and {to} has {to_load} (as told {age_s} s ago)",
        "es": "la carga {load} no es menor que {threshold}, y {to} tiene {to_load} (dicho hace {age_s} s)",
    },
    "at-random": {
        "en": "load {load} is not below {threshold}; {to} was drawn at random",
        "es": "la carga {load} no es menor que {threshold}; {to} salió por sorteo",
    },
    "work-wanted": {
        "en": "{to} with load {to_load} asks for work, and {machine} has load {load}",
        "es": "{to}, con carga {to_load}, pide trabajo, y {machine} tiene carga {load}",
    },
    "asks-for-work": {
        "en": "load {load} is below {threshold}, and {machine} has {other_load} (as told {age_s} s ago)",
        "es": "la carga {load} es menor que {threshold}, y {machine} tiene {other_load} (dicho hace {age_s} s)",
    },
    "too-young": {
        "en": "{process} has run for {age_s} s, and its move would cost {cost_s} s: not worth it with {here} jobs here and {there} there",
        "es": "{process} lleva {age_s} s de CPU, y moverlo costaría {cost_s} s: no compensa con {here} trabajos aquí y {there} allí",
    },
    "nobody-below-mosix": {
        "en": "load {load}, and with 1.3 of {process} even {best} would have {best_load} (as told {age_s} s ago)",
        "es": "carga {load}, y con 1,3 de {process} incluso {best} tendría {best_load} (dicho hace {age_s} s)",
    },
    "probed": {
        "en": "{machine} has {jobs} jobs, and {threshold} are enough; {to} was drawn at random",
        "es": "{machine} tiene {jobs} trabajos, y {threshold} bastan; {to} salió por sorteo",
    },
    "short-queue": {
        "en": "{machine} has {jobs} jobs: fewer than {threshold}",
        "es": "{machine} tiene {jobs} trabajos: menos de {threshold}",
    },
    "queue-not-below": {
        "en": "{machine} has {jobs} jobs: not fewer than {threshold}",
        "es": "{machine} tiene {jobs} trabajos: no menos de {threshold}",
    },
    "nobody-below": {
        "en": "nobody who was asked has fewer than {threshold} jobs",
        "es": "ninguno de los consultados tiene menos de {threshold} trabajos",
    },
    "nobody-above": {
        "en": "nobody who was asked has a job to give beside {threshold}",
        "es": "ninguno de los consultados tiene trabajos para dar aparte de {threshold}",
    },
    "long-queue": {
        "en": "{to} asks for work, and {machine} has {jobs} jobs: more than {threshold}",
        "es": "{to} pide trabajo, y {machine} tiene {jobs} trabajos: más de {threshold}",
    },
    "queue-too-short": {
        "en": "{machine} has {jobs} jobs: not more than {threshold}",
        "es": "{machine} tiene {jobs} trabajos: no más de {threshold}",
    },
    "none-may-go": {
        "en": "{machine} has {jobs} jobs, more than {threshold}, but none that may leave",
        "es": "{machine} tiene {jobs} trabajos, más de {threshold}, pero ninguno que pueda irse",
    },
    "placed": {
        "en": "a new job starts where the load is least: {to} has {to_load}, {machine} has {load}",
        "es": "un trabajo nuevo comienza donde hay menos carga: {to} tiene {to_load}, {machine} tiene {load}",
    },
    "starts-here": {
        "en": "no node is known to be lighter than {machine} with load {load} by {gain}",
        "es": "no se sabe de ningún nodo con {gain} menos de carga que {machine}, que tiene {load}",
    },
    "full": {
        "en": "{machine} has {jobs} jobs, and admits {limit}",
        "es": "{machine} tiene {jobs} trabajos, y admite {limit}",
    },
    "asked-for": {"en": "asked for by the {who}", "es": "lo pide: {who}"},
    "own-will": {"en": "it asks for it itself", "es": "lo pide el propio proceso"},
    "wants-resource": {
        "en": "it asks for {resource}, which {to} has",
        "es": "pide {resource}, que está en {to}",
    },
    "talks-to": {
        "en": "it exchanged {bytes} bytes with {to} in the last {span_s} s",
        "es": "intercambió {bytes} bytes con {to} en los últimos {span_s} s",
    },
    "evicted": {
        "en": "the owner of {machine} is back",
        "es": "el dueño de {machine} ha vuelto",
    },
    "expelled": {"en": "{machine} expels all guests", "es": "{machine} expulsa a todos los huéspedes"},
    "called-home": {"en": "{home} calls its processes home", "es": "{home} llama a sus procesos a casa"},
    "shutting-down-soon": {
        "en": "{machine} will go down in {left_s} s",
        "es": "{machine} se apagará dentro de {left_s} s",
    },
    # ------------------------------------------------------------------------------ yes and no
    "user-wishes": {
        "en": "load {load}, {free} frames free; a user's wish is not a question of load",
        "es": "carga {load}, {free} marcos libres; un deseo del usuario no depende de la carga",
    },
    "comes-home": {
        "en": "{process} comes home, and home never refuses",
        "es": "{process} vuelve a casa, y la casa nunca lo rechaza",
    },
    "has-resource": {"en": "{machine} has {resource}", "es": "{machine} tiene {resource}"},
    "light-enough": {
        "en": "load {load} with {process}, and {source} has {source_load}",
        "es": "carga {load} con {process}, y {source} tiene {source_load}",
    },
    "room-for-guest": {
        "en": "load {load}, {free} frames free: a guest that has to leave {source} may come",
        "es": "carga {load}, {free} marcos libres: puede venir un huésped que debe dejar {source}",
    },
    "blocked": {
        "en": "{machine} is blocked for guests",
        "es": "{machine} está bloqueado para huéspedes",
    },
    "owner-active": {
        "en": "the owner of {machine} is at work: the last key was {idle_s} s ago, guests may come after {threshold_s} s",
        "es": "el dueño de {machine} está trabajando: la última tecla fue hace {idle_s} s, se admiten huéspedes tras {threshold_s} s",
    },
    "shutting-down": {"en": "{machine} is about to go down", "es": "{machine} está a punto de apagarse"},
    "no-resource": {"en": "{machine} has no {resource}", "es": "{machine} no tiene {resource}"},
    "too-loaded": {
        "en": "{machine} would have load {load} with {process}, and {source} has {source_load}: less gain than {gain}",
        "es": "{machine} tendría carga {load} con {process}, y {source} tiene {source_load}: gana menos de {gain}",
    },
    "crosses": {
        "en": "{process} is about to go to {to} itself",
        "es": "{process} está a punto de ir a {to}",
    },
    "pages": {
        "en": "the processes of {machine} had to wait for a page {waits} times in the last second, and {limit} is too often",
        "es": "los procesos de {machine} han esperado una página {waits} veces en el último segundo, y {limit} son demasiadas",
    },
    "over-limit": {
        "en": "{machine} has load {load}, and takes guests below {threshold}",
        "es": "{machine} tiene carga {load}, y admite huéspedes por debajo de {threshold}",
    },
    "bounces": {
        "en": "{process} left {machine} {left_s} s ago, and may not come back for {window_s} s",
        "es": "{process} salió de {machine} hace {left_s} s, y no puede volver hasta pasados {window_s} s",
    },
    "over-quota": {
        "en": "guests may have {quota} frames of {machine}; they have {used}, and {process} needs {pages}",
        "es": "los huéspedes pueden tener {quota} marcos de {machine}; tienen {used}, y {process} necesita {pages}",
    },
    "opt-alone": {
        "en": "replacement `opt` of {machine} needs to know every reference in advance, which is possible for one process alone, "
        "and {process} is there",
        "es": "el reemplazo `opt` de {machine} necesita conocer de antemano todas las referencias, lo que solo es posible con un único "
        "proceso, y {process} ya está allí",
    },
    "opt-from-start": {
        "en": "replacement `opt` of {machine} needs to know every reference in advance, and learns them where a process is started",
        "es": "el reemplazo `opt` de {machine} necesita conocer de antemano todas las referencias, y las conoce donde un proceso comienza",
    },
    "opt-asks": {
        "en": "replacement `opt` needs to know every reference in advance, and what {process} does after {instructions} instructions "
        "depends on the answer to a system call (number {call})",
        "es": "el reemplazo `opt` necesita conocer de antemano todas las referencias, y lo que {process} hace tras {instructions} "
        "instrucciones depende de la respuesta a una llamada al sistema (número {call})",
    },
    "opt-too-long": {
        "en": "replacement `opt` needs to know every reference in advance, and {process} has not ended after {instructions} instructions",
        "es": "el reemplazo `opt` necesita conocer de antemano todas las referencias, y {process} no ha terminado tras {instructions} "
        "instrucciones",
    },
    "too-few-frames": {
        "en": "{machine} has {free} frames free, {process} needs {pages}",
        "es": "{machine} tiene {free} marcos libres, {process} necesita {pages}",
    },
    # --------------------------------------------------------------------- what can go wrong on the way
    "no-answer": {
        "en": "{by} has not answered for {waited_s} s",
        "es": "{by} no responde desde hace {waited_s} s",
    },
    "connection-broken": {"en": "the connection to {by} is broken", "es": "la conexión con {by} está rota"},
    "cancelled": {"en": "it was cancelled", "es": "se canceló"},
    "is-down": {"en": "{machine} is known to be down", "es": "se sabe que {machine} está caído"},
    "everybody-down": {
        "en": "load {load}, but every other node is known to be down",
        "es": "carga {load}, pero se sabe que todos los demás nodos están caídos",
    },
    "no-initiator-answer": {
        "en": "the Initiator of {machine}, on {on}, has not answered for {waited_s} s",
        "es": "el Iniciador de {machine}, en {on}, no responde desde hace {waited_s} s",
    },
    "passed-commit": {
        "en": "{process} has passed the commit point",
        "es": "{process} ha pasado el punto de compromiso",
    },
    "was-told-to-stay": {"en": "{process} was told to stay", "es": "a {process} se le dijo que se quedara"},
    "not-moving": {"en": "{process} is not being moved", "es": "{process} no está migrando"},
    "no-process": {
        "en": "{machine} has no process {process} any more",
        "es": "{machine} ya no tiene el proceso {process}",
    },
    "moves-already": {"en": "{process} is already being moved", "es": "{process} ya está migrando"},
    "here-already": {"en": "{process} is on {machine} already", "es": "{process} ya está en {machine}"},
    "no-node": {"en": "there is no node {to}", "es": "no hay ningún nodo {to}"},
    "nobody-has": {"en": "no node has {resource}", "es": "ningún nodo tiene {resource}"},
    "no-initiator": {
        "en": "the Initiator of {machine}, on {on}, does not answer",
        "es": "el Iniciador de {machine}, en {on}, no responde",
    },
    "strategy-failed": {"en": "{says}", "es": "la estrategia del usuario ha fallado ({says})"},
    "nowhere": {
        "en": "no node is known that would take {process}",
        "es": "no se sabe de ningún nodo que acoja a {process}",
    },
}
"""What each rule says: a clause, which names its numbers in braces. The same numbers in every language."""
