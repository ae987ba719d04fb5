"""Where compiled code is kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(name: str) -> Path | None:
    """Return that folder below `$XDG_CACHE_HOME/wiretell` (or `~/.cache/wiretell`), made; None where it cannot be.

    A relative XDG_CACHE_HOME is ignored, as the XDG base directory rules say.
    """
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(xdg) if xdg and Path(xdg).is_absolute() else Path.home() / ".cache"
        folder = base / "wiretell" / name
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK) else None
