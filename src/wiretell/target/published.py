"""Which versions of an npm package there are, and since when."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wiretell.errors import TargetError
from wiretell.target.npm import is_exact, order, parse_spec
from wiretell.target.npm_client import NotThereError, NpmClient, user_npm
from wiretell.target.recipe import known_packages


@dataclass(frozen=True, slots=True)
class Published:
    """One version that can be fetched."""

    version: str
    at_iso_utc: str
    """When it was published: UTC, ISO 8601, to the second; empty where the registry does not say."""


def published(name: str, *, npm: NpmClient | None = None, pre_releases: bool = False) -> tuple[Published, ...]:
    """Return the published versions of a package (or of a recipe's package) in the order of versions.

    Deprecated versions are among them: they can be fetched. Those that were taken back are not. Raises TargetError.
    """
    package = known_packages().get(name, name.removeprefix("npm:"))
    source = parse_spec(package)
    if source.name != package:
        raise TargetError(f"{name!r} names one version; name the package alone, {source.name}.")
    with tempfile.TemporaryDirectory(prefix="wiretell-") as work:
        try:
            versions, times = (npm or user_npm()).times(package, Path(work))
        except NotThereError:
            raise TargetError(f"There is no npm package {package} in the registry that npm is set to.") from None
    exact = [each for each in versions if is_exact(each) and (pre_releases or order(each)[3])]
    if not exact:
        raise TargetError(f"{package} has no published version{'' if pre_releases else ' but pre-releases'}.")
    return tuple(Published(each, _utc(times.get(each, ""))) for each in sorted(exact, key=order))


def _utc(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return ""
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
