"""The seven messages of the negotiation in the words of the lecture (Stallings, Fig. 14.2), for people: no program reads them."""

from __future__ import annotations

from nodes.wire.ids import NodeName

_SAYINGS: dict[int, dict[str, str]] = {
    1: {"en": "Will you take {process}?", "es": "¿Acoges a {process}?"},
    2: {"en": "Yes, let it migrate to {machine}.", "es": "Sí, que migre a {machine}."},
    3: {"en": "Migrate {process} out.", "es": "Emigrar {process}."},
    4: {"en": "I offer {process}.", "es": "Ofrecer {process}."},
    5: {"en": "{process} is offered.", "es": "Ofrecer {process}."},
    6: {"en": "Migrate {process} in.", "es": "Inmigrar {process}."},
    7: {"en": "I accept the offer.", "es": "Aceptar oferta."},
}
"""The seven messages, in the words of the lecture."""


def saying(step: int, process: str, machine: NodeName) -> dict[str, str]:
    """Return what is said at a step, by language."""
    return {lang: text.format(process=process, machine=machine) for lang, text in _SAYINGS[step].items()}
