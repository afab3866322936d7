"""What can be done to a piece of code. Each operator takes a node of its syntax tree and yields what may stand in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst
from libcst import matchers as m
from mutmut.mutation import mutators

Operator = Callable[[Any], Iterable[Any]]


def leave_out_step(node: cst.SimpleStatementLine) -> Iterable[cst.SimpleStatementLine]:
    """A message that is not sent, a table that is not cleared, a counter that is not set."""
    if len(node.body) == 1 and _is_step(node.body[0]):
        yield node.with_changes(body=[cst.Pass()])


def leave_out_row(node: cst.Dict) -> Iterable[cst.Dict]:
    """A case that was forgotten in a table."""
    if len(node.elements) > 1:
        for place in range(len(node.elements)):
            yield node.with_changes(elements=[*node.elements[:place], *node.elements[place + 1 :]])


def swap_steps(node: cst.IndentedBlock) -> Iterable[cst.IndentedBlock]:
    """Two steps in the wrong order."""
    for place, (one, other) in enumerate(zip(node.body, node.body[1:], strict=False)):
        if _is_step_line(one) and _is_step_line(other) and not (_only_sets(one) and _only_sets(other)):
            yield node.with_changes(body=[*node.body[:place], other, one, *node.body[place + 2 :]])


def never(node: cst.If) -> Iterable[cst.If]:
    """A case that is not seen."""
    yield node.with_changes(test=cst.Name("False"))


def always(node: cst.If) -> Iterable[cst.If]:
    """A condition that is not looked at."""
    yield node.with_changes(test=cst.Name("True"))


def one_less(node: cst.Integer) -> Iterable[cst.BaseExpression]:
    """Off by one; mutmut has one more."""
    value = node.evaluated_value - 1
    yield node.with_changes(value=str(value)) if value >= 0 else cst.parse_expression(f"({value})")


def skip_loop(node: cst.For) -> Iterable[cst.For]:
    """Nobody is told."""
    yield node.with_changes(iter=cst.Tuple([]))


def first_alone(node: cst.BooleanOperation) -> Iterable[cst.BaseExpression]:
    """Half of a condition is forgotten."""
    yield node.left
    yield node.right


def no_filter(node: cst.CompFor) -> Iterable[cst.CompFor]:
    """All are taken, not only those that are meant."""
    if node.ifs:
        yield node.with_changes(ifs=[])


def _is_step_line(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 and _is_step(node.body[0])


def _is_step(node: cst.CSTNode) -> bool:
    """Tell whether a statement does something: it calls, or sets what others see."""
    seen = m.Attribute() | m.Subscript()
    return m.matches(
        node,
        m.Expr(m.Call()) | m.Assign([m.AssignTarget(seen), m.ZeroOrMore()]) | m.AugAssign() | m.Del(),
    )


def _only_sets(node: cst.CSTNode) -> bool:
    """Tell whether a statement only sets something, without a call: where two stand together, their order is seldom seen."""
    return not m.findall(node, m.Call())


OPERATORS: dict[str, tuple[type, Operator]] = {
    "step left out": (cst.SimpleStatementLine, leave_out_step),
    "row left out": (cst.Dict, leave_out_row),
    "steps swapped": (cst.IndentedBlock, swap_steps),
    "never": (cst.If, never),
    "always": (cst.If, always),
    "one less": (cst.Integer, one_less),
    "nobody": (cst.For, skip_loop),
    "half a condition": (cst.BooleanOperation, first_alone),
    "no filter": (cst.CompFor, no_filter),
    "one more": (cst.Integer, mutators.operator_number),
    "true and false": (cst.Name, mutators.operator_name),
    "not": (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    "added once": (cst.AugAssign, mutators.operator_augmented_assignment),
    "another word": (cst.CSTNode, mutators.operator_keywords),
    "another sign": (cst.CSTNode, mutators.operator_swap_op),
    "case forgotten": (cst.Match, mutators.operator_match),
    "one branch": (cst.IfExp, mutators.operator_if_exp),
}
"""By name: which nodes an operator takes, and what it makes of them."""
