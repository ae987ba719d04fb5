"""Ledger entries make the edited body, and give the original back."""

from __future__ import annotations

import pytest

from wiretell.errors import FormatError
from wiretell.gateway.edits import Change, apply, model_change, unapply
from wiretell.model.exchange import LedgerEntry


def test_ledger_entries_of_the_log_are_applied_too() -> None:
    entry = LedgerEntry("id", "/a", 6, "x", "yy", "r")
    assert apply(b'{"a":"x"}', [entry]) == b'{"a":"yy"}'
    assert unapply(b'{"a":"yy"}', [entry]) == b'{"a":"x"}'


def test_entries_in_any_order_and_bytes_that_are_no_utf_8() -> None:
    changes = [Change(None, 2, "b", "BB", "r"), Change(None, 0, "\udcff", "", "r")]
    assert apply(b"\xffab", changes[:1]) == b"\xffaBB"
    assert apply(b"\xffab", changes) == b"aBB"
    assert unapply(b"aBB", changes) == b"\xffab"


@pytest.mark.parametrize("offset", [0, 3, 99])
def test_entries_of_another_body_are_refused(offset: int) -> None:
    with pytest.raises(FormatError, match="does not fit"):
        apply(b"abc", [Change(None, offset, "b", "x", "r")])
    with pytest.raises(FormatError, match="does not fit"):
        apply(b"abc", [Change(None, 1, "bc", "x", "r"), Change(None, 2, "c", "y", "r")])


def test_a_route_changes_the_model_and_nothing_else() -> None:
    body = b'{ "messages":[{"model":"no"}], "model" : "one", "x":1}'
    change = model_change(body, "openai-chat", "tw\u00f6", "route:0:model")
    assert change is not None
    assert (change.path, change.before, change.rule) == ("/model", "one", "route:0:model")
    assert apply(body, [change]) == b'{ "messages":[{"model":"no"}], "model" : "tw\\u00f6", "x":1}'
    assert model_change(body, "openai-chat", "one", "r") is None
    assert model_change(b'{"contents":[]}', "gemini", "m", "r") is None


@pytest.mark.parametrize("body", [b'{"a":1}', b'{"model":null}', b"[]", b'{"model":'])
def test_a_request_without_a_model_has_no_route(body: bytes) -> None:
    with pytest.raises(FormatError):
        model_change(body, "anthropic-messages", "m", "r")


def test_of_two_models_the_last_counts() -> None:
    change = model_change(b'{"model":"a","model":"b"}', "openai-responses", "c", "r")
    assert change is not None and apply(b'{"model":"a","model":"b"}', [change]) == b'{"model":"a","model":"c"}'
