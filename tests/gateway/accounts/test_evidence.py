"""A signed export holds a user's own exchanges and nobody else's, and any change to it is found."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.accounts import fakes
from tests.gateway.tables import samples
from wiretell.cli import run
from wiretell.errors import FormatError, UsageError
from wiretell.gateway.accounts import evidence
from wiretell.gateway.accounts.periods import span_of
from wiretell.gateway.log.checking import Broken
from wiretell.model.accounts import Evidence
from wiretell.model.exchange import LedgerEntry

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
JULY = span_of("2026-07", "Asia/Shanghai")
CREATED = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
MINE = [samples.FULL, samples.row(2, prompt="caf\u00e9")]
ROWS = [*MINE, samples.row(3, user="dev-018", prompt="not mine"), samples.row(4, ts=samples.NOON + 40 * samples.DAY_US)]
EDIT = LedgerEntry(MINE[0].exchange_id, "/messages/0/content", 120, "a\udc80", "b", "strip_marks:date-line:apostrophe")
STORE = fakes.FakeStore({MINE[0].exchange_id: fakes.stored((EDIT,))})


def exported(store: fakes.FakeStore | None = STORE) -> tuple[bytes, Evidence]:
    file = io.BytesIO()
    made = evidence.export(file, ROWS, store, "dev-017", JULY, KEY, created=CREATED)
    return file.getvalue(), made


WHOLE = exported()[0]


def checked(tmp_path: Path, data: bytes, key: Ed25519PrivateKey | None = None) -> Evidence:
    path = tmp_path / "export.zip"
    path.write_bytes(data)
    return evidence.verify(path, key.public_key() if key else None)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_it_holds_the_users_exchanges_with_bodies_edits_and_what_is_missing(tmp_path: Path) -> None:
    data, made = exported()
    files = members(data)
    rows = [json.loads(line) for line in files["rows.jsonl"].splitlines()]
    assert [row["exchange_id"] for row in rows] == [row.exchange_id for row in MINE]
    assert rows[1]["prompt"] == "caf\u00e9"
    [exchange] = [json.loads(line) for line in files["exchanges.jsonl"].splitlines()]
    assert exchange["request_body"] == {"text": '{"model":"m"}'}
    assert exchange["response_body"] == {"base64": "/wBnemlw"}
    assert exchange["sent_body"] is None
    assert exchange["redacted"] == [{"part": "request", "offset": 7, "length": 20, "rule": "sk-ant"}]
    assert exchange["chain"] == "ab" * 32
    assert json.loads(files["ledger.jsonl"])["before"] == "a\\udc80"
    assert made.remarks == (f"{MINE[1].exchange_id}: it is not in this log.",)
    assert (made.exchanges, made.bodies, made.edits, made.head) == (2, 1, 1, "c0" * 32)
    again = checked(tmp_path, data, KEY)
    assert (again.problems, again.key_is_known, again.span, again.key) == ((), True, JULY, made.key)
    assert b"not mine" not in b"".join(files.values())


def test_equal_contents_give_equal_bytes() -> None:
    assert exported()[0] == WHOLE


def test_a_log_without_a_store_and_one_that_was_changed_are_told() -> None:
    assert exported(None)[1].remarks == (evidence._NO_STORE,)
    broken = fakes.FakeStore(STORE.stored, fakes.checked(Broken("2026-11-21", 1, 0, "somewhere")))
    assert "was changed" in exported(broken)[1].remarks[0]


def test_a_user_without_exchanges_gets_no_export() -> None:
    with pytest.raises(UsageError, match="no exchange of 'nobody here'"):
        evidence.export(io.BytesIO(), ROWS, None, "nobody here", JULY, KEY, created=CREATED)


@pytest.mark.parametrize("name", sorted(members(WHOLE)))
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_changed_byte_of_every_file_is_found(
    name: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    files = members(WHOLE)
    at = data.draw(st.integers(0, len(files[name]) - 1))
    changed = bytearray(files[name])
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        found = checked(tmp_path_factory.mktemp("x"), zipped({**files, name: bytes(changed)}))
    except FormatError:
        assert name == "manifest.json"
    else:
        assert found.problems


@pytest.mark.parametrize("name", sorted(members(WHOLE)))
def test_a_missing_file_is_found(name: str, tmp_path: Path) -> None:
    files = members(WHOLE)
    del files[name]
    if name == "manifest.json":
        with pytest.raises(FormatError, match="no export"):
            checked(tmp_path, zipped(files))
    else:
        assert checked(tmp_path, zipped(files)).problems


def test_what_was_added_and_who_signed_anew_are_found(tmp_path: Path) -> None:
    files = members(WHOLE)
    assert checked(tmp_path, zipped(files)).problems == ()
    assert "not in its manifest" in checked(tmp_path, zipped({**files, "x": b""})).problems[0]
    twice = io.BytesIO(zipped(files))
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("rows.jsonl", files["rows.jsonl"])
    assert "more than once" in checked(tmp_path, twice.getvalue()).problems[0]
    other = Ed25519PrivateKey.generate()
    assert "another key" in checked(tmp_path, WHOLE, other).problems[0]
    forged = {**files, "manifest.sig": other.sign(files["manifest.json"])}
    assert "does not hold" in checked(tmp_path, zipped(forged)).problems[0]
    forged["public-key.raw"] = other.public_key().public_bytes_raw()
    assert "not the one that the manifest names" in checked(tmp_path, zipped(forged)).problems[0]


def test_a_file_that_unpacks_to_more_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members(WHOLE).items():
            archive.writestr(name, data if name != "rows.jsonl" else bytes(20 << 20))
    assert checked(tmp_path, file.getvalue()).problems == ("rows.jsonl is not as it was signed.",)


@given(st.binary(max_size=200) | st.integers(0, len(WHOLE)).map(lambda end: WHOLE[:end]))
@settings(max_examples=60, deadline=None)
def test_what_is_no_export_is_refused(data: bytes) -> None:
    if data == WHOLE:
        return
    path = Path(tempfile.mkdtemp()) / "x.zip"
    try:
        path.write_bytes(data)
        with pytest.raises(FormatError):
            evidence.verify(path)
    finally:
        shutil.rmtree(path.parent)


def keys(folder: Path) -> tuple[str, str]:
    private, public = folder / "key.pem", folder / "public.pem"
    plain = serialization.NoEncryption()
    private.write_bytes(KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(KEY.public_key().public_bytes(serialization.Encoding.PEM, spki))
    return str(private), str(public)


def test_the_command_makes_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = keys(tmp_path)
    log, out = str(fakes.write(tmp_path / "log", ROWS)), tmp_path / "appeal.zip"
    making = ["gateway", "evidence", "--log", log, "--user", "dev-017", "--period", "2026-07", "--key", private]
    assert run([*making, "--output", str(out), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["exchanges"] == 2
    assert out.stat().st_mode & 0o077 == 0
    check = ["gateway", "evidence", "--verify", str(out), "--public-key", public]
    assert run(check) == 0
    assert "WHOLE" in capsys.readouterr().out
    out.write_bytes(zipped({**members(out.read_bytes()), "x": b"more"}))
    assert run(check) == 1
    assert "CHANGED" in capsys.readouterr().out


def test_openssl_checks_the_signature_as_the_page_says(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    for name, data in members(WHOLE).items():
        (tmp_path / name).write_bytes(data)
    prefix = bytes.fromhex("302a300506032b6570032100")
    (tmp_path / "key.der").write_bytes(prefix + (tmp_path / "public-key.raw").read_bytes())
    command = (
        "openssl pkeyutl -verify -rawin -pubin -inkey key.der -keyform DER -in manifest.json -sigfile manifest.sig"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    for file in manifest["files"]:
        assert sha256((tmp_path / file["name"]).read_bytes()).hexdigest() == file["sha256"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "An export needs --log, --user, --key, --output"),
        (["--verify", "x.zip", "--user", "u"], "leave --user out"),
        (["--verify", "x.zip"], "cannot be read"),
        (
            ["--log", ".", "--user", "u", "--period", "2026-07", "--output", "x.zip", "--key", "no.pem"],
            "openssl genpkey",
        ),
        (["--log", ".", "--user", "u", "--period", "2026-07", "--output", "-", "--key", "no.pem"], "no text"),
    ],
)
def test_wrong_use_is_one_sentence_and_writes_nothing(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["gateway", "evidence", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_kind_and_one_with_a_password_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    locked = serialization.BestAvailableEncryption(b"secret")
    path.write_bytes(KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    with pytest.raises(UsageError, match="has a password"):
        evidence.private_key(path)
    path.write_bytes(b"no key")
    with pytest.raises(UsageError, match="no Ed25519 private key"):
        evidence.private_key(path)
    with pytest.raises(UsageError, match="no Ed25519 public key"):
        evidence.public_key(path)
