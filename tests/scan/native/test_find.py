"""What is planted is found, wherever it stands, by both engines, which agree."""

from __future__ import annotations

import base64
import gzip
import random
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wiretell.errors import TargetError, UsageError
from wiretell.scan.language import COSTS
from wiretell.scan.native import _compiled, _find, _plain, engines, find, find_in_file

HOSTS = [
    f"{a}.{b}.example" for a in ("maple", "cedar", "birch", "willow") for b in ("north", "south", "coast", "river")
]
TEXT = ",".join(HOSTS).encode()
KEYED = bytes(byte ^ 0x2D for byte in TEXT)
REPEATED = bytes(byte ^ b"k3yw0rd!"[i % 8] for i, byte in enumerate(TEXT))
ADDED = bytes((byte + 77) & 255 for byte in TEXT)
INDEXED = bytes(byte ^ ((9 + i) & 255) for i, byte in enumerate(TEXT))
ADDED_INDEX = bytes((byte + 9 + i) & 255 for i, byte in enumerate(TEXT))
RAW = zlib.compressobj(9, zlib.DEFLATED, -15)
PACKED = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "zlib": zlib.compress(TEXT),
    "deflate": RAW.compress(TEXT) + RAW.flush(),
    "xor-gzip": bytes(byte ^ 0x91 for byte in gzip.compress(TEXT, mtime=0)),
    "repeating-gzip": bytes(byte ^ b"abcdefg"[i % 7] for i, byte in enumerate(gzip.compress(TEXT, mtime=0))),
}
BLOBS = {
    "plain": TEXT,
    "xor": KEYED,
    "repeating": REPEATED,
    "add": ADDED,
    "xor-index": INDEXED,
    "add-index": ADDED_INDEX,
    **PACKED,
}


def quoted(text: bytes) -> bytes:
    return b'"' + text + b'"'


def split(blob: bytes, glue: bytes) -> bytes:
    text = base64.b64encode(blob)
    return glue.join(quoted(text[i : i + 24]) for i in range(0, len(text), 24))


ENCODERS: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    "base64": (base64.b64encode, ("base64",)),
    "base64 without padding": (lambda blob: base64.b64encode(blob).rstrip(b"="), ("base64",)),
    "base32": (base64.b32encode, ("base32",)),
    "base32 in lower case": (lambda blob: base64.b32encode(blob).lower(), ("base32",)),
    "hex": (lambda blob: blob.hex().encode(), ("hex",)),
    "hex in upper case": (lambda blob: blob.hex().upper().encode(), ("hex",)),
    "reversed base64": (lambda blob: base64.b64encode(blob)[::-1], ("reversed", "base64")),
    "reversed hex": (lambda blob: blob.hex().encode()[::-1], ("reversed", "hex")),
    "split by +": (lambda blob: split(blob, b"+"), ("split", "base64")),
    "split by lines": (lambda blob: split(blob, b"\n    "), ("split", "base64")),
    "split by commas": (lambda blob: split(blob, b", "), ("split", "base64")),
    "codes": (lambda blob: b"[" + ",".join(map(str, blob)).encode() + b"]", ("codes",)),
    "codes in hex": (lambda blob: b"(" + ", ".join(map(hex, blob)).encode() + b")", ("codes",)),
    "escapes": (lambda blob: quoted(b"".join(b"\\x%02x" % byte for byte in blob)), ("escapes",)),
    "escapes, long": (lambda blob: quoted(b"".join(b"\\u%04x" % byte for byte in blob)), ("escapes",)),
    "escapes, octal": (lambda blob: quoted(b"".join(b"\\%03o" % byte for byte in blob)), ("escapes",)),
}
ENGINES = engines()
FILLER = b"function f(a, b) { return g(a) * 2 } // nothing to see\n"


def positions(planted: bytes) -> list[bytes]:
    return [planted, planted + b"\0" + FILLER, FILLER + b"\0" + planted, FILLER * 40 + planted + b";" + FILLER * 40]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("blob", BLOBS)
def test_planted(blob: str, encoding: str, engine: str) -> None:
    encode, steps = ENCODERS[encoding]
    planted = encode(BLOBS[blob])
    for data in positions(planted):
        found = find(data, engine=engine).candidates
        assert any(c.steps == steps and c.parts == (BLOBS[blob],) for c in found), (encoding, blob)


def lines(text: bytes, glue: bytes, width: int = 64) -> bytes:
    return glue.join(text[i : i + width] for i in range(0, len(text), width))


def parts_of(data: bytes, engine: str) -> set[bytes]:
    return {part for one in find(data, engine=engine).candidates for part in one.parts}


NOISE = base64.b64encode(random.Random(11).randbytes(768))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("glue", [b"\n", b"\r\n", b"\\n", b"\\r\\n"])
def test_a_line_before_hides_nothing(engine: str, glue: bytes) -> None:
    short, whole = KEYED[:60], base64.b64encode(KEYED)
    text = base64.b64encode(short)
    for planted, wanted in (
        (NOISE[:1000] + glue + whole, KEYED),
        (NOISE[: len(whole)] + glue + whole, KEYED),
        (lines(NOISE, glue, 80) + glue + text, short),
        (NOISE[:90] + glue + NOISE[90:178] + glue + text, short),
        (lines(base64.b64encode(TEXT), glue, 80).rstrip(b"=") + glue + base64.b64encode(KEYED[:24]), KEYED[:24]),
        # The first line was read before, and there was nothing in the block.
        (NOISE[:90] + glue + NOISE[90:178] + b";" + NOISE[:90] + glue + text, short),
        (b"n" + text + b' "\\n' + text, short),
    ):
        assert wanted in parts_of(b'x="' + planted + b'";', engine), planted


@pytest.mark.parametrize("engine", ENGINES)
def test_beyond_what_is_joined_lines_are_read(engine: str) -> None:
    text = base64.b64encode(KEYED[:45])
    data = lines(base64.b64encode(random.Random(12).randbytes(72_000)), b"\n", 76) + b"\n" + text
    assert KEYED[:45] in parts_of(data, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_certificate_is_one_string(engine: str) -> None:
    chance = random.Random(13)
    bodies = [chance.randbytes(chance.choice((900, 1201, 1500))) for _ in range(60)]
    ders = [b"\x30\x82" + len(body).to_bytes(2) + body for body in bodies]
    data = b"-\n".join(lines(base64.b64encode(der), b"\n") + b"\n" for der in ders)
    found = find(data, engine=engine)
    assert len(found.candidates) < 5
    assert found.tried < 200
    other = find(data.replace(b"MI", b"NI"), engine=engine)
    assert other.tried > 1000


def test_more_survivors_than_there_is_room_for_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_plain, "_ROOM", 4)
    data = lines(base64.b64encode(KEYED * 4), b"\n")
    assert len(find(data, engine="python").candidates) > len(KEYED * 4) // 48


def test_spaces_after_a_quote_are_quick() -> None:
    began = time.process_time()
    assert find(b'a"' + b" " * 200_000, engine="python").candidates == ()
    assert time.process_time() - began < 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("steps", [("base64",), ("reversed", "base64")])
def test_base64url(engine: str, steps: tuple[str, ...]) -> None:
    blob = b"\xfb\xff" + bytes(byte ^ 0xFF for byte in TEXT)
    text = base64.urlsafe_b64encode(blob)
    assert b"-" in text or b"_" in text
    planted = text[::-1] if "reversed" in steps else text
    wanted = (*steps[:-1], "base64url")
    found = find(b"x='" + planted + b"';", engine=engine).candidates
    assert any(c.steps == wanted and c.parts == (blob,) for c in found)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("blob", [TEXT, KEYED])
def test_items(engine: str, blob: bytes) -> None:
    key = TEXT[0] ^ blob[0]
    parts = tuple(bytes(byte ^ key for byte in host.encode()) for host in HOSTS)
    data = b"var a=[" + b",".join(quoted(base64.b64encode(part)) for part in parts) + b"];"
    found = find(data, engine=engine).candidates
    assert any(c.steps == ("items", "base64") and c.parts == parts for c in found)


@pytest.mark.parametrize("engine", ENGINES)
def test_turned_and_rotated(engine: str) -> None:
    rotated = (
        TEXT.decode().translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")).encode()
    )
    data = b"{" + TEXT[::-1] + b"}(" + rotated + b")"
    found = find(data, engine=engine).candidates
    assert {(c.steps, c.parts) for c in found if c.steps in (("reversed",), ("rot13",))} >= {
        (("reversed",), (TEXT,)),
        (("rot13",), (TEXT,)),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_one_host_is_enough(engine: str) -> None:
    for key in range(1, 256):
        text = base64.b64encode(bytes(byte ^ key for byte in b"cedar.test"))
        assert any(c.steps == ("base64",) for c in find(b"a='" + text + b"'", engine=engine).candidates), key


@pytest.mark.parametrize("engine", ENGINES)
def test_every_place_is_reported(engine: str) -> None:
    text = base64.b64encode(KEYED)
    data = b";".join(b"a%d='%s'" % (i, text) for i in range(30))
    found = [c for c in find(data, engine=engine).candidates if c.steps == ("base64",)]
    assert [c.start for c in found] == [i for i in range(len(data)) if data.startswith(text, i)]
    assert len({id(c.parts) for c in found}) == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"A", b'"', b"\\", b"\\x", b'"\\u{', b"[1,", b"=" * 40, b"'a'+", b"\xff" * 99]
)
def test_odd_input(engine: str, data: bytes) -> None:
    assert find(data, engine=engine).candidates == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_truncated_input_never_fails(engine: str) -> None:
    whole = b"".join(b"x=" + encode(KEYED)[:200] + b";" for encode, _ in ENCODERS.values())
    for cut in range(0, len(whole), 61):
        find(whole[:cut], engine=engine)
        find(whole[cut:], engine=engine)


def test_words_do_not_survive() -> None:
    words = b'["click","focus","blur","submit","change","keydown"];on("visibilitychange",handleVisibilityChange)'
    assert find(words).candidates == ()


def test_random_bytes_hardly_survive() -> None:
    chance = random.Random(7)
    data = b"\n".join(base64.b64encode(chance.randbytes(30)) for _ in range(20_000))
    # Read from both ends. One in 256 looks like zlib under a key, few like anything else.
    assert len(find(data).candidates) < 2 * 20_000 / 256 * 1.4
    assert find(data).tried >= 20_000


@pytest.mark.skipif("numba" not in ENGINES, reason="needs numba")
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([encode(blob[:60]) for encode, _ in ENCODERS.values() for blob in BLOBS.values()]),
            st.text("abcXYZ019+/=-_\"'`, \n\\xu{}[]();", max_size=60).map(str.encode),
            st.sampled_from([b"\\", b'"', b"'", b"=", b",", b"+", b"\\x41", b"\\u00e9", b"\\u4e2d", FILLER]),
            st.sampled_from([b"\n", b"\\n", b"\r\n", b"\\r\\n"]).flatmap(
                lambda glue: st.sampled_from([lines(text, glue, 52) for text in (NOISE[:170], base64.b64encode(TEXT))])
            ),
            st.sampled_from([b"\n", b"\\n", NOISE[:60], base64.b64encode(KEYED[:42])]),
        ),
        max_size=12,
    ).map(b"".join),
    st.integers(1, 200),
)
def test_engines_agree_wherever_windows_are_cut(data: bytes, window: int) -> None:
    def keep(_low: int, _high: int) -> None: ...

    plain = _plain.find_raw(data, 10_000, 1 << 20, 1, COSTS(), keep)
    compiled = _compiled.find_raw(data or b"\0", 10_000, window, 2, COSTS(), keep)
    assert sorted(set(compiled.records)) == sorted(set(plain.records))
    assert compiled.tried == plain.tried
    if data:
        assert find(data, engine="numba").candidates == find(data, engine="python").candidates


def test_cap_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_find, "CAP", 5)
    texts = [base64.b64encode(bytes(byte ^ key for byte in TEXT)) for key in range(1, 20)]
    for engine in ENGINES:
        found = find(b" ".join(texts), engine=engine)
        assert len(found.candidates) == 5
        assert len(found.not_examined) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_zeros_are_quick(engine: str) -> None:
    size = 64 << 20 if engine == "numba" else 16 << 20
    assert find(bytes(size), engine=engine).candidates == ()


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(300 << 20)
        file.seek(200 << 20)
        file.write(base64.b64encode(KEYED))
    found = find_in_file(path)
    assert [(c.start, c.parts) for c in found.candidates] == [(200 << 20, (KEYED,))]
    (tmp_path / "empty").touch()
    assert find_in_file(tmp_path / "empty").candidates == ()


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        find(b"", engine="fast")
    with pytest.raises(TargetError):
        find_in_file(tmp_path / "missing")


def test_nothing_is_written_beside_the_sources() -> None:
    folder = Path(_compiled.__file__).parent
    find(FILLER)
    assert not list(folder.rglob("*.nb[ic]"))
