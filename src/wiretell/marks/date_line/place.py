"""Whether a date line stands where the client writes it, and in which text of a body it stands at all.

The client writes one text into the user's first message:

    <system-reminder>
    As you answer the user's questions, you can use the following context:
    # currentDate
    Today's date is 2026-11-21.
    ...
    </system-reminder>

That message is looked for where the four protocols keep it, at the root of a document or under any wrapper:
`messages/N/content` (Anthropic Messages, OpenAI chat), `input` (OpenAI Responses), `contents/N/parts` (Gemini). What
stands inside another message, a request that is quoted there included, is not the place, and `system` is not either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wiretell.marks.body import Body, Text
from wiretell.marks.date_line.conversation import Conversations
from wiretell.marks.date_line.sentence import Sentence

_TEXT: Final = re.compile(
    r"(?P<list>.*?/(?:messages|input|contents)|)/(?P<index>0|[1-9][0-9]*)(?:/content(?:/[0-9]+/text)?|/parts/[0-9]+/text)",
    re.DOTALL,
)
"""Pointers of a message's texts. `list` is empty for an array of messages that is a document by itself."""
_INPUT: Final = re.compile(r".*/input", re.DOTALL)
"""Of OpenAI Responses: may be one string, which is then the user's only message."""
_SAID: Final = re.compile(
    r"/(?:[0-9]+|message)/(?:content|parts)(?:/|$)"
    r"|/(?:messages|contents|input)/[0-9]"
    r"|/(?:system|system_?[iI]nstruction|instructions|tools|tool_calls|choices|output)(?:/|$)"
)
"""Above a request: it is quoted in a message, a prompt or an answer, and is no request that was sent."""

_OPEN: Final = b"<system-reminder>"
_CLOSE: Final = b"</system-reminder>"
_HEADING: Final = b"\n# currentDate\n"
_AS_WRITTEN: Final = re.compile(rb"Today[^\\]{1,4}s date is [0-9]{4}[^\\][0-9]{2}[^\\][0-9]{2}")
"""An escape that is left after JSON is read is one that a reader sees; the client never writes that."""


class Standing(StrEnum):
    """Where a date line stands; the value completes "It stands ..."."""

    IN_PLACE = "where the client writes it"
    PLAIN = "in a text that is no JSON"
    ELSEWHERE = "outside the messages of a request"
    NOT_FIRST = "in another message than the user's first"
    NOT_CONTEXT = "in a message, but not in the currentDate block of a system-reminder"
    UNKNOWN = "in a document that is not whole, so that the first message cannot be told"


@dataclass(frozen=True, slots=True)
class Placed:
    """A date line, the text it stands in, and whether that is its place."""

    sentence: Sentence
    """Offsets in the body's bytes."""
    text: Text
    at: int
    """Offset of the sentence in `text.plain`."""
    standing: Standing

    @property
    def in_place(self) -> bool:
        """Whether it stands where the client writes it."""
        return self.standing is Standing.IN_PLACE


def placed(body: Body, found: Iterable[Sentence]) -> Iterator[Placed]:
    """Say of sentences, in the order of the body, where they stand."""
    by_offset = {sentence.start: sentence for sentence in found}
    conversations = Conversations()
    for text, offsets in body.texts(tuple(by_offset)):
        for offset in offsets:
            at = text.offset_in_plain(offset)
            yield Placed(by_offset[offset], text, at, _standing(text, at, conversations))


def _standing(text: Text, at: int, conversations: Conversations) -> Standing:
    """Say where a sentence stands. The cheap questions come first; only the last reads the document."""
    # 1. Is it in a string of JSON?
    if text.path is None or text.is_key:
        return Standing.PLAIN
    # 2. Is that string the text of a message, and the request around it quoted nowhere?
    pointer = "".join(text.within) + text.path
    outside = len(pointer) - len(text.path)
    found = _TEXT.fullmatch(pointer)
    messages = found["list"] if found is not None else pointer if _INPUT.fullmatch(pointer) else None
    if messages is None or len(messages) < outside or _SAID.search(messages):
        return Standing.ELSEWHERE
    # 3. Is it the item `currentDate` of a reminder?
    if not is_context(text.plain, at):
        return Standing.NOT_CONTEXT
    # 4. Is the message the first of the role `user`?
    if found is None:
        return Standing.IN_PLACE
    first = conversations.first_user(text, messages[outside:])
    if first is None:
        return Standing.UNKNOWN
    return Standing.IN_PLACE if first == int(found["index"]) else Standing.NOT_FIRST


def is_context(plain: bytes, at: int) -> bool:
    """Whether a sentence is the item `currentDate` of a system-reminder: the last item of that name in it.

    Notes of the user (`claudeMd`) stand before it in the same reminder, and may quote such an item.
    """
    if not plain.endswith(_HEADING, 0, at) or not _AS_WRITTEN.match(plain, at):
        return False
    return reminder_around(plain, at) is not None


def reminder_around(plain: bytes, at: int) -> tuple[int, int] | None:
    """Return where the system-reminder around an offset begins and ends, if no other item `currentDate` follows in it.

    Looks no further than to the next item and to the end of the reminder before, so that a text full of such items is
    read in a time that grows with its length.
    """
    following = plain.find(_HEADING, at)
    closed = plain.find(_CLOSE, at, following if following >= 0 else len(plain))
    if closed < 0:
        return None
    opened = plain.rfind(_OPEN, max(0, plain.rfind(_CLOSE, 0, at)), at)
    return (opened, closed) if opened >= 0 else None
