"""A request's target is told without what may be a key in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.logs.origin import of_record
from wiretell.logs.targets import target_of

_KEY = "sk-ant-api03-Secret0123456789"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("/v1/messages", "/v1/messages"),
        ("/v1/messages?beta=true", "/v1/messages?beta=true"),
        ("//v1/messages", "//v1/messages"),
        ("https://h.example:1/v1/messages?beta=true", "/v1/messages?beta=true"),
        ("https://h.example", "/"),
        ("https://h.example?alt=sse", "/?alt=sse"),
        ("/v1beta/m:streamGenerateContent?alt=sse&key=K", "/v1beta/m:streamGenerateContent?alt=sse&key=***"),
        ("/x?api-version=2024-10-21", "/x?api-version=2024-10-21"),
        ("/x?beta=a b", ""),
        ("/x?beta=true;key=K", "/x?beta=***"),
        ("/x?beta=true?key=K", "/x?beta=***"),
        ("/x?flag&=v&a=", "/x?flag&=***&a=***"),
        ("/p/anthropic/models/claude@20240620:rawPredict", "/p/anthropic/models/claude@20240620:rawPredict"),
        ("/@scope/name", "/@scope/name"),
        ("https://h.example/@scope/name", "/@scope/name"),
        ("/a#access_token=K", "/a"),
        ("h.example/v1?key=K", "/v1?key=***"),
        ("localhost:8080/v1", "/v1"),
        ("h.example:443", "h.example:443"),
        ("*", "*"),
        ("https://127.0.0.1:8080/v1", "/v1"),
        ("https://[::1]:8080/v1", "/v1"),
    ],
)
def test_a_target_is_path_and_masked_query(text: str, target: str) -> None:
    assert target_of(text) == target


@pytest.mark.parametrize(
    "text", ["", "claude-code", "npm", "src/wiretell/a.py", "a sentence", "{}", "x\n/y", "README.md", "data", "key=K"]
)
def test_what_does_not_look_like_a_target_is_none(text: str) -> None:
    assert target_of(text) == ""


@pytest.mark.parametrize("value", [None, 7, True, ["/a"], {"name": "/a"}, {"kind": "npm", "name": "claude-code"}])
def test_what_is_no_text_is_no_target(value: object) -> None:
    assert target_of(value) == ""


def test_the_target_of_an_audit_document_is_no_request() -> None:
    target = {"kind": "npm", "name": "claude-code", "version": "2.1.91", "agent": "claude-code"}
    assert of_record(json.dumps({"schema": "wiretell/audit/1", "target": target}).encode()).request == ""


_FORMS = [
    "https://user:{0}@h.example/v1",
    "https://{0}@h.example/v1",
    "https://{0}:@h.example:1/v1?beta=true",
    "https://user:{0}/x@h.example/v1",
    "https://user:{0}?x@h.example/v1",
    "git+ssh://user:{0}@h.example/v1",
    "git+ssh://{0}@h.example/v1",
    "user:{0}@h.example/v1",
    "{0}@h.example/v1",
    "{0}@h.example:443",
    "user:{0}@h.example:443",
    "//user:{0}@h.example/v1",
    "//{0}@h.example/v1",
    "https:/user:{0}@h.example/v1",
    "https:///user:{0}@h.example/v1",
    "/proxy/https://user:{0}@h.example/v1",
    "h.example/v1?key={0}",
    "/v1?key={0}",
    "/v1?{0}{0}",
    "/v1?{0}{0}=x",
    "/v1?beta={0}/{0}",
    "/v1?a=1&x-api-key={0}",
    "/v1?a=1;key={0}",
    "/v1?beta=1;key={0}",
    "/v1?key={0}#x",
    "/v1#{0}",
    "/v1#key={0}",
    "HTTPS://USER:{0}@H.EXAMPLE/v1",
    "ws://h.example/v1?token={0}",
    "git@h.example:org/x?key={0}",
    "%68ttps%3A%2F%2Fuser%3A{0}%40h.example",
]


@pytest.mark.parametrize("form", _FORMS)
def test_a_key_is_shown_of_no_form_of_url(form: str) -> None:
    text = form.format(_KEY)
    assert _KEY not in target_of(text)
    assert _KEY not in of_record(json.dumps({"method": "POST", "url": text}).encode()).request


_PART = st.text(st.sampled_from("ab1:/@?&=;.%[]*-_\u00e9"), max_size=8)


@given(_PART)
@example("?")
def test_no_value_of_a_query_is_shown(text: str) -> None:
    assert "SECRET" not in target_of(f"/x?{text}key=SECRET")
    assert "SECRET" not in target_of(f"https://h.example/x?key=SECRET{text}")
    assert len(target_of(f"/{text * 100}")) <= 200


@given(st.text())
def test_any_text_is_no_error(text: str) -> None:
    shown = target_of(text)
    assert shown == "" or shown.isprintable()
