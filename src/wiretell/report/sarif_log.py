"""What the SARIF logs of wiretell share."""

from __future__ import annotations

import hashlib
from typing import Final

SCHEMA_URI: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def fingerprint(*parts: str) -> str:
    """Return what stays the same when the work is repeated, so that dashboards know a result again."""
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()
