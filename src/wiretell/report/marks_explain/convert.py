"""From an explanation to the document that is published."""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.model import marks as model
from wiretell.report.glyphs import codepoint, codepoint_name
from wiretell.report.marks_explain import document_v1 as v1


def to_document(result: model.Explained) -> v1.ExplainDocument:
    """Return the public form of an explanation. Pure; InternalError for what no document can hold."""
    found = result.classification
    document = v1.ExplainDocument(
        schema="wiretell/marks-explain/1",
        scheme=found.scheme,
        base_url=found.settings.base_url,
        timezone=found.settings.timezone,
        origin=dict(result.origin),
        gate_open=found.gate_open,
        gate_why=found.gate_why,
        signals=tuple(_signal(signal) for signal in found.signals),
        state=v1.State(name=found.state.name, number=found.state.number, meaning=found.state.meaning),
        sentence=result.sentence,
        symbols=tuple(_symbols(result.sentence)),
        spellings=dict(result.spellings),
        versions=tuple(_versions(item) for item in result.versions),
        notes=result.notes,
    )
    return v1.FORM.checked(document)


def _signal(signal: model.Signal) -> v1.Signal:
    return v1.Signal(
        name=signal.name,
        fires=signal.fires,
        source=signal.source,
        value=signal.value,
        rule=signal.rule,
        entry=signal.entry,
        others=signal.others,
        why=signal.why,
    )


def _versions(item: model.VersionRange) -> v1.VersionRange:
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
