"""Settings that hold for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No limit on real time: these machines are shared. The same examples in every run: whoever breaks something sees it at once,
# and nobody else does.
settings.register_profile(
    "tuiclu", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("tuiclu")
