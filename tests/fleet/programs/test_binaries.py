"""Programs that no known installer put there."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.fleet.programs import made_up
from wiretell.fleet.programs import forms
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.readers.binaries import Binaries
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.walk.interface import Hit, Home, Mark, Surroundings, Walked
from wiretell.model.fleet import Examined, Install, Manager, NotExamined, Recognised, Scope


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PROGRAM_MIN", 100_000)


def read(home: Path, *paths: str, owned: Collection[str] = (), system: bool = False) -> list[Seen]:
    hits = tuple(Hit(Mark.PROGRAM, str(home / path), "" if system else str(home)) for path in paths)
    around = Surroundings(homes=(Home("dev", str(home / "none" if system else home)),))
    return list(Binaries(Digests(None)).read(Walked(hits, 0), around, owned))


def installs(seen: list[Seen]) -> list[Install]:
    return [each for each in seen if isinstance(each, Install)]


def reasons(seen: list[Seen]) -> dict[str, str]:
    return {Path(each.what).name: each.why for each in seen if isinstance(each, NotExamined)}


def examined(seen: list[Seen]) -> list[int]:
    return [each.entries for each in seen if isinstance(each, Examined)]


def test_a_renamed_program(tmp_path: Path) -> None:
    (tmp_path / "helper").write_bytes(made_up.bun(made_up.CLAUDE, "2.1.91"))
    seen = read(tmp_path, "helper")
    assert installs(seen) == [
        Install(
            product="claude-code",
            vendor="anthropic",
            name="helper",
            version="2.1.91",
            manager=Manager.BINARY,
            scope=Scope.USER,
            user="dev",
            path=str(tmp_path / "helper"),
            hashed=str(tmp_path / "helper"),
            recognised=Recognised.CONTENT,
        )
    ]
    assert examined(seen) == [1] and not reasons(seen)


def test_outside_of_homes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(made_up.bun(made_up.CLAUDE))
    (found,) = installs(read(tmp_path, "x", system=True))
    assert (found.scope, found.user) == (Scope.SYSTEM, "")


def test_what_others_have_found_is_theirs(tmp_path: Path) -> None:
    package = tmp_path / "lib/node_modules/@anthropic-ai/claude-code"
    package.mkdir(parents=True)
    (package / "claude").write_bytes(made_up.bun(made_up.CLAUDE))
    (tmp_path / "claude").symlink_to(package / "claude")
    (tmp_path / "real").symlink_to("lib")
    paths = ("lib/node_modules/@anthropic-ai/claude-code/claude", "claude")
    for owned in (package, tmp_path / "real/node_modules/@anthropic-ai/claude-code"):
        seen = read(tmp_path, *paths[owned != package :], owned={str(owned)})
        assert installs(seen) == [] and examined(seen) == [0]
    assert len(installs(read(tmp_path, *paths, owned={str(package)[:-1]}))) == 1


def test_links_stand_beside_their_program(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far/tool").write_bytes(made_up.bun(made_up.CLAUDE))
    (tmp_path / "claude").symlink_to("far/tool")
    (tmp_path / "codex").symlink_to("claude")
    for paths in (("claude", "codex"), ("claude", "codex", "far/tool"), ("far/tool", "codex", "claude")):
        (found,) = installs(read(tmp_path, *paths))
        assert found.path == str(tmp_path / "far/tool")
        assert found.commands == (str(tmp_path / "claude"), str(tmp_path / "codex"))


def test_a_path_stays_as_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "disk/home").mkdir(parents=True)
    (tmp_path / "home").symlink_to("disk/home")
    (tmp_path / "home/tool").write_bytes(made_up.bun(made_up.CLAUDE))
    (tmp_path / "home/claude").symlink_to("tool")
    for names in (("claude", "tool"), ("tool", "claude")):
        (found,) = installs(read(tmp_path / "home", *names))
        assert (found.path, found.commands) == (str(tmp_path / "home/tool"), (str(tmp_path / "home/claude"),))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello", "It is named like claude-code's program, but nothing in it says so."),
        (made_up.native("claude-cli/2.1.91"), "It is named like claude-code's program, but nothing in it says so."),
        (
            b"#!/bin/sh\nexec echo hello\n",
            "It is a script named like claude-code's program, but nothing in it says so.",
        ),
        (
            b'#!/bin/sh\nexec npx -y "@anthropic-ai/claude-code" "$@"\n',
            "It is a script that starts the package @anthropic-ai/claude-code; where from, is not told by it.",
        ),
        (
            b"#!/bin/sh\nnode ~/x/node_modules/@openai/codex/bin/codex.js\n",
            "It is a script that starts the package @openai/codex; where from, is not told by it.",
        ),
    ],
)
def test_a_name_alone_proves_nothing(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "claude").write_bytes(content)
    seen = read(tmp_path, "claude")
    assert installs(seen) == []
    assert reasons(seen) == {"claude": why}


def test_a_script_that_starts_what_others_have_found(tmp_path: Path) -> None:
    (tmp_path / "claude").write_text(f'#!/bin/sh\nexec node "{tmp_path}/lib/claude-code/cli.js" "$@"\n')
    """One that does nothing else is theirs already (`starters`)."""
    owned = {str(tmp_path / "lib/claude-code")}
    assert "does more" in reasons(read(tmp_path, "claude", owned=owned))["claude"]
    assert reasons(read(tmp_path, "claude", owned={*owned, str(tmp_path / "claude")})) == {}


@pytest.mark.parametrize(
    ("links", "scope", "user"),
    [
        (("home/bin/claude",), Scope.USER, "dev"),
        (("home/bin/claude", "usr/claude"), Scope.SYSTEM, ""),
        (("usr/claude",), Scope.SYSTEM, ""),
    ],
)
def test_outside_of_all_that_is_looked_through(tmp_path: Path, links: tuple[str, ...], scope: Scope, user: str) -> None:
    """A link on PATH leads there: it serves the one user whose link it is, or everybody."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/tool").write_bytes(made_up.bun(made_up.CLAUDE))
    hits = []
    for link in links:
        (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / link).symlink_to(tmp_path / "data/tool")
        hits.append(Hit(Mark.PROGRAM, str(tmp_path / link), ""))
    around = Surroundings(homes=(Home("dev", str(tmp_path / "home")),), root=str(tmp_path / "root"))
    (found,) = installs(list(Binaries(Digests(None)).read(Walked(tuple(hits), 0), around, ())))
    assert (found.path, found.scope, found.user) == (str(tmp_path / "data/tool"), scope, user)
    assert "outside of the folders" in found.note


def test_other_names_are_not_worth_a_word(tmp_path: Path) -> None:
    (tmp_path / "editor").write_bytes(made_up.native("an editor"))
    seen = read(tmp_path, "editor")
    assert examined(seen) == [1] and len(seen) == 1


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "claude")
    (tmp_path / "codex").symlink_to("codex")
    (tmp_path / "goose").symlink_to("nowhere")
    found = reasons(read(tmp_path, "claude", "codex", "goose", "gone"))
    assert set(found) == {"claude", "codex"}
    assert found["claude"] == "It cannot be read: is no regular file."
    assert found["codex"].startswith("It cannot be read: ")


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\nb\xff\x1b[31m")
    (tmp_path / name).write_bytes(made_up.bun(made_up.CLAUDE))
    (found,) = installs(read(tmp_path, name))
    assert found.name == name
