"""What audit documents (`wiretell/audit/1`) tell a policy: of which version or file, and with which verdict.

Only these few fields are read; the form itself belongs to the report. A package of npm or PyPI is a product of the
catalogue in one version. A program or a folder has no version that anybody agrees on: it is known by its hash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from wiretell.errors import FormatError
from wiretell.model.policy import Audited
from wiretell.policy.products import products
from wiretell.policy.versions import order, spelled

SCHEMA: Final = "wiretell/audit/1"
VERDICTS: Final = ("covert", "undeclared", "declared", "clean", "inconclusive")
_PACKAGES: Final = ("npm", "pypi")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class _Target(msgspec.Struct, frozen=True):
    kind: str
    name: str
    version: str | None
    sha256: str


class _Header(msgspec.Struct, frozen=True):
    schema: str


class _Document(msgspec.Struct, frozen=True):
    target: _Target
    verdict: Literal["covert", "undeclared", "declared", "clean", "inconclusive"]


def read(data: bytes, name: str) -> Audited:
    """Return what an audit document says. `name`: as the policy names it.

    :raises FormatError: with half a sentence that says what is wrong with it, to stand behind the policy's table.
    """
    try:
        schema = msgspec.json.decode(data, type=_Header).schema
        if schema != SCHEMA:
            raise FormatError(f"names {name!r}, a document of the form {schema[:60]!r}; {SCHEMA!r} is needed.")
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise FormatError(f"names {name!r}, which is no audit document ({SCHEMA}): {str(error)[:120]}.") from error
    target = document.target
    if target.kind in _PACKAGES:
        return Audited(name, document.verdict, _product(target, name), _version(target, name), "")
    if not _SHA256.fullmatch(target.sha256):
        raise FormatError(f"names {name!r}, whose target has no SHA-256 in hex to know it by.")
    return Audited(name, document.verdict, "", "", target.sha256)


def _product(target: _Target, name: str) -> str:
    found = _packages().get((target.kind, _folded(target.kind, target.name)))
    if found is None:
        raise FormatError(
            f"names {name!r}, an audit of {target.kind}:{target.name[:80]}, which is no product of the catalogue; "
            "name its versions in a rule of their own."
        )
    return found


def _version(target: _Target, name: str) -> str:
    """Return the version in one spelling, which ranges and settings can be made of."""
    key = None if target.version is None else order(target.version)
    told = spelled(key) if key is not None else ""
    if order(told) is None:  # with its numbers filled up it may be longer than a version is
        said = "no version" if target.version is None else f"the version {target.version[:80]!r}, which is none"
        raise FormatError(f"names {name!r}, an audit of {target.name[:80]} with {said}.")
    return told


@lru_cache(maxsize=1)
def _packages() -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for product in products().values():
        found |= {("npm", _folded("npm", name)): product.name for name in product.npm}
        found |= {("pypi", _folded("pypi", name)): product.name for name in product.pypi}
    return MappingProxyType(found)


def _folded(kind: str, name: str) -> str:
    """PyPI takes `-`, `_` and `.` for one another (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower() if kind == "pypi" else name.lower()
