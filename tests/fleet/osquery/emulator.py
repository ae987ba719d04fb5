"""osquery's tables in SQLite, filled from a folder by the rules of osquery's own code; nothing of wiretell's is used.

What osquery computes when it is asked (`file` for a LIKE, `npm_packages` for a directory) lies here in a table
beforehand: `file` holds all paths, folders with a slash at the end as glob(3) marks them, and a LIKE whose pattern is
a path is osquery's glob: `%` is within one part of a path and does not begin a hidden name. `npm_packages` and
`python_packages` hold rows for every directory that could be asked for; that queries do ask is a test of its own.
Column names, types and collations are those of `schema.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA = json.loads(Path(__file__).with_name("schema.json").read_text())
EDITIONS = {".vscode": "vscode", ".vscode-server": "vscode", ".vscode-oss": "vscodium", ".cursor": "cursor"}
MANIFEST_KEYS = ("name", "version", "description", "homepage")


@dataclass(frozen=True, slots=True)
class User:
    """A row of `users`."""

    uid: int
    username: str
    directory: str


def columns(table: str, system: str = "linux") -> list[dict[str, Any]]:
    """Return a table's columns on a system."""
    found: list[dict[str, Any]] = [*SCHEMA["tables"][table]["all"], *SCHEMA["tables"][table][system]]
    return found


def connect(system: str = "linux") -> sqlite3.Connection:
    """Return a connection with osquery's tables, empty."""
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    for name in ("version", "version_dpkg"):
        database.create_collation(name, _compare)
    database.create_function("like", 2, _like, deterministic=True)
    for table in SCHEMA["tables"]:
        if table == "deb_packages" and system != "linux":
            continue
        listed = ", ".join(
            f"{column['name']} {column['type']} COLLATE {column.get('collate', 'binary')}"
            for column in columns(table, system)
        )
        database.execute(f"CREATE TABLE {table}({listed})")
    for table, column in (
        ("file", "path"),
        ("hash", "path"),
        ("npm_packages", "directory"),
        ("vscode_extensions", "uid"),
    ):
        database.execute(f"CREATE INDEX {table}_{column} ON {table}({column})")
    return database


def insert(database: sqlite3.Connection, table: str, **values: object) -> None:
    """Add a row; columns that are not named are NULL."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f"INSERT INTO {table}({names}) VALUES ({marks})", tuple(values.values()))


def staged(root: Path, users: tuple[User, ...], now: int) -> sqlite3.Connection:
    """Return osquery's tables of a machine whose root folder is `root`. `now`: seconds since 1970."""
    database = connect()
    insert(database, "time", unix_time=now, timezone="UTC")
    for user in users:
        insert(database, "users", uid=user.uid, gid=user.uid, username=user.username, directory=user.directory)
    for path, is_folder in _walk(root):
        _file(database, root, path, is_folder=is_folder)
        if path.name == "node_modules" and is_folder:
            _npm(database, root, path.parent)
        if path.name in ("site-packages", "dist-packages") and is_folder:
            _python(database, root, path)
    for user in users:
        _extensions(database, root, user)
    _debian(database, root / "var/lib/dpkg/status")
    return database


def advance(database: sqlite3.Connection, now: int) -> None:
    """Set the machine's clock."""
    database.execute("UPDATE time SET unix_time = ?", (now,))


def _told(root: Path, path: Path) -> str:
    return "/" + str(path.relative_to(root))


def _walk(root: Path) -> Iterator[tuple[Path, bool]]:
    for folder, folders, files in os.walk(root, followlinks=True):
        for name in folders:
            yield Path(folder, name), True
        for name in files:
            yield Path(folder, name), False


def _file(database: sqlite3.Connection, root: Path, path: Path, *, is_folder: bool) -> None:
    """osquery/tables/utility/file.cpp, genFileInfoPosix; filesystem.cpp, genGlobs (GLOB_MARK)."""
    told = _told(root, path)
    kind = "directory" if path.is_dir() else "regular" if path.is_file() else "unknown"
    insert(
        database,
        "file",
        path=told + ("/" if is_folder else ""),
        directory=told.rpartition("/")[0],
        filename="." if is_folder else path.name,
        size=path.stat().st_size if path.exists() else 0,
        type=kind,
        symlink=int(path.is_symlink()),
    )
    if kind == "regular":
        insert(database, "hash", path=told, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _npm(database: sqlite3.Connection, root: Path, directory: Path) -> None:
    """osquery/tables/system/npm_packages.cpp, genNodeSiteDirectories: packages, and packages in packages."""
    waiting = [(directory, 0)]
    while waiting:
        folder, depth = waiting.pop()
        for manifest in (*folder.glob("node_modules/*/package.json"), *folder.glob("node_modules/@*/*/package.json")):
            if manifest.parent.name.startswith("."):
                continue
            try:
                read = json.loads(manifest.read_text())
            except ValueError:
                read = {}
            read = read if isinstance(read, dict) else {}
            values = {key: value if isinstance(value := read[key], str) else "" for key in MANIFEST_KEYS if key in read}
            insert(
                database,
                "npm_packages",
                **values,
                directory=_told(root, directory),
                path=_told(root, manifest),
                depth=depth,
            )
            if (manifest.parent / "node_modules").is_dir():
                waiting.append((manifest.parent, depth + 1))


def _python(database: sqlite3.Connection, root: Path, site: Path) -> None:
    """osquery/tables/system/python_packages.cpp, genSiteDirectories and genPackage: `KEY: VALUE` with one colon."""
    for path in site.rglob("*"):
        if not path.is_dir() or path.suffix not in (".dist-info", ".egg-info"):
            continue
        values = {}
        file = path / ("METADATA" if path.suffix == ".dist-info" else "PKG-INFO")
        for line in file.read_text().split("\n") if file.is_file() else ():
            parts = [part.strip() for part in line.split(":") if part]
            if len(parts) == 2 and parts[0] in ("Name", "Version", "Summary", "Author", "License"):
                values[parts[0].lower()] = parts[1]
                if parts[0] == "License":
                    break
        insert(database, "python_packages", **values, uid=0, directory=_told(root, site), path=_told(root, path))


def _extensions(database: sqlite3.Connection, root: Path, user: User) -> None:
    """osquery/tables/applications/vscode_extensions.cpp: what `extensions.json` of each known editor lists."""
    for folder, edition in EDITIONS.items():
        listed = root / user.directory.lstrip("/") / folder / "extensions/extensions.json"
        if not listed.is_file():
            continue
        for entry in json.loads(listed.read_text()):
            insert(
                database,
                "vscode_extensions",
                uid=user.uid,
                vscode_edition=edition,
                name=entry["identifier"]["id"],
                version=entry["version"],
                path=entry["location"]["path"],
            )


def _debian(database: sqlite3.Connection, status: Path) -> None:
    """osquery/tables/system/linux/deb_packages.cpp: all that libdpkg knows, whatever its state."""
    for paragraph in status.read_text().split("\n\n") if status.is_file() else ():
        fields = dict(line.split(": ", 1) for line in paragraph.split("\n") if ": " in line and line[0] != " ")
        if "Package" in fields:
            insert(database, "deb_packages", name=fields["Package"], version=fields["Version"], status=fields["Status"])


def _like(pattern: str | None, value: str | None) -> bool | None:
    """SQLite's LIKE; of a pattern that is a path, osquery's glob."""
    if pattern is None or value is None:
        return None
    return _pattern(pattern).fullmatch(str(value)) is not None


@lru_cache(maxsize=20_000)
def _pattern(pattern: str) -> re.Pattern[str]:
    if not pattern.startswith("/"):
        made = "".join(".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
        return re.compile(made, re.IGNORECASE | re.DOTALL)
    return re.compile("/".join(map(_part, pattern.split("/"))) + "/?", re.DOTALL)


def _part(part: str) -> str:
    if part == "%":
        return "[^/.][^/]*"
    return ("(?![.])" if part.startswith("%") else "") + "[^/]*".join(map(re.escape, part.split("%")))


def _compare(left: str, right: str) -> int:
    """As osquery's collation `version`: texts of one length that differ in separators alone are the same."""
    one, other = (re.sub(r"[~^:-]", ".", side) for side in (left, right))
    return (one > other) - (one < other)
