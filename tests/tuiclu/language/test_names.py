"""Names, as the types of what is written note them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import get_args

import msgspec
import pytest
from msgspec import inspect as types

from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.scenario import schema


def test_msgspec_is_told_of_no_pattern() -> None:
    """It would free one as if it were a type, where a name or a tuple of names may stand: the process dies of it as it ends."""
    seen: dict[type, None] = {}

    def patterns(wanted: object) -> list[str]:
        found = [wanted.pattern] if isinstance(wanted, types.StrType) and wanted.pattern else []
        if isinstance(wanted, types.StructType):
            if wanted.cls in seen:
                return []
            seen[wanted.cls] = None
        if isinstance(wanted, msgspec.Struct):
            found += [one for value in msgspec.structs.astuple(wanted) for one in patterns(value)]
        elif isinstance(wanted, tuple):
            found += [one for value in wanted for one in patterns(value)]
        return found

    structs = (schema.ScenarioFile, *get_args(schema.AnyExpectation))
    assert [one for struct in structs for one in patterns(types.type_info(struct))] == []
    assert schema.Step in seen


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_command_ends_as_it_says_where_nothing_can_be_used_after_it_was_freed(command: str) -> None:
    environment = os.environ | {"PYTHONMALLOC": "debug"}
    demo = str(ROOT / "demos" / "01-first-steps.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "tuiclu", command, demo], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
