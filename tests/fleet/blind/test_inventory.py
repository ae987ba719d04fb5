# ruff: noqa: PTH102
"""What an inventory finds in a home with everything in it, and what it never tells."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.fleet.blind import everything
from tests.fleet.blind.desk import (
    ELF,
    Desk,
    environment,
    extension,
    link,
    native,
    npm,
    prefix,
    tree,
    wheel,
    write,
)

pytestmark = pytest.mark.long  # they say again, from outside, what quick tests say of the parts

SCHEMAS = Path(__file__).parents[3] / "docs" / "formats"


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, everything.Everything]:
    folder = tmp_path_factory.mktemp("everything")
    return Desk(folder), everything.stage(folder / "home" / "dev")


@pytest.fixture(scope="module")
def inventory(staged: tuple[Desk, everything.Everything]) -> Any:
    desk, all_ = staged
    before = tree(all_.home)
    told = desk.json("inventory", "--home", all_.home)
    assert tree(all_.home) == before, "an inventory only reads"
    return told


def in_home(inventory: Any, home: Path) -> list[Any]:
    return [item for item in inventory["installs"] if item["path"].startswith(str(home))]


def test_a_home_without_an_account_in_passwd_is_looked_at_or_told(tmp_path: Path) -> None:
    """Accounts of a directory service stand in no passwd file; their homes lie in /home all the same."""
    root = tmp_path / "image"
    write(root / "etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    prefix(root / "home/dev/.nvm/versions/node/v22.1.0", "@openai/codex", "1.0.0", "codex")
    told = Desk(tmp_path).json("inventory", "--root", root)
    missed = " ".join(item["what"] for item in told["not_examined"])
    assert [item["product"] for item in told["installs"]] == ["codex"] or "home/dev" in missed


def test_every_install_is_found_once_with_version_and_manager(
    staged: tuple[Desk, everything.Everything], inventory: Any
) -> None:
    _, all_ = staged
    found = [
        ((item["product"], item["version"], item["manager"]), item["path"]) for item in in_home(inventory, all_.home)
    ]
    assert sorted(found) == sorted((key, str(path)) for key, path in all_.expected.items())


def test_what_would_bring_an_install_back_is_named(staged: tuple[Desk, everything.Everything], inventory: Any) -> None:
    _, all_ = staged
    by_path = {item["path"]: item for item in in_home(inventory, all_.home)}
    for key, wanting in all_.wanted.items():
        assert str(wanting) in by_path[str(all_.expected[key])].get("wanted_by", []), key


def test_hashes_are_those_of_the_files(staged: tuple[Desk, everything.Everything], inventory: Any) -> None:
    _, all_ = staged
    for item in in_home(inventory, all_.home):
        assert item["sha256"] == hashlib.sha256(Path(item["hashed"]).read_bytes()).hexdigest(), item["path"]


def test_commands_that_start_it_are_named(staged: tuple[Desk, everything.Everything], inventory: Any) -> None:
    _, all_ = staged
    home = all_.home
    commands = {command for item in in_home(inventory, home) for command in item.get("commands", [])}
    expected = {
        ".nvm/versions/node/v22.11.0/bin/claude",
        ".nvm/versions/node/v20.18.0/bin/claude",
        ".local/share/fnm/node-versions/v20.11.0/installation/bin/codex",
        ".npm-global/bin/qwen",
        ".local/share/pnpm/opencode",
        ".yarn/bin/amp",
        ".bun/bin/crush",
        ".local/bin/aider",
        ".local/bin/kimi",
        ".local/bin/mini",
        ".local/bin/claude",
        ".local/bin/cursor-agent",
    }
    assert {str(home / name) for name in expected} <= commands


def test_the_document_is_of_its_published_schema(inventory: Any) -> None:
    jsonschema.validate(inventory, json.loads((SCHEMAS / "fleet-inventory.schema.json").read_text()))


def test_settings_tell_hosts_and_models(staged: tuple[Desk, everything.Everything], inventory: Any) -> None:
    _, all_ = staged
    home = all_.home
    told = {
        (str(Path(item["path"]).relative_to(home)), item.get("host") or item.get("model") or "")
        for item in inventory["settings"]
        if item["path"].startswith(str(home))
    }
    expected = {
        (".claude/settings.json", "claude-opus-4-6"),
        (".claude/settings.json", "gw.internal"),
        (".claude.json", "mcp.internal"),
        ("work/shop/.claude/settings.local.json", "claude-haiku-4-5"),
        ("work/shop/.vscode/mcp.json", "mcp.internal"),
        ("work/shop/.env", "dotenv.internal"),
        ("work/shop/.env", "gpt-5"),
        (".codex/config.toml", "gpt-5-codex"),
        (".codex/config.toml", "llm.corp.example"),
        (".gemini/settings.json", "gemini-3-pro"),
        (".gemini/settings.json", "g.internal"),
        (".config/opencode/opencode.json", "oc.internal"),
        (".config/opencode/opencode.json", "anthropic/claude-sonnet-4-5"),
        (".aider.conf.yml", "claude-opus-4-6"),
        (".aider.conf.yml", "aider.internal"),
        (".continue/config.yaml", "continue.internal"),
        (".bashrc", "shell.internal"),
        (".bashrc", "two.internal"),
        (".bashrc", "alias.internal"),
        (".bashrc", "claude-haiku-4-5"),
        (".config/fish/config.fish", "fish.internal"),
        (".zshrc", "zsh.internal"),
    }
    assert not expected - told
    keys = {item["key"].rpartition(".")[2] for item in inventory["settings"] if item["kind"] == "mcp"}
    assert {"github", "remote", "inproject", "shopserver", "vsserver", "docs", "g"} <= keys


def test_no_secret_is_told(staged: tuple[Desk, everything.Everything], inventory: Any) -> None:
    desk, all_ = staged
    assert len(all_.secrets.made) > 50
    assert all_.secrets.told(json.dumps(inventory)) == []
    text = desk.run("inventory", "--home", all_.home, "--verbose")
    assert all_.secrets.told(text.out + text.err) == []


def test_nothing_that_is_remembered_holds_a_secret(staged: tuple[Desk, everything.Everything], inventory: Any) -> None:
    desk, all_ = staged
    kept = [path for path in (desk.folder / "own").rglob("*") if path.is_file()]
    for path in kept:
        assert all_.secrets.told(path.read_bytes().decode("latin-1")) == [], path


def test_an_image_tells_the_same_as_the_home(tmp_path: Path) -> None:
    root = tmp_path / "image"
    all_ = everything.stage(root / "home" / "dev")
    write(root / "etc/passwd", "root:x:0:0::/root:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/bash\n")
    expected = {key: "/" + str(path.relative_to(root)) for key, path in all_.expected.items()}
    status = (
        "Package: kiro-cli\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.19.0-2\n"
        "Description: an agent\n that: has\n .\n lines\n\n"
        "Package: amazon-q\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0\n\n"
        "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2\n"
    )
    write(root / "var/lib/dpkg/status", status)
    write(root / "var/lib/dpkg/info/kiro-cli.list", "/.\n/usr\n/usr/bin\n/usr/bin/kiro-cli\n")
    write(root / "usr/bin/kiro-cli", ELF, 0o755)
    wheel(root / "usr/local/lib/python3.11/dist-packages", "openhands-ai", "1.0.2")
    prefix(root / "usr/local", "droid", "0.26.0", "droid")
    write(
        root / "etc/claude-code/managed-settings.json",
        {
            "model": "claude-opus-4-6",
            "env": {"ANTHROPIC_BASE_URL": f"https://{all_.secrets.new('managed')}@m.internal"},
        },
    )
    told = Desk(tmp_path).json("inventory", "--root", root)
    assert not told["processes"]
    found = {}
    for item in told["installs"]:
        key = (item["product"], item["version"].removeprefix("1:"), item["manager"])
        found[key] = item["path"].removeprefix(str(root))
    debian = {key for key in found if key[2] == "debian"}
    assert debian == {("kiro-cli", "1.19.0-2", "debian")} or debian == {("kiro-cli", "1.19.0", "debian")}
    rest = {key: path for key, path in found.items() if key not in debian}
    assert rest.pop(("droid", "0.26.0", "npm-global")) == "/usr/local/lib/node_modules/droid"
    assert ("openhands", "1.0.2", "pip-system") in rest
    rest.pop(("openhands", "1.0.2", "pip-system"))
    assert rest == expected
    managed = [item for item in told["settings"] if item["kind"] == "managed"]
    assert {item.get("host") or item.get("model") for item in managed} == {"m.internal", "claude-opus-4-6"}
    assert all_.secrets.told(json.dumps(told)) == []


# What is broken


def test_a_broken_manifest_hides_no_agent(tmp_path: Path) -> None:
    home = tmp_path / "home"
    modules = home / ".nvm/versions/node/v22.1.0/lib/node_modules"
    bodies = {
        "@anthropic-ai/claude-code": b'{"name": "@anthropic-ai/claude-code", "version": ',
        "@openai/codex": b"[]",
        "@google/gemini-cli": b"\xff\xfe\x00",
        "opencode-ai": b"[" * 200_000,
        "@qwen-code/qwen-code": b'{"name": "@qwen-code/qwen-code", "version": {"a": 1}}',
        "cline": b"",
        "droid": b'{"name": "droid", "version": 7}',
        "@sourcegraph/amp": b'\xef\xbb\xbf{"name": "@sourcegraph/amp", "version": "1.0.0"}',
    }
    for name, body in bodies.items():
        npm(modules, name, "1.0.0")
        write(modules / name / "package.json", body)
    npm(modules, "@kilocode/cli", "1.0.0")
    (modules / "@kilocode/cli/package.json").unlink()
    told = Desk(tmp_path).json("inventory", "--home", home)
    found = {item["path"]: item["version"] for item in in_home(told, home)}
    missed = " ".join(item["what"] for item in told["not_examined"])
    for name in bodies:
        path = str(modules / name)
        assert path in found or path in missed, name
        assert path not in found or found[path] in {"", "1.0.0"}, (name, found[path])


def test_broken_metadata_hides_no_agent(tmp_path: Path) -> None:
    home = tmp_path / "home"
    site = home / ".local/lib/python3.11/site-packages"
    broken = wheel(site, "aider-chat", "0.86.2")
    write(broken / "METADATA", b"\xff\xff garbage")
    empty = wheel(site, "kimi-cli", "0.5.0")
    write(empty / "METADATA", b"")
    gone = wheel(site, "mistral-vibe", "1.0.0")
    for name in ("METADATA", "RECORD"):
        (gone / name).unlink()
    odd = wheel(site, "mini-swe-agent", "1.0.0")
    write(odd / "RECORD", b'\xff\xfe\n,,,,,\n"unclosed')
    told = Desk(tmp_path).json("inventory", "--home", home)
    found = {item["product"]: item["version"] for item in in_home(told, home)}
    assert found.keys() == {"aider", "kimi-cli", "vibe", "mini-swe-agent"}
    assert found["mini-swe-agent"] == "1.0.0"
    assert found["aider"] in {"", "0.86.2"}


def test_broken_settings_are_told_and_end_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    broken = {
        ".claude/settings.json": b'{"model": "claude-opus-4-6",,}',
        ".claude.json": b"[" * 100_000,
        ".codex/config.toml": b'model = "unclosed\n[',
        ".gemini/settings.json": b"\xff\xfe\x00\x01",
        ".config/opencode/opencode.json": b"null null",
        ".aider.conf.yml": b"a: [unclosed\n b: : :",
    }
    for name, body in broken.items():
        write(home / name, body)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    write(home / ".continue/config.yaml", bomb)
    write(home / "work/x/package.json", b"{")
    write(home / "work/x/.mcp.json", b'{"mcpServers": ["a", 1, null]}')
    write(home / ".cursor/mcp.json", b'{"mcpServers": {"a": {"command": ["x"], "url": 7}, "b": null}}')
    begun = time.monotonic()
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert time.monotonic() - begun < 20
    missed = " ".join(item["what"] for item in told["not_examined"])
    for name in broken:
        assert str(home / name) in missed, name


def test_json_with_comments_and_trailing_commas_is_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(
        home / ".gemini/settings.json",
        '\ufeff{\n  // one\n  /* two */ "model": {"name": "gemini-3-pro",},\n  "x": "// no comment",\n}\n',
    )
    write(home / ".config/opencode/opencode.jsonc", '{"model": "openai/gpt-5", // c\n}')
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert {item.get("model") for item in told["settings"]} >= {"gemini-3-pro", "openai/gpt-5"}


def test_what_never_ends_and_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    home = tmp_path / "home"
    link(home / ".bashrc", "/dev/zero")
    os.mkfifo(home / ".zshrc")
    write(home / "work/p/package.json", "{}")
    os.mkfifo(home / "work/p/.env")
    modules = home / "work/p/node_modules"
    npm(modules, "@openai/codex", "1.0.0")
    (modules / "@openai/codex/package.json").unlink()
    os.mkfifo(modules / "@openai/codex/package.json")
    npm(modules, "cline", "1.0.0")
    with (modules / "cline/package.json").open("wb") as huge:
        huge.truncate(1 << 28)
    write(home / ".claude/settings.json", "{}")
    with (home / ".claude/settings.json").open("wb") as huge:
        huge.truncate(3 << 30)
    link(home / ".codex/config.toml", "/dev/full")
    (home / ".gemini/settings.json").mkdir(parents=True)
    begun = time.monotonic()
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert time.monotonic() - begun < 20
    missed = " ".join(item["what"] for item in told["not_examined"])
    assert str(home / ".claude/settings.json") in missed
    paths = {item["path"] for item in in_home(told, home)}
    for name in ("@openai/codex", "cline"):
        assert str(modules / name) in paths or str(modules / name) in missed, name


def test_links_in_circles_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    project = home / "work/p"
    write(project / "package.json", "{}")
    npm(project / "node_modules", "@openai/codex", "1.0.0", "codex")
    link(project / "self", ".")
    link(project / "up", "../..")
    link(project / "node_modules/p", "..")
    link(project / "node_modules/@google/gemini-cli", "../@google/gemini-cli")
    link(project / "node_modules/cline", "opencode-ai")
    link(project / "node_modules/opencode-ai", "cline")
    link(home / ".nvm/versions/node/v1", "../../..")
    link(home / ".local/bin/claude", "claude")
    link(home / ".claude", ".claude")
    for words in ((), ("--deep",)):
        told = Desk(tmp_path).json("inventory", "--home", home, *words)
        assert [item["product"] for item in in_home(told, home)] == ["codex"]


def test_two_names_of_one_home_are_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    prefix(home / ".nvm/versions/node/v22.1.0", "@openai/codex", "1.0.0", "codex")
    link(tmp_path / "alias", home)
    told = Desk(tmp_path).json("inventory", "--home", home, "--home", tmp_path / "alias", "--home", f"{home}/")
    assert len([item for item in told["installs"] if item["product"] == "codex"]) == 1


# Names


HOSTILE = "a\nFAKE LINE\r\x1b[2J\x1b]0;title\x07\u202eb"


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    home = tmp_path / "home"
    modules = home / "work" / HOSTILE / "node_modules"
    write(modules.parent / "package.json", "{}")
    npm(modules, "@openai/codex", "1.0.0")
    raw = os.fsencode(home / "work") + b"/\xff\xfe\n"
    os.mkdir(raw)
    bad = Path(os.fsdecode(raw))
    write(bad / "package.json", "{}")
    npm(bad / "node_modules", "@anthropic-ai/claude-code", "2.1.91")
    npm(home / "work/v/node_modules", "cline", "1.0\x1b[31m\nBANNED nothing")
    write(home / "work/v/package.json", "{}")
    write(
        home / ".claude/settings.json",
        {"model": "claude-\x1b[31mopus\nX", "env": {"ANTHROPIC_BASE_URL": "https://h\x1b[2J\n.internal"}},
    )
    write(home / ".claude.json", {"mcpServers": {"n\x1b[2J\nX": {"command": "c\x1b[2J\nY"}}})
    desk = Desk(tmp_path)
    desk.policy()
    told = desk.json("inventory", "--home", home)
    codex = next(item for item in told["installs"] if item["product"] == "codex")
    assert codex["path"] == str(modules / "@openai/codex")
    claude = next(item for item in told["installs"] if item["product"] == "claude-code")
    assert "\\udcff\\udcfe" in json.dumps(claude["path"]) or "\\\\udcff\\\\udcfe" in json.dumps(claude["path"])
    for words in (
        ["inventory", "--verbose"],
        ["check", "--on", "2026-07-10", "--verbose"],
        ["remove", "--on", "2026-07-10", "--verbose"],
    ):
        answer = desk.run(*words, "--home", home)
        assert answer.code in {0, 1}, answer.err
        for text in (answer.out, answer.err):
            assert not set("\x1b\x07\r\u202e") & set(text), words
            assert not [line for line in text.splitlines() if line.startswith(("FAKE LINE", "BANNED nothing"))]
    stored = write(tmp_path / "stored.json", json.dumps(told))
    assert desk.run("check", "--on", "2026-07-10", "--inventory", stored).code == 1


def test_letter_case_hides_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    wheel(home / ".local/lib/python3.11/site-packages", "Aider.Chat", "0.86.2")
    extension(home / ".vscode/extensions", "ANTHROPIC", "Claude-Code", "2.1.150")
    folder = home / ".vscode-insiders/extensions/SaoudRizwan.Claude-Dev-3.0.0"
    write(folder / "package.json", {"name": "Claude-Dev", "publisher": "SaoudRizwan", "version": "3.0.0"})
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert {(item["product"], item["version"]) for item in in_home(told, home)} == {
        ("aider", "0.86.2"),
        ("claude-code", "2.1.150"),
        ("cline", "3.0.0"),
    }


def test_a_project_of_the_same_name_is_no_agent(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(home / "work/claude/package.json", {"name": "claude", "version": "1.0.0"})
    write(home / "work/x/package.json", {"name": "x"})
    npm(home / "work/x/node_modules", "claude-code", "1.0.0")
    npm(home / "work/x/node_modules", "@evil/claude-code", "1.0.0")
    npm(home / "work/x/node_modules", "codex", "1.0.0")
    write(home / ".local/bin/goose", "#!/bin/sh\necho database migrations\n", 0o755)
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert in_home(told, home) == []


def test_two_native_versions_are_two_installs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    native(home, "2.1.90", linked=False)
    native(home, "2.1.197")
    told = Desk(tmp_path).json("inventory", "--home", home)
    found = {(item["version"], item["manager"], bool(item.get("commands"))) for item in in_home(told, home)}
    assert found == {("2.1.90", "native", False), ("2.1.197", "native", True)}


@pytest.mark.parametrize("words", [[], ["--deep"]])
def test_an_agent_under_another_name_in_npm_is_found_or_told_as_unseen(tmp_path: Path, words: list[str]) -> None:
    """`npm install cc@npm:@anthropic-ai/claude-code` puts it into node_modules/cc."""
    home = tmp_path / "home"
    project = home / "work/p"
    write(project / "package.json", {"dependencies": {"cc": "npm:@anthropic-ai/claude-code@2.1.91"}})
    folder = npm(project / "node_modules", "cc", "2.1.91")
    write(folder / "package.json", {"name": "@anthropic-ai/claude-code", "version": "2.1.91"})
    told = Desk(tmp_path).json("inventory", "--home", home, *words)
    found = {(item["product"], item["version"], item["manager"]) for item in in_home(told, home)}
    missed = json.dumps(told["not_examined"])
    assert found == {("claude-code", "2.1.91", "npm-project")} or "alias" in missed or "another name" in missed


def test_a_key_pasted_where_a_url_belongs_is_not_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    keys = [
        "sk-ant-api03-AbCdEf0123456789-x_Y",
        "0123456789abcdef0123456789abcdef",
        "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cD1fG",
        "hf_AbCdEfGhIjKlMnOpQrStUvWxYz01",
    ]
    write(home / ".bashrc", "".join(f"export OPENAI_BASE_URL={key}\n" for key in keys))
    write(home / ".zshrc", "export OPENAI_BASE_URL=localhost:8080\n")
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert "localhost" in {item.get("host") for item in told["settings"]}
    assert [key for key in keys if key.lower() in json.dumps(told).lower()] == []


def test_a_manifest_that_points_elsewhere_reads_nothing_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    secret = write(home / ".ssh/id_ed25519", "private\n")
    modules = home / ".nvm/versions/node/v22.1.0/lib/node_modules"
    folder = npm(modules, "@openai/codex", "1.0.0")
    up = os.path.relpath(secret, folder)
    write(folder / "package.json", {"name": "@openai/codex", "version": "1.0.0", "bin": {"codex": up}, "main": up})
    told = Desk(tmp_path).json("inventory", "--home", home)
    assert hashlib.sha256(b"private\n").hexdigest() not in json.dumps(told)
    assert len(in_home(told, home)) == 1


# What may not be seen


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Desk]:
    """A desk of an ordinary user: of ourselves, or of dev1 where we are root."""
    if os.geteuid() != 0:
        yield Desk(tmp_path)
        return
    try:
        shutil.chown(tmp_path, "dev1", "dev1")
    except LookupError:
        pytest.skip("no ordinary user here")
    opened = []
    for folder in tmp_path.parents:
        if not folder.stat().st_mode & 0o001:
            opened.append((folder, folder.stat().st_mode))
            folder.chmod(folder.stat().st_mode | 0o011)
    yield Desk(tmp_path, "dev1")
    for folder, mode in opened:
        folder.chmod(mode)


def give(desk: Desk, folder: Path) -> None:
    if desk.user is not None:
        subprocess.run(["chown", "-hR", f"{desk.user}:{desk.user}", str(folder)], check=True)


def test_what_may_not_be_read_is_told(stranger: Desk, tmp_path: Path) -> None:
    home = tmp_path / "home"
    closed = home / "work/closed"
    prefix(closed / ".nvm/versions/node/v22.1.0", "@openai/codex", "1.0.0", "codex")
    write(home / ".claude/settings.json", {"model": "claude-opus-4-6"}, 0o000)
    write(home / ".bashrc", "export ANTHROPIC_BASE_URL=https://a.internal\n", 0o000)
    modules = home / ".nvm/versions/node/v22.1.0/lib/node_modules"
    npm(modules, "cline", "1.0.0")
    (modules / "cline/package.json").chmod(0)
    npm(modules, "opencode-ai", "1.0.0")
    give(stranger, home)
    closed.chmod(0)
    (modules / "opencode-ai").chmod(0)
    try:
        told = stranger.json("inventory", "--home", home)
        text = stranger.run("inventory", "--home", home, "--verbose")
    finally:
        closed.chmod(0o755)
        (modules / "opencode-ai").chmod(0o755)
    missed = " ".join(item["what"] for item in told["not_examined"])
    for path in (closed, home / ".claude/settings.json", home / ".bashrc"):
        assert str(path) in missed, path
        assert str(path) in text.out.replace("\n  ", ""), path
    found = {item["path"]: item["version"] for item in told["installs"]}
    for name in ("cline", "opencode-ai"):
        assert found.get(str(modules / name)) == "" or str(modules / name) in missed, name


def test_other_homes_are_named_as_not_seen(stranger: Desk, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    give(stranger, home)
    told = stranger.json("inventory", "--home", home)
    assert told["machine"]["root"] is False
    assert any("root can read" in item["why"] for item in told["not_examined"])


@pytest.mark.parametrize(
    "words",
    [
        ["--home", "does-not-exist"],
        ["--root", "does-not-exist"],
        ["--home", "file"],
        ["--output", "no/such/folder/x.json"],
    ],
)
def test_wrong_use_is_one_sentence(tmp_path: Path, words: list[str]) -> None:
    write(tmp_path / "file", "")
    answer = Desk(tmp_path).run("inventory", *words)
    assert answer.code == 2, answer
    assert len([line for line in answer.err.splitlines() if line.strip()]) == 1, answer.err
    assert not answer.out


# What runs


def test_a_script_that_an_interpreter_runs_is_an_agent_that_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = prefix(home / ".nvm/versions/node/v22.11.0", "@anthropic-ai/claude-code", "2.1.91", "claude")
    node = link(home / ".nvm/versions/node/v22.11.0/bin/node", sys.executable)
    write(folder / "cli.js", "import sys, time\nprint('up', flush=True)\ntime.sleep(60)\n", 0o755)
    secret = "S3cr3tArgument"
    quiet = shutil.copy("/bin/sleep", tmp_path / "claude")
    running = [
        subprocess.Popen([str(node), str(folder / "cli.js"), "--api-key", secret], stdout=subprocess.PIPE),
        subprocess.Popen([str(quiet), "60"]),
    ]
    try:
        assert running[0].stdout is not None
        running[0].stdout.readline()
        desk = Desk(tmp_path)
        told = desk.json("inventory", "--home", home)
        text = desk.run("inventory", "--home", home, "--verbose")
    finally:
        for process in running:
            process.kill()
            process.wait()
    mine = {process.pid for process in running}
    (found,) = [item for item in told["processes"] if item["pid"] in mine]
    (install,) = in_home(told, home)
    assert (found["pid"], found["product"], found["version"]) == (running[0].pid, "claude-code", "2.1.91")
    assert found["install"] == install["id"]
    assert secret not in json.dumps(told) + text.out + text.err


def test_a_home_that_changes_is_seen_the_second_time(tmp_path: Path) -> None:
    home = tmp_path / "home"
    node = home / ".nvm/versions/node/v22.11.0"
    folder = prefix(node, "@openai/codex", "1.0.0", "codex")
    desk = Desk(tmp_path)
    first = desk.json("inventory", "--home", home)
    assert [item["version"] for item in in_home(first, home)] == ["1.0.0"]
    shutil.rmtree(folder)
    npm(node / "lib/node_modules", "@openai/codex", "1.0.1")
    environment(home / "work/new/venv", "aider-chat", "0.86.2")
    second = desk.json("inventory", "--home", home)
    fresh = desk.json("inventory", "--home", home, "--fresh")
    assert [item["version"] for item in in_home(second, home)] == ["0.86.2", "1.0.1"]
    assert second["installs"] == fresh["installs"]
