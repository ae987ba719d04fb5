"""What was read of programs, and raw bytes of the rest -> mentions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import accumulate, chain
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.model.scan import Mention, MentionKind, Place
from wiretell.scan.interface import PYTHON, Piece
from wiretell.scan.literals.values import Form, Literal, ReadPiece
from wiretell.scan.mentions import hosts, lookalike, order, raw
from wiretell.scan.mentions.facts import FILES, INTERFACES, environment_fact, operand_fact, tells_host
from wiretell.scan.mentions.layout import Find, Layout
from wiretell.scan.mentions.tally import Tally

MOST_ZONES: Final = 12
"""Zones in one program within `lookalike.TABLE_SPAN`; more are a table of a library."""
_LONGEST_NAME: Final = 80
_LONGEST_VALUE: Final = 200
"""Characters of a literal that counts as something compared."""
_LONGEST_READ: Final = 64
"""Bytes from the beginning of a read in Python to the name of its variable."""
_END: Final = "\n"


@dataclass(frozen=True, slots=True)
class Collected:
    """All that is named."""

    mentions: tuple[Mention, ...]
    """By kind in the order of `MentionKind`, within it what tells most first."""
    finds: tuple[Find, ...]
    """Every position of zones, of literals of one lookalike character, and of reads of variables that say where
    requests go; tables left out."""
    literals: int
    """How many string literals and parts of templates were read."""
    not_examined: tuple[NotExamined, ...]


def collect(read: Iterable[ReadPiece], pieces: Iterable[Piece]) -> Collected:
    """Collect from everything at once; `Collector` does the same one by one."""
    listed = list(pieces)
    collector = Collector(Layout.of(listed))
    for piece in read:
        collector.add(piece)
    for part in listed:
        collector.add_raw(part)
    return collector.result()


class Collector:
    """Takes what was read, piece by piece, and keeps what is worth mentioning."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._tallies = {kind: Tally(kind) for kind in MentionKind}
        self._finds: list[Find] = []
        self._missing: dict[NotExamined, None] = {}
        self._literals = 0
        self._computed = 0
        self._whole = 0

    def add(self, piece: ReadPiece) -> None:
        """Take in one program."""
        self._missing.update(dict.fromkeys(piece.not_examined))
        self._literals += sum(1 for literal in piece.literals if literal.form <= Form.TEMPLATE)
        self._computed += piece.computed
        self._whole += piece.whole
        self._names(piece)
        self._watched(piece)
        self._zones(piece)
        self._lookalikes(piece)
        self._hosts(piece)
        self._files(piece)
        self._compared(piece)

    def add_raw(self, piece: Piece) -> None:
        """Take in the bytes of one piece that is no program, where no other piece covers them."""
        for find in raw.search(piece, self._layout):
            if find.kind == raw.FILE:
                self._tallies[MentionKind.SURROUNDINGS].add(find.name, FILES[find.name], "raw", find.place)
            elif find.kind == raw.VARIABLE:
                fact = environment_fact(find.name)
                self._tallies[MentionKind.ENVIRONMENT].add(find.name, fact, "raw", find.place)
            elif hosts.plausible(find.name.lower()):
                self._tallies[MentionKind.HOST].add(find.name.lower(), "", "raw", find.place)

    def result(self) -> Collected:
        """Return what was taken in so far, in order."""
        sorters = {
            MentionKind.ENVIRONMENT: order.environment,
            MentionKind.SURROUNDINGS: order.surroundings,
            MentionKind.HOST: order.hosts,
            MentionKind.TIMEZONE: order.timezones,
            MentionKind.LOOKALIKE: order.lookalikes,
            MentionKind.COMPARED: order.compared,
        }
        listed = (sorters[kind](tally.mentions()) for kind, tally in self._tallies.items())
        finds = tuple(sorted(self._finds, key=lambda find: find.outer))
        missing = (*self._missing, *self._unknown())
        return Collected(tuple(chain.from_iterable(listed)), finds, self._literals, missing)

    def _unknown(self) -> Iterable[NotExamined]:
        if self._computed:
            yield NotExamined(
                "names of environment variables that are computed", f"{self._computed} reads name none in the text"
            )
        if self._whole:
            yield NotExamined(
                "what becomes of the whole environment",
                f"it is handed on or copied in {self._whole} places; reads from copies are seen by their names only",
            )

    # -- one kind each ------------------------------------------------------------------------------------------

    def _find(self, kind: str, label: str, place: Place) -> None:
        self._finds.append(Find(kind, label, place, self._layout.outer(place)))

    def _names(self, piece: ReadPiece) -> None:
        tally = self._tallies[MentionKind.ENVIRONMENT]
        for read in piece.names:
            place = Place(piece.path, read.start, len(read.name))
            tally.add(read.name, environment_fact(read.name), read.spelling, place)
            if tells_host(read.name) and read.spelling not in order.MAYBE and read.spelling != "written":
                self._find("base url", f"reads {read.name}", place)
        constants = [
            literal
            for literal in piece.literals
            if "_" in literal.value and literal.form is Form.STRING and _is_constant(literal.value)
        ]
        arguments = _arguments(piece, constants)
        for literal in constants:
            if literal.start not in arguments:
                tally.add(literal.value, environment_fact(literal.value), "literal", _place(piece, literal))

    def _watched(self, piece: ReadPiece) -> None:
        for seen in piece.watched:
            fact, spellings = INTERFACES.get(seen.name, ("", frozenset()))
            if seen.spelling in spellings:
                place = Place(piece.path, seen.start, len(seen.name))
                self._tallies[MentionKind.SURROUNDINGS].add(seen.name, fact, _shown(seen.name, seen.spelling), place)

    def _zones(self, piece: ReadPiece) -> None:
        zones = zone_names()
        found = [literal for literal in piece.literals if "/" in literal.value and literal.value in zones]
        found.sort(key=lambda literal: literal.start)  # joined literals come after what is behind them
        tables = lookalike.in_tables([literal.start for literal in found], MOST_ZONES)
        for literal, in_table in zip(found, tables, strict=True):
            compared = "compared" if literal.compared else "literal"
            place = _place(piece, literal)
            spelling = order.IN_A_TABLE if in_table else compared
            self._tallies[MentionKind.TIMEZONE].add(literal.value, "timezone", spelling, place)
            if in_table:
                continue
            self._find("timezone", f"timezone {literal.value}", place)
            if literal.compared and not literal.operand:  # a zone is compared with nothing else but a zone
                self._tallies[MentionKind.COMPARED].add(literal.value, "timezone", "compared", place)

    def _lookalikes(self, piece: ReadPiece) -> None:
        beyond = [
            literal for literal in piece.literals if not literal.value.isascii() and literal.form <= Form.TEMPLATE
        ]
        single = [literal for literal in beyond if len(literal.value) == 1]
        tables = lookalike.in_tables([literal.start for literal in single])
        tabled = {literal.start for literal, in_table in zip(single, tables, strict=True) if in_table}
        for literal in beyond:
            found = lookalike.lookalikes(literal.value)
            if found:
                self._lookalike(piece, literal, found, literal.start in tabled)

    def _lookalike(self, piece: ReadPiece, literal: Literal, found: str, in_table: bool) -> None:
        names, place = lookalike.names_of(found), _place(piece, literal)
        spelling = order.IN_A_TABLE if in_table else "literal" if literal.form is Form.STRING else "template"
        name = lookalike.excerpt(literal.value)
        self._tallies[MentionKind.LOOKALIKE].add(name, "", spelling, place, names)
        if len(literal.value) == 1 and not in_table and lookalike.is_twin(literal.value):
            self._find("lookalike", f"lookalike {names[0]}", place)

    def _hosts(self, piece: ReadPiece) -> None:
        tally = self._tallies[MentionKind.HOST]
        for literal in piece.literals:
            value = literal.value
            if "://" in value:
                for host, _ in hosts.in_urls(value):
                    tally.add(host, "", "url", _place(piece, literal))
            elif "." in value and len(value) < 254 and (host := hosts.whole(value)):
                tally.add(host, "", "compared" if literal.compared else "literal", _place(piece, literal))

    def _files(self, piece: ReadPiece) -> None:
        """All literals as one text: a search for each of 20 names in it is faster than 20 searches in each."""
        values = [literal.value for literal in piece.literals]
        text = _END.join(values)
        starts: list[int] = []
        for name, fact in FILES.items():
            at = text.find(name)
            while at >= 0:
                starts = starts or [0, *accumulate(len(value) + 1 for value in values)]
                literal = piece.literals[bisect_right(starts, at) - 1]
                self._tallies[MentionKind.SURROUNDINGS].add(name, fact, "literal", _place(piece, literal))
                at = text.find(name, at + 1)

    def _compared(self, piece: ReadPiece) -> None:
        for literal in piece.literals:
            if not literal.operand or len(literal.value) > _LONGEST_VALUE:
                continue
            fact = operand_fact(literal.operand)
            if fact is None:
                continue
            self._tallies[MentionKind.COMPARED].add(literal.value, fact, literal.operand, _place(piece, literal))
            name = literal.operand.removeprefix("env:")
            if name != literal.operand:
                self._tallies[MentionKind.ENVIRONMENT].compare(name, fact, literal.value)
            else:
                word = name.removeprefix("process.").removesuffix("()")
                self._tallies[MentionKind.SURROUNDINGS].compare(word, INTERFACES[word][0], literal.value)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return the names of time zones that are no plain words: `Area/City` of the tzdata package."""
    text = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(name for name in text.split() if "/" in name)


def _is_constant(text: str) -> bool:
    """Whether a literal with a low line in it looks like the name of a variable: capitals and digits."""
    if not (3 < len(text) <= _LONGEST_NAME and text.isupper() and text.isascii()):
        return False
    return text.replace("_", "").isalnum() and text[0].isalpha()


def _arguments(piece: ReadPiece, constants: Iterable[Literal]) -> set[int]:
    """Return where literals begin that name the variable of a read: they are that read, and no mention of their own.

    A read in JavaScript begins where its literal does, one in Python at its expression: `os.environ.get("NAME")`.
    """
    starts: dict[str, list[int]] = {}
    for literal in sorted(constants, key=lambda literal: literal.start):
        starts.setdefault(literal.value, []).append(literal.start)
    reach = _LONGEST_READ if piece.kind == PYTHON else 0
    found = set()
    for read in piece.names:
        begins = starts.get(read.name, [])
        at = bisect_left(begins, read.start)
        if at < len(begins) and begins[at] <= read.start + reach:
            found.add(begins[at])
    return found


def _place(piece: ReadPiece, literal: Literal) -> Place:
    return Place(piece.path, literal.start, literal.end - literal.start)


def _shown(name: str, spelling: str) -> str:
    """`.()` of `hostname` is shown as `.hostname()`."""
    if spelling in ("key", "import"):
        return f"{name} ({spelling})"
    plain = spelling.removesuffix("()")
    called = "()" if spelling.endswith("()") else ""
    return f"{'' if plain == 'name' else plain}{name}{called}"
