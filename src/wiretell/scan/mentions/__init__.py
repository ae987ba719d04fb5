"""What a package names of its user's surroundings, and how near such names stand to each other. Mentions, no proofs."""

from wiretell.scan.mentions.clusters import clusters, near
from wiretell.scan.mentions.collect import Collected, Collector, collect
from wiretell.scan.mentions.facts import USUAL_NAMES, WATCH, environment_fact
from wiretell.scan.mentions.layout import Find, Layout

__all__ = [
    "USUAL_NAMES",
    "WATCH",
    "Collected",
    "Collector",
    "Find",
    "Layout",
    "clusters",
    "collect",
    "environment_fact",
    "near",
]
