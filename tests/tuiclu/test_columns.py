"""Tables as lines of text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.nodes.kernel.machine import examples
from tuiclu.columns import LEAST, figures, table


def test_columns_of_words_begin_at_the_same_place() -> None:
    assert table([("name", "state"), ("P", "exited"), ("server", "")]) == ["name    state", "P       exited", "server"]


def test_columns_of_figures_end_at_the_same_place_below_headings_and_a_rule() -> None:
    assert figures([("", "eager-", ""), ("", "all", "precopy")], [("freeze (ms)", "138.2", "11.6")], 80) == [
        "             eager-",
        "                all  precopy",
        "────────────────────────────",
        "freeze (ms)   138.2     11.6",
    ]


def test_what_figures_are_of_is_told_in_several_lines_where_there_is_no_room() -> None:
    assert figures([("", "P")], [("accepted to resumed", "1.5")], 16) == [
        "              P",
        "───────────────",
        "accepted to",
        "resumed     1.5",
    ]


@given(
    rows=st.lists(st.tuples(st.text("ab ", max_size=40).map(str.strip), st.text("1", max_size=5)), min_size=1),
    width=st.integers(LEAST + 6, 60),
)
@examples(100)
def test_no_line_is_longer_than_it_may_be_and_no_figure_is_lost(rows: list[tuple[str, str]], width: int) -> None:
    lines = figures([("", "P")], rows, width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).count("1") == sum(len(figure) for _, figure in rows)
