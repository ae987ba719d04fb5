"""Bodies compared: JSON trees merged over all runs at once, descending only where the bytes differ.

Paths are JSON pointers (RFC 6901) into the calibrated world's body, with two additions: `/tools/+12` is an item that
the calibrated world does not send, by its place in the first run that does; `/user_id#/session` is inside a string that
is itself JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from wiretell.capture.wire.json_tree import Array, Document, Member, Node, Object, String, parse, parse_many
from wiretell.compare.arrays import Item, columns, is_known, item
from wiretell.compare.features import Collector, compare_text, compare_values
from wiretell.errors import FormatError
from wiretell.model.difference import Layer
from wiretell.model.findings import Where

_ESCAPE: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
"""One character spelled by an escape; beyond U+FFFF by two (RFC 8259, section 7)."""
_URL_SAFE: Final = str.maketrans("-_", "+/")
_SHORTEST_BASE64: Final = 12
_MAX_ESCAPED: Final = 64
"""Characters whose spelling is followed in one string."""


_Gaps: TypeAlias = tuple[tuple[str, ...], ...]
"""White space on both sides of some commas or colons."""


class Placed(NamedTuple):
    """A node and the text its span counts in."""

    text: str
    node: Node

    @property
    def raw(self) -> str:
        """The node as sent."""
        return self.text[self.node.start : self.node.end]


@lru_cache(maxsize=2048)
def documents(body: bytes) -> tuple[Document, ...] | None:
    """Read a body as one JSON document, or as one a line; None where it is neither."""
    if body[:64].lstrip(b" \t\r\n\xef\xbb\xbf")[:1] not in (b"{", b"["):
        return None
    try:
        return (parse(body),)
    except FormatError:
        pass
    try:
        return parse_many(body)
    except FormatError:
        return None


def compare_bodies(out: Collector, where: Where, bodies: Mapping[int, bytes]) -> None:
    """Compare decoded bodies (run -> bytes). `where` names the request; its path is the root."""
    if len(set(bodies.values())) < 2:
        return
    kinds: dict[str, dict[int, bytes]] = {}
    for run, body in bodies.items():
        kinds.setdefault(_kind(body), {})[run] = body
    out.add(where, Layer.KIND, {run: kind for kind, group in kinds.items() for run in group})
    if "json" in kinds:
        _compare_documents(out, where, kinds["json"])
    if "text" in kinds:
        compare_text(out, where, {run: body.decode() for run, body in kinds["text"].items()})
    if "bytes" in kinds:
        _compare_opaque(out, where, kinds["bytes"])


def _kind(body: bytes) -> str:
    if not body:
        return "nothing"
    if documents(body):
        return "json"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "bytes"
    return "text"


def _compare_opaque(out: Collector, where: Where, bodies: Mapping[int, bytes]) -> None:
    digests = {run: hashlib.sha256(body).hexdigest() for run, body in bodies.items()}
    out.add(where, Layer.OPAQUE, digests, {run: f"sha256 {digest[:16]}" for run, digest in digests.items()})
    out.add(where, Layer.SIZE, {run: len(body) for run, body in bodies.items()})


def _compare_documents(out: Collector, where: Where, bodies: Mapping[int, bytes]) -> None:
    read = {run: found for run, body in bodies.items() if (found := documents(body))}
    margins = {
        run: (docs[0].text[: docs[0].root.start], docs[-1].text[docs[-1].root.end :]) for run, docs in read.items()
    }
    out.add(where, Layer.JSON_SPACE, margins, {run: repr("…".join(ends)) for run, ends in margins.items()})
    if all(len(docs) == 1 for docs in read.values()):
        compare_nodes(out, where, {run: Placed(docs[0].text, docs[0].root) for run, docs in read.items()})
        return
    lines = {run: [Placed(doc.text, doc.root) for doc in docs] for run, docs in read.items()}
    _compare_items(out, where, lines)


def compare_nodes(out: Collector, where: Where, nodes: Mapping[int, Placed]) -> None:
    """Compare one node of each run's tree, and what is below it."""
    if len({placed.raw for placed in nodes.values()}) < 2:
        return
    kinds: dict[str, dict[int, Placed]] = {}
    for run, placed in nodes.items():
        kinds.setdefault(type(placed.node).__name__.lower(), {})[run] = placed
    out.add(where, Layer.KIND, {run: kind for kind, group in kinds.items() for run in group})
    compare: dict[str, Callable[[Collector, Where, Mapping[int, Placed]], None]] = {
        "object": _compare_objects,
        "array": _compare_arrays,
        "string": _compare_strings,
        "number": _compare_raw,
        "literal": _compare_raw,
    }
    for kind, group in kinds.items():
        if len({placed.raw for placed in group.values()}) > 1:
            compare[kind](out, where, group)


def _compare_raw(out: Collector, where: Where, nodes: Mapping[int, Placed]) -> None:
    compare_values(out, where, {run: placed.raw for run, placed in nodes.items()})


# --- objects


def _compare_objects(out: Collector, where: Where, nodes: Mapping[int, Placed]) -> None:
    members = {run: _members(placed.node) for run, placed in nodes.items()}
    names = {key: None for run in sorted(members, key=lambda run: run != out.reference(nodes)) for key in members[run]}
    common = [key for key in names if all(key in group for group in members.values())]
    order = {run: tuple(key for key in group if key in set(common)) for run, group in members.items()}
    out.add(where, Layer.ORDER, order, {run: _listed([key for key, _ in keys]) for run, keys in order.items()})
    _compare_spacing(out, where, nodes, {run: _colon_gaps(placed, common) for run, placed in nodes.items()})
    for key, nth in names:
        below = Where(where.request, where.part, f"{where.path}/{pointer(key)}")
        having = {run: members[run][key, nth] for run in members if (key, nth) in members[run]}
        if nth:
            counts = {run: sum(name == key for name, _ in group) for run, group in members.items()}
            out.add(below, Layer.DUPLICATE, counts, {run: f"{count} times" for run, count in counts.items()})
        else:
            out.add_presence(below, members, having)
            spelled = {run: member.key.raw for run, member in having.items()}
            out.add(below, Layer.ESCAPE, spelled)
        values = {run: Placed(nodes[run].text, member.value) for run, member in having.items()}
        compare_nodes(out, below, values)


def _members(node: Node) -> dict[tuple[str, int], Member]:
    """Return members by key and how many of the same key stand before them."""
    assert isinstance(node, Object)
    found: dict[tuple[str, int], Member] = {}
    for member in node.members:
        nth = 0
        while (member.key.value, nth) in found:
            nth += 1
        found[member.key.value, nth] = member
    return found


def pointer(key: str) -> str:
    """Escape one step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _compare_spacing(out: Collector, where: Where, nodes: Mapping[int, Placed], colons: Mapping[int, _Gaps]) -> None:
    """Compare the white space around the commas of a container, at its ends, and around colons (`colons`, by run).

    By position where all runs have as many items; else by which kinds there are, if every run has a comma at all.
    """
    commas = {run: _comma_gaps(placed) for run, placed in nodes.items()}
    ends = {run: (gaps[0], gaps[-1]) for run, gaps in commas.items()}
    inner = {run: gaps[1:-1] for run, gaps in commas.items()}
    if len({len(gaps) for gaps in inner.values()}) > 1:
        inner = {run: tuple(sorted(set(gaps))) for run, gaps in inner.items()} if all(inner.values()) else {}
    symbols = {run: (ends[run], inner.get(run, ()), colons.get(run, ())) for run in nodes}
    shown = {run: _spaces_shown((*ends[run], *inner.get(run, ()), *colons.get(run, ()))) for run in nodes}
    out.add(where, Layer.JSON_SPACE, symbols, shown)


def _comma_gaps(placed: Placed) -> _Gaps:
    """Return the white space after the opening bracket, before and after each comma, and before the closing one."""
    match placed.node:
        case Object(members=members):
            spans = [(member.key.start, member.value.end) for member in members]
        case Array(items=items):
            spans = [(item.start, item.end) for item in items]
        case _:
            return ()
    starts = [*(start for start, _ in spans), placed.node.end - 1]
    stops = [placed.node.start + 1, *(end for _, end in spans)]
    return tuple(tuple(placed.text[stop:start].split(",")) for stop, start in zip(stops, starts, strict=True))


def _colon_gaps(placed: Placed, common: Sequence[tuple[str, int]]) -> _Gaps:
    """Return the white space before and after the colons of the keys that all runs have."""
    members = _members(placed.node)
    found = (members[key] for key in common)
    return tuple(tuple(placed.text[member.key.end : member.value.start].split(":")) for member in found)


def _spaces_shown(gaps: _Gaps) -> str:
    used = {gap for group in gaps for gap in group if gap}
    return ", ".join(sorted(map(repr, used))) or "none"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


# --- arrays


def _compare_arrays(out: Collector, where: Where, nodes: Mapping[int, Placed]) -> None:
    items: dict[int, list[Placed]] = {}
    for run, placed in nodes.items():
        assert isinstance(placed.node, Array)
        items[run] = [Placed(placed.text, item) for item in placed.node.items]
    _compare_spacing(out, where, nodes, {})
    _compare_items(out, where, items)


def _compare_items(out: Collector, where: Where, arrays: Mapping[int, Sequence[Placed]]) -> None:
    reference = out.reference(arrays)
    items = {run: [item(placed.raw, placed.node) for placed in group] for run, group in arrays.items()}
    found = columns(items, reference)
    everywhere = ((number, column) for number, column in enumerate(found) if len(column) == len(arrays))
    common = {number: column for number, column in everywhere if is_known(items, column)}
    order = {run: tuple(sorted(common, key=lambda number: common[number][run])) for run in arrays}
    names = {number: _item_name(items, found[number], number) for number in common}
    out.add(where, Layer.ORDER, order, {run: _listed([names[n] for n in seen]) for run, seen in order.items()})
    for column in found:
        home = reference if reference in column else min(column)
        step = f"{column[home]}" if home == reference else f"+{column[home]}"
        below = Where(where.request, where.part, f"{where.path}/{step}")
        out.add_presence(below, arrays, column)
        compare_nodes(out, below, {run: arrays[run][index] for run, index in column.items()})


def _item_name(items: Mapping[int, Sequence[Item]], column: Mapping[int, int], number: int) -> str:
    run, index = next(iter(column.items()))
    found = items[run][index]
    return found.label or (found.raw if len(found.raw) <= 24 else f"#{number}")


# --- strings


def _compare_strings(out: Collector, where: Where, nodes: Mapping[int, Placed]) -> None:
    strings = {run: placed.node for run, placed in nodes.items() if isinstance(placed.node, String)}
    _compare_escapes(out, where, strings)
    values = {run: string.value for run, string in strings.items()}
    if len(set(values.values())) < 2:
        return
    for mark, read in _INSIDE.items():
        nested = {run: found for run, value in values.items() if (found := read(value))}
        if len(nested) == len(values):
            below = Where(where.request, where.part, f"{where.path}{mark}")
            compare_nodes(out, below, {run: Placed(document.text, document.root) for run, document in nested.items()})
            return
    compare_text(out, where, values)


@lru_cache(maxsize=4096)
def _nested(value: str) -> Document | None:
    """Read a string that is itself a JSON object or array, and nothing else."""
    if value[:1] not in ("{", "[") or value[-1:] not in ("}", "]"):
        return None
    try:
        return parse(value)
    except FormatError:
        return None


@lru_cache(maxsize=16384)
def _nested_base64(value: str) -> Document | None:
    """Read a string that is base64 (RFC 4648, either alphabet, padded or not) of a JSON object, as telemetry sends it.

    How the base64 itself is spelled is not compared.
    """
    if not value.startswith("ey") or len(value) < _SHORTEST_BASE64:  # `{"` in base64
        return None
    try:
        padded = value.rstrip("=").translate(_URL_SAFE)
        return _nested(base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode())
    except ValueError:
        return None


_INSIDE: Final = {"#": _nested, "#base64": _nested_base64}
"""How documents inside a string are marked in a path, and read."""


def _compare_escapes(out: Collector, where: Where, strings: Mapping[int, String]) -> None:
    """Compare how characters are spelled: by position where all say the same, else by character."""
    spelled = {run: string for run, string in strings.items() if "\\" in string.raw}
    if not spelled:
        return
    if len({string.value for string in strings.values()}) == 1:
        forms = {run: tuple(_ESCAPE.findall(string.raw)) for run, string in strings.items()}
        shown = {run: " ".join(dict.fromkeys(found)) or "none" for run, found in forms.items()}
        out.add(where, Layer.ESCAPE, forms, shown)
        return
    escaped = {_decoded(form) for string in spelled.values() for form in set(_ESCAPE.findall(string.raw))}
    for char in sorted(escaped)[:_MAX_ESCAPED]:
        having = {run: string for run, string in strings.items() if char in string.value}
        by_run = {run: _forms(char, string) for run, string in having.items()}
        out.add(where, Layer.ESCAPE, by_run, {run: " ".join(sorted(found)) for run, found in by_run.items()})


def _forms(char: str, string: String) -> frozenset[str]:
    found = {form for form in _ESCAPE.findall(string.raw) if _decoded(form) == char}
    bare = _ESCAPE.sub("", string.raw[1:-1])
    return frozenset(found | ({char} if char in bare else set()))


@lru_cache(maxsize=1024)
def _decoded(escape: str) -> str:
    return str(json.loads(f'"{escape}"'))
