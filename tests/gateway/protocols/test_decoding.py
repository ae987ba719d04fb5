"""Bodies of any size and spelling are read in bounded time and memory, and not ambiguously."""

from __future__ import annotations

import contextlib
import json
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.gateway.protocols.test_peek import peek
from wiretell.errors import FormatError
from wiretell.gateway.protocols.decoding import MAX_MEMBERS, top_level
from wiretell.gateway.protocols.interface import Peek, Served
from wiretell.gateway.protocols.targets import with_model
from wiretell.model.exchange import WireFormat

_MIB = 1 << 20
HOSTILE = {
    "spaces": b'{ "model" : "m", "messages": [' + b'{"x": [1, 2]}, ' * (_MIB // 2) + b"1]}",
    "members": b'{ "model": "m"' + b"".join(b', "%d": 1' % number for number in range(_MIB // 2)) + b"}",
    "the same member": b'{"model":"m"' + b', "a": 1' * _MIB + b"}",
    "brackets": b'{"model":"m","a":' + b"[" * (30 * _MIB) + b"}",
    "braces": b'{"model":"m","a":' + b'{"a":' * (4 * _MIB) + b"}",
    "halves of pairs": b'{"model":"m", "a":"' + b"\\ud83d" * _MIB + b'"}',
    "a model of halves": b'{"model":"' + b"\\ud83d" * (2 * _MIB) + b'"}',
    "digits": b'{"model":"m","max_tokens": ' + b"9" * (8 * _MIB) + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_large_body_takes_bounded_time_and_memory(name: str) -> None:
    body = HOSTILE[name]
    began = time.process_time()
    try:
        assert peek(body).model == "m"
    except FormatError:
        assert name in {"members", "the same member", "brackets", "braces", "a model of halves"}
    assert time.process_time() - began < 1.0
    tracemalloc.start()
    with contextlib.suppress(FormatError):
        peek(body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(body) + _MIB


@pytest.mark.parametrize("between", [b",", b' , "x" : [ 1 ] , '])
def test_only_what_is_read_must_not_come_twice(between: bytes) -> None:
    unknown = b'{ "new":{"model":1}' + between.replace(b'"x"', b'"new"') + b'"new":{"a":"}"},"model":"m","new":"\\"" }'
    assert peek(unknown) == Peek("m")
    for name in (b'"model"', b'"stream"', b'"max_tokens"', b'"metadata"', b'"messages"', b'"strea\\u006d"'):
        first = name.replace(b"\\u006d", b"m")
        body = b'{"a":1,' + first + b':"m"' + between.replace(b'"x"', b'"y"') + b'"b":2, ' + name + b' : "m"}'
        with pytest.raises(FormatError, match="twice"):
            peek(body)


Names = st.sampled_from(["model", "a", "b", '"', "\\", "\u00e9", "\ud83d", ""]) | st.text(max_size=3)
Plain = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(st.lists(st.tuples(Names, Plain), max_size=6), st.sampled_from(["", " ", "\r\n\t"]), st.booleans())
@example([("a", "}"), ("a", '",'), ("model", "m")], " ", True)
def test_a_member_is_what_a_whole_parser_finds(pairs: list[tuple[str, object]], space: str, ascii_only: bool) -> None:
    """Of any spelling; or it is refused, where a name that is read comes twice or in another case."""
    spelled = [json.dumps(part, ensure_ascii=ascii_only) for pair in pairs for part in pair]
    members = [f"{space}{n}{space}:{space}{v}{space}" for n, v in zip(spelled[::2], spelled[1::2], strict=True)]
    body = f"{space}{{{','.join(members) or space}}}{space}".encode("utf-8", "surrogatepass")
    names = [name for name, _ in pairs]
    try:
        found = top_level(body, frozenset({"model", "a"}))
    except FormatError as error:
        cased = any(name != "model" and name.casefold() == "model" for name in names)
        assert cased or names.count("model") > 1 or names.count("a") > 1 or not _is_utf8(body), error
        return
    wanted = json.loads(body.decode("utf-8", "surrogatepass"))
    assert set(found) == {"model", "a"} & set(wanted)
    for name, raw in found.items():
        assert json.loads(bytes(raw).decode("utf-8", "surrogatepass")) == wanted[name]


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_as_many_members_as_are_read() -> None:
    many = b",".join(b'"%d":1' % number for number in range(MAX_MEMBERS - 1))
    assert peek(b'{"model":"m",' + many + b"}").model == "m"
    with pytest.raises(FormatError, match=str(MAX_MEMBERS)):
        peek(b'{"model":"m","x":1,' + many + b"}")


@pytest.mark.parametrize(
    ("protocol", "body", "choices"),
    [
        ("openai-chat", {"model": "m", "n": 4}, 4),
        ("openai-chat", {"model": "m", "n": 2, "best_of": 5}, 5),
        ("openai-chat", {"model": "m", "n": None}, 1),
        ("openai-chat", {"model": "m", "n": -3}, 1),
        ("openai-chat", {"model": "m", "n": 0}, 1),
        ("gemini", {"generationConfig": {"candidateCount": 3}}, 3),
        ("gemini", {"generation_config": {"candidate_count": 6}}, 6),
        ("gemini", {}, 1),
        ("anthropic-messages", {"model": "m", "n": 4}, 1),
    ],
)
def test_how_many_answers_are_asked_for(protocol: WireFormat, body: dict[str, object], choices: int) -> None:
    served = Served("generate", "/x", "gemini-2.5-pro" if protocol == "gemini" else "")
    assert peek(body, protocol, served).choices == choices


def test_models_that_may_answer_instead() -> None:
    assert peek({"model": "a", "models": ["b", "c", "b"]}, "openai-chat").fallbacks == ("b", "c")
    assert peek({"models": ["b"]}, "openai-chat") == Peek(fallbacks=("b",))
    assert peek({"model": "a", "models": None}).fallbacks == ()
    for models in ("b", [1], {"b": 1}, ["a b"], ["m"] * 99, [["b"]]):
        with pytest.raises(FormatError, match="models"):
            peek({"model": "a", "models": models})


@pytest.mark.parametrize(
    ("target", "model", "wanted"),
    [
        ("/v1beta/models/gemini-pro:generateContent", "other", "/v1beta/models/other:generateContent"),
        ("/v1beta/models/gemini-%70ro:generateContent", "other", "/v1beta/models/other:generateContent"),
        ("/v1/models/a:streamGenerateContent?alt=sse&x=/m:y", "b", "/v1/models/b:streamGenerateContent?alt=sse&x=/m:y"),
        ("/v1/models/a:countTokens", "b/c d?e", "/v1/models/b%2Fc%20d%3Fe:countTokens"),
    ],
)
def test_another_model_in_a_target(target: str, model: str, wanted: str) -> None:
    assert with_model(target, model) == wanted
