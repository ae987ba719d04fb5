# ruff: noqa: UP031
"""Removals: a plan touches nothing, what is banned goes with proof, and nothing else is touched.

Safety: whatever removes has the test's folder as its root: nothing of the machine itself is looked at. `apply` first
takes the plan and refuses to go on where a step is about anything outside that folder.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.fleet.blind import everything
from tests.fleet.blind.desk import (
    ELF,
    PASSWD,
    Desk,
    environment,
    extension,
    link,
    native,
    npm,
    one_sentence,
    prefix,
    tree,
    wheel,
    write,
)
from tests.fleet.blind.removing import BAN, apply, everyday, gone, plan

pytestmark = pytest.mark.long  # they say again, from outside, what quick tests say of the parts

SCHEMA = Path(__file__).parents[3] / "docs/formats/fleet-removal.schema.json"
CLAUDE = "@anthropic-ai/claude-code"

# A whole home


def test_a_plan_touches_nothing_and_an_apply_nothing_else(desk: Desk) -> None:
    all_ = everything.stage(desk.folder / "home" / "dev")
    home = all_.home
    everyday(home)
    write(home / ".claude/projects/-home/1.jsonl", '{"a": 1}\n' * 100, 0o600)
    os.utime(home / ".claude/projects/-home/1.jsonl", (1_000_000_000, 1_000_000_000))
    desk.policy(BAN % "claude-code")
    before = tree(home)
    first = desk.run("remove", "--home", home, "--root", desk.folder, "--format", "json")
    assert (first.code, first.data["verdict"], first.data["applied"]) == (1, "planned", False)
    assert {step["state"] for step in first.data["steps"]} <= {"planned", "left"}
    assert tree(home) == before
    archive = desk.folder / "kept.tar.gz"
    answer = apply(desk, "--home", home, "--archive", archive)
    after = tree(home)
    lost = gone(before, after)
    installs = [path for key, path in all_.expected.items() if key[0] == "claude-code"]
    owned = [str(path.relative_to(home)) for path in installs]
    owned += [".claude", ".claude.json", ".local/bin/claude"]
    owned += [f".nvm/versions/node/{version}/bin/claude" for version in ("v20.18.0", "v22.11.0")]
    empty = {str(Path(path).parent) for path in owned} | {".local/share/claude"}
    strays = {path for path in lost if not any(path == own or path.startswith(f"{own}/") for own in owned)}
    assert strays <= empty, strays - empty
    assert all(not path.exists() and not path.is_symlink() for path in installs)
    document = answer.data
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    banned = [item for item in document["after"]["decisions"] if item["effect"] == "ban"]
    assert document["left"] == len(banned)
    assert {item["kind"] for item in banned} <= {"setting"}
    assert document["archive"] == str(archive)
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as kept:
        members = {f"/{member.name.lstrip('/')}": member for member in kept.getmembers()}
        for path, told in before.items():
            if told[0] == "file" and (path == ".claude.json" or path.startswith(".claude/")):
                file = kept.extractfile(members[str(home / path)])
                assert file is not None
                assert len(file.read()) > 0
    assert all_.secrets.told(answer.out) == []
    text = desk.run("remove", "--home", home, "--root", desk.folder, "--verbose")
    assert all_.secrets.told(text.out) == []
    restored = desk.run("remove", "--restore", archive)
    assert restored.code == 0, restored
    now = tree(home)
    config = {path: told for path, told in before.items() if path == ".claude.json" or path.split("/")[0] == ".claude"}
    assert {path: now.get(path) for path in config} == config
    assert int((home / ".claude/projects/-home/1.jsonl").stat().st_mtime) == 1_000_000_000


def test_nothing_banned_is_nothing_done(desk: Desk) -> None:
    home = desk.folder / "home"
    prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    desk.policy(BAN % "kimi-cli")
    before = tree(home)
    for words in ([], ["--apply"]):
        document = desk.run("remove", "--home", home, "--root", desk.folder, "--format", "json", *words)
        assert (document.code, document.data["verdict"], document.data["steps"]) == (0, "nothing", [])
    assert tree(home) == before
    assert not list((desk.folder / "own").rglob("*.tar.gz"))


@pytest.mark.parametrize("manager", ["npm", "pip", "venv", "bun", "pnpm", "yarn", "extension", "uv", "pipx", "native"])
def test_each_kind_goes_and_its_neighbour_stays(desk: Desk, manager: str) -> None:
    """Each install lies beside another product's of the same kind. An image is quicker, and holds nothing that runs."""
    image = desk.folder / "image"
    write(image / "etc/passwd", PASSWD)
    home = image / "home/dev"
    everyday(home)
    local = home / ".local"
    match manager:
        case "npm":
            product = "codex"
            prefix(home / ".nvm/versions/node/v1.0.0", "@openai/codex", "1.0.0", "codex")
            prefix(home / ".nvm/versions/node/v1.0.0", "@openai/other", "1.0.0", "other")
        case "pip":
            product = "aider"
            site = local / "lib/python3.11/site-packages"
            wheel(site, "aider-chat", "0.86.2", scripts=local / "bin")
            wheel(site, "requests", "2.0.0", scripts=local / "bin")
        case "venv":
            product = "aider"
            venv = environment(home / "work/ml/venv", "aider-chat", "0.86.2")
            wheel(venv / "lib/python3.11/site-packages", "requests", "2.0.0", scripts=venv / "bin")
        case "uv" | "pipx":
            product = "aider"
            tools = local / ("share/uv/tools" if manager == "uv" else "share/pipx/venvs")
            tool = environment(tools / "aider-chat", "aider-chat", "0.86.2", manager)
            receipt = '[tool]\nrequirements = [{ name = "aider-chat" }]\nentrypoints = []\n'
            write(tool / ("uv-receipt.toml" if manager == "uv" else "pipx_metadata.json"), receipt)
            link(local / "bin/aider", f"/home/dev/.local/{tools.relative_to(local)}/aider-chat/bin/aider")
            link(local / "bin/ruff", "/home/dev/elsewhere/ruff")
            environment(tools / "ruff", "ruff", "0.9.0", manager)
        case "bun":
            product = "crush"
            bun = home / ".bun/install/global"
            npm(bun / "node_modules", "@charmland/crush", "0.9.0", "crush")
            link(home / ".bun/bin/crush", "../install/global/node_modules/@charmland/crush/cli.js")
            npm(bun / "node_modules", "left-pad", "1.0.0")
        case "pnpm":
            product = "opencode"
            pnpm = local / "share/pnpm/global/5/node_modules"
            npm(pnpm / ".pnpm/opencode-ai@1.0.0/node_modules", "opencode-ai", "1.0.0")
            link(pnpm / "opencode-ai", ".pnpm/opencode-ai@1.0.0/node_modules/opencode-ai")
            npm(pnpm / ".pnpm/left-pad@1.0.0/node_modules", "left-pad", "1.0.0")
            link(pnpm / "left-pad", ".pnpm/left-pad@1.0.0/node_modules/left-pad")
        case "yarn":
            product = "amp"
            yarn = home / ".config/yarn/global/node_modules"
            npm(yarn, "@sourcegraph/amp", "0.0.1", "amp", yarn / ".bin")
            link(home / ".yarn/bin/amp", "../../.config/yarn/global/node_modules/.bin/amp")
            npm(yarn, "left-pad", "1.0.0", "pad", yarn / ".bin")
        case "extension":
            product = "cline"
            extension(home / ".vscode/extensions", "saoudrizwan", "claude-dev", "3.0.0")
            extension(home / ".vscode/extensions", "someone", "theme", "1.0.0")
        case _:
            product = "cursor-agent"
            program = local / "share/cursor-agent/versions/2025.01.01-abc/cursor-agent"
            write(program, ELF, 0o755)
            link(local / "bin/cursor-agent", "/" + str(program.relative_to(image)))
            native(home, "2.1.197")
    desk.policy(BAN % product)
    others = {
        path: told
        for path, told in tree(home).items()
        if not any(word in path for word in (product, "aider", "codex", "crush", "opencode", "amp", "claude-dev"))
        and path != ".vscode/extensions/extensions.json"
    }
    names = {part for path in others for part in (path, *(str(parent) for parent in Path(path).parents))}
    answer = apply(desk, "--root", image)
    assert (answer.code, answer.data["verdict"], answer.data["left"]) == (0, "removed", 0), answer.out
    after = tree(home)
    kept = {path for path in others if others[path][0] != "other" or any(each.startswith(f"{path}/") for each in names)}
    assert {path: after.get(path) for path in kept} == {path: others[path] for path in kept}
    left = [path for path in after if "moved" in path or "wiretell" in path]
    assert left == []
    if manager != "extension":
        assert not [path for path in after if f"/{product}" in path and "claude" not in path]
    else:
        listed = json.loads((home / ".vscode/extensions/extensions.json").read_text())
        ids = [entry["identifier"]["id"] for entry in listed]
        assert "someone.theme" in ids


# Two versions


def test_of_two_versions_the_one_that_is_not_banned_works_as_before(desk: Desk) -> None:
    home = desk.folder / "home"
    everyday(home)
    old = prefix(home / ".nvm/versions/node/v22.11.0", CLAUDE, "2.1.91", "claude")
    prefix(home / ".nvm/versions/node/v20.18.0", CLAUDE, "2.1.198", "claude")
    native(home, "2.1.150", linked=False)
    native(home, "2.1.199")
    write(home / ".claude/settings.json", "{}")
    write(home / ".claude.json", "{}")
    desk.policy((BAN % "claude-code") + 'versions = ">=2.1.91,<2.1.198"\n')
    before = tree(home)
    answer = apply(desk, "--home", home)
    assert answer.code == 0, answer
    lost = {path for path in gone(before, tree(home)) if before[path][0] != "other"}
    folder = str(old.relative_to(home))
    assert lost == {
        ".nvm/versions/node/v22.11.0/bin/claude",
        f"{folder}/package.json",
        f"{folder}/cli.js",
        ".local/share/claude/versions/2.1.150",
    }


# What points elsewhere


def test_records_that_point_elsewhere_take_nothing_there(desk: Desk) -> None:
    home = desk.folder / "home"
    mine = everyday(home)
    site = home / ".local/lib/python3.11/site-packages"
    info = wheel(site, "aider-chat", "0.86.2", scripts=home / ".local/bin")
    up = os.path.relpath(home, site)
    with (info / "RECORD").open("a") as record:
        for name in mine:
            record.write(f"{up}/{name},,\n{home / name},,\n")
        record.write(f"{up}/work,,\n..,,\n.,,\n,,\n/,,\n")
    wheel(site, "requests", "2.0.0")
    write(info / "top_level.txt", f"aider_chat\n..\n{up}/work\n/\n\n.\n")
    write(info / "entry_points.txt", "[console_scripts]\naider = a:b\n../../notes.txt = a:b\n../../.ssh = a:b\n")
    tool = environment(home / ".local/share/uv/tools/kimi-cli", "kimi-cli", "0.5.0", "uv")
    write(
        tool / "uv-receipt.toml",
        '[tool]\nrequirements = [{ name = "kimi-cli" }]\nentrypoints = [\n'
        f'{{ name = "kimi", install-path = "{home}/notes.txt" }},\n'
        f'{{ name = "x", install-path = "{home}/work" }},\n]\n',
    )
    pipx = environment(home / ".local/share/pipx/venvs/mistral-vibe", "mistral-vibe", "1.0.0")
    write(
        pipx / "pipx_metadata.json",
        {"main_package": {"package": "mistral-vibe", "apps": ["../../notes.txt", "../../../.ssh"], "app_paths": [
            {"__type__": "Path", "__Path__": f"{home}/notes.txt"}]}},
    )  # fmt: skip
    folder = prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    write(
        folder / "package.json",
        {
            "name": "@openai/codex",
            "version": "1.0.0",
            "bin": {"codex": "cli.js", "../../../notes.txt": "cli.js", "node": "cli.js"},
        },
    )
    write(home / ".npm-global/bin/node", "#!/bin/sh\n", 0o755)
    names = ("codex", "aider", "kimi-cli", "vibe")
    rules = ['[[rule]]\nid = "%s"\neffect = "ban"\nproduct = "%s"\nreason = "r"\n' % (name, name) for name in names]
    desk.policy("schema = 1\n" + "".join(rules))
    before = tree(home)
    answer = apply(desk, "--home", home)
    assert answer.code in {0, 1}, answer
    after = tree(home)
    lost = {path for path in gone(before, after) if before[path][0] != "other"}
    assert not [path for path in lost if path in mine or path == ".npm-global/bin/node"]
    assert not [item for item in answer.data["after"]["decisions"] if item["effect"] == "ban"]


def test_a_file_of_two_distributions_stays_for_the_other(desk: Desk) -> None:
    """docs/formats/fleet-removal.md: what cannot be taken without touching something that is not banned is left."""
    image = desk.folder / "image"
    write(image / "etc/passwd", PASSWD)
    site = image / "home/dev/.local/lib/python3.11/site-packages"
    info = wheel(site, "aider-chat", "0.86.2")
    wheel(site, "requests", "2.0.0")
    with (info / "RECORD").open("a") as record:
        record.write("requests/__init__.py,,\n")
    desk.policy(BAN % "aider")
    answer = apply(desk, "--root", image)
    assert answer.code in {0, 1}, answer
    assert (site / "requests/__init__.py").exists()


def test_a_linked_package_loses_its_link_only(desk: Desk) -> None:
    home = desk.folder / "home"
    fork = write(home / "src/fork/package.json", {"name": "@openai/codex", "version": "1.0.0-mine"}).parent
    write(fork / "cli.js", "mine\n", 0o755)
    node = home / ".nvm/versions/node/v22.11.0"
    link(node / "lib/node_modules/@openai/codex", fork)
    link(node / "bin/codex", "../lib/node_modules/@openai/codex/cli.js")
    desk.policy(BAN % "codex")
    before = tree(home)
    answer = apply(desk, "--home", home)
    assert answer.code == 0, answer
    lost = {path for path in gone(before, tree(home)) if before[path][0] != "other"}
    assert {path.removeprefix(".nvm/versions/node/v22.11.0/") for path in lost} == {
        "lib/node_modules/@openai/codex",
        "bin/codex",
    }


def test_files_that_are_linked_hard_stay_whole_elsewhere(desk: Desk) -> None:
    home = desk.folder / "home"
    folder = prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    (home / "store").mkdir()
    os.link(folder / "cli.js", home / "store/cli.js")
    body = (folder / "cli.js").read_bytes()
    desk.policy(BAN % "codex")
    assert apply(desk, "--home", home).code == 0
    assert (home / "store/cli.js").read_bytes() == body
    assert (home / "store/cli.js").stat().st_nlink == 1


def test_configuration_that_is_a_link_loses_nothing(desk: Desk) -> None:
    home = desk.folder / "home"
    prefix(home / ".npm-global", CLAUDE, "2.1.91", "claude")
    write(home / "dotfiles/claude/settings.json", '{"a": 1}')
    write(home / "dotfiles/claude.json", '{"b": 1}')
    write(home / "important/x", "x")
    link(home / ".claude", "dotfiles/claude")
    link(home / ".claude.json", home / "dotfiles/claude.json")
    link(home / "dotfiles/claude/out", home / "important")
    desk.policy(BAN % "claude-code")
    before = tree(home)
    archive = desk.folder / "kept.tar.gz"
    answer = apply(desk, "--home", home, "--archive", archive)
    assert answer.code == 0, answer
    lost = gone(before, tree(home))
    assert not {path for path in lost if path.startswith("important")}
    moved = {path for path in lost if path.startswith("dotfiles") and before[path][0] == "file"}
    if moved:
        with tarfile.open(archive) as kept:
            names = {f"/{member.name}" for member in kept.getmembers()}
        assert {str(home / path) for path in moved} <= names
    if archive.exists():
        shutil.copy(archive, desk.folder / "copy.tar.gz")
        assert desk.run("remove", "--restore", archive).code == 0
        now = tree(home)
        for path in (
            ".claude",
            ".claude.json",
            "dotfiles/claude/settings.json",
            "dotfiles/claude.json",
            "dotfiles/claude/out",
        ):
            assert now[path] == before[path], path


# Processes


def test_what_runs_is_to_be_ended_and_only_that(desk: Desk) -> None:
    home = desk.folder / "home"
    body = "import signal, sys, time\n%s\nprint('up', flush=True)\ntime.sleep(120)\n"
    node = home / ".nvm/versions/node/v22.11.0"
    link(node / "bin/node", sys.executable)
    mild = prefix(node, "@qwen-code/qwen-code", "0.1.0", "qwen")
    deaf = prefix(home / ".npm-global", "@qwen-code/qwen-code", "0.2.0", "qwen")
    other = prefix(node, "@vibe-kit/grok-cli", "1.0.0", "grok")
    mine = write(home / "work/qwen.py", body % "pass")
    write(mild / "cli.js", body % "pass")
    write(deaf / "cli.js", body % "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    write(other / "cli.js", body % "pass")
    scripts = [mild / "cli.js", deaf / "cli.js", other / "cli.js", mine]
    running = [subprocess.Popen([str(node / "bin/node"), str(path)], stdout=subprocess.PIPE) for path in scripts]
    try:
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()
        desk.policy(BAN % "qwen-code")
        # A plan only: no test carries out a removal on the machine itself. `removal/test_processes.py` ends some.
        document = desk.run("remove", "--home", home, "--format", "json").data
        mine_here = {process.pid for process in running}
        steps = [step for step in document["steps"] if step["target"].startswith("pid ")]
        ended = {int(step["target"].split()[1]) for step in steps if step["action"] == "end"}
        assert ended & mine_here == {running[0].pid, running[1].pid}
        assert not [process for process in running if process.poll() is not None]
    finally:
        for process in running:
            process.kill()
            process.wait()


# What fails, and what is the user's


@pytest.fixture
def ordinary(desk: Desk) -> Iterator[Desk]:
    if os.geteuid() == 0:
        try:
            shutil.chown(desk.folder, "dev1", "dev1")
        except LookupError:
            pytest.skip("no ordinary user here")
        desk.user = "dev1"
    opened = []
    for folder in desk.folder.parents:
        mode = folder.stat().st_mode
        if desk.user and not mode & 0o001:
            opened.append((folder, mode))
            folder.chmod(mode | 0o011)
    yield desk
    for folder, mode in opened:
        folder.chmod(mode)


def give(desk: Desk, folder: Path) -> None:
    if desk.user is not None:
        subprocess.run(["chown", "-hR", f"{desk.user}:{desk.user}", str(folder)], check=True)


def test_a_folder_that_may_not_be_written_undoes_all_of_it(ordinary: Desk) -> None:
    home = ordinary.folder / "home"
    everyday(home)
    prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    closed = prefix(home / ".nvm/versions/node/v22.11.0", "@openai/codex", "1.0.1", "codex").parent
    write(home / ".codex/config.toml", 'model = "gpt-5"\n')
    ordinary.policy(BAN % "codex")
    give(ordinary, home)
    closed.chmod(0o555)
    before = tree(home)
    answer = apply(ordinary, "--home", home)
    document = answer.data
    assert (answer.code, document["verdict"]) == (1, "left"), answer
    states = {step["state"] for step in document["steps"]}
    after = tree(home)
    if "failed" in states:
        assert "done" not in states
        assert after == before
    else:
        assert "left" in states
        assert gone(before, after).isdisjoint({path for path in before if "v22.11.0" in path})
    assert document["after"]["banned"] == document["left"] > 0
    text = ordinary.run("remove", "--home", home, "--root", ordinary.folder)
    assert text.code == 1


def test_what_is_another_users_is_left_with_the_reason(ordinary: Desk) -> None:
    if ordinary.user is None:
        pytest.skip("needs root to make another user's files")
    image = ordinary.folder / "image"
    write(image / "etc/passwd", PASSWD)
    prefix(image / "usr/local", "@openai/codex", "1.0.0", "codex")
    ordinary.policy(BAN % "codex")
    before = tree(image)
    answer = apply(ordinary, "--root", image)
    assert (answer.code, answer.data["verdict"], answer.data["left"]) == (1, "left", 1), answer
    assert tree(image) == before
    assert [step for step in answer.data["steps"] if step["state"] in {"left", "failed"}]


def test_lines_that_would_bring_it_back_are_left_to_the_user(desk: Desk) -> None:
    home = desk.folder / "home"
    project = home / "work/p"
    wanting = write(project / "package.json", {"devDependencies": {"@openai/codex": "1.0.0"}})
    npm(project / "node_modules", "@openai/codex", "1.0.0", "codex", project / "node_modules/.bin")
    write(home / ".claude/settings.json", {"model": "gpt-5"})
    desk.policy((BAN % "codex") + '[[rule]]\nid = "m"\neffect = "ban"\nmodel = "gpt-*"\nreason = "r"\n')
    bytes_ = wanting.read_bytes()
    answer = apply(desk, "--home", home)
    assert wanting.read_bytes() == bytes_
    left = {step["target"] for step in answer.data["steps"] if step["state"] == "left"}
    assert {str(wanting), str(home / ".claude/settings.json")} <= left
    assert answer.code == 1
    assert not (project / "node_modules/@openai/codex").exists()
    assert not (project / "node_modules/.bin/codex").is_symlink()


def test_an_archive_that_is_there_is_not_written_over(desk: Desk) -> None:
    home = desk.folder / "home"
    prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    write(home / ".codex/config.toml", 'model = "gpt-5"\n')
    desk.policy(BAN % "codex")
    archive = write(desk.folder / "kept.tar.gz", "mine\n")
    before = tree(home)
    answer = desk.run("remove", "--home", home, "--root", desk.folder, "--apply", "--archive", archive)
    assert answer.code in {1, 2}, answer
    assert archive.read_bytes() == b"mine\n"
    assert tree(home) == before


def test_keep_config_keeps_it_where_it_is(desk: Desk) -> None:
    home = desk.folder / "home"
    prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    config = write(home / ".codex/config.toml", 'x = "gpt-5"\n')
    desk.policy(BAN % "codex")
    answer = apply(desk, "--home", home, "--keep-config")
    assert answer.code == 0, answer
    assert config.read_text() == 'x = "gpt-5"\n'
    assert "archive" not in answer.data


def test_a_restore_writes_over_nothing(desk: Desk) -> None:
    home = desk.folder / "home"
    prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    config = write(home / ".codex/config.toml", 'a = "1"\n')
    second = write(home / ".codex/history.jsonl", "{}\n")
    desk.policy(BAN % "codex")
    archive = desk.folder / "kept.tar.gz"
    assert apply(desk, "--home", home, "--archive", archive).code == 0
    assert not config.exists()
    write(config, "newer\n")
    answer = desk.run("remove", "--restore", archive)
    assert config.read_text() == "newer\n"
    assert answer.code != 0 or second.exists()
    assert str(config.parent) in answer.out + answer.err


@pytest.mark.parametrize("name", ["../escape", "/tmp/wiretell-blind-escape", "link/x"])
def test_an_archive_of_somebody_elses_writes_nothing_outside(desk: Desk, name: str) -> None:
    """An archive is a file that anybody can hand over."""
    archive = desk.folder / "evil.tar.gz"
    (desk.folder / "victim").mkdir()
    body = write(desk.folder / "body", "evil\n")
    with tarfile.open(archive, "w:gz") as made:
        if name == "link/x":
            entry = tarfile.TarInfo("link")
            entry.type = tarfile.SYMTYPE
            entry.linkname = str(desk.folder / "victim")
            made.addfile(entry)
        made.add(body, name)
    answer = desk.run("remove", "--restore", archive)
    one_sentence(answer)
    assert not list((desk.folder / "victim").iterdir())
    assert not (desk.folder / "escape").exists()
    assert not Path("/tmp/wiretell-blind-escape").exists()


@pytest.mark.parametrize(
    "words",
    [["--undo"], ["--restore", "nowhere.tar.gz"], ["--apply", "--undo"], ["--apply", "--archive", "no/such/x.tar.gz"]],
    ids=" ".join,
)
def test_wrong_use(desk: Desk, words: list[str]) -> None:
    home = desk.folder / "home"
    prefix(home / ".npm-global", "@openai/codex", "1.0.0", "codex")
    write(home / ".codex/config.toml", 'model = "gpt-5"\n')
    desk.policy(BAN % "codex")
    before = tree(home)
    answer = desk.run("remove", "--home", home, "--root", desk.folder, *words)
    assert tree(home) == before
    assert answer.code == (0 if words == ["--undo"] else 2) or (words == ["--undo"] and answer.code == 2), answer


def test_the_commands_of_a_plan_do_the_same(desk: Desk) -> None:
    home = desk.folder / "home"
    everyday(home)
    odd = home / "work" / "it's $(touch pwned) `x`\n-rf *"
    write(odd / "package.json", {})
    npm(odd / "node_modules", "@openai/codex", "1.0.0", "codex", odd / "node_modules/.bin")
    prefix(home / ".npm-global", "@openai/codex", "1.0.1", "codex")
    wheel(home / ".local/lib/python3.11/site-packages", "aider-chat", "0.86.2", scripts=home / ".local/bin")
    write(home / ".codex/config.toml", "a = 1\n")
    desk.policy((BAN % "codex") + '[[rule]]\nid = "a"\neffect = "ban"\nproduct = "aider"\nreason = "r"\n')
    before = tree(home)
    steps = [step for step in plan(desk, "--home", home)["steps"] if step["action"] not in {"left", "end"}]
    for step in steps:  # never those that end processes: whatever runs on this machine is not ours
        assert Path(step["target"]).is_relative_to(home)
        if step["action"] == "archive":
            step["told"] = f"rm -r -- {shlex.quote(step['target'])}"  # see the next test
        done = subprocess.run(
            ["/bin/bash", "-c", step["told"]],
            cwd=desk.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
            capture_output=True,
        )
        assert done.returncode == 0, (step, done.stderr)
    assert not list(desk.folder.rglob("pwned"))
    gone(before, {path: told for path, told in tree(home).items() if not path.endswith(".tar.gz")})
    assert desk.run("check", "--home", home, "--root", desk.folder, "--fresh").code == 0


def test_what_is_told_of_a_step_is_a_command(desk: Desk) -> None:
    """docs/formats/fleet-removal.md: `told` is the command that does the same, but for what goes into the archive."""
    home = desk.folder / "home"
    prefix(home / ".npm-global", "@openai/codex", "1.0.1", "codex")
    write(home / ".codex/config.toml", "a = 1\n")
    desk.policy(BAN % "codex")
    steps = [step for step in plan(desk, "--home", home)["steps"] if step["action"] in {"take", "end"}]
    assert {shutil.which(shlex.split(step["told"])[0]) is not None for step in steps} == {True}, steps
