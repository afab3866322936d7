"""What a user reads when something is wrong."""

from nodes.wire.text import Text
from tuiclu.errors import EmulatorError, InputError, did_you_mean, nearest


def test_an_input_error_is_one_line_with_the_place_first() -> None:
    error = InputError(Text("there is no node `n9`"), "s.yaml:3:7", Text("The nodes are: n1, n2."))

    assert str(error) == "s.yaml:3:7: there is no node `n9`. The nodes are: n1, n2."
    assert error.exit_status == 2


def test_an_input_error_needs_neither_place_nor_advice() -> None:
    assert str(InputError(Text("there is nothing to run"))) == "there is nothing to run"


def test_an_emulator_error_says_that_it_is_a_bug_and_where_the_log_is() -> None:
    error = EmulatorError("node n2 said nothing", "/tmp/tuiclu.log")

    assert str(error) == "tuiclu itself failed: node n2 said nothing. This is a bug. The log is in /tmp/tuiclu.log."
    assert error.exit_status == 3


def test_the_nearest_name_is_found_in_whatever_case() -> None:
    assert nearest("ROUND_ROBIN", ["fcfs", "round-robin"]) == "round-robin"
    assert nearest("elephant", ["fcfs", "round-robin"]) is None


def test_few_names_are_all_listed() -> None:
    assert did_you_mean("n", ["n1", "n2"], Text("nodes")) == "Did you mean `n1`? The nodes are: n1, n2."
    assert did_you_mean("x", [], Text("nodes")) == "There are no nodes."


def test_of_many_names_only_the_nearest_or_the_first_are_listed() -> None:
    many = [f"node-{number:02}" for number in range(20)]

    assert did_you_mean("node-13", many, Text("nodes")) == "Did you mean `node-13`?"
    assert did_you_mean("x", many, Text("nodes")).endswith("node-10, node-11 ... (20 in all).")
