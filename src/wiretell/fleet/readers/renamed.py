"""Known packages under other names: `"cc": "npm:@anthropic-ai/claude-code@2"` puts one into `node_modules/cc`.

A walk compares names, and such a name tells nothing. The project's `package.json` does, and npm's own note of what it
installed (`node_modules/.package-lock.json`), which has those too that another package asked for. Both are searched as
bytes, once for as long as they stay the same.

    https://docs.npmjs.com/cli/v11/commands/npm-install (`<alias>@npm:<name>`)
"""

from __future__ import annotations

import errno
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from wiretell.fleet import files
from wiretell.fleet.catalogue import by_npm
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.walk.interface import Hit, Mark, Walked
from wiretell.model.fleet import NotExamined

_TELLING: Final = (
    ("/node_modules/.package-lock.json", re.compile(rb'"name"\s{0,9}:\s{0,9}"([^"\\]{1,214})"'), files.LOCK_MAX),
    ("/package.json", re.compile(rb'"npm:(@?[^"@\\]{1,214})'), files.MANIFEST_MAX),
)
"""Below the folder that holds `node_modules`: the file, what comes before a package's own name in it, its size."""


def with_renamed(walked: Walked, digests: Digests) -> Walked:
    """Return what was walked, with every `node_modules` of which its project says that it holds a known package.

    `digests` remembers what was found in a file. What cannot be searched is told.
    """
    known = {hit.path for hit in walked.of(Mark.NODE_MODULES)}
    seen = [each for hit in walked.modules if hit.path not in known for each in _telling(hit, digests)]
    hits = tuple(each for each in seen if isinstance(each, Hit))
    if not seen:
        return walked
    return replace(
        walked,
        hits=tuple(sorted({*walked.hits, *hits}, key=lambda hit: (hit.path, hit.mark))),
        not_examined=(*walked.not_examined, *(each for each in seen if isinstance(each, NotExamined))),
    )


def _telling(hit: Hit, digests: Digests) -> Iterator[Hit | NotExamined]:
    top = hit.path.removesuffix("/node_modules")
    for end, pattern, limit in _TELLING:
        path = top + end
        look = partial(_names, pattern=pattern, limit=limit)
        try:
            if digests.answer(path, _rules(end), bool, look):
                yield hit
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            yield NotExamined(path, f"packages under other names are not seen: {error.strerror or error}")


def _names(handle: int, size: int, pattern: re.Pattern[bytes], limit: int) -> bool:
    """Whether a file names a known package. :raises OSError: if it is larger than the limit."""
    if size > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit:,} bytes")
    content = os.pread(handle, size, 0)
    return any(found.lower().decode("utf-8", "replace") in by_npm() for found in set(pattern.findall(content)))


def _rules(end: str) -> str:
    """Return a name for what is looked for: a catalogue with other names makes other answers."""
    return f"{end} {_catalogue():08x}"


@lru_cache(maxsize=1)
def _catalogue() -> int:
    return zlib.crc32(" ".join(sorted(by_npm())).encode())
