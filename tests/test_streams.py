"""Running ahead shows nowhere: every demo and many random clusters give the same events, to the byte, as without it."""

from __future__ import annotations

import pytest

from tests import streams


@pytest.mark.long
def test_all_demos_and_three_hundred_random_clusters_give_the_events_that_they_give_without_running_ahead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert streams.main(["--random", "300", "--no-run-ahead"]) == 0, capsys.readouterr().out


def test_a_stream_that_differs_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """So that the test above can fail."""
    monkeypatch.setattr(streams, "scenarios", lambda count: iter([("calm", "calm"), ("other", "other")][:count]))
    monkeypatch.setattr(streams, "digest_of", lambda one, ahead_ns=None: f"{one} {ahead_ns}")

    assert streams.main(["--random", "2", "--no-run-ahead"]) == 1
    assert capsys.readouterr().out == (
        "DIFFERENT: calm: calm None, calm 0\nDIFFERENT: other: other None, other 0\n2 of 2 streams differ\n"
    )
