"""From an explanation to the document that is published."""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.model import marks as model
from wiretell.report.glyphs import codepoint, codepoint_name
from wiretell.report.marks_explain import document_v1 as v1
from wiretell.report.marks_explain.base_url import shown_base_url, with_shown_host


def to_document(result: model.Explained) -> v1.ExplainDocument:
    """Return the public form of an explanation, without what may be secret in its base URL.

    Pure; InternalError for what no document can hold.
    """
    found = result.classification
    base_url = found.settings.base_url
    document = v1.ExplainDocument(
        schema="wiretell/marks-explain/1",
        scheme=found.scheme,
        base_url=shown_base_url(base_url),
        timezone=found.settings.timezone,
        origin=dict(result.origin),
        gate_open=found.gate_open,
        gate_why=with_shown_host(found.gate_why, base_url),
        signals=tuple(_signal(signal, base_url) for signal in found.signals),
        state=state(found.state),
        sentence=result.sentence,
        symbols=tuple(_symbols(result.sentence)),
        spellings=dict(result.spellings),
        versions=tuple(version_range(item) for item in result.versions),
        notes=result.notes,
    )
    return v1.FORM.checked(document)


def _signal(signal: model.Signal, base_url: str | None) -> v1.Signal:
    return v1.Signal(
        name=signal.name,
        fires=signal.fires,
        source=signal.source,
        value=with_shown_host(signal.value, base_url),
        rule=signal.rule,
        entry=signal.entry,
        others=signal.others,
        why=with_shown_host(signal.why, base_url),
    )


def state(found: model.State) -> v1.State:
    """Return the public form of a state."""
    return v1.State(name=found.name, number=found.number, meaning=found.meaning)


def version_range(item: model.VersionRange) -> v1.VersionRange:
    """Return the public form of a range of versions."""
    return v1.VersionRange(
        product=item.product,
        first=item.first,
        first_date=item.first_date,
        last=item.last,
        last_date=item.last_date,
        source=item.source,
    )


def _symbols(sentence: str) -> Iterator[v1.Symbol]:
    """Describe the characters between letters and digits of ASCII: an apostrophe, and what parts the date."""
    for char in dict.fromkeys(sentence):
        if not char.isascii() or not (char.isalnum() or char in " ."):
            yield v1.Symbol(
                character=char,
                codepoint=codepoint(char),
                name=codepoint_name(char),
                count=sentence.count(char),
                utf8=char.encode("utf-8", "surrogatepass").hex(" "),
                escape="".join(f"\\u{unit:04x}" for unit in _units(char)),
            )


def _units(char: str) -> Iterator[int]:
    """Code units of UTF-16, in which JSON escapes are written (RFC 8259, section 7)."""
    pairs = char.encode("utf-16-be", "surrogatepass")
    yield from (int.from_bytes(pairs[at : at + 2]) for at in range(0, len(pairs), 2))
