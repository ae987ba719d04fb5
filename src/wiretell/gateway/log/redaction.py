"""Takes secrets out of what is stored. Pure.

What is redacted becomes as many asterisks as it had bytes: offsets stay true, and a JSON string stays one. Each place
is told as a span, so that nobody takes the asterisks for what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import re2

from wiretell.errors import UsageError
from wiretell.gateway.config.values import RedactRule

_LEFT: Final = r"(?:^|[^A-Za-z0-9_]|\\[nrtbf])"
"""What may stand before a key. Of `\\n` in a JSON string the `n` is no letter of a word."""
_TOKEN: Final = {
    "anthropic-key": r"sk-ant-[A-Za-z0-9_-]{20,}",
    "openai-key": r"sk-(?:proj-|svcacct-|admin-|None-)[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{20,}|sk-or-v1-[0-9a-f]{32,}",
    "aws-key": r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    "github-token": r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,}",
    "gitlab-token": r"glpat-[A-Za-z0-9_-]{20,}",
    "slack-token": r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}",
    "google-key": r"AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}",
    "npm-token": r"npm_[A-Za-z0-9]{36}",
    "pypi-token": r"pypi-AgE[A-Za-z0-9_-]{50,}",
    "huggingface-token": r"hf_[A-Za-z0-9]{30,}",
    "stripe-key": r"[sr]k_live_[A-Za-z0-9]{20,}",
    "jwt": r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
}
_WHOLE: Final = {
    "private-key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[A-Za-z0-9+/=\s:,-]|\\[nr\\])*?"
    r"-----END [A-Z ]*PRIVATE KEY-----"
}
_SECRET_ENDINGS: Final = (
    "auth", "authorization", "cookie", "credential", "credentials", "key", "password", "secret", "session", "signature",
    "token",
)  # fmt: skip
"""Of names of header fields whose values are credentials."""
_HARMLESS: Final = rb"(?:sec-websocket-key|idempotency-key|x-idempotency-key)[ \t]*:"
_SECRET_FIELD: Final = re.compile(
    rb"\r\n[ \t]*(?!%b)[^\r\n:]*(?:%b)[ \t]*:[ \t]*([^\r]*(?:\r(?!\n)[^\r]*)*)"
    % (_HARMLESS, "|".join(_SECRET_ENDINGS).encode()),
    re.IGNORECASE,
)
"""A header field whose value is a credential."""
_QUERY: Final = re.compile(rb"[?&](?:key|api_key|api-key|access_token|token)=([^&\s#]+)", re.IGNORECASE)
_PIECE: Final = re.compile(rb'"(?:text|partial_json|delta|content|arguments|thinking)"\s*:\s*"((?:[^"\\]|\\.)*)"')
"""The texts of a stream's events: a key in them is cut into pieces by the events."""


class Span(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A place that is not recoverable."""

    offset: int
    """In bytes."""
    length: int
    rule: str


class Redactor:
    """The rules of one gateway, compiled."""

    def __init__(self, rules: Iterable[RedactRule] = (), *, builtin: bool = True) -> None:
        """Compile. :raises UsageError: for a pattern that RE2 does not take."""
        named: dict[str, str] = {}
        if builtin:
            named |= {name: f"{_LEFT}({pattern})" for name, pattern in _TOKEN.items()} | _WHOLE
        own = {rule.name: rule.pattern for rule in rules}
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1  # bodies are bytes, and need be no UTF-8
        options.never_nl = False
        options.log_errors = False
        self._patterns = [(name, _compiled(name, pattern, options)) for name, pattern in (named | own).items()]
        self._any = re2.Set.SearchSet(options)
        for pattern in (named | own).values():
            self._any.Add(pattern)
        if self._patterns:
            self._any.Compile()

    def spans(self, data: bytes) -> list[Span]:
        """Return what is secret in a text, in order, without overlaps."""
        if not self._patterns or not data:
            return []
        found = []
        for index in self._any.Match(data) or ():  # None: no match
            name, pattern = self._patterns[index]
            group = 1 if pattern.groups else 0
            for match in pattern.finditer(data):
                start, end = match.span(group)
                if end > start:
                    found.append(Span(start, end - start, name))
        return _disjoint(found)

    def spans_of_stream(self, data: bytes) -> list[Span]:
        """Return the same of a response, also where a stream's events part a secret."""
        found = self.spans(data)
        pieces = [match.span(1) for match in _PIECE.finditer(data)]
        joined = b"".join(data[start:end] for start, end in pieces)
        for span in self.spans(joined) if len(pieces) > 1 else []:
            found += _spread(span, pieces)
        return _disjoint(found)

    def head(self, head: bytes) -> tuple[bytes, list[Span]]:
        """Return a head without credentials, and where they stood."""
        end = head.find(b"\r\n")
        found = [Span(*_place(match), "header") for match in _SECRET_FIELD.finditer(head)]
        found += [Span(*_place(match), "query") for match in _QUERY.finditer(head, 0, end if end >= 0 else len(head))]
        found = _disjoint(found)
        hidden = masked(head, found)
        if more := self.spans(hidden):
            found = _disjoint([*found, *more])
            hidden = masked(hidden, found)
        return hidden, found


def _place(match: re.Match[bytes]) -> tuple[int, int]:
    return match.start(1), match.end(1) - match.start(1)


def masked(data: bytes, spans: Sequence[Span]) -> bytes:
    """Return a text with asterisks in place of spans."""
    if not spans:
        return data
    changed = bytearray(data)
    for span in spans:
        changed[span.offset : span.offset + span.length] = b"*" * span.length
    return bytes(changed)


def _compiled(name: str, pattern: str, options: re2.Options) -> re2._Regexp[bytes]:
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        raise UsageError(f"[[redact]] {name}: {pattern!r} is no regular expression of RE2's: {error}.") from None


def _disjoint(spans: list[Span]) -> list[Span]:
    """Return spans in order; of two that overlap, what the later one has beyond the earlier one's end."""
    kept: list[Span] = []
    end = 0
    for span in sorted(spans):
        start, until = max(span.offset, end), span.offset + span.length
        if until > start:
            kept.append(Span(start, until - start, span.rule))
            end = until
    return kept


def _spread(span: Span, pieces: Sequence[tuple[int, int]]) -> list[Span]:
    """Return where a span of the joined pieces stands in the text they were taken from."""
    found, at = [], 0
    for start, end in pieces:
        low, high = max(span.offset, at), min(span.offset + span.length, at + end - start)
        if high > low:
            found.append(Span(start + low - at, high - low, span.rule))
        at += end - start
    return found
