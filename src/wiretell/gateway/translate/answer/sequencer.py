"""Puts what comes side by side one after the other: clients want one block begun, filled and ended before the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Final, assert_never

from wiretell.gateway.translate.answer.parts import (
    Begun,
    Block,
    Called,
    Closed,
    Counted,
    Ended,
    Failed,
    Finished,
    Kind,
    More,
    Part,
    Reason,
    Said,
    Step,
    Stopped,
    Waiting,
)

WORDLESS: Final = "The upstream ended its answer with an error, and without a word on it."
CUT: Final = "The upstream ended its answer before it was whole."
EMPTY_ARGUMENTS: Final = "{}"


@dataclass(slots=True)
class _Pending:
    """A block that was not given on to its end."""

    kind: Kind
    key: str = ""
    id: str = ""
    name: str = ""
    waiting: list[str] = field(default_factory=list)
    """Not given on yet."""
    seen: int = 0
    """Characters of a call's arguments so far."""
    begun: bool = False
    done: bool = False


class Sequencer:
    """Takes the parts of one answer in their order, gives steps: `Begun`, blocks, `Finished` or `Failed`, and no more.

    The first unfinished block is given on as it comes; what comes for later ones waits. Texts end where something else
    begins, calls where the upstream says so, or at the answer's end. A call without arguments has `{}`, one without a
    name is none.
    """

    def __init__(self) -> None:
        self._pending: list[_Pending] = []
        self._calls: dict[str, _Pending] = {}
        self._begun = False
        self._counted = Counted()
        self._stopped: Stopped | None = None
        self.over = False
        """Whether `Finished` or `Failed` was given."""

    def feed(self, part: Part) -> Iterator[Step]:
        """Take one part."""
        if self.over:
            return
        match part:
            case Begun():
                yield from self._begin(part)
            case Said(kind, text):
                yield from self._said(kind, text)
            case Called():
                yield from self._called(part)
            case Counted():
                given = {f.name: v for f in fields(part) if (v := getattr(part, f.name)) is not None}
                self._counted = replace(self._counted, **given)
            case Stopped():
                self._stopped = part
            case Failed():
                self.over = True
                yield part if part.message else replace(part, message=WORDLESS)
            case Ended():
                yield from self._end()
            case Waiting():
                if self._begun:  # an answer's first event is its beginning
                    yield part
            case _:
                assert_never(part)

    def close(self) -> Iterator[Step]:
        """The upstream's bytes have ended. Whole is what the model itself stopped."""
        if not self.over:
            yield from self._end() if self._stopped is not None else self.feed(Failed(CUT, "api_error"))

    def _begin(self, part: Begun) -> Iterator[Step]:
        if not self._begun:
            self._begun = True
            yield part

    def _said(self, kind: Kind, text: str) -> Iterator[Step]:
        if not text:
            return
        if not self._pending or self._pending[-1].kind != kind:
            self._pending.append(_Pending(kind))
        self._pending[-1].waiting.append(text)
        yield from self._drain()

    def _called(self, part: Called) -> Iterator[Step]:
        call = self._calls.get(part.key)
        if call is None:
            call = self._calls[part.key] = _Pending("call", part.key)
            self._pending.append(call)
        if call.done:
            return
        call.id = call.id or part.id
        call.name = call.name or part.name
        more = part.arguments
        if part.whole is not None:
            more = part.whole[call.seen :]
        call.seen += len(more)
        call.waiting.append(more)
        call.done = part.done
        yield from self._drain()

    def _drain(self, at_end: bool = False) -> Iterator[Step]:
        """Give on what can be: the first block as far as it goes, and the next where that one is over."""
        while self._pending:
            block = self._pending[0]
            over = at_end or (block.done if block.kind == "call" else len(self._pending) > 1)
            if block.kind != "call" or block.name:
                yield from self._given(block, over)
            if not over:
                return
            del self._pending[0]

    def _given(self, block: _Pending, over: bool) -> Iterator[Step]:
        if not block.begun:
            block.begun = True
            yield from self._begin(Begun("", ""))
            yield Block(block.kind, block.id or f"call_{block.key}", block.name)
        if over and block.kind == "call" and not block.seen:
            block.waiting = [EMPTY_ARGUMENTS]
        if text := "".join(block.waiting):
            yield More(text)
        block.waiting = []
        if over:
            yield Closed()

    def _end(self) -> Iterator[Step]:
        yield from self._begin(Begun("", ""))
        yield from self._drain(at_end=True)
        self.over = True
        stopped = self._stopped or Stopped("end")
        yield Finished(self._reason(stopped.reason), stopped.at, self._counted)

    def _reason(self, reason: Reason) -> Reason:
        """Return the reason that fits the blocks: servers say `stop` with calls, or `tool_calls` without any."""
        called = any(call.name for call in self._calls.values())
        if called and reason == "end":
            return "calls"
        return "end" if reason == "calls" and not called else reason
