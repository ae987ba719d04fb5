"""Shared keys: one account with many users behind it. Judged an account at a time, without the graph."""

from wiretell.hunt.keys.judge import shared_keys

__all__ = ["shared_keys"]
