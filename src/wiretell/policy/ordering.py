"""The one order of versions, for npm and PyPI alike.

It is that of Semantic Versioning 2.0.0 §11 (https://semver.org/#spec-item-11), for any number of numbers (`2.1` is
`2.1.0`), with what PyPI has beside it (https://packaging.python.org/en/latest/specifications/version-specifiers/): an
epoch (`1!2.0`) before all, `1.0rc1` as a pre-release, `1.0.dev1` before those, `1.0.post1` after the release, and
`.devN` behind either. What follows a hyphen is read as semver has it (`1.0-1` is a pre-release there, and a
post-release on PyPI). Build metadata and local versions (`+...`) do not count.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

Order = tuple[int, tuple[int, ...], int, tuple[tuple[int, int, str], ...], tuple[int, int]]
"""Sort key: epoch; numbers without zeros at their end; stage; identifiers of a pre-release or the count of a stage;
PyPI's post and dev releases of that."""

_VERSION: Final = re.compile(
    r"[vV]?(?:(?P<epoch>\d{1,6})!)?(?P<numbers>\d{1,12}(?:\.\d{1,12}){0,7})"
    r"(?:-(?P<semver>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)"
    r"|(?i:[._]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[._]?(?P<pre_count>\d{0,12}))?"
    r"(?i:[._]?(?P<post>post|rev|r)[._]?(?P<post_count>\d{0,12}))?"
    r"(?i:[._]?(?P<dev>dev)[._]?(?P<dev_count>\d{0,12}))?)"
    r"(?:\+[0-9A-Za-z._-]*)?",
    re.ASCII,
)
_BOTTOM, _DEV, _PRE, _RELEASE, _POST = range(-1, 4)
_PRES: Final = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_NO_POST: Final = -1
_NO_DEV: Final = 10**13
"""Above every count: what is no dev release comes after all that are."""
_PLAIN: Final = (_NO_POST, _NO_DEV)
LONGEST_VERSION: Final = 128
"""Characters of a version."""
_SHOWN: Final = 3
"""Numbers that a version is told with at least."""


@lru_cache(maxsize=4096)
def order(version: str) -> Order | None:
    """Return a sort key; None for what is no version, and for what is longer than any."""
    text = version.strip()
    found = _VERSION.fullmatch(text) if len(text) <= LONGEST_VERSION else None
    if found is None:
        return None
    epoch, numbers = int(found["epoch"] or 0), _stripped(tuple(map(int, found["numbers"].split("."))))
    if found["semver"]:
        return epoch, numbers, _PRE, tuple(map(_identifier, found["semver"].split("."))), _PLAIN
    post = int(found["post_count"] or 0) if found["post"] else _NO_POST
    dev = int(found["dev_count"] or 0) if found["dev"] else _NO_DEV
    if found["pre"]:
        name = found["pre"].lower()
        return epoch, numbers, _PRE, _counted(_PRES.get(name, name), int(found["pre_count"] or 0)), (post, dev)
    if post != _NO_POST:
        return epoch, numbers, _POST, _counted("post", post), (_NO_POST, dev)
    if dev != _NO_DEV:
        return epoch, numbers, _DEV, _counted("dev", dev), _PLAIN
    return epoch, numbers, _RELEASE, (), _PLAIN


def bottom(epoch: int, numbers: tuple[int, ...]) -> Order:
    """Return a key below every version of these numbers, its pre-releases included."""
    return epoch, _stripped(numbers), _BOTTOM, (), _PLAIN


def spelled(key: Order) -> str:
    """Return a version that has this key; of `bottom`, the release above it.

    >>> spelled(order("v2.1")), spelled(order("1!1.0rc1.dev3"))
    ('2.1.0', '1!1.0.0rc1.dev3')
    """
    epoch, numbers, stage, identifiers, (post, dev) = key
    text = (f"{epoch}!" if epoch else "") + ".".join(map(str, numbers + (0,) * (_SHOWN - len(numbers))))
    if stage == _PRE and (post, dev) == _PLAIN:
        return f"{text}-{'.'.join(word or str(number) for _, number, word in identifiers)}"
    if stage in {_DEV, _PRE, _POST}:
        (_, _, name), (_, count, _) = identifiers
        text += f"{'' if stage == _PRE else '.'}{name}{count}"
    text += f".post{post}" if post != _NO_POST else ""
    return text + (f".dev{dev}" if dev != _NO_DEV else "")


def _stripped(numbers: tuple[int, ...]) -> tuple[int, ...]:
    end = len(numbers)
    while end and not numbers[end - 1]:
        end -= 1
    return numbers[:end]


def _identifier(text: str) -> tuple[int, int, str]:
    """§11.4: numbers by their value and before words, words as ASCII."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


def _counted(name: str, count: int) -> tuple[tuple[int, int, str], ...]:
    return (1, 0, name), (0, count, "")
