"""Settings files of agents in homes and projects, and those of an administrator: `fleet.settings` knows their forms."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from typing import Final

from wiretell import policy
from wiretell.fleet import rooted
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.settings.extracting import Entry, extract
from wiretell.fleet.settings.forms import EVERY, by_end
from wiretell.fleet.settings.interface import Form
from wiretell.fleet.settings.reading import RefusedError, text_of
from wiretell.fleet.walk.interface import Mark, Surroundings, Walked
from wiretell.model.fleet import Examined, NotExamined, Setting, SettingKind

_MOST_PARTS: Final = max(end.count("/") + 1 for end in by_end())


class SettingsFiles:
    """The settings that stand in files of the agents' own."""

    name = "settings files"

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield what points an agent at a host, a model or a tool server. Credentials are never read out."""
        users = {home.path: home.user for home in around.homes}
        seen: set[str] = set()
        for path, form, home in _in_homes(walked, around):
            if path not in seen:
                seen.add(path)
                yield from settings_of(path, form, SettingKind.CONFIG, users.get(home, ""))
        for path, form in _of_the_system(around):
            seen.add(path)
            yield from settings_of(path, form, SettingKind.MANAGED, "")
        yield Examined("settings files", len(seen))


def form_of(path: str) -> Form | None:
    """Return the form whose end a path has; of several the longest."""
    parts = path.rsplit("/", _MOST_PARTS)[-_MOST_PARTS:]
    ends = ("/".join(parts[first:]) for first in range(len(parts)))
    return next((by_end()[end] for end in ends if end in by_end()), None)


def settings_of(path: str, form: Form, kind: SettingKind, user: str) -> Iterator[Setting | NotExamined]:
    """Yield the settings of one file; what cannot be read becomes a `NotExamined`."""
    try:
        for entry in extract(form, text_of(path, form.syntax)):
            yield setting(path, entry, entry.kind or kind, user, form.product)
    except RefusedError as refused:
        yield NotExamined(path, str(refused))


def setting(path: str, entry: Entry, kind: SettingKind, user: str, product: str, note: str = "") -> Setting:
    """Return an entry as a setting of one file. `product`: whose file it is."""
    product = entry.product or product
    known = policy.products().get(product)
    return Setting(
        kind=kind,
        product=product,
        vendor=known.vendor if known else "",
        path=path,
        line=entry.line,
        key=entry.key,
        value=entry.told.value,
        host=entry.told.host,
        model=entry.told.model,
        user=user,
        note=note,
    )


def _in_homes(walked: Walked, around: Surroundings) -> Iterator[tuple[str, Form, str]]:
    folders = {(home.path, home.path) for home in around.homes}
    for hit in walked.of(Mark.SETTINGS):
        form = form_of(hit.path)
        if form is not None:
            yield hit.path, form, hit.home
            folders.add((_project(hit.path), hit.home))
    yield from _globbed(sorted(folders))
    yield from _moved(around)


def _globbed(folders: list[tuple[str, str]]) -> Iterator[tuple[str, Form, str]]:
    """Yield files that are named by their user, in homes and in projects where another settings file was found."""
    globs = [(glob, form) for form in EVERY for glob in form.globs]
    firsts = {glob.partition("/")[0] for glob, _ in globs}
    for folder, home in folders:
        there = {first for first in firsts if rooted.lies(f"{folder}/{first}")}
        for glob, form in globs:
            if glob.partition("/")[0] in there:
                below, _, name = f"{folder}/{glob}".rpartition("/")
                yield from ((path, form, home) for path in sorted(matching(below, name)))


def _project(path: str) -> str:
    """Return the folder that a settings file is for: the nearest above it that is not hidden."""
    folder, _, name = path.rpartition("/")[0].rpartition("/")
    return folder if name.startswith(".") else f"{folder}/{name}"


def _moved(around: Surroundings) -> Iterator[tuple[str, Form, str]]:
    """Yield files whose folder a variable of the user's own has moved."""
    own = around.homes[0].path if len(around.homes) == 1 else ""
    for form in EVERY:
        for variable, below in form.moved:
            folder = around.environment.get(variable, "")
            path = os.path.join(folder, below)
            if folder.startswith("/") and rooted.lies(path):
                yield path, form, own


def _of_the_system(around: Surroundings) -> Iterator[tuple[str, Form]]:
    for form in EVERY:
        for path in form.system:
            folder, _, name = os.path.join(around.root, path).rpartition("/")
            for found in sorted(matching(folder, name)):
                yield found, form


def matching(folder: str, pattern: str) -> list[str]:
    """Return the files of a folder that a glob names; none where there is no such folder, or it is closed."""
    if "*" not in pattern:
        path = f"{folder}/{pattern}"
        return [path] if rooted.lies(path) else []
    try:
        names = rooted.names(folder)
    except OSError:
        return []
    return [f"{folder}/{name}" for name in names if fnmatch.fnmatchcase(name, pattern)]
