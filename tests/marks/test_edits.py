"""Edits of several passes, told against the first text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wiretell.marks.edits import Change, apart, apply, joined
from wiretell.model.marks import Edit


def edit(offset: int, before: bytes, after: bytes) -> Edit:
    return Edit("s", "r", offset, before.decode("utf-8", "surrogateescape"), after.decode("utf-8", "surrogateescape"))


@st.composite
def changes(draw: st.DrawFn, data: bytes) -> list[Change]:
    cuts = sorted(set(draw(st.lists(st.integers(0, len(data)), max_size=8))))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return [Change.of(edit(a, data[a:b], draw(st.binary(max_size=3)))) for a, b in spans]


@given(st.data(), st.binary(max_size=30))
def test_two_passes_as_one_do_the_same(data: st.DataObject, text: bytes) -> None:
    first = data.draw(changes(text))
    between = apply(text, first)
    second = data.draw(changes(between))
    wanted = apply(between, second)
    told = [change.reported(text) for change in joined(first, between, second)]
    assert apply(text, [Change.of(each) for each in told]) == wanted


@given(st.data(), st.binary(max_size=30))
def test_nothing_else_is_changed(data: st.DataObject, text: bytes) -> None:
    made = data.draw(changes(text))
    after = apply(text, made)
    kept = b"".join(
        text[a:b] for a, b in zip([0, *(c.end for c in made)], [*(c.start for c in made), len(text)], strict=True)
    )
    assert len(after) == len(kept) + sum(len(change.after) for change in made)


def test_of_two_edits_that_meet_the_first_given_stays() -> None:
    kept = apart([edit(4, b"ab", b""), edit(5, b"b", b"x"), edit(0, b"c", b"d")])
    assert [(change.start, change.after) for change in kept] == [(0, b"d"), (4, b"")]
