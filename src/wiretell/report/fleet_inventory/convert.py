"""Between an inventory and its document, both ways: a stored inventory is checked as a fresh one is."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec

from wiretell.model import fleet as model
from wiretell.report.fleet_inventory import document_v1 as v1
from wiretell.report.shared_v1 import NotExamined


def to_document(result: model.Inventory) -> v1.InventoryDocument:
    """Return the public form of an inventory. Pure; InternalError for what no document can hold."""
    return v1.FORM.checked(document_of(result))


def document_of(result: model.Inventory) -> v1.InventoryDocument:
    """Return the same, not yet held to its schema: for documents that hold this one."""
    return v1.InventoryDocument(
        schema="wiretell/fleet-inventory/1",
        machine=v1.Machine(**_values(result.machine)),
        taken=result.taken,
        installs=tuple(install(item) for item in result.installs),
        processes=tuple(process(item) for item in result.processes),
        settings=tuple(setting(item) for item in result.settings),
        examined=tuple(v1.Examined(what=item.what, entries=item.entries) for item in result.examined),
        not_examined=tuple(NotExamined(what=item.what, why=item.why) for item in result.not_examined),
        files=result.files,
        wall_s=round(result.wall_s, 3),
    )


def install(item: model.Install) -> v1.Install:
    """Return the public form of one install; `process` and `setting` alike."""
    return v1.Install(id=item.id, **_values(item))


def process(item: model.Process) -> v1.Process:
    """See `install`."""
    return v1.Process(id=item.id, **_values(item))


def setting(item: model.Setting) -> v1.Setting:
    """See `install`."""
    return v1.Setting(id=item.id, **_values(item))


def from_document(document: v1.InventoryDocument) -> model.Inventory:
    """Return the inventory that a document tells of. Paths that were no UTF-8 stay as the document spells them."""
    return model.Inventory(
        machine=model.Machine(**msgspec.structs.asdict(document.machine)),
        taken=document.taken,
        installs=tuple(model.Install(**_without_id(item)) for item in document.installs),
        processes=tuple(model.Process(**_without_id(item)) for item in document.processes),
        settings=tuple(model.Setting(**_without_id(item)) for item in document.settings),
        examined=tuple(model.Examined(item.what, item.entries) for item in document.examined),
        not_examined=tuple(model.NotExamined(item.what, item.why) for item in document.not_examined),
        files=document.files,
        wall_s=document.wall_s,
    )


def _values(item: Any) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item)}


def _without_id(item: msgspec.Struct) -> dict[str, Any]:
    values = msgspec.structs.asdict(item)
    del values["id"]
    return values
