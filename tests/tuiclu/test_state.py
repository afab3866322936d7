"""Where what is to be kept of a user lies: in a folder that is the user's own, and nobody else can write to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuiclu.errors import InputError
from tuiclu.state import state_folder


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """The three places that may do, the best first: none of them is there yet."""
    given, home, temporary = (tmp_path / name for name in ("given", "home", "temporary"))
    for name, folder in {"XDG_STATE_HOME": given, "HOME": home, "TMPDIR": temporary}.items():
        monkeypatch.setenv(name, str(folder))
    return given / "tuiclu", home / ".local" / "state" / "tuiclu", temporary / f"tuiclu-{os.getuid()}"


def test_the_first_place_that_does_is_taken_and_is_the_users_alone(places: tuple[Path, Path, Path]) -> None:
    assert state_folder() == places[0]
    assert places[0].stat().st_mode & 0o777 == 0o700
    assert state_folder() == places[0], "and again"


def test_a_place_that_is_a_file_or_a_link_is_passed_over(places: tuple[Path, Path, Path], tmp_path: Path) -> None:
    first, second, third = places
    first.parent.mkdir()
    first.write_text("a file")
    second.parent.mkdir(parents=True)
    second.symlink_to(tmp_path)
    assert state_folder() == third


@pytest.mark.parametrize("fault", ["somebody else's", "open to everybody"])
def test_a_folder_of_somebody_else_or_for_everybody_is_not_used(
    places: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    for folder in places:
        folder.mkdir(parents=True)
        folder.chmod(0o777 if fault == "open to everybody" else 0o700)
    if fault == "somebody else's":
        mine = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: mine + 1)
        places[2].rename(places[2].with_name(f"tuiclu-{mine + 1}"))
    with pytest.raises(InputError) as refused:
        state_folder()
    why = "it belongs to somebody else" if fault == "somebody else's" else "everybody may write to it"
    assert str(refused.value).startswith(
        "there is no folder for what is to be kept. Set XDG_STATE_HOME to one. Tried: "
    )
    assert str(refused.value).count(why) == len(places)
