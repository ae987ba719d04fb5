"""What may never be taken away, whatever an inventory lists. Pure.

Homes, folders of the system, what is not banned, what something is mounted in; and what does not lie where its name
says (`bounds.py`): a link that one user makes must not lead root to another user's files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from wiretell.fleet.removal.bounds import holds
from wiretell.fleet.removal.known import Known
from wiretell.model.fleet import Checked, Install

_GENERAL: Final = frozenset(
    (
        *(".bin", ".bun", ".cache", ".config", ".local", ".npm", ".nvm", ".pnpm", ".vscode", ".yarn", "bin"),
        *("dist-packages", "etc", "extensions", "home", "lib", "lib32", "lib64", "libexec", "node_modules", "opt"),
        *("root", "sbin", "share", "site-packages", "src", "srv", "state", "tmp", "usr", "var"),
    )
)
"""Names of folders that never are one install: whoever lists one of these is wrong."""


class Guard:
    """Says of a path why it may not be taken away."""

    def __init__(self, checked: Checked, known: Known) -> None:
        self._known = known
        findings = frozenset(judged.finding for judged in checked.banned)
        banned = {finding.id for finding in findings}
        self._kept = [item for item in checked.inventory.installs if item not in findings]
        self._insides = [(known.place(path), item) for item in self._kept for path in (item.path, *item.also)]
        self._commands = [(known.place(path), item) for item in self._kept for path in item.commands]
        self._files = list(self._needed(checked, banned))
        self._homes = [real for _, real in known.bounds.homes] + [known.place(home.path) for home in known.homes]

    def _needed(self, checked: Checked, banned: set[str]) -> Iterator[tuple[str, str]]:
        """Yield single files that stay, with what they are."""
        for item in checked.inventory.installs:
            for path in item.wanted_by:
                yield self._known.place(path), f"the user's {os.path.basename(path)}"
        for process in checked.inventory.processes:
            if process.id not in banned and process.install not in banned and process.program:
                yield self._known.place(process.program), f"the program of process {process.pid}, which is not banned"

    def refusal(self, path: str) -> str:
        """Return why a path may not be taken away; empty where it may."""
        place = self._known.place(path)
        if not _is_plain(path) or not _is_plain(place):
            return "it is no plain absolute path"
        if path in self._known.shared:
            return self._known.shared[path]
        return self._general(path, place) or self._above(place) or self._command(path, place) or self._mounted(place)

    def config_refusal(self, path: str) -> str:
        """Return the same of a folder of configuration, which may be called anything."""
        place = self._known.place(path)
        if any(holds(place, home) for home in self._homes):
            return "it is a home folder, or above one"
        return self._above(place) or self.strays(path) or self._mounted(place)

    def strays(self, path: str) -> str:
        """Say why a path does not lie where its name says; empty where it does."""
        return self._known.bounds.strays(path, self._known.place(path), path in self._known.own)

    def foreign(self, item: Install, path: str) -> str:
        """Say why a path that an install lists cannot be its own; empty where it can.

        It has to lie in the same home, or as the install in none. A link in another home may start it; where root
        removes, no link of the system's is taken for what lies in a home.
        """
        if why := self.strays(path):
            return why
        bounds = self._known.bounds
        its, here = bounds.home_of(item.path), bounds.home_of(path)
        if its == here or (not self._known.is_root and not (its and here)):
            return ""
        lead = self._known.leads.get(path, "")
        if here and path in item.commands and lead and holds(self._known.place(item.path), lead):
            return ""
        return f"it lies in {here or 'a folder of the system'}, and what it is said to belong to in {its or 'no home'}"

    def _mounted(self, place: str) -> str:
        at = next((at for at in self._known.mounts if holds(place, at)), "")
        return f"something is mounted in it, at {at}" if at else ""

    def _general(self, path: str, place: str) -> str:
        name = os.path.basename(place)
        depth = len([part for part in os.path.relpath(place, self._known.root).split("/") if part != "."])
        if any(holds(place, home) for home in self._homes):
            return "it is a home folder, or above one"
        if path in self._known.folders and (depth < 2 or name in _GENERAL):
            return "it is a folder that serves more than one program"
        return ""

    def _above(self, place: str) -> str:
        """Say whether something stays that lies in it, or that it lies in."""
        for other, item in self._insides:
            if holds(place, other) or holds(other, place):
                how = "holds" if holds(place, other) and place != other else "belongs to"
                return f"it {how} {_named(item)}, which is not banned"
        for other, item in self._commands:
            if other != place and holds(place, other):
                return f"it holds a command of {_named(item)}, which is not banned"
        for other, what in self._files:
            if holds(place, other):
                return f"it holds {what}" if other != place else f"it is {what}"
        return ""

    def _command(self, path: str, place: str) -> str:
        """Say whether it starts something that stays: two versions may share one link, which leads to one of them."""
        target = self._known.leads.get(path, "")
        for other, item in self._insides:
            if target and holds(other, target):
                return f"it leads to {_named(item)}, which is not banned"
        for other, item in self._commands:
            if other == place and not target:  # a wrapper, whose text is not read
                return f"it starts {_named(item)}, which is not banned"
        return ""


def _named(item: Install) -> str:
    return " ".join(filter(None, (item.product, item.version)))


def _is_plain(path: str) -> bool:
    is_single = os.path.isabs(path) and not path.startswith("//")
    return is_single and os.path.normpath(path) == path and "\0" not in path
