"""Account, client, version and day are found where logs usually have them; nothing that stands there is an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.logs.fields import day_of
from wiretell.logs.origin import _FIELDS as FIELDS
from wiretell.logs.origin import Context, of_columns, of_headers, of_record, with_body
from wiretell.model.marks import Origin

_UUID = "0b8c6f9e-1111-2222-3333-444455556666"
_AGENT = "claude-cli/2.1.91 (external, cli)"


def _of(value: object) -> Origin:
    return of_record(json.dumps(value).encode()).origin


@pytest.mark.parametrize(
    ("record", "account"),
    [
        ({"account": "a"}, "a"),
        ({"user": {"id": 7, "name": "x"}}, "7"),
        ({"key_id": "k", "organization": "o"}, "k"),
        ({"account": None, "organization": "o"}, "o"),
        ({"account": True, "user": []}, ""),
        ({"request": {"metadata": {"user_id": "u"}}}, "u"),
        ({"metadata": {"user_id": json.dumps({"device_id": "d", "account_uuid": "", "session_id": "s"})}}, "device:d"),
        ({"metadata": {"user_id": json.dumps({"device_id": "d", "account_uuid": _UUID})}}, _UUID),
        ({"metadata": {"user_id": f"user_5f_account_{_UUID}_session_{_UUID}"}}, _UUID),
        ({"metadata": {"user_id": f"user_5f_account__session_{_UUID}"}}, "device:5f"),
        ({"account": "outer", "body": {"account": "inner"}}, "outer"),
        ({"account": "x" * 1000}, "x" * 200),
    ],
)
def test_account(record: object, account: str) -> None:
    assert _of(record).account == account


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": _AGENT},
        {"User-Agent": [_AGENT]},
        [{"name": "X", "value": "y"}, {"name": "User-Agent", "value": _AGENT}],
        [["user-agent", _AGENT]],
    ],
)
def test_client_and_version_of_headers(headers: object) -> None:
    origin = _of({"headers": headers})
    assert (origin.client, origin.version) == ("claude-cli", "2.1.91")
    assert _of({"request": {"headers": headers, "body": "{}"}}) == origin


def test_version_of_the_billing_header() -> None:
    text = "x-anthropic-billing-header: cc_version=2.1.91.9f2; cc_entrypoint=sdk-cli; cch=00000;"
    assert _of({"body": json.dumps({"system": [{"type": "text", "text": text}]})}).version == "2.1.91"


def test_own_columns_go_before_the_user_agent() -> None:
    record = {"client": "claude-code", "client_version": "2.1.90", "user_agent": _AGENT}
    assert _of(record) == Origin("", "claude-code", "2.1.90", "")


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-11-21T23:59:59Z", "2026-11-21"),
        ("2026-11-21T23:30:00-02:00", "2026-11-22"),
        ("2026-11-21", "2026-11-21"),
        ("20261121", "2026-11-21"),
        (1763683200, "2025-11-21"),
        (1763683200.5, "2025-11-21"),
        (1763683200123, "2025-11-21"),
        (1763683200123456, "2025-11-21"),
        (1763683200123456789, "2025-11-21"),
        ("1763683200", "2025-11-21"),
        (412.7, ""),
        (86_400_000, ""),
        (-1763683200, ""),
        ("202611210", ""),
        ("yesterday", ""),
        (1e300, ""),
        (float("nan"), ""),
        (True, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_day(time: object, day: str) -> None:
    assert day_of(time) == day


def test_a_duration_is_no_time() -> None:
    assert _of({"time": 1763683200, "created_at": "2026-04-03T10:00:00Z"}).day == "2026-04-03"
    assert _of({"time": 1763683200}).day == "2025-11-21"
    assert _of({"time": 412.7}).day == ""


@pytest.mark.parametrize("depth", [2, 300, 450, 600, 900])
def test_an_account_that_is_nested_deeply_is_no_error(depth: int) -> None:
    text = '{"account": ' + '{"id": ' * depth + '"a"' + "}" * depth + ', "ts": 1763683200}'
    told = of_record(text.encode())
    assert (told.problem, told.origin.account, told.origin.day) == ("", "", "2025-11-21")


def test_what_is_no_method_is_none() -> None:
    assert of_record(b'{"method": "tools/call", "path": "/x"}').request == "/x"


def test_method_and_target() -> None:
    record: dict[str, Any] = {"request": {"method": "POST", "url": "https://h.example:1/v1/messages?beta=true"}}
    assert of_record(json.dumps(record).encode()).request == "POST /v1/messages?beta=true"
    whole = record | {"account": "a", "ts": 1763683200, "user_agent": _AGENT}
    assert of_record(json.dumps(whole).encode()).request == "POST /v1/messages?beta=true"


def test_half_a_surrogate_and_broken_bytes() -> None:
    assert of_record(b'{"x": "\\ud800", "account": "a\\udfffb"}').origin.account == "a?b"
    assert of_record(b'{"x": "\xff", "account": "a\xff"}').origin.account == "a\ufffd"


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1} x', b'{"account": "a', b"nonsense"])
def test_what_is_no_json_is_said(data: bytes) -> None:
    assert of_record(data).problem


def test_what_is_nested_too_deep_is_said() -> None:
    for data in (b"[" * 100_000, b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        assert of_record(data).problem


_NAMES = st.sampled_from([*FIELDS, "name", "value", "user_id", "id"]) | st.text(max_size=3)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([_AGENT, "{", "user_a_account_"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FIELDS, "name", "value", "user_id", "id"]) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(_JSON)
def test_any_json_anywhere_is_no_error(value: object) -> None:
    data = json.dumps(value).encode()
    for record in (data, json.dumps({"body": json.dumps(value), "headers": value}).encode()):
        context = of_record(record)
        assert isinstance(context, Context)
        assert not context.problem
        context.origin.account.encode()
    with_body(Origin(), data)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), _JSON, max_size=6), st.data())
def test_any_bytes_are_no_error(value: object, more: st.DataObject) -> None:
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    cut = more.draw(st.integers(0, len(data)))
    of_record(data[:cut])
    of_record(data[:cut] + more.draw(st.binary(max_size=4)) + data[cut:])


@settings(deadline=None)
@given(_JSON, _JSON, _JSON)
def test_any_columns_are_no_error(first: object, second: object, third: object) -> None:
    of_columns(first, second, third, first, second)
    day_of(first)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text())), st.text(), st.binary())
def test_any_headers_are_no_error(headers: list[tuple[str, str]], started: str, body: bytes) -> None:
    of_headers(headers, started=started, body=body)
