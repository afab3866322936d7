"""A file of results that cannot be written says so, and where."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tuiclu.errors import InputError
from tuiclu.experiments.results import Results


class One(msgspec.Struct, frozen=True):
    key: str


def test_what_was_kept_is_known_again(tmp_path: Path) -> None:
    file = tmp_path / "results"
    with Results(file, One) as results:
        results.keep(One("a"))
        results.keep(One("b"))
    with Results(file, One) as again:
        assert again.known == {"a": One("a"), "b": One("b")}


def test_a_disk_that_is_full_is_said_to_be_that() -> None:
    with (
        pytest.raises(InputError, match=r"^/dev/full: the results cannot be kept: No space left on device$"),
        Results(Path("/dev/full"), One) as results,
    ):
        results.keep(One("a"))
