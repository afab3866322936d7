"""Building guest programs: what comes out, and what is said when nothing can."""

from __future__ import annotations

import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from nodes.wire.image import read_image
from tests.guests import Outcome, needs_qemu, needs_zig, run_on_qemu
from tuiclu.build import COMPILER_VERSION, FLAGS, HARD_FLOAT, BuildError, compile_all, compile_program
from tuiclu.errors import InputError

IMAGE = files("nodes.programs").joinpath("hello.elf").read_bytes()


class FakeCompiler:
    """Stands for the compiler's process: notes its command, writes what it was told to, and ends."""

    def __init__(self, writes: bytes | None = IMAGE, says: str = "", status: int = 0) -> None:
        self.command: list[str] = []
        self._writes, self._says, self._status = writes, says, status

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        self.command = command
        if self._writes is not None:
            Path(command[command.index("-o") + 1]).write_bytes(self._writes)
        return subprocess.CompletedProcess(command, self._status, stdout=b"", stderr=self._says.encode())

    def installed(self, monkeypatch: pytest.MonkeyPatch) -> FakeCompiler:
        monkeypatch.setattr("tuiclu.build.compiler_version", lambda: COMPILER_VERSION)
        monkeypatch.setattr("subprocess.run", self)
        return self


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "greet.c"
    path.write_text('#include <stdio.h>\nint main(void) { puts("hi"); return 0; }\n')
    return path


def refusal(source: Path, output: Path) -> str:
    """Build what cannot be built, and return what is said. Nothing may be left of the attempt."""
    before = {path: path.read_bytes() for path in output.parent.rglob("*") if path.is_file()}
    with pytest.raises(BuildError) as caught:
        compile_program(source, output)
    assert isinstance(caught.value, InputError)
    assert {path: path.read_bytes() for path in output.parent.rglob("*") if path.is_file()} == before
    return str(caught.value)


# ------------------------------------------------------------------------------------------- with an imagined compiler


def test_the_image_is_put_in_its_place_and_nothing_beside_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCompiler().installed(monkeypatch)
    output = tmp_path / "greet.elf"
    assert compile_program(source, output) == ""
    assert output.read_bytes() == IMAGE
    assert sorted(tmp_path.iterdir()) == [source, output]


def test_an_older_image_is_replaced(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCompiler().installed(monkeypatch)
    output = tmp_path / "greet.elf"
    output.write_bytes(b"old")
    compile_program(source, output)
    assert output.read_bytes() == IMAGE


def test_the_compiler_gets_the_flags_the_options_and_all_sources(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = FakeCompiler().installed(monkeypatch)
    more = tmp_path / "more.c"
    more.write_text("")
    compile_program(
        source, tmp_path / "out.elf", more_sources=[more], include=[tmp_path / "include"], options=["-DX=1"]
    )
    wanted = [
        "-P",
        "-m",
        "ziglang",
        "cc",
        *FLAGS,
        HARD_FLOAT,
        f"-I{tmp_path / 'include'}",
        "-DX=1",
        str(source),
        str(more),
        "-o",
    ]
    assert compiler.command[1:-1] == wanted


def test_a_source_whose_name_looks_like_an_option_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = FakeCompiler().installed(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("-O0.c").write_text("")
    compile_program(Path("-O0.c"), Path("out.elf"))
    assert "./-O0.c" in compiler.command
    assert "-O0.c" not in compiler.command


def test_warnings_are_handed_back(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCompiler(says="greet.c:1: warning: hm\n").installed(monkeypatch)
    assert compile_program(source, tmp_path / "greet.elf") == "greet.c:1: warning: hm"


def test_an_error_of_the_compiler_is_shown_whole_and_the_older_image_stays(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCompiler(writes=b"half", says="greet.c:1: error: one\ngreet.c:2: error: two\n", status=1).installed(monkeypatch)
    output = tmp_path / "greet.elf"
    output.write_bytes(b"old")
    assert refusal(source, output) == (
        f"`{source}` cannot be compiled. The compiler says:\ngreet.c:1: error: one\ngreet.c:2: error: two"
    )


def test_a_compiler_that_dies_without_a_word_is_reported_too(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCompiler(writes=None, status=-9).installed(monkeypatch)
    assert "cannot be compiled. The compiler says:\nstatus -9" in refusal(source, tmp_path / "greet.elf")


def test_an_image_that_no_node_can_run_is_not_handed_out(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCompiler(writes=IMAGE[:5000]).installed(monkeypatch)
    assert "no node can run it: `greet` is cut short" in refusal(source, tmp_path / "greet.elf")


def test_without_a_compiler_it_says_how_to_install_one(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiclu.build.compiler_version", lambda: None)
    assert "pip install 'tuiclu[cc]'" in refusal(source, tmp_path / "greet.elf")


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.c", tmp_path / "none.elf").startswith(f"`{tmp_path / 'none.c'}` does not exist.")


def test_a_directory_is_neither_source_nor_output(source: Path, tmp_path: Path) -> None:
    directory = tmp_path / "directory"
    directory.mkdir()
    assert "is not a file" in refusal(directory, tmp_path / "out.elf")
    assert "is a directory" in refusal(source, directory)


def test_the_output_never_overwrites_the_source(source: Path) -> None:
    assert "would overwrite the source" in refusal(source, source)


def test_the_outputs_directory_must_be_there(source: Path, tmp_path: Path) -> None:
    assert "There is no directory" in refusal(source, tmp_path / "nowhere" / "greet.elf")


# ----------------------------------------------------------------------------------------------- with the real compiler


@pytest.mark.long
@needs_zig
@needs_qemu
def test_a_students_program_is_built_and_runs(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "greet.elf"
    assert compile_program(source, output) == ""
    assert read_image("greet", output.read_bytes()).entry
    assert run_on_qemu(output, ("greet",)) == Outcome(0, b"hi\n", b"")


@pytest.mark.long
@needs_zig
def test_an_image_does_not_depend_on_where_it_was_built(source: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else" / "where"
    elsewhere.mkdir(parents=True)
    copy = elsewhere / source.name
    copy.write_bytes(source.read_bytes())
    here, there = compile_all([source], tmp_path), compile_all([copy], elsewhere)
    assert here["greet"].read_bytes() == there["greet"].read_bytes()


@pytest.mark.long
@needs_zig
def test_the_real_compilers_errors_name_the_line(source: Path, tmp_path: Path) -> None:
    source.write_text("int main(void)\n{\n    return nothing;\n}\n")
    said = refusal(source, tmp_path / "greet.elf")
    assert "greet.c:3:12: error: use of undeclared identifier 'nothing'" in said
