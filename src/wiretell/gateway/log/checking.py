"""Goes through the whole chain of a store. Needs no key: what is erased is checked like all else."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from wiretell.gateway.log import frames
from wiretell.gateway.log.cutting import last_known
from wiretell.gateway.log.frames import Damage, Frame, Kind
from wiretell.gateway.log.journal import SegmentFile, mapped, segments
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.recovery import header_of


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the store is not as it was written."""

    day: str
    segment: int
    offset: int
    """In the segment, in bytes."""
    what: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A store, looked through."""

    frames: int
    exchanges: int
    """That ended."""
    segments: int
    start: str
    """The chain value before the oldest kept frame, 64 hex digits; zeros where nothing was ever deleted."""
    head: str
    """The chain's last value."""
    broken: tuple[Broken, ...]
    notes: tuple[str, ...]
    """Acts of the store itself: erasures, retention, recoveries; one sentence each."""
    found: bool | None = None
    """Whether the head that was asked for is among the chain's values; None: none was asked for."""
    torn: int = 0
    """Bytes after the last frame: a write in progress, or one that a power cut tore."""


@dataclass(slots=True)
class _State:
    asked: bytes | None
    chain: bytes | None = None
    start: bytes = frames.ORIGIN
    frames: int = 0
    exchanges: int = 0
    found: bool = False
    end: int = 0
    """Of the last frame, in its segment."""
    torn: int = 0
    broken: list[Broken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gone: dict[bytes, bytes] = field(default_factory=dict)
    """Chain value before a segment that retention deleted -> after it, as its note says."""
    gaps: list[tuple[bytes, bytes, Broken]] = field(default_factory=list)


def check(layout: Layout, head: str | None = None) -> Checked:
    """Read every frame of a store. :raises OSError: if a segment cannot be read."""
    state = _State(bytes.fromhex(head) if head else None)
    known = last_known(layout)  # before the chain is read: a writer may be at work
    kept = segments(layout.store)
    for segment in kept:
        _segment(segment, state, last=segment is kept[-1])
    state.broken += [broken for before, after, broken in state.gaps if not _bridged(state, before, after)]
    if state.start != frames.ORIGIN and state.start not in state.gone.values() and kept:
        first = kept[0]
        state.broken.append(
            Broken(first.day, first.number, 0, "Segments before this one are missing, and no retention deleted them.")
        )
    if kept and not state.torn and known >= (kept[-1].number, state.end):
        state.broken.append(
            _broken(kept[-1], state.end, "Index or tables know exchanges after this, which the chain has no more.")
        )
    if state.torn and not layout.locked():
        where = kept[-1]
        state.broken.append(
            _broken(where, where.path.stat().st_size, f"The last {state.torn} bytes are no frame: torn, or changed.")
        )
    return Checked(
        state.frames,
        state.exchanges,
        len(kept),
        state.start.hex(),
        (state.chain or frames.ORIGIN).hex(),
        tuple(sorted(state.broken, key=lambda broken: (broken.segment, broken.offset))),
        tuple(state.notes),
        None if state.asked is None else state.found or state.asked == state.start,
        state.torn,
    )


def _segment(segment: SegmentFile, state: _State, *, last: bool) -> None:
    first = True
    with mapped(segment.path) as data:
        for item in frames.scan(data):
            if isinstance(item, Damage):
                _damage(segment, item, state, last=last)
                continue
            if first:
                _begin(segment, item, state)
                first = False
            elif not item.follows(state.chain or frames.ORIGIN):
                state.broken.append(_broken(segment, item.offset, "A frame here is not the one that followed."))
            _take(item, state)


def _begin(segment: SegmentFile, frame: Frame, state: _State) -> None:
    """Look at a segment's first frame: it says which chain value came before it."""
    header = header_of(frame)
    if header is None or header.number != segment.number or header.day != segment.day:
        state.broken.append(_broken(segment, frame.offset, "The segment does not begin with its own header."))
        return
    if not frame.follows(header.previous):
        state.broken.append(_broken(segment, frame.offset, "The segment's header was changed."))
    if state.chain is None:
        state.start = header.previous
    elif state.chain != header.previous:
        broken = _broken(segment, frame.offset, "The chain does not go on here from the segment before.")
        state.gaps.append((state.chain, header.previous, broken))


def _take(frame: Frame, state: _State) -> None:
    state.chain, state.end = frame.chain, frame.end
    state.frames += 1
    state.exchanges += frame.kind == Kind.END
    state.found = state.found or frame.chain == state.asked
    if frame.kind == Kind.NOTE:
        _note(frame, state)


def _note(frame: Frame, state: _State) -> None:
    try:
        said = msgspec.msgpack.decode(frame.payload, type=dict)
        for before, after in said.get("gone", []):
            state.gone[before] = after
    except (msgspec.DecodeError, ValueError, TypeError):
        return
    if said.get("note") == "cut" and said.get("changed"):
        state.broken.append(Broken(said["day"], said["segment"], said["offset"], said["says"]))
    elif text := said.get("says"):
        state.notes.append(f"{said.get('at', '')}: {text}")


def _damage(segment: SegmentFile, damage: Damage, state: _State, *, last: bool) -> None:
    if last and damage.at_end:
        state.torn = damage.length
        return
    state.broken.append(_broken(segment, damage.offset, f"{damage.length} bytes are no frame."))


def _bridged(state: _State, before: bytes, after: bytes) -> bool:
    """Whether retention's notes lead from one chain value to another."""
    seen = set()
    while before in state.gone and before not in seen:
        seen.add(before)
        before = state.gone[before]
        if before == after:
            return True
    return False


def _broken(segment: SegmentFile, offset: int, what: str) -> Broken:
    return Broken(segment.day, segment.number, offset, what)
