"""A table of bounded size forgets what nobody has wanted for longest."""

from nodes.kernel.recent import Recent


def test_the_one_that_was_put_in_first_gives_way() -> None:
    table: Recent[str, int] = Recent(3)
    for number, key in enumerate("abcd"):
        table[key] = number
    assert table == {"b": 1, "c": 2, "d": 3}


def test_what_is_set_or_asked_for_again_stays() -> None:
    table: Recent[str, int] = Recent(3)
    for key in "abc":
        table[key] = 0
    table["a"] = 1
    assert table["b"] == 0
    table["d"] = 2
    assert list(table) == ["a", "b", "d"]
