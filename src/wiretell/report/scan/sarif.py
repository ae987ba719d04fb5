"""The scan for code hosts and dashboards: SARIF 2.1.0 (OASIS).

A hidden list is an `error`; a plain encoding and finds that stand together are `note`s. Places are byte regions
(section 3.30.11) of the file they stand in; what was unpacked from a file keeps its path after `!`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from wiretell.report import listing, words
from wiretell.report.drawn import drawn
from wiretell.report.sarif_log import SCHEMA_URI, fingerprint
from wiretell.report.scan import view
from wiretell.report.scan.document_v1 import Cluster, ScanDocument
from wiretell.report.shared_v1 import DecodedList, Place

_RULES: Final = (
    ("wiretell/hidden-list", "HiddenList", "error", "A list is stored under a key, or in several encodings."),
    ("wiretell/plain-encoding", "PlainEncoding", "note", "A text is stored in one usual encoding, without a key."),
    ("wiretell/together", "Together", "note", "Time zones, lookalikes, hosts or lists stand close together."),
)
_MOST_PLACES = 20


def render(document: ScanDocument) -> str:
    """Return a SARIF log with one run, as indented JSON with a final newline. Pure and deterministic."""
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [_run(drawn(document))]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode("utf-8") + "\n"


def _run(document: ScanDocument) -> dict[str, Any]:
    results = [_list(found) for found in document.lists] + [_cluster(found) for found in document.clusters]
    driver: dict[str, Any] = {"name": "wiretell"}
    if document.wiretell:
        driver["version"] = document.wiretell
    return {
        "tool": {"driver": driver | {"rules": [_rule(*rule) for rule in _RULES]}},
        "invocations": [_invocation(document)],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"target": view.target_name(document), "hidden": document.hidden},
    }


def _rule(identifier: str, name: str, level: str, text: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": name,
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text} {listing.MENTIONS}"},
        "defaultConfiguration": {"level": level},
    }


def _invocation(document: ScanDocument) -> dict[str, Any]:
    """Say aloud what was not examined: no results must not look like a clean package."""
    notes = [
        {"level": "note", "message": {"text": f"Not examined: {item.what} ({item.why})."}}
        for item in document.not_examined
    ]
    invocation: dict[str, Any] = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    if document.command:
        invocation["commandLine"] = document.command
    return invocation


def _list(found: DecodedList) -> dict[str, Any]:
    near = f" Near it: {'; '.join(found.near[: listing.NEAR_SHOWN])}." if found.near else ""
    text = (
        f"{'Hidden list' if found.hidden else 'Plain encoding'} of {words.plural(found.count, 'entry')}: "
        f"{listing.decoded_how(found)}. {listing.entries(found.entries, verbose=False)}.{near}"
    )
    return _result(0 if found.hidden else 1, text, found.places, f"{found.kind.value}:{found.sha256}") | {
        "properties": {"entries": found.count, "evidence_bits": found.evidence_bits, "search_bits": found.search_bits}
    }


def _cluster(found: Cluster) -> dict[str, Any]:
    return _result(2, f"Close together: {view.cluster(found)}.", (found.place,), "\0".join(found.items))


def _result(rule: int, text: str, places: Sequence[Place], same: str) -> dict[str, Any]:
    """Return one result; `same` is what stays alike from version to version, so that a dashboard knows it again."""
    return {
        "ruleId": _RULES[rule][0],
        "ruleIndex": rule,
        "level": _RULES[rule][2],
        "message": {"text": text},
        "locations": [_location(place) for place in places[:_MOST_PLACES]],
        "partialFingerprints": {"find/v1": fingerprint(same)},
    }


def _location(place: Place) -> dict[str, Any]:
    region: dict[str, Any] = {"byteOffset": place.offset}
    if place.length:
        region["byteLength"] = place.length
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file, safe="/@.-_~=", errors="replace")},
            "region": region,
        }
    }
