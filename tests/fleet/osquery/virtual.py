"""osquery's tables as virtual tables, as osquery itself has them: they see a query only by what SQLite hands to them.

`emulator` fills tables beforehand and so answers queries that osquery would not: it cannot tell whether a condition
reaches the table. Here it has to (https://sqlite.org/vtab.html): `file` and `hash` give nothing without a path,
`npm_packages` and `python_packages` nothing without a directory, tables of users only root's rows without a uid. As in
osquery's virtual_table.cpp, a condition counts where the column has an option for it (`index`, `required` ...).
"""

from __future__ import annotations

import ctypes as c
import ctypes.util
import sqlite3
from collections.abc import Iterator
from typing import Any

from tests.fleet.osquery import emulator

OK, ROW, DONE = 0, 100, 101
EQUALS, LIKE = 2, 65
CHEAP, DEAR = 1.0, 1_000_000.0
ASKED_BY = {
    "file": ("path", "directory"),
    "hash": ("path", "directory"),
    "npm_packages": ("directory",),
    "python_packages": ("directory",),
}
OF_USERS = ("vscode_extensions",)


class Constraint(c.Structure):
    _fields_ = (("column", c.c_int), ("op", c.c_ubyte), ("usable", c.c_ubyte), ("term", c.c_int))


class Usage(c.Structure):
    _fields_ = (("argument", c.c_int), ("omit", c.c_ubyte))


class Index(c.Structure):
    _fields_ = (
        ("count", c.c_int),
        ("constraints", c.POINTER(Constraint)),
        ("order_count", c.c_int),
        ("orders", c.c_void_p),
        ("usage", c.POINTER(Usage)),
        ("number", c.c_int),
        ("text", c.c_char_p),
        ("free_text", c.c_int),
        ("order_consumed", c.c_int),
        ("cost", c.c_double),
        ("rows", c.c_int64),
    )


class Table(c.Structure):
    _fields_ = (("module", c.c_void_p), ("references", c.c_int), ("error", c.c_char_p), ("key", c.c_int))


class Cursor(c.Structure):
    _fields_ = (("table", c.POINTER(Table)), ("key", c.c_int))


P = c.c_void_p
CONNECT = c.CFUNCTYPE(c.c_int, P, P, c.c_int, P, c.POINTER(c.POINTER(Table)), P)
BEST = c.CFUNCTYPE(c.c_int, c.POINTER(Table), c.POINTER(Index))
ONE_TABLE = c.CFUNCTYPE(c.c_int, c.POINTER(Table))
OPEN = c.CFUNCTYPE(c.c_int, c.POINTER(Table), c.POINTER(c.POINTER(Cursor)))
ONE_CURSOR = c.CFUNCTYPE(c.c_int, c.POINTER(Cursor))
FILTER = c.CFUNCTYPE(c.c_int, c.POINTER(Cursor), c.c_int, P, c.c_int, c.POINTER(P))
COLUMN = c.CFUNCTYPE(c.c_int, c.POINTER(Cursor), P, c.c_int)
ROWID = c.CFUNCTYPE(c.c_int, c.POINTER(Cursor), c.POINTER(c.c_int64))
_SLOTS = (
    *(("create", CONNECT), ("connect", CONNECT), ("best", BEST), ("disconnect", ONE_TABLE), ("destroy", ONE_TABLE)),
    *(("open", OPEN), ("close", ONE_CURSOR), ("filter", FILTER), ("next", ONE_CURSOR), ("eof", ONE_CURSOR)),
    *(("column", COLUMN), ("rowid", ROWID)),
)


class Module(c.Structure):
    _fields_ = (("version", c.c_int), *_SLOTS, *((f"unused{number}", P) for number in range(14)))


def library() -> c.CDLL | None:
    """Return the SQLite of this machine; None where there is none to load."""
    name = ctypes.util.find_library("sqlite3")
    if name is None:
        return None
    found = c.CDLL(name)
    found.sqlite3_value_text.restype = c.c_char_p
    found.sqlite3_value_text.argtypes = (P,)
    found.sqlite3_column_text.restype = c.c_char_p
    found.sqlite3_column_text.argtypes = (P, c.c_int)
    found.sqlite3_errmsg.restype = c.c_char_p
    found.sqlite3_errmsg.argtypes = (P,)
    found.sqlite3_result_text.argtypes = (P, c.c_char_p, c.c_int, P)
    found.sqlite3_result_int64.argtypes = (P, c.c_int64)
    found.sqlite3_result_null.argtypes = (P,)
    return found


class Virtual:
    """A connection to virtual tables over what an emulated machine has."""

    def __init__(self, lib: c.CDLL, machine: sqlite3.Connection) -> None:
        self._lib = lib
        self._machine = machine
        self._names = [row[0] for row in machine.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self._columns = {name: emulator.columns(name) for name in self._names}
        self._plans: list[list[tuple[str, int]]] = []
        self._cursors: dict[int, tuple[list[tuple[Any, ...]], int]] = {}
        self._alive: list[Any] = []
        self.calls: dict[str, int] = {}
        """How often each table was asked."""
        self._db = P()
        assert lib.sqlite3_open(b":memory:", c.byref(self._db)) == OK
        collate = c.CFUNCTYPE(c.c_int, P, c.c_int, P, c.c_int, P)(lambda *_: 0)
        self._alive.append(collate)
        for key, name in enumerate(self._names):
            self._create(key, name)

    def _create(self, key: int, name: str) -> None:
        columns = ", ".join(f"{each['name']} {each['type']}" for each in self._columns[name])

        def connect(db: int, _aux: int, _count: int, _given: int, made: Any, _error: int) -> int:
            table = Table(key=key)
            self._alive.append(table)
            made[0] = c.pointer(table)
            return int(self._lib.sqlite3_declare_vtab(P(db), f"CREATE TABLE x({columns})".encode()))

        functions = {
            "create": CONNECT(connect),
            "connect": CONNECT(connect),
            "best": BEST(self._best),
            "disconnect": ONE_TABLE(lambda _: OK),
            "destroy": ONE_TABLE(lambda _: OK),
            "open": OPEN(self._open),
            "close": ONE_CURSOR(lambda _: OK),
            "filter": FILTER(self._filter),
            "next": ONE_CURSOR(self._next),
            "eof": ONE_CURSOR(self._eof),
            "column": COLUMN(self._column),
            "rowid": ROWID(self._rowid),
        }
        module = Module(version=1, **functions)
        self._alive += [module, functions]
        assert self._lib.sqlite3_create_module(self._db, name.encode(), c.byref(module), None) == OK
        list(self.run(f"CREATE VIRTUAL TABLE {name} USING {name}"))

    def _best(self, table: Any, index: Any) -> int:
        name, info = self._names[table[0].key], index[0]
        plan: list[tuple[str, int]] = []
        info.cost = DEAR
        for number in range(info.count):
            constraint = info.constraints[number]
            if not constraint.usable or constraint.column < 0:
                continue
            column = self._columns[name][constraint.column]
            if {"index", "required", "additional"} & set(column.get("options", ())):
                plan.append((column["name"], constraint.op))
                info.usage[number].argument = len(plan)
                info.cost = CHEAP
        self._plans.append(plan)
        info.number = len(self._plans) - 1
        return OK

    def _open(self, table: Any, made: Any) -> int:
        cursor = Cursor(key=len(self._alive))
        self._alive.append(cursor)
        made[0] = c.pointer(cursor)
        return OK

    def _filter(self, cursor: Any, number: int, _text: int, count: int, values: Any) -> int:
        name = self._names[cursor[0].table[0].key]
        told = [self._lib.sqlite3_value_text(values[at]) for at in range(count)]
        asked = [(*self._plans[number][at], value.decode()) for at, value in enumerate(told) if value]
        self.calls[name] = self.calls.get(name, 0) + 1
        self._cursors[cursor[0].key] = (list(self._rows(name, asked)), 0)
        return OK

    def _rows(self, name: str, asked: list[tuple[str, int, str]]) -> Iterator[tuple[Any, ...]]:
        usable = [
            (column, {EQUALS: "=", LIKE: "LIKE"}[op], value) for column, op, value in asked if op in (EQUALS, LIKE)
        ]
        if name in ASKED_BY and not any(column in ASKED_BY[name] for column, *_ in usable):
            return iter(())
        if name.endswith("_packages"):
            usable = [each for each in usable if each[1] == "="]
            if name in ASKED_BY and not usable:
                return iter(())
        if name in OF_USERS and not any(column == "uid" for column, *_ in usable):
            usable = [("uid", "=", "0")]
        where = " AND ".join(f"{column} {op} ?" for column, op, _ in usable) or "1"
        return map(tuple, self._machine.execute(f"SELECT * FROM {name} WHERE {where}", [value for *_, value in usable]))

    def _next(self, cursor: Any) -> int:
        rows, at = self._cursors[cursor[0].key]
        self._cursors[cursor[0].key] = (rows, at + 1)
        return OK

    def _eof(self, cursor: Any) -> int:
        rows, at = self._cursors[cursor[0].key]
        return int(at >= len(rows))

    def _column(self, cursor: Any, context: int, number: int) -> int:
        rows, at = self._cursors[cursor[0].key]
        value = rows[at][number]
        if value is None:
            self._lib.sqlite3_result_null(P(context))
        elif isinstance(value, int):
            self._lib.sqlite3_result_int64(P(context), value)
        else:
            text = str(value).encode()
            self._lib.sqlite3_result_text(P(context), text, len(text), P(-1))
        return OK

    def _rowid(self, cursor: Any, row: Any) -> int:
        row[0] = self._cursors[cursor[0].key][1]
        return OK

    def run(self, sql: str) -> Iterator[tuple[str, ...]]:
        """Yield the rows of one statement, as texts."""
        statement = P()
        code = self._lib.sqlite3_prepare_v2(self._db, sql.encode(), -1, c.byref(statement), None)
        assert code == OK, self._lib.sqlite3_errmsg(self._db)
        width = self._lib.sqlite3_column_count(statement)
        while (code := self._lib.sqlite3_step(statement)) == ROW:
            yield tuple((self._lib.sqlite3_column_text(statement, at) or b"").decode() for at in range(width))
        assert code == DONE, self._lib.sqlite3_errmsg(self._db)
        self._lib.sqlite3_finalize(statement)
