"""Reasons in plain words: what was relied on, how often that happens by chance, what would clear it.

The phrases that every report shares stand in report.hunt.wording; what is said here is said of one piece of evidence.
"""

from __future__ import annotations

from wiretell.model.hunt import Evidence, EvidenceKind
from wiretell.report.hunt import wording


def reason(evidence: Evidence) -> str:
    """Return one piece of evidence as sentences: the fact, and how often unrelated accounts show it."""
    if evidence.bits <= 0:
        return f"{wording.TITLES[evidence.kind].capitalize()}: not shown, {evidence.bits:.1f} bits."
    chance = wording.by_chance(evidence.by_chance)
    fact = evidence.example or wording.TITLES[evidence.kind]
    return f"{fact[0].upper()}{fact[1:]} (by chance: {chance}; {evidence.bits:+.1f} bits)."


def clears(kind: EvidenceKind) -> str:
    """Return what would clear a kind of evidence."""
    return wording.clears(kind)
