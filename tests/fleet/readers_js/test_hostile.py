# ruff: noqa: PTH103, PTH123  # paths are texts here, as the system gives them
"""Whatever lies on a machine, readers end, and what they cannot read they name."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.readers_js.trees import installs, link, look, one, package, problems, project, write
from wiretell.fleet import files
from wiretell.fleet.readers._javascript import package as manifests
from wiretell.model.fleet import Install, NotExamined

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.just("../../etc/passwd"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("name", "version", "bin", "main", "publisher", "dependencies", "optionalDependencies", "devDependencies")


@given(
    st.binary(max_size=200) | st.dictionaries(st.sampled_from(FIELDS), JSON).map(lambda told: json.dumps(told).encode())
)
def test_a_manifest_is_read_or_told(content: bytes) -> None:
    told = manifests.parse(content, "/p/package.json")
    assert told.version or told.problem == NotExamined("/p/package.json", told.problem.why if told.problem else "")
    assert all(isinstance(text, str) for text in (told.name, told.version, *told.bins, *told.bins.values()))
    assert not any("/" in command for command in told.bins)


@given(st.text(max_size=40))
def test_metadata_never_leads_out_of_its_folder(relative: str) -> None:
    path = files.inside("/p/q", relative)
    assert path == "" or (path.startswith("/p/q/") and ".." not in path.split("/"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"version": 7}',
        b'{"version": "' + b"1" * 5000 + b'"}',
        b'{"a":' * 100_000,
        b"\xff\xfe{}",
        b'{"name": "\\ud800", "version": "\\u0000"',
        b" " * (2 << 20),
    ],
)
def test_a_broken_package_is_found_without_a_version_and_told(tmp_path: Path, content: bytes) -> None:
    folder = project(tmp_path / "home/dev/p") / "node_modules/cline"
    folder.mkdir(parents=True)
    (folder / "package.json").write_bytes(content)
    found = one(tmp_path)
    assert (found.product, found.name, found.version) == ("cline", "cline", "")
    assert found.note == "Its package.json is missing or broken."
    assert [each.what for each in problems(tmp_path)] == [str(folder / "package.json")]


def test_a_package_without_a_manifest_is_told(tmp_path: Path) -> None:
    folder = project(tmp_path / "home/dev/p") / "node_modules/cline"
    folder.mkdir(parents=True)
    assert one(tmp_path).hashed == ""
    assert [each.why for each in problems(tmp_path)] == ["it is not there; the version is not known"]


def test_a_byte_order_mark_is_no_reason_to_give_up(tmp_path: Path) -> None:
    folder = project(tmp_path / "home/dev/p") / "node_modules/cline"
    folder.mkdir(parents=True)
    (folder / "package.json").write_bytes(b'\xef\xbb\xbf{"name": "cline", "version": "3.0.0"}')
    assert one(tmp_path).version == "3.0.0"


@pytest.mark.parametrize("name", ["package.json", "../.package-lock.json"])
def test_a_named_pipe_does_not_make_it_wait(tmp_path: Path, name: str) -> None:
    folder = package(project(tmp_path / "home/dev/p") / "node_modules/cline", "cline")
    path = folder / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert one(tmp_path).product == "cline"
    assert [each.why for each in problems(tmp_path)] == ["it is no regular file"]


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything: so the system refuses here at our word."""
    folder = package(project(tmp_path / "home/dev/p") / "node_modules/cline", "cline")
    real_open = os.open

    def refuse(path: str, flags: int, *more: object) -> int:
        if path == str(folder / "package.json"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real_open(path, flags, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    assert one(tmp_path).version == ""
    assert [each.why for each in problems(tmp_path)] == ["permission denied"]


def test_links_in_circles(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    folder = package(modules / "cline", "cline", dependencies={"cline": "1"})
    link(folder / "node_modules", "..")
    link(modules / ".bin/cline", ".bin/cline")
    link(tmp_path / "home/dev/.local/bin/cline", "cline")
    assert [each.path for each in installs(tmp_path)] == [str(folder)]


def test_a_link_into_another_home_makes_nothing_there_ones_own(tmp_path: Path) -> None:
    kept = tmp_path / "home/other/p/node_modules/.pnpm/cline@3.0.0/node_modules/cline"
    package(kept, "cline", "3.0.0")
    top = project(tmp_path / "home/dev/p", lock="pnpm-lock.yaml", cline="3.0.0")
    link(top / "node_modules/cline", str(kept))
    found = one(tmp_path)
    assert (found.path, found.also) == (str(top / "node_modules/cline"), ())


@pytest.mark.parametrize("at", ["bunx-1-cline@latest", "bunx-1-cline@latest/node_modules", "bunx-1-@a/b"])
def test_a_link_in_the_temporary_folder_is_not_followed(tmp_path: Path, at: str) -> None:
    target = tmp_path / "elsewhere/p"
    package(target / "node_modules/cline", "cline")
    link(tmp_path / "tmp" / at, str(target / "node_modules" if at.endswith("node_modules") else target))
    assert installs(tmp_path) == []


@pytest.mark.parametrize("name", ["p\nq", "p\x1b[31mq", "p\udcff\udcfe", "p'\"q", "p{0}q", "p*[q"])
def test_names_of_folders_may_be_anything(tmp_path: Path, name: str) -> None:
    top = tmp_path / f"home/dev/{name}"
    folder = os.fsencode(str(top)) + b"/node_modules/cline"
    os.makedirs(folder)
    with open(folder + b"/package.json", "wb") as file:
        file.write(b'{"name": "cline", "version": "3.0.0", "bin": "x.js"}')
    found = one(tmp_path)
    assert (found.version, found.path) == ("3.0.0", str(top / "node_modules/cline"))


@pytest.mark.parametrize("bad", ["../../../../../etc/passwd", "/etc/passwd", "a\0b", "", ".", "\ud800"])
def test_commands_that_lead_elsewhere_are_not_hashed(tmp_path: Path, bad: str) -> None:
    folder = project(tmp_path / "home/dev/p") / "node_modules/cline"
    write(folder / "package.json", json.dumps({"name": "cline", "version": "1.0.0", "bin": {"cline": bad}}))
    assert one(tmp_path).hashed == str(folder / "package.json")


@pytest.mark.parametrize("command", ["../../x", "..", "/etc/passwd", "a/../../b"])
def test_names_of_commands_that_are_paths_start_nothing(tmp_path: Path, command: str) -> None:
    prefix = tmp_path / "home/dev/.npm-global"
    package(prefix / "lib/node_modules/cline", "cline", bin={command: "cli.js"})
    link(tmp_path / "home/dev/x", str(prefix / "lib/node_modules/cline/cli.js"))
    assert one(tmp_path).commands == ()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("bin/cline", "#!/bin/sh\n" + "/cline" * 10_000),
        ("bin/cline", "#!" + "a" * 65_000),
        ("lib/node_modules/cline/package.json", '{"bin": {' + '"a": "b",' * 50_000 + '"c": "d"}}'),
    ],
)
def test_large_texts_cost_little(tmp_path: Path, path: str, content: str) -> None:
    prefix = tmp_path / "home/dev/.npm-global"
    package(prefix / "lib/node_modules/cline", "cline")
    write(prefix / path, content)
    begin = time.process_time()
    assert one(tmp_path).product == "cline"
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("lock", ["yarn.lock", "pnpm-lock.yaml", "bun.lock"])
@pytest.mark.parametrize("line", ["cline@", '["cline@1.2.3",', "cline@1.2.3':\n resolution: {", '\n"cline@1, cline@'])
def test_hostile_lock_files_cost_little(tmp_path: Path, lock: str, line: str) -> None:
    top = project(tmp_path / "home/dev/p", lock="", cline="1.2.3")
    package(top / "node_modules/cline", "cline", "1.2.3")
    write(top / lock, line * (4 << 20) if len(line) < 8 else line * 300_000)
    begin = time.process_time()
    assert one(tmp_path).integrity == ""
    assert time.process_time() - begin < 2


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(["packages", "name", "node_modules/x"]), JSON))
def test_whatever_the_hidden_lock_file_says(tmp_path_factory: pytest.TempPathFactory, told: object) -> None:
    top = tmp_path_factory.mktemp("hidden")
    modules = project(top / "home/dev/p") / "node_modules"
    package(modules / "cline", "cline")
    (modules / ".package-lock.json").write_text(json.dumps(told))
    assert [item.product for item in look(top) if isinstance(item, Install)] == ["cline"]
