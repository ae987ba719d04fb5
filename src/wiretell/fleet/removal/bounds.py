"""How far each home and the system reach, in truth: links lead anywhere, and anybody may make one. Pure."""

from __future__ import annotations

from dataclasses import dataclass


def holds(outer: str, inner: str) -> bool:
    """Whether a path is another or lies above it; both absolute and without links."""
    return inner == outer or inner.startswith(outer.rstrip("/") + "/")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is named in a home has to lie in that home, what is named outside homes in the system's folders."""

    root: str = "/"
    """Without links: the machine's, or an image's."""
    homes: tuple[tuple[str, str], ...] = ()
    """Homes as they are named, and without links."""
    system: tuple[str, ...] = ()
    """Folders of the system that were looked at, without links."""

    def home_of(self, path: str) -> str:
        """Return the home in which a path is named, the innermost, without links; empty where it is none."""
        found = [(len(each), real) for named, real in self.homes for each in (named, real) if holds(each, path)]
        return max(found, default=(0, ""))[1]

    def strays(self, path: str, place: str, is_own: bool = False) -> str:
        """Say why a path does not lie where its name says; empty where it does.

        `place`: where it physically is. `is_own`: it belongs to the owner of the home in which it is named, and
        whoever removes it may not do more than that owner.
        """
        named, real = self.home_of(path), self._home_at(place)
        if not holds(self.root, place):
            return f"it lies outside the image, at {place}"
        if named:
            may_be_apart = is_own and not real and not self._is_system(place)
            return "" if real == named or may_be_apart else f"a link on the way leads out of the home, to {place}"
        if real:
            return f"a link on the way leads into a home, to {place}"
        at = f", at {place}" if place != path else ""
        apart = f"it lies outside the homes and the system's folders that were looked at{at}"
        return "" if self._is_system(place) else apart

    def _home_at(self, place: str) -> str:
        return max((real for _, real in self.homes if holds(real, place)), key=len, default="")

    def _is_system(self, place: str) -> bool:
        return any(holds(folder, place) for folder in self.system)
