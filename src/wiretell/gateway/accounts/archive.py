"""The form of a signed export: a zip file whose manifest names every other file with its SHA-256, and a signature.

    manifest.json       `wiretell/evidence-manifest/1`: whose exchanges, when, how many, the files, the chain's head
    manifest.sig        Ed25519 (RFC 8032) over the bytes of manifest.json, 64 bytes
    public-key.raw      the public key, 32 bytes; its SHA-256 is what people compare
    rows.jsonl          a row of the exchange log a line, by time
    exchanges.jsonl     heads and bodies, and the chain's value at its end, a line an exchange
    ledger.jsonl        what the gateway changed, a place a line

Nothing else is in it. Equal contents give equal bytes: files have no time of their own.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wiretell.errors import FormatError, UsageError

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
PUBLIC_KEY: Final = "public-key.raw"
ROWS: Final = "rows.jsonl"
EXCHANGES: Final = "exchanges.jsonl"
LEDGER: Final = "ledger.jsonl"
_SEALS: Final = (MANIFEST, SIGNATURE, PUBLIC_KEY)
_MOST_OF_SEAL: Final = 1 << 20
"""Bytes of each of them."""
_PIECE: Final = 1 << 20
_KEY_BYTES: Final = 32
_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a zip file can tell."""
_SCHEMA: Final = "wiretell/evidence-manifest/1"


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of an export."""

    name: str
    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an export says of itself. Times are ISO 8601, UTC."""

    schema: Literal["wiretell/evidence-manifest/1"]
    user: str
    period: str
    timezone: str
    starts: str
    ends: str
    created: str
    exchanges: int
    bodies: int
    edits: int
    head: str
    remarks: tuple[str, ...]
    public_key_sha256: str
    files: tuple[Member, ...]


@dataclass(slots=True)
class Opened:
    """An export that was read and checked."""

    manifest: Manifest
    key: bytes
    """32 bytes; empty: it has none."""
    problems: tuple[str, ...]


def write_member(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> Member:
    """Write a file of an export, piece by piece; return what the manifest says of it."""
    digest, size = sha256(), 0
    with archive.open(_info(name), "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
    return Member(name=name, sha256=digest.hexdigest(), bytes=size)


def seal(archive: zipfile.ZipFile, manifest: Manifest, key: Ed25519PrivateKey) -> None:
    """Write manifest, signature and public key: the last files of an export."""
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    archive.writestr(_info(MANIFEST), data)
    archive.writestr(_info(SIGNATURE), key.sign(data))
    archive.writestr(_info(PUBLIC_KEY), key.public_key().public_bytes_raw())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def opened(path: Path, trusted: bytes | None = None) -> Opened:
    """Read an export and check it against its manifest, its manifest against its signature. Memory stays flat.

    `trusted`: the public key that must have signed it; None: whatever key it brings, which proves only that nobody
    changed it since.

    :raises UsageError: if it cannot be read.
    :raises FormatError: if it is no export at all.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            return _checked(archive, path, trusted)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise FormatError(f"{path} is no whole zip file: {error}.") from None


def _checked(archive: zipfile.ZipFile, path: Path, trusted: bytes | None) -> Opened:
    names = archive.namelist()
    if MANIFEST not in names:
        raise FormatError(f"{path} is no export of `wiretell gateway evidence`: it has no {MANIFEST}.")
    seals: dict[str, bytes] = {name: _small(archive, name) for name in _SEALS if name in names}
    try:
        manifest = msgspec.json.decode(seals[MANIFEST], type=Manifest)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise FormatError(f"{path}: its {MANIFEST} is not of the form {_SCHEMA} ({error}).") from None
    problems = (*_of_seals(manifest, seals, trusted), *_of_files(archive, manifest, names))
    return Opened(manifest, seals.get(PUBLIC_KEY, b""), problems)


def _of_seals(manifest: Manifest, seals: Mapping[str, bytes], trusted: bytes | None) -> Iterator[str]:
    key, signature = seals.get(PUBLIC_KEY, b""), seals.get(SIGNATURE, b"")
    if len(key) != _KEY_BYTES:
        yield f"{PUBLIC_KEY} is missing, or is no Ed25519 key."
        return
    if sha256(key).hexdigest() != manifest.public_key_sha256:
        yield "The public key is not the one that the manifest names."
    if trusted is not None and key != trusted:
        yield "It was signed by another key than the one that you named."
    try:
        Ed25519PublicKey.from_public_bytes(trusted or key).verify(signature, seals[MANIFEST])
    except (InvalidSignature, ValueError):
        yield f"The signature does not hold: {MANIFEST} was changed, or signed by another key."


def _of_files(archive: zipfile.ZipFile, manifest: Manifest, names: Sequence[str]) -> Iterator[str]:
    listed = {member.name: member for member in manifest.files}
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{name} is in it more than once."
        elif name not in listed and name not in _SEALS:
            yield f"{name} is in it, and not in its manifest."
    for name, member in listed.items():
        if name not in names:
            yield f"{name} is missing."
        elif not _is_as_listed(archive, member):
            yield f"{name} is not as it was signed."


def _is_as_listed(archive: zipfile.ZipFile, member: Member) -> bool:
    """Whether a file has the listed hash; reads no further than the listed size, however much it unpacks to."""
    digest, left = sha256(), member.bytes
    try:
        with archive.open(member.name) as file:
            while piece := file.read(min(_PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    return False
                digest.update(piece)
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, zlib.error):
        return False
    return left == 0 and digest.hexdigest() == member.sha256


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(_MOST_OF_SEAL + 1)
    if len(data) > _MOST_OF_SEAL:
        raise FormatError(f"{name} of this export is larger than any ({_MOST_OF_SEAL >> 20} MB).")
    return data


def new_archive(file: BinaryIO) -> zipfile.ZipFile:
    """Return an export that is written to a file."""
    return zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED, allowZip64=True)
