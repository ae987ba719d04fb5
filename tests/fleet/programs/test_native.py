"""What vendors' own installers put into home folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fleet.programs import made_up
from wiretell.fleet.programs import forms
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.readers.native import Native
from wiretell.fleet.walk.interface import Home, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Recognised, Scope

VERSIONS = ".local/share/claude/versions"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PROGRAM_MIN", 100_000)


def put(home: Path, path: str, content: bytes = b"#!x") -> Path:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def read(home: Path, **around: object) -> list[Seen]:
    surroundings = Surroundings(homes=(Home("dev", str(home)),), **around)  # type: ignore[arg-type]
    return list(Native().read(Walked((), 0), surroundings))


def installs(seen: list[Seen]) -> list[Install]:
    return [each for each in seen if isinstance(each, Install)]


def test_versions_side_by_side(tmp_path: Path) -> None:
    old = put(tmp_path, f"{VERSIONS}/2.1.91", made_up.bun(made_up.CLAUDE, "2.1.91"))
    new = put(tmp_path, f"{VERSIONS}/2.1.329", made_up.bun(made_up.CLAUDE, "2.1.329"))
    link = tmp_path / ".local/bin/claude"
    link.parent.mkdir()
    link.symlink_to(new)
    found = {each.path: each for each in installs(read(tmp_path))}
    assert set(found) == {str(old), str(new)}
    assert found[str(new)] == Install(
        product="claude-code",
        vendor="anthropic",
        name="claude",
        version="2.1.329",
        manager=Manager.NATIVE,
        scope=Scope.USER,
        user="dev",
        path=str(new),
        hashed=str(new),
        commands=(str(link),),
        recognised=Recognised.CONTENT,
    )
    assert (found[str(old)].version, found[str(old)].commands) == ("2.1.91", ())


def test_a_link_on_the_path_counts_too(tmp_path: Path) -> None:
    program = put(tmp_path, f"home/{VERSIONS}/2.1.329")
    (tmp_path / "sbin").mkdir()
    (tmp_path / "first").symlink_to(program)
    (tmp_path / "sbin/claude").symlink_to(tmp_path / "first")
    (found,) = installs(read(tmp_path / "home", path=(str(tmp_path / "sbin"),)))
    assert found.commands == (str(tmp_path / "sbin/claude"),)


def test_a_link_to_another_name_of_the_same_file_is_not_its_own(tmp_path: Path) -> None:
    program = put(tmp_path, f"{VERSIONS}/2.1.329")
    (tmp_path / "mine").hardlink_to(program)
    (tmp_path / ".local/bin").mkdir(parents=True)
    (tmp_path / ".local/bin/claude").symlink_to(tmp_path / "mine")
    (found,) = installs(read(tmp_path))
    assert found.commands == ()


def test_a_folder_a_version(tmp_path: Path) -> None:
    program = put(tmp_path, ".local/share/cursor-agent/versions/2026.10.01-abc1234/cursor-agent", b"#!/bin/sh\n")
    put(tmp_path, ".local/share/cursor-agent/versions/2026.10.01-abc1234/index.js")
    (tmp_path / ".local/bin").mkdir()
    (tmp_path / ".local/bin/cursor-agent").symlink_to(program)
    (found,) = installs(read(tmp_path))
    assert (found.product, found.version, found.name) == ("cursor-agent", "2026.10.01-abc1234", "cursor-agent")
    assert found.path == str(program.parent) and found.hashed == str(program)
    assert found.commands == (str(tmp_path / ".local/bin/cursor-agent"),)
    assert found.recognised is Recognised.NAME


def test_platform_in_the_name(tmp_path: Path) -> None:
    put(tmp_path, ".codex/packages/standalone/releases/0.169.0-x86_64-unknown-linux-musl/bin/codex")
    (found,) = installs(read(tmp_path))
    assert (found.product, found.version) == ("codex", "0.169.0")
    assert found.path.endswith("0.169.0-x86_64-unknown-linux-musl")


def test_a_place_without_a_version_asks_the_program(tmp_path: Path) -> None:
    put(tmp_path, ".opencode/bin/opencode", made_up.bun("1", "1.18.33", "--user-agent=opencode/VV"))
    (found,) = installs(read(tmp_path))
    assert (found.product, found.version, found.note) == ("opencode", "1.18.33", "")


def test_a_program_that_contradicts_its_place(tmp_path: Path) -> None:
    put(tmp_path, f"{VERSIONS}/2.1.329", made_up.bun(made_up.CLAUDE, "2.1.91"))
    put(tmp_path, f"{VERSIONS}/2.1.330", made_up.bun("1", "1.18.33", "--user-agent=opencode/VV"))
    older, other = installs(read(tmp_path))
    assert older.version == "2.1.91"
    assert older.note == "Its place says 2.1.329, the program itself 2.1.91."
    assert (other.product, other.vendor, other.version) == ("opencode", "opencode", "1.18.33")
    assert other.note == "Its place says claude-code 2.1.330, the program itself opencode 1.18.33."


def test_a_folder_of_everybodys_proves_nothing(tmp_path: Path) -> None:
    put(tmp_path, ".local/bin/goose", made_up.native("a migration tool for databases"))
    put(tmp_path, ".local/bin/droid", b"#!/bin/sh\n")
    assert read(tmp_path) == []


def test_a_folder_of_everybodys_with_the_real_one(tmp_path: Path) -> None:
    source = 'x.name("droid").description("An agent").version("VV","-v");`factory-cli/${v}`'
    program = put(tmp_path, ".local/bin/droid", made_up.bun(source))
    (found,) = installs(read(tmp_path))
    assert (found.product, found.version, found.path, found.commands) == ("droid", "99.1.2", str(program), ())


def test_what_is_no_version(tmp_path: Path) -> None:
    for name in ("latest", "2.1.5.lock", "2.1.6.tmp", ".2.1.7", "2.1.8\n", "2 1", "2024_report", "1..2", "2.1.x"):
        put(tmp_path, f"{VERSIONS}/{name}")
    (tmp_path / VERSIONS / "2.1.9").mkdir()
    (tmp_path / VERSIONS / "2.2.0").symlink_to("latest")
    assert read(tmp_path) == []


def test_what_is_no_program(tmp_path: Path) -> None:
    """The folder may be a link to somebody's documents."""
    put(tmp_path, "docs/2024-report.pdf", b"%PDF-1.7 about agents")
    (tmp_path / ".local/share/claude").mkdir(parents=True)
    (tmp_path / VERSIONS).symlink_to(tmp_path / "docs")
    (tmp_path / ".opencode/bin").mkdir(parents=True)
    (tmp_path / ".opencode/bin/opencode").symlink_to("/bin/sh")
    seen = read(tmp_path)
    assert installs(seen) == []
    assert {Path(each.what).name for each in seen if isinstance(each, NotExamined)} == {"2024-report.pdf", "opencode"}


def test_a_program_counts_whatever_its_mode(tmp_path: Path) -> None:
    for name, content in (("2.1.90", b"\x7fELF"), ("2.1.91", made_up.bun(made_up.CLAUDE, "2.1.91"))):
        put(tmp_path, f"{VERSIONS}/{name}", content).chmod(0o644)
    assert [each.version for each in installs(read(tmp_path))] == ["2.1.90", "2.1.91"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    home = tmp_path / os.fsdecode(b"ho\nme\xff")
    put(home, f"{VERSIONS}/2.1.91")
    (found,) = installs(read(home))
    assert found.version == "2.1.91" and "\n" in found.path and "\udcff" in found.path


def test_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / ".local/share/claude").mkdir(parents=True)
    (tmp_path / VERSIONS).symlink_to(VERSIONS.rpartition("/")[2])
    (tmp_path / ".local/bin").mkdir()
    (tmp_path / ".local/bin/claude").symlink_to("claude")
    seen = read(tmp_path)
    assert installs(seen) == []
    assert [each.what for each in seen if isinstance(each, NotExamined)] == [str(tmp_path / VERSIONS)]


def test_what_cannot_be_read_is_told_and_counts_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put(tmp_path, f"{VERSIONS}/2.1.91")

    def closed(path: str, digests: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("wiretell.fleet.readers.native.identify", closed)
    seen = read(tmp_path)
    assert [(each.version, each.recognised) for each in installs(seen)] == [("2.1.91", Recognised.NAME)]
    assert NotExamined(str(program), "It cannot be read: Permission denied.") in seen


def test_the_users_own_folder_for_data(tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    put(data, "claude/versions/2.1.91")
    home.mkdir()
    environment = {"XDG_DATA_HOME": str(data), "HOME": str(home)}
    assert [each.version for each in installs(read(home, environment=environment))] == ["2.1.91"]
    assert installs(read(home, environment={**environment, "HOME": "/somebody/else"})) == []
    assert installs(read(home, environment={**environment, "XDG_DATA_HOME": "relative"})) == []
