"""Frames, cuts, redaction, codings: pure parts, by property."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import pairwise

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.log import talk
from wiretell.errors import FormatError, UsageError
from wiretell.gateway.config.values import RedactRule
from wiretell.gateway.log import blocks, coding, frames, pipe, records
from wiretell.gateway.log.frames import Damage, Frame, Kind
from wiretell.gateway.log.pipe import Message, Splitter
from wiretell.gateway.log.redaction import Redactor, masked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["role", "content", "parts", "text", "cache_control", 'q"\\', "x"]), inner)
    ),
    max_leaves=30,
)
REQUEST = st.dictionaries(st.sampled_from(["messages", "system", "tools", "input", "model", 'a"b']), JSON)
REDACTOR = Redactor()
KEYS = [
    "sk-ant-api03-" + "A1b2" * 10,
    "sk-proj-" + "x9Y8" * 6,
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2c3" * 6,
    "github_pat_" + "11AB" * 8,
    "xoxb-123456789012-abcdefghij",
    "AIza" + "Sy0_-" * 7,
    "glpat-" + "abcde12345" * 2,
    "npm_" + "abcdef" * 6,
    "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeKKF2QT4",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=\n-----END RSA PRIVATE KEY-----",
]


def chain(payloads: list[bytes]) -> bytes:
    previous, data = frames.ORIGIN, b""
    for payload in payloads:
        head, previous = frames.encode(Kind.NOTE, payload, previous)
        data += head + payload
    return data


@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(0, 200_000))
@settings(max_examples=60, deadline=None)
def test_frames_come_back_whatever_zeros_follow(payloads: list[bytes], zeros: int) -> None:
    found = list(frames.scan(chain(payloads) + bytes(zeros)))
    assert [item.payload for item in found if isinstance(item, Frame)] == payloads
    previous = frames.ORIGIN
    for item in found:
        assert isinstance(item, Frame)
        assert item.follows(previous)
        previous = item.chain


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=2, max_size=5), st.data())
@settings(max_examples=150, deadline=None)
def test_no_changed_byte_goes_unseen(payloads: list[bytes], data: st.DataObject) -> None:
    whole = chain(payloads)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    found = list(frames.scan(bytes(changed)))
    assert any(isinstance(item, Damage) for item in found)
    assert sum(isinstance(item, Frame) for item in found) == len(payloads) - 1


@given(st.binary(max_size=2000))
@settings(max_examples=100, deadline=None)
def test_garbage_is_read_to_its_end(data: bytes) -> None:
    for item in frames.scan(data + frames.MAGIC + data):
        assert isinstance(item, Damage | Frame)


def check_cuts(body: bytes) -> None:
    cuts = blocks.cut(body)
    offsets = [offset for offset, _ in cuts]
    assert offsets[0] == 0
    assert offsets == sorted(set(offsets))
    assert offsets[-1] < max(len(body), 1)
    for number, cut in enumerate(cuts):
        again = blocks.cut_after(body, cut)
        assert again[0] == cut
        assert [offset for offset, _ in again] == sorted({offset for offset, _ in again})
        if number:
            assert again[-1][0] < len(body)


@given(REQUEST, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
@settings(max_examples=60, deadline=None)
def test_cuts_are_in_order_for_any_json(request: dict[str, object], separators: tuple[str, str]) -> None:
    check_cuts(json.dumps(request, separators=separators).encode())


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_cuts_are_in_order_for_any_bytes(body: bytes) -> None:
    check_cuts(body)
    check_cuts(b'{"messages":[' + body)


def test_the_rest_of_a_body_is_cut_as_the_whole_was() -> None:
    talking = talk.Conversation(start=4000)
    for _ in range(6):
        body = talking.turn()
    cuts = blocks.cut(body)
    assert len(cuts) > 40
    for number in range(1, len(cuts)):
        assert blocks.cut_after(body, cuts[number]) == cuts[number:]


def test_a_turn_brings_few_new_bytes_though_the_cache_marker_moves() -> None:
    talking = talk.Conversation(start=8000, step=900)
    known: set[bytes] = set()
    for turn in range(10):
        body = talking.turn()
        offsets = [offset for offset, _ in blocks.cut(body)] + [len(body)]
        fresh = {body[a:b] for a, b in pairwise(offsets)} - known
        known |= fresh
        if turn > 2:
            assert sum(map(len, fresh)) < 1900, turn


@given(st.binary(max_size=50_000), st.binary(max_size=50), st.binary(max_size=50))
@settings(max_examples=60, deadline=None)
def test_common_beginning(same: bytes, one: bytes, other: bytes) -> None:
    found = blocks.common(same + one, same + other)
    assert (same + one)[:found] == (same + other)[:found]
    longer = slice(found, found + 1)
    assert (same + one)[longer] != (same + other)[longer] or not (same + one)[longer] or not (same + other)[longer]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("around", ["{}", "my key\n{} ", '"{}"', "K={}\n", "(\t{})"])
def test_keys_are_taken_out_and_json_stays_json(key: str, around: str) -> None:
    body = json.dumps({"content": around.format(key)}).encode()
    spans = REDACTOR.spans(body)
    stored = masked(body, spans)
    assert len(stored) == len(body)
    assert json.dumps(key)[1:-1].encode() not in stored
    assert key[12:].encode() not in stored
    assert "*" in json.loads(stored)["content"]


def test_words_are_no_keys() -> None:
    for text in ("task-0123456789abcdef0123456789", "risk-assessment", "eyJ", "disk-ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        assert REDACTOR.spans(text.encode()) == []


@given(st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_a_key_that_a_stream_parts_is_found(step: int) -> None:
    key = KEYS[0]
    pieces = [key[i : i + step] for i in range(0, len(key), step)]
    body = b"".join(f'data: {{"delta":{{"text":{json.dumps(p)}}}}}\n\n'.encode() for p in ["see ", *pieces, " there"])
    stored = masked(body, REDACTOR.spans_of_stream(body))
    text = "".join(json.loads(line[6:])["delta"]["text"] for line in stored.splitlines() if line)
    assert text == "see " + "*" * len(key) + " there"


def test_heads_lose_credentials_only() -> None:
    head = b"POST /v1beta/models/x:generate?alt=sse&key=abc HTTP/1.1\r\nAuthorization: Bearer t0p\r\nX-Goog-Api-Key: k1"
    head += b"\r\nCookie: a=b\r\nX-Internal-Token: zz\r\nAccept: */*\r\nx-should-retry: false"
    stored, spans = REDACTOR.head(head)
    for secret in (b"abc", b"t0p", b"k1", b"a=b", b"zz"):
        assert secret not in stored
    assert b"alt=sse&key=*** HTTP/1.1" in stored
    assert b"Accept: */*\r\nx-should-retry: false" in stored
    assert len(spans) == 5


def test_own_rules_redact_their_first_group() -> None:
    redactor = Redactor([RedactRule("employee", r"staff number (\d+)")], builtin=False)
    body = b"staff number 1234, " + KEYS[0].encode()
    assert masked(body, redactor.spans(body)) == b"staff number ****, " + KEYS[0].encode()
    with pytest.raises(UsageError, match="employee"):
        Redactor([RedactRule("employee", "(")])


@given(st.binary(max_size=3000), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, zstd", "identity"]))
@settings(max_examples=60, deadline=None)
def test_codings_are_undone(plain: bytes, name: str) -> None:
    encoders = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.compress,
        "identity": bytes,
    }
    body = plain
    for one in name.split(", "):
        body = encoders[one](body)
    assert coding.decoded(body, name) == plain


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd", "snappy"])
def test_what_cannot_be_undone_says_so(name: str) -> None:
    with pytest.raises(FormatError):
        coding.decoded(b"no such thing", name)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "MOST_BYTES", 1 << 20)
    plain = bytes(8 << 20)
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    unsized = packer.compress(plain) + packer.flush()
    for name, body in (
        ("gzip", gzip.compress(plain)), ("br", brotli.compress(plain)), ("zstd", zstandard.compress(plain)),
        ("zstd", unsized),
    ):  # fmt: skip
        with pytest.raises(FormatError):
            coding.decoded(body, name)


@given(st.lists(st.tuples(st.integers(1, 9), st.binary(max_size=40), st.lists(st.binary(max_size=40), max_size=4))))
@settings(max_examples=60, deadline=None)
def test_messages_survive_being_cut_anywhere(sent: list[tuple[int, bytes, list[bytes]]]) -> None:
    messages = [Message(say, number, meta, tuple(blobs)) for number, (say, meta, blobs) in enumerate(sent)]
    stream = b"".join(b"".join(pipe.pieces(message)) for message in messages)
    splitter = Splitter()
    found: list[Message] = []
    for at in range(0, len(stream), 7):
        splitter.feed(stream[at : at + 7])
        found += splitter.messages()
    assert found == messages


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\r\n" not in line)), st.binary(max_size=20))
def test_heads_fold_and_unfold(lines: list[bytes], other: bytes) -> None:
    head = b"\r\n".join(lines)
    for against in (head, b"\r\n".join([*lines, other]), other):
        assert records.unfold(records.fold(head, against), against) == head


def test_rows_survive_columns_of_other_versions() -> None:
    row = talk.opening(b"{}", groups=("a", "b")).row
    values = records.row_values(row)
    assert records.row_from(values) == row
    assert records.row_from([*values, "a column of a later version"]) == row
    assert records.row_from(values[:20]).model == row.model
    before = list(values)
    before[5] = ["c"]
    assert records.merged(before, records.changed(values, before)) == values
