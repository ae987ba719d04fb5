"""One table of the configuration: takes values out by name and type, and says in one sentence what is wrong with one.

No sentence repeats a value, unless it is written out in the file and is no secret: what came by `${...}` never shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapidfuzz import process

from wiretell.errors import UsageError
from wiretell.gateway.config.expanding import expand

_MAX_SHOWN_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a configuration stands and what its placeholders mean."""

    file: Path
    environ: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """What paths in the file are relative to."""
        return self.file.parent


class Table:
    """A table, or one of an array of tables; `where` names it: `[upstream.anthropic]`, `[[route]] 2`; empty: the top.

    :raises UsageError: for a name that is not among `known`, with the nearest of them.
    """

    def __init__(self, values: Mapping[str, Any], where: str, origin: Origin, known: Collection[str] | None) -> None:
        self._values = values
        self._where = where
        self._origin = origin
        for name in values if known is not None else ():
            if known is not None and name not in known:
                raise self.fault(f"there is no key {name!r}; {nearest(name, known)}")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it, in the file's order."""
        return tuple(self._values)

    def fault(self, sentence: str) -> UsageError:
        """Return an error that begins with the file and the table."""
        return UsageError(": ".join(filter(None, (str(self._origin.file), self._where, sentence))))

    def wrong(self, name: str, wanted: str) -> UsageError:
        """Return an error about a value that is no secret; it is shown as the file has it, placeholders unfilled."""
        value = self._values.get(name)
        shown = f", not {str(value)[:_MAX_SHOWN_CHARS]!r}" if isinstance(value, str | int | float) else ""
        return self.fault(f"{name!r} must be {wanted}{shown}.")

    def text(self, name: str) -> str | None:
        """Return a string with something in it, its placeholders filled in; None where there is no such key."""
        if name not in self._values:
            return None
        return self._string(self._values[name], name)

    def required(self, name: str) -> str:
        """Return a string that must be there."""
        value = self.text(name)
        if value is None:
            raise self.fault(f"{name!r} is missing.")
        return value

    def texts(self, name: str, *, or_one: bool = False) -> tuple[str, ...]:
        """Return a list of strings; with `or_one` a single one may stand for a list of it."""
        value = self._values.get(name, [])
        if or_one and isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            raise self.fault(f"{name!r} must be a list of strings{' or a string' if or_one else ''}.")
        return tuple(self._string(each, name) for each in value)

    def choice(self, name: str, among: Collection[str], default: str) -> str:
        """Return one of several words."""
        value = default if name not in self._values else self.required(name)
        if value not in among:
            raise self.wrong(name, f"one of {', '.join(among)}")
        return value

    def is_false(self, name: str) -> bool:
        """Whether a value is `false`, where another type is usual."""
        return self._values.get(name) is False

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def whole(self, name: str, *, least: int = 0) -> int | None:
        """Return a whole number from `least` up; None where there is no such key."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(name, f"a whole number from {least} up")
        return value

    def seconds(self, name: str, default: float) -> float:
        """Return a number of seconds over 0."""
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise self.wrong(name, "a number of seconds over 0")
        return float(value)

    def file(self, name: str) -> Path | None:
        """Return the path of a file that is there; None where there is no such key."""
        value = self.text(name)
        return None if value is None else self._file(value, name)

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the paths of files that are there."""
        return tuple(self._file(value, name) for value in self.texts(name, or_one=True))

    def path(self, value: str) -> Path:
        """Return a path relative to the file."""
        return self._origin.folder / Path(value).expanduser()

    def table(self, name: str, known: Collection[str] | None) -> Table:
        """Return a table in this one; an empty one where it is missing."""
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise self.fault(f"{name!r} must be a table.")
        return Table(value, self._below(name), self._origin, known)

    def tables(self, name: str, known: Collection[str]) -> list[Table]:
        """Return an array of tables."""
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.fault(f"{name!r} must be an array of tables: [[{name}]].")
        return [Table(each, f"[[{name}]] {n}", self._origin, known) for n, each in enumerate(value, 1)]

    def literal(self, name: str, value: str) -> bool:
        """Whether a value stands in the file as it is, so that it may be shown."""
        given = self._values.get(name)
        return given == value or (isinstance(given, list) and value in given)

    def _below(self, name: str) -> str:
        if self._where.startswith("[["):
            return f"{self._where}: [{name}]"
        return f"{self._where[:-1]}.{name}]" if self._where else f"[{name}]"

    def _string(self, value: object, name: str) -> str:
        if not isinstance(value, str) or not value:
            raise self.fault(f"{name!r} must be a string with something in it.")
        place = ": ".join(filter(None, (str(self._origin.file), self._where, repr(name))))
        return expand(value, self._origin.environ, self._origin.folder, place)

    def _file(self, value: str, name: str) -> Path:
        path = self.path(value)
        if not path.is_file():
            raise self.wrong(name, "a file that is there, its path relative to the configuration")
        return path


def nearest(word: str, known: Collection[str]) -> str:
    """Return `did you mean X?` for the known word nearest to `word`, or all known words where none is near."""
    found = process.extractOne(word.lower(), sorted(known), score_cutoff=60)
    return f"did you mean {found[0]!r}?" if found else f"there are {', '.join(known)}."
