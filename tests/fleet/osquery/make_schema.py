"""Makes `schema.json`: names, types and options of columns of osquery's published tables, for the emulator.

    python tests/fleet/osquery/make_schema.py /path/to/osquery/specs COMMIT > tests/fleet/osquery/schema.json

The specs are read as Python syntax and never run. Column names and types are facts; nothing else is taken over.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

TABLES = {
    "npm_packages": "npm_packages.table",
    "python_packages": "python_packages.table",
    "vscode_extensions": "vscode_extensions.table",
    "deb_packages": "linux/deb_packages.table",
    "file": "utility/file.table",
    "hash": "hash.table",
    "processes": "processes.table",
    "users": "users.table",
    "time": "utility/time.table",
}
OPTIONS = {"index", "required", "additional", "hidden", "optimized"}


def columns(calls: list[ast.Call]) -> list[dict[str, object]]:
    """Return the columns of a list of `Column(NAME, TYPE, TOLD, ...)`."""
    found = []
    for call in calls:
        assert isinstance(call.func, ast.Name)
        if call.func.id != "Column":
            continue
        name, kind = call.args[0], call.args[1]
        assert isinstance(name, ast.Constant)
        assert isinstance(kind, ast.Name)
        given = {each.arg: each.value for each in call.keywords}
        column: dict[str, object] = {"name": name.value, "type": kind.id}
        if options := sorted(OPTIONS & {str(each) for each in given}):
            column["options"] = options
        if isinstance(collate := given.get("collate"), ast.Constant):
            column["collate"] = collate.value
        found.append(column)
    return found


def table(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return a spec's columns: `all` systems, and those of `linux` and `darwin` alone."""
    made: dict[str, list[dict[str, object]]] = {"all": [], "linux": [], "darwin": []}
    for statement in ast.parse(path.read_text()).body:
        assert isinstance(statement, ast.Expr)
        call = statement.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id == "schema":
            made["all"] += columns(call.args[0].elts)  # type: ignore[attr-defined]
        elif call.func.id == "extended_schema" and (system := call.args[0].id.lower()) in made:  # type: ignore[attr-defined]
            made[system] += columns(call.args[1].elts)  # type: ignore[attr-defined]
    return made


def main() -> None:
    """Write the schema to standard output."""
    specs, commit = Path(sys.argv[1]), sys.argv[2]
    made = {"source": "https://github.com/osquery/osquery specs/", "commit": commit}
    print(json.dumps({**made, "tables": {name: table(specs / file) for name, file in TABLES.items()}}, indent=1))


if __name__ == "__main__":
    main()
