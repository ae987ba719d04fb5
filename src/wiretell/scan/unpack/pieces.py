"""From a folder or a file to pieces: each file, then what is inside it, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wiretell.model.findings import NotExamined
from wiretell.model.scan import Embedded
from wiretell.scan.interface import Piece, Progress
from wiretell.scan.unpack.containers import Item, open_item
from wiretell.scan.unpack.disk import Walk
from wiretell.scan.unpack.limits import DEFAULT, Account, Limits
from wiretell.scan.unpack.sniff import kind
from wiretell.scan.unpack.views import load


def quiet(_line: str) -> None:
    """Swallow progress."""


def pieces(
    root: Path, *, limits: Limits = DEFAULT, progress: Progress = quiet
) -> Iterator[Piece | Embedded | NotExamined]:
    """Give every regular file under `root` (or the file `root`), sorted, each followed by what is inside it.

    A piece comes before its parts. Its data stays valid as long as it is held; who lets go of each piece before asking
    for the next keeps memory small (files are mapped, decompressed pieces over 16 MiB lie in files without a name).
    What a limit stopped, links and special files are said at the end. Nothing is written where names could lead it.
    Raises UsageError at the first step where there is nothing to scan.
    """
    account, walk = Account(limits), Walk(root)
    for path, name in walk.files():
        progress(f"reading {name}")
        try:
            data, size = load(path)
        except (OSError, ValueError) as error:  # mmap: ValueError for a file that was emptied meanwhile
            yield NotExamined(name, f"it cannot be read: {getattr(error, 'strerror', None) or error}")
            continue
        if len(data) != size:
            yield NotExamined(name, f"it had {size} bytes and {len(data)} could be read")
        account.begin(size)
        yield from _looked_into(Item(name, data, None, 0), account)
    yield from walk.left_out()
    yield from account.refusals()


def _looked_into(item: Item, account: Account) -> Iterator[Piece | Embedded | NotExamined]:
    """Give the piece and all that is in it. Recursion is bounded by `Limits.depth`."""
    name = item.path.removesuffix("!").rpartition("/")[2]
    yield Piece(item.path, kind(item.data, name, item.loader), item.data, item.inside)
    for part in open_item(item, account):
        if isinstance(part, Item):
            yield from _looked_into(part, account)
        else:
            yield part
