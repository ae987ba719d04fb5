"""The report for code hosts and dashboards: SARIF 2.1.0 (OASIS), as small as it can be and still be useful.

One rule for each carrier. A covert channel is an `error`, every other one a `note`. A place inside a request is a
logical location (section 3.33); the target stands in for the file that physical locations demand.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from wiretell.model.findings import Carrier, Class, Verdict
from wiretell.report import words
from wiretell.report.audit import view
from wiretell.report.audit.document_v1 import Channel, Document
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip
from wiretell.report.sarif_log import SCHEMA_URI, fingerprint

_RULES: Final = {
    Carrier.HOMOGLYPH: "Characters that look alike are exchanged for each other.",
    Carrier.INVISIBLE: "Characters that are not drawn come and go.",
    Carrier.WHITESPACE: "White space differs.",
    Carrier.FORMAT: "The same content is written in another format.",
    Carrier.CASE: "Upper and lower case differ.",
    Carrier.ORDER: "The same parts stand in another order.",
    Carrier.NUMBER: "A number is written or chosen otherwise.",
    Carrier.ESCAPE: "The same character is escaped otherwise.",
    Carrier.PRESENCE: "A part comes and goes.",
    Carrier.WORDING: "The words differ.",
    Carrier.IDENTIFIER: "An identifier follows the surroundings.",
    Carrier.SIZE: "The size differs.",
    Carrier.TIMING: "The timing differs.",
    Carrier.DESTINATION: "Another host is reached for.",
    Carrier.OPAQUE: "Bytes differ that cannot be read.",
}


def render(document: Document) -> str:
    """Return a SARIF log with one run, as indented JSON with a final newline. Pure and deterministic."""
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [_run(drawn(document))]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode("utf-8") + "\n"


def _run(document: Document) -> dict[str, Any]:
    carriers = list(dict.fromkeys(channel.carrier for channel in document.channels))
    return {
        "tool": {"driver": _driver(document, carriers)},
        "invocations": [_invocation(document)],
        "artifacts": [{"location": {"uri": _uri(document)}, "hashes": {"sha-256": document.target.sha256}}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(document, channel, carriers) for channel in document.channels],
        "properties": _properties(document),
    }


def _properties(document: Document) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "verdict": document.verdict.value,
        "runs": document.runs,
        "seed": document.seed,
    }
    if document.leads:
        properties["leads"] = len(document.leads)
    if document.sweeps:
        properties["sweeps"] = [
            {"fact": sweep.fact, "confirmed": sweep.confirmed, "entries": sweep.entries} for sweep in document.sweeps
        ]
    return properties


def _driver(document: Document, carriers: list[Carrier]) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "wiretell"}
    if document.wiretell:
        driver["version"] = document.wiretell
    return driver | {"rules": [_rule(carrier) for carrier in carriers]}


def _rule(carrier: Carrier) -> dict[str, Any]:
    return {
        "id": f"wiretell/{carrier.value}",
        "name": carrier.value.capitalize(),
        "shortDescription": {"text": f"What is sent follows the user's surroundings: {carrier.value}."},
        "fullDescription": {"text": _RULES[carrier]},
        "defaultConfiguration": {"level": "note"},
    }


def _invocation(document: Document) -> dict[str, Any]:
    """Say aloud what was not concluded and what was not examined: no results must not look like a clean audit."""
    conclusive = document.verdict is not Verdict.INCONCLUSIVE
    notes = [_notification("error", reason) for reason in document.reasons]
    notes += [
        _notification("note", f"Not examined: {item.what} ({item.why}).") for item in document.coverage.not_examined
    ]
    invocation: dict[str, Any] = {"executionSuccessful": conclusive, "toolExecutionNotifications": notes}
    if document.command:
        invocation["commandLine"] = document.command
    return invocation


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}


def _result(document: Document, channel: Channel, carriers: list[Carrier]) -> dict[str, Any]:
    return {
        "ruleId": f"wiretell/{channel.carrier.value}",
        "ruleIndex": carriers.index(channel.carrier),
        "level": "error" if channel.cls is Class.COVERT else "note",
        "message": {"text": _message(channel)},
        "locations": [_location(document, channel)],
        "partialFingerprints": {"channel/v1": _fingerprint(channel)},
        "properties": {
            "class": channel.cls.value,
            "facts": channel.facts,
            "bits": channel.bits,
            "runs": channel.evidence.runs,
            "p_value": channel.evidence.p_value,
        },
    }


def _message(channel: Channel) -> str:
    cause = view.cause(channel)
    follows = " and ".join(cause.tells)
    values = ", ".join(_value(symbol.value, symbol.codepoints) for symbol in channel.symbols)
    gates = " and ".join(gate.fact for gate in cause.gates)
    gated = f", depending on {gates}" if gates else ""
    return (
        f"{channel.cls.value.capitalize()} channel of {words.bits(channel.bits)}: "
        f"{view.place(channel.where)} follows {follows}{gated}. Shown to write {values}."
    )


def _value(value: str, codepoints: tuple[str, ...]) -> str:
    points = f" ({' '.join(codepoints)})" if 0 < len(codepoints) <= 4 else ""
    return f'"{clip(value, 60)}"{points}'


def _location(document: Document, channel: Channel) -> dict[str, Any]:
    where = channel.where
    full = " ".join(part for part in (where.request, where.part, where.path) if part)
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(document), "index": 0}, "region": {"startLine": 1}},
        "logicalLocations": [{"name": where.path, "fullyQualifiedName": full, "kind": "value"}],
    }


def _uri(document: Document) -> str:
    """Return the target as a URI reference (RFC 3986): `npm:@scope/name@1.2.3`, or a quoted path."""
    name = view.target_name(document)
    scheme, colon, rest = name.partition(":") if document.target.kind in ("npm", "pypi") else ("", "", name)
    return scheme + colon + quote(rest, safe="/@.-_~=", errors="replace")


def _fingerprint(channel: Channel) -> str:
    """Return what stays the same when an audit is repeated, so that dashboards know a channel again."""
    where = channel.where
    parts = (channel.carrier.value, where.request, where.part, where.path, *sorted(channel.facts))
    return fingerprint(*parts)
