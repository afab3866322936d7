"""Any value of a type that travels: what the codecs are tried on."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from nodes.wire.reasons import NAMES, Reason

AnyValue = TypeVar("AnyValue")

_INTEGERS = st.integers(-(1 << 63), (1 << 64) - 1)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def values_of(wanted: type[AnyValue] | Any) -> st.SearchStrategy[AnyValue]:
    """Return a strategy for the values of a type, a struct or a union of structs for example."""
    return cast("st.SearchStrategy[AnyValue]", _values(inspect.type_info(wanted)))


def _values(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return _INTEGERS
        case inspect.FloatType():
            return st.floats(allow_nan=False)
        case inspect.StrType():
            return st.text(max_size=12)
        case inspect.BytesType():
            return st.binary(max_size=12)
        case inspect.AnyType():
            return _JSON
        case inspect.ListType(item):
            return st.lists(_values(item), max_size=3)
        case inspect.VarTupleType(item):
            return st.lists(_values(item), max_size=3).map(tuple)
        case inspect.TupleType(items):
            return st.tuples(*map(_values, items))
        case inspect.DictType(key, value):
            return st.dictionaries(_values(key), _values(value), max_size=3)
        case inspect.UnionType(types):
            return st.one_of(*map(_values, types))
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.EnumType(cls):
            return st.sampled_from(cls)
        case inspect.StructType(cls=cls) if cls is Reason:
            return _REASONS
        case inspect.StructType(cls):
            fields = msgspec.structs.fields(cls)
            return st.builds(cls, **{field.name: values_of(field.type) for field in fields})
        case _:
            raise AssertionError(f"no values are known of {info}")


def _reasons(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Reason]:
    """Return a strategy for the reasons that there are."""

    def of(rule: str) -> st.SearchStrategy[Reason]:
        return st.fixed_dictionaries(dict.fromkeys(sorted(NAMES[rule]), numbers)).map(lambda named: Reason(rule, named))

    return st.sampled_from(sorted(NAMES)).flatmap(of)


_NUMBERS = st.integers(-(1 << 53), 1 << 53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
_REASONS = _reasons(_NUMBERS | _reasons(_NUMBERS))
