"""npm targets against a program that answers as npm would. What only npm itself can prove is in test_npm_client.py."""

from __future__ import annotations

import base64
import hashlib
import json
import multiprocessing
import stat
import tarfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.target.packages import CLI, FakeNpm, elf, member, package, packed, tarball
from wiretell.errors import TargetError
from wiretell.model.agent import Target
from wiretell.target import cache as store
from wiretell.target import resolve
from wiretell.target.interface import NODE
from wiretell.target.npm import this_platform, verify
from wiretell.target.npm_client import Dist, NpmClient

PLATFORM = this_platform()[-1]
COMMAND = ("-p", "{prompt}")


@pytest.fixture
def npm(tmp_path: Path) -> FakeNpm:
    return FakeNpm(tmp_path / "npm", {})


def fetch(npm: FakeNpm, spec: str, tmp_path: Path, **rest: Any) -> Target:
    return resolve(spec, command=COMMAND, cache=tmp_path / "cache", npm=npm.client, **rest).target


def left_in(cache: Path) -> list[str]:
    return sorted(path.relative_to(cache).as_posix() for path in cache.rglob("*"))


def test_a_package_is_fetched_checked_and_unpacked(npm: FakeNpm, tmp_path: Path) -> None:
    blob = package("@s/agent", "1.2.3", scripts={"postinstall": "evil", "build": "x"})
    npm.publish(blob)
    lines: list[str] = []
    target = fetch(npm, "@s/agent@1.2.3", tmp_path, progress=lines.append)
    sha = hashlib.sha256(blob).hexdigest()
    assert (target.kind, target.name, target.version, target.sha256) == ("npm", "@s/agent", "1.2.3", sha)
    assert target.root == tmp_path / "cache" / "npm" / "@s" / "agent" / f"1.2.3-{sha[:8]}" / "package"
    assert (target.start, target.runtime) == ((NODE, "/opt/agent/cli.js"), "node")
    assert (target.root / "cli.js").read_bytes() == CLI
    assert target.notes == ("install scripts were not run: postinstall",)
    assert any("fetching @s/agent@1.2.3" in line for line in lines)
    assert all("--ignore-scripts" in call for call in npm.calls if not call.startswith("view"))


def test_another_uid_can_read_every_folder_and_file(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0", {"cli.js": CLI, "a/b/c.txt": b"x"}))
    root = fetch(npm, "agent@1.0.0", tmp_path).root
    for path in (root, root.parent, *root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) in ({0o755} if path.is_dir() else {0o644, 0o755}), path


def test_an_exact_version_in_the_cache_asks_nobody(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0"), tag="latest")
    first = fetch(npm, "npm:agent", tmp_path)
    asked = len(npm.calls)
    assert fetch(npm, "agent@1.0.0", tmp_path) == first
    assert len(npm.calls) == asked
    fetch(npm, "npm:agent", tmp_path)
    assert len(npm.calls) > asked  # a tag is always asked for: it moves


def test_a_cached_package_that_lost_a_file_is_fetched_again(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0"))
    root = fetch(npm, "agent@1.0.0", tmp_path).root
    (root / "cli.js").unlink()
    assert (fetch(npm, "agent@1.0.0", tmp_path).root / "cli.js").read_bytes() == CLI


def test_the_program_of_this_platform_is_followed(npm: FakeNpm, tmp_path: Path) -> None:
    own = tarball(
        {
            "package.json": json.dumps({"name": f"agent-{PLATFORM}", "version": "1.0.0"}).encode(),
            "agent": elf(loader=True),
        },
        executable=("agent",),
    )
    optional = {f"agent-{PLATFORM}": "1.0.0", f"agent-{PLATFORM}-musl": "1.0.0", "agent-darwin-x64": "1.0.0"}
    npm.publish(package("agent", "1.0.0", bin={"agent": "bin/stub.exe"}, optionalDependencies=optional))
    npm.publish(own)
    npm.publish_as({"name": f"agent-{PLATFORM}-musl", "version": "1.0.0"}, own)
    target = fetch(npm, "agent@1.0.0", tmp_path)
    assert (target.name, target.version) == ("agent", "1.0.0")
    assert (target.start, target.runtime) == (("/opt/agent/agent",), "native")
    assert target.sha256 == hashlib.sha256(own).hexdigest()
    assert "started directly" in target.notes[0]
    assert fetch(npm, "agent@1.0.0", tmp_path) == target


def test_an_alias_to_another_version_of_the_package_itself_is_followed(npm: FakeNpm, tmp_path: Path) -> None:
    manifest = {"name": "@s/agent", "version": f"1.0.0-{PLATFORM}"}
    own = tarball(
        {
            "package.json": json.dumps(manifest).encode(),
            "vendor/x/bin/agent": elf(loader=False),
            "vendor/agent.txt": b"",
        },
        executable=("vendor/x/bin/agent",),
    )
    npm.publish(own)
    alias = {f"@s/agent-{PLATFORM}": f"npm:@s/agent@1.0.0-{PLATFORM}"}
    npm.publish(package("@s/agent", "1.0.0", optionalDependencies=alias))
    target = fetch(npm, "@s/agent@1.0.0", tmp_path)
    assert (target.start, target.runtime) == (("/opt/agent/vendor/x/bin/agent",), "static")
    assert target.version == "1.0.0"


def test_a_package_without_a_program_for_this_platform_says_so(npm: FakeNpm, tmp_path: Path) -> None:
    other = "linux-arm64" if PLATFORM == "linux-x64" else "linux-x64"
    npm.publish(package("agent", "1.0.0", optionalDependencies={f"agent-{other}": "1.0.0"}))
    with pytest.raises(TargetError, match=f"has no program for {this_platform()[0]}"):
        fetch(npm, "agent@1.0.0", tmp_path)


def test_a_tarball_of_this_machine_is_a_target(npm: FakeNpm, tmp_path: Path) -> None:
    file = tmp_path / "agent-1.0.0.tgz"
    file.write_bytes(package("agent", "1.0.0"))
    target = fetch(npm, str(file), tmp_path)
    assert (target.name, target.version) == ("agent", "1.0.0")
    assert "no registry vouches for" in target.notes[0]
    assert fetch(npm, str(file), tmp_path) == target
    assert npm.calls == []


def test_a_tarball_of_a_platform_package_has_its_agents_recipe(npm: FakeNpm, tmp_path: Path) -> None:
    manifest = json.dumps({"name": f"@anthropic-ai/claude-code-{PLATFORM}", "version": "9.9.9"}).encode()
    file = tmp_path / "x.tgz"
    file.write_bytes(tarball({"package.json": manifest, "claude": elf(loader=True)}, executable=("claude",)))
    agent = resolve(str(file), cache=tmp_path / "cache", npm=npm.client)
    assert (agent.recipe.name, agent.target.start) == ("claude-code", ("/opt/agent/claude",))


BAD_TARBALLS = {
    "traversal": (packed([member("package/../../evil", b"x")]), "leads out"),
    "link": (packed([member("package/a", kind=tarfile.SYMTYPE, link="/")]), "holds a link"),
    "broken": (package("agent", "1.0.0")[:200], "broken"),
    "no-program": (package("agent", "1.0.0", {}), "names 'cli.js' as its program"),
    "text-program": (package("agent", "1.0.0", {"cli.js": b"", "x": b"text"}, bin="x"), "neither a Linux program"),
    "program-outside": (package("agent", "1.0.0", bin={"agent": "../../../bin/sh"}), "names '../../../bin/sh'"),
}


@pytest.mark.parametrize("name", BAD_TARBALLS)
def test_a_bad_tarball_leaves_nothing_in_the_cache(name: str, npm: FakeNpm, tmp_path: Path) -> None:
    blob, says = BAD_TARBALLS[name]
    bins = {"text-program": "x", "program-outside": {"agent": "../../../bin/sh"}}
    npm.publish_as({"name": "agent", "version": "1.0.0", "bin": bins.get(name, {"agent": "cli.js"})}, blob)
    with pytest.raises(TargetError, match=says):
        fetch(npm, "agent@1.0.0", tmp_path)
    assert left_in(tmp_path / "cache") == ["npm"]


def test_a_tarball_that_is_not_the_announced_one_is_refused(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0"), integrity="sha512-" + base64.b64encode(bytes(64)).decode())
    with pytest.raises(TargetError, match="is not the one the registry announced; nothing was kept"):
        fetch(npm, "agent@1.0.0", tmp_path)
    assert left_in(tmp_path / "cache") == ["npm"]


def test_the_strongest_stated_hash_counts(tmp_path: Path) -> None:
    file = tmp_path / "x.tgz"
    file.write_bytes(b"content")

    def sri(algorithm: str, data: bytes = b"content") -> str:
        return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    assert verify(file, Dist(integrity=sri("sha512")), "x") == []
    assert verify(file, Dist(integrity=f"{sri('sha512', b'other')} {sri('sha512')}?opt"), "x") == []
    assert verify(file, Dist(integrity=sri("sha256")), "x") == []
    assert verify(file, Dist(shasum=hashlib.sha1(b"content").hexdigest()), "x") == [
        "the registry states a SHA-1 hash only"
    ]
    for dist in (
        Dist(integrity=f"{sri('sha256')} {sri('sha512', b'other')}"),
        Dist(integrity=sri("sha384", b"other"), shasum=hashlib.sha1(b"content").hexdigest()),
        Dist(shasum="00"),
        Dist(),
        Dist(integrity="md5-xx"),
    ):
        with pytest.raises(TargetError):
            verify(file, dist, "x")


def test_unknown_packages_versions_and_tags_are_told_apart(npm: FakeNpm, tmp_path: Path) -> None:
    npm.answers["view agent"] = {
        "versions": ["1.0.0", "1.1.0", "1.3.0", "2.0.0"],
        "dist-tags": {"latest": "2.0.0", "old": "1"},
    }
    for spec, says in (
        ("agent@1.2.0", "agent has no version 1.2.0; near it: 1.0.0, 1.1.0, 1.3.0, 2.0.0; newest: 2.0.0"),
        ("agent@nightly", "agent has no tag 'nightly'; it has latest, old"),
        ("nothing@1.0.0", "There is no npm package nothing in the registry"),
    ):
        with pytest.raises(TargetError, match=says):
            fetch(npm, spec, tmp_path)


def test_without_network_the_user_is_told_what_is_in_the_cache(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0"))
    fetch(npm, "agent@1.0.0", tmp_path)
    npm.answers["view agent@latest"] = {"error": {"code": "ENOTFOUND", "summary": "getaddrinfo"}}
    with pytest.raises(TargetError, match=r"does not answer \(ENOTFOUND\).*In the cache: agent@1\.0\.0\."):
        fetch(npm, "npm:agent", tmp_path)


@pytest.mark.parametrize(
    "answer",
    [{"name": "other", "version": "1.0.0"}, {"name": "agent", "version": "../1"}, {"name": "agent"}, {"name": 5}],
)
def test_an_answer_that_does_not_fit_the_question_is_not_used(answer: Any, npm: FakeNpm, tmp_path: Path) -> None:
    npm.answers["view agent@latest"] = answer
    with pytest.raises(TargetError, match=r"The registry('s answer|) "):
        fetch(npm, "npm:agent", tmp_path)
    assert left_in(tmp_path / "cache") == ["npm"]


@pytest.mark.parametrize("line", ["asking the registry", "fetching", "unpacking"])
def test_an_interrupted_fetch_leaves_nothing(line: str, npm: FakeNpm, tmp_path: Path) -> None:
    def interrupt(said: str) -> None:
        if said.startswith(line):
            raise KeyboardInterrupt

    npm.publish(package("@s/agent", "1.0.0"))
    with pytest.raises(KeyboardInterrupt):
        fetch(npm, "@s/agent@1.0.0", tmp_path, progress=interrupt)
    assert left_in(tmp_path / "cache") == ["npm"]


def test_dependencies_that_were_left_out_are_named(npm: FakeNpm, tmp_path: Path) -> None:
    optional = {"a": "1", "b": "git+ssh://x/y", "c": "^1", "d": "2", "e": "3", "f": "*"}
    npm.publish(package("@anthropic-ai/claude-code", "9.9.9", bin={"claude": "cli.js"}, optionalDependencies=optional))
    assert fetch(npm, "claude-code@9.9.9", tmp_path).notes == (
        "optional dependencies from outside the registry were left out: b",
        "optional dependencies were not installed: a, c, d and 2 more",
    )


def test_what_a_killed_process_left_behind_is_cleared(npm: FakeNpm, tmp_path: Path) -> None:
    left = tmp_path / "cache" / "npm" / ".staging-dead"
    left.mkdir(parents=True)
    (left / "huge").write_bytes(b"x")
    npm.publish(package("agent", "1.0.0"))
    fetch(npm, "agent@1.0.0", tmp_path)
    assert not left.exists()


def test_a_cache_that_cannot_be_made_is_said(npm: FakeNpm, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(TargetError, match="set XDG_CACHE_HOME"):
        fetch(npm, "agent@1.0.0", tmp_path)


def _fetch_in_child(npm: NpmClient, cache: Path) -> tuple[Path, str | None]:
    target = resolve("agent@1.0.0", command=COMMAND, cache=cache, npm=npm).target
    return target.root, target.sha256


def test_two_fetches_at_once_end_with_one_whole_package(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0", {"cli.js": CLI, **{f"f{i}.txt": bytes(1000) for i in range(200)}}))
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    with ProcessPoolExecutor(3, context, initializer=together.wait, initargs=(60,)) as children:
        fetches = [children.submit(_fetch_in_child, npm.client, tmp_path / "cache") for _ in range(3)]
        answers = {each.result(60) for each in fetches}  # a child's error is raised here
    assert len(answers) == 1
    assert sum(call.startswith("pack") for call in npm.calls) == 1  # the others waited, and found it
    (root, _sha) = answers.pop()
    entry = store.read(root.parent)
    assert entry is not None and store.is_whole(root.parent, entry) and entry.files == 202


def test_a_package_that_is_there_already_wins_over_a_second_one(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("agent", "1.0.0"))
    root = fetch(npm, "agent@1.0.0", tmp_path).root
    folder = tmp_path / "cache" / "npm"
    entry = store.read(root.parent)
    assert entry is not None
    inode = root.stat().st_ino
    with store.staging(folder) as work:
        (work / "package").mkdir()
        assert store.place(folder, work, entry) == root.parent
    assert root.stat().st_ino == inode and not list(folder.glob(".staging-*"))


def test_the_cache_lies_where_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert store.base_folder(None) == tmp_path / ".cache" / "wiretell"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert store.base_folder(None) == tmp_path / "x" / "wiretell"
    assert store.base_folder(tmp_path / "y") == tmp_path / "y"
