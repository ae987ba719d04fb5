"""Marks as reading, explaining, stripping and writing would hand them over. Every account and log is made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.model.marks import (
    Certainty,
    Classification,
    Edit,
    EditResult,
    Explained,
    FoundMark,
    Mark,
    MarksResult,
    Origin,
    Settings,
    Signal,
    SourceRead,
    State,
    SummaryRow,
    VersionRange,
    Where,
)
from wiretell.model.schemes import SchemeDescription, SchemesResult, VendorList

LOG: Final = "logs/2026-06-01.jsonl"
PATH: Final = "/messages/0/content/1/text"
BOTH: Final = State("labKw+cnTZ", 6, "The host holds an entry of the second list, and the time zone is one of two.")
ALICE: Final = Origin("account-0a1b", "claude-cli", "2.1.91", "2026-06-01")
BOB: Final = Origin("account-77ff", "claude-cli", "2.1.198", "2026-07-02")

DATE_LINE: Final = Mark(
    "date-line",
    BOTH.name,
    BOTH.meaning,
    Certainty.CERTAIN,
    ("A capture set the base URL to a host of its own, which opened the gate.",),
    ("U+02BC", "U+002F"),
    "# currentDate\nToday\u02bcs date is 2026/06/01.\n\n      IMPORTANT",
    48_211,
    22,
    PATH,
    (),
    12,
)
ZERO_WIDTH: Final = Mark(
    "invisible",
    "U+200B x3",
    "Three characters that are not drawn stand inside a word.",
    Certainty.LIKELY,
    ("Copied from a page that breaks lines there.",),
    ("U+200B",),
    "con\u200bfi\u200bden\u200btial",
    51_000,
    17,
    "/messages/2/content",
    ("/tools/0/input",),
    13,
    "A",
)
TRAILING: Final = Mark(
    "trailing-space",
    "pattern of 4 lines",
    "Spaces at the ends of lines differ from line to line.",
    Certainty.POSSIBLE,
    ("An editor leaves them.", "Two spaces are a line break in Markdown."),
    ("U+0020",),
    "one  \ntwo\nthree \n",
    9,
    12,
)


def _found(
    mark: Mark, origin: Origin = ALICE, request: str = "POST /v1/messages?beta=true", move: int = 0
) -> FoundMark:
    moved = replace(mark, line=mark.line + move, offset=mark.offset + 4_000 * move)
    return FoundMark(moved, Where(LOG, moved.line, request, offset=40_000, line=moved.line), origin)


def _row(origin: Origin, records: int, unmarked: int, marks: dict[str, int]) -> SummaryRow:
    return SummaryRow(origin, records, {"date-line": unmarked} if unmarked else {}, marks)


def read() -> MarksResult:
    """Marks of three kinds in a log that knows its accounts, more of them than were asked for."""
    found = (
        FoundMark(TRAILING, Where("notes.txt", 1), Origin()),
        *(_found(DATE_LINE, move=n) for n in range(24)),
        _found(ZERO_WIDTH, BOB, ""),
    )
    return MarksResult(
        (SourceRead(LOG, "jsonl", 500, 2_100_000, 75), SourceRead("notes.txt", "text", 1, 21, 1)),
        ("date-line", "invisible", "trailing-space"),
        found,
        76,
        {"date-line:labKw+cnTZ": 74, "invisible:U+200B x3": 1, "trailing-space:pattern of 4 lines": 1},
        {"certain": 74, "likely": 1, "possible": 1},
        {"joiner in an emoji": 12, "variation selector after an emoji": 3},
        (
            _row(BOB, 2, 1, {"invisible:U+200B x3": 1}),
            _row(ALICE, 74, 0, {"date-line:labKw+cnTZ": 74}),
            _row(replace(BOB, account="account-90c2"), 425, 425, {}),
            _row(Origin(), 1, 0, {"trailing-space:pattern of 4 lines": 1}),
        ),
        (NotExamined(f"{LOG} record 77", "it is no JSON: a line ends in the middle"),),
        started="2026-11-21T10:00:00.000Z",
        wall_s=0.42,
        command=f"wiretell marks read {LOG} notes.txt",
        marked_records=76,
    )


def unmarked() -> MarksResult:
    """A text with the date line in its plain form."""
    return MarksResult(
        (SourceRead("-", "json", 1, 9_000, 0),), ("date-line",), (), 0, {}, {}, {}, (_row(Origin(), 1, 1, {}),), ()
    )


def unread() -> MarksResult:
    """One text without marks, and two files of which nothing could be examined."""
    return MarksResult(
        (
            SourceRead("a.bin", "unread", 0, 0, 0),
            SourceRead("b.jsonl", "jsonl", 3, 300, 0),
            SourceRead("c.txt", "unread", 0, 0, 0),
        ),
        ("date-line",),
        (),
        0,
        {},
        {},
        {},
        (),
        (NotExamined("a.bin", "binary: not examined"), NotExamined("c.txt", "UTF-16: not examined")),
    )


def parquet() -> MarksResult:
    """One mark of a column of text."""
    where = Where("exchanges.parquet", 41, column="prompt")
    mark = replace(DATE_LINE, path="", offset=14, line=2)
    return MarksResult(
        (SourceRead("exchanges.parquet", "parquet", 1_000, 1_000_000, 1),),
        ("date-line",),
        (FoundMark(mark, where, Origin("account-0a1b")),),
        1,
        {"date-line:labKw+cnTZ": 1},
        {"certain": 1},
        {},
        (_row(Origin("account-0a1b"), 1, 0, {"date-line:labKw+cnTZ": 1}),),
        (),
    )


VERSIONS: Final = (
    VersionRange("claude-code", "2.1.91", "2026-04-02", "2.1.197", "2026-06-30", "read in the packages"),
)


def explained() -> Explained:
    """A host with a word of the second list, and one of the two zones."""
    settings = Settings("https://api.deepseek.example/anthropic", "Asia/Shanghai")
    host, read_of = "api.deepseek.example", "ANTHROPIC_BASE_URL"
    signals = (
        Signal("known", False, read_of, host, why="No entry of the first list is the host or its end."),
        Signal("labKw", True, read_of, host, "substring", "deepseek", ("deep", "seek"), "The host holds an entry."),
        Signal("cnTZ", True, "time zone", "Asia/Shanghai", "exact", why="It is one of two zones."),
    )
    return Explained(
        Classification("date-line", settings, True, "The base URL is set to another host.", signals, BOTH),
        {"base_url": "--base-url", "timezone": "this machine (TZ)"},
        "Today\u02bcs date is 2026/11/21.",
        {
            "utf-8": "Today\u02bcs date is 2026/11/21.".encode().hex(" "),
            "json": '"Today\\u02bcs date is 2026/11/21."',
        },
        VERSIONS,
        ("Proxy settings and the locale are not read.",),
    )


def closed() -> Explained:
    """No base URL: the gate is closed, and nothing else matters."""
    signals = (
        Signal("known", False, "ANTHROPIC_BASE_URL", ""),
        Signal("labKw", False, "ANTHROPIC_BASE_URL", ""),
        Signal("cnTZ", False, "time zone", "Asia/Shanghai", why="It would fire if the gate were open."),
    )
    none = State("none", 0, "Gate closed, or no signal.")
    sentence = "Today's date is 2026-11-21."
    return Explained(
        Classification("date-line", Settings(None, None), False, "The base URL is not set.", signals, none),
        {"base_url": "this machine", "timezone": "this machine"},
        sentence,
        {"utf-8": sentence.encode().hex(" "), "json": f'"{sentence}"'},
        VERSIONS,
    )


def stripped() -> EditResult:
    """A date line made plain, and one in a text of the user's own left alone."""
    return EditResult(
        "strip",
        "request.json",
        ("date-line", "invisible"),
        (
            Edit("date-line", "apostrophe", 48_211, "\\u02bc", "'", PATH, ("/body",), 12),
            Edit("date-line", "separator", 48_228, "/", "-", PATH, ("/body",), 12),
            Edit("date-line", "separator", 48_231, "/", "-", PATH, ("/body",), 12),
            Edit("invisible", "U+200B", 51_000, "\u200b", "", None, (), 13),
        ),
        (replace(DATE_LINE, certainty=Certainty.LIKELY, path="/messages/4/content", line=90, offset=99_000),),
        (NotExamined("lines 3 to 5", "they are no JSON"),),
        200_000,
        199_992,
    )


def written() -> EditResult:
    """A mark that was put in."""
    edits = tuple(
        Edit("date-line", rule, 5 + at, before, after)
        for at, rule, before, after in ((0, "apostrophe", "'", "\u2019"), (15, "separator", "-", "/"))
    )
    return EditResult("write", "-", ("date-line",), edits, (), (), 27, 29, "known+cnTZ")


def untouched() -> EditResult:
    """Nothing to strip."""
    return EditResult("strip", "-", ("date-line",), (), (), (), 27, 27)


def schemes() -> SchemesResult:
    """A scheme with a list, and a detector."""
    entries = ("deepseek", "moonshot")
    lists = (
        VendorList("known", "suffix", 2, "ab" * 32, "claude-code 2.1.91", "cd" * 32),
        VendorList("labKw", "substring", len(entries), "ef" * 32, "claude-code 2.1.91", "cd" * 32, entries),
    )
    verbs = ("explain", "read", "strip", "write")
    sources = ("https://example.com/issues/1",)
    line = SchemeDescription(
        "date-line", "the date line", "In the first message.", verbs, (BOTH,), VERSIONS, sources, lists
    )
    return SchemesResult((line, SchemeDescription("tags", "tag characters", "Anywhere.", ("read", "strip"))))
