"""Going back: another cluster repeats what was done, up to a moment that is over, and takes the place of the present one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tuiclu.live.front import RepeatedCluster, Start
from tuiclu.live.protocol import AnyShow, Failed, Framed, Pace, Past, Rest, Teach

if TYPE_CHECKING:
    from tuiclu.live.front import LiveCluster
    from tuiclu.scenario.trust import Trust
    from tuiclu.tui.app import ClusterApp


class Travel:
    """Of the clusters in front of a screen, the one that is on its way to a moment, and those that had their time."""

    def __init__(self, app: ClusterApp, trust: Trust) -> None:
        self._app = app
        self._trust = trust
        self._coming: RepeatedCluster | None = None
        """On its way to a moment; the present one rests meanwhile."""
        self._understudy: RepeatedCluster | None = None
        """Ready to go: who has gone back once will do so again."""
        self._moment = ""
        """What is gone to, as it was asked for."""

    @property
    def under_way(self) -> bool:
        """Whether a cluster is on its way: what is asked of the present one would be lost."""
        return self._coming is not None

    def set_out(self, past: Past) -> None:
        """Begin to go to a moment that is over."""
        app = self._app
        if self.under_way or app.quitting:
            return
        self._moment = past.moment
        app.notify_line(app.look.t("Going back to {moment} ...").format(moment=past.moment), "dim")
        self._coming = self._understudy or RepeatedCluster(app.opened.folder, self._trust)
        self._understudy = None
        self._coming.begin(Start(moment=past.moment, quiz=app.look.quiz))
        asyncio.get_running_loop().add_reader(self._coming.channel.fileno(), self._hear)
        app.ask(Rest(True))

    def _hear(self) -> None:
        coming = self._coming
        assert coming is not None
        shows = coming.hear()
        if any(isinstance(one, Framed) for one in shows):
            asyncio.get_running_loop().remove_reader(coming.channel.fileno())
            self._coming = None
            self._arrive(coming, shows)
        elif failed := next((one for one in shows if isinstance(one, Failed)), None):
            self._fail(coming, failed.said.get(self._app.look.lang, failed.text))
        elif not coming.channel.open:
            self._fail(coming, self._app.look.t("The process of the cluster has ended. q closes the screen."))

    def _arrive(self, coming: RepeatedCluster, shows: list[AnyShow]) -> None:
        """Let the present cluster end, and look at the one that has come."""
        app = self._app
        frame = app.frame
        if frame is not None:
            coming.ask(Pace(frame.factor))
            coming.ask(Teach(frame.pace))  # type: ignore[arg-type]
        self._retire(app.change_cluster(coming))
        self._tell_arrival()
        app.take_all(shows)
        self._understudy = RepeatedCluster(app.opened.folder, self._trust)

    def _tell_arrival(self) -> None:
        app = self._app
        app.notify_line(app.look.t("Back at {moment}.").format(moment=self._moment), "dim")

    def _fail(self, coming: RepeatedCluster, why: str) -> None:
        asyncio.get_running_loop().remove_reader(coming.channel.fileno())
        self._coming = None
        self._retire(coming)
        self._app.ask(Rest(False))
        self._app.notify_line(why, "bad")
        self._app.redraw()

    def _retire(self, cluster: LiveCluster) -> None:
        """Have a cluster end; nobody waits for that here."""
        asyncio.get_running_loop().run_in_executor(None, cluster.discard)

    def give_up(self) -> None:
        """Go nowhere: the screen is about to close."""
        if self._coming is not None:
            asyncio.get_running_loop().remove_reader(self._coming.channel.fileno())
            self._retire(self._coming)
            self._coming = None

    def end(self) -> None:
        """Give up what is under way: the screen closes."""
        for one in (self._coming, self._understudy):
            if one is not None:
                one.discard()
        self._coming = self._understudy = None
