"""An inventory as a bill of materials: CycloneDX 1.6 in JSON, https://cyclonedx.org/docs/1.6/json/ . Pure.

Package URLs are those of https://github.com/package-url/purl-spec . What CycloneDX has no field for stands in
properties whose names begin with `wiretell:`; among them what was not looked at, so that what is missing here is not
taken for clean.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wiretell import __version__
from wiretell.model.fleet import Install, Inventory, Machine, Manager, Process, Setting

if TYPE_CHECKING:
    from cyclonedx.model import HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "wiretell/fleet-inventory/1")
_PYTHON: Final = frozenset({Manager.PIP_SYSTEM, Manager.PIP_USER, Manager.VENV, Manager.PIPX, Manager.UV_TOOL})
_OF_NO_REGISTRY: Final = frozenset({Manager.NATIVE, Manager.BINARY})
_SHA256: Final = re.compile(r"[0-9A-Fa-f]{64}")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""Of a reproducible inventory, which tells no time."""


def render(inventory: Inventory) -> str:
    """Return the bill of materials, indented JSON. Equal inventories give equal text: the serial number is made of the
    content, the time is that of the inventory."""
    from cyclonedx.output.json import JsonV1Dot6

    text = JsonV1Dot6(bom(inventory)).output_as_string()
    return json.dumps(json.loads(text), indent=2).replace("\x7f", "\\u007f") + "\n"  # ASCII: nothing steers a terminal


def bom(inventory: Inventory) -> Bom:
    """Return the same as the library's value."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.tool import ToolRepository

    machine = _machine(inventory.machine)
    tool = Component(name="wiretell", version=__version__, type=ComponentType.APPLICATION, bom_ref="wiretell")
    running = _running(inventory.processes)
    components = [_component(each, inventory.machine, running.get(each.id, ())) for each in inventory.installs]
    made = Bom(
        components=components,
        serial_number=_id(repr(replace(inventory, wall_s=0.0))),
        metadata=BomMetaData(
            component=machine,
            timestamp=_time(inventory.taken),
            tools=ToolRepository(components=[tool]),
            properties=_properties(_examined(inventory)),
        ),
        properties=_properties(_rest(inventory)),
    )
    made.register_dependency(machine, components)
    return made


def purl(install: Install, os: str = "") -> PackageURL:
    """Return an install's package URL. `os`: the machine's, which tells whose Debian packages are."""
    from packageurl import PackageURL

    product = _part(_text(install.product)) or "unknown"
    name, version = _part(_text(install.name)) or product, _text(install.version).strip() or None
    if install.manager in _OF_NO_REGISTRY:
        checksum = {"checksum": f"sha256:{sha256}"} if (sha256 := _sha256(install)) else None
        return PackageURL("generic", None, product, version, checksum)
    if install.manager in _PYTHON:
        return PackageURL("pypi", None, re.sub(r"[-_.]+", "-", name).lower(), version)
    if install.manager is Manager.DEBIAN:
        distribution = "ubuntu" if "ubuntu" in os.lower() else "debian"
        return PackageURL("deb", distribution, name, version)
    if install.manager is Manager.EXTENSION:
        publisher, _, extension = name.rpartition(".")
        return PackageURL("vscode-extension", _part(publisher) or None, _part(extension) or product, version)
    scope, _, package = name.rpartition("/")
    return PackageURL("npm", _part(scope) or None, _part(package) or product, version)


def _part(text: str) -> str:
    """Return a part of a package URL without spaces and slashes around it, of which alone none may consist."""
    while (less := text.strip().strip("/")) != text:
        text = less
    return text


def _component(install: Install, machine: Machine, running: Iterable[str]) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence

    ref = _id(install.id)
    address = purl(install, machine.os)
    return Component(
        name=address.name,
        group=address.namespace,
        version=address.version,
        publisher=_text(install.vendor) or None,
        type=ComponentType.APPLICATION,
        bom_ref=str(ref),
        purl=address,
        hashes=_hashes(install),
        evidence=ComponentEvidence(
            occurrences=[Occurrence(bom_ref=str(uuid.uuid5(ref, "path")), location=_text(install.path))]
        ),
        properties=_properties((*_told(install), *(("running", each) for each in running))),
    )


def _hashes(install: Install) -> list[HashType]:
    """Return the hash of an install that is one file. Of a package, the hash of one of its files is none of its own:
    that one stands in properties, with the file's name."""
    from cyclonedx.model import HashAlgorithm, HashType

    sha256 = _sha256(install) if install.hashed == install.path else ""
    return [HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else []


def _sha256(install: Install) -> str:
    """Return a hash in lower case; empty where there is none, or what a stored inventory has as one is none."""
    return install.sha256.lower() if _SHA256.fullmatch(install.sha256) else ""


_Told = Iterator[tuple[str, str]]


def _told(install: Install) -> _Told:
    yield "product", install.product
    yield "manager", install.manager
    yield "scope", install.scope
    yield "recognised", install.recognised
    for name in ("around", "user", "path", "hashed", "sha256", "integrity", "note"):
        yield name, getattr(install, name)
    for path in install.commands:
        yield "command", path
    for path in install.wanted_by:
        yield "wanted-by", path


def _machine(machine: Machine) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    told = {"machine-id": machine.id, "os": machine.os, "taken-by": machine.user, "team": machine.team}
    name = _text(machine.hostname) or "a machine without a name"
    return Component(
        name=name,
        type=ComponentType.DEVICE,
        bom_ref=f"machine:{machine.id or _id(name)}",
        properties=_properties((*told.items(), ("as-root", str(machine.root).lower()))),
    )


def _examined(inventory: Inventory) -> _Told:
    for each in inventory.examined:
        yield "examined", f"{each.what}: {each.entries}"
    for missed in inventory.not_examined:
        yield "not-examined", f"{missed.what}: {missed.why}"


def _rest(inventory: Inventory) -> _Told:
    """Yield what is no component: settings, and processes of no install that was found."""
    known = {install.id for install in inventory.installs}
    for process in inventory.processes:
        if process.install not in known:
            yield "running", f"{_process(process)}, of no install that was found"
    for setting in inventory.settings:
        yield "setting", _setting(setting)


def _running(processes: Iterable[Process]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for process in processes:
        found.setdefault(process.install, []).append(_process(process))
    return found


def _process(process: Process) -> str:
    return f"{process.product} as pid {process.pid} of {process.user or 'an unknown user'} since {process.started}"


def _setting(setting: Setting) -> str:
    line = f":{setting.line}" if setting.line else ""
    return f"{setting.path}{line}: {setting.key} = {setting.value}"


def _properties(told: Iterable[tuple[str, str]]) -> list[Property]:
    from cyclonedx.model import Property

    return [Property(name=f"wiretell:{name}", value=_text(value)) for name, value in told if value]


def _text(value: str) -> str:
    """Return a text that UTF-8 can hold: bytes of a path that are none become the six characters `\\udcXX`."""
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)


def _id(content: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, _text(content))


def _time(taken: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(taken)
    except ValueError:
        return _NEVER
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
