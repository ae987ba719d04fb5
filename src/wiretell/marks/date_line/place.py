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
from functools import cached_property
from typing import Final

from wiretell.marks.body import Body, Text
from wiretell.marks.date_line.conversation import Conversations
from wiretell.marks.date_line.sentence import Sentence

_TEXT: Final = re.compile(
    r"(?P<list>.*?/(?:messages|input|contents)|)/(?P<index>0|[1-9][0-9]*)(?P<text>/content(?:/[0-9]+/text)?|/parts/[0-9]+/text)",
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
_AS_WRITTEN: Final = re.compile(rb"Today[^\\]{1,4}s date is [0-9]{4}[^\\0-9]{1,4}[0-9]{2}[^\\0-9]{1,4}[0-9]{2}")
"""An escape that is left after JSON is read is one that a reader sees; the client never writes that."""


class Standing(StrEnum):
    """Where a date line stands; the value completes "It stands ..."."""

    IN_PLACE = "where the client writes it"
    PLAIN = "in a text that is no JSON"
    ELSEWHERE = "outside the messages of a request"
    NOT_FIRST = "in another message than the user's first"
    NOT_CONTEXT = "in a message, but not in the currentDate block of a system-reminder"
    UNKNOWN = "in a document that is not whole, so that the first message cannot be told"
    UNNAMED = "in JSON so deep, or under names so long, that its place cannot be told"
    QUOTED = "in a request that stands in a string of another request, which quotes it"
    REPLACED = "in a member of a request behind which another of the same name stands, which counts"


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
    conversations = Conversations(body.data)
    for text, offsets in body.texts(tuple(by_offset)):
        of_text = _Standings(text, conversations)
        for offset in offsets:
            at = text.offset_in_plain(offset)
            yield Placed(by_offset[offset], text, at, of_text.standing(at))


class _Standings:
    """Where sentences of one text stand. The cheap questions come first; only the last ones read the document."""

    def __init__(self, text: Text, conversations: Conversations) -> None:
        self._text, self._conversations = text, conversations
        self._message = _message(text)

    def standing(self, at: int) -> Standing:
        """Say where the sentence at an offset of the text stands."""
        # 1. and 2. Is it in a string of JSON, and that string the text of a message?
        if isinstance(self._message, Standing):
            return self._message
        # 3. Is it the item `currentDate` of a reminder?
        if not is_context(self._text.plain, at):
            return Standing.NOT_CONTEXT
        return self._of_message

    @cached_property
    def _of_message(self) -> Standing:
        """Where the message stands: asked once for a text, however many sentences it holds."""
        assert not isinstance(self._message, Standing)
        text, conversations = self._text, self._conversations
        pointer, found = self._message
        # 4. Is the document around it a request of its own, and not what somebody says in one?
        if conversations.is_quoted(text):
            return Standing.QUOTED
        # 5. Is the message the first of the role `user`?
        if found is None:
            return _CHOICES[conversations.is_said(text, pointer)]
        first = conversations.first_user(text, pointer)
        if first is None:
            return Standing.UNKNOWN
        if first.index != int(found["index"]):
            return Standing.NOT_FIRST
        # 6. Is it what a parser takes from there?
        return _CHOICES[conversations.says(text, first, found["text"])]


def _message(text: Text) -> Standing | tuple[str, re.Match[str] | None]:
    """Return the pointer, in the innermost document, of the messages that a text belongs to, and what was matched.

    Nothing matched where the messages are one string. A standing where the text is that of no message.
    """
    if text.is_unnamed:
        return Standing.UNNAMED
    if text.path is None or text.is_key:
        return Standing.PLAIN
    pointer = "".join(text.within) + text.path
    outside = len(pointer) - len(text.path)
    found = _TEXT.fullmatch(pointer)
    messages = found["list"] if found is not None else pointer if _INPUT.fullmatch(pointer) else None
    if messages is None or len(messages) < outside or _SAID.search(messages):
        return Standing.ELSEWHERE
    return messages[outside:], found


_CHOICES: Final = {True: Standing.IN_PLACE, False: Standing.REPLACED, None: Standing.UNKNOWN}
"""By whether a parser takes the text from its place."""


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
