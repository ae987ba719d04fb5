"""What was read becomes mentions, in the order in which they tell."""

from __future__ import annotations

from tests.scan.mentions.build import literal, piece
from wiretell.model.findings import NotExamined
from wiretell.model.scan import MentionKind, Place
from wiretell.scan.interface import BINARY, PYTHON, Piece
from wiretell.scan.literals import Form, NameRead, ReadPiece, Watched
from wiretell.scan.literals.python import read_python
from wiretell.scan.literals.worker import Settings
from wiretell.scan.mentions import Collected, collect


def of(collected: Collected, kind: MentionKind) -> list[str]:
    return [mention.name for mention in collected.mentions if mention.kind is kind]


def test_environment_names() -> None:
    names = (
        NameRead("ACME_TOKEN", "process.env.NAME", 1),
        NameRead("ACME_TOKEN", "destructured", 2),
        NameRead("ACME_BASE_URL", 'process.env["NAME"]', 3),
        NameRead("TZ", "process.env.NAME", 4),
        NameRead("ACME_MODE", "process.env.NAME", 5),
        NameRead("ACME_MAYBE", "property", 6),
        NameRead("OTHER_CONSTANT", "key", 7),
    )
    found = collect([piece(literal(50, "on", "env:ACME_MODE"), literal(60, "ACME_LAST"), names=names)], [])
    assert of(found, MentionKind.ENVIRONMENT) == [
        "ACME_BASE_URL",
        "TZ",
        "ACME_MODE",
        "ACME_TOKEN",
        "ACME_LAST",
        "ACME_MAYBE",
    ]
    by_name = {mention.name: mention for mention in found.mentions}
    assert by_name["ACME_TOKEN"].spellings == {"process.env.NAME": 1, "destructured": 1}
    assert by_name["ACME_TOKEN"].count == 2
    assert by_name["ACME_MODE"].values == ("on",)
    assert by_name["TZ"].fact == "timezone"
    assert by_name["ACME_LAST"].spellings == {"literal": 1}


def test_the_argument_of_a_read_is_no_mention_of_its_own() -> None:
    source = b"import os\na = os.environ.get('ACME_MODE', 'ACME_MODE')\nb = os.environ['ACME_KEY']\n"
    read = [read_python(Piece("a.py", PYTHON, source), Settings((), ()))]
    by_name = {mention.name: mention.spellings for mention in collect(read, []).mentions}
    assert by_name["ACME_MODE"] == {"os.environ.get": 1, "literal": 1}
    assert by_name["ACME_KEY"] == {"os.environ": 1}


def test_in_javascript_only_the_literal_in_brackets_is_the_argument() -> None:
    names = (NameRead("ACME_ONE", 'process.env["NAME"]', 12), NameRead("ACME_TWO", "process.env.NAME", 60))
    found = collect([piece(literal(12, "ACME_ONE"), literal(73, "ACME_TWO"), names=names)], [])
    by_name = {mention.name: mention.spellings for mention in found.mentions}
    assert by_name["ACME_ONE"] == {'process.env["NAME"]': 1}
    assert by_name["ACME_TWO"] == {"process.env.NAME": 1, "literal": 1}


def test_surroundings() -> None:
    watched = (Watched("hostname", ".", 1), Watched("hostname", ".()", 2), Watched("timeZone", ".", 3))
    found = collect(
        [piece(literal(10, "cat /etc/machine-id"), literal(40, "devbox", "hostname()"), watched=watched)], []
    )
    assert of(found, MentionKind.SURROUNDINGS) == ["timeZone", "/etc/machine-id", "hostname"]
    hostname = next(mention for mention in found.mentions if mention.name == "hostname")
    assert (hostname.spellings, hostname.values) == ({".hostname()": 1}, ("devbox",))


def test_zones_compared_first_tables_last() -> None:
    table = [literal(100_000 + 30 * i, name) for i, name in enumerate(["Asia/Tokyo", "Europe/Paris"] * 10)]
    found = collect([piece(literal(9, "Europe/Berlin"), literal(50, "Asia/Kolkata", compared=True), *table)], [])
    assert of(found, MentionKind.TIMEZONE) == ["Asia/Kolkata", "Europe/Berlin", "Asia/Tokyo", "Europe/Paris"]
    assert [find.label for find in found.finds] == ["timezone Europe/Berlin", "timezone Asia/Kolkata"]
    assert found.mentions[0].places == (Place("cli.js", 50, 14),)
    assert of(found, MentionKind.COMPARED) == ["Asia/Kolkata"]


def test_single_lookalikes_first_tables_last() -> None:
    table = [literal(50_000 + 20 * i, char) for i, char in enumerate("\u2019\u2018\u2032\u02b9" * 10)]
    found = collect([piece(literal(5, "It\u2019s so"), literal(30, "\u02bc"), literal(60, "\u200b"), *table)], [])
    assert of(found, MentionKind.LOOKALIKE)[:3] == ["\u02bc", "\u200b", "It\u2019s so"]
    assert found.mentions[0].codepoints == ("U+02BC",)
    assert [find.label for find in found.finds] == ["lookalike U+02BC", "lookalike U+200B"]


def test_twins_of_punctuation_before_letters_before_what_is_not_seen() -> None:
    chars = ("\u00d7", "\u2026", "\u200b", "\u0430", "\u02bc")
    found = collect([piece(*(literal(100 * at, char) for at, char in enumerate(chars, 1)))], [])
    assert of(found, MentionKind.LOOKALIKE) == ["\u02bc", "\u00d7", "\u0430", "\u200b", "\u2026"]


def test_hosts_documentation_last() -> None:
    found = collect(
        [piece(literal(1, "http://www.w3.org/1999"), literal(30, "https://x.acme.com/"), literal(60, "api.acme.com"))],
        [Piece("app", BINARY, b"\0https://raw.acme.com\0")],
    )
    assert of(found, MentionKind.HOST) == ["api.acme.com", "x.acme.com", "raw.acme.com", "www.w3.org"]


def test_compared_needs_something_that_was_read() -> None:
    found = collect(
        [
            piece(
                literal(1, "a", "env:ACME_MODE"),
                literal(9, "Asia/Tokyo", "timeZone"),
                literal(30, "b", compared=True),
                literal(40, "c", "hostname"),
                names=(NameRead("ACME_MODE", "process.env.NAME", 70),),
            )
        ],
        [],
    )
    assert of(found, MentionKind.COMPARED) == ["Asia/Tokyo", "a"]


def test_what_was_not_examined_reaches_the_result_once() -> None:
    missing = NotExamined("string literals of JavaScript", "acorn could not be fetched: no network.")
    unread = [ReadPiece(f"{i}.js", "javascript", None, (), (), (), 0, 0, (missing,)) for i in range(3)]
    found = collect([*unread, piece(computed=2, whole=1)], [])
    assert found.not_examined[0] == missing
    assert [item.what for item in found.not_examined].count(missing.what) == 1
    assert any("2 reads" in item.why for item in found.not_examined)
    assert any("1 places" in item.why for item in found.not_examined)


def test_joined_literals_are_no_literals_of_their_own() -> None:
    joined = literal(1, "Asia/Tokyo", form=Form.JOINED)
    found = collect([piece(literal(1, "Asia/"), literal(9, "Tokyo"), joined)], [])
    assert found.literals == 2
    assert of(found, MentionKind.TIMEZONE) == ["Asia/Tokyo"]
