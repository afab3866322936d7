"""The palette: everything that there is to do, found by a few letters, in the language of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

if TYPE_CHECKING:
    from tuiclu.tui.app import ClusterApp


class Everything(Provider):
    """Finds what `ClusterApp.get_system_commands` tells of; says in our words if that is nothing."""

    @property
    def _app(self) -> ClusterApp:
        return cast("ClusterApp", self.app)

    async def discover(self) -> Hits:
        """Yield everything."""
        for title, help_text, callback, _ in self._app.get_system_commands(self.screen):
            yield DiscoveryHit(title, callback, help=help_text or None)

    async def search(self, query: str) -> Hits:
        """Yield what matches, or that nothing does."""
        matcher = self.matcher(query)
        nothing = True
        for title, help_text, callback, _ in self._app.get_system_commands(self.screen):
            score = max(matcher.match(title), matcher.match(help_text) / 2)
            if score > 0:
                nothing = False
                yield Hit(score, matcher.highlight(title), callback, help=help_text or None)
        if nothing:
            yield Hit(1.0, self._app.look.t("Nothing is called so."), _do_nothing)


def _do_nothing() -> None:
    pass


def palette(app: ClusterApp) -> CommandPalette:
    """Return the palette, to be pushed."""
    return CommandPalette(providers=[Everything], placeholder=app.look.t("a few letters of what you want"))
