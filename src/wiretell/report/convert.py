"""From what the checks found to the document that is published."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from wiretell.errors import InternalError
from wiretell.model import findings as model
from wiretell.report import document_v1 as v1

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def to_document(result: model.AuditResult) -> v1.Document:
    """Return the public form of an audit. Pure; InternalError for what no document can hold (NaN, a negative count)."""
    document = v1.Document(
        schema=v1.SCHEMA,
        target=_target(result),
        verdict=result.verdict,
        reasons=result.reasons,
        channels=tuple(_channel(channel) for channel in result.channels),
        explained=tuple(v1.Explained(where=_where(item.where), cause=item.cause) for item in result.explained),
        coverage=_coverage(result.coverage),
        destinations=tuple(_destination(item) for item in result.destinations),
        template=tuple(v1.TemplateText(path=t.path, sha256=t.sha256, varies=t.varies) for t in result.template),
        controls=v1.Controls(
            recorder=result.controls.recorder, canary=result.controls.canary, sealed=result.controls.sealed
        ),
        runs=result.runs,
        wall_s=result.wall_s,
        agent_cpu_s=result.agent_cpu_s,
        lab_cpu_s=result.lab_cpu_s,
        seed=result.seed,
        started=result.started,
        wiretell=result.version,
        command=result.command,
        table=tuple(_run(row) for row in result.table),
    )
    return _checked(document)


def _checked(document: v1.Document) -> v1.Document:
    """Hold the document to its schema (constructors do not), give strings a UTF-8 form, mappings their saved order."""
    try:
        return msgspec.convert(_well_formed(msgspec.to_builtins(document)), v1.Document)
    except msgspec.ValidationError as error:
        raise InternalError(f"The audit's result does not fit its document: {error}.") from error


def _well_formed(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InternalError("The audit's result holds a number that is not finite, which JSON cannot write.")
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(item) for key, item in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_well_formed(item) for item in value]
    return value


def _target(result: model.AuditResult) -> v1.Target:
    target = result.target
    return v1.Target(
        kind=target.get("kind", ""),
        name=target.get("name", ""),
        version=target.get("version") or None,
        sha256=target.get("sha256", ""),
        agent=target.get("agent", ""),
    )


def _channel(channel: model.Channel) -> v1.Channel:
    return v1.Channel(
        id=channel.id,
        cls=channel.cls,
        carrier=channel.carrier,
        where=_where(channel.where),
        facts=channel.facts,
        symbols=tuple(_symbol(symbol) for symbol in channel.symbols),
        bits=channel.bits,
        evidence=_evidence(channel.evidence),
        also=tuple(_where(place) for place in channel.also),
        declared_by=channel.declared_by,
        note=channel.note,
    )


def _where(where: model.Where) -> v1.Where:
    return v1.Where(request=where.request, part=where.part, path=where.path, offset=where.offset)


def _symbol(symbol: model.Symbol) -> v1.Symbol:
    return v1.Symbol(
        value=symbol.value,
        codepoints=symbol.codepoints,
        when=tuple({fact: tuple(levels) for fact, levels in combination.items()} for combination in symbol.when),
        context=symbol.context,
        runs=symbol.runs,
    )


def _evidence(evidence: model.Evidence) -> v1.Evidence:
    return v1.Evidence(
        runs=evidence.runs,
        flips=evidence.flips,
        p_value=evidence.p_value,
        rate=evidence.rate,
        flip_runs=evidence.flip_runs,
    )


def _coverage(coverage: model.Coverage) -> v1.Coverage:
    return v1.Coverage(
        facts={
            fact: v1.FactCoverage(levels=tried.levels, paired=tried.paired, alone=tried.alone)
            for fact, tried in coverage.facts.items()
        },
        not_examined=_not_examined(coverage.not_examined),
    )


def _not_examined(items: Iterable[model.NotExamined]) -> tuple[v1.NotExamined, ...]:
    return tuple(v1.NotExamined(what=item.what, why=item.why) for item in items)


def _destination(item: model.Destination) -> v1.Destination:
    return v1.Destination(
        name=item.name,
        address=item.address,
        port=item.port,
        protocol=item.protocol,
        looked_up=item.looked_up,
        requests=item.requests,
        bytes=item.bytes,
        when=item.when,
    )


def _run(row: model.RunSummary) -> v1.Run:
    return v1.Run(run=row.run, purpose=row.purpose, world=row.world.as_dict(), symbols=dict(row.symbols), note=row.note)
