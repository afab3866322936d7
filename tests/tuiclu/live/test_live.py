"""Somebody in front of a real cluster: time, commands, the journal, and what is left when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import psutil
import pytest

from tests.tuiclu.cluster.scenarios import ROOT, node_processes, trusted
from tests.tuiclu.cluster.test_recurring import LIVELY
from tests.tuiclu.live.clusters import ENDLESS, SMALL, Front, a_live_cluster
from tuiclu.live.front import LiveCluster, Refused
from tuiclu.live.protocol import Focus, Hold, Pace, Play, Rest, RunOn, Save, Step, Type
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run
from tuiclu.scenario.trust import Trust


def digest_of(file: Path) -> str:
    return run(plan(trusted(load_scenario(file)))).digest


def test_a_session_can_be_repeated_without_a_screen_event_for_event(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "repeated") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Pace(None), Type("migrate P n3 precopy", 1), Type("spawn hello n2", 2), Type("slow n3 factor=50%", 3))
        front.until(lambda front: any("P is to move" in line for line in front.said))
        front.ask(Type("partition n1", 4))
        front.ask(Type("heal", 5), Type("crash n2", 6), Type("restart n2", 7))
        front.mode("waiting")
        closed = front.quit()
    assert closed.reason == "quiescent"
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_a_session_in_which_policies_changed_can_be_repeated(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "changed") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Type("set load-sharing periodic-symmetric high 1.2", 1), Type("set strategy precopy on=n1", 2))
        front.ask(
            Type("set redirection update", 3), Type("set strategy preecopy", 4), Type("set strategy no_such:One", 5)
        )
        assert [front.answer(number).ok for number in (1, 2, 3)] == [True] * 3
        assert "Did you mean `precopy`?" in front.answer(4).text
        assert front.answer(5).text.startswith("there is no module `no_such`")
        front.ask(Pace(None))
        front.mode("waiting")
        assert front.frame is not None
        assert front.frame.policies["load-sharing"] == "periodic-symmetric"
        assert front.frame.policies["load.high"] == "1.2"
        assert [node.policies for node in front.frame.nodes] == [{"strategy": "precopy"}, {}, {}]
        closed = front.quit()
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_a_class_of_the_users_own_that_was_typed_is_saved_with_the_session(tmp_path: Path) -> None:
    (tmp_path / "own_live.py").write_text(
        "class Away:\n    def choose(self, machine, load, others, now_ns):\n"
        "        ready = [one for one in machine.processes if one.state in ('ready', 'running')]\n"
        "        return (ready[0].pid, 'n3') if load > 1200 and machine.machine != 'n3' else 'enough'\n"
    )
    with a_live_cluster(tmp_path, SMALL, "own class", Trust(everything=True)) as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Type("set load-sharing own_live:Away", 1), Pace(None))
        assert front.answer(1).ok
        front.mode("waiting")
        assert any("own_live" in line for line in front.said)
        assert any("goes on, on n3" in line for line in front.said)
        closed = front.quit()
    (tmp_path / "own_live.py").unlink()
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_a_session_that_is_broken_off_can_be_repeated_as_well(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, ENDLESS, "broken off") as front:
        front.until(lambda front: front.frame is not None and front.frame.now_ns > 50_000_000)
        front.ask(Type("migrate S n3 eager-all", 1))
        front.until(lambda front: any("S goes on, on n3" in line for line in front.said))
        closed = front.quit()
    assert closed.reason == "stopped"
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_a_node_killed_from_outside_is_in_the_journal(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, ENDLESS, "killed outside") as front:
        front.until(lambda front: front.frame is not None and front.frame.now_ns > 50_000_000)
        assert front.frame is not None
        victim = next(node.pid for node in front.frame.nodes if node.name == "n2")
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        front.until(lambda front: any("n2 crashes (SIGKILL from outside)" in line for line in front.said))
        closed = front.quit()
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_a_node_killed_while_time_stands_still_crashes_when_it_goes_on(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, ENDLESS, "killed asleep") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Hold())
        front.mode("held")
        next(one for one in node_processes("killed asleep") if "node n1 " in one.cmdline()[0]).kill()
        front.ask(Play())
        front.until(lambda front: any("n1 crashes" in line for line in front.said))


def wait_for_deaths(front: Front, journal: Path, count: int) -> None:
    """Wait until the journal knows of so many nodes that were killed from outside."""
    front.until(lambda _: journal.read_text().count("outside") == count)


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGTERM])
def test_what_comes_from_outside_is_journalled_in_the_order_in_which_it_takes_effect(
    tmp_path: Path, deadly: signal.Signals
) -> None:
    """Two nodes are killed while time stands still; then come commands for them and for others, all for one instant."""
    journal = tmp_path / "session" / "session.yaml"
    with a_live_cluster(tmp_path, ENDLESS, "killed in order") as front:
        front.until(lambda front: front.frame is not None and front.frame.now_ns > 20_000_000)
        front.ask(Hold())
        front.mode("held")
        front.ask(Type("slow n3 factor=50%", 1))
        assert front.answer(1).ok
        for count, name in enumerate(("n1", "n3"), 1):
            victim = next(one for one in node_processes("killed in order") if f"node {name} " in one.cmdline()[0])
            victim.send_signal(deadly)
            wait_for_deaths(front, journal, count)
        front.ask(Type("spawn hello n1", 2), Type("migrate S n1", 3), Type("pause n3", 4), Type("restart n1", 5))
        front.ask(Step("event"), Type("spawn hello n1", 6), Step("event"), Play())
        front.until(lambda front: any(f"n1 crashes ({deadly.name} from outside)" in line for line in front.said))
        closed = front.quit()
    assert digest_of(journal) == closed.digest


def events_after(front: Front, step: Step) -> int:
    """Step once, and return by how many events the stream has grown."""
    assert front.frame is not None
    before = front.frame
    front.ask(step)

    def is_over(front: Front) -> bool:
        """Tell whether it stands still behind the step: the next frame may be about what was asked before. A window may be empty."""
        frame = front.frame
        news = frame is not None and (frame.events > before.events or step.unit == "window")
        return frame is not None and frame.mode == "held" and frame.number > before.number and news

    front.until(is_over)
    assert front.frame is not None
    return front.frame.events - before.events


def test_time_goes_step_by_step(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "stepped") as front:
        front.ask(Hold())
        front.mode("held")
        assert [events_after(front, Step("event")) for _ in range(5)] == [1] * 5
        assert events_after(front, Step("quantum")) >= 1
        assert front.frame is not None
        assert front.frame.news[-1].decode().split('"kind":"')[1].startswith(("process.preempted", "process.blocked"))
        events_after(front, Step("window"))  # it may be empty: that it ends is all that can be said
        front.ask(Type("migrate P n2", 1))
        assert front.answer(1).ok
        assert events_after(front, Step("message")) >= 1


def is_at(now_ns: int) -> Callable[[Front], bool]:
    """Return a condition: it is this instant."""
    return lambda front: front.frame is not None and front.frame.now_ns == now_ns


def test_time_stands_still_while_somebody_reads_and_the_events_know_nothing_of_it(tmp_path: Path) -> None:
    digests = []
    for reads in (False, True):
        folder = tmp_path / str(reads)
        folder.mkdir()
        with a_live_cluster(folder, SMALL, "read") as front:
            for at_ms in (40, 90, 210):
                front.ask(Pace(None), RunOn(f"{at_ms} ms"))
                front.until(is_at(at_ms * 10**6))
                if reads:
                    front.ask(Rest(resting=True), Play())
                    front.until(lambda front: front.frame is not None and front.frame.resting)
                    assert front.frame is not None
                    now_ns = front.frame.now_ns
                    front.ask(Pace(1000.0))
                    front.until(lambda front: front.frame is not None and front.frame.factor == 1000.0)
                    assert (front.frame.now_ns, front.frame.mode) == (now_ns, "running")
                    front.ask(Hold(), Rest(resting=False))
            front.ask(Pace(None), Play())
            front.mode("waiting")
            digests.append(front.quit().digest)
    assert digests[0] == digests[1]


def test_what_is_typed_while_time_stands_still_happens_when_it_goes_on(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "held") as front:
        front.until(lambda front: front.frame is not None and front.frame.now_ns > 0)
        front.ask(Hold())
        front.mode("held")
        front.ask(Type("crash n3", 1))
        assert front.answer(1).ok
        assert front.frame is not None
        assert [node.state for node in front.frame.nodes] == ["up", "up", "up"]
        front.ask(Play())
        front.until(lambda front: front.frame is not None and front.frame.nodes[2].state == "down")


def test_time_runs_on_to_an_instant_and_to_an_event(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "to an instant") as front:
        front.ask(Pace(None), RunOn("100 ms"))
        front.mode("held")
        assert front.frame is not None
        assert front.frame.now_ns == 100_000_000
        front.ask(RunOn("process.exited S"))
        front.until(
            lambda front: front.frame is not None and front.frame.now_ns > 100_000_000 and front.frame.mode == "held"
        )
        assert front.frame is not None
        assert front.frame.news[-1].decode().split('"kind":"')[1].startswith("process.exited")
        front.ask(RunOn("never.heard"))
        assert "is no" in front.answer(0).text or "there is no" in front.answer(0).text


def test_the_time_limit_of_a_scenario_holds_a_session_and_can_be_passed(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL.replace("20 s", "60 ms"), "limited") as front:
        front.ask(Pace(None))
        front.mode("over")
        front.ask(Play())
        front.mode("waiting")
        closed = front.quit()
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_what_makes_no_sense_is_refused_in_the_words_of_a_script(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "refused") as front:
        front.ask(Type("migrte P n2", 1), Type("migrate P n9", 2), Type("crash", 3), Type("spawn nothing n1", 4))
        assert front.answer(1).text == "there is no verb `migrte`. Did you mean `migrate`?"
        assert "n9" in front.answer(2).text
        assert not front.answer(3).ok
        assert "nothing" in front.answer(4).text


def test_a_question_stops_time_until_it_is_answered(tmp_path: Path) -> None:
    asked = SMALL + (
        "script:\n  - at: 50 ms\n    ask: {{question: {{en: Who?, es: ¿Quién?}}, answer: {{en: P, es: P}}, "
        "choices: [P, Q]}}\n"
    )
    with a_live_cluster(tmp_path, asked, "asked") as front:
        front.ask(Pace(None))
        front.mode("asking")
        assert front.frame is not None
        assert front.frame.question is not None
        assert (front.frame.question.question["es"], len(front.frame.question.choices)) == ("¿Quién?", 2)
        assert front.frame.now_ns == 50_000_000
        front.ask(Play())
        front.mode("waiting")


def test_a_look_into_a_node_shows_a_control_block_and_changes_nothing(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, SMALL, "looked at") as front:
        front.ask(Focus(node="n1", pid="n1.1"), Pace(1.0))
        front.until(lambda front: front.frame is not None and bool(front.frame.details.control_block))
        assert front.frame is not None
        block = front.frame.details.control_block
        assert block is not None
        assert block["argv"] == "primes 12000"
        assert "sp " in block["registers"]
        assert {"P"} <= {one.process for one in front.frame.details.owners}
        assert front.frame.details.looked_ns is not None
        front.ask(Pace(None))
        front.mode("waiting")
        closed = front.quit()
    assert closed.digest == digest_of(tmp_path / "scenario.yaml")


def test_the_session_so_far_can_be_saved(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, ENDLESS, "saved") as front:
        front.ask(Type("crash n3", 1), Save(str(tmp_path / "saved.yaml"), 2), Save("/proc/nowhere/saved.yaml", 3))
        assert front.answer(2).ok
        assert "cannot be written" in front.answer(3).text
    assert '"crash": "n3"' in (tmp_path / "saved.yaml").read_text()


def test_a_scenario_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    def load() -> object:
        return load_scenario(tmp_path / "there-is-none.yaml")

    with (
        pytest.raises(Refused, match="there is no such file") as refused,
        LiveCluster("x", load, str(tmp_path / "session")) as live,
    ):
        live.wait_until_open()
    assert refused.value.exit_status == 2


FRONT = """
import sys
from pathlib import Path
from tests.tuiclu.live.clusters import ENDLESS, a_live_cluster
with a_live_cluster(Path(sys.argv[1]), ENDLESS, "orphaned") as front:
    front.until(lambda front: front.frame is not None and front.frame.now_ns > 20_000_000)
    print("up", flush=True)
    front.until(lambda front: False)
"""


def test_a_front_that_is_killed_takes_everything_with_it_and_leaves_the_journal(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FRONT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        family = psutil.Process(running.pid).children(recursive=True)
        assert len(family) >= 5
        running.kill()
        _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    load_scenario(tmp_path / "session" / "session.yaml")


def test_an_elf_file_that_is_not_in_the_scenario_can_be_started_moved_and_repeated(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "greet.elf").write_bytes(files("nodes.programs").joinpath("sleeper.elf").read_bytes())
    with a_live_cluster(tmp_path, ENDLESS, "a program of one's own") as front:
        front.until(lambda front: front.frame is not None)
        front.ask(Type("pause n3", 1), Type("crash n1", 2), Type("spawn mine/greet.elf n2 name=G args=300,20000,10", 3))
        front.until(lambda front: any("G starts on n2: greet.elf 300 20000 10" in line for line in front.said))
        front.ask(Type("resume n3", 4), Type("restart n1", 5), Type("migrate G n3", 6))
        front.until(lambda front: any("G goes on, on n3" in line for line in front.said))
        front.ask(Type("migrate G n1", 7), Type("spawn greet.elf n3 args=1,1,1", 8))
        front.until(lambda front: any("G goes on, on n1" in line for line in front.said))
        closed = front.quit()
    assert digest_of(tmp_path / "session" / "session.yaml") == closed.digest


def test_what_is_wrong_with_an_elf_file_is_said_as_of_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "empty.elf").write_bytes(b"")
    (tmp_path / "primes").write_bytes(files("nodes.programs").joinpath("hello.elf").read_bytes())
    (tmp_path / "hello.elf").write_bytes(files("nodes.programs").joinpath("hello.elf").read_bytes())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "hello.elf").write_bytes(files("nodes.programs").joinpath("sort.elf").read_bytes())
    expected = {
        "spawn none.elf n2": "cannot be read",
        "spawn empty.elf n2": "is empty",
        "spawn ./primes n2": "there are two programs called `primes`",
        "spawn hello.elf n2 limit=3": "the arguments of an ELF file have no names",
        "spawn prims n2": "there is no program `prims`",
        "spawn hello.elf n2": "",
        "spawn other/hello.elf n2": "another program called `hello.elf`",
    }
    with a_live_cluster(tmp_path, ENDLESS, "wrong programs") as front:
        for number, (line, what) in enumerate(expected.items(), start=1):
            front.ask(Type(line, number))
            answer = front.answer(number)
            assert answer.ok == (not what), (line, answer.text)
            assert what in answer.text
        front.quit()


def test_when_nothing_is_left_to_happen_the_end_is_told_and_it_can_go_on(tmp_path: Path) -> None:
    text = SMALL + "expect:\n  - {{process: P, exit: 0}}\nscript:\n  - {{at: 10 ms, say: {{en: Look., es: Mire.}}}}\n"
    with a_live_cluster(tmp_path, text, "the end") as front:
        front.ask(Pace(None))
        front.until(lambda front: front.frame is not None and bool(front.frame.closing))
        assert front.frame is not None
        told = dict(front.frame.closing)
        assert front.frame.said == {"en": "Look.", "es": "Mire."}
    english, spanish = told["en"], told["es"]
    assert [kind for kind, _ in english] == ["table"] * 4 + ["", "figure", "", "ok", "end"]
    assert spanish[0][1].startswith("proceso")
    assert english[-2][1].startswith("ok      P")


def test_a_session_of_a_cluster_that_lives_for_ever_can_be_repeated_event_for_event(tmp_path: Path) -> None:
    text = "tuiclu: 1\ntitle: for ever\n" + LIVELY.replace("until: 1 s\n", "")
    with a_live_cluster(tmp_path, text, "for ever") as front:
        front.ask(Pace(None))
        front.until(lambda front: front.frame is not None and front.frame.now_ns > 500_000_000)
        front.ask(Type("migrate G n2 precopy", 1))
        front.until(lambda front: front.frame is not None and front.frame.now_ns > 1_500_000_000)
        closed = front.quit()
    assert closed.reason == "stopped"
    session = Path(closed.folder) / "session.yaml"
    assert not plan(load_scenario(session)).is_endless, "the session says when it was ended"
    assert digest_of(session) == closed.digest
