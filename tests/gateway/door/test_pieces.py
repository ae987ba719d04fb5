"""The pure pieces: codings, heads, ids, hashes, the gatekeeper, the live feed."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import itertools
import stat
import zlib
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wiretell.errors import FormatError, UsageError
from wiretell.gateway.config.values import GatewaySettings, User
from wiretell.gateway.door import deciding, heads
from wiretell.gateway.door.auth import DeniedError, Gatekeeper
from wiretell.gateway.door.coding import Reading, plain_body
from wiretell.gateway.door.heads import to_client, to_upstream
from wiretell.gateway.door.identity import ExchangeIds, Hasher
from wiretell.gateway.door.live import Live
from wiretell.model.exchange import Row
from wiretell.model.policy import Asked, Decision, Policy

_PACK = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@given(st.sampled_from(sorted(_PACK)), st.binary(max_size=4000), st.lists(st.integers(0, 5000), max_size=6))
def test_codings_are_undone_however_they_are_cut(coding: str, plain: bytes, cuts: list[int]) -> None:
    packed = _PACK[coding](plain)
    got: list[bytes] = []
    reading = Reading(coding, got.append, 1 << 20)
    places = [0, *sorted(min(cut, len(packed)) for cut in cuts), len(packed)]
    for start, end in itertools.pairwise(places):
        reading.feed(packed[start:end])
    assert not reading.fault
    assert b"".join(got) == plain


@given(st.binary(min_size=1, max_size=2000))
def test_deflate_without_its_head(plain: bytes) -> None:
    packed = _raw_deflate(plain)
    try:
        assert plain_body(packed, "deflate", 1 << 20) == plain
    except FormatError:  # a raw stream can look like one with a head; then it is refused, not misread
        assert packed[0] & 0x0F == 8


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_bounded(coding: str) -> None:
    got = 0

    def sink(data: bytes) -> None:
        nonlocal got
        got += len(data)

    reading = Reading(coding, sink, 1 << 20)
    reading.feed(_PACK[coding](b"\0" * (64 << 20)))
    assert reading.fault
    assert got <= 1 << 20


@given(st.sampled_from(["gzip", "deflate", "br", "zstd", "rot13"]), st.binary(max_size=500))
def test_garbage_never_raises_while_passing(coding: str, data: bytes) -> None:
    reading = Reading(coding, lambda _: None, 1 << 16)
    reading.feed(data)
    reading.feed(data)


_NAMES = st.sampled_from(
    [b"Host", b"X-A", b"connection", b"Content-Length", b"x-wiretell-key", b"TE", b"X-B", b"Accept"]
)


@given(st.lists(st.tuples(_NAMES, st.sampled_from([b"1", b"x-a", b"close, X-B"])), max_size=12))
def test_heads_keep_order_and_case_and_lose_what_is_between_neighbours(headers: list[tuple[bytes, bytes]]) -> None:
    sent = list(to_upstream(headers, b"up.example"))
    names = [name.lower() for name, _ in sent]
    assert not {b"connection", b"te", b"x-wiretell-key"} & set(names)
    assert all(value == b"up.example" for name, value in sent if name.lower() == b"host")
    kept = [name for name, _ in headers if name in {name for name, _ in sent}]
    assert [name for name, _ in sent] == [name for name in kept if name.lower() in names]
    assert all(pair in headers for pair in to_client(headers))


def test_ids_grow_and_are_of_version_7() -> None:
    ids = ExchangeIds()
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert all(len(each) == 36 and each[14] == "7" and each[19] in "89ab" for each in made)


def test_the_secret_of_a_log_is_kept_and_private(tmp_path: Path) -> None:
    first, again = Hasher.of_folder(tmp_path), Hasher.of_folder(tmp_path)
    path = tmp_path / "store" / "identity.key"
    assert first.of("k") == again.of("k") != Hasher.of_folder(None).of("k")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"short")
    with pytest.raises(UsageError, match="restore it"):
        Hasher.of_folder(tmp_path)


def test_shapes_tell_programs_apart_and_not_people() -> None:
    hasher, other = Hasher(b"a" * 32), Hasher(b"b" * 32)
    headers = [(b"Host", b"a"), (b"X-One", b"1"), (b"X-Two", b"2")]
    assert hasher.shape(headers) == other.shape([(b"host", b"b"), *[(n, b"9") for n, _ in headers[1:]]])
    assert hasher.shape(headers) != hasher.shape(headers[::-1])


@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_key_itself_is_the_key(key: str, other: str) -> None:
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest() if _encodable(key) else b"\0" * 32
    gate = Gatekeeper(GatewaySettings(upstreams=(), users=(User("u", digest),)))
    if not _encodable(other):
        return
    try:
        guest = gate.admit((), (other,) if other else ())
    except DeniedError as denied:
        assert denied.status == 401
        assert other != key or not key
    else:
        assert other == key
        assert guest.user is not None


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def test_the_feed_gives_beginnings_and_ends_and_keeps_the_last() -> None:
    async def work() -> None:
        live = Live(kept=2)
        got: list[str] = []

        async def follow() -> None:
            got.extend([row.exchange_id async for row in live.subscribe()])

        task = asyncio.create_task(follow())
        await asyncio.sleep(0)
        for name in ("a", "b", "c"):
            row = Row(exchange_id=name, ts=0, account="")
            live.began(row)
            live.finished(row)
        live.began(Row(exchange_id="d", ts=0, account=""))
        live.close()
        await task
        assert got == ["a", "a", "b", "b", "c", "c", "d"]
        assert [row.exchange_id for row in live.recent()] == ["b", "c", "d"]

    asyncio.run(work())


def test_what_was_decided_is_remembered_for_its_policy_and_its_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_790_000_000.0
    calls: list[Policy] = []

    def counted(policy: Policy, asked: Asked, at: dt.datetime) -> Decision:
        calls.append(policy)
        return Decision("pass")

    monkeypatch.setattr(deciding, "decide", counted)
    monkeypatch.setattr(deciding, "time", SimpleNamespace(time=lambda: now))
    one, other, decides = Policy(source="one"), Policy(source="other"), deciding.Deciding()
    for policy in (one, one, other, other, one):
        decides.decision(policy, Asked(model="m"))
    assert calls == [one, other, one]
    decides.decision(one, Asked(model="n"))
    assert len(calls) == 4
    now += 60
    decides.decision(one, Asked(model="n"))
    assert len(calls) == 5


@given(st.text(min_size=1, max_size=60))
def test_any_text_becomes_one_line_of_a_header_and_can_be_read_back(text: str) -> None:
    value = heads.header_safe(text).decode("ascii")
    assert value.isprintable()
    assert (unquote(value.removeprefix("UTF-8''"), errors="strict") if value != text else value) == text
