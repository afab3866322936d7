"""The journal of a session, on disk: the scenario that was opened, with all that was done to it since. It is itself a scenario.

`tuiclu run` repeats it without a screen, event for event. It is written anew, as a whole, at every command: whatever happens afterwards,
what was typed is not lost.
"""

from __future__ import annotations

import bisect
import contextlib
import shutil
import tempfile
from pathlib import Path

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.cluster.engine import Engine
from tuiclu.errors import InputError
from tuiclu.live import human_log
from tuiclu.scenario.branch import Branch
from tuiclu.scenario.parser import Scenario
from tuiclu.scenario.prompt import Typed
from tuiclu.scenario.tree import HERE, Entry, Mapping
from tuiclu.scenario.trust import remember
from tuiclu.scenario.written import scalar, with_steps
from tuiclu.scenario.yaml_text import as_text
from tuiclu.state import state_folder

FILE = "session.yaml"
AGAIN = "again.yaml"
"""The session so far, for a cluster that is to come to a moment of it again."""
_SNAPSHOT = ".snapshot"
"""What the name of a copy ends with of the snapshot from which a session went on: it lies beside the journal."""
KEPT = 40
"""How many sessions are kept, the latest."""


class Journal:
    """What was done in a session. `folder` is where it is kept."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.folder = folder
        self._scenario = scenario
        self.users = scenario.users
        """The classes of a user's own that it names: their modules go with it."""
        self._steps: list[tuple[int, Mapping]] = []
        self._left_out: tuple[int, ...] = ()
        """The places of those steps of a session that is repeated which are not to happen again."""
        self.open_ended = False
        """Somebody has gone on when the time was up."""
        self.write()

    def note(self, at_ns: int, step: Mapping, by: str) -> None:
        """Enter what comes from outside and the instant at which it takes effect: behind all that does so then, or before."""
        entries = {"at": Entry(HERE, scalar(f"{at_ns} ns")), "by": Entry(HERE, scalar(by)), **step.entries}
        bisect.insort(self._steps, (at_ns, Mapping(HERE, entries)), key=lambda entry: entry[0])
        self.write()

    def carry_out(self, engine: Engine, typed: Typed) -> int:
        """Have what was typed carried out as soon as may be, enter it, and return its instant. At an edge only."""
        at_ns = engine.edge_ns()
        for name, image in typed.images.items():
            engine.load_image(name, image)
        if typed.users is not None:
            engine.load_modules(typed.users.modules)
            self.users = typed.users
        self.note(at_ns, typed.step, "user")
        engine.schedule(at_ns, typed.command, "user", outside=True)
        return at_ns

    def write_again(self) -> None:
        """Write the session so far for a cluster that repeats it. What was expected of the run still is, if nobody has disturbed it."""
        self._write(self.folder / AGAIN, self._tree(undisturbed=not self._steps and not self.open_ended))

    def branch(self, branch: Branch) -> None:
        """Forget what of the session that is repeated is left out: it goes on differently from here."""
        self._left_out = branch.left_out
        self.write()

    def write(self, path: Path | None = None) -> Path:
        """Write the session so far to its folder, or to `path`; return where. Raises InputError if that cannot be.

        The snapshot from which it went on, and the modules of a user's own classes that it names, are put beside it, where nothing of that
        name is there yet; who trusted them here trusts them there.
        """
        return self._write(path or self.folder / FILE, self._tree())

    def _write(self, target: Path, root: Mapping) -> Path:
        if self._scenario.snapshot:
            root.entries["from"] = Entry(HERE, scalar(target.with_suffix(_SNAPSHOT).name))
        try:
            unfinished = target.with_name(
                f".{target.name}.unfinished"
            )  # one name: what is left by who dies here is not left for long
            unfinished.unlink(missing_ok=True)
            with unfinished.open("x", encoding="utf-8") as file:
                file.write(as_text(root))
            unfinished.replace(target)
            if self._scenario.snapshot and not target.with_suffix(_SNAPSHOT).exists():
                shutil.copyfile(self._scenario.snapshot, target.with_suffix(_SNAPSHOT))
            for module, source in self.users.modules.sources.items():
                copy = target.parent / f"{module}.py"
                if not copy.exists():
                    copy.write_text(source, encoding="utf-8")
        except OSError as error:
            raise InputError(Text("it cannot be written: {why}", why=system_says(error)), str(target)) from None
        if self.users.trusted:
            remember(self.users, target.parent)
        return target

    def _tree(self, *, undisturbed: bool = False) -> Mapping:
        """Return the session as the tree of a scenario."""
        steps = [step for _, step in self._steps]
        root = with_steps(self._scenario, steps, left_out=self._left_out, expected=undisturbed)
        if self.open_ended:
            root.entries.pop("until", None)
        return root


def new_folder(name: str) -> Path:
    """Make a folder for a session, and return it; forget the oldest if there are many. Raises InputError if there can be none."""
    parent = state_folder() / "sessions"
    try:
        parent.mkdir(exist_ok=True, mode=0o700)
        _forget_old(parent)
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    except OSError as error:
        meant = Text("Name another folder with `--journal FOLDER`, or set XDG_STATE_HOME.")
        raise InputError(
            Text("no session can be kept there: {why}", why=system_says(error)), str(parent), meant
        ) from None


def _forget_old(parent: Path) -> None:
    folders = sorted((one for one in parent.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    for folder in folders[: max(0, len(folders) - KEPT + 1)]:
        ours = (FILE, f".{FILE}.unfinished", AGAIN, f".{AGAIN}.unfinished", human_log.FILE, human_log.OLDER)
        unpacked = (
            "scenario.yaml",
            "programs/*",
            "*.py",
            f"*{_SNAPSHOT}",
        )  # of a recording that was played, or of what it went on from
        for file in (
            *(folder / name for name in ours),
            *(file for pattern in unpacked for file in folder.glob(pattern)),
        ):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (folder / "programs").rmdir()
        with contextlib.suppress(OSError):  # somebody has put something of their own there
            folder.rmdir()
