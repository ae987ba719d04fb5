"""The same for `str`: a text is read as its UTF-8, and what was found is told in characters."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from wiretell.model.marks import Edit, Edited, Mark, Reading

_ANY: Final = "surrogatepass"
"""Half surrogates are no characters, and a `str` may hold them: they come back as they were."""


def to_bytes(text: str) -> bytes:
    """Return a text as UTF-8; `to_text` brings back what it was.

    :raises TypeError: for what is no `str`: the verbs take `bytes` and `str`, and nothing that can change under them.
    """
    if not isinstance(text, str):
        raise TypeError(f"A text is bytes or str, not {type(text).__name__}; pass bytes(...) of a buffer.")
    return text.encode("utf-8", _ANY)


def to_text(data: bytes) -> str:
    """Return what `to_bytes` was given."""
    return data.decode("utf-8", _ANY)


class Characters:
    """Offsets in bytes of a text as offsets in characters; quickest for offsets that rise."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._plain = data.isascii()
        self._offset = self._index = 0

    def at(self, offset: int) -> int:
        """Return how many characters stand before an offset in bytes, which is at the beginning of one."""
        if self._plain:
            return offset
        if offset < self._offset:
            self._offset = self._index = 0
        self._index += len(to_text(self._data[self._offset : offset]))
        self._offset = offset
        return self._index

    def reading(self, reading: Reading) -> Reading:
        """Return a reading told in characters."""
        return replace(reading, marks=tuple(map(self.mark, reading.marks)))

    def mark(self, mark: Mark) -> Mark:
        """Return a mark told in characters."""
        first = self.at(mark.offset)
        return replace(mark, offset=first, length=self.at(mark.offset + mark.length) - first)

    def edit(self, edit: Edit) -> Edit:
        """Return an edit told in characters."""
        return replace(edit, offset=self.at(edit.offset))

    def edited(self, edited: Edited[bytes]) -> Edited[str]:
        """Return an edited text told in characters."""
        edits, left = tuple(map(self.edit, edited.edits)), tuple(map(self.mark, edited.left))
        return Edited(to_text(edited.data), edits, left, edited.not_examined)
