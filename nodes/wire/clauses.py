"""The clauses that say in an event why something happened: made from a table, so that they can be told in any language.

An event carries the English clause: it is what programs read and compare. Whoever tells it to people asks `in_language`, which finds the
row of the table that the clause was made from. A value in a clause may be a clause itself.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from nodes.wire.reasons import RULES

CLAUSES: dict[str, dict[str, str]] = {
    # -------------------------------------------------------------------------------------------------- why a process ends
    "signalled": {"en": "{signal}, {why}", "es": "{signal}, {why}"},
    "from-outside": {"en": "from outside", "es": "desde fuera"},
    "sent-by": {"en": "sent by {sender}", "es": "enviada por {sender}"},
    "the-user": {"en": "the user", "es": "el usuario"},
    "misaligned": {
        "en": "SIGBUS, misaligned atomic instruction {word} at {address}",
        "es": "SIGBUS, instrucción atómica no alineada {word} en {address}",
    },
    "illegal": {
        "en": "SIGILL, illegal instruction {word} at {address}",
        "es": "SIGILL, instrucción ilegal {word} en {address}",
    },
    "breakpoint": {"en": "SIGTRAP, breakpoint at {address}", "es": "SIGTRAP, punto de interrupción en {address}"},
    "violation": {"en": "SIGSEGV at pc {pc}: {why}", "es": "SIGSEGV en pc {pc}: {why}"},
    "handler-violation": {
        "en": "SIGSEGV at the call of a signal handler: {why}",
        "es": "SIGSEGV al llamar a un manejador de señal: {why}",
    },
    "stack-overflow": {
        "en": "stack overflow: {access} at {address}, below the stack of {mib} MiB",
        "es": "desbordamiento de pila: {access} en {address}, por debajo de la pila de {mib} MiB",
    },
    "null-pointer": {"en": "{access} at {address}: a null pointer", "es": "{access} en {address}: un puntero nulo"},
    "nothing-mapped": {
        "en": "{access} at {address}: nothing is mapped there",
        "es": "{access} en {address}: allí no hay nada asignado",
    },
    "no-right": {
        "en": "{access} at {address}: its page is {rights}",
        "es": "{access} en {address}: su página es {rights}",
    },
    "not-allowed": {"en": "{access} at {address} is not allowed", "es": "{access} en {address} no está permitida"},
    "outside": {
        "en": "{access} of {bytes} bytes at {address}: outside the user's addresses",
        "es": "{access} de {bytes} bytes en {address}: fuera de las direcciones del usuario",
    },
    "alternate-stack-full": {"en": "the alternate stack is full", "es": "la pila alternativa está llena"},
    "read": {"en": "read", "es": "lectura"},
    "write": {"en": "write", "es": "escritura"},
    "execute": {"en": "execute", "es": "ejecución"},
    "inaccessible": {"en": "not accessible", "es": "inaccesible"},
    "only": {"en": "{rights} only", "es": "solo de {rights}"},
    "and": {"en": "{one} and {other}", "es": "{one} y {other}"},
    "out-of-memory": {
        "en": "out of memory: {where} needs a frame, and of the {total} of {machine} {reserved} are promised "
        "and the others cannot be spared",
        "es": "memoria agotada: {where} necesita un marco, y de los {total} de {machine} {reserved} están prometidos y los demás no pueden "
        "cederse",
    },
    "a-call": {"en": "a system call", "es": "una llamada al sistema"},
    "a-handler": {"en": "the call of a signal handler", "es": "la llamada a un manejador de señal"},
    "an-access": {"en": "{access} at {address}", "es": "{access} en {address}"},
    "no-frame-from-elsewhere": {
        "en": "out of memory: no frame of {machine} can be had for a page that came from elsewhere",
        "es": "memoria agotada: no hay ningún marco de {machine} para una página que vino de otro nodo",
    },
    "page-lost": {
        "en": "SIGBUS: page {page} of {process} is on {machine}, {why}",
        "es": "SIGBUS: la página {page} de {process} está en {machine}, {why}",
    },
    "which-crashed": {"en": "which has crashed", "es": "que ha caído"},
    "whose-disk-is-silent": {
        "en": "whose disk has not answered for {patience}",
        "es": "cuyo disco no responde desde hace {patience}",
    },
    "which-lacks-it": {"en": "which has it no more", "es": "que ya no la tiene"},
    # --------------------------------------------------------------------------------------- why a process cannot be had
    "no-frame-for-arguments": {
        "en": "no frame can be had for its arguments: of {total}, {used} are in use and {reserved} promised",
        "es": "no hay ningún marco para sus argumentos: de {total}, {used} están en uso y {reserved} prometidos",
    },
    "no-frames-for-text": {
        "en": "of {total} frames only {free} can be had, and its program takes {pages}",
        "es": "de {total} marcos solo hay {free}, y su programa ocupa {pages}",
    },
    "arguments-too-long": {
        "en": "arguments and environment are longer than {limit} bytes",
        "es": "los argumentos y el entorno superan los {limit} bytes",
    },
    # ----------------------------------------------------------------------------------------- why a migration comes to nothing
    "ended-meanwhile": {"en": "{process} has ended meanwhile", "es": "{process} ha terminado entretanto"},
    "ended": {"en": "{process} has ended", "es": "{process} ha terminado"},
    "flush-disk-gone": {
        "en": "the disk of {machine}, which the pages were flushed to, is gone with it",
        "es": "el disco de {machine}, al que se volcaban las páginas, ha caído con él",
    },
    "no-frame-left": {
        "en": "{machine} has no frame left for a page of {process}",
        "es": "a {machine} no le queda ningún marco para una página de {process}",
    },
    "image-damaged": {
        "en": "the image of {process} is damaged: {why}",
        "es": "la imagen de {process} está dañada: {why}",
    },
    "pages-missing": {"en": "{count} pages did not come", "es": "no llegaron {count} páginas"},
    "page-in-no-region": {"en": "page {page} lies in no region", "es": "la página {page} no está en ninguna región"},
    "owner-crashed": {
        "en": "{machine} crashed after it had become the owner and before it said that the process runs",
        "es": "{machine} cayó después de pasar a ser su dueño y antes de decir que el proceso se ejecuta",
    },
    "offer-unanswered": {
        "en": "no answer to the offer from {machine} for {seconds} s",
        "es": "{machine} no responde a la oferta desde hace {seconds} s",
    },
    "no-progress": {
        "en": "no progress from {machine} for {seconds} s",
        "es": "{machine} no avanza desde hace {seconds} s",
    },
    "keeper-silent": {
        "en": "no pages from {machine}, which keeps them, for {seconds} s",
        "es": "{machine}, que guarda las páginas, no las envía desde hace {seconds} s",
    },
    # ----------------------------------------------------------------------------------------------- why mail finds nobody
    "knows-nothing": {"en": "{machine} knows nothing of {process}", "es": "{machine} no sabe nada de {process}"},
    "hops": {"en": "passed on {count} times", "es": "reenviada {count} veces"},
    "last-known": {
        "en": "{process} was last known to be on {machine}, which has crashed",
        "es": "lo último que se supo de {process} es que estaba en {machine}, que ha caído",
    },
    "no-such-link": {"en": "{process} has no such link any more", "es": "{process} ya no tiene ese enlace"},
    # ----------------------------------------------------------------------------------------------- nodes, and orders refused
    "down": {"en": "{machine} is down", "es": "{machine} está caído"},
    "crashed-unrecorded": {
        "en": "{machine} crashed before it had recorded its part",
        "es": "{machine} cayó antes de haber registrado su parte",
    },
    "channel-broken": {
        "en": "{machine} did not know yet that {peer} is up again",
        "es": "{machine} aún no sabía que {peer} funciona de nuevo",
    },
    "down-already": {"en": "{machine} is down already", "es": "{machine} ya está caído"},
    "not-down": {"en": "{machine} is not down", "es": "{machine} no está caído"},
    "paused-already": {"en": "{machine} is paused already", "es": "{machine} ya está en pausa"},
    "not-paused": {"en": "{machine} is not paused", "es": "{machine} no está en pausa"},
    "restarted-since": {
        "en": "{machine} has been restarted since",
        "es": "{machine} se ha reiniciado desde entonces",
    },
    "killed-by-script": {"en": "{signal} by the script", "es": "{signal} del guion"},
    "killed-by-user": {"en": "{signal} by the user", "es": "{signal} del usuario"},
    "killed-from-outside": {"en": "{signal} from outside", "es": "{signal} desde fuera"},
    "shut-down": {"en": "shut down, as announced", "es": "apagado, como se anunció"},
    "no-such-process": {"en": "there is no process {process}", "es": "no hay ningún proceso {process}"},
    "lives-no-more": {"en": "{process} lives no more", "es": "{process} ya no vive"},
    "nothing-changes": {"en": "Nothing would change", "es": "No cambiaría nada"},
}
"""What each clause says, by language. The same values in every one."""


_HEX = "0x[0-9a-f]+"
_VALUES = {
    "signal": "SIG[A-Z0-9]+",
    "access": "read|write|execute",
    "address": _HEX,
    "pc": _HEX,
    "word": _HEX,
    "page": _HEX,
}
"""What can stand for a value, where that is known: a regular expression."""


class _Row(NamedTuple):
    pattern: re.Pattern[str]
    texts: dict[str, str]


def clause(name: str, **values: str | int | float) -> str:
    """Return a clause as events carry it."""
    return CLAUSES[name]["en"].format(**values)


def in_language(text: str, lang: str) -> str:
    """Return a clause that an event carries in a language; what was not made from a table is returned as it is."""
    if lang == "en":
        return text
    for row in _rows():
        found = row.pattern.fullmatch(text)
        if found is not None and lang in row.texts:
            return row.texts[lang].format(
                **{name: in_language(value, lang) for name, value in found.groupdict().items()}
            )
    return text


@cache
def _rows() -> list[_Row]:
    """Return all clauses, the most definite first: those that begin with words of their own, and then those that have most of them."""
    tables = [texts for texts in (*CLAUSES.values(), *RULES.values()) if _own_words(texts["en"])]
    tables.sort(key=lambda texts: (texts["en"].startswith("{"), -len(_own_words(texts["en"]))))
    return [_Row(_pattern(texts["en"]), texts) for texts in tables]


def _own_words(template: str) -> str:
    return re.sub(r"\{\w+\}", "", template)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    seen: set[str] = set()
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += f"(?P<{part}>{_VALUES.get(part, '.+?')})"
    return re.compile(pattern, re.DOTALL)
