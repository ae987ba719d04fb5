"""The head of an HTTP/1 message, taken apart without losing a byte.

RFC 9112 says how a head should look. What is read here is what agents send, which once was a header line without a
name; so nothing is refused, and what is odd is said in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_NAME = re.compile(rb"(" + _TOKEN + rb")([ \t]*+:[ \t]*+)")
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb")[ \t]++([^\n]*[^\n \t])[ \t]++(HTTP/1\.[0-9])[ \t]*+\r?\n")
_BLANK_LINES = re.compile(rb"[\r\n]*+")


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """One header as sent; the four parts together are its bytes, folded lines (RFC 9112, 5.2) included."""

    name: bytes
    """Empty where the line has no name: then the whole line is its value."""
    colon: bytes
    """The colon with the white space around it."""
    value: bytes
    """Without white space around it; the line breaks of a folded value are kept."""
    end: bytes
    """White space after the value, and the line break."""

    @property
    def raw(self) -> bytes:
        """The line as it crossed the socket."""
        return self.name + self.colon + self.value + self.end


@dataclass(frozen=True, slots=True)
class RequestLine:
    """The first line of a request."""

    method: str
    target: str
    """As sent, latin-1."""
    protocol: str
    """`HTTP/1.0` or `HTTP/1.1` (another minor version is kept as sent)."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head in three parts that together are its bytes."""

    start: bytes
    """The first line with its line break, and blank lines before it."""
    lines: tuple[HeaderLine, ...]
    blank: bytes
    """The blank line at the end, or nothing where the head was cut off."""

    @property
    def raw(self) -> bytes:
        """The head as it crossed the socket."""
        return self.start + b"".join(line.raw for line in self.lines) + self.blank

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Name and value as sent, in order; a line without a name has the name `b""`."""
        return tuple((line.name, line.value) for line in self.lines)


def first_line_start(data: bytes | bytearray, start: int = 0) -> int:
    """Return the place after the blank lines that begin at `start` (RFC 9112, 2.2, allows them before a request)."""
    found = _BLANK_LINES.match(data, start)
    return found.end() if found else start


def parse_request_line(line: bytes | bytearray) -> RequestLine | None:
    """Read a request line with its line break, without regard to how much white space parts it; None if it is none."""
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        return None
    method, target, protocol = (part.decode("latin-1") for part in found.groups())
    return RequestLine(method, target, protocol)


def split_head(raw: bytes) -> Head:
    """Take apart the head of a request or response; `split_head(raw).raw == raw` for every input."""
    first = raw.find(b"\n", first_line_start(raw)) + 1 or len(raw)
    lines = _lines(raw[first:])
    blank = lines.pop() if lines and lines[-1] in (b"\r\n", b"\n") else b""
    return Head(raw[:first], tuple(_header_line(line) for line in _unfold(lines)), blank)


def oddities(head: Head) -> tuple[str, ...]:
    """Say what in the head is not as RFC 9112 wants it; empty for a head of a well-behaved client."""
    found: list[str] = []
    if first_line_start(head.start):
        found.append("blank lines before the request")
    if not head.start.endswith(b"\r\n") or any(not line.end.endswith(b"\r\n") for line in head.lines):
        found.append("line break without a carriage return")
    found.extend(f"header line {at} has no name" for at, line in enumerate(head.lines, 1) if not line.name)
    if any(line.colon[:1] in (b" ", b"\t") for line in head.lines):
        found.append("white space before a colon")
    if any(b"\n" in line.value for line in head.lines):
        found.append("folded header line")
    return tuple(found)


def _lines(raw: bytes) -> list[bytes]:
    """Cut at line feeds and keep them; `bytes.splitlines` would also cut at a bare carriage return."""
    *whole, rest = raw.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _unfold(lines: Iterable[bytes]) -> list[bytes]:
    """Join each line that begins with white space to the one before it."""
    whole: list[list[bytes]] = []
    for line in lines:
        if whole and line[:1] in (b" ", b"\t"):
            whole[-1].append(line)
        else:
            whole.append([line])
    return [b"".join(parts) for parts in whole]


def _header_line(line: bytes) -> HeaderLine:
    # Not by one regular expression: a lazy match before trailing white space takes quadratic time on runs of spaces.
    bare = line.removesuffix(b"\n").removesuffix(b"\r").rstrip(b" \t")
    named = _NAME.match(bare)
    if named is None:
        return HeaderLine(b"", b"", bare, line[len(bare) :])
    return HeaderLine(named[1], named[2], bare[named.end() :], line[len(bare) :])
