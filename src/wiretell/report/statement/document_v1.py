"""The statement document `wiretell/statement/1`: what one user's requests cost in a period, for reimbursement.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.report.form import Count, Form, says

_SUMMED: Final = (
    "requests",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "micro_usd",
    "estimated",
    "unpriced",
)


class Totals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sums over requests."""

    requests: Annotated[Count, says("Requests that were sent to a model.")]
    input_tokens: Annotated[Count, says("Without those read from, or written to, a prompt cache.")]
    cache_read_tokens: Annotated[Count, says("Tokens read from a prompt cache.")]
    cache_write_tokens: Annotated[Count, says("Tokens written to a prompt cache.")]
    output_tokens: Annotated[Count, says("Tokens of the answers.")]
    micro_usd: Annotated[Count, says("Cost in millionths of a US dollar; exact, unlike `usd`.")]
    usd: Annotated[str, says("The same in dollars, with six decimals.")]
    estimated: Annotated[Count, says("Requests whose tokens the upstream did not tell: estimated from the bytes seen.")]
    unpriced: Annotated[Count, says("Requests without a cost in the log; they count as 0.")]


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day and model, by one price table."""

    day: Annotated[str, says("ISO 8601, in the statement's time zone.")]
    model: Annotated[str, says("The model that answered; where the response named none, the one asked for.")]
    price_table: Annotated[str, says("Name and date of the price table; empty where none was used.")]
    used: Annotated[Totals, says("What the requests of that day and model used.")]


class StatementDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one user's requests of a period cost."""

    schema: Annotated[Literal["wiretell/statement/1"], says("Name and version of this form.")]
    user: Annotated[str, says("Name of the user; `(nobody)`: requests without one.")]
    period: Annotated[str, says("As asked for: a month `2026-07`, a week `2026-W28`, a day `2026-07-10`.")]
    timezone: Annotated[str, says("In which the period and its days begin.")]
    starts: Annotated[str, says("First moment of the period; ISO 8601, UTC.")]
    ends: Annotated[str, says("First moment after it; ISO 8601, UTC.")]
    lines: Annotated[tuple[Line, ...], says("By day, then model, then price table.")]
    total: Annotated[Totals, says("The sums of the lines.")]
    not_sent: Annotated[Count, says("Exchanges for which nothing was sent upstream: refused or in error. In no line.")]
    free: Annotated[Count, says("Exchanges that ask no model, such as counting tokens. In no line.")]
    digest: Annotated[
        str,
        says(
            "SHA-256, hex, over one entry a request: exchange id, a space, its cost in millionths of a dollar, a line "
            "feed; entries sorted by their bytes."
        ),
    ]
    head: Annotated[str, says("Last value of the log's hash chain when this was made; hex. Optional.")] = ""
    broken: Annotated[Count, says("Places where that chain is broken: the log was changed since. Optional.")] = 0


def _check(document: StatementDocument) -> None:
    for name in _SUMMED:
        if getattr(document.total, name) != sum(getattr(line.used, name) for line in document.lines):
            raise FormatError(f"The lines of this statement document do not sum up to its total of {name}.")
    for sums in (document.total, *(line.used for line in document.lines)):
        if sums.usd != dollars(sums.micro_usd):
            raise FormatError("A cost of this statement document is not the same in dollars and in millionths of one.")


def dollars(micro_usd: int) -> str:
    """Return millionths of a dollar as dollars with six decimals: `0.125000`."""
    return f"{micro_usd // 1_000_000}.{micro_usd % 1_000_000:06d}"


FORM: Final = Form("statement", StatementDocument, _check)
