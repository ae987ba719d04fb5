"""The real npm, with a registry on loopback: that no script is run, and that npm's errors become sentences."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.target.packages import CLI, Registry, package, real_npm, registry
from wiretell.errors import TargetError
from wiretell.target import resolve
from wiretell.target.npm_client import NotThereError, NpmClient, user_npm

COMMAND = ("-p", "{prompt}")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def publish_with_scripts(served: Registry, marker: Path) -> None:
    """A package and a dependency, each with an install script that would leave a file."""
    script = f"{sys.executable} -c \"open(r'{marker}', 'a').write('ran')\""
    scripts = {"preinstall": script, "install": script, "postinstall": script, "prepare": script}
    served.publish(package("dep", "1.0.0", scripts=scripts, bin={}))
    files = {"cli.js": CLI, ".npmrc": f"ignore-scripts=false\nregistry={served.url}/hostile\n".encode()}
    served.publish(package("agent", "1.0.0", files, scripts=scripts, dependencies={"dep": "^1.0.0"}))


def test_no_install_script_is_ever_run_and_a_hostile_npmrc_is_not_read(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    with registry() as served:
        publish_with_scripts(served, marker)
        npm = real_npm(served.url, tmp_path / "home")
        target = resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm).target
        assert (target.root / "node_modules" / "dep" / "cli.js").read_bytes() == CLI
        assert not (target.root / "node_modules" / ".package-lock.json").exists()
        assert not marker.exists()
        assert any(
            note.startswith("install scripts were not run: preinstall, install, postinstall") for note in target.notes
        )
        assert any(note.startswith("1 dependencies were installed as of") for note in target.notes)
        assert "install scripts of dependencies were not run: dep" in target.notes
        assert not [path for path in served.asked if "hostile" in path]

        # The same npm, asked without care, does run them: the test above can fail.
        plain = tmp_path / "plain"
        plain.mkdir()
        (plain / "package.json").write_text(
            json.dumps({"name": "x", "version": "1.0.0", "dependencies": {"dep": "1.0.0"}})
        )
        # (newer npm wants each script allowed by name first)
        words = ("install", "--dangerously-allow-all-scripts", f"--prefix={plain}")
        npm._run((*npm.argv, *words), plain, 60)
        assert marker.exists()

    again = real_npm(f"http://127.0.0.1:{closed_port()}", tmp_path / "home")
    assert resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=again).target == target


@pytest.mark.parametrize(
    "where", ["git+https://127.0.0.1/x.git", "file:../../secret", "http://127.0.0.1:1/x.tgz", "a/b"]
)
def test_a_dependency_from_elsewhere_than_the_registry_is_refused(where: str, tmp_path: Path) -> None:
    with registry() as served:
        served.publish(package("agent", "1.0.0", dependencies={"dep": where}))
        npm = real_npm(served.url, tmp_path / "home")
        with pytest.raises(TargetError, match="which is no registry; it is not fetched"):
            resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm)
    assert [path.name for path in (tmp_path / "cache").rglob("*")] == ["npm"]


def test_a_dependency_of_a_dependency_from_elsewhere_is_refused_too(tmp_path: Path) -> None:
    with registry() as served:
        served.publish(package("dep", "1.0.0", bin={}, dependencies={"evil": "git+https://127.0.0.1/x.git"}))
        served.publish(package("agent", "1.0.0", dependencies={"dep": "1.0.0"}))
        npm = real_npm(served.url, tmp_path / "home")
        with pytest.raises(TargetError, match="does not come from the registry"):
            resolve("agent@1.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm)
    assert [path.name for path in (tmp_path / "cache").rglob("*")] == ["npm"]


def test_npms_errors_become_sentences(tmp_path: Path) -> None:
    with registry() as served:
        served.publish(package("agent", "1.0.0"))
        npm = real_npm(served.url, tmp_path / "home")
        assert npm.view("agent@latest", tmp_path).version == "1.0.0"
        assert npm.versions("agent", tmp_path) == (("1.0.0",), {"latest": "1.0.0"})
        with pytest.raises(NotThereError):
            npm.view("nothing@latest", tmp_path)
        with pytest.raises(NotThereError):
            npm.view("agent@2.0.0", tmp_path)
        with pytest.raises(NotThereError):
            npm.pack("agent@2.0.0", tmp_path)


def test_a_package_without_the_tag_latest_is_not_called_missing(tmp_path: Path) -> None:
    with registry() as served:
        served.publish(package("agent", "1.0.0"))
        del served.packages["agent"]["dist-tags"]["latest"]
        npm = real_npm(served.url, tmp_path / "home")
        assert npm.view("agent@1.0.0", tmp_path).version == "1.0.0"
        for ask in (lambda: npm.view("agent@latest", tmp_path), lambda: npm.versions("agent", tmp_path)):
            with pytest.raises(TargetError, match="no version is tagged `latest`") as caught:
                ask()
            assert not isinstance(caught.value, NotThereError)
        with pytest.raises(TargetError, match=r"The registry has no agent@2\.0\.0; what it has is not known"):
            resolve("agent@2.0.0", command=COMMAND, cache=tmp_path / "cache", npm=npm)


def test_settings_of_the_user_that_hide_versions_do_not_make_them_missing(tmp_path: Path) -> None:
    with registry() as served:
        served.publish(package("agent", "1.0.0"))
        served.packages["agent"]["time"] = {"1.0.0": "2026-01-02T00:00:00.000Z"}
        npm = real_npm(served.url, tmp_path / "home")
        assert npm.env is not None
        tagged = replace(npm, env={**npm.env, "npm_config_tag": "beta"})
        assert tagged.versions("agent", tmp_path) == (("1.0.0",), {"latest": "1.0.0"})
        assert tagged.times("agent", tmp_path) == (("1.0.0",), {"1.0.0": "2026-01-02T00:00:00.000Z"})
        early = replace(npm, env={**npm.env, "npm_config_before": "2025-01-01"})
        with pytest.raises(TargetError, match=r"settings \(`before`, `min-release-age`\) hide agent@1") as caught:
            early.pack("agent@1.0.0", tmp_path)
        assert not isinstance(caught.value, NotThereError)


def test_a_registry_that_does_not_answer_is_said_soon(tmp_path: Path) -> None:
    npm = real_npm(f"http://127.0.0.1:{closed_port()}", tmp_path / "home")
    began = time.monotonic()
    with pytest.raises(TargetError, match=r"The npm registry does not answer \(ECONNREFUSED\)"):
        npm.view("agent@latest", tmp_path)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("E401", "wants a login"),
        ("EAI_AGAIN", "does not answer"),
        ("SELF_SIGNED_CERT_IN_CHAIN", "certificate is not trusted"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate is not trusted"),
        ("EINTEGRITY", "is not what the registry announced"),
        ("ENOSPC", "The disk is full"),
        ("E500", "npm view failed for agent@1.0.0: the summary"),
    ],
)
def test_each_code_of_npm_has_its_sentence(code: str, says: str, tmp_path: Path) -> None:
    answer = json.dumps({"error": {"code": code, "summary": "the summary\nand more"}})
    npm = NpmClient((sys.executable, "-S", "-c", f"import sys; print({answer!r}); sys.exit(1)"))
    with pytest.raises(TargetError, match=says):
        npm.view("agent@1.0.0", tmp_path)


def test_an_npm_that_says_nothing_useful_is_said(tmp_path: Path) -> None:
    for program, says in (("print('hello')", "answered no JSON"), ("raise SystemExit(3)", "without a word")):
        with pytest.raises(TargetError, match=says):
            NpmClient((sys.executable, "-S", "-c", program)).view("a@1.0.0", tmp_path)
    with pytest.raises(TargetError, match="npm cannot be started"):
        NpmClient(("/nonexistent/npm",)).view("a@1.0.0", tmp_path)


def test_an_npm_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    program = "import os, time; open('pid', 'w').write(str(os.fork() or os.getpid())); time.sleep(60)"
    npm = NpmClient((sys.executable, "-S", "-c", program))
    with pytest.raises(TargetError, match="did not end within"):
        npm._run((*npm.argv, "view"), tmp_path, 0.5)
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            break
        if state == "Z":  # ended; its parent is gone and nobody reads its exit code here
            break
        time.sleep(0.05)
    else:
        pytest.fail(f"process {pid} is still alive")


def test_the_users_npm_is_the_wheels_and_keeps_their_environment() -> None:
    npm = user_npm()
    assert npm.env is None
    assert all(Path(word).is_file() for word in npm.argv) and os.access(npm.argv[0], os.X_OK)
