"""From what a scan found to the document that is published."""

from __future__ import annotations

from wiretell.model import scan as model
from wiretell.report import shared_v1
from wiretell.report.scan import document_v1 as v1


def to_document(result: model.ScanResult) -> v1.ScanDocument:
    """Return the public form of a scan. Pure; InternalError for what no document can hold."""
    document = v1.ScanDocument(
        schema="wiretell/scan/1",
        target=shared_v1.package(result.target),
        hidden=len(result.hidden),
        lists=tuple(shared_v1.decoded_list(found, f"l{n}") for n, found in enumerate(result.lists, 1)),
        mentions=tuple(_mention(mention) for mention in result.mentions),
        clusters=tuple(v1.Cluster(place=_place(item.place), items=item.items) for item in result.clusters),
        embedded=tuple(
            v1.Embedded(place=_place(item.place), format=item.format, read_as=item.read_as, note=item.note)
            for item in result.embedded
        ),
        counted=_counted(result.counted),
        levels={fact: tuple(levels) for fact, levels in result.levels.items()},
        not_examined=shared_v1.not_examined(result.not_examined),
        wall_s=result.wall_s,
        native_s=result.native_s,
        engine=result.engine,
        started=result.started,
        wiretell=result.version,
        command=result.command,
    )
    return v1.FORM.checked(document)


def _mention(mention: model.Mention) -> v1.Mention:
    return v1.Mention(
        kind=mention.kind,
        name=mention.name,
        fact=mention.fact,
        count=mention.count,
        spellings=dict(mention.spellings),
        places=shared_v1.places(mention.places),
        values=mention.values,
        codepoints=mention.codepoints,
    )


def _place(place: model.Place) -> shared_v1.Place:
    return shared_v1.places((place,))[0]


def _counted(counted: model.Counted) -> v1.Counted:
    return v1.Counted(
        files=counted.files,
        bytes=counted.bytes,
        unpacked_bytes=counted.unpacked_bytes,
        literals=counted.literals,
        candidates=counted.candidates,
    )
