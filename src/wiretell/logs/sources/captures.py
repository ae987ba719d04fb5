"""A folder that `wiretell audit --save` has written: the bodies of all requests, after content decoding.

Offsets and lines count from the beginning of the body.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from wiretell.capture import store
from wiretell.capture.wire import decode_body
from wiretell.errors import UsageError
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch, Form
from wiretell.logs.origin import Context, of_headers
from wiretell.logs.targets import target_of
from wiretell.model.capture import Capture, Exchange, Request
from wiretell.model.marks import Where

BODIES: Final = "only the bodies of requests are read: targets, headers and names that were looked up are not"


def is_store(folder: Path) -> bool:
    """Whether a folder holds saved captures; one that may not be looked into holds none that can be read."""
    return os.path.isfile(folder / store.INDEX)  # noqa: PTH113 - raises nothing for what is closed


def read(source: str, examiner: Examiner) -> Iterator[Form | Batch]:
    """Read every exchange; they are numbered through, in the order of the runs. A run is a batch."""
    try:
        saved = store.load(Path(source))
    except UsageError as error:
        yield Form.UNREAD
        examiner.remark(str(error))
        yield examiner.batch()
        return
    examiner.remark(BODIES)
    record = 0
    for capture in saved.captures:
        if capture.records_dropped or capture.bytes_dropped:
            examiner.remark("the lab did not keep all that was sent", what=f"a part of run {capture.run}")
        for exchange in capture.exchanges:
            record += 1
            _read_exchange(exchange, capture, Where(source, record), examiner)
        sizes = sum(len(exchange.request.body) for exchange in capture.exchanges)
        yield examiner.batch(records=len(capture.exchanges), size=sizes)


def _read_exchange(exchange: Exchange, capture: Capture, where: Where, examiner: Examiner) -> None:
    request = exchange.request
    body = decode_body(request)
    if body.problem is not None:
        examiner.remark(f"its body was read as it was sent ({body.problem})", where.record)
    if not exchange.complete:
        examiner.remark("the agent broke off while sending it", where.record)
    if body.text_bytes:
        context = partial(_context, request, capture, _time(capture, exchange), body.text_bytes)
        examiner.read(body.text_bytes, where, context)


def _context(request: Request, capture: Capture, started: str, body: bytes) -> Context:
    """Say who sent a request, and in which run: the plan of the audit says in which world that was."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
    told = of_headers(headers, started=started, body=body)
    return Context(told.origin, f"run {capture.run}, {request.method} {target_of(request.target)}".strip())


def _time(capture: Capture, exchange: Exchange) -> str:
    """Return when a request was sent, by the lab's clock."""
    try:
        return (datetime.fromisoformat(capture.started) + timedelta(seconds=exchange.started_s)).isoformat()
    except (ValueError, OverflowError):
        return ""
