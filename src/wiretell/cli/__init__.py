"""One file a command: parse, call, print, exit code."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `wiretell` command."""
