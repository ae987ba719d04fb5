"""From a statement to the document that is given away."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wiretell.model import accounts as model
from wiretell.report.statement import document_v1 as v1


def to_document(result: model.Statement) -> v1.StatementDocument:
    """Return the public form of a statement. Pure; InternalError for what no document can hold."""
    return v1.FORM.checked(
        v1.StatementDocument(
            schema="wiretell/statement/1",
            user=result.user,
            period=result.span.name,
            timezone=result.span.timezone,
            starts=iso(result.span.starts),
            ends=iso(result.span.ends),
            lines=tuple(_line(line) for line in result.lines),
            total=v1.Totals(**_sums(result.lines)),
            not_sent=result.not_sent,
            free=result.free,
            digest=result.digest,
            head=result.head,
            broken=result.broken,
        )
    )


def _line(line: model.StatementLine) -> v1.Line:
    used = v1.Totals(**_sums((line,)))
    return v1.Line(day=line.day.isoformat(), model=line.model, price_table=line.price_table, used=used)


def _sums(lines: tuple[model.StatementLine, ...]) -> dict[str, Any]:
    names = [name for name in v1.Totals.__struct_fields__ if name != "usd"]
    sums: dict[str, Any] = {name: sum(getattr(line, name) for line in lines) for name in names}
    return sums | {"usd": v1.dollars(sums["micro_usd"])}


def iso(moment: dt.datetime) -> str:
    """Return a moment as documents have it: `2026-06-30T16:00:00Z`, with microseconds where there are any."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
