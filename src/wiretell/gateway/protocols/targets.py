"""Request targets: path and query, and what must not slip past a policy by its spelling. Pure.

A path is served only in its plain spelling. `//`, `..`, percent-encoded letters and the like are served by nobody,
because an upstream may resolve them to a path that nobody decided on. Only a model's name may be percent-encoded, once.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

_QUERY = re.compile(r"[!\"$-~]*", re.ASCII)
"""Any visible ASCII but the number sign, which would begin a fragment."""
_NAME = re.compile(r"[A-Za-z0-9._~@:+\[\]-]{1,256}", re.ASCII)
_DOTS: Final = frozenset({".", ".."})


def split(target: str) -> tuple[str, str] | None:
    """Return path and query (with its question mark, or empty); None for what is no plain target in origin form."""
    path, mark, query = target.partition("?")
    if not path.startswith("/") or not _QUERY.fullmatch(query):
        return None
    return path, mark + query


def model_name(segment: str) -> str | None:
    """Return a path segment that names a model, percent-decoded once; None where it could be anything else."""
    name = unquote(segment, errors="replace") if segment.isascii() else ""
    return name if _NAME.fullmatch(name) and name not in _DOTS else None


def with_model(target: str, model: str) -> str:
    """Return the target of a call (`.../models/NAME:METHOD?QUERY`) with another model in it, percent-encoded."""
    path, mark, query = target.partition("?")
    before, colon, method = path.rpartition(":")
    folder, slash, _ = before.rpartition("/")
    return f"{folder}{slash}{quote(model, safe='@')}{colon}{method}{mark}{query}"


def model_listing(path: str, prefix: str) -> str | None:
    """Return the model that `GET /v1/models/ID` names, empty for `GET /v1/models`; None for other paths."""
    if path == prefix:
        return ""
    if path.startswith(f"{prefix}/"):
        return model_name(path[len(prefix) + 1 :])
    return None
