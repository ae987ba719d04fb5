"""What passes (a full disk, a killed helper, a second writer) is never told as a fact about the target."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.target.packages import FakeNpm, elf, package
from tests.target.test_locate import FILES, FakePip, wheel
from wiretell.errors import TargetError
from wiretell.target import archive, locate, resolve
from wiretell.target import cache as store
from wiretell.target.archive import NoPackageError, measure, unpack_wheel
from wiretell.target.dependencies import lay_out
from wiretell.target.folder import digest
from wiretell.target.interface import quiet
from wiretell.target.npm import Source, require
from wiretell.target.npm_client import NotThereError, NpmClient
from wiretell.target.program import inspect
from wiretell.target.published import published
from wiretell.target.pypi import PipClient

COMMAND = ("-p", "{prompt}")


@pytest.fixture
def npm(tmp_path: Path) -> FakeNpm:
    return FakeNpm(tmp_path / "npm", {})


@pytest.fixture
def pip(tmp_path: Path) -> FakePip:
    return FakePip(tmp_path / "pip")


def failing(number: int, *, at: Callable[..., bool] = lambda *_: True, real: Any = None) -> Callable[..., Any]:
    """A function that fails as the operating system does where `at` says so of its arguments."""

    def call(*args: Any, **rest: Any) -> Any:
        if at(*args):
            raise OSError(number, os.strerror(number), str(args[0]) if args else None)
        return real(*args, **rest)

    return call


# --- npm


def program(text: str) -> NpmClient:
    return NpmClient((sys.executable, "-S", "-c", text))


def test_an_npm_without_a_word_has_not_said_that_there_is_no_package(tmp_path: Path) -> None:
    silent = program("")
    for ask in (
        lambda: silent.view("agent@1.0.0", tmp_path),
        lambda: silent.view("agent@latest", tmp_path),
        lambda: silent.versions("agent", tmp_path),
        lambda: silent.times("@s/agent", tmp_path),
        lambda: require(Source("agent", "1.0.0"), silent),
        lambda: published("agent", npm=silent),
        lambda: resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=silent),
    ):
        with pytest.raises(TargetError, match=r"npm ended without a word about @?[a-z/]*agent") as caught:
            ask()
        assert not isinstance(caught.value, NotThereError)


def test_a_killed_npm_is_told_as_killed(tmp_path: Path) -> None:
    said = json.dumps({"error": {"code": "E404", "summary": "cut"}})
    killed = program(f"import os; print({said!r}, flush=True); os.kill(os.getpid(), 9)")
    with pytest.raises(TargetError, match="npm view was ended by signal 9") as caught:
        killed.view("agent@1.0.0", tmp_path)
    assert not isinstance(caught.value, NotThereError)


def test_what_is_known_stays_known_where_the_second_question_fails(npm: FakeNpm, tmp_path: Path) -> None:
    npm.answers["view agent"] = {"error": {"code": "ETIMEDOUT", "summary": "slow"}}
    with pytest.raises(TargetError, match=r"The registry has no agent@1\.0\.0; .* not known: .*does not answer"):
        resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm.client)


@pytest.mark.parametrize("answer", [{}, {"dist-tags": {}}, {"versions": 5}])
def test_an_answer_without_versions_is_not_an_answer(answer: Any, npm: FakeNpm, tmp_path: Path) -> None:
    npm.answers["view agent"] = answer
    for ask in (npm.client.versions, npm.client.times):
        with pytest.raises(TargetError, match="is not in npm's form") as caught:
            ask("agent", tmp_path)
        assert not isinstance(caught.value, NotThereError)


def test_dependencies_that_npm_left_out_are_missed(tmp_path: Path) -> None:
    root = tmp_path / "package"
    root.mkdir()
    (root / "package.json").write_text(json.dumps({"dependencies": {"dep": "1.0.0"}}))
    with pytest.raises(TargetError, match="laid out the dependencies and left out dep; try again"):
        lay_out(root, tmp_path, program("print('{}')"), quiet, optional=False)


def test_a_dependency_that_is_not_there_is_no_missing_package(tmp_path: Path) -> None:
    answer = json.dumps({"error": {"code": "ETARGET", "summary": "No matching version found for dep@9."}})
    with pytest.raises(TargetError, match=r"lacks one of the dependencies \(No matching") as caught:
        program(f"print({answer!r}); raise SystemExit(1)").install(tmp_path, optional=False)
    assert not isinstance(caught.value, NotThereError)


# --- pip

NONE = "ERROR: Could not find a version that satisfies the requirement thing==1.0 (from versions: none)"
PAGE = "2026-11-22T05:15:19,255 Could not fetch URL http://127.0.0.1:1/thing/: "
NO_PAGE = {
    "refused": (
        PAGE + "connection error: HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /thing/ "
        "(Caused by NewConnectionError('Connection refused')) - skipping\n",
        "did not answer for thing .*Connection refused",
    ),
    "failing": (
        PAGE + "HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /thing/ "
        "(Caused by ResponseError('too many 503 error responses')) - skipping\n",
        "did not answer for thing .*too many 503",
    ),
    "forbidden": (
        PAGE + "403 Client Error: Forbidden for url: http://127.0.0.1:1/thing/ - skipping\n",
        "did not answer for thing .403 Client Error",
    ),
    "one-of-two": (
        PAGE + "404 Client Error: Not Found for url: http://127.0.0.1:1/thing/ - skipping\n" + PAGE + "timed out\n",
        "did not answer for thing .timed out",
    ),
    "unknown": (
        PAGE + "404 Client Error: Not Found for url: http://127.0.0.1:1/thing/ - skipping\n",
        "there is no such package",
    ),
}
"""What pip 23.2 writes to its log while it says "from versions: none" in each case."""


@pytest.mark.parametrize("name", NO_PAGE)
def test_an_index_that_does_not_answer_is_not_one_that_has_no_such_package(
    name: str, pip: FakePip, tmp_path: Path
) -> None:
    log, says = NO_PAGE[name]
    pip.answers["thing==1.0"] = {"error": NONE, "log": log}
    with pytest.raises(TargetError, match=says):
        locate("pypi:thing==1.0", cache=tmp_path / "cache", pip=pip.client)


def test_a_pip_without_a_log_has_not_said_that_there_is_no_package(tmp_path: Path) -> None:
    mute = PipClient(((sys.executable, "-S", "-c", f"import sys; sys.exit({NONE!r})"),))
    with pytest.raises(TargetError, match=r"did not answer for thing .pip's log cannot be read"):
        mute.download("thing==1.0", tmp_path)


def test_a_pip_that_cannot_be_started_now_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = PipClient(((sys.executable,),))
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", failing(errno.EAGAIN))
        with pytest.raises(TargetError, match=r"pip cannot be started .*temporarily unavailable"):
            own.download("thing", tmp_path)
    with pytest.raises(TargetError, match="There is no pip"):
        PipClient((("/no/such/program",), (str(tmp_path),))).download("thing", tmp_path)


def test_a_killed_pip_is_told_as_killed(tmp_path: Path) -> None:
    text = f"import os, sys; print({NONE!r}, file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
    with pytest.raises(TargetError, match="pip was ended by signal 9"):
        PipClient(((sys.executable, "-S", "-c", text),)).download("thing==1.0", tmp_path)


# --- this machine's disk


def test_a_full_disk_does_not_make_a_package_a_plain_file(
    npm: FakeNpm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "thing.tgz"
    file.write_bytes(package("thing", "1.0.0"))
    with monkeypatch.context() as patch:
        patch.setattr(archive, "_gunzip", failing(errno.ENOSPC))
        with pytest.raises(TargetError, match="cannot be unpacked: No space left"):
            locate(str(file), cache=tmp_path / "cache", npm=npm.client)
    assert locate(str(file), cache=tmp_path / "cache", npm=npm.client).kind == "npm"


def test_a_registry_that_does_not_answer_does_not_make_a_package_a_plain_file(tmp_path: Path) -> None:
    file = tmp_path / "thing.tgz"
    file.write_bytes(package("thing", "1.0.0", dependencies={"dep": "1"}))
    offline = program('print(\'{"error": {"code": "ENOTFOUND"}}\'); raise SystemExit(1)')
    with pytest.raises(TargetError, match="does not answer"):
        locate(str(file), cache=tmp_path / "cache", npm=offline, dependencies=True)


def test_a_full_disk_is_no_broken_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "thing-1.0-py3-none-any.whl"
    file.write_bytes(wheel(FILES))
    (tmp_path / "into").mkdir()
    monkeypatch.setattr(archive, "_write_member", failing(errno.ENOSPC))
    with pytest.raises(TargetError, match="cannot be unpacked: No space left") as caught:
        unpack_wheel(file, tmp_path / "into")
    assert not isinstance(caught.value, NoPackageError)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EMFILE])
def test_a_cache_that_refuses_is_said_in_one_sentence(
    number: int, npm: FakeNpm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm.publish(package("agent", "1.0.0"))
    for name in ("rename", "mkdir"):
        real = getattr(Path, name)
        with monkeypatch.context() as patch:
            patch.setattr(Path, name, failing(number, at=lambda path, *_: ".staging-" in str(path), real=real))
            with pytest.raises(TargetError, match=r"Nothing was kept in .*try again"):
                resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm.client)
        assert list((tmp_path / "cache/npm").iterdir()) == []


def test_a_reader_of_the_progress_that_left_is_no_matter_of_the_cache(npm: FakeNpm, tmp_path: Path) -> None:
    def gone(_line: str) -> None:
        raise BrokenPipeError

    npm.publish(package("agent", "1.0.0"))
    with pytest.raises(BrokenPipeError):
        resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm.client, progress=gone)


# --- a second writer


def entry(**change: Any) -> store.Entry:
    return store.Entry(name="@s/agent", version="1.0.0", sha256="ab" * 32, package="x", files=1, size=1, **change)


def filled(folder: Path, text: str = "x") -> Path:
    (folder / "package").mkdir(parents=True)
    (folder / "package/a").write_text(text)
    return folder


def test_a_parent_that_another_cleared_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, cleared = Path.rename, iter([True, False])

    def rename(path: Path, target: Path) -> Path:
        if path.name == "ready" and next(cleared):
            target.parent.rmdir()
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    final = store.place(tmp_path, filled(tmp_path / ".staging-a"), entry())
    assert (final / "package/a").read_text() == "x"


def test_a_damaged_package_is_replaced_though_another_puts_a_damaged_one_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = filled(tmp_path / "@s/agent/1.0.0-abababab", "damaged")
    real, again = Path.rename, iter([True, False])

    def rename(path: Path, target: Path) -> Path:
        moved = real(path, target)
        if path == final and next(again):
            filled(final, "damaged too")
        return moved

    monkeypatch.setattr(Path, "rename", rename)
    assert store.place(tmp_path, filled(tmp_path / ".staging-a"), entry()) == final
    assert (final / "package/a").read_text() == "x"


def test_only_what_is_taken_is_looked_at_as_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    final = filled(tmp_path / "@s/agent/1.0.0-abababab", "a damaged one that somebody uses")
    full = failing(errno.ENOSPC, at=lambda path, *_: path.name == "ready", real=Path.rename)
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        store.place(tmp_path, filled(tmp_path / ".staging-a"), entry())
    assert (final / "package/a").exists()


def test_a_tarball_that_is_replaced_meanwhile_has_the_hash_of_what_was_unpacked(npm: FakeNpm, tmp_path: Path) -> None:
    file, first, second = tmp_path / "x.tgz", package("agent", "1.0.0"), package("other", "2.0.0")
    file.write_bytes(first)

    def replace(line: str) -> None:
        if line.startswith("unpacking"):
            file.write_bytes(second)

    target = resolve(str(file), command=COMMAND, cache=tmp_path / "cache", npm=npm.client, progress=replace)
    assert (target.target.name, target.target.sha256) == ("agent", hashlib.sha256(first).hexdigest())


def test_a_wheel_that_is_replaced_meanwhile_has_the_hash_of_what_was_unpacked(tmp_path: Path) -> None:
    file, first = tmp_path / "thing-1.0-py3-none-any.whl", wheel(FILES)
    file.write_bytes(first)

    def replace(line: str) -> None:
        if line.startswith("unpacking"):
            file.write_bytes(wheel({"thing/other.py": b"y"}))

    target = locate(str(file), cache=tmp_path / "cache", progress=replace)
    assert target.sha256 == hashlib.sha256(first).hexdigest()
    assert (target.root / "thing/__init__.py").exists() and not (target.root / "thing/other.py").exists()


def test_a_file_larger_than_any_package_is_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "x.tgz"
    with file.open("wb") as sink:
        sink.truncate(archive.MAX_PACKED + 1)  # a hole: no disk is taken
    with pytest.raises(NoPackageError, match="larger than any package"):
        archive.snapshot(file, tmp_path / "npm")


def test_a_tarball_that_is_being_written_is_not_called_broken(
    npm: FakeNpm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, whole, real = tmp_path / "x.tgz", package("agent", "1.0.0"), shutil.copyfileobj
    file.write_bytes(whole[:100])

    def copy(source: Any, sink: Any, *rest: Any) -> None:
        real(source, sink, *rest)
        file.write_bytes(whole)

    monkeypatch.setattr(shutil, "copyfileobj", copy)
    with pytest.raises(TargetError, match="changed while it was read; try again"):
        resolve(str(file), command=COMMAND, cache=tmp_path / "cache", npm=npm.client)


# --- what cannot be read now


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "sub/a").write_text("1")
    return root


def unreadable(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    refused = failing(errno.EMFILE, at=lambda path=".", *_: Path(path) == folder, real=os.scandir)
    monkeypatch.setattr(os, "scandir", refused)


def test_a_folder_that_cannot_be_listed_has_no_hash_as_if_it_were_empty(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable(monkeypatch, tree / "sub")
    with pytest.raises(TargetError, match="sub cannot be read: Too many open files"):
        digest(tree)
    with pytest.raises(OSError, match="Too many open files"):
        measure(tree)


def test_a_folder_that_cannot_be_listed_is_not_called_empty(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = locate(str(tree)).sha256
    with monkeypatch.context() as patch:
        unreadable(patch, tree)
        with pytest.raises(TargetError, match="tree cannot be read: Too many open files"):
            locate(str(tree))
    with monkeypatch.context() as patch:
        unreadable(patch, tree / "sub")
        assert locate(str(tree)).sha256 != whole


def test_a_program_that_cannot_be_read_is_not_called_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "program"
    path.write_bytes(elf(loader=True))
    monkeypatch.setattr("wiretell.target.program._elf_facts", failing(errno.EIO))
    with pytest.raises(TargetError, match="cannot be read: Input/output error"):
        inspect(path)


def test_what_cannot_be_looked_at_is_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for ask in (locate, resolve):
        with pytest.raises(TargetError, match="cannot be read: Too many levels"):
            ask(str(tmp_path / "a"))


def test_a_word_longer_than_any_name_is_a_word(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/usr/bin/env node\n")
    (tmp_path / "tool").chmod(0o755)
    agent = resolve(f"{tmp_path / 'tool'} -p {'x' * 5000}")
    assert agent.recipe.command[-1] == "x" * 5000
    with pytest.raises(TargetError, match="There is no file, folder or recipe"):
        locate("x" * 300)
