"""From what the checks found to the document that is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wiretell.model import findings as model
from wiretell.report import shared_v1
from wiretell.report.audit import document_v1 as v1


def to_document(result: model.AuditResult) -> v1.Document:
    """Return the public form of an audit. Pure; InternalError for what no document can hold (NaN, a negative count)."""
    leads = tuple(dict.fromkeys((*result.leads, *(lead for sweep in result.sweeps for lead in sweep.leads))))
    document = v1.Document(
        schema="wiretell/audit/1",
        target=target(result.target),
        verdict=result.verdict,
        reasons=result.reasons,
        channels=tuple(channel(found) for found in result.channels),
        explained=tuple(v1.Explained(where=_where(item.where), cause=item.cause) for item in result.explained),
        coverage=_coverage(result.coverage),
        destinations=tuple(_destination(item) for item in result.destinations),
        template=tuple(map(_template, result.template)),
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
        leads=tuple(_lead(lead, f"l{n}") for n, lead in enumerate(leads, 1)),
        sweeps=tuple(_sweep(sweep, leads) for sweep in result.sweeps),
    )
    return v1.FORM.checked(document)


def target(found: Mapping[str, str]) -> v1.Target:
    """Return the public form of an audit's target."""
    return v1.Target(
        kind=found.get("kind", ""),
        name=found.get("name", ""),
        version=found.get("version") or None,
        sha256=found.get("sha256", ""),
        agent=found.get("agent", ""),
    )


def channel(found: model.Channel) -> v1.Channel:
    """Return the public form of a channel."""
    return v1.Channel(
        id=found.id,
        cls=found.cls,
        carrier=found.carrier,
        where=_where(found.where),
        facts=found.facts,
        symbols=tuple(_symbol(symbol) for symbol in found.symbols),
        bits=found.bits,
        evidence=_evidence(found.evidence),
        also=tuple(_where(place) for place in found.also),
        declared_by=found.declared_by,
        note=found.note,
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
        not_examined=shared_v1.not_examined(coverage.not_examined),
    )


def _template(text: model.TemplateText) -> v1.TemplateText:
    fixed = tuple(v1.FixedText(begins=f.begins, length=f.length, sha256=f.sha256) for f in text.fixed)
    return v1.TemplateText(path=text.path, sha256=text.sha256, varies=text.varies, fixed=fixed)


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


def _lead(lead: model.Lead, identifier: str) -> v1.Lead:
    return v1.Lead(
        id=identifier,
        encoding=lead.encoding,
        key=lead.key,
        count=len(lead.entries),
        entries=lead.entries,
        evidence_bits=lead.evidence_bits,
        sha256=lead.sha256,
        file=lead.file,
        offset=lead.offset,
    )


def _sweep(sweep: model.Sweep, leads: Sequence[model.Lead]) -> v1.Sweep:
    names = [f"l{leads.index(lead) + 1}" for lead in sweep.leads]
    return v1.Sweep(
        fact=sweep.fact,
        leads=tuple(names),
        entries=sweep.entries,
        confirmed=sweep.confirmed,
        rules=sweep.rules,
        exceptions=sweep.exceptions,
        levels=tuple(_swept(level, names) for level in sweep.levels),
    )


def _swept(level: model.SweptLevel, names: Sequence[str]) -> v1.SweptLevel:
    return v1.SweptLevel(
        entry=level.entry,
        lead=names[level.lead],
        reach=level.reach,
        level=level.level,
        run=level.run,
        symbols=dict(level.symbols),
        hit=level.hit,
        foretold=level.foretold,
    )
