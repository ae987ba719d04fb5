from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.target.packages import member, packed, tarball
from wiretell.errors import TargetError
from wiretell.target import archive
from wiretell.target.archive import measure, remove, unpack


def unpacked(blob: bytes, tmp_path: Path) -> Path:
    scratch, into = tmp_path / "scratch", tmp_path / "into"
    for folder in (scratch, into):
        folder.mkdir(exist_ok=True)
    (tmp_path / "x.tgz").write_bytes(blob)
    try:
        unpack(tmp_path / "x.tgz", into, scratch)
    finally:
        assert not list(scratch.iterdir())
    return into


def test_files_lie_below_the_leading_folder_with_plain_modes(tmp_path: Path) -> None:
    members = [
        member("package/cli.js", b"x", 0o4775),
        member("package/lib/a.txt", b"aa", 0o600),
        member("package/empty", kind=tarfile.DIRTYPE, mode=0o700),
    ]
    root = unpacked(packed(members), tmp_path)
    modes = {path.relative_to(root).as_posix(): path.stat().st_mode & 0o7777 for path in root.rglob("*")}
    assert modes == {"cli.js": 0o755, "lib": 0o755, "lib/a.txt": 0o644, "empty": 0o755}
    assert (root / "lib/a.txt").read_bytes() == b"aa"


def test_the_leading_folder_may_have_any_name(tmp_path: Path) -> None:
    assert (unpacked(tarball({"a": b"1"}, folder="codex-main"), tmp_path) / "a").read_bytes() == b"1"


def test_of_two_entries_of_one_name_the_later_wins(tmp_path: Path) -> None:
    root = unpacked(packed([member("package/a", b"first"), member("package/a", b"second")]), tmp_path)
    assert (root / "a").read_bytes() == b"second"


HOSTILE = {
    "traversal": ([member("package/../../evil", b"x")], "leads out"),
    "traversal-first": ([member("../evil", b"x")], "leads out"),
    "absolute": ([member("/etc/evil", b"x")], "absolute path"),
    "symlink": ([member("package/a", kind=tarfile.SYMTYPE, link="/etc/passwd")], "holds a link"),
    "symlink-inside": ([member("package/a", kind=tarfile.SYMTYPE, link="b")], "holds a link"),
    "hardlink": ([member("package/a", kind=tarfile.LNKTYPE, link="/etc/passwd")], "holds a link"),
    "through-a-link": (
        [member("package/d", kind=tarfile.SYMTYPE, link="/tmp"), member("package/d/evil", b"x")],
        "holds a link",
    ),
    "device": ([member("package/a", kind=tarfile.CHRTYPE)], "special file"),
    "pipe": ([member("package/a", kind=tarfile.FIFOTYPE)], "special file"),
    "outside": ([member("evil", b"x")], "outside its leading folder"),
    "file-as-folder": ([member("package/a", b"x"), member("package/a/b", b"x")], "cannot be unpacked"),
    "long-name": ([member("package/" + "a" * 300, b"x")], "cannot be unpacked"),
    "deep": ([member("package/" + "a/" * 1700 + "f", b"x")], "more than 100 folders"),
    "empty": ([], "empty archive"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_nothing_lands_outside(name: str, tmp_path: Path) -> None:
    members, says = HOSTILE[name]
    with pytest.raises(TargetError, match=says):
        unpacked(packed(members), tmp_path)
    assert not list(tmp_path.rglob("evil"))
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = packed([member("package/zeros", bytes(80 << 20))])
    assert len(bomb) < 200_000
    with pytest.raises(TargetError, match="unpacks to more than 64 MiB"):
        unpacked(bomb, tmp_path)
    assert not list((tmp_path / "into").iterdir())


def test_too_many_files_or_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = tarball({f"f{i}": b"12345" for i in range(10)})
    monkeypatch.setattr(archive, "MAX_FILES", 9)
    with pytest.raises(TargetError, match="more than 9 entries"):
        unpacked(blob, tmp_path)
    monkeypatch.setattr(archive, "MAX_FILES", 100)
    monkeypatch.setattr(archive, "MAX_BYTES", 49)
    with pytest.raises(TargetError, match="more than 100 entries or"):
        unpacked(blob, tmp_path)


def test_a_header_that_claims_absurd_size_does_not_take_all_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("package/pax")
    info.type, info.size = tarfile.XHDTYPE, 32 << 20
    blob = gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + bytes(32 << 20) + bytes(1024))
    with pytest.raises(TargetError, match="absurd size"):
        unpacked(blob, tmp_path)


@pytest.mark.parametrize("cut", [0, 1, 9, 40, -1, -9])
def test_a_cut_off_archive_is_called_broken(cut: int, tmp_path: Path) -> None:
    blob = tarball({"a": os.urandom(5000)})
    with pytest.raises(TargetError, match="broken"):
        unpacked(blob[:cut] if cut else b"", tmp_path)


def test_a_tar_whose_inner_end_is_missing_is_called_broken(tmp_path: Path) -> None:
    whole = gzip.decompress(tarball({"a": bytes(range(256)) * 40}))
    with pytest.raises(TargetError, match="broken"):
        unpacked(gzip.compress(whole[:4000]), tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(flips=st.lists(st.tuples(st.integers(0, 2559), st.integers(0, 255)), max_size=6))
def test_damaged_headers_raise_nothing_but_target_errors(flips: list[tuple[int, int]], tmp_path: Path) -> None:
    raw = bytearray(gzip.decompress(tarball({"a": b"1" * 600, "b/c": b"2"})))
    for at, value in flips:
        raw[at] = value
    try:
        root = unpacked(gzip.compress(bytes(raw)), tmp_path)
    except TargetError:
        return
    assert all(path.resolve().is_relative_to(root.resolve()) for path in root.rglob("*"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=300))
def test_bytes_that_are_no_archive_raise_nothing_but_target_errors(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(TargetError):
        unpacked(data, tmp_path)


def test_sizes_are_counted_and_links_refused(tmp_path: Path) -> None:
    root = unpacked(tarball({"a": b"123", "b/c": b"45"}), tmp_path)
    assert (measure(root).files, measure(root).size) == (2, 5)
    (root / "b" / "d").symlink_to("/etc")
    with pytest.raises(TargetError, match="is a link"):
        measure(root)


def test_plain_tar_without_gzip_is_called_broken(tmp_path: Path) -> None:
    sink = io.BytesIO()
    tarfile.open(fileobj=sink, mode="w").close()
    with pytest.raises(TargetError, match="broken"):
        unpacked(sink.getvalue(), tmp_path)


def test_a_tree_of_any_depth_is_removed_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_bytes(b"x")
    root = tmp_path / "tree"
    for depth in range(1, 1500):  # one by one, as mkdir recurses
        Path(f"{root}/{'a/' * depth}").mkdir(parents=True, exist_ok=True)
    (root / "a" / "link").symlink_to(tmp_path / "kept")
    (root / "a" / "file").write_bytes(b"x")
    (tmp_path / "alias").symlink_to(tmp_path / "kept")
    remove(root)
    remove(tmp_path / "alias")
    assert not root.exists()
    assert (tmp_path / "kept" / "file").exists()
