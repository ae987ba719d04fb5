"""From weights to campaigns: tiers by what each account shows itself, innocent explanations, and the words for it."""

from wiretell.hunt.judging.alternatives import alternatives
from wiretell.hunt.judging.campaigns import Judged, judge, numbered, settled
from wiretell.hunt.judging.parting import parted

__all__ = ["Judged", "alternatives", "judge", "numbered", "parted", "settled"]
