"""Which expressions of a Python program read the environment: `os.environ`, `os.getenv` and names for them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from wiretell.scan.literals.values import NameRead

_ENVIRONMENTS: Final = frozenset({"os.environ", "os.environb"})
_GETTERS: Final = frozenset({"os.getenv", "os.getenvb"})
_LONGEST: Final = 8
"""Calls on what was read, one after another, that are followed back to it."""
_METHODS: Final = frozenset({"get", "pop", "setdefault", "__getitem__", "__contains__"})


class Names:
    """The reads of one program, found on construction."""

    def __init__(self, nodes: Sequence[ast.AST], start: Callable[[ast.AST], int]) -> None:
        self._start = start
        self._imported = dict(_imports(nodes))
        self._held: dict[str, str] = {}
        self._used: set[int] = set()
        self.reads: list[NameRead] = []
        self.computed = 0
        self.whole = 0
        for node in nodes:
            self._find(node)
        for node in nodes:
            self._hold(node)
        self.whole = sum(1 for node in nodes if self._is_whole(node))

    def read_of(self, node: ast.expr) -> str:
        """Return `env:NAME` of an expression that reads a variable, or holds or alters what was read; else nothing."""
        for _ in range(_LONGEST):
            if (
                not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
                or self._name(node)[0] is not None
            ):
                break
            node = node.func.value  # os.environ["X"].lower()
        if isinstance(node, ast.Name):
            return self._held.get(node.id, "")
        name = self._name(node)[0]
        return f"env:{name}" if name else ""

    def _find(self, node: ast.AST) -> None:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            self._member(node)
            return
        name, spelling = self._name(node)
        if name is None:
            return
        if name == "":
            self.computed += 1
            return
        written = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
        self.reads.append(NameRead(name, "written" if written else spelling, self._start(node)))

    def _member(self, node: ast.Compare) -> None:
        (container,) = node.comparators
        if self._dotted(container) in _ENVIRONMENTS:
            self._used.add(id(container))
            name = _text(node.left)
            if name:
                self.reads.append(NameRead(name, "in os.environ", self._start(node.left)))
            else:
                self.computed += 1

    def _name(self, node: ast.AST) -> tuple[str | None, str]:
        """Return the variable that a node reads (empty where it is computed, None for no read), and the spelling."""
        match node:
            case ast.Subscript(value=value, slice=key) if self._dotted(value) in _ENVIRONMENTS:
                self._used.add(id(value))
                return _text(key), "os.environ"
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[key, *_]) if (
                attr in _METHODS and self._dotted(value) in _ENVIRONMENTS
            ):
                self._used.add(id(value))
                return _text(key), f"os.environ.{attr}"
            case ast.Call(func=func, args=[key, *_]) if self._dotted(func) in _GETTERS:
                return _text(key), "os.getenv"
        return None, ""

    def _hold(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found = self.read_of(node.value) if not isinstance(node.value, ast.Name) else ""
            if found:
                self._held[node.targets[0].id] = found

    def _is_whole(self, node: ast.AST) -> bool:
        loaded = isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load)
        return loaded and id(node) not in self._used and self._dotted(node) in _ENVIRONMENTS

    def _dotted(self, node: ast.AST) -> str:
        """Return the imported thing that a name or a member of a module stands for."""
        if isinstance(node, ast.Name):
            return self._imported.get(node.id, "")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self._imported.get(node.value.id, "")
            return f"{module}.{node.attr}" if module else ""
        return ""


def _imports(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield names of the program and what of `os` they stand for, simple assignments included."""
    yield "os", "os"
    for node in nodes:
        match node:
            case ast.Import():
                yield from ((alias.asname or alias.name, alias.name) for alias in node.names if alias.name == "os")
            case ast.ImportFrom(module="os"):
                yield from ((alias.asname or alias.name, f"os.{alias.name}") for alias in node.names)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(value=ast.Name(id="os"), attr=attr)):
                if f"os.{attr}" in _ENVIRONMENTS | _GETTERS:
                    yield name, f"os.{attr}"


def _text(node: ast.expr) -> str:
    if not isinstance(node, ast.Constant):
        return ""
    value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    return value if isinstance(value, str) else ""
