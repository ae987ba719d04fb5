"""Requests come out of any split of the stream as they were sent, and no byte is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretell.capture.wire.chunked import read_chunked
from wiretell.capture.wire.head import split_head
from wiretell.capture.wire.http1 import (
    NeedData,
    RequestHead,
    RequestReader,
    Unparsed,
    read_requests,
)
from wiretell.model.capture import Request

NAMELESS = (
    b"POST /repPc.json?pn=x HTTP/1.0\r\n"
    b"Mozilla/5.0 (Windows; U; rv:1.9.2.3) SG/1.0.0Content-Type: application/octet-stream\r\n"
    b"Content-Length: 4\r\n\r\nAAAA"
)
PIPELINED = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
CHUNKED = (
    b"POST /c HTTP/1.1\r\nhOsT: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'3;a="b"\r\nabc\r\n0A \r\n0123456789\r\n0\r\nX-Sum:  1\r\n\r\n'
)

# --- what an agent might send


def token(min_size: int = 1) -> st.SearchStrategy[bytes]:
    return st.text("abcXYZ-_09!", min_size=min_size, max_size=8).map(str.encode)


values = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=12).map(
    lambda text: text.strip(" \t").encode("latin-1")
)
framing_names = (b"content-length", b"transfer-encoding", b"connection")
names = token().filter(lambda name: name.lower() not in framing_names)
plain_headers = st.lists(st.tuples(names, st.sampled_from([b":", b": ", b":\t "]), values), max_size=4)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    head = draw(token()) + b" /" + draw(token(0)) + b" HTTP/1." + draw(st.sampled_from([b"0", b"1"])) + b"\r\n"
    if head.startswith(b"CONNECT "):
        head = b"X" + head
    head += b"Host: x\r\n" + b"".join(name + colon + value + b"\r\n" for name, colon, value in draw(plain_headers))
    body = draw(st.binary(max_size=40))
    if draw(st.booleans()):
        sizes = draw(st.lists(st.integers(1, 9), max_size=5))
        pieces = []
        for size in sizes:
            pieces.append(body[:size])
            body = body[size:]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece)
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body if body else head + b"\r\n"


anything = st.lists(
    st.one_of(
        st.binary(max_size=20),
        requests(),
        st.sampled_from(
            [NAMELESS, PIPELINED, CHUNKED, b"\r\n", b"\n", b"0\r\n\r\n", b"CONNECT a:443 HTTP/1.1\r\n\r\n"]
        ),
        st.sampled_from(
            [b"Transfer-Encoding: gzip\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n", b" folded\r\n"]
        ),
    ),
    max_size=6,
).map(b"".join)


def split(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


def read(pieces: Iterable[bytes], **limits: int) -> list[Request | Unparsed]:
    """Read a live connection; neighbouring `Unparsed` are joined, as how many there are depends on the split."""
    reader = RequestReader(**limits)
    found: list[Request | Unparsed] = []

    def drain() -> None:
        while not isinstance(event := reader.next_event(), NeedData):
            if isinstance(event, RequestHead):
                continue
            last = found[-1] if found else None
            if isinstance(event, Unparsed) and isinstance(last, Unparsed):
                found[-1] = Unparsed(last.raw + event.raw, last.reason)
            else:
                found.append(event)

    for piece in pieces:
        reader.feed(piece)
        drain()
    reader.feed_eof()
    drain()
    return found


def without_partial(events: list[Request | Unparsed]) -> list[Request | Unparsed]:
    """How much of a broken request was there when it broke depends on the split; its bytes do not."""
    return [Unparsed(e.raw, e.reason) if isinstance(e, Unparsed) else e for e in events]


# --- lossless


@given(anything, st.lists(st.integers(0, 1000), max_size=6))
@example(PIPELINED, [1, 27, 28])
@example(CHUNKED, list(range(len(CHUNKED))))
@example(b"GET", [])
def test_any_split_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    assert without_partial(read(split(data, cuts))) == without_partial(read([data]))


@given(anything, st.lists(st.integers(0, 1000), max_size=6))
def test_any_split_gives_the_same_events_at_the_limits_too(data: bytes, cuts: list[int]) -> None:
    limits = {"max_head_bytes": 60, "max_body_bytes": 12}
    assert without_partial(read(split(data, cuts), **limits)) == without_partial(read([data], **limits))


@given(anything)
@example(NAMELESS)
def test_no_byte_is_lost_and_nothing_is_raised(data: bytes) -> None:
    assert b"".join(found.raw for found in read_requests(data)) == data


@given(anything)
def test_what_was_understood_of_a_broken_request_is_where_its_bytes_begin(data: bytes) -> None:
    for found in read_requests(data):
        if isinstance(found, Unparsed) and found.request is not None:
            assert found.raw.startswith(found.request.raw)


@given(st.binary(max_size=200) | anything)
@example(b"\r\n\r\nGET / HTTP/1.1\r\n a: b\r\n: c\r\nd\r\n\te \t\r\n\r\n")
def test_a_head_taken_apart_is_the_head(raw: bytes) -> None:
    assert split_head(raw).raw == raw


@given(st.lists(requests(), min_size=1, max_size=3))
def test_well_formed_requests_are_all_requests(sent: list[bytes]) -> None:
    found = read_requests(b"".join(sent))
    assert [f.raw for f in found] == sent
    assert all(isinstance(f, Request) for f in found)


# --- the right meaning: h11 is the second opinion


def by_h11(data: bytes) -> tuple[str, str, list[tuple[bytes, bytes]], bytes] | None:
    server = h11.Connection(h11.SERVER)
    body = b""
    head: h11.Request | None = None
    try:
        server.receive_data(data)
        while True:
            event = server.next_event()
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return head.method.decode(), head.target.decode("latin-1"), head.headers.raw_items(), body
            else:
                return None
    except h11.RemoteProtocolError:
        return None


@given(requests() | anything)
@example(CHUNKED)
@example(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n  b\r\n\r\n")
def test_what_h11_takes_is_taken_with_the_same_meaning(data: bytes) -> None:
    theirs = by_h11(data)
    ours = read_requests(data)
    if theirs is None:
        return
    first = ours[0]
    assert isinstance(first, Request)
    unfolded = [(name, re.sub(rb"[ \t]*\r?\n[ \t]+", b" ", value)) for name, value in first.headers]
    if first.method == "CONNECT":
        return  # h11 reads a body there
    assert (first.method, first.target, unfolded, first.body) == theirs


def only(data: bytes) -> Request:
    (found,) = read_requests(data)
    assert isinstance(found, Request)
    return found


def test_a_chunked_body_keeps_its_framing() -> None:
    request = only(CHUNKED)
    assert request.body == b"abc0123456789"
    assert request.frames == (3, 10)
    assert request.raw == CHUNKED
    assert request.headers == ((b"hOsT", b"x"), (b"Transfer-Encoding", b"chunked"))
    chunks = read_chunked(request.raw_body)
    assert chunks is not None
    assert chunks.extensions == (b';a="b"', b" ", b"")
    assert chunks.trailers == b"X-Sum:  1\r\n\r\n"
    assert (chunks.content, chunks.frames) == (request.body, request.frames)


def test_an_incomplete_chunked_body_is_none() -> None:
    assert read_chunked(b"3\r\nabc\r\n") is None
    assert read_chunked(b"0\r\n\r\nx") is None


def test_a_header_line_without_a_name_is_kept_and_the_body_found() -> None:
    request = only(NAMELESS)
    assert request.headers[0] == (
        b"",
        b"Mozilla/5.0 (Windows; U; rv:1.9.2.3) SG/1.0.0Content-Type: application/octet-stream",
    )
    assert (request.protocol, request.body, request.raw) == ("HTTP/1.0", b"AAAA", NAMELESS)


def test_white_space_in_a_head_can_be_seen() -> None:
    lines = split_head(b"GET / HTTP/1.1\r\nA:b\r\nC :\t d \r\nE: \r\n\r\n").lines
    assert [(line.name, line.colon, line.value, line.end) for line in lines] == [
        (b"A", b":", b"b", b"\r\n"),
        (b"C", b" :\t ", b"d", b" \r\n"),
        (b"E", b":", b"", b" \r\n"),
    ]


def head_of(data: bytes) -> RequestHead:
    reader = RequestReader()
    reader.feed(data)
    event = reader.next_event()
    assert isinstance(event, RequestHead)
    return event


def test_oddities_are_told() -> None:
    head = head_of(b"\r\nGET / HTTP/1.1\r\nno name here\r\nA : b\r\nB: c\r\n d\nE: f\r\n\r\n")
    assert head.oddities == (
        "blank lines before the request",
        "line break without a carriage return",
        "header line 1 has no name",
        "white space before a colon",
        "folded header line",
    )
    assert head_of(PIPELINED).oddities == ()


def test_expect_is_known_before_the_body_arrives() -> None:
    head = head_of(b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 9\r\n\r\n")
    assert head.expects_continue
    assert head.content_length == 9
    assert not head_of(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue
    assert not head_of(PIPELINED).expects_continue


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: foo, Close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", True),
    ],
)
def test_keep_alive(head: bytes, kept: bool) -> None:
    assert head_of(head).keep_alive is kept


def test_upgrade_needs_the_connection_option() -> None:
    upgrade = b"GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n%b\r\n"
    assert head_of(upgrade % b"Connection: keep-alive, Upgrade\r\n").upgrade == ("websocket",)
    assert head_of(upgrade % b"").upgrade == ()


# --- surplus


def test_bytes_after_connect_are_given_back() -> None:
    reader = RequestReader()
    reader.feed(b"CONNECT api:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n\x16\x03\x01")
    assert isinstance(reader.next_event(), RequestHead)
    request = reader.next_event()
    assert isinstance(request, Request)
    assert (request.target, request.body) == ("api:443", b"")
    assert isinstance(reader.next_event(), NeedData)
    assert reader.take_surplus() == b"\x16\x03\x01"


def test_a_refused_connect_is_followed_by_requests() -> None:
    reader = RequestReader()
    reader.feed(b"CONNECT api:443 HTTP/1.1\r\n\r\n" + PIPELINED)
    reader.next_event()
    reader.next_event()
    reader.resume()
    assert isinstance(reader.next_event(), RequestHead)


def test_after_an_upgrade_the_rest_is_surplus() -> None:
    reader = RequestReader()
    reader.feed(b"GET /ws HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00")
    assert isinstance(reader.next_event(), RequestHead)
    assert isinstance(reader.next_event(), Request)
    assert reader.take_surplus() == b"\x81\x00"


def test_idle_tells_the_first_byte_of_a_request() -> None:
    reader = RequestReader()
    idle = [reader.idle]
    for piece in (b"G", b"ET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", b"x"):
        reader.feed(piece)
        reader.next_event()
        idle.append(reader.idle)
    assert idle == [True, False, False, True]


# --- what is no request


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x16\x03\x01\x02\x00", "does not begin like"),
        (b"{}", "does not begin like"),
        (b"A" * 64, "does not begin like"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "not that of an HTTP/1 request"),
        (b"GET /\r\n", "not that of an HTTP/1 request"),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", "no single number"),
        (b"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde", "no single number"),
        (b"POST / HTTP/1.1\r\nContent-Length: %b\r\n\r\n" % (b"9" * 5000), "no single number"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "where the body ends"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "does not begin with its size"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "longer than its size"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "ended inside the body"),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", "ended inside the body"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nab", "longer than 67108864 bytes"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", "longer than 67108864 bytes"),
        (b"GET / HT", "ended inside the head"),
        (b"\r\n", "blank lines"),
        (b"GET / HTTP/1.1\r\nA: " + b" " * (256 << 10), "head of the request is longer"),
    ],
)
def test_what_cannot_be_parsed_is_returned_with_a_reason(data: bytes, reason: str) -> None:
    found = read_requests(data)
    assert isinstance(found[-1], Unparsed)
    assert reason in found[-1].reason
    assert b"".join(f.raw for f in found) == data


def test_other_protocols_are_told_at_their_first_byte() -> None:
    reader = RequestReader()
    reader.feed(b"\x16")
    assert isinstance(reader.next_event(), Unparsed)


def test_a_request_cut_off_is_given_as_far_as_it_came() -> None:
    (found,) = read_requests(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde")
    assert isinstance(found, Unparsed)
    assert found.request is not None
    assert (found.request.body, found.request.frames) == (b"abcde", (3,))
    assert found.request.raw == found.raw


def test_bytes_after_what_cannot_be_parsed_are_kept() -> None:
    reader = RequestReader()
    reader.feed(b"\0")
    assert isinstance(reader.next_event(), Unparsed)
    reader.feed(b"more")
    event = reader.next_event()
    assert isinstance(event, Unparsed)
    assert event.raw == b"more"


def test_a_body_of_many_small_pieces_is_read_in_linear_time() -> None:
    reader = RequestReader()
    reader.feed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert isinstance(reader.next_event(), RequestHead)
    for _ in range(20_000):
        reader.feed(b"1\r\nx\r\n")
        assert isinstance(reader.next_event(), NeedData)
    reader.feed(b"0\r\n\r\n")
    request = reader.next_event()
    assert isinstance(request, Request)
    assert len(request.frames) == len(request.body) == 20_000
