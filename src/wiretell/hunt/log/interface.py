"""What a hunt reads of an exchange log, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from wiretell.model.hunt import EvidenceKind, NotExamined

COLUMNS: Final = MappingProxyType(
    {
        "exchange_id": "VARCHAR",
        "ts": "BIGINT",  # microseconds since 1970-01-01 UTC
        "day": "INTEGER",  # days since 1970-01-01 UTC
        "hour": "INTEGER",  # hours since 1970-01-01 UTC
        "account": "VARCHAR",
        "org": "VARCHAR",
        "account_created": "BIGINT",  # microseconds since 1970-01-01 UTC
        "payment": "VARCHAR",
        "ip": "VARCHAR",
        "ip_kind": "VARCHAR",
        "asn": "INTEGER",
        "client": "VARCHAR",
        "client_version": "VARCHAR",
        "header_tuple": "VARCHAR",
        "tz": "VARCHAR",
        "session": "VARCHAR",
        "model": "VARCHAR",
        "system_block": "VARCHAR",  # system part and tools: the first of prefix_blocks, else system_hash
        "chain": "VARCHAR",  # conversation: the block that adds its first message, else session
        "depth": "INTEGER",  # number of prefix blocks
        "template": "VARCHAR[]",
        "prompt": "VARCHAR",
        "input_tokens": "BIGINT",  # cached ones included
        "output_tokens": "BIGINT",
        "max_tokens": "BIGINT",
        "tool_calls": "INTEGER",
        "tool_results": "INTEGER",
        "status": "INTEGER",
    }
)
"""Columns of the view `exchange`, and their types in DuckDB's words. Empty texts are NULL; a column that the log lacks
is NULL throughout. Rows: those with an account and a time, whose operation is `generate` where the log names any."""


Held = Literal["text", "texts", "time", "date", "integer", "number", "flag", "other"]
"""What a column of a Parquet file holds; `texts` is a list of text, `time` any timestamp, `integer` at most 64 bits."""


@dataclass(frozen=True, slots=True)
class Part:
    """Parquet files of a log whose columns are alike."""

    files: tuple[Path, ...]
    columns: Mapping[str, Held]
    """Those that a hunt reads, by the names of the exchange log."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log, looked at but not read."""

    files: tuple[Path, ...]
    form: Literal["parquet", "jsonl", "litellm"]
    columns: frozenset[str]
    """That it has, by the names of the exchange log."""
    rows: int
    """By the files' own footers; of JSONL an estimate, -1."""
    lost: tuple[NotExamined, ...] = ()
    """Columns it lacks and files that could not be read, and which evidence that loses."""
    notes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    """The files again, by their columns; none where they are no Parquet (`landing` makes some of them)."""


def kinds_without(column: str) -> tuple[EvidenceKind, ...]:
    """Return the kinds of evidence that a missing column loses."""
    return _LOST.get(column, ())


_LOST: Final = MappingProxyType(
    {
        "payment": (EvidenceKind.PAYMENT,),
        "ip": (EvidenceKind.NETWORK,),
        "header_tuple": (EvidenceKind.HEADERS,),
        "template": (EvidenceKind.TEMPLATE,),
        "prefix_blocks": (EvidenceKind.PREFIX, EvidenceKind.FAILOVER, EvidenceKind.SHARDING),
        "account_created": (EvidenceKind.LIFECYCLE,),
        "client": (EvidenceKind.CONTRADICTION,),
        "output_tokens": (EvidenceKind.CONTENT,),
        "status": (EvidenceKind.FAILOVER,),  # after a refusal
        "tz": (EvidenceKind.TIMING,),  # of shared keys: several zones
    }
)
