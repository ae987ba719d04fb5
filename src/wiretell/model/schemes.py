"""What is known of schemes and detectors of marks: the answer of `wiretell marks schemes`."""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.model.marks import State, VersionRange


@dataclass(frozen=True, slots=True)
class VendorList:
    """One of the vendor's lists that a scheme compares with, and where it is from."""

    signal: str
    """The signal it is for: `known`, `labKw`."""
    rule: str
    """How a host name is compared: `suffix` or `substring`."""
    count: int
    """Number of entries."""
    sha256: str
    """Of the entries joined by commas; hex."""
    package: str
    """That it was decoded from, with its version."""
    package_sha256: str
    """Of that package's tarball; hex."""
    entries: tuple[str, ...] = ()
    """In the order of the original, where they were asked for."""


@dataclass(frozen=True, slots=True)
class SchemeDescription:
    """What is known of one scheme or detector."""

    name: str
    """As in `--scheme`."""
    title: str
    """What it finds, in a few words."""
    place: str
    """Where it applies, in one sentence."""
    verbs: tuple[str, ...]
    """`explain`, `read`, `strip`, `write`: those that take it."""
    states: tuple[State, ...] = ()
    """Of a scheme that can be written: all it can write, in the order of their numbers."""
    versions: tuple[VersionRange, ...] = ()
    """Of a scheme that can be written: published versions that write it."""
    sources: tuple[str, ...] = ()
    """Addresses where it is described."""
    lists: tuple[VendorList, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemesResult:
    """Every scheme, then every detector."""

    schemes: tuple[SchemeDescription, ...]
