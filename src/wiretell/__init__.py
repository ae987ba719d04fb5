"""wiretell shows what an AI coding agent tells its vendor about the person who runs it."""

from __future__ import annotations

__version__ = "0.1.0"
