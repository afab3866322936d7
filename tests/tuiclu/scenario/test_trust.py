"""Python that lies beside a scenario: looked at as a text, and executed only for somebody who trusts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuiclu.cluster.scenarios import trusted
from tuiclu.errors import InputError
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.runner import run
from tuiclu.scenario.trust import Trust, remember, settle

STRATEGY = "class S:\n    def begin(self, transfer): ...\n    def pages_arrived(self, transfer): ...\n"
POLICY = "class S:\n    def choose(self, *_): return 'no'\n"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "tuiclu" / "trusted.jsonl"


def scenario(folder: Path, text: str, where: str = 'strategy: "mine:S"') -> Scenario:
    """Put a module beside a scenario that names it, and read that."""
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(text)
    (folder / "s.yaml").write_text(f"tuiclu: 1\ncluster: {{nodes: {{n1: {{}}, n2: {{}}}}, policy: {{{where}}}}}\n")
    return load_scenario(folder / "s.yaml")


def marking(folder: Path, text: str = STRATEGY) -> str:
    """Return a module that leaves a mark when it is executed."""
    return f"open({str(folder / 'executed')!r}, 'w').close()\n{text}"


@pytest.mark.parametrize(
    ("where", "text"),
    [('strategy: "mine:S"', STRATEGY), ('load-sharing: "mine:S"', POLICY)],
    ids=["strategy", "policy"],
)
def test_to_read_and_to_plan_a_scenario_executes_nothing_and_to_run_it_takes_trust(
    tmp_path: Path, where: str, text: str
) -> None:
    read = scenario(tmp_path / "theirs", marking(tmp_path, text), where)
    with pytest.raises(
        InputError, match=r"s.yaml:2:\d+: `mine:S` is Python from mine.py beside the scenario.*`--trust`"
    ):
        run(plan(read))
    with pytest.raises(InputError, match="`--trust`"):
        Trust().admit(read.users)
    assert not (tmp_path / "executed").exists()

    run(plan(trusted(read)))
    assert (tmp_path / "executed").exists()


def settled(read: Scenario, *, asked_for: bool = False, answer: str | None = None) -> tuple[bool, list[str], int]:
    """Return whether the code may be executed, what was announced, and how often somebody was asked."""
    said: list[str] = []
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return answer or ""

    try:
        code = settle(read.users, asked_for=asked_for, ask=None if answer is None else ask, announce=said.append)
    except InputError:
        return False, said, len(questions)
    return code.trusted, said, len(questions)


def test_it_is_asked_about_once_for_a_folder_and_a_content(tmp_path: Path) -> None:
    first = scenario(tmp_path / "one", STRATEGY)
    announced = [f"mine:S: Python from mine.py in {tmp_path / 'one'} is executed, as you have allowed."]

    assert settled(first, answer="no") == (False, [], 1)
    assert settled(first, answer="") == (False, [], 1)
    assert settled(first) == (False, [], 0)
    assert settled(first, answer="y\n") == (True, announced, 1)
    assert settled(first, answer="n") == (True, announced, 0)
    assert settled(first) == (True, announced, 0)
    assert settled(scenario(tmp_path / "other", STRATEGY))[0] is False
    assert settled(scenario(tmp_path / "one", f"{STRATEGY}\n# changed"))[0] is False
    assert settled(scenario(tmp_path / "one", STRATEGY)) == (True, announced, 0)


def test_what_the_module_imports_from_beside_it_is_part_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "deep.py").write_text("A = 1")
    (tmp_path / "helper.py").write_text("def late():\n    from . import deep\n")
    (tmp_path / "unrelated.py").write_text("1 / 0")
    read = scenario(tmp_path, f"import helper, os\n{STRATEGY}")
    assert list(read.users.modules.sources) == ["mine", "helper", "deep"]
    settled(read, answer="yes")

    (tmp_path / "deep.py").write_text("A = 2")
    assert settled(load_scenario(tmp_path / "s.yaml"))[0] is False


def test_trust_asked_for_on_the_command_line_is_announced_and_not_remembered(tmp_path: Path, kept: Path) -> None:
    trust, said, questions = settled(scenario(tmp_path, STRATEGY), asked_for=True, answer="n")

    assert (trust, len(said), questions) == (True, 1, 0)
    assert not kept.exists()


def test_what_is_remembered_survives_damage_and_is_nobody_elses(tmp_path: Path, kept: Path) -> None:
    read = scenario(tmp_path, STRATEGY)
    remember(read.users)
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"\xff{}\n" + kept.read_bytes() + b"{")
    assert settled(read)[0] is True
    kept.parent.chmod(0o777)
    assert settled(read)[0] is False


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("class S: pass", "`S` is no strategy: it has no method `begin`"),
        ("class S:\n    begin = None", "`S` is no strategy: it has no method `pages_arrived`"),
        ("class T(object):\n    def begin(self): ...\nclass S(T): pass", "it has no method `pages_arrived`"),
        ("class T: pass", "`mine` has no class `S`"),
        ("class S(", r"the module `mine` cannot be loaded: .*mine.py:1:\d+: "),
        ("x = '\0'", "the module `mine` cannot be loaded"),
        ("(" * 5000, "the module `mine` cannot be loaded"),
        ("# coding: nonsense\nclass S: ...", "mine.py is not a text"),
    ],
)
def test_what_the_text_of_a_module_shows_is_said_without_executing_it(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        scenario(tmp_path, f"{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        STRATEGY,
        "from elsewhere import S",
        "from elsewhere import *",
        "S = object",
        "import elsewhere\nclass S(elsewhere.Base): pass",
        "@wonderful\nclass S: pass",
        "if True:\n    class S:\n        begin = pages_arrived = print",
        "for S in (1,): pass",
    ],
)
def test_what_only_its_execution_would_show_is_taken_for_right(tmp_path: Path, text: str) -> None:
    assert [one.text for one in scenario(tmp_path, text).users.classes] == ["mine:S"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("raise SystemExit('bye')", "the module `mine` cannot be loaded: SystemExit: bye"),
        ("1 / 0", "the module `mine` cannot be loaded: ZeroDivisionError: division by zero"),
        ("import nowhere_to_be_found", "the module `mine` cannot be loaded: ModuleNotFoundError"),
        ("S = 7", "`mine` has no class `S`"),
        ("S = type('S', (), {})", "`S` is no strategy: it has no method `begin`"),
    ],
)
def test_what_its_execution_shows_is_said_before_anything_runs(tmp_path: Path, text: str, says: str) -> None:
    read = scenario(tmp_path, f"{text}\nif 0: S = 0\n")
    with pytest.raises(InputError, match=says):
        run(plan(trusted(read)))


@pytest.mark.parametrize("kind", ["folder", "pipe", "large", "none"])
def test_what_is_no_file_of_python_is_refused(tmp_path: Path, kind: str) -> None:
    scenario(tmp_path, STRATEGY)
    file = tmp_path / "mine.py"
    file.unlink()
    match kind:
        case "folder":
            file.mkdir()
        case "pipe":
            import os

            os.mkfifo(file)
        case "large":
            file.write_text("#" * (1 << 21))
        case _:
            pass
    with pytest.raises(InputError, match=r"s.yaml:2:\d+: .*mine"):
        load_scenario(tmp_path / "s.yaml")


def test_a_module_called_as_one_of_pythons_is_one_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "queue.py").write_text(marking(tmp_path))
    scenario(tmp_path, STRATEGY)
    text = (tmp_path / "s.yaml").read_text().replace("mine:S", "queue:S")

    assert run(plan(trusted(load_scenario(tmp_path / "s.yaml", text)))).ok

    assert (tmp_path / "executed").exists()
