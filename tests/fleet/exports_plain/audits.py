"""Audit documents with made-up destinations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from wiretell import report
from wiretell.report.audit.document_v1 import Destination, Document, FactCoverage

SAMPLE = Path(__file__).parents[2] / "report" / "snapshots" / "short.json"


def reached(
    name: str, when: str = "always", port: int = 443, protocol: str = "https", requests: int = 1
) -> Destination:
    return Destination(
        name=name,
        address="198.18.0.7",
        port=port,
        protocol=protocol,
        looked_up=not name[0].isdigit(),
        requests=requests,
        bytes=10,
        when=when,
    )


def audit(
    *rows: Destination | str, agent: str = "codex", version: str = "0.169.0", hosts: Iterable[str] = ()
) -> Document:
    """Return an audit of the sample with other destinations. `hosts`: levels of `base_url`."""
    sample = report.decode(SAMPLE.read_bytes())
    facts = {"base_url": FactCoverage(levels=("official", *hosts), paired=1, alone=0)}
    return msgspec.structs.replace(
        sample,
        target=msgspec.structs.replace(sample.target, agent=agent, version=version),
        coverage=msgspec.structs.replace(sample.coverage, facts=facts),
        destinations=tuple(reached(row) if isinstance(row, str) else row for row in rows),
        table=(),
    )
