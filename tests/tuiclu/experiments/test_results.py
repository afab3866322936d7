"""A file of results that cannot be written says so, and where."""

from __future__ import annotations

import io
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


class Full(io.BytesIO):
    """A file on a disk that has become full."""

    name = "/there/results"

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_disk_that_becomes_full_is_said_to_be_that() -> None:
    results = Results(None, One)
    results._file = Full()
    with pytest.raises(InputError, match=r"^/there/results: the results cannot be kept: No space left on device$"):
        results.keep(One("a"))
