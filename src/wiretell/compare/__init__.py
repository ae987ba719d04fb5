"""Stage 4, pure: align the runs, learn what varies by itself, find differences and the facts behind them.

observations = observe(captures, hosts=hosts)
comparison = differences(observations, catalogue)
while probes := next_worlds(comparison, rng, budget): run them, observe all captures again, compare again
"""

from wiretell.compare.differences import Comparison, differences
from wiretell.compare.plan import Probe, next_worlds
from wiretell.compare.roles import BASE, Hosts, Observations, observe
from wiretell.compare.summary import destinations, template
from wiretell.compare.worlds import Catalogue

__all__ = [
    "BASE",
    "Catalogue",
    "Comparison",
    "Hosts",
    "Observations",
    "Probe",
    "destinations",
    "differences",
    "next_worlds",
    "observe",
    "template",
]
