"""Requests as an agent sends them, with the date line in any state; what a command printed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wiretell import report
from wiretell.report.marks.document_v1 import MarksDocument

CONTEXT = (
    "<system-reminder>\nAs you answer the user's questions, you can use the following context:\n# currentDate\n"
    "Today{0}s date is 2026{1}06{1}01.\n\n      IMPORTANT: this context may or may not be relevant.\n"
    "</system-reminder>\n\n"
)
STATES = {
    "none": ("'", "-"),
    "known": ("\u2019", "-"),
    "labKw": ("\u02bc", "-"),
    "known+labKw": ("\u02b9", "-"),
    "cnTZ": ("'", "/"),
    "known+cnTZ": ("\u2019", "/"),
    "labKw+cnTZ": ("\u02bc", "/"),
    "known+labKw+cnTZ": ("\u02b9", "/"),
}
QUOTED = "I wrote: Today\u2019s date is 2026/06/01. And the 2026/11/21."


def request(state: str, said: str = "hi") -> dict[str, Any]:
    """Return a request as the agent sends it, with the date line in a state."""
    texts = ("<system-reminder>\nskills\n</system-reminder>\n", CONTEXT.format(*STATES[state]), said)
    content = [{"type": "text", "text": text} for text in texts]
    return {"model": "m", "messages": [{"role": "user", "content": content}], "system": [], "max_tokens": 1}


def as_json(state: str, said: str = "hi", *, escaped: bool = False) -> bytes:
    return json.dumps(request(state, said), ensure_ascii=escaped).encode()


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def read_document(capsys: pytest.CaptureFixture[str]) -> MarksDocument:
    document = report.decode_any(printed(capsys).encode())
    assert isinstance(document, MarksDocument)
    return document
