# paths are texts here, as the system gives them
"""What a package or a place says of a program, held against what the program says of itself, which counts.

Anybody may edit a `package.json` or rename a file; it takes more to change what stands in a bundle of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from wiretell import policy
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.programs.identifying import Identified, identify
from wiretell.model.fleet import Install, Manager, NotExamined, Recognised

_PACKAGES: Final = frozenset(
    {
        *(Manager.NPM_GLOBAL, Manager.NPM_USER, Manager.NPM_PROJECT, Manager.NPX),
        *(Manager.PNPM_GLOBAL, Manager.PNPM_PROJECT, Manager.YARN_GLOBAL, Manager.YARN_PROJECT),
        *(Manager.BUN_GLOBAL, Manager.BUN_PROJECT),
    }
)
"""Their `hashed` is a program, as a rule. Python's is a list of files, an extension's a manifest, Debian's is
root's; the others have been held against their program by their readers."""


def all_confirmed(installs: Iterable[Install], digests: Digests) -> Iterator[Install | NotExamined]:
    """Yield installs, those of packages as their programs say. What was found out of a file is remembered."""
    for install in installs:
        if install.manager not in _PACKAGES or not install.hashed or install.recognised is not Recognised.NAME:
            yield install
            continue
        try:
            yield confirmed(install, identify(install.hashed, digests), "package")
        except OSError as error:
            yield NotExamined(f"what {install.hashed} says of itself", error.strerror or str(error))
            yield install


def confirmed(install: Install, found: Identified | None, who: str) -> Install:
    """Return an install as its program says.

    :param who: tells of the install so far: `package`, `place`.
    """
    if found is None:
        return install
    told = found.version if policy.order(found.version) else ""
    version = told or (install.version if found.product == install.product else found.version)
    if found.product == install.product and (version == install.version or _same(version, install.version)):
        return replace(install, recognised=found.recognised)
    own = f"{found.product} " * (found.product != install.product) + (version or "without a version")
    said = f"{install.product} " * (found.product != install.product) + (install.version or "without a version")
    differs = bool(install.version) or found.product != install.product
    note = f"Its {who} says {said}, the program itself {own}." if differs else ""
    return replace(
        install,
        product=found.product,
        vendor=found.vendor,
        version=version,
        recognised=found.recognised,
        note=" ".join(filter(None, (install.note, note))),
    )


def _same(one: str, other: str) -> bool:
    """Whether two texts are one version: build metadata and zeros at the end do not count."""
    return bool(one) and policy.order(one) == policy.order(other)
