"""Options and habits that the verbs of `wiretell fleet` share: which machine, which policy, which day."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wiretell.errors import FormatError, UsageError

if TYPE_CHECKING:
    from wiretell.fleet.progress import Progress
    from wiretell.fleet.taking import TakeOptions
    from wiretell.fleet.walk.interface import Surroundings
    from wiretell.model.fleet import Inventory
    from wiretell.model.policy import Policy

POLICY: Final = "wiretell-policy.toml"
"""The policy that is read where none is named."""
_INVENTORY_MAX: Final = 1 << 28


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    """Add what an inventory is taken of."""
    parser.add_argument(
        "--home",
        action="append",
        default=[],
        metavar="DIR",
        help="look at this home, and at what its user runs (may be repeated; default: one's own, as root everybody's)",
    )
    parser.add_argument(
        "--root", default="/", metavar="DIR", help="where system paths begin: / or a mounted image (default: /)"
    )
    parser.add_argument("--deep", action="store_true", help="walk the interior of packages too")
    parser.add_argument(
        "--fresh", action="store_true", help="look at everything again, whatever is remembered from the last time"
    )
    parser.add_argument("--team", default="", metavar="NAME", help="whose machine this is, for reports")


def add_policy_options(parser: argparse.ArgumentParser) -> None:
    """Add which policy, and on which day."""
    parser.add_argument("--policy", default=POLICY, metavar="FILE", help=f"default: {POLICY}")
    parser.add_argument(
        "--on",
        type=_day,
        metavar="DATE",
        help="as on that day, such as 2026-07-10, by the policy's clock (default: now)",
    )


def surroundings(options: argparse.Namespace) -> Surroundings:
    """Return where to look, as the options say. :raises UsageError: for a folder that is none."""
    from wiretell.fleet import surroundings as of

    return of.of_this_machine(tuple(map(Path, options.home)), options.root)


def take_options(options: argparse.Namespace) -> TakeOptions:
    """Return how the inventory is taken, as the options say."""
    from wiretell.fleet.taking import TakeOptions

    return TakeOptions(surroundings(options), None if options.fresh else cache_folder(), options.deep, options.team)


def taken(options: argparse.Namespace) -> Inventory:
    """Take an inventory, with progress on a terminal, and say where a removal that is unfinished hides something."""
    inventory = taken_alone(options)
    told = _unfinished() if options.root == "/" else ()
    say(told)
    if not told:
        return inventory
    from wiretell.model.fleet import NotExamined

    hidden = (NotExamined("what a removal has renamed", sentence) for sentence in told)
    return replace(inventory, not_examined=(*hidden, *inventory.not_examined))


def taken_alone(options: argparse.Namespace) -> Inventory:
    """Take an inventory, with progress on a terminal; of removals their own verb speaks."""
    from wiretell.fleet.taking import take

    with progress() as shown:
        return take(take_options(options), shown)


def _unfinished() -> tuple[str, ...]:
    """Say which removals of this user are unfinished: what they have renamed has no name that a walk knows."""
    from wiretell.fleet.state import may_be_unfinished, state_folder

    if not may_be_unfinished(state := state_folder()):
        return ()
    from wiretell.fleet.removal import unfinished

    try:
        found = unfinished(state)
    except FormatError as error:
        found = (str(error),)
    return tuple(f"{sentence.rstrip('.')}; what it has renamed is not seen." for sentence in found)


def say(sentences: Iterable[str]) -> None:
    """Tell something on standard error."""
    from wiretell.report.glyphs import visible

    for sentence in sentences if sys.stderr is not None else ():
        print(f"wiretell: {visible(sentence)}", file=sys.stderr)


def inventory_of(path: str) -> Inventory:
    """Read a stored inventory; `-`: from standard input. :raises UsageError: for what is none."""
    from wiretell.report.fleet_inventory.convert import from_document
    from wiretell.report.fleet_inventory.document_v1 import FORM

    return from_document(FORM.decode(_read(path)))


def _read(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(_INVENTORY_MAX)
        with Path(path).open("rb") as file:
            return file.read(_INVENTORY_MAX)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def policy_of(options: argparse.Namespace) -> Policy:
    """Read the policy, and refuse one that contradicts itself. :raises UsageError: one sentence."""
    from wiretell import policy

    path = Path(options.policy)
    if options.policy == POLICY and not path.exists():
        raise UsageError(
            f"there is no {POLICY} here; name one with --policy, or begin one: `wiretell fleet policy init --help`."
        )
    found = policy.load(path)
    policy.refuse(found)
    return found


def moment(options: argparse.Namespace, policy: Policy | None) -> dt.datetime:
    """Return the moment to decide for: now, or the beginning of `--on` by the policy's clock (UTC without a policy)."""
    from wiretell.policy.periods import start_of_day

    return start_of_day(policy.timezone if policy else "UTC", options.on) if options.on else dt.datetime.now(dt.UTC)


def cache_folder() -> Path:
    """Return where walks and hashes are remembered, by the XDG base directory rules."""
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if xdg.startswith("/") else Path.home() / ".cache"
    return base / "wiretell" / "fleet"


class _Silent:
    """Tells nothing: what is no terminal gets no progress, and need not wait for what draws it to be imported."""

    def phase(self, name: str, total: int) -> None:
        """See `Progress`."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """See `Progress`."""

    def status(self, text: str) -> None:
        """See `Progress`."""


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """Give what tells on standard error how far the work is, where that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _Silent()
        return
    from wiretell.report.progress import Progress

    with Progress(sys.stderr) as shown:
        yield shown


def day_of(text: str, option: str) -> dt.date:
    """Return a date of the command line. :raises UsageError: for what is none, or has no midnight everywhere."""
    try:
        return _day(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"{option} {error}.") from None


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-07-10") from None
    if not dt.MINYEAR < day.year < dt.MAXYEAR:
        raise argparse.ArgumentTypeError(f"{text!r}: the midnight of this year is not known in every time zone")
    return day
