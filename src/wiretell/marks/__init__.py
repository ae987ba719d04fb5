"""A library: explains, reads, strips and writes marks. Pure functions on `bytes` and `str`; nothing is ever sent.

    >>> from wiretell import marks
    >>> marks.explain("https://api.deepseek.com", "Asia/Shanghai").state.name
    'labKw+cnTZ'
    >>> [mark.state for mark in marks.read("Today\\u02bcs date is 2026/11/21.").marks]
    ['labKw+cnTZ']
    >>> marks.strip("Today\\u02bcs date is 2026/11/21.", anywhere=True).data
    "Today's date is 2026-11-21."
    >>> marks.write("Today's date is 2026-11-21.", "known", anywhere=True).data == "Today\\u2019s date is 2026-11-21."
    True

`bytes` are UTF-8, plain text or JSON; `str` is the same, decoded. Offsets are in bytes or in characters accordingly.
Broken UTF-8 and half surrogates are kept as they are. The scheme `date-line` is described, with its sources, in
`marks/date_line`; the detectors of hidden and lookalike characters stand beside it and name theirs (UTS #39, UAX #9,
UAX #15, UTS #51). One call reads one text: of JSON Lines, each line is a text of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import AnyStr

from wiretell.marks.body import Body, Form
from wiretell.marks.registry import ALL, named, scheme, schemes
from wiretell.marks.strings import Characters, to_bytes
from wiretell.marks.verbs import read_body, state_of, strip_body, write_body
from wiretell.model.marks import Classification, Edited, Reading, Settings

__all__ = ["Form", "explain", "named", "read", "scheme", "schemes", "strip", "write"]

_DATE_LINE = "date-line"


def explain(
    base_url: str | None = None, timezone: str | None = None, *, scheme_name: str = _DATE_LINE
) -> Classification:
    """Say what some settings would be marked as, and why: the gate, every signal with its rule and entry, the state.

    `base_url` is the value of `ANTHROPIC_BASE_URL` (None or empty: not set), `timezone` the name that the agent's
    runtime tells (`date_line.told_zone` maps an alias as a runtime does).

    :raises UsageError: for a base URL that is none, and an unknown scheme.
    """
    return scheme(scheme_name).classify(Settings(base_url, timezone))


def read(data: bytes | str, *, schemes: Iterable[str] | None = None, form: Form = "auto", version: str = "") -> Reading:
    """Return the marks in a text, in its order, with what is in ordinary use and what was not examined.

    `schemes`: names, all if None. `form`: `auto` takes what begins like a JSON object or array for JSON. `version`:
    that of the client that sent the text, which bears on certainty.

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
    Nothing is edited where the text has no place of the scheme.

    :raises UsageError: for an unknown scheme or state.
    """
    writer = scheme(scheme_name)
    wanted = state_of(writer, state)
    if isinstance(data, bytes):
        return write_body(Body(data, form), writer, wanted, anywhere=anywhere, escaped=escaped)
    spelled = to_bytes(data)
    done = write_body(Body(spelled, form), writer, wanted, anywhere=anywhere, escaped=escaped)
    return Characters(spelled).edited(done)
