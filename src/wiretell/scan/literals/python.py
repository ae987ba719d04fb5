"""Python programs by the standard `ast`; what is no Python 3 by regular expressions, and said to be so."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.scan.interface import Buffer, Piece
from wiretell.scan.literals.python_names import Names
from wiretell.scan.literals.values import Form, Literal, NameRead, ReadPiece, Watched
from wiretell.scan.literals.worker import Settings

LARGEST: Final = 1_000_000
"""Bytes of one program that is parsed; its tree takes fifty times as much, and four hundred times at worst."""
MOST: Final = 1_000_000
"""Literals and reads that are found by patterns in one program, each."""
_WHAT: Final = "string literals of Python"
_METHODS: Final = frozenset({"startswith", "endswith", "find", "index", "count", "fullmatch", "match", "search"})
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_BOM: Final = b"\xef\xbb\xbf"
_QUOTE: Final = re.compile(rb"[\"']")
_BODY: Final = {
    b'"': re.compile(rb"(?:[^\"\\\n]++|\\.)*+"),
    b"'": re.compile(rb"(?:[^'\\\n]++|\\.)*+"),
}
_ROUGH_READ: Final = re.compile(
    rb"(os\.environ\.(?:get|pop|setdefault)\(|os\.getenv\(|os\.environ\[)\s*[\"']([A-Za-z_]\w{0,199})[\"']"
)
_NODES: Final = (
    *(ast.Compare, ast.Call, ast.Match, ast.JoinedStr, ast.BinOp, ast.Attribute, ast.Name, ast.Subscript, ast.Assign),
    *(ast.Import, ast.ImportFrom),
)


def read_python(piece: Piece, settings: Settings) -> ReadPiece:
    """Read one program. Offsets are those of its UTF-8 form; nearly every program is stored so."""
    if len(piece.data) > LARGEST:
        return _roughly(piece, piece.data, f"it is larger than {LARGEST // 1_000_000} MB")
    source = bytes(piece.data)
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
        self._chained: set[int] = set()
        """Sums that are part of a chain that was looked at from its end."""

    def read(self, piece: Piece, tree: ast.Module) -> ReadPiece:
        nodes = [node for node in ast.walk(tree) if _matters(node)]
        names = Names(nodes, self._start)
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
            case ast.BinOp(op=ast.Add()) if id(node) not in self._chained:
                joined = self._joined(node)
                if joined is not None:
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

    def _joined(self, node: ast.BinOp) -> str | None:
        """The text of a chain of `+` with nothing but literals in it, looked at once, from its last sum.

        A loop: such chains can be long. Each literal is in one chain, so that all texts together are no longer than
        the program.
        """
        parts: list[str] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            self._chained.add(id(left))
            if not (isinstance(left.right, ast.Constant) and isinstance(left.right.value, str)):
                return None
            parts.append(left.right.value)
            left = left.left
        if not (isinstance(left, ast.Constant) and isinstance(left.value, str)):
            return None
        return "".join((left.value, *reversed(parts)))


def _matters(node: ast.AST) -> bool:
    return isinstance(node, _NODES) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _roughly(piece: Piece, source: Buffer, why: str) -> ReadPiece:
    said = [NotExamined(f"{_WHAT}: {piece.path} was searched by patterns only", why)]
    reads = tuple(
        NameRead(match[2].decode(), match[1].decode().rstrip("(["), match.start(2))
        for match in islice(_ROUGH_READ.finditer(source), MOST)
    )
    literals = tuple(islice(_rough_literals(source), MOST))
    if MOST in (len(literals), len(reads)):
        said.append(NotExamined(f"{_WHAT}: the rest of {piece.path}", f"it holds more than {MOST} of them"))
    return ReadPiece(piece.path, piece.kind, piece.inside, literals, reads, (), 0, 0, tuple(said))


def _rough_literals(source: Buffer) -> Iterator[Literal]:
    """Give what stands between quotes on one line, in linear time.

    Where a quote is not closed on its line, no later one of its kind on that line is: had one been, outside of an
    escape, it would have closed the first, and behind an escape both are followed by the same. So none is tried again.
    """
    unclosed = {b'"': 0, b"'": 0}
    at = 0
    while (match := _QUOTE.search(source, at)) is not None:
        start, quote = match.start(), match[0]
        at = start + 1
        if start < unclosed[quote]:
            continue
        body = _BODY[quote].match(source, at)
        end = body.end() if body is not None else at
        if bytes(source[end : end + 1]) == quote:
            text = bytes(source[at:end]).decode("utf-8", "replace")
            at = end + 1
            yield Literal(start, at, Form.STRING, False, text)
        else:
            unclosed[quote] = end
