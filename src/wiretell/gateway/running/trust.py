"""Certificates for one run: an authority that nobody else trusts, and files that make the agent trust it."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.gateway.running.start import BUNDLES, EXTRA, Trust

_SYSTEM: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where distributions keep the certificates that programs trust: Debian, Fedora, openSUSE, Alpine."""


@contextlib.contextmanager
def files(authority_pem: bytes, environ: Mapping[str, str]) -> Iterator[Trust]:
    """Write the files for the time of a run; only certificates are in them, no key.

    What the user's own variables name stays trusted. :raises UsageError: if the system's certificates are not found.
    """
    extra = _read(environ.get(EXTRA, ""))
    system = _system(environ)
    with tempfile.TemporaryDirectory(prefix="wiretell-run-") as folder:
        trust = Trust(own=Path(folder) / "authority.pem", bundle=Path(folder) / "bundle.pem")
        own = _joined(authority_pem, extra)
        trust.own.write_bytes(own)
        trust.bundle.write_bytes(_joined(system, own))
        yield trust


def _system(environ: Mapping[str, str]) -> bytes:
    """Return what the agent trusts without us: the user's choice, or the system's."""
    default = ssl.get_default_verify_paths().cafile or ""
    for path in (*(environ.get(name, "") for name in BUNDLES), *_SYSTEM, default):
        if found := _read(path):
            return found
    raise UsageError("The system's certificates were not found; name their file in SSL_CERT_FILE.")


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError:
        return b""


def _joined(*parts: bytes) -> bytes:
    return b"".join(part.rstrip() + b"\n" for part in parts if part.strip())
