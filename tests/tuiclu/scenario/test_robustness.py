"""Whatever a file holds, it is a scenario or gets one message of one line; nothing else ever escapes."""

import string

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tuiclu.scenario.example import GOOD, SMALL
from tuiclu.errors import InputError
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario

PIECES = [
    *("null", "true", "-1", "1e9", "[]", "{}", "&a", "*a", "<<: *a", "!!int", "? ", "---", "|", ">", '"', "'"),
    *("%YAML 1.1", "n1", "[n1, n2]", "{}: {}", "9" * 40, "1.5 s", "\ud800", "\x00"),
]
SYNTAX = st.text(alphabet=string.printable + "é\x00\x7f\ud800\U0001f600", max_size=12)
STEPS = ["cluster", "nodes", "n1", "network", "latency", "processes", "P", "on", "script", "0", "at", "expect", "x", ""]
PATHS = st.lists(st.sampled_from(STEPS), min_size=1, max_size=5).map(".".join)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(unhurried, max_examples=50)


def survives(text: str, overrides: list[str] | None = None) -> None:
    """Check that `text` is read and planned, or refused with one line."""
    said = "fine"
    try:
        plan(load_scenario("s.yaml", text, overrides or []))
    except InputError as error:
        said = str(error)
    assert said.isprintable(), "one line, safe for a terminal"


@st.composite
def spoilt(draw: st.DrawFn, text: str = GOOD) -> str:
    """Spoil a good file in one way: a piece or a value replaced, a line dropped, doubled or swapped, the end cut off."""
    place = draw(st.integers(0, len(text) - 1))
    lines = text.splitlines(keepends=True)
    here = draw(st.integers(0, len(lines) - 1))
    match draw(st.sampled_from(["piece", "value", "line", "drop", "twice", "swap", "cut"])):
        case "piece":
            return text[:place] + draw(SYNTAX) + text[place + draw(st.integers(0, 8)) :]
        case "value":
            lines[here] = f"{lines[here].partition(':')[0]}: {draw(st.sampled_from(PIECES))}\n"
        case "line":
            lines[here] = f"{draw(st.sampled_from(PIECES))}\n"
        case "drop":
            del lines[here]
        case "twice":
            lines.insert(here, lines[here])
        case "swap":
            lines[here], lines[here - 1] = lines[here - 1], lines[here]
        case _:
            return text[:place]
    return "".join(lines)


@unhurried
@given(st.text())
@example('a: "\\UFFFFFFFF"')
@example("? ? ?")
@example("!<!> a")
def test_any_text(text: str) -> None:
    survives(text)


@unhurried
@given(st.text(alphabet="[]{}&*!|>'\"%@`?:-,# \n\tab1.", max_size=60))
def test_any_text_that_looks_like_yaml(text: str) -> None:
    survives(text)


@few
@given(spoilt())
def test_a_good_file_that_is_spoilt(text: str) -> None:
    survives(text)


@few
@given(spoilt(SMALL), PATHS, st.one_of(SYNTAX, st.sampled_from(PIECES)))
def test_any_override_of_a_spoilt_file(text: str, path: str, value: str) -> None:
    survives(text, [f"{path}={value}"])


@unhurried
@given(SYNTAX)
def test_any_text_as_an_override(setting: str) -> None:
    survives(SMALL, [setting])


@pytest.mark.long
@settings(unhurried, max_examples=5000)
@given(spoilt().flatmap(lambda text: spoilt(text or GOOD)), PATHS, st.one_of(SYNTAX, st.sampled_from(PIECES)))
def test_a_good_file_that_is_spoilt_again_and_again(text: str, path: str, value: str) -> None:
    survives(text)
    survives(text, [f"{path}={value}"])


def test_loads_are_not_measured_all_the_time() -> None:
    text = "tuiclu: 1\ncluster: {nodes: {n1: {}}, policy: {load: {interval: 1 us}}}\n"
    with pytest.raises(InputError, match="the interval cannot be shorter than 100 us"):
        plan(load_scenario("-", text))
