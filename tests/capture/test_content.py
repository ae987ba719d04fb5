"""Content codings are undone, bombs are not set off, and nothing is raised."""

from __future__ import annotations

import functools
import gzip
import time
import zlib

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.capture.wire.content import decode_body
from wiretell.model.capture import Request

TEXT = b'{"a": 1}' * 50
_gzip = functools.partial(gzip.compress, mtime=0)  # bytes name tests: they must be the same in every process


def request(body: bytes, *encodings: str, header: str = "Content-Encoding") -> Request:
    headers = tuple((header.encode(), encoding.encode()) for encoding in encodings)
    return Request("HTTP/1.1", "POST", "/", headers, body)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zstd_stream(data: bytes) -> bytes:
    """As a stream writes it: without the size of the content."""
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", _gzip(TEXT)),
        ("X-GZIP", _gzip(TEXT)),
        ("gzip", _gzip(TEXT[:9]) + _gzip(TEXT[9:])),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("zstd", zstd_stream(TEXT)),
        ("zstd", zstandard.compress(TEXT[:9]) + zstd_stream(TEXT[9:])),
        ("identity", TEXT),
        ("", TEXT),
    ],
)
def test_codings_are_undone(encoding: str, body: bytes) -> None:
    decoded = decode_body(request(body, encoding))
    assert (decoded.text_bytes, decoded.problem) == (TEXT, None)


@given(st.binary(max_size=5000))
def test_long_bodies_come_through_zstd(data: bytes) -> None:
    assert decode_body(request(zstd_stream(data * 40), "zstd")).text_bytes == data * 40


def test_codings_are_undone_last_first() -> None:
    body = gzip.compress(zstandard.compress(TEXT))
    for decoded in (decode_body(request(body, "zstd, gzip")), decode_body(request(body, "zstd", "gzip"))):
        assert decoded.text_bytes == TEXT
        assert decoded.encodings == ("zstd", "gzip")


def test_a_transfer_coding_below_chunked_is_undone_too() -> None:
    assert decode_body(request(_gzip(TEXT), "gzip, chunked", header="Transfer-Encoding")).text_bytes == TEXT


def test_a_body_without_codings_is_itself() -> None:
    decoded = decode_body(request(TEXT))
    assert (decoded.text_bytes, decoded.encodings, decoded.problem) == (TEXT, (), None)


@pytest.mark.parametrize(
    ("encodings", "body", "problem"),
    [
        ("br", TEXT, "not decoded: br"),
        ("gzip, br", TEXT, "not decoded: br"),
        ("gzip", TEXT, "not decoded: gzip: "),
        ("gzip", _gzip(TEXT)[:-1], "cut off"),
        ("gzip", _gzip(TEXT) + b"hidden", "6 bytes follow the end"),
        ("deflate", zlib.compress(TEXT)[:-5], "cut off"),
        ("zstd", zstandard.compress(TEXT)[:-1], "cut off"),
        ("zstd", zstandard.compress(TEXT) + b"hidden", "not decoded: zstd: "),
        ("gzip", _gzip(b"") * 300, "more than 256 parts"),
        ("zstd", zstandard.compress(b"") * 300, "more than 256 parts"),
        ("gzip, gzip, gzip, gzip, gzip", TEXT, "5 codings"),
    ],
)
def test_what_cannot_be_undone_is_a_problem_and_stays_as_it_was(encodings: str, body: bytes, problem: str) -> None:
    decoded = decode_body(request(body, encodings))
    assert problem in (decoded.problem or "")
    assert decoded.text_bytes == body


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", _gzip(bytes(80 << 20), 1)),
        ("deflate", zlib.compress(bytes(80 << 20), 1)),
        ("zstd", zstandard.compress(bytes(80 << 20), 1)),
    ],
)
def test_a_bomb_is_a_problem(encoding: str, bomb: bytes) -> None:
    began = time.process_time()
    decoded = decode_body(request(bomb, encoding))
    assert "more than this reader takes" in (decoded.problem or "")
    assert decoded.text_bytes == bomb
    assert time.process_time() - began < 5


def test_the_limit_itself_is_allowed() -> None:
    for encoding, body in (("gzip", _gzip(TEXT)), ("zstd", zstandard.compress(TEXT))):
        assert decode_body(request(body, encoding), max_bytes=len(TEXT)).problem is None
        assert decode_body(request(body, encoding), max_bytes=len(TEXT) - 1).problem is not None


@given(st.sampled_from(["gzip", "deflate", "zstd", "br", "zstd,gzip", "\xff"]), st.binary(max_size=60))
@example("gzip", b"\x1f\x8b")
@example("zstd", b"\x28\xb5\x2f\xfd")
def test_garbage_raises_nothing(encoding: str, body: bytes) -> None:
    decoded = decode_body(request(body, encoding))
    assert decoded.problem is not None or encoding == "deflate" or not body


@given(
    st.sampled_from(["gzip", "deflate", "zstd"]), st.binary(max_size=30), st.integers(0, 1 << 16), st.integers(0, 255)
)
def test_a_changed_byte_raises_nothing(encoding: str, data: bytes, at: int, value: int) -> None:
    body = bytearray({"gzip": gzip.compress(data), "deflate": zlib.compress(data), "zstd": zstd_stream(data)}[encoding])
    body[at % len(body)] = value
    decoded = decode_body(request(bytes(body), encoding))
    assert decoded.problem is None or decoded.text_bytes == body
