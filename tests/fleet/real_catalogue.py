"""Real packages of the catalogue's products, held against the catalogue: `python -m tests.fleet.real_catalogue HOME`.

`HOME` is a made-up home into which packages were installed before, by the packages' own managers and with scripts off
(docs/fleet-products.md says how). This installs nothing, asks no registry and starts no package's program: it takes an
inventory of that home, and a second one of a home of its own, in which each program that was found lies under another
name, and a file of settings of each form. It prints a table.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.settings.test_forms import SAMPLES, form_for, text_of
from wiretell.fleet import surroundings
from wiretell.fleet.taking import TakeOptions, take
from wiretell.model.fleet import Install, Inventory, Recognised

HEAD = ("product", "package", "version", "found by", "renamed copy", "settings")
LAUNCHER_MAX = 64 << 10
"""Bytes. What is smaller starts other files, and is no agent by itself: `fleet.programs` does not look into it."""


class _Silent:
    """Tells nothing of how far the work is."""

    def phase(self, name: str, total: int) -> None: ...
    def advance(self, n: int = 1, note: str = "") -> None: ...
    def status(self, text: str) -> None: ...


@dataclass(frozen=True)
class Row:
    """What came out for one install."""

    install: Install
    copy: Install | str
    """What its program was taken for under another name; where for nothing, why."""
    settings: str
    """Files of its product of which settings were told, of those that were written."""

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table, in the order of `HEAD`."""
        found = self.install
        return (
            *(found.product, found.name, found.version or "not told"),
            *("package" if found.recognised is Recognised.NAME else found.recognised.value, self._copied()),
            self.settings,
        )

    def _copied(self) -> str:
        if isinstance(self.copy, str):
            return self.copy
        told = (self.copy.product, self.copy.version)
        if told == (self.install.product, self.install.version):
            return self.copy.recognised.value
        return f"{self.copy.recognised.value}: {' '.join(filter(None, told))}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return 1 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet.real_catalogue", description=__doc__)
    parser.add_argument("home", type=Path, help="a made-up home with packages in it")
    given = parser.parse_args(argv)
    installs = inventory(given.home).installs
    with tempfile.TemporaryDirectory(dir=given.home.resolve().parent, prefix="renamed-") as folder:
        for line in table(rows(installs, Path(folder))):
            print(line)
    return 0 if installs else 1


def rows(installs: Sequence[Install], home: Path) -> Iterator[Row]:
    """Yield a row for each install. `home`: an empty folder that may be written to."""
    copies = {install.id: renamed(install, home / "bin" / f"tool-{n}") for n, install in enumerate(installs, 1)}
    written = with_settings(home)
    taken = inventory(home)
    found = {each.path: each for each in taken.installs}
    read = {(each.product, each.path) for each in taken.settings}
    for install in installs:
        own = [path for path, product in written.items() if product == install.product]
        seen = sum((install.product, path) in read for path in own)
        copy = copies[install.id]
        yield Row(install, found.get(copy) or unrecognised(copy), f"{seen}/{len(own)}" if own else "no form")


def unrecognised(copy: str) -> str:
    """Return why a copy was taken for nothing."""
    if not copy:
        return "no single file"
    return "launcher only" if Path(copy).stat().st_size < LAUNCHER_MAX else "NOT RECOGNISED"


def inventory(home: Path) -> Inventory:
    """Take the inventory of one home, remembering nothing."""
    return take(TakeOptions(surroundings.of_this_machine([home])), _Silent())


def renamed(install: Install, to: Path) -> str:
    """Copy an install's program under a name that tells nothing; return where, empty if there is no such file."""
    program = Path(install.hashed)
    if not install.hashed or program.name in {"RECORD", "package.json"}:
        return ""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(program, to)
    to.chmod(0o755)
    return str(to)


def with_settings(home: Path) -> dict[str, str]:
    """Write a file of every form that yields something; return whose each is, by its path."""
    written: dict[str, str] = {}
    for sample in SAMPLES:
        path = home / sample.path
        if sample.found and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text_of(sample), encoding="utf-8")
            written[str(path)] = form_for(sample.path).product
    return written


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield f"| {' | '.join(HEAD)} |"
    yield "|---" * len(HEAD) + "|"
    yield from (f"| {' | '.join(row.cells())} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
