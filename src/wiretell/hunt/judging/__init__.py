"""From weights to campaigns: tiers by what each account shows itself, innocent explanations, and the words for it."""

from wiretell.hunt.judging.alternatives import alternatives
from wiretell.hunt.judging.campaigns import Judged, judge, numbered, settled
from wiretell.hunt.judging.reasons import clears, reason

__all__ = ["Judged", "alternatives", "clears", "judge", "numbered", "reason", "settled"]
