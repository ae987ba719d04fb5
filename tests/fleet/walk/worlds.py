"""Small homes, and what a walk of them is asked for."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wiretell.fleet.walk import parts
from wiretell.fleet.walk.interface import Home, Mark, Surroundings, Walked, Wanted
from wiretell.fleet.walk.walking import walk

WANTED = Wanted(
    npm=frozenset({"@anthropic-ai/claude-code", "opencode-ai"}),
    pypi=frozenset({"aider_chat"}),
    extensions=("anthropic.claude-code", "github.copilot"),
    commands=frozenset({"claude", "aider"}),
    settings=frozenset({".claude/settings.json", ".mcp.json"}),
)
LARGE = parts.LARGE
SETTLED_NS = 8_000_000
"""Instead of two seconds (fixture `listed`); the kernel dates files by a clock that goes in steps of some ms."""


def around(home: Path) -> Surroundings:
    """The surroundings of one home, and a system in which nothing is."""
    return Surroundings(homes=(Home("dev", str(home)),), root=str(home.parent / "no-system"))


def look(home: Path, cache: Path | None = None, *, deep: bool = False) -> Walked:
    return walk(around(home), WANTED, cache=cache, deep=deep)


def found(walked: Walked, home: Path) -> set[tuple[str, str]]:
    """Marks and paths below the home."""
    return {(hit.mark.value, os.path.relpath(hit.path, home)) for hit in walked.hits}


def unremembered(walked: Walked) -> Walked:
    """What a walk says but for what it did not look at because it remembered."""
    told = tuple(each for each in walked.not_examined if "--fresh" not in each.why)
    return replace(walked, not_examined=told)


def file(path: Path, size: int = 0, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, size)
    path.chmod(mode)
    return path


def naive(home: Path) -> set[tuple[str, str]]:
    """The hits of a deep walk, by looking at every whole path by itself."""
    hits = set()
    for folder, folders, files in os.walk(home):
        for path in (Path(folder) / name for name in folders + files):
            for mark in _marks(path):
                hits.add((mark.value, os.path.relpath(path, home)))
                if mark is Mark.NODE_PACKAGE:
                    hits.add((Mark.NODE_MODULES.value, os.path.relpath(_modules(str(path)), home)))
    return hits


def _marks(path: Path) -> Iterator[Mark]:
    name, parent, whole = path.name, path.parent.name, str(path)
    is_link, is_folder = path.is_symlink(), path.is_dir() and not path.is_symlink()
    package = re.search(r"(?:^|/)(?P<store>\.pnpm/)?node_modules/(?P<name>(?:@[^/]+/)?[^/]+)\Z", whole)
    if package and not package["store"] and package["name"].lower() in WANTED.npm and (is_folder or is_link):
        yield Mark.NODE_PACKAGE
    if parent in ("site-packages", "dist-packages") and re.match(r"(?i)aider[-_.]+chat-.*(dist|egg)-info\Z", name):
        yield Mark.DIST_INFO
    extension = re.match(r"(?i)(anthropic\.claude-code|github\.copilot)(-\d|\Z)", name)
    if parent == "extensions" and extension and (is_folder or is_link):
        yield Mark.EDITOR_EXTENSION
    if is_folder:
        return
    if re.match(r"(?is)(@anthropic-ai-claude-code|opencode-ai)-npm-\d.*\.zip\Z", name):
        yield Mark.YARN_ZIP
    if name in (".pnp.cjs", ".pnp.js", ".pnp.loader.mjs"):
        yield Mark.PNP
    if whole.endswith(("/.mcp.json", "/.claude/settings.json")):
        yield Mark.SETTINGS
    if _is_program(path, is_link=is_link):
        yield Mark.PROGRAM


def _is_program(path: Path, *, is_link: bool) -> bool:
    named = path.name in WANTED.commands
    if is_link and not path.exists():
        return named
    large = not is_link and path.stat().st_size >= LARGE
    if not (named or large) or not path.is_file():
        return False
    return bool(path.stat().st_mode & 0o111) or (
        path.stat().st_size >= LARGE and path.suffix in (".js", ".cjs", ".mjs")
    )


def _modules(package: str) -> str:
    inside = re.match(r"(?s)(.*/node_modules)/\.pnpm/(?!.*/node_modules/\.pnpm/)", package)
    return inside[1] if inside else package[: package.rindex("/node_modules/")] + "/node_modules"


def settle() -> None:
    """Let more time go by than what counts as settled."""
    time.sleep(SETTLED_NS * 3 / 1e9)
