"""What a reader of a scan or a comparison sees first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import history_sample, scan_sample
from wiretell.model.history import Change, LiteralChange, LiteralKind
from wiretell.model.scan import Mention, MentionKind, Place, ScanResult
from wiretell.report import render, to_document
from wiretell.report.diff import view as diff_view
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import visible, with_returns
from wiretell.report.scan import lookalikes, view


def _lookalike(name: str, spelling: str = "literal") -> Mention:
    points = tuple(f"U+{ord(char):04X}" for char in name if ord(char) > 127)
    return Mention(MentionKind.LOOKALIKE, name, "", {spelling: 1}, (Place("other.js", 5, 3),), (), points)


def _scan(*mentions: Mention) -> ScanResult:
    return replace(scan_sample.full(), mentions=mentions)


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("\u2019", True),
        ("\u0430", True),
        ("it\u2019s", True),
        ("\u200b", True),
        ("a\ufe0f", True),
        ("\u2026", False),
        ("\u00d7", False),
        ("\u2318", False),
        ("\U0001f4cb", False),
        ("\u26a0\ufe0f", False),
        ("\U0001f468\u200d\U0001f4bb", False),
        ("\u26a0\ufe0f a\ufe0f", True),
    ],
)
def test_the_headline_counts_twins_of_ascii(name: str, counted: bool) -> None:
    document = to_document(_scan(_lookalike(name)))
    for shown in (document, drawn(document)):
        assert len(lookalikes.lookalikes(shown)) == counted
        assert len(lookalikes.others(shown)) == (not counted)


def test_what_stands_near_a_list_comes_first_with_the_place_near_it() -> None:
    near = Place(scan_sample.FILE, 812_000, 5)
    marked = replace(_lookalike("\u2019"), places=(Place("other.js", 5, 3), near), spellings={"literal": 2})
    document = to_document(_scan(_lookalike("\u2013"), _lookalike("a\u00a0b"), _lookalike("far\u2019s"), marked))
    found = lookalikes.lookalikes(drawn(document))
    assert [mention.name for mention in found] == ["\u2019", "\u2013", "a[U+00A0]b", "far\u2019s"]
    assert found[0].places[0].offset == near.offset


def test_tables_and_other_characters_are_said() -> None:
    table = [_lookalike(char, spelling=lookalikes.IN_A_TABLE) for char in "\u2032\u2033\u0391"]
    text = render(to_document(_scan(_lookalike("\u2019"), _lookalike("\u2026"), *table)), "text", width=100)
    assert "Lookalikes  3 literals with" in text
    assert "2 of them in tables of characters" in text
    assert "+2 literals with other unusual characters" in text


def test_variables_that_are_read_come_before_names() -> None:
    def variable(name: str, **spellings: int) -> Mention:
        return Mention(MentionKind.ENVIRONMENT, name, f"env:{name}", spellings, (Place("a.js", 1, 2),))

    document = to_document(
        _scan(
            variable("ACME_CONST", property=30),
            variable("ACME_SET", written=20),
            variable("ACME_READ", destructured=1),
            variable("ACME_KEY", alias=2, literal=1),
        )
    )
    found = view.environment(document)
    assert [mention.name for mention in found] == ["ACME_KEY", "ACME_READ", "ACME_CONST", "ACME_SET"]
    assert view.read_and_named(found) == "2 variables read, 2 more named only"


def test_what_stands_near_is_shown_whole() -> None:
    items = tuple(f"timezone Area/City_{number}" for number in range(40))
    full = scan_sample.full()
    document = to_document(replace(full, clusters=(replace(full.clusters[0], items=items),)))
    words = " ".join(render(document, "text", width=60).split())
    assert all(item in words for item in items)
    assert words.index("Near each other") < words.index("Plain encodings") < words.index("Surroundings")


def _text(value: str, near: tuple[str, ...] = (), change: Change = Change.NEW) -> LiteralChange:
    return LiteralChange(change, LiteralKind.TEXT, value, 1, (Place("a.js", 1, 2),), near=near)


def test_other_text_near_finds_first_then_short_before_long() -> None:
    literals = (_text("z" * 20_000), _text("bbb"), _text("a" * 150), _text("n" * 300, ("timezone A/B (2 after)",)))
    document = to_document(replace(history_sample.diff(), literals=literals))
    assert [len(change.value) for change in diff_view.of_kind(document, LiteralKind.TEXT)] == [300, 3, 150, 20_000]


def test_what_is_new_near_a_literal_says_so_and_comes_first() -> None:
    lines = ("lookalike U+2013 (1 before)", "timezone Europe/Lisbon (beside it)", "list of 12 entries (4 after)")
    literals = (*history_sample.diff().literals, _text("text", lines))
    document = to_document(replace(history_sample.diff(), literals=literals))
    changed = diff_view.labels(document.literals)
    shown = ("timezone Europe/Lisbon (beside it, new)", "list of 12 entries (4 after, new)", lines[0])
    assert diff_view.near(document.literals[-1], changed) == shown
    text = render(document, "text", width=100)
    assert "near timezone Europe/Lisbon (beside it, new), +2 more" in " ".join(text.split())


@given(
    st.text(st.sampled_from("\n\u23ce[]U+0AaE"), max_size=12), st.text(st.sampled_from("\n\u23ce[]U+0AaE"), max_size=12)
)
def test_ends_of_lines_cannot_be_faked(a: str, b: str) -> None:
    assert (with_returns(visible(a)) == with_returns(visible(b))) == (a == b)
    assert with_returns(visible("a\nb")) == "a\u23ceb"
