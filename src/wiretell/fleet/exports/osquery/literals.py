"""Literals of SQLite, and rows of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_APART: Final = re.compile(r"([$\x00-\x1f\x7f-\x9f\u2028\u2029]+)")
"""Characters that a query carries as `char(...)`: `fleetctl gitops` takes `$` for the beginning of a variable, and line
breaks would not live through YAML, logs and shells."""


def text(value: str) -> str:
    """Return a text as a literal of one line. What is no Unicode (lone surrogates) becomes `?`.

    >>> text("it's 5$")
    "'it''s 5'||char(36)"
    """
    pieces = [_piece(each) for each in _APART.split(value.encode("utf-8", "replace").decode()) if each]
    return "||".join(pieces) or "''"


def _piece(piece: str) -> str:
    if _APART.fullmatch(piece):
        return f"char({', '.join(str(ord(char)) for char in piece)})"
    return "'" + piece.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Return `('a', 'b')`, in the order of the alphabet."""
    return f"({', '.join(map(text, sorted(values)))})"


def rows(values: Iterable[Sequence[str | int]]) -> str:
    """Return `VALUES (...), (...)`; at least one row."""
    made = [f"({', '.join(str(each) if isinstance(each, int) else text(each) for each in row)})" for row in values]
    assert made, "VALUES needs a row"
    return "VALUES " + ", ".join(made)
