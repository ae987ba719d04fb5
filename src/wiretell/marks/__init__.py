"""A library: explains, reads, strips and writes marks. Pure functions on `bytes` and `str`; nothing is ever sent.

    >>> from wiretell import marks
    >>> marks.explain("https://api.deepseek.com", "Asia/Shanghai").state.name
    'labKw+cnTZ'
    >>> [mark.state for mark in marks.read("Today\\u02bcs date is 2026/11/21.").marks]
    ['labKw+cnTZ']
    >>> marks.strip("Today\\u02bcs date is 2026/11/21.", anywhere=True).data
    "Today's date is 2026-11-21."
    >>> marks.write("Today's date is 2026-11-21.", "known").data == "Today\\u2019s date is 2026-11-21."
    True

Units: offsets and lengths are in bytes where the text was given as `bytes`, in characters where it was given as `str`;
lines count from 1. `bytes` are UTF-8, plain text or JSON; `str` is the same, decoded. Broken UTF-8 and half surrogates
are kept as they are. One call reads one text: of JSON Lines, each line is a text of its own.

Errors: `wiretell.errors.UsageError` alone, one sentence, for a name, a state, a base URL or a time zone that is none.
No text is an error: what could not be looked at is told as `not_examined`.

Sources: the scheme `date-line` is described, with where each part of it is known from, in `marks/date_line` and in
`marks.scheme("date-line").sources`; the detectors of hidden and lookalike characters stand beside it and name theirs
(UTS #39, UAX #9, UAX #15, UTS #51). The base URL is read by the WHATWG URL standard, time zones have the names of the
IANA time zone database, JSON is that of RFC 8259 and pointers into it are those of RFC 6901.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import AnyStr

from wiretell.marks.body import Body, Form
from wiretell.marks.explaining import explained
from wiretell.marks.interface import Detector, Scheme
from wiretell.marks.registry import ALL, named, scheme, schemes
from wiretell.marks.strings import Characters, to_bytes
from wiretell.marks.verbs import read_body, state_of, strip_body, write_body
from wiretell.model.findings import NotExamined
from wiretell.model.marks import (
    Certainty,
    Classification,
    Edit,
    Edited,
    Explained,
    Mark,
    Reading,
    Settings,
    Signal,
    State,
    VersionRange,
)

__all__ = [
    "Certainty",
    "Classification",
    "Detector",
    "Edit",
    "Edited",
    "Explained",
    "Form",
    "Mark",
    "NotExamined",
    "Reading",
    "Scheme",
    "Settings",
    "Signal",
    "State",
    "VersionRange",
    "explain",
    "named",
    "read",
    "scheme",
    "schemes",
    "strip",
    "write",
]

_DATE_LINE = "date-line"


def explain(
    base_url: str | None = None,
    timezone: str | None = None,
    *,
    date: dt.date | None = None,
    runtime: str = "node",
    scheme_name: str = _DATE_LINE,
) -> Explained:
    """Say what some settings would be marked as, and why: the gate, every signal with its rule and entry, the state,
    the sentence with its bytes, and the versions that write it.

    `base_url`: the value of `ANTHROPIC_BASE_URL`; None or empty: not set. The answer holds it whole, in
    `classification.settings`; the documents of `wiretell.report` do not.
    `timezone`: a name of the time zone database; None or empty: not known. It is told as the `runtime` (`node`, `bun`)
    tells it: `PRC` as `Asia/Shanghai`. A leading colon, as POSIX allows it in `TZ`, is dropped.
    `date`: the day in the sentence; None: today, in that zone, by this machine's clock (which nothing else depends on).

    :raises UsageError: for a base URL that is none by the WHATWG URL standard, a zone that the database has not, a
        runtime that was not measured, an unknown scheme.
    """
    return explained(scheme(scheme_name), base_url, timezone, date, runtime)


def read(data: bytes | str, *, schemes: Iterable[str] | None = None, form: Form = "auto", version: str = "") -> Reading:
    """Return the marks in a text, in its order, with what is in ordinary use and what was not examined.

    `schemes`: names, all if None. `form`: `auto` takes what begins like a JSON object or array for JSON. `version`:
    that of the client that sent the text (`2.1.91`), which bears on certainty; empty: not known.

    :raises UsageError: for an unknown scheme.
    """
    detectors = ALL if schemes is None else named(schemes)
    if isinstance(data, bytes):
        return read_body(Body(data, form), detectors, version)
    spelled = to_bytes(data)
    return Characters(spelled).reading(read_body(Body(spelled, form), detectors, version))


def strip(
    data: AnyStr, *, schemes: Iterable[str] = (_DATE_LINE,), anywhere: bool = False, form: Form = "auto"
) -> Edited[AnyStr]:
    """Return a text in its plain form, nothing else changed, with every edit and the marks that were left alone.

    Edited is only where the scheme is known to write: of the date line, the currentDate block of a system-reminder in
    the first user message of a request. `anywhere` edits marks wherever they stand. Stripping what was stripped
    changes nothing.

    :raises UsageError: for an unknown scheme.
    """
    detectors = named(schemes)
    if isinstance(data, bytes):
        return strip_body(Body(data, form), form, detectors, anywhere)
    spelled = to_bytes(data)
    return Characters(spelled).edited(strip_body(Body(spelled, form), form, detectors, anywhere))


def write(
    data: AnyStr,
    state: str,
    *,
    scheme_name: str = _DATE_LINE,
    anywhere: bool = False,
    escaped: bool = False,
    form: Form = "auto",
) -> Edited[AnyStr]:
    """Put a mark in: make every place of the scheme in the text show `state`, for tests and research.

    `state`: a name (`known+cnTZ`, in any order) or a number. `escaped` writes `\\u2019` in JSON, in place of UTF-8.
    In JSON the date line is edited where an agent writes it, and with `anywhere` wherever the sentence stands; in plain
    text, which has no such place, each sentence is edited. Nothing is edited where there is none.

    :raises UsageError: for an unknown scheme or state.
    """
    writer = scheme(scheme_name)
    wanted = state_of(writer, state)
    if isinstance(data, bytes):
        return _write(Body(data, form), writer, wanted, anywhere=anywhere, escaped=escaped)
    spelled = to_bytes(data)
    return Characters(spelled).edited(_write(Body(spelled, form), writer, wanted, anywhere=anywhere, escaped=escaped))


def _write(body: Body, writer: Scheme, state: State, *, anywhere: bool, escaped: bool) -> Edited[bytes]:
    return write_body(body, writer, state, anywhere=anywhere or not body.is_json, escaped=escaped)
