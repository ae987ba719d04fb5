from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.errors import FormatError
from wiretell.gateway import protocols
from wiretell.gateway.protocols.interface import Peek, Served
from wiretell.model.exchange import WireFormat

GENERATE = Served("generate", "/x")
ID = "0e4a3b52-52a8-4a5c-9f59-8d2b8f0a9d11"


def peek(
    body: bytes | dict[str, object], protocol: WireFormat = "anthropic-messages", served: Served = GENERATE
) -> Peek:
    data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return protocols.by_name(protocol).peek(data, served)


@pytest.mark.parametrize(
    ("protocol", "body", "wanted"),
    [
        (
            "anthropic-messages",
            {
                "model": "claude-x",
                "max_tokens": 9,
                "stream": True,
                "metadata": {"user_id": f"user_a_account__session_{ID}"},
            },
            Peek("claude-x", True, 9, ID),
        ),
        (
            "anthropic-messages",
            {"model": "m", "metadata": {"user_id": json.dumps({"device_id": "d", "session_id": ID})}},
            Peek("m", session=ID),
        ),
        ("anthropic-messages", {"model": "m", "metadata": {"user_id": "somebody"}}, Peek("m")),
        ("anthropic-messages", {"model": "m", "metadata": 5, "max_tokens": "9", "stream": 1}, Peek("m")),
        ("openai-chat", {"model": "g", "max_tokens": 5, "max_completion_tokens": 7}, Peek("g", max_tokens=7)),
        ("openai-chat", {"model": "g", "max_tokens": 5.0, "max_completion_tokens": None}, Peek("g", max_tokens=5)),
        (
            "openai-responses",
            {"type": "response.create", "model": "g", "max_output_tokens": 3, "stream": True, "prompt_cache_key": ID},
            Peek("g", True, 3, ID),
        ),
        ("openai-responses", {"prompt": {"id": "pmpt_1"}}, Peek()),
    ],
)
def test_what_is_asked_for(protocol: WireFormat, body: dict[str, object], wanted: Peek) -> None:
    assert peek(body, protocol) == wanted


@pytest.mark.parametrize(
    "config", [{"generationConfig": {"maxOutputTokens": 8}}, {"generation_config": {"max_output_tokens": 8}}]
)
def test_gemini_s_target_names_the_model(config: dict[str, object]) -> None:
    served = Served("generate", "/x", "gemini-2.5-pro", True)
    assert peek({"model": "other", **config}, "gemini", served) == Peek("gemini-2.5-pro", True, 8)


def test_a_listing_has_no_body() -> None:
    for protocol in protocols.ALL:
        assert protocol.peek(b"", Served("models", "/models/a", "a")) == Peek("a")


AMBIGUOUS = {
    "twice": b'{"model":"a","x":1,"model":"b"}',
    "twice, spaced": b'{ "model": "a", "model": "b" }',
    "twice, escaped": b'{"model":"a","mod\\u0065l":"b"}',
    "twice, and the same": b'{"model":"a","model":"a"}',
    "another member twice": b'{"model":"a","messages":[],"messages":[1]}',
    "another case": b'{"Model":"b"}',
    "both cases": b'{"model":"a","MODEL":"b"}',
    "a byte order mark": b'\xef\xbb\xbf{"model":"a"}',
    "UTF-16": '{"model":"a"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"model":"a"}'.encode("utf-16-le"),
    "UTF-32": '{"model":"a"}'.encode("utf-32-be"),
    "two documents": b'{"model":"a"}{"model":"b"}',
    "no object": b'["model"]',
    "nothing": b"",
    "cut": b'{"model":"a"',
    "a comma": b'{"model":"a",}',
    "NaN": b'{"model":"a","x":NaN}',
    "a control character": b'{"model":"a\x00"}',
    "a number": b'{"model":5}',
    "null": b'{"model":null}',
    "an escaped control character": b'{"model":"a\\u0000"}',
    "a space": b'{"model":"claude-x "}',
    "another space": '{"model":"claude\u00a0x"}'.encode(),
    "half a surrogate pair": b'{"model":"a\\ud800"}',
    "broken UTF-8": b'{"model":"a\xff"}',
    "an invisible character": '{"model":"claude\u200bx"}'.encode(),
    "too deep": b'{"model":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a comment": b'{"model":"a"/*,"model":"b"*/}',
}


@pytest.mark.parametrize("protocol", ["anthropic-messages", "openai-chat", "openai-responses"])
@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_body_that_servers_may_read_differently_is_refused(name: str, protocol: WireFormat) -> None:
    with pytest.raises(FormatError) as caught:
        peek(AMBIGUOUS[name], protocol)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "rest",
    [
        b'"tools":[{"model":1,"properties":{"model":2}}]',
        b'"text":"\\"model\\":\\"b\\""',
        b'"text":"cut emoji \\ud83d"',
        b'"text":"\\ud83d\\ude00 \\ude00"',
        b'"text":"broken \xff\xfe UTF-8"',
        b'"number":1e999,"long":123456789012345678901234567890',
        b'"nested":' + b"[" * 200 + b"]" * 200,
        b'"\\u00e9":1,"\\ud800":2,"\\ud801":3',
    ],
)
@pytest.mark.parametrize("space", [b"", b" ", b"\r\n\t"])
def test_what_agents_really_send_is_read(rest: bytes, space: bytes) -> None:
    body = b"{" + space + b'"model"' + space + b':"claude-opus-4-6[1m]",' + rest + space + b"}" + space
    assert peek(body).model == "claude-opus-4-6[1m]"


Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=40)
@given(st.dictionaries(st.text().filter(lambda name: name.casefold() != "model"), Values), st.booleans(), st.booleans())
def test_the_model_is_that_which_another_parser_reads(
    members: dict[str, object], spaced: bool, ascii_only: bool
) -> None:
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps({**members, "model": "claude-x"}, separators=separators, ensure_ascii=ascii_only)
    assert peek(text.encode("utf-8", "surrogatepass")).model == "claude-x"


@given(st.binary() | st.text(alphabet='{}[]",:model\\u0 12').map(str.encode))
def test_a_body_is_read_or_refused(body: bytes) -> None:
    for protocol in protocols.ALL:
        try:
            protocol.peek(body, GENERATE)
        except FormatError:
            pass
        else:
            assert isinstance(json.loads(body.decode("utf-8", "surrogateescape")), dict)
