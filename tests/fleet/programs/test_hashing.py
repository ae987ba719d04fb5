"""Hashes, and what is remembered of files."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wiretell.fleet import cachefile
from wiretell.fleet.programs import hashing
from wiretell.fleet.programs.hashing import Digests


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files made a moment ago count as old."""
    monkeypatch.setattr(hashing, "SETTLED_NS", -(10**18))


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, no file may be read any more."""

    def read(handle: int, size: int) -> str:
        raise AssertionError("a file was read again")

    return lambda: monkeypatch.setattr(hashing, "_digest", read)


@pytest.mark.parametrize("size", [0, 1, hashing._BLOCK - 1, hashing._BLOCK, hashing._BLOCK + 1, 3 * hashing._BLOCK])
def test_is_sha256(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a"
    file.write_bytes(os.urandom(size))
    assert Digests(None).sha256(str(file)) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to("a")
    digests = Digests(None)
    assert digests.sha256(str(tmp_path / "b")) == digests.sha256(str(tmp_path / "a"))


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "circle", "nothing"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path = Path("/dev/zero")
        case "circle":
            path.symlink_to(path)

    def opened(*args: object) -> int:
        raise AssertionError("it was opened")

    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(OSError, match=r"regular file|symbolic links|No such file"):
        Digests(None).sha256(str(path))


def test_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"xx")
    monkeypatch.setattr(hashing, "LARGEST", 1)
    with pytest.raises(OSError, match="larger"):
        Digests(None).sha256(str(tmp_path / "a"))


@pytest.mark.usefixtures("settled")
def test_warm(tmp_path: Path, unread: Callable[[], None]) -> None:
    file, cache = tmp_path / "a", tmp_path / "cache"
    file.write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    first = Digests(cache)
    found = first.sha256(str(file))
    first.save()
    unread()
    assert Digests(cache).sha256(str(tmp_path / "link")) == found


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path: Path, unread: Callable[[], None]) -> None:
    file, cache = tmp_path / "a", tmp_path / "cache"
    file.write_bytes(b"x")
    first = Digests(cache)
    first.sha256(str(file))
    first.save()
    unread()
    with pytest.raises(AssertionError):
        Digests(cache).sha256(str(file))


@pytest.mark.usefixtures("settled")
def test_a_changed_file_is_hashed_anew(tmp_path: Path) -> None:
    file, digests = tmp_path / "a", Digests(tmp_path / "cache")
    file.write_bytes(b"x")
    before = digests.sha256(str(file))
    time.sleep(0.02)  # longer than a tick of the file system's clock
    file.write_bytes(b"y")
    assert digests.sha256(str(file)) == hashlib.sha256(b"y").hexdigest() != before


def test_a_file_that_never_rests_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x")

    def look(handle: int, size: int) -> str:
        file.write_bytes(b"x" * (size + 1))
        return "seen"

    with pytest.raises(OSError, match="changes"):
        Digests(None).answer(str(file), "r", str, look)


def test_a_file_that_changed_once_is_read_again(tmp_path: Path) -> None:
    file, sizes = tmp_path / "a", list[int]()
    file.write_bytes(b"x")

    def look(handle: int, size: int) -> str:
        sizes.append(size)
        if len(sizes) == 1:
            file.write_bytes(b"xyz")
        return f"{size} bytes"

    assert Digests(None).answer(str(file), "r", str, look) == "3 bytes"
    assert sizes == [1, 3]


def test_a_file_that_shrinks_while_it_is_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, real, calls = tmp_path / "a", os.preadv, list[int]()
    file.write_bytes(b"x" * (2 * hashing._BLOCK))

    def preadv(handle: int, buffers: list[memoryview], offset: int) -> int:
        calls.append(offset)
        if len(calls) == 2:
            os.truncate(file, 10)
        return real(handle, buffers, offset)

    monkeypatch.setattr(os, "preadv", preadv)
    assert Digests(None).sha256(str(file)) == hashlib.sha256(b"x" * 10).hexdigest()


@pytest.mark.usefixtures("settled")
def test_answers_are_remembered_by_their_rules(tmp_path: Path) -> None:
    file, cache, asked = tmp_path / "a", tmp_path / "cache", list[str]()
    file.write_bytes(b"x")

    def look(answer: str | None) -> Callable[[int, int], str | None]:
        def looking(handle: int, size: int) -> str | None:
            asked.append(str(answer))
            return answer

        return looking

    first = Digests(cache)
    assert first.answer(str(file), "1", str, look(None)) is None
    assert first.answer(str(file), "1", str, look("late")) is None
    first.sha256(str(file))
    first.save()
    again = Digests(cache)
    assert again.answer(str(file), "1", str, look("late")) is None
    assert again.answer(str(file), "2", str, look("new")) == "new"
    assert asked == ["None", "new"]


@pytest.mark.usefixtures("settled")
def test_a_cache_of_another_shape_is_as_good_as_none(tmp_path: Path) -> None:
    file, cache = tmp_path / "a", tmp_path / "cache"
    file.write_bytes(b"x")
    for content in (b"", b"\xc1garbage", b"\x93\x01"):
        cache.mkdir(exist_ok=True, mode=0o700)
        (cache / hashing._FILE).write_bytes(content)
        digests = Digests(cache)
        assert digests.sha256(str(file)) == hashlib.sha256(b"x").hexdigest()
    digests.save()
    assert cachefile.load(cache / hashing._FILE, hashing._File) is not None


@pytest.mark.usefixtures("settled")
def test_an_answer_of_another_shape_is_asked_for_again(tmp_path: Path) -> None:
    file, cache = tmp_path / "a", tmp_path / "cache"
    file.write_bytes(b"x")
    first = Digests(cache)
    first.answer(str(file), "1", int, lambda handle, size: 7)
    first.save()
    assert Digests(cache).answer(str(file), "1", str, lambda handle, size: "text") == "text"


@pytest.mark.usefixtures("settled")
def test_the_ones_asked_for_longest_ago_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "REMEMBERED", 2)
    digests = Digests(tmp_path / "cache")
    for name in "abc":
        (tmp_path / name).write_bytes(name.encode())
        digests.sha256(str(tmp_path / name))
        digests.sha256(str(tmp_path / "a"))
    digests.save()
    kept = cachefile.load(tmp_path / "cache" / hashing._FILE, hashing._File)
    inodes = {(tmp_path / name).stat().st_ino for name in "ac"}
    assert kept is not None and {known.key[1] for known in kept.files} == inodes


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "cache").write_bytes(b"a file where a folder should be")
    digests = Digests(tmp_path / "cache")
    assert digests.sha256(str(tmp_path / "a"))
    digests.save()


def test_what_one_inventory_reads_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "BUDGET", 15)
    monkeypatch.setattr(hashing, "SETTLED_NS", -(10**18))
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_bytes(b"0123456789" + path.name.encode())
    digests = Digests(tmp_path / "cache")
    for path in paths[:2]:
        assert digests.sha256(str(path)) == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(OSError, match="were read of others before"):
        digests.sha256(str(paths[2]))
    with pytest.raises(OSError, match="were read of others before"):
        digests.answer(str(paths[2]), "r", str, lambda handle, size: "x")
    assert digests.sha256(str(paths[0])), "what is remembered is not read"
    digests.save()
    again = Digests(tmp_path / "cache")
    assert [again.sha256(str(path)) for path in paths], "the next one goes on from there"


def test_several_answers_to_the_same_rules_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "SETTLED_NS", -(10**18))
    path, digests, asked = tmp_path / "a", Digests(None), list[str]()
    path.write_bytes(b"x")

    def ask(rules: str) -> str | None:
        def look(handle: int, size: int) -> str:
            asked.append(rules)
            return rules

        return digests.answer(str(path), rules, str, look)

    assert [ask(rules) for rules in ("1", "1/b", "1", "1/b")] == ["1", "1/b", "1", "1/b"]
    assert asked == ["1", "1/b"]
    ask("2")
    ask("1")
    assert asked == ["1", "1/b", "2", "1"]
