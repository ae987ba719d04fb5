"""An export of managed settings as text, for its README.txt and for the screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from wiretell.fleet.exports.managed.interface import Key, Managed, ManagedFile, Unexpressed
from wiretell.report.glyphs import visible

_WIDTH: Final = 100
"""Columns; the same in a file as on every screen."""


def text(made: Managed) -> str:
    """Return what to put where, what each key stands for, and what the settings do not say."""
    return "\n".join(_lines(made)) + "\n"


def _lines(made: Managed) -> Iterator[str]:
    yield f"Managed settings from {visible(made.policy_source)} (sha256 {made.policy_sha256})"
    yield f"as in force at {made.on}. Export again when the policy changes, and on the days it names."
    yield ""
    if not made.files:
        yield "Nothing that the policy bans at that moment can be said in settings that vendors document."
    for number, file in enumerate(made.files, 1):
        yield from _file(number, file)
    if made.unexpressed:
        yield "What these settings do not say:"
        for each in made.unexpressed:
            yield from _unexpressed(each)


def _file(number: int, file: ManagedFile) -> Iterator[str]:
    yield f"{number}. {file.name}"
    yield f"   goes to {file.place} (owned by root, mode 0644)"
    if file.elsewhere:
        yield f"   {file.elsewhere}"
    yield "   Where such a file is there already, merge the two: it holds settings of others."
    for key in file.keys:
        yield from _key(key)
    yield ""


def _key(key: Key) -> Iterator[str]:
    since = f", from version {key.since}" if key.since else ""
    yield f"   - {key.name}: rules {', '.join(map(visible, key.rules))}{since}"
    if key.note:
        yield from _wrapped(key.note, "     ")
    yield f"     {key.source}"


def _unexpressed(each: Unexpressed) -> Iterator[str]:
    of = f"{visible(each.agent)}: " if each.agent else ""
    yield from _wrapped(f"rule {visible(each.rule)}: {of}{visible(each.why)}", "    ", "  - ")


def _wrapped(told: str, indent: str, first: str | None = None) -> list[str]:
    return textwrap.wrap(
        told,
        _WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
