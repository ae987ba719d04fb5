"""Values as the page gets them: plain JSON, every text drawn: nothing of the traffic is hidden or acts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from wiretell.gateway.log.interface import LogState
from wiretell.gateway.telemetry.budgets import Level
from wiretell.gateway.telemetry.spans import SpansState
from wiretell.gateway.ui.interface import Viewer
from wiretell.model.exchange import Ended, LedgerEntry, Row
from wiretell.report.glyphs import shorten, visible

_TEXT: Final = 120
"""Characters of one value in a table."""
_SENTENCE: Final = 600


def of_row(row: Row) -> dict[str, Any]:
    """Return what the table shows of an exchange. Times in milliseconds since 1970, money in US dollars."""
    running = is_running(row)
    return {
        "id": visible(row.exchange_id),
        "ts": row.ts // 1000,
        "user": shorten(row.user or "", _TEXT),
        "client": shorten(" ".join(filter(None, (row.client or row.user_agent, row.client_version))), _TEXT),
        "model": shorten(row.model, _TEXT),
        "served": shorten(row.model_served or "", _TEXT) if row.model_served != row.model else "",
        "upstream": shorten(row.upstream or "", _TEXT),
        "target": shorten(row.target, _TEXT),
        "operation": visible(row.operation),
        "input": row.input_tokens + (row.cache_read_tokens or 0) + (row.cache_write_tokens or 0),
        "cached": row.cache_read_tokens or 0,
        "output": row.output_tokens,
        "share": cache_share(row),
        "cost": row.cost_usd,
        "status": row.status,
        "running": running,
        "ended": "" if running else visible(row.ended),
        "whole": running or row.ended == Ended.COMPLETE,
        "decision": shorten(row.decision or "", _TEXT),
        "edits": row.edits,
        "marks": [shorten(mark, _TEXT) for mark in row.marks],
        "pins": len(row.pins),
        "warnings": [shorten(warning, _SENTENCE) for warning in row.warnings],
        "ms": row.duration_us // 1000,
        "first_ms": None if row.first_byte_us is None else row.first_byte_us // 1000,
        "bytes": [row.request_bytes, row.response_bytes],
    }


def is_running(row: Row) -> bool:
    """Whether an exchange has not ended yet."""
    return row.status == 0 and row.duration_us == 0


def cache_share(row: Row) -> float | None:
    """Return what share of the input came of a prompt cache; None where nothing says."""
    if row.cache_read_tokens is None:
        return None
    whole = row.input_tokens + row.cache_read_tokens + (row.cache_write_tokens or 0)
    return row.cache_read_tokens / whole if whole else None


def of_level(level: Level) -> dict[str, Any]:
    """Return one bar of a budget."""
    return {
        "budget": shorten(level.budget, _TEXT),
        "who": shorten(level.who, _TEXT),
        "unit": level.unit,
        "per": level.per,
        "starts": level.starts,
        "spent": level.spent,
        "reserved": level.reserved,
        "limit": level.limit,
        "share": level.share,
    }


def of_entry(entry: LedgerEntry) -> dict[str, Any]:
    """Return one edited place, in short."""
    before, after = core(entry.before, entry.after)
    return {
        "id": visible(entry.exchange_id),
        "path": shorten(entry.path or "", _TEXT),
        "offset": entry.offset,
        "before": shorten(before, _TEXT),
        "after": shorten(after, _TEXT),
        "rule": shorten(entry.rule, _TEXT),
    }


def core(before: str, after: str) -> tuple[str, str]:
    """Return two texts without what they begin and end with in common: what was changed."""
    ahead = 0
    while ahead < min(len(before), len(after)) and before[ahead] == after[ahead]:
        ahead += 1
    behind = 0
    while behind < min(len(before), len(after)) - ahead and before[-1 - behind] == after[-1 - behind]:
        behind += 1
    return before[ahead : len(before) - behind], after[ahead : len(after) - behind]


def of_state(state: LogState, viewer: Viewer) -> dict[str, Any]:
    """Return how the log is doing. Why it fails can name paths: that is for who sees all."""
    why = visible(state.failing) if viewer.sees_all else "ask who runs this gateway"
    return {
        "recorded": state.recorded,
        "queued": state.queued,
        "spilled": state.spilled,
        "dropped": state.dropped,
        "failing": why if state.failing else "",
        "head": visible(state.head),
        "fields": [[visible(name), shorten(value, _TEXT)] for name, value in state.fields.items()]
        if viewer.sees_all
        else [],
    }


def of_spans(state: SpansState | None, viewer: Viewer) -> dict[str, Any] | None:
    """Return how sending spans goes, for who sees all; None where none are sent."""
    if state is None or not viewer.sees_all:
        return None
    return {"sent": state.sent, "lost": state.lost, "failing": state.failing}


def of_viewer(viewer: Viewer) -> dict[str, Any]:
    """Return who looks."""
    return {"name": visible(viewer.name or ""), "all": viewer.sees_all}


def visible_levels(found: Sequence[Level], viewer: Viewer) -> list[dict[str, Any]]:
    """Return the bars that are this viewer's to see, the nearest to its limit first."""
    return [of_level(level) for level in found if viewer.may_see_budget(level.who)]
