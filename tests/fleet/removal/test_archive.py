"""The archive: it holds what was there, says what it cannot, and gives it back whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import resource
import socket
import tarfile
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fleet.removal.worlds import ON, World, by, empty, hashed, usual
from wiretell.errors import FormatError, UsageError
from wiretell.fleet.removal import archive, disk, remove, restore
from wiretell.fleet.removal.archive import Source

NAMES = st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & {0, 47} and name not in (b".", b".."))


def kept(world: World) -> Path:
    return Path(remove(world.take, by(), ON, world.options(apply=True)).archive)


def test_what_was_archived_comes_back_as_it_was(tmp_path: Path) -> None:
    world = usual(tmp_path)
    world.link(".claude/link", "nowhere")
    world.write(".claude/odd\nname", os.urandom(70_000), 0o4755)
    world.write(os.fsdecode(b".claude/\xff\xfe"), "bytes")
    (world.home / ".claude/empty").mkdir(mode=0o500)
    os.utime(world.home / ".claude/settings.json", ns=(10**18, 10**18 + 123_000))
    before = {path: what for path, what in hashed(world.home).items() if path.startswith(".claude")}
    target = kept(world)
    assert restore(target) == (f"{world.home}/.claude", f"{world.home}/.claude.json")
    after = {path: what for path, what in hashed(world.home).items() if path.startswith(".claude")}
    assert {path: what.rpartition(" ")[0] for path, what in after.items()} == {
        path: what.rpartition(" ")[0] for path, what in before.items()
    }
    times = [
        (int(a.rpartition(" ")[2]), int(b.rpartition(" ")[2]))
        for a, b in zip(
            (after[path] for path in sorted(after) if after[path].startswith("-")),
            (before[path] for path in sorted(before) if before[path].startswith("-")),
            strict=True,
        )
    ]
    assert all(abs(a - b) < 1000 for a, b in times)


def test_what_is_in_the_way_stops_it_whole(tmp_path: Path) -> None:
    world = usual(tmp_path)
    target = kept(world)
    world.write(".claude.json", "new")
    with pytest.raises(UsageError, match=r"\.claude\.json is there; move it away first, nothing was put back"):
        restore(target)
    assert not (world.home / ".claude").exists()
    assert (world.home / ".claude.json").read_text() == "new"


def test_a_restore_that_fails_leaves_nothing(tmp_path: Path) -> None:
    world = usual(tmp_path)
    target = kept(world)
    before = hashed(world.home)
    real, calls = disk.move, []

    def move(folder: int, name: str, into: int, to: str) -> None:
        calls.append(to)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        real(folder, name, into, to)

    with (
        patch.object(disk, "move", move),
        pytest.raises(UsageError, match="cannot be restored: Input/output error"),
    ):
        restore(target)
    assert hashed(world.home) == before


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.5, 0.9, 0.99, 1])
def test_an_archive_cut_short_is_none(tmp_path: Path, share: float) -> None:
    world = usual(tmp_path)
    target = kept(world)
    data = target.read_bytes()
    target.write_bytes(data[: min(int(share * len(data)), len(data) - 1)])
    before = hashed(world.home)
    with pytest.raises(FormatError):
        restore(target)
    assert hashed(world.home) == before


@pytest.mark.parametrize(
    "data",
    [b"", b"text", gzip.compress(b"", mtime=0), gzip.compress(b"x" * 10_000, mtime=0)],
    ids=["empty", "text", "gzip of nothing", "gzip of no archive"],  # not of the bytes: gzip holds the time
)
def test_other_files_are_no_archives(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(FormatError):
        restore(tmp_path / "a")
    with pytest.raises(UsageError, match="cannot be restored: No such file"):
        restore(tmp_path / "none")


def crafted(path: Path, tops: list[str], names: list[str]) -> Path:
    """An archive that someone else made, with a manifest that says just what is in it."""
    import hashlib
    import io

    members = [archive.Member(name, "file", 1, hashlib.sha256(b"x").hexdigest()) for name in names]
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"x"))
        manifest = archive._manifest([Source(top, top) for top in tops], members)
        info = tarfile.TarInfo(archive.MANIFEST)
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest))
    return path


@pytest.mark.parametrize("name", ["../evil", "etc/evil", "TOP/../../evil", "TOPevil"])
def test_a_hostile_archive_writes_nowhere_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    top = str(tmp_path / "in/top")
    path = crafted(tmp_path / "a", [top], [name.replace("TOP", top.lstrip("/"))])
    with pytest.raises(FormatError, match=r"in none of the paths|does not hold"):
        restore(path)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "in"]


def test_an_archive_whose_files_are_not_those_of_its_manifest_is_none(tmp_path: Path) -> None:
    top = str(tmp_path / "in/top")
    (tmp_path / "in").mkdir()
    name = top.lstrip("/")
    with patch.object(archive, "_manifest", lambda *_: json_of(top, name, "0" * 64)):
        path = crafted(tmp_path / "a", [top], [name])
    with pytest.raises(FormatError, match="does not hold what its manifest says"):
        restore(path)
    assert not (tmp_path / "in/top").exists()


def json_of(top: str, name: str, sha256: str) -> bytes:
    member = {"name": name, "kind": "file", "size": 1, "sha256": sha256, "target": ""}
    return b"".join(json.dumps(each).encode() + b"\n" for each in ({"form": 1, "paths": [top]}, member))


@pytest.mark.parametrize("top", ["/", "relative", "/a/../b", ""])
def test_hostile_tops_are_refused(tmp_path: Path, top: str) -> None:
    with pytest.raises(FormatError, match="a path that is none"):
        restore(crafted(tmp_path / "a", [top], []))


def test_sockets_and_pipes_are_told_and_not_kept(tmp_path: Path) -> None:
    world = usual(tmp_path)
    os.mkfifo(world.home / ".claude/pipe")
    here = Path.cwd()
    os.chdir(world.home / ".claude")  # names of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("sock")
    finally:
        os.chdir(here)
    removal = remove(world.take, by(), ON, world.options(apply=True))
    assert removal.notes == tuple(
        f"{world.home}/.claude/{name} is a socket, a pipe or a device; an archive cannot keep it."
        for name in ("pipe", "sock")
    )
    assert not (world.home / ".claude").exists()
    restore(Path(removal.archive))
    assert (world.home / ".claude/settings.json").exists()


@pytest.mark.parametrize("files", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_many_files(tmp_path: Path, files: int) -> None:
    world = usual(tmp_path)
    for number in range(files):
        if number % 100 == 0:
            (world.home / f".claude/d{number // 100}").mkdir()
        (world.home / f".claude/d{number // 100}/{number}").write_bytes(b"%d" % number)
    started = time.process_time()
    target = kept(world)
    assert time.process_time() - started < 30
    assert not (world.home / ".claude").exists()
    with tarfile.open(target) as tar:
        assert sum(member.isfile() for member in tar) == files + 4


def test_folders_too_deep_take_nothing(tmp_path: Path) -> None:
    """Going down by handles takes one for each folder; here there are few, as on a machine at its limits."""
    world = usual(tmp_path)
    deep = world.home.joinpath(".claude", *["d"] * 90)
    deep.mkdir(parents=True)
    before = hashed(world.home)
    old = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, old[1]))
    try:
        removal = remove(world.take, by(), ON, world.options(apply=True))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, old)
    assert [each.state.value for each in removal.steps] == ["failed", "undone", "undone", "undone", "undone"]
    assert removal.steps[0].why.endswith("Too many open files")
    assert hashed(world.home) == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tree=st.dictionaries(
        NAMES,
        st.one_of(st.binary(max_size=300), st.dictionaries(NAMES, st.binary(max_size=50), max_size=4)),
        max_size=6,
    )
)
def test_any_tree_comes_back(tmp_path_factory: pytest.TempPathFactory, tree: dict[bytes, object]) -> None:
    world = empty(tmp_path_factory.mktemp("world"))
    world.write("pkg/x")
    world.install("pkg")
    top = os.fsencode(world.home / ".claude")
    Path(os.fsdecode(top)).mkdir()
    for name, content in tree.items():
        path = top + b"/" + name
        if isinstance(content, dict):
            Path(os.fsdecode(path)).mkdir()
            for below, inner in content.items():
                Path(os.fsdecode(path + b"/" + below)).write_bytes(inner)
        elif isinstance(content, bytes):
            Path(os.fsdecode(path)).write_bytes(content)
    before = {path: what.split(" ")[:2] for path, what in hashed(world.home / ".claude").items()}
    restore(kept(world))
    assert {path: what.split(" ")[:2] for path, what in hashed(world.home / ".claude").items()} == before
