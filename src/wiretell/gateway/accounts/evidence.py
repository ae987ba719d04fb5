"""A signed export of a user's own exchanges, for an appeal: made from the log, and checked by whoever gets it.

The signature says that whoever holds the key gave these exchanges out so; the chain's head ties them to a log that
`wiretell gateway check` can be asked about. Neither says that the log itself tells the truth.
"""

from __future__ import annotations

import base64
import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wiretell.errors import InconclusiveError, UsageError
from wiretell.gateway.accounts.archive import (
    EXCHANGES,
    LEDGER,
    ROWS,
    Manifest,
    new_archive,
    opened,
    seal,
    write_member,
)
from wiretell.gateway.accounts.periods import moment
from wiretell.gateway.accounts.statement import is_of
from wiretell.gateway.accounts.store import Exchanges
from wiretell.model.accounts import Evidence, Span
from wiretell.model.exchange import Row

if TYPE_CHECKING:
    from wiretell.gateway.log.reader import Stored

HOW: Final = "make one with: openssl genpkey -algorithm ed25519 -out key.pem"
_PIECE: Final = 1 << 20
_NO_STORE: Final = "The log has no store: heads, bodies and ledger entries are not in it."
_BROKEN: Final = "The log's chain is broken: it was changed since it was written; `wiretell gateway check` says where."
_MOST_REMARKS: Final = 20


@dataclass(slots=True)
class _Counted:
    """What was written so far."""

    rows: int = 0
    bodies: int = 0
    edits: int = 0
    ids: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def export(
    file: BinaryIO,
    rows: Iterable[Row],
    store: Exchanges | None,
    user: str,
    span: Span,
    key: Ed25519PrivateKey,
    *,
    created: dt.datetime,
    name: str = "",
) -> Evidence:
    """Write the exchanges of a user in a period to a file, as `archive.py` says. Memory does not grow with bodies.

    `rows` in order of time; `name`: of the file, for the answer. :raises UsageError: where the user has none.
    """
    counted = _Counted()
    public = sha256(key.public_key().public_bytes_raw()).hexdigest()
    checked = store.check() if store else None
    if checked and checked.broken:
        counted.remarks.append(_BROKEN)
    head = checked.head if checked else ""
    with new_archive(file) as archive, tempfile.TemporaryFile() as ledger:
        members = [write_member(archive, ROWS, _rows(rows, user, span, counted))]
        if not counted.rows:
            raise UsageError(
                f"The log has no exchange of {user!r} in {span.name} ({span.timezone}); nothing was written."
            )
        members.append(write_member(archive, EXCHANGES, _exchanges(store, counted, ledger)))
        ledger.seek(0)
        members.append(write_member(archive, LEDGER, iter(lambda: ledger.read(_PIECE), b"")))
        remarks = tuple(counted.remarks)
        manifest = Manifest(
            schema="wiretell/evidence-manifest/1",
            user=user,
            period=span.name,
            timezone=span.timezone,
            starts=span.starts.isoformat(),
            ends=span.ends.isoformat(),
            created=created.astimezone(dt.UTC).isoformat(),
            exchanges=counted.rows,
            bodies=counted.bodies,
            edits=counted.edits,
            head=head,
            remarks=remarks,
            public_key_sha256=public,
            files=tuple(members),
        )
        seal(archive, manifest, key)
    return _evidence(name, manifest, public, ())


def _rows(rows: Iterable[Row], user: str, span: Span, counted: _Counted) -> Iterator[bytes]:
    for row in rows:
        if is_of(row, user) and span.starts <= moment(row.ts) < span.ends:
            counted.rows += 1
            counted.ids.append(row.exchange_id)
            yield _line(asdict(row))


def _exchanges(store: Exchanges | None, counted: _Counted, ledger: IO[bytes]) -> Iterator[bytes]:
    if store is None:
        counted.remarks.append(_NO_STORE)
        return
    missing = 0
    for exchange_id in counted.ids:
        try:
            found = store.exchange(exchange_id)
        except (UsageError, InconclusiveError) as error:
            missing += 1
            if missing <= _MOST_REMARKS:
                counted.remarks.append(f"{exchange_id}: {error}")
            continue
        counted.bodies += 1
        for entry in found.edits:
            counted.edits += 1
            ledger.write(_line(asdict(entry)))
        yield _line({"exchange_id": exchange_id, **_parts(found)})
    if missing > _MOST_REMARKS:
        counted.remarks.append(f"{missing - _MOST_REMARKS:,} further exchanges are without heads and bodies.")


def _parts(found: Stored) -> dict[str, object]:
    names = ("request_head", "request_body", "sent_head", "sent_body", "response_head", "response_body")
    redacted = [{"part": at.part, "offset": at.offset, "length": at.length, "rule": at.rule} for at in found.redacted]
    return {name: _spelled(getattr(found, name)) for name in names} | {"redacted": redacted, "chain": found.chain}


def _spelled(data: bytes | None) -> dict[str, str] | None:
    """Return bytes as JSON can hold them: `{"text": ...}` where they are UTF-8, `{"base64": ...}` where not."""
    if data is None:
        return None
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _line(value: Mapping[str, object]) -> bytes:
    return msgspec.json.encode({name: _whole(item) for name, item in value.items()}) + b"\n"


def _whole(value: object) -> object:
    """Return a text in the spelling of the ledger: what no UTF-8 can hold as `\\udc80`, written out."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def verify(path: Path, trusted: Ed25519PublicKey | None = None) -> Evidence:
    """Check an export. :raises UsageError: if it cannot be read. FormatError: if it is none."""
    found = opened(path, trusted.public_bytes_raw() if trusted else None)
    key = sha256(found.key).hexdigest() if found.key else ""
    return _evidence(str(path), found.manifest, key, found.problems, key_is_known=trusted is not None)


def _evidence(
    name: str, manifest: Manifest, key: str, problems: tuple[str, ...], *, key_is_known: bool = False
) -> Evidence:
    try:
        starts, ends = dt.datetime.fromisoformat(manifest.starts), dt.datetime.fromisoformat(manifest.ends)
        span = Span(manifest.period, manifest.timezone, starts, ends) if starts.tzinfo and ends.tzinfo else None
    except ValueError:
        span = None
    return Evidence(
        file=name,
        problems=problems or (() if span else ("Its period is none.",)),
        key=key,
        user=manifest.user,
        span=span,
        created=manifest.created,
        exchanges=max(0, manifest.exchanges),
        bodies=max(0, min(manifest.bodies, manifest.exchanges)),
        edits=max(0, manifest.edits),
        head=manifest.head,
        remarks=manifest.remarks,
        key_is_known=key_is_known,
    )


def private_key(path: Path) -> Ed25519PrivateKey:
    """Read a key to sign with: Ed25519, PEM (PKCS #8), without a password. :raises UsageError: if it is none."""
    key = _loaded(path, lambda data: serialization.load_pem_private_key(data, None))
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is no Ed25519 private key; {HOW}.")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Read a key to compare with: Ed25519, PEM. :raises UsageError: if it is none."""
    key = _loaded(path, serialization.load_pem_public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path} is no Ed25519 public key; make it with: openssl pkey -in key.pem -pubout.")
    return key


def _loaded(path: Path, load: Callable[[bytes], object]) -> object:
    try:
        return load(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read ({error.strerror}); {HOW}.") from None
    except TypeError:
        raise UsageError(f"The key {path} has a password; give one without, readable by you alone.") from None
    except (ValueError, UnsupportedAlgorithm):
        return None
