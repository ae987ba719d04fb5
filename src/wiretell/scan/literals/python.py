"""Python programs by the standard `ast`; what is no Python 3 by regular expressions, and said to be so."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.scan.interface import Piece
from wiretell.scan.literals.python_names import Names
from wiretell.scan.literals.values import Form, Literal, NameRead, ReadPiece, Watched
from wiretell.scan.literals.worker import Settings

LARGEST: Final = 8_000_000
"""Bytes of one program; its tree takes about fifty times as much."""
_WHAT: Final = "string literals of Python"
_METHODS: Final = frozenset({"startswith", "endswith", "find", "index", "count", "fullmatch", "match", "search"})
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_BOM: Final = b"\xef\xbb\xbf"
_ROUGH_STRING: Final = re.compile(rb"([\"'])((?:\\.|(?!\1)[^\\\n])*)\1")
_ROUGH_READ: Final = re.compile(
    rb"(os\.environ\.(?:get|pop|setdefault)\(|os\.getenv\(|os\.environ\[)\s*[\"']([A-Za-z_]\w*)[\"']"
)


def read_python(piece: Piece, settings: Settings) -> ReadPiece:
    """Read one program. Offsets are those of its UTF-8 form; nearly every program is stored so."""
    source = bytes(piece.data)
    if len(source) > LARGEST:
        return _roughly(piece, source, f"it is larger than {LARGEST // 1_000_000} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            return _Tree(source, settings).read(piece, tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _roughly(piece, source, f"no Python to this interpreter ({error})")


class _Tree:
    """One walk over a tree, collecting."""

    def __init__(self, source: bytes, settings: Settings) -> None:
        self._lines = [0, *(match.end() for match in _LINE_END.finditer(source))]
        self._bom = len(_BOM) if source.startswith(_BOM) else 0
        self._watch = frozenset(settings.watch)
        self._literals: list[Literal] = []
        self._watched: list[Watched] = []
        self._compared: dict[int, str] = {}
        """Constants that something is compared with, by identity of their node: what was read, or empty."""
        self._called: set[int] = set()
        self._pieces: set[int] = set()

    def read(self, piece: Piece, tree: ast.Module) -> ReadPiece:
        names = Names(tree, self._start)
        nodes = list(ast.walk(tree))
        for node in nodes:
            self._relate(node, names)
        for node in nodes:
            self._collect(node)
        self._literals.sort(key=lambda literal: literal.start)
        return ReadPiece(
            path=piece.path,
            kind=piece.kind,
            inside=piece.inside,
            literals=tuple(self._literals),
            names=tuple(sorted(names.reads, key=lambda read: read.start)),
            watched=tuple(sorted(self._watched, key=lambda seen: seen.start)),
            computed=names.computed,
            whole=names.whole,
        )

    def _start(self, node: ast.AST) -> int:
        line: int = getattr(node, "lineno", 1)
        column: int = getattr(node, "col_offset", 0)
        return self._lines[min(line, len(self._lines)) - 1] + column + (self._bom if line == 1 else 0)

    def _end(self, node: ast.expr) -> int:
        line = node.end_lineno or node.lineno
        column = node.end_col_offset or node.col_offset
        return self._lines[min(line, len(self._lines)) - 1] + column + (self._bom if line == 1 else 0)

    def _relate(self, node: ast.AST, names: Names) -> None:
        """Note which constants are compared, and with what."""
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                self._mark(sides, next(filter(None, map(names.read_of, sides)), ""))
            case ast.Call(func=ast.Attribute(attr=method, value=receiver), args=args) if method in _METHODS:
                self._called.add(id(node.func))
                self._mark(args, names.read_of(receiver))
            case ast.Call():
                self._called.add(id(node.func))
            case ast.Match():
                values = [case.pattern.value for case in node.cases if isinstance(case.pattern, ast.MatchValue)]
                self._mark(values, names.read_of(node.subject))
            case ast.JoinedStr():
                self._pieces.update(id(value) for value in node.values)

    def _mark(self, sides: list[ast.expr], operand: str) -> None:
        for side in sides:
            members = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
            self._compared.update((id(member), operand) for member in members)

    def _collect(self, node: ast.AST) -> None:
        match node:
            case ast.Constant(value=str(value)) if id(node) not in self._pieces:
                self._add(node, value, Form.STRING)
            case ast.Constant(value=bytes(data)):
                self._add(node, data.decode("latin-1"), Form.STRING)
            case ast.JoinedStr():
                parts = (part.value for part in node.values if isinstance(part, ast.Constant))
                for text in parts:
                    self._add(node, str(text), Form.TEMPLATE)
            case ast.BinOp(op=ast.Add()) if (joined := _joined(node)) is not None:
                self._add(node, joined, Form.JOINED)
            case ast.Attribute(attr=name) if name in self._watch:
                self._notice(node, name, ".", self._end(node) - len(name))
            case ast.Name(id=name) if name in self._watch:
                self._notice(node, name, "name", self._start(node))
            case ast.ImportFrom() | ast.Import():
                found = (alias for alias in node.names if alias.name in self._watch)
                self._watched.extend(Watched(alias.name, "import", self._start(alias)) for alias in found)

    def _add(self, node: ast.expr, value: str, form: Form) -> None:
        text = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        compared = id(node) in self._compared
        operand = self._compared.get(id(node), "")
        self._literals.append(Literal(self._start(node), self._end(node), form, compared, text, operand))

    def _notice(self, node: ast.expr, name: str, spelling: str, start: int) -> None:
        called = "()" if id(node) in self._called else ""
        self._watched.append(Watched(name, spelling + called, start))


def _joined(node: ast.BinOp) -> str | None:
    """The text of a chain of `+` with nothing but literals in it. A loop: such chains can be long."""
    parts: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        if not (isinstance(left.right, ast.Constant) and isinstance(left.right.value, str)):
            return None
        parts.append(left.right.value)
        left = left.left
    if not (isinstance(left, ast.Constant) and isinstance(left.value, str)):
        return None
    return "".join((left.value, *reversed(parts)))


def _roughly(piece: Piece, source: bytes, why: str) -> ReadPiece:
    missing = NotExamined(f"{_WHAT}: {piece.path} was searched by patterns only", why)
    reads = tuple(
        NameRead(match[2].decode(), match[1].decode().rstrip("(["), match.start(2))
        for match in _ROUGH_READ.finditer(source)
    )
    literals = tuple(_rough_literals(source))
    return ReadPiece(piece.path, piece.kind, piece.inside, literals, reads, (), 0, 0, (missing,))


def _rough_literals(source: bytes) -> Iterator[Literal]:
    for match in _ROUGH_STRING.finditer(source):
        yield Literal(match.start(), match.end(), Form.STRING, False, match[2].decode("utf-8", "replace"))
