"""Lock files, searched as bytes: parsing them as YAML would take seconds, a pattern over a hostile one hours."""

from __future__ import annotations

from collections.abc import Iterator


def behind(content: bytes, text: str, length: int) -> Iterator[bytes]:
    """Yield what follows each place of a text, up to `length` bytes; of the first 50 places."""
    sought = text.encode("utf-8", "replace")
    at = content.find(sought)
    for _ in range(50):
        if at < 0:
            return
        end = at + len(sought)
        yield content[end : end + length]
        at = content.find(sought, end)
