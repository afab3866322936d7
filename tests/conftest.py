"""Settings that hold for all tests."""

from __future__ import annotations

import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.limits import CPU_S, cpu_limit

# No limit on real time: these machines are shared. The same examples in every run: whoever breaks something sees it at once,
# and nobody else does.
settings.register_profile(
    "tuiclu", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("tuiclu")

# The commands that the tests start are interrupted as at a terminal, also where the tests run in the background of a shell,
# which makes them deaf to Ctrl-C; and so would be all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test fail that takes too much CPU time, however long it takes by the clock; the long ones have their own limits."""
    if item.get_closest_marker("long") is not None:
        return (yield)
    with cpu_limit(CPU_S):
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests of one demo be done by one worker: they share its run."""
    for item in items:
        shared = getattr(item, "callspec", None)
        if shared is not None and "demo" in shared.params and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(f"demo {shared.params['demo']}"))
