"""Links in circles, closed folders, other file systems, names that are no text: told, and no failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fleet.walk.worlds import WANTED, around, file, found, look
from wiretell.fleet.walk import notes
from wiretell.fleet.walk.interface import Walked
from wiretell.fleet.walk.walking import walk


def why(walked: Walked, path: Path) -> str:
    return next((each.why for each in walked.not_examined if each.what == str(path)), "")


def test_links_in_circles_and_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file(home / "a/.mcp.json")
    (home / "a/up").symlink_to("..")
    (home / "a/self").symlink_to("self")
    (home / "b").symlink_to("a")
    (home / "node_modules").symlink_to("a")
    walked = look(home)
    assert found(walked, home) == {("settings", "a/.mcp.json")}
    assert walked.entries == 6


def test_a_link_out_of_what_is_walked_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file(tmp_path / "elsewhere/.mcp.json")
    home.mkdir()
    (home / "projects").symlink_to("../elsewhere")
    walked = look(home)
    assert walked.hits == ()
    assert why(walked, home / "projects") == "leads to a folder outside of what is walked"


def test_a_home_may_be_a_link(tmp_path: Path) -> None:
    file(tmp_path / "data/.mcp.json")
    (tmp_path / "home").symlink_to("data")
    walked = look(tmp_path / "home")
    assert [hit.path for hit in walked.hits] == [str(tmp_path / "home/.mcp.json")]
    assert [each.what for each in walked.examined] == ["home of dev"]


def test_a_home_that_is_missing_is_told(tmp_path: Path) -> None:
    assert why(look(tmp_path / "home"), tmp_path / "home") == "is not there"


def test_names_that_are_no_text(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = os.fsencode(home) + b"/caf\xe9\nline \x1b[31m"
    os.makedirs(folder + b"/node_modules/opencode-ai")  # noqa: PTH103  # bytes
    os.mkdir(folder + b"/\xff")  # noqa: PTH102
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        hits = {os.fsencode(hit.path) for hit in look(home, cache).hits}
        assert hits == {folder + b"/node_modules", folder + b"/node_modules/opencode-ai"}


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """Folders that may not be listed: root may list all, so that a mode would close nothing."""
    paths: set[bytes] = set()
    real = os.scandir

    def scandir(path: Any) -> Any:
        if path in paths:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    return paths


def test_a_closed_folder_is_told_and_asked_for_again(tmp_path: Path, closed: set[bytes]) -> None:
    home = tmp_path / "home"
    file(home / "secret/.mcp.json")
    closed.add(os.fsencode(home / "secret"))
    walked = look(home, tmp_path / "cache")
    assert why(walked, home / "secret") == "may not be read by this user"
    assert walked.hits == ()
    closed.clear()
    assert found(look(home, tmp_path / "cache"), home) == {("settings", "secret/.mcp.json")}


def test_many_closed_folders_are_counted(tmp_path: Path, closed: set[bytes]) -> None:
    home = tmp_path / "home"
    for number in range(notes.LISTED + 7):
        (home / f"{number:03}").mkdir(parents=True)
        closed.add(os.fsencode(home / f"{number:03}"))
    told = [each.what for each in look(home).not_examined]
    assert sum(each.startswith(str(home)) for each in told) == notes.LISTED
    assert "7 more folders" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; the tests above close folders for root too")
def test_a_folder_closed_by_its_mode(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, mode in (("unlisted", 0o300), ("unentered", 0o600), ("modules/node_modules/x", 0o600)):
        file(home / name / "large", 2_000_000, 0o755)
        (home / name).chmod(mode)
    walked = look(home)
    assert why(walked, home / "unlisted") == "may not be read by this user"
    assert why(walked, home / "unentered") == "1 of 1 entries may not be looked at by this user"
    assert why(walked, home / "modules/node_modules") == "1 of 1 entries may not be looked at by this user"
    for name in ("unlisted", "unentered", "modules/node_modules/x"):
        (home / name).chmod(0o700)


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> dict[bytes, dict[str, int]]:
    """What `lstat` says otherwise than it is, by path."""
    changed: dict[bytes, dict[str, int]] = {}
    real = os.lstat
    fields = ("st_dev", "st_ino", "st_mode", "st_mtime_ns", "st_ctime_ns")

    def lstat(path: Any, **rest: Any) -> Any:
        info = real(path, **rest)
        if path not in changed:
            return info
        return SimpleNamespace(**{name: getattr(info, name) for name in fields} | changed[path])

    monkeypatch.setattr(os, "lstat", lstat)
    return changed


def test_another_file_system_is_not_entered(tmp_path: Path, statuses: dict[bytes, dict[str, int]]) -> None:
    home = tmp_path / "home"
    file(home / "mnt/.mcp.json")
    statuses[os.fsencode(home / "mnt")] = {"st_dev": 1}
    walked = look(home)
    assert walked.hits == ()
    assert why(walked, home / "mnt") == "another file system is mounted there"


def test_a_bind_mount_of_a_parent_ends(tmp_path: Path, statuses: dict[bytes, dict[str, int]]) -> None:
    home = tmp_path / "home"
    (home / "a/again").mkdir(parents=True)
    statuses[os.fsencode(home / "a/again")] = {"st_ino": home.stat().st_ino}
    assert why(look(home), home / "a/again") == "is a folder that was looked through under another path"


def test_a_folder_that_goes_while_it_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / "gone").mkdir(parents=True)
    file(home / "stays/.mcp.json")
    real = os.scandir

    def scandir(path: Any) -> Any:
        if path == os.fsencode(home / "gone"):
            (home / "gone").rmdir()
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    walked = look(home)
    assert found(walked, home) == {("settings", "stays/.mcp.json")}
    assert why(walked, home / "gone") == ""


def test_a_path_longer_than_the_system_takes_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    handle = os.open(home, os.O_RDONLY)
    try:
        for _ in range(30):
            os.mkdir("d" * 200, dir_fd=handle)  # relative to a handle
            below = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
            os.close(handle)
            handle = below
    finally:
        os.close(handle)
    try:
        told = [each.why for each in look(home).not_examined]
    finally:
        _remove(home)
    assert "cannot be read: file name too long" in told


def _remove(home: Path) -> None:
    """What tmp_path cannot take away: step by step, never by a path too long."""
    deepest = list(_down(home))
    for folder in reversed(deepest):
        os.rmdir("d" * 200, dir_fd=folder)
        os.close(folder)


def _down(home: Path) -> Iterator[int]:
    handle = os.open(home, os.O_RDONLY)
    while os.listdir(handle):  # noqa: PTH208
        yield handle
        handle = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
    os.close(handle)


def test_progress_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for number in range(1100):
        (home / str(number)).mkdir(parents=True)
    said: list[str] = []
    walk(around(home), WANTED, cache=None, progress=SimpleNamespace(status=said.append))
    assert len(said) == 2
    assert all(text.startswith(str(home)) for text in said)
