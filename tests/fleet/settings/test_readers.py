"""The two readers on homes and systems made of files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.readers.settings import SettingsFiles, form_of
from wiretell.fleet.readers.shell import ShellFiles
from wiretell.fleet.walk.interface import Hit, Home, Mark, Surroundings, Walked
from wiretell.model.fleet import Examined, NotExamined, Setting, SettingKind


class Machine:
    """A root with one home, and what a walk would see of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home/dev"
        self.home.mkdir(parents=True)

    def write(self, path: str, content: object) -> str:
        """Write below the root; what is no text becomes JSON."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(target)

    def around(self, environment: Mapping[str, str] | None = None) -> Surroundings:
        return Surroundings((Home("dev", str(self.home)),), root=str(self.root), environment=environment or {})

    def walked(self) -> Walked:
        found = [f"{folder}/{name}" for folder, _, names in os.walk(self.home) for name in names]
        hits = (Hit(Mark.SETTINGS, path, str(self.home)) for path in sorted(found) if form_of(path))
        return Walked(tuple(hits), len(found))

    def settings(self, **environment: str) -> list[Setting]:
        return [each for each in self.seen(SettingsFiles(), **environment) if isinstance(each, Setting)]

    def shell(self, **environment: str) -> list[Setting]:
        return [each for each in self.seen(ShellFiles(), **environment) if isinstance(each, Setting)]

    def seen(self, reader: SettingsFiles | ShellFiles, **environment: str) -> list[Seen]:
        return list(reader.read(self.walked(), self.around(environment)))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_settings_of_a_user_a_project_and_an_administrator(machine: Machine) -> None:
    user = machine.write("home/dev/.claude/settings.json", {"model": "opus"})
    project = machine.write(
        "home/dev/work/p/.claude/settings.json", {"env": {"ANTHROPIC_BASE_URL": "https://gw.test/x"}}
    )
    managed = machine.write("etc/claude-code/managed-settings.json", {"model": "haiku"})
    dropped = machine.write("etc/claude-code/managed-settings.d/10-a.json", {"advisorModel": "opus"})
    machine.write("etc/claude-code/managed-settings.d/readme.txt", "no")
    found = {each.path: each for each in machine.settings()}
    assert set(found) == {user, project, managed, dropped}
    assert found[user] == Setting(
        kind=SettingKind.CONFIG,
        product="claude-code",
        vendor="anthropic",
        path=user,
        line=1,
        key="model",
        value="opus",
        model="claude-opus",
        user="dev",
    )
    assert (found[project].host, found[project].key) == ("gw.test", "env.ANTHROPIC_BASE_URL")
    assert (found[managed].kind, found[managed].user) == (SettingKind.MANAGED, "")


def test_servers_are_a_kind_of_their_own(machine: Machine) -> None:
    machine.write("home/dev/p/.mcp.json", {"mcpServers": {"a": {"command": "npx", "args": ["x"]}}})
    assert [(each.kind, each.key, each.value) for each in machine.settings()] == [
        (SettingKind.MCP, "mcpServers.a", "npx x")
    ]


def test_a_variable_belongs_to_its_own_agent(machine: Machine) -> None:
    machine.write("home/dev/p/.env", "GEMINI_MODEL=gemini-3-pro\nHTTPS_PROXY=http://p.test\n")
    assert [(each.product, each.vendor) for each in machine.settings()] == [("gemini-cli", "google"), ("", "")]


def test_folders_that_a_variable_moves(machine: Machine) -> None:
    moved = machine.write("srv/codex/config.toml", 'model = "gpt-5.1"\n')
    found = machine.settings(CODEX_HOME=str(machine.root / "srv/codex"), CLAUDE_CONFIG_DIR="relative")
    assert [(each.path, each.user) for each in found] == [(moved, "dev")]


def test_folders_and_names_that_programs_themselves_tell(machine: Machine) -> None:
    """As read out of cline 3.0.65, droid 0.215.0 and kilo 7.7.9."""
    moved = [
        machine.write("srv/cline/settings/providers.json", {"providers": {"o": {"settings": {"model": "a"}}}}),
        machine.write("srv/droid/.factory/settings.json", {"sessionDefaultSettings": {"model": "b"}}),
        machine.write("srv/kilo/opencode.jsonc", {"model": "c"}),
    ]
    of_the_system = [
        machine.write("etc/factory/settings.json", {"sessionDefaultSettings": {"model": "d"}}),
        machine.write("etc/kilo/kilo.json", {"model": "e"}),
    ]
    found = machine.settings(
        CLINE_DATA_DIR=str(machine.root / "srv/cline"),
        FACTORY_HOME_OVERRIDE=str(machine.root / "srv/droid"),
        KILO_CONFIG_DIR=str(machine.root / "srv/kilo"),
    )
    assert sorted((each.path, each.product) for each in found) == sorted(
        zip([*moved, *of_the_system], ["cline", "droid", "kilo-code", "droid", "kilo-code"], strict=True)
    )
    assert {each.path for each in found if each.kind is SettingKind.MANAGED} == {*of_the_system}


def test_kilo_reads_the_names_of_opencode_in_its_own_folders(machine: Machine) -> None:
    for folder in (".config/kilo", "p/.kilo", "p/.kilocode", ".config/opencode", "p"):
        machine.write(f"home/dev/{folder}/opencode.json", {"model": "m"})
    found = {each.path.removeprefix(f"{machine.home}/"): each.product for each in machine.settings()}
    assert found == {
        ".config/kilo/opencode.json": "kilo-code",
        "p/.kilo/opencode.json": "kilo-code",
        "p/.kilocode/opencode.json": "kilo-code",
        ".config/opencode/opencode.json": "opencode",
        "p/opencode.json": "opencode",
    }


def test_sub_agents_are_found_in_homes_and_beside_other_settings(machine: Machine) -> None:
    machine.write("home/dev/.claude/agents/a.md", "---\nmodel: opus\n---\n")
    machine.write("home/dev/.codex/work.config.toml", 'model = "o3"\n')
    machine.write("home/dev/p/.claude/settings.json", {"model": "haiku"})
    machine.write("home/dev/p/.claude/agents/b.md", "---\nmodel: sonnet\n---\n")
    machine.write("home/dev/q/opencode.json", {})
    machine.write("home/dev/q/.opencode/agents/c.md", "---\nmodel: lab/m\n---\n")
    models = sorted(each.model for each in machine.settings())
    assert models == ["claude-haiku", "claude-opus", "claude-sonnet", "lab/m", "o3"]


def test_what_cannot_be_read_is_said_with_its_path(machine: Machine) -> None:
    broken = machine.write("home/dev/.gemini/settings.json", '{"model": sk-secret')
    listed = machine.write("home/dev/p/opencode.json", "[1]")
    dangling = machine.home / ".claude.json"
    dangling.symlink_to("nowhere")
    seen = machine.seen(SettingsFiles())
    missing = [each for each in seen if isinstance(each, NotExamined)]
    assert {each.what for each in missing} == {broken, listed, str(dangling)}
    assert "secret" not in repr(missing)
    assert [each for each in seen if isinstance(each, Examined)] == [Examined("settings files", 3)]


def test_names_with_line_breaks_and_bytes_that_are_no_text(machine: Machine) -> None:
    path = machine.home / os.fsdecode(b"line\nbreak\xff") / ".env"
    path.parent.mkdir()
    path.write_text("OPENAI_BASE_URL=http://e.test\n")
    assert [each.path for each in machine.settings()] == [str(path)]


def test_start_files_of_every_shell(machine: Machine) -> None:
    expected = {
        machine.write("home/dev/.bashrc", "export ANTHROPIC_BASE_URL=https://a.test\n"): "a.test",
        machine.write("home/dev/.zshrc", "typeset -x OPENAI_BASE_URL=https://b.test\n"): "b.test",
        machine.write("home/dev/.config/fish/config.fish", "set -gx OLLAMA_HOST c.test:1\n"): "c.test",
        machine.write("home/dev/.config/fish/conf.d/x.fish", "set -x OLLAMA_HOST d.test\n"): "d.test",
        machine.write("home/dev/.config/environment.d/50-x.conf", "HTTPS_PROXY=http://e.test\n"): "e.test",
        machine.write("etc/environment", 'HTTPS_PROXY="http://f.test:3128"\n'): "f.test",
        machine.write("etc/profile.d/proxy.sh", "export https_proxy=http://g.test\n"): "g.test",
        machine.write("home/dev/.cshrc", "setenv OPENAI_BASE_URL https://h.test\n"): "h.test",
        machine.write(
            "home/dev/.config/systemd/user/a.service", '[Service]\nEnvironment="OLLAMA_HOST=i.test" X=y\n'
        ): "i.test",
        machine.write("home/dev/.config/systemd/user/b.service.d/o.conf", "Environment=OLLAMA_HOST=j.test\n"): "j.test",
        machine.write(
            "home/dev/.config/fish/fish_variables", "SETUVAR --export OPENAI_BASE_URL:https\\x3a//k.test\n"
        ): "k.test",
    }
    machine.write("home/dev/.profile", "# export OPENAI_BASE_URL=https://no.test\n")
    found = machine.shell()
    assert {each.path: each.host for each in found} == expected
    assert all(each.kind is SettingKind.SHELL and each.line >= 1 for each in found)
    assert {each.user for each in found if each.path.startswith(str(machine.home))} == {"dev"}


def test_what_only_a_shell_could_tell_is_computed(machine: Machine) -> None:
    machine.write(
        "home/dev/.bashrc", 'export ANTHROPIC_MODEL="$(pick)"\nif x; then HTTPS_PROXY=$P; fi\nOPENAI_MODEL=\n'
    )
    assert [(each.key, each.value, each.model, each.note) for each in machine.shell()] == [
        ("ANTHROPIC_MODEL", "(computed)", "", ""),
        ("HTTPS_PROXY", "(computed)", "", "It stands inside a function or a condition."),
    ]


def test_aliases_and_functions_that_start_agents(machine: Machine) -> None:
    machine.write(
        "home/dev/.zshrc",
        "alias cc='ANTHROPIC_BASE_URL=https://a.test claude --model opus --key hunter2'\n"
        "alias ll='ls -l'\nalias gemini='/opt/wrap hunter2'\ncodex() { command codex hunter2; }\n",
    )
    found = machine.shell()
    assert [(each.key, each.product, each.value, each.model) for each in found] == [
        ("alias cc", "claude-code", "claude", ""),
        ("alias cc --model", "claude-code", "opus", "claude-opus"),
        ("alias cc ANTHROPIC_BASE_URL", "claude-code", "https://a.test", ""),
        ("alias gemini", "gemini-cli", "wrap", ""),
        ("function codex", "codex", "", ""),
    ]
    assert "hunter2" not in repr(found)


def test_start_files_that_cannot_be_read(machine: Machine) -> None:
    os.mkfifo(machine.home / ".bashrc")
    (machine.home / ".zshrc").symlink_to(".zshrc")
    (machine.home / ".profile").mkdir()
    missing = [each.what for each in machine.seen(ShellFiles()) if isinstance(each, NotExamined)]
    assert missing == [str(machine.home / ".bashrc"), str(machine.home / ".zshrc")]


def test_a_home_and_a_system_with_nothing(machine: Machine) -> None:
    assert machine.seen(SettingsFiles()) == [Examined("settings files", 0)]
    assert machine.seen(ShellFiles()) == [Examined("start files of shells", 0)]
