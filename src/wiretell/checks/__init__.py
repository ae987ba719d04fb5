"""Stage 5: one file a check, from differences to findings with class and carrier."""

from wiretell.checks.judging import Findings, judge

__all__ = ["Findings", "judge"]
