"""A text or a regular expression of the configuration, looked for in what strings say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import re2

from wiretell.errors import UsageError

_HALVES: Final = re.compile("[\ud800-\udfff]")
_SPELLED_ASCII: Final = re.compile(rb"\\u00[0-7]")
_SIMPLE: Final = re.compile(r"[0-9A-Za-z ._:,;@#$%&*()=+\[\]{}<>|~^!?'-]+")
"""What stands in JSON as it is, unless somebody writes escapes where none are needed."""


class Pattern:
    """A text, or between slashes a regular expression in RE2's syntax, which takes linear time on any text."""

    __slots__ = ("_anchor", "_expression", "_text")

    def __init__(self, what: str) -> None:
        """Take what the configuration says. :raises UsageError: for an empty text, an expression that is none."""
        self._expression = _compiled(what[1:-1]) if _is_expression(what) else None
        self._text = what
        if not what:
            raise UsageError("a context rule looks for an empty text; name one, or a /regular expression/.")
        longest = max(_SIMPLE.findall(what), key=len, default="") if self._expression is None else ""
        self._anchor = longest.encode()

    def may_be_in(self, data: bytes, start: int = 0, end: int | None = None) -> bool:
        """Whether it could stand in some JSON: False is sure, and told without decoding anything."""
        stop = len(data) if end is None else end
        if not self._anchor or data.rfind(self._anchor, start, stop) >= 0:
            return True
        last = data.rfind(b"\\u00", start, stop)
        return last >= 0 and _SPELLED_ASCII.search(data, start, last + 6) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Go through where it stands in a text, in characters, rising and apart; empty matches are none."""
        if self._expression is None:
            at = text.find(self._text)
            while at >= 0:
                yield at, at + len(self._text)
                at = text.find(self._text, at + len(self._text))
            return
        for found in self._expression.finditer(text if text.isascii() else _HALVES.sub("\ufffd", text)):
            if found.end() > found.start():
                yield found.start(), found.end()

    def is_in(self, text: str) -> bool:
        """Whether it stands in a text."""
        return next(self.spans(text), None) is not None


def _is_expression(what: str) -> bool:
    return len(what) > 2 and what.startswith("/") and what.endswith("/")


def _compiled(expression: str) -> re2._Regexp[str]:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise UsageError(
            f"the context rule's regular expression /{expression}/ is none in RE2's syntax: {why}."
        ) from None
