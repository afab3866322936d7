"""The commands, as a user types them: what is printed, and the exit status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guests import guest
from tests.tuiclu.cluster.scenarios import ROOT, tuiclu
from tuiclu import __version__
from tuiclu.bundled import demo_files

SMALL = """
tuiclu: 1
title: {en: Small, es: Pequeño}
cluster: {nodes: {n1: {}, n2: {}}}
processes:
  P: {program: primes, args: {limit: 2000}, on: n1}
script:
  - {at: 10 ms, migrate: {process: P, to: n2}}
expect:
  - {process: P, exit: 0, output: "303\\n", on: n2}
"""


def test_verify_says_how_many_events_were_equal_in_which_runs() -> None:
    done = tuiclu("verify", "-", text=SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    runs = r"first run, without running ahead, windows of \d+ ns"
    assert re.fullmatch(rf"equal: \d+ events, in 3 runs \({runs}\)\n", done.stdout)


def test_the_narration_speaks_english_or_spanish() -> None:
    english, spanish = tuiclu("run", "-", text=SMALL), tuiclu("run", "-", "--lang", "es", text=SMALL)
    by_environment = tuiclu("run", "-", text=SMALL, LANG="es_ES.UTF-8")
    assert "P goes on, on n2." in english.stdout
    assert "P continúa, en n2." in spanish.stdout
    assert "P continúa, en n2." in by_environment.stdout


def test_json_is_one_object_and_nothing_else() -> None:
    done = tuiclu("run", "-", "--json", text=SMALL)
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert result["ok"] is True
    assert result["processes"][0]["output"] == "303\n"
    assert result["migrations"][0] | {"outcome": "completed", "source": "n1"} == result["migrations"][0]
    assert {"scenario", "seed", "virtual_s", "wall_s", "digest", "ok", "nodes", "processes", "migrations"} <= set(
        result
    )
    assert {"evictions", "snapshots", "faults", "expectations", "invariants"} <= set(result)


def test_events_are_json_lines_numbered_and_in_order(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    done = tuiclu("run", "-", "--events", str(file), "--quiet", text=SMALL)
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)
    assert (events[0]["kind"], events[-1]["kind"]) == ("run.started", "run.ended")
    assert done.stdout.splitlines()[-1].startswith(f"{events[-1]['t'] / 1e9:.6f} virtual seconds")
    to_stdout = tuiclu("run", "-", "--events", "-", text=SMALL)
    assert to_stdout.stdout == file.read_text()


def test_a_failed_expectation_is_status_1_and_says_what_was_seen() -> None:
    done = tuiclu("run", "-", "--quiet", text=SMALL.replace("303", "304"))
    assert done.returncode == 1
    assert 'FAILED  P exits with status 0, writes "304\\n" and is on n2 in the end; but P wrote "303\\n"' in done.stdout


def test_fields_of_the_scenario_can_be_set() -> None:
    done = tuiclu("run", "-", "--quiet", "--set", "processes.P.args.limit=100", "--set", "expect=[]", text=SMALL)
    assert done.returncode == 0


def test_the_human_log_of_all_nodes_goes_into_one_file(tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    assert tuiclu("run", "-", "--quiet", "--log", str(file), text=SMALL).returncode == 0
    assert sorted(re.findall(r"tuiclu\.node\.(n\d: \w+)", file.read_text())) == [
        "n1: halted",
        "n1: up",
        "n2: halted",
        "n2: up",
    ]


def test_check_says_that_a_scenario_is_sound_without_running_it() -> None:
    done = tuiclu("check", "-", text=SMALL)
    assert (done.returncode, done.stdout) == (0, "-: ok; 2 nodes, 2 steps, 1 expectation\n")


BAD_INPUT = [
    (("run", "/nowhere.yaml"), "", "/nowhere.yaml"),
    (("run", "first-step"), "", "Did you mean `first-steps`?"),
    (("run", "-"), "a: [", "-:1:"),
    (
        ("run", "-"),
        SMALL.replace("program", "programm"),
        "`programm` is not a key of `processes.P`. Did you mean `program`?",
    ),
    (("run", "-"), SMALL.replace("on: n1", "on: n3"), "n3"),
    (("run", "-"), SMALL.replace("10 ms", "10 sec"), "`10 sec`"),
    (("run", "-"), SMALL.replace("n2: {}", "n1: {}"), "n1"),
    (("run", "-", "--until", "soon"), SMALL, "--until soon"),
    (("run", "-", "--lang", "fr"), SMALL, "--lang"),
    (("run", "-", "--set", "seed=x"), SMALL, "--set seed=x"),
    (("run", "-", "--events", "/nowhere/x"), SMALL, "/nowhere/x"),
    (("run", "-", "--json", "--events", "-"), SMALL, "--json"),
    (("check", "-"), SMALL.replace("primes", "/bin/true"), "x86-64"),
    (("build", "/nowhere.c"), "", "/nowhere.c"),
    (("bench", "--only", "nothing"), "", "nothing"),
    (("run",), "", "SCENARIO"),
    (("fly",), "", "fly"),
]


@pytest.mark.parametrize(("arguments", "text", "named"), BAD_INPUT, ids=lambda value: str(value)[:40])
def test_bad_input_is_status_2_and_one_clear_message(arguments: tuple[str, ...], text: str, named: str) -> None:
    done = tuiclu(*arguments, text=text)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_program_that_is_cut_short_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "short.elf").write_bytes(guest("args").read_bytes()[:3000])
    (tmp_path / "s.yaml").write_text(SMALL.replace("primes, args: {limit: 2000}", "short.elf"))
    done = tuiclu("check", str(tmp_path / "s.yaml"))
    assert done.returncode == 2
    assert re.match(rf"tuiclu: {tmp_path}/s\.yaml:6:\d+: .*cut short", done.stderr), done.stderr


def test_the_version_and_the_help_are_there() -> None:
    assert tuiclu("--version").stdout == f"tuiclu {__version__}\n"
    listed = tuiclu("--help").stdout
    assert all(command in listed for command in ("run", "check", "verify", "programs", "demos", "build", "bench"))


def test_programs_and_demos_are_listed_for_people_and_for_scripts() -> None:
    assert "primes" in tuiclu("programs", "--quiet").stdout.split()
    assert "limit = 20000" in tuiclu("programs").stdout
    assert tuiclu("demos", "--quiet").stdout.split() == list(demo_files())
    assert "Primeros pasos" in tuiclu("demos", "--lang", "es").stdout


def test_the_published_schema_is_the_one_that_is_printed() -> None:
    assert json.loads(tuiclu("schema").stdout) == json.loads((ROOT / "tuiclu/scenario/schema.json").read_text())


def test_a_reader_that_has_had_enough_causes_no_noise(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    line = f"{sys.executable} -m tuiclu run {file} --events - | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


OWN = """
tuiclu: 1
cluster: {nodes: {n1: {}, n2: {}}, policy: {strategy: "mine:S"}}
processes: {P: {program: hello, on: n1}}
"""


def own_classes(folder: Path) -> tuple[str, Path]:
    """Put a scenario with a class of somebody's own into a folder; return its path, and what is there once the class was executed."""
    (folder / "mine.py").write_text(
        f"print('hello')\nopen({str(folder / 'executed')!r}, 'w').close()\n"
        "class S:\n    def begin(self, transfer): ...\n    def pages_arrived(self, transfer): ...\n"
    )
    (folder / "s.yaml").write_text(OWN)
    return str(folder / "s.yaml"), folder / "executed"


def test_check_looks_at_a_class_beside_a_scenario_and_never_executes_it(tmp_path: Path) -> None:
    file, executed = own_classes(tmp_path)
    done = tuiclu("check", file)
    assert (done.returncode, done.stderr, executed.exists()) == (0, "", False)
    assert "executes Python: mine.py" in done.stdout


READERS = [("run",), ("verify",), ("compare-policies",), ("open", "--plain")]


@pytest.mark.parametrize("command", READERS, ids=lambda value: value[0])
def test_no_command_executes_a_class_beside_a_scenario_unasked(tmp_path: Path, command: tuple[str, ...]) -> None:
    file, executed = own_classes(tmp_path)
    done = tuiclu(*command, file, XDG_STATE_HOME=str(tmp_path / "state"))
    assert (done.returncode, done.stdout, executed.exists()) == (2, "", False)
    assert re.fullmatch(r"tuiclu: .*s.yaml:3:\d+: `mine:S` is Python from mine.py beside .* `--trust`.\n", done.stderr)


@pytest.mark.parametrize("command", READERS, ids=lambda value: value[0])
def test_with_trust_it_is_executed_and_that_is_announced(tmp_path: Path, command: tuple[str, ...]) -> None:
    file, executed = own_classes(tmp_path)
    done = tuiclu(*command, file, "--trust", XDG_STATE_HOME=str(tmp_path / "state"))
    assert (done.returncode, executed.exists()) == (0, True)
    assert "tuiclu: mine:S: Python from mine.py in" in done.stderr
    assert "hello\n" not in done.stdout.splitlines(keepends=True)[:1]


def test_what_lies_in_the_working_folder_is_not_imported(tmp_path: Path) -> None:
    """Modules of all names but those that `python -m` itself imports before it comes to us: they would end the command."""
    itself = [sys.executable, "-c", "import runpy, sys; print(*sys.modules)"]
    imported = subprocess.run(itself, capture_output=True, text=True, check=True).stdout.split()
    others = ("nodes", "typer", "msgspec", "icicle", "psutil", "elftools", "ruamel", "setproctitle", "rich", "textual")
    for name in {*sys.stdlib_module_names, *others} - {*imported, "__main__", "__future__"}:
        (tmp_path / f"{name}.py").write_text(f"import os; os.write(2, b'{name} was read'); os._exit(9)")
    (tmp_path / "s.yaml").write_text(SMALL)
    for arguments in (
        ["run", "s.yaml", "--quiet"],
        ["verify", "s.yaml"],
        ["compare-policies", "s.yaml", "--seeds", "1", "--policies", "none"],
    ):
        command = [sys.executable, "-m", "tuiclu", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


# ---------------------------------------------------------------------------------------------------- clusters without end

FOR_EVER = "tuiclu: 1\ncluster: {nodes: {n1: {owner: {busy: 100 ms, away: 100 ms}}}}\n"


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        (("run", "-", "--json"), "Add `--until 60s`."),
        (("run", "-", "--quiet"), "Add `--until 60s`."),
        (("verify", "-"), "Add `--until 60s`."),
        (("compare-policies", "-"), "Add `--set until=60s`."),
    ],
)
def test_what_would_never_come_back_asks_for_an_end(command: tuple[str, ...], meant: str) -> None:
    done = tuiclu(*command, text=FOR_EVER)

    assert (done.returncode, done.stderr) == (2, f"tuiclu: -: there is no end of this scenario. {meant}\n")


def test_with_an_end_it_comes_back() -> None:
    done = tuiclu("run", "-", "--json", "--until", "1s", text=FOR_EVER)

    assert (done.returncode, json.loads(done.stdout)["ended"]) == (0, "until")
