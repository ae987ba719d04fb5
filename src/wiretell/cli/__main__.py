"""`python -m wiretell.cli`."""

from __future__ import annotations

from wiretell.cli import main

main()
