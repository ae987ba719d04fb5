"""Audit a specimen through the command line, as a user does, and compare the document with the oracle."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.specimens.loader import Expected, Oracle

TIMEOUT_S = 240.0
"""An audit of a specimen takes seconds; this only ends a test that would hang."""
P_LIMIT = 0.01
"""A channel that is claimed must fit better than this by chance."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Audit:
    """One `wiretell audit --format json`, ended."""

    exit_code: int
    document: Document
    """`wiretell/audit/1`."""
    stderr: str

    def channels(self, cls: str | None = None) -> list[Document]:
        """Return the channels of one class, or all."""
        return [channel for channel in self.document["channels"] if cls in (None, channel["class"])]


def command(folder: Path, seed: int, *more: str) -> list[str]:
    """Return the command line that audits `folder`."""
    return [
        *(sys.executable, "-m", "wiretell.cli", "audit", str(folder)),
        *("--format", "json", "--seed", str(seed)),
        *more,
    ]


def run_audit(
    folder: Path, seed: int, budget: int, *more: str, env: Mapping[str, str] | None = None, tmp: Path | None = None
) -> Audit:
    """Audit `folder` and return how it ended; `more` are further arguments, `tmp` replaces the folder for temporaries.

    Fails (AssertionError) where there is no document on standard output, or the audit took more than `budget` runs.
    """
    surroundings = {**os.environ, **(env or {}), **({"TMPDIR": str(tmp)} if tmp else {})}
    done = subprocess.run(
        command(folder, seed, *more),
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    document = _document(done)
    assert document["runs"] <= budget, f"{document['runs']} runs for a budget of {budget}"
    return Audit(done.returncode, document, done.stderr)


def _document(done: subprocess.CompletedProcess[str]) -> Document:
    try:
        document: Document = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        told = f"exit {done.returncode}\nstdout: {done.stdout[-500:]}\nstderr: {done.stderr[-3000:]}"
        raise AssertionError(f"no JSON document ({error}); {told}") from error
    assert document["schema"] == "wiretell/audit/1"
    return document


# ---------------------------------------------------------------- comparing with the oracle


def disagreements(audit: Audit, oracle: Oracle) -> list[str]:
    """Return every way in which an audit is wrong about a specimen, in sentences; empty if it is right."""
    return [
        *_verdict(audit, oracle),
        *_reason(audit, oracle),
        *_exact("covert", audit.channels("covert"), [c for c in oracle.channel if c.cls == "covert"]),
        *_visible(audit, oracle),
        *(problem for channel in audit.channels("covert") for problem in _unproven(channel)),
    ]


def _verdict(audit: Audit, oracle: Oracle) -> Iterable[str]:
    if audit.exit_code != oracle.exit:
        yield f"exit code {audit.exit_code}, not {oracle.exit}; stderr: {audit.stderr[-1000:]}"
    if audit.document["verdict"] not in oracle.verdict:
        yield f"verdict {audit.document['verdict']}, not {' or '.join(sorted(oracle.verdict))}"


def _reason(audit: Audit, oracle: Oracle) -> Iterable[str]:
    said = " ".join([*audit.document.get("reasons", []), audit.stderr])
    if oracle.reason and not re.search(oracle.reason, said, re.IGNORECASE):
        yield f"no reason like /{oracle.reason}/ in: {said[-1000:]!r}"


def _exact(cls: str, found: Sequence[Document], expected: Sequence[Expected]) -> Iterable[str]:
    """Match one to one: each expected channel is there, and nothing else of its class."""
    rest = list(found)
    for wanted in expected:
        match = next((channel for channel in rest if not wrong_about(channel, wanted)), None)
        if match is None:
            near = "; ".join(f"{brief(c)} is wrong about {', '.join(wrong_about(c, wanted))}" for c in rest)
            yield f"missing {cls} channel {wanted.carrier} of {sorted(wanted.facts or ())}: {near or 'nothing like it'}"
        else:
            rest.remove(match)
    yield from (f"false {cls} channel {brief(channel)}" for channel in rest)


def _visible(audit: Audit, oracle: Oracle) -> Iterable[str]:
    """Expected visible channels are there; others are only allowed over facts that the specimen shows openly."""
    found = [channel for channel in audit.channels() if channel["class"] != "covert"]
    expected = [channel for channel in oracle.channel if channel.cls != "covert"]
    for wanted in expected:
        if all(wrong_about(channel, wanted) for channel in found):
            name = f"{wanted.cls} channel {wanted.carrier} of {sorted(wanted.facts or ())}"
            yield f"missing {name}, found {list(map(brief, found))}"
    allowed = oracle.open_facts.union(*(channel.facts or () for channel in expected))
    for channel in found:
        if not allowed.issuperset(channel["facts"]) and oracle.kind != "probe":
            yield f"visible channel over other facts than {sorted(allowed)}: {brief(channel)}"


def wrong_about(channel: Document, wanted: Expected) -> list[str]:
    """Return the names of what differs between a reported channel and an expected one."""
    where = channel["where"]
    values = {symbol["value"] for symbol in channel["symbols"]}
    checks = {
        "class": channel["class"] == wanted.cls,
        "carrier": wanted.carrier in (None, channel["carrier"]),
        "facts": wanted.facts is None or wanted.facts == set(channel["facts"]),
        "symbols": wanted.symbols in (None, len(channel["symbols"])),
        "values": wanted.values is None or wanted.values == values,
        "request": wanted.request is None or wanted.request == where["request"].partition("?")[0],
        "part": wanted.part in (None, where["part"]),
        "path": wanted.path is None or wanted.path.lower() == where["path"].lower(),
        "offset": wanted.offset in (None, where.get("offset")),
        "gate": all(_closed(channel, fact, level) for fact, level in wanted.closed.items()),
        "rate": wanted.rate is None or 0 < (channel["evidence"].get("rate") or 1) < 1,
    }
    return [name for name, right in checks.items() if not right]


def _closed(channel: Document, fact: str, level: str) -> bool:
    """Whether at most one symbol was ever shown with this level: the gate."""
    shown = [s for s in channel["symbols"] if any(level in combination.get(fact, []) for combination in s["when"])]
    return len(shown) <= 1


def _unproven(channel: Document) -> Iterable[str]:
    evidence = channel["evidence"]
    if not 0 <= evidence["p_value"] < P_LIMIT:
        yield f"{brief(channel)} is claimed at p = {evidence['p_value']}"
    if not channel["bits"] > 0:
        yield f"{brief(channel)} is claimed with {channel['bits']} bits"


def brief(channel: Document) -> str:
    """Return a channel in one line, for messages."""
    where = channel["where"]
    symbols = [symbol["value"][:24] for symbol in channel["symbols"]]
    place = f"{where['request']} {where['part']} {where['path']}@{where.get('offset')}"
    return f"[{channel['class']} {channel['carrier']} of {channel['facts']} at {place}: {symbols}]"
