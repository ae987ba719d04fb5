"""Made-up exchange logs with known campaigns in them: operators with budgets, honest people with hard look-alikes.

For tests and benchmarks of `hunt`, which never imports it.
"""

from __future__ import annotations

from wiretell.simulation.run import Summary, simulate
from wiretell.simulation.settings import NAMES, Settings, preset

__all__ = ["NAMES", "Settings", "Summary", "preset", "simulate"]
