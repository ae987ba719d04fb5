"""npm: prefixes of Node, a user's prefix, projects, aliases, platform packages, what npx and its kin keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fleet.readers_js.trees import below, installs, link, one, package, problems, project, write
from wiretell.model.fleet import Manager, Scope

CLAUDE = "@anthropic-ai/claude-code"
CODEX = {"@openai/codex-linux-x64": "npm:@openai/codex@0.169.0-linux-x64"}
MUSL = "vendor/x86_64-unknown-linux-musl/bin/codex"


def claude(prefix: Path, version: str = "2.1.91") -> Path:
    folder = package(prefix / "lib/node_modules" / CLAUDE, CLAUDE, version, bin={"claude": "cli.js"})
    link(prefix / "bin/claude", "../lib/node_modules/@anthropic-ai/claude-code/cli.js")
    return folder


@pytest.mark.parametrize(
    ("prefix", "manager", "told", "scope"),
    [
        ("home/dev/.nvm/versions/node/v22.11.0", Manager.NPM_GLOBAL, "nvm v22.11.0", Scope.USER),
        ("home/dev/.config/nvm/versions/node/v20.1.0", Manager.NPM_GLOBAL, "nvm v20.1.0", Scope.USER),
        (
            "home/dev/.local/share/fnm/node-versions/v22.1.0/installation",
            Manager.NPM_GLOBAL,
            "fnm v22.1.0",
            Scope.USER,
        ),
        ("home/dev/.asdf/installs/nodejs/22.1.0", Manager.NPM_GLOBAL, "asdf 22.1.0", Scope.USER),
        ("home/dev/.local/share/mise/installs/node/22.1.0", Manager.NPM_GLOBAL, "mise 22.1.0", Scope.USER),
        ("home/dev/.nodenv/versions/22.1.0", Manager.NPM_GLOBAL, "nodenv 22.1.0", Scope.USER),
        ("home/dev/n/n/versions/node/22.1.0", Manager.NPM_GLOBAL, "n 22.1.0", Scope.USER),
        ("home/dev/.volta/tools/image/node/22.1.0", Manager.NPM_GLOBAL, "volta 22.1.0", Scope.USER),
        ("home/dev/.npm-global", Manager.NPM_USER, "{prefix}", Scope.USER),
        ("home/dev/.local", Manager.NPM_USER, "{prefix}", Scope.USER),
        ("usr", Manager.NPM_GLOBAL, "{prefix}", Scope.SYSTEM),
        ("usr/local", Manager.NPM_GLOBAL, "{prefix}", Scope.SYSTEM),
    ],
)
def test_prefixes(tmp_path: Path, prefix: str, manager: Manager, told: str, scope: Scope) -> None:
    folder = claude(tmp_path / prefix)
    found = one(tmp_path)
    assert (found.product, found.vendor, found.name, found.version) == ("claude-code", "anthropic", CLAUDE, "2.1.91")
    assert (found.manager, found.scope, found.around) == (manager, scope, told.format(prefix=tmp_path / prefix))
    assert found.user == ("dev" if scope is Scope.USER else "")
    assert (found.path, found.hashed) == (str(folder), str(folder / "cli.js"))
    assert found.commands == (str(tmp_path / prefix / "bin/claude"),)
    assert found.also == found.wanted_by == () and found.note == ""


def test_a_prefix_of_the_users_with_a_node_in_it_is_that_nodes(tmp_path: Path) -> None:
    claude(tmp_path / "home/dev/node-v22")
    write(tmp_path / "home/dev/node-v22/bin/node")
    assert one(tmp_path).manager is Manager.NPM_GLOBAL


def test_a_project_in_a_folder_named_lib_is_a_project(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p/lib", **{CLAUDE: "2.1.91"})
    package(top / "node_modules" / CLAUDE, CLAUDE)
    assert one(tmp_path).manager is Manager.NPM_PROJECT


def test_two_nodes_are_two_installs(tmp_path: Path) -> None:
    for version in ("v20.0.0", "v22.0.0"):
        claude(tmp_path / "home/dev/.nvm/versions/node" / version)
    assert [each.around for each in installs(tmp_path)] == ["nvm v20.0.0", "nvm v22.0.0"]


def test_default_packages_bring_it_back(tmp_path: Path) -> None:
    claude(tmp_path / "home/dev/.nvm/versions/node/v22.0.0")
    asks = write(tmp_path / "home/dev/.nvm/default-packages", f"typescript\n{CLAUDE}\n")
    write(tmp_path / "home/dev/.default-npm-packages", "@anthropic-ai/claude-code-router\n")
    assert one(tmp_path).wanted_by == (str(asks),)


def test_volta_has_an_image_notes_and_a_shim(tmp_path: Path) -> None:
    volta = tmp_path / "home/dev/.volta"
    image = volta / "tools/image/packages" / CLAUDE
    claude(image)
    write(volta / "tools/user/bins/claude.json", "{}")
    write(volta / f"tools/user/packages/{CLAUDE}.json", "{}")
    link(volta / "bin/claude", "volta-shim")
    found = one(tmp_path)
    assert (found.manager, found.around) == (Manager.NPM_GLOBAL, "volta")
    assert below(volta, found.also) == [
        "bin/claude",
        f"tools/image/packages/{CLAUDE}",
        "tools/user/bins/claude.json",
        f"tools/user/packages/{CLAUDE}.json",
    ]


def test_a_project(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", **{"@google/gemini-cli": "^0.61.0"})
    modules = top / "node_modules"
    folder = package(modules / "@google/gemini-cli", "@google/gemini-cli", "0.61.0", bin={"gemini": "bundle/gemini.js"})
    link(modules / ".bin/gemini", "../@google/gemini-cli/bundle/gemini.js")
    hidden = {"packages": {"node_modules/@google/gemini-cli": {"version": "0.61.0", "integrity": "sha512-abc="}}}
    write(modules / ".package-lock.json", json.dumps(hidden))
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.NPM_PROJECT, Scope.PROJECT, str(top))
    assert (found.path, found.hashed) == (str(folder), str(folder / "bundle/gemini.js"))
    assert found.integrity == "sha512-abc="
    assert found.commands == (str(modules / ".bin/gemini"),)
    assert below(top, found.wanted_by) == ["package-lock.json", "package.json"]


def test_a_workspaces_lock_file_lies_above(tmp_path: Path) -> None:
    root = project(tmp_path / "home/dev/mono", cline="3.0.0")
    (root / "package.json").write_text('{"name": "mono", "workspaces": ["packages/*"]}')
    member = project(root / "packages/a", lock="", cline="3.0.0")
    package(member / "node_modules/cline", "cline", "3.0.0")
    assert below(root, one(tmp_path).wanted_by) == [
        "package-lock.json",
        "packages/a/package.json",
    ]


def test_a_name_within_another_name_asks_for_nothing(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", **{"cline-tools": "1", "decline": "1", "@x/cline.js": "1"})
    package(top / "node_modules/cline", "cline", "3.0.0")
    assert below(top, one(tmp_path).wanted_by) == ["package.json"]


@pytest.mark.parametrize("hoisted", [True, False])
def test_a_platform_package_is_part_of_its_package(tmp_path: Path, hoisted: bool) -> None:
    modules = project(tmp_path / "home/dev/p", **{"@openai/codex": "0.169.0"}) / "node_modules"
    whole = package(
        modules / "@openai/codex",
        "@openai/codex",
        "0.169.0",
        bin={"codex": "bin/codex.js"},
        optionalDependencies=CODEX,
    )
    parent = modules if hoisted else whole / "node_modules"
    part = package(parent / "@openai/codex-linux-x64", "@openai/codex", "0.169.0-linux-x64", [MUSL])
    found = one(tmp_path)
    assert (found.name, found.version, found.path) == ("@openai/codex", "0.169.0", str(whole))
    assert found.hashed == str(part / MUSL)
    assert found.also == ((str(part),) if hoisted else ())


def test_a_platform_package_alone_is_an_install(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    package(modules / "@openai/codex-linux-x64", "@openai/codex", "0.169.0-linux-x64", [MUSL])
    found = one(tmp_path)
    assert (found.product, found.version) == ("codex", "0.169.0-linux-x64")
    assert found.hashed.endswith(MUSL)


def test_a_package_that_brings_a_package_that_brings_its_program_is_one(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    package(modules / "@sourcegraph/amp", "@sourcegraph/amp", dependencies={"@ampcode/cli": "1"}, bin={"amp": "x.js"})
    package(modules / "@ampcode/cli", "@ampcode/cli", optionalDependencies={"@ampcode/cli-linux-x64": "1"})
    package(modules / "@ampcode/cli-linux-x64", "@ampcode/cli-linux-x64", files=["bin/amp"])
    found = one(tmp_path)
    assert found.name == "@sourcegraph/amp"
    assert below(modules, found.also) == ["@ampcode/cli", "@ampcode/cli-linux-x64"]
    assert found.hashed == str(modules / "@ampcode/cli-linux-x64/bin/amp")


def test_a_program_of_any_name_is_the_largest_file_of_its_platform_package(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    sdk = "@anthropic-ai/claude-agent-sdk"
    package(modules / sdk, sdk, optionalDependencies={f"{sdk}-linux-x64": "1"}, files=["sdk.mjs"], main="sdk.mjs")
    part = package(modules / f"{sdk}-linux-x64", f"{sdk}-linux-x64", files=["README.md"])
    assert one(tmp_path).hashed == str(modules / sdk / "sdk.mjs")
    write(part / "program", "x" * 1_000_000)
    write(part / "notes", "x" * 999_999)
    found = one(tmp_path)
    assert (found.product, found.hashed, found.also) == ("claude-agent-sdk", str(part / "program"), (str(part),))


def test_a_launcher_that_only_loads_the_main_file_is_not_the_program(tmp_path: Path) -> None:
    """As in @continuedev/cli 1.5.47: `cn.js` has 73 bytes, and is the same in every version."""
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    cli = "@continuedev/cli"
    folder = package(modules / cli, cli, bin={"cn": "dist/cn.js"}, main="dist/index.js")
    launcher, main = folder / "dist/cn.js", folder / "dist/index.js"
    write(launcher, '#!/usr/bin/env node\nimport { start } from "./index.js";\nawait start();\n')
    write(main, "x" * 999_999)
    assert one(tmp_path).hashed == str(launcher)
    write(main, "x" * 1_000_000)
    assert one(tmp_path).hashed == str(main)
    write(launcher, '#!/usr/bin/env node\nimport "./my-index.js"; // not main\n')
    assert one(tmp_path).hashed == str(launcher)


def test_packages_that_claim_each_other_do_not_both_vanish(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    package(modules / "@sourcegraph/amp", "@sourcegraph/amp", dependencies={"@ampcode/cli": "1"})
    package(modules / "@ampcode/cli", "@ampcode/cli", dependencies={"@sourcegraph/amp": "1"})
    assert len(installs(tmp_path)) == 1


def test_an_agent_that_another_package_brings_counts(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", **{"their-tool": "1.0.0"})
    tool = package(top / "node_modules/their-tool", "their-tool", dependencies={CLAUDE: "2.1.91"})
    package(tool / "node_modules" / CLAUDE, CLAUDE, "2.1.91")
    found = one(tmp_path)
    assert (found.manager, found.around) == (Manager.NPM_PROJECT, str(top))
    assert below(top, found.wanted_by) == ["package.json"]


def test_an_agent_that_a_global_package_brings_is_asked_for_by_that(tmp_path: Path) -> None:
    modules = tmp_path / "home/dev/.npm-global/lib/node_modules"
    tool = package(modules / "their-tool", "their-tool", dependencies={CLAUDE: "2.1.91"})
    package(tool / "node_modules" / CLAUDE, CLAUDE, "2.1.91")
    assert one(tmp_path).wanted_by == (str(tool / "package.json"),)


def test_a_different_agent_within_an_agent_is_an_install_of_its_own(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    outer = package(modules / "cline", "cline", dependencies={CLAUDE: "2.1.91"})
    package(outer / "node_modules" / CLAUDE, CLAUDE, "2.1.91")
    assert [each.product for each in installs(tmp_path)] == ["cline", "claude-code"]


def test_a_direct_alias(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", ai=f"npm:{CLAUDE}@2.1.91", cline="3.0.0")
    package(top / "node_modules/cline", "cline", "3.0.0")
    package(top / "node_modules/ai", CLAUDE, "2.1.91")
    found = installs(tmp_path)
    assert [(each.name, each.path) for each in found] == [
        (CLAUDE, str(top / "node_modules/ai")),
        ("cline", str(top / "node_modules/cline")),
    ]
    assert found[0].note == "Installed under another name, 'ai'."


def test_an_alias_that_only_the_hidden_lock_file_tells_of(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", cline="3.0.0")
    package(top / "node_modules/cline", "cline", "3.0.0")
    package(top / "node_modules/deep/node_modules/ai", CLAUDE, "2.1.91")
    key = "node_modules/deep/node_modules/ai"
    hidden = {"packages": {key: {"name": CLAUDE, "version": "2.1.91", "integrity": "sha512-x"}}}
    write(top / "node_modules/.package-lock.json", json.dumps(hidden))
    alias = installs(tmp_path)[1]
    assert (alias.name, alias.path, alias.integrity) == (CLAUDE, str(top / key), "sha512-x")


def test_a_lock_file_does_not_lead_out_of_its_project(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", cline="3.0.0")
    package(top / "node_modules/cline", "cline", "3.0.0")
    package(tmp_path / "elsewhere", CLAUDE)
    hidden = {"packages": {"node_modules/../../../../elsewhere": {"name": CLAUDE}}}
    write(top / "node_modules/.package-lock.json", json.dumps(hidden))
    assert [each.product for each in installs(tmp_path)] == ["cline"]


def test_another_package_under_a_known_name_says_so(tmp_path: Path) -> None:
    top = project(tmp_path / "home/dev/p", cline="npm:something@1")
    package(top / "node_modules/cline", "something", "1.0.0")
    found = one(tmp_path)
    assert (found.product, found.name) == ("cline", "cline")
    assert found.note == "Its package.json calls it 'something': it may be something else."


def test_a_linked_checkout_is_found_and_stays_the_users(tmp_path: Path) -> None:
    source = package(tmp_path / "home/dev/src/my-cline", "cline", "3.0.0")
    top = project(tmp_path / "home/dev/p", cline="file:../src/my-cline")
    link(top / "node_modules/cline", "../../src/my-cline")
    found = one(tmp_path)
    assert (found.version, found.path, found.also) == ("3.0.0", str(top / "node_modules/cline"), ())
    assert found.note == f"A link to {str(source)!r}, which stays."


def test_what_npx_keeps_is_one_folder(tmp_path: Path) -> None:
    run = tmp_path / "home/dev/.npm/_npx/0a1b2c3d4e5f6a7b"
    project(run, **{CLAUDE: "^2.1.91"})
    package(run / "node_modules" / CLAUDE, CLAUDE, "2.1.91")
    found = one(tmp_path)
    assert (found.manager, found.scope, found.around) == (Manager.NPX, Scope.USER, str(run))
    assert (found.also, found.wanted_by) == ((str(run),), ())


def test_what_npx_keeps_with_others_is_not_only_its_own(tmp_path: Path) -> None:
    run = tmp_path / "home/dev/.npm/_npx/0a1b2c3d4e5f6a7b"
    project(run, **{CLAUDE: "^2.1.91", "cowsay": "1"})
    package(run / "node_modules" / CLAUDE, CLAUDE, "2.1.91")
    found = one(tmp_path)
    assert found.also == ()
    assert below(run, found.wanted_by) == ["package-lock.json", "package.json"]


@pytest.mark.parametrize("folder", ["bunx-1000-cline@latest", "bunx-1000-@openai/codex@latest"])
def test_what_bunx_keeps(tmp_path: Path, folder: str) -> None:
    name = "cline" if "cline" in folder else "@openai/codex"
    run = project(tmp_path / "tmp" / folder, lock="bun.lock", **{name: "latest"})
    package(run / "node_modules" / name, name)
    found = one(tmp_path)
    assert (found.manager, found.scope, found.user, found.around) == (Manager.NPX, Scope.SYSTEM, "", str(run))
    assert found.also == (str(run),)


def test_claude_codes_own_folder_in_the_home_is_no_project(tmp_path: Path) -> None:
    local = project(tmp_path / "home/dev/.claude/local", **{CLAUDE: "2.1.91"})
    package(local / "node_modules" / CLAUDE, CLAUDE, "2.1.91", bin={"claude": "cli.js"})
    link(local / "node_modules/.bin/claude", "../@anthropic-ai/claude-code/cli.js")
    wrapper = write(local / "claude", f'#!/bin/bash\nexec "{local}/node_modules/.bin/claude" "$@"\n')
    found = one(tmp_path)
    assert (found.scope, found.around) == (Scope.USER, str(local))
    assert found.commands == (str(wrapper), str(local / "node_modules/.bin/claude"))


def test_links_from_elsewhere_on_the_path_are_its_commands(tmp_path: Path) -> None:
    folder = claude(tmp_path / "opt/node")
    claude(tmp_path / "home/dev/.npm-global")
    mine = link(tmp_path / "home/dev/.local/bin/claude", str(folder / "cli.js"))
    shared = link(tmp_path / "srv/bin/claude", str(folder / "cli.js"))
    write(tmp_path / "home/dev/bin/claude", "#!/bin/sh\nexec /bin/true\n")
    by_path = {each.path: each.commands for each in installs(tmp_path, path=(str(tmp_path / "srv/bin"),))}
    if str(folder) in by_path:  # where the walk looks into /opt
        assert by_path[str(folder)] == tuple(sorted(map(str, (mine, shared, tmp_path / "opt/node/bin/claude"))))
    others = by_path[str(tmp_path / "home/dev/.npm-global/lib/node_modules" / CLAUDE)]
    assert others == (str(tmp_path / "home/dev/.npm-global/bin/claude"),)


def test_a_broken_link_is_told_once(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    link(modules / "cline", "nowhere")
    link(modules / "opencode-ai", "opencode-ai")
    told = problems(tmp_path)
    assert [Path(each.what).name for each in told] == ["cline", "opencode-ai"]
    assert installs(tmp_path) == []


def test_ordinary_packages_are_not_agents(tmp_path: Path) -> None:
    modules = project(tmp_path / "home/dev/p") / "node_modules"
    for name in ("react", "@anthropic-ai/sdk", "cline-tools", "@openai/agents"):
        package(modules / name, name)
    assert installs(tmp_path) == []
