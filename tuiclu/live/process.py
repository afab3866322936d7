"""The process of the cluster: opens a scenario, runs it for the front, and ends with it. Nothing is left behind, whatever happens."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nodes.heap import keep_large_blocks_apart
from nodes.parent import die_with_the_parent
from tuiclu.cluster.nursery import end_nursery
from tuiclu.errors import EmulatorError, TuicluError
from tuiclu.live.channel import Channel
from tuiclu.live.human_log import HumanLog
from tuiclu.live.protocol import AnyShow, Closed, Failed, Opened, Warned, encode_show
from tuiclu.scenario.trust import Trust
from tuiclu.texts import LANGUAGES

if TYPE_CHECKING:
    from tuiclu.quiz.answers import Answers
    from tuiclu.scenario.compile import Plan
    from tuiclu.scenario.runner import Ending, Stage

PATIENCE_S = 10.0
"""Real seconds that the front has at the end to take some of what it has not been told yet."""


def run_cluster(
    end: socket.socket, source: str, load: Callable[[], object], folder: str | None, trust: Trust
) -> NoReturn:
    """Be the process of the cluster, forked from the front: never returns. `load` reads the scenario."""
    status = 0
    channel = Channel(end)
    try:
        _leave_the_terminal()
        keep_large_blocks_apart()
        die_with_the_parent(signal.SIGTERM)
        signal.signal(signal.SIGTERM, _terminated)
        _serve(channel, source, load, folder, trust)
    except TuicluError as error:
        status = error.exit_status
        _fail(channel, error)
    except SystemExit:
        status = 143
    except BaseException as error:  # noqa: BLE001 - a bug: the front tells the user, and nothing is left behind
        status = EmulatorError.exit_status
        place = traceback.extract_tb(error.__traceback__)[-1]
        _fail(channel, EmulatorError(f"{error!r} at {Path(place.filename).name}:{place.lineno}"))
    finally:
        channel.finish(PATIENCE_S)
        channel.close()
        end_nursery()
        os._exit(status)


def _fail(channel: Channel, error: TuicluError) -> None:
    said = {lang: error.told(lang) for lang in LANGUAGES}
    _tell(channel, Failed(str(error), said, error.exit_status))


def _terminated(*_: object) -> NoReturn:
    sys.exit(143)


def _leave_the_terminal() -> None:
    """Have nothing to do with the terminal any more: its signals, its input, its output."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _serve(channel: Channel, source: str, load: Callable[[], object], given_folder: str | None, trust: Trust) -> None:
    from setproctitle import setproctitle

    setproctitle("tuiclu: cluster")
    from tuiclu.cluster.launcher import forget_inherited, prepare

    forget_inherited()
    prepare()  # the parent of the nodes loads while we read
    from nodes.programs import CATALOGUE, image
    from tuiclu.cluster.commands import Chapter
    from tuiclu.live.director import Director
    from tuiclu.live.journal import Journal, new_folder
    from tuiclu.live.lecture import Lecture
    from tuiclu.live.reporter import Reporter
    from tuiclu.model.cluster import KEPT, ClusterView
    from tuiclu.model.screen import ScreenView
    from tuiclu.scenario.compile import plan as plan_of
    from tuiclu.scenario.keeping import keeping
    from tuiclu.scenario.parser import Scenario
    from tuiclu.scenario.prompt import Prompt
    from tuiclu.scenario.runner import Follower, set_up
    from tuiclu.scenario.schema import in_every_language

    scenario = load()
    assert isinstance(scenario, Scenario)
    scenario = scenario.admitted(trust.admit)
    plan = plan_of(scenario)
    folder = Path(given_folder) if given_folder is not None else new_folder(Path(source).stem or "session")
    folder.mkdir(parents=True, exist_ok=True)
    snapshots = _folder_for_snapshots(folder, scenario.snapshots_to)
    journal = Journal(scenario, folder)
    human_log = _open_human_log(folder, channel)
    view = ClusterView(KEPT if plan.is_endless else None)
    screen = ScreenView(view)
    images = {name: image(name) for name in CATALOGUE} | plan.images

    director = Director(
        channel,
        view,
        screen,
        Prompt(scenario, images, trust),
        journal,
        Reporter(
            view,
            screen,
            plan.title,
            [step.command.title for step in plan.steps if isinstance(step.command, Chapter)],
        ),
        human_log,
        Lecture(plan.network),
        scenario.file.pace or "real",
    )
    with keeping(scenario, plan, snapshots) as keeper:
        if keeper is not None:
            keeper.view, keeper.warn = view, lambda error: _tell(channel, Warned(str(error)))
        stage = set_up(
            plan,
            view,
            title=plan.title.get("en", "") or source,
            observers=[Follower(screen.apply), *([] if keeper is None else [keeper])],
            pacer=director,
            log_sink=human_log,
            further_images=images,
            last=[director],
            gatherer=None if keeper is None else keeper.gatherer,
        )
        director.keeps_snapshots = keeper is not None
        director.engine, director.sees_past = stage.engine, plan.goes_on is not None
        director.closing = lambda reason, disturbed: _closing(
            plan, stage.as_it_would_end(view, reason), stage, director.answers, disturbed=disturbed
        )
        with stage.engine:
            about = in_every_language(scenario.file.about)
            settings = {
                "latency_ns": plan.network.latency_ns,
                "kind": plan.network.kind,
                "bandwidth_bps": plan.network.bandwidth_bps,
            }
            nodes = tuple(stage.engine.nodes)
            beside = str(scenario.folder)
            _tell(
                channel,
                Opened(plan.title, about, source, plan.seed, nodes, settings, str(folder), tuple(images), beside),
            )
            gc.collect()
            gc.freeze()
            director.begin()
            stage.engine.run(plan.until_ns)
    director.last_frame()
    _tell(channel, Closed(stage.log.digest, str(folder), view.ended or ""))


def _folder_for_snapshots(session: Path, wanted: str) -> Path | None:
    """Return where the snapshots of a session are written; None: nowhere. It stands beside the journal, for whoever repeats the session."""
    link = session / "snapshots"
    if wanted:
        link.unlink(missing_ok=True)
        link.symlink_to(Path(wanted).absolute(), target_is_directory=True)
    return link.readlink() if link.is_symlink() else None


def _closing(
    plan: Plan, ended: Ending, stage: Stage, answers: Answers, *, disturbed: bool
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what there is to tell when nothing is left to happen, or when the time is up: what `run` tells at its end."""
    from tuiclu.model.report import report, seconds
    from tuiclu.scenario.closing import closing
    from tuiclu.scenario.comparisons import Seen
    from tuiclu.scenario.runner import beside, judged

    view, invariants, tally = ended
    result = {"virtual_s": seconds(view.now_ns), **report(view), "invariants": invariants.report()}
    others = {} if disturbed else {name: beside(one) for name, one in plan.compared.items()}
    if others:
        result["compared"] = {name: one.result for name, one in others.items()}
    told = {}
    for lang in LANGUAGES:
        verdicts = judged(plan, Seen(result, tally.counts), others, lang)
        lines = closing(plan, view, verdicts, result, stage.script.never_came(), lang, disturbed=disturbed)
        told[lang] = (*_quiz_told(answers, result, lang), *((line.kind, line.text) for line in lines))
    return told


def _quiz_told(answers: Answers, result: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    """Return what came of the quiz, if it is one, and enter the marks."""
    from tuiclu.quiz import progress
    from tuiclu.quiz.marks import mark, sheet

    if not answers.lesson:
        return []
    marks = [mark(one, result, lang) for one in answers.predictions()]
    if not answers.kept:
        answers.kept = True
        progress.enter(Path(answers.progress) if answers.progress else progress.usual_file(), answers.lesson, marks)
    return [*(("figure", line) for line in sheet(marks, lang)), ("", "")]


def _open_human_log(folder: Path, channel: Channel) -> HumanLog:
    """Return where the human log of the nodes goes; the engine's goes there too, and its warnings to the line above the footer."""
    human_log = HumanLog(folder)
    engine = logging.getLogger("tuiclu.engine")
    engine.handlers = [human_log, _ToFront(channel)]
    engine.propagate = False
    engine.setLevel(logging.INFO)
    return human_log


class _ToFront(logging.Handler):
    """Takes the engine's warnings to the front."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(logging.WARNING)
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        _tell(self._channel, Warned(record.getMessage()))


def _tell(channel: Channel, show: AnyShow) -> None:
    channel.send(encode_show(show))
