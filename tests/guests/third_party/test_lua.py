"""A program from outside, unchanged, does under RISC-V what it does natively."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.guests import (
    Outcome,
    needs_native_compiler,
    needs_qemu,
    needs_the_same_zig,
    run_natively,
    run_on_qemu,
    third_party,
)


def test_the_archive_is_the_one_that_its_authors_published() -> None:
    assert hashlib.sha256(third_party.ARCHIVE.read_bytes()).hexdigest() == third_party.ARCHIVE_SHA256


@needs_qemu
@pytest.mark.parametrize("script", third_party.SCRIPTS)
def test_the_image_prints_what_is_expected(script: str) -> None:
    outcome = run_on_qemu(third_party.IMAGE, third_party.ARGV, third_party.script(script))
    assert outcome == Outcome(0, third_party.expected_output(script), b"")


@pytest.mark.long
@needs_native_compiler
def test_what_is_expected_is_what_the_same_source_prints_natively(tmp_path: Path) -> None:
    lua = third_party.build_natively(tmp_path)
    for script in third_party.SCRIPTS:
        outcome = run_natively(lua, third_party.ARGV, third_party.script(script))
        assert outcome == Outcome(0, third_party.expected_output(script), b"")


@pytest.mark.long
@needs_the_same_zig
def test_the_archive_rebuilds_to_the_bytes_of_the_image(tmp_path: Path) -> None:
    assert third_party.build_for_guests(tmp_path).read_bytes() == third_party.IMAGE.read_bytes()
