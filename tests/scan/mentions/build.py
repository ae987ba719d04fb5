"""Read pieces made by hand."""

from __future__ import annotations

from wiretell.model.scan import Place
from wiretell.scan.interface import JAVASCRIPT
from wiretell.scan.literals import Form, Literal, NameRead, ReadPiece, Watched


def literal(start: int, value: str, operand: str = "", compared: bool = False, form: Form = Form.STRING) -> Literal:
    return Literal(start, start + len(value.encode()) + 2, form, compared or operand != "", value, operand)


def piece(
    *literals: Literal,
    names: tuple[NameRead, ...] = (),
    watched: tuple[Watched, ...] = (),
    path: str = "cli.js",
    inside: Place | None = None,
    computed: int = 0,
    whole: int = 0,
) -> ReadPiece:
    return ReadPiece(path, JAVASCRIPT, inside, literals, names, watched, computed, whole)
