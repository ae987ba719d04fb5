"""From a package's history to the document that is published."""

from __future__ import annotations

from wiretell.model import history as model
from wiretell.report import shared_v1
from wiretell.report.bisect import document_v1 as v1


def to_document(result: model.HistoryResult) -> v1.BisectDocument:
    """Return the public form of a history. Pure; InternalError for what no document can hold."""
    document = v1.BisectDocument(
        schema="wiretell/bisect/1",
        package=result.package,
        start=result.start,
        end=result.end,
        ranges=tuple(_range(found) for found in result.ranges),
        channels=tuple(_kind(kind) for kind in result.channels),
        tried=tuple(_tried(version) for version in result.tried),
        gaps=tuple(v1.Gap(after=gap.after, before=gap.before, versions=gap.versions) for gap in result.gaps),
        published=result.published,
        unpublished=result.unpublished,
        audits=result.audits,
        not_examined=shared_v1.not_examined(result.not_examined),
        wall_s=result.wall_s,
        started=result.started,
        wiretell=result.version,
        command=result.command,
    )
    return v1.FORM.checked(document)


def _kind(kind: model.ChannelKind) -> v1.ChannelKind:
    return v1.ChannelKind(
        id=kind.id, carrier=kind.carrier, facts=kind.facts, request=kind.request, symbols=kind.symbols
    )


def _range(found: model.VersionRange) -> v1.VersionRange:
    return v1.VersionRange(
        channel=found.channel,
        first=found.first,
        first_published=found.first_published,
        first_exact=found.first_exact,
        last=found.last,
        last_published=found.last_published,
        last_exact=found.last_exact,
        confirmed=found.confirmed,
        untried=found.untried,
    )


def _tried(version: model.TriedVersion) -> v1.TriedVersion:
    return v1.TriedVersion(
        version=version.version,
        published=version.published,
        states=dict(version.states),
        runs=version.runs,
        wall_s=version.wall_s,
        cached=version.cached,
        reason=version.reason,
    )
