"""Tables are sorted by any column in both directions, and a process is found wherever it is."""

from __future__ import annotations

import pytest

from tests.tuiclu.tui.frames import frame_of
from tests.tuiclu.tui.instants import a_run
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.look import Look
from tuiclu.tui.sorting import COLUMNS, Order, following, natural, ordered


def a_look(view: str, **looks: object) -> Look:
    look = Look(view=view, node="n1")
    for name, value in looks.items():
        setattr(look, name, value)
    return look


def test_numbers_in_names_count_as_numbers() -> None:
    assert sorted(["n10", "n2", "P", "p1.12", "p1.3"], key=natural) == ["n2", "n10", "P", "p1.3", "p1.12"]


@pytest.mark.parametrize("view", ["processes", "migration"])
def test_every_column_sorts_in_both_directions(view: str) -> None:
    frame = a_run("load-sharing").frames[-1]
    rows = list(frame.processes if view == "processes" else frame.migrations)
    assert len(rows) > 3
    for column in COLUMNS[view]:
        up = ordered(view, rows, Order(column))
        down = ordered(view, rows, Order(column, descending=True))
        assert sorted(map(id, up)) == sorted(map(id, down)) == sorted(map(id, rows))
        assert ordered(view, list(reversed(down)), Order(column)) == ordered(view, list(reversed(down)), Order(column))
        values = [getattr(one, {"CPU": "cpu_ns", "bytes": "bytes"}.get(column, "name")) for one in up]
        if column in ("CPU", "bytes"):
            assert values == sorted(values)


def test_a_key_goes_from_column_to_column_and_back_to_no_order() -> None:
    order, seen = following("node", None), []
    while order is not None:
        seen.append(order.column)
        order = following("node", order)
    assert tuple(seen) == COLUMNS["node"]


@pytest.mark.parametrize("view", list(COLUMNS))
def test_the_heading_says_how_a_table_is_sorted(view: str) -> None:
    frame, base = frame_of("first-steps", 300_000_000, "n1", "n1.2")
    for column in COLUMNS[view]:
        look = a_look(view, pid="n1.2", title=base.title)
        look.sort(column)
        for sign in "▲▼":
            drawn = draw(frame, look, [], 200, 60).lines()
            assert any(f"{column} {sign}" in line for line in drawn), (column, sign)
            look.turn()
    look.sort(COLUMNS[view][-1])
    look.sort(None)
    assert look.order == {}


def test_rows_are_selected_in_the_order_that_is_shown() -> None:
    frame = a_run("load-sharing").frames[-1]
    look = a_look("processes", order={"processes": Order("CPU", descending=True)})
    shown = look.listed(frame)
    look.pid = shown[0].pid
    walked = [look.pid]
    for _ in shown[1:]:
        look.next_row(frame, 1)
        walked.append(look.pid)
        assert look.node == next(one.node for one in shown if one.pid == look.pid)
    assert walked == [one.pid for one in shown]


@pytest.mark.parametrize(
    ("find", "found"),
    [
        ("j3", {"J3"}),
        ("N1.4", {"J4"}),
        ("primes", {f"{one}{at}" for one in "JA" for at in range(1, 9)}),
        ("nobody", set()),
    ],
)
def test_a_process_is_found_by_name_pid_and_program(find: str, found: set[str]) -> None:
    frame = a_run("load-sharing").frames[-1]
    look = a_look("processes", find=find)
    assert {one.name for one in look.listed(frame)} == found
    drawn = "\n".join(draw(frame, look, [], 120, 40).lines())
    assert f"/ {find}" in drawn
    assert all(name in drawn for name in found)


def test_a_process_is_found_by_its_node_and_so_are_those_that_have_ended() -> None:
    frame = a_run("load-sharing").frames[-1]
    for node in ("n1", "n2", "n3", "n4"):
        here = {one.name for one in frame.processes if one.node == node}
        assert here <= {one.name for one in a_look("processes", find=node).listed(frame)}
    assert any(one.ended_ns is not None for one in a_look("processes").listed(frame))
