"""Targets for reading: no recipe, no program, nothing installed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from tests.target.packages import FakeNpm, elf, package, put, tarball
from tests.target.test_npm import PLATFORM
from wiretell.errors import TargetError
from wiretell.model.agent import Target
from wiretell.target import locate, resolve
from wiretell.target.folder import digest
from wiretell.target.pypi import PipClient

_FAKE_PIP = """
import json, pathlib, shutil, sys
answers = json.loads(pathlib.Path(sys.argv[1]).read_text())
with open(sys.argv[1] + ".log", "a") as log:
    log.write(" ".join(sys.argv[2:]) + chr(10))
answer = answers[sys.argv[-1]]
pathlib.Path(sys.argv[sys.argv.index("--log") + 1]).write_text(answer.get("log", ""))
if "file" in answer:
    shutil.copy(answer["file"], sys.argv[sys.argv.index("--dest") + 1])
else:
    sys.exit(answer["error"])
"""


def wheel(files: dict[str, bytes], *, link: str = "") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = ((stat.S_IFLNK | 0o777) if name == link else (stat.S_IFREG | 0o755)) << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


class FakePip:
    """A program that answers as `pip download` would: requirement -> a wheel, or what pip says."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.answers = folder, dict[str, dict[str, str]]()
        folder.mkdir()

    def publish(self, requirement: str, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)
        self.answers[requirement] = {"file": str(self.folder / name)}

    @property
    def client(self) -> PipClient:
        put(self.folder / "fake.py", _FAKE_PIP)
        put(self.folder / "answers", json.dumps(self.answers))
        missing = (sys.executable, "-S", "-c", "import sys; sys.exit('x: No module named pip')")
        own = (sys.executable, "-S", str(self.folder / "fake.py"), str(self.folder / "answers"))
        return PipClient((("/no/such/program",), missing, own))

    @property
    def calls(self) -> list[str]:
        log = self.folder / "answers.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def npm(tmp_path: Path) -> FakeNpm:
    return FakeNpm(tmp_path / "npm", {})


@pytest.fixture
def pip(tmp_path: Path) -> FakePip:
    return FakePip(tmp_path / "pip")


def found(spec: str, tmp_path: Path, npm: FakeNpm | None = None, pip: FakePip | None = None) -> Target:
    asked = npm.client if npm else None, pip.client if pip else None
    return locate(spec, cache=tmp_path / "cache", npm=asked[0], pip=asked[1])


def test_a_package_without_recipe_or_program_is_read(npm: FakeNpm, tmp_path: Path) -> None:
    blob = package("thing", "1.0.0", {"index.js": b"let a"}, bin={})
    npm.publish(blob, tag="latest")
    for spec in ("thing@1.0.0", "npm:thing@1.0.0", "npm:thing"):
        target = found(spec, tmp_path, npm)
        assert (target.kind, target.name, target.version, target.start, target.runtime) == (
            "npm", "thing", "1.0.0", (), ""
        )  # fmt: skip
        assert target.sha256 == hashlib.sha256(blob).hexdigest()
        assert (target.root / "index.js").read_bytes() == b"let a"
    with pytest.raises(TargetError, match="holds no program"):
        resolve("thing@1.0.0", command=("x",), cache=tmp_path / "cache", npm=npm.client)


def test_what_was_fetched_to_be_read_is_not_started_without_its_dependencies(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("thing", "1.0.0", dependencies={"a": "1", "b": "git+ssh://x/y"}))
    target = found("thing@1.0.0", tmp_path, npm)
    assert target.notes == ("dependencies were not installed: a, b",)
    assert target.start[-1] == "/opt/agent/cli.js"
    assert not any(call.startswith("install") for call in npm.calls)
    with pytest.raises(TargetError, match="needs b from"):
        resolve("thing@1.0.0", command=("x",), cache=tmp_path / "cache", npm=npm.client)


def test_a_package_without_dependencies_is_fetched_once_for_both(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("thing", "1.0.0"))
    target = found("thing@1.0.0", tmp_path, npm)
    asked = len(npm.calls)
    assert resolve("thing@1.0.0", command=("x",), cache=tmp_path / "cache", npm=npm.client).target == target
    assert len(npm.calls) == asked


def test_the_program_of_this_platform_is_followed_or_named_directly(npm: FakeNpm, tmp_path: Path) -> None:
    manifest = json.dumps({"name": f"agent-{PLATFORM}", "version": "1.0.0"}).encode()
    own = tarball({"package.json": manifest, "agent": elf(loader=True)}, executable=("agent",))
    npm.publish(own)
    npm.publish(package("agent", "1.0.0", optionalDependencies={f"agent-{PLATFORM}": "1.0.0"}))
    for spec in ("agent@1.0.0", f"agent-{PLATFORM}@1.0.0"):
        assert (found(spec, tmp_path, npm).root / "agent").is_file()
    npm.publish(package("other", "1.0.0", optionalDependencies={"other-linux-mips": "1", "other-linux-arm64": "1.0.0"}))
    assert (found("other@1.0.0", tmp_path, npm).root / "cli.js").is_file()


def test_a_recipes_name_is_its_package(npm: FakeNpm, tmp_path: Path) -> None:
    npm.publish(package("@openai/codex", "1.0.0", bin={"codex": "cli.js"}))
    assert found("codex@1.0.0", tmp_path, npm).name == "@openai/codex"


def test_a_version_that_was_never_published_is_answered_with_its_neighbours(npm: FakeNpm, tmp_path: Path) -> None:
    npm.answers["view thing"] = {"versions": ["1.0.0", "1.2.0"], "dist-tags": {"latest": "1.2.0"}}
    with pytest.raises(TargetError, match=r"thing has no version 1\.1\.0; near it: 1\.0\.0, 1\.2\.0"):
        found("thing@1.1.0", tmp_path, npm)


def test_a_tarball_is_a_package_or_else_a_plain_file(npm: FakeNpm, tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(package("thing", "1.0.0"))
    assert found(str(tmp_path / "a.tgz"), tmp_path, npm).kind == "npm"
    (tmp_path / "b.tar.gz").write_bytes(tarball({"x.js": b"x"}))
    target = found(str(tmp_path / "b.tar.gz"), tmp_path, npm)
    assert (target.kind, target.root) == ("file", tmp_path / "b.tar.gz")
    assert "no npm package" in target.notes[0]


FILES = {"thing/__init__.py": b"x = 1", "thing-1.0.dist-info/METADATA": b"Name: thing"}


def test_a_package_of_pypi_is_fetched_as_a_wheel_and_unpacked(pip: FakePip, tmp_path: Path) -> None:
    blob = wheel(FILES)
    pip.publish("Thing_x==1.0", "thing_x-1.0-py3-none-any.whl", blob)
    target = found("pypi:Thing_x==1.0", tmp_path, pip=pip)
    assert (target.kind, target.name, target.version, target.start) == ("pypi", "thing-x", "1.0", ())
    assert target.sha256 == hashlib.sha256(blob).hexdigest()
    assert (target.root / "thing/__init__.py").read_bytes() == b"x = 1"
    assert stat.S_IMODE((target.root / "thing/__init__.py").stat().st_mode) == 0o644
    assert found("pypi:thing.x==1.0", tmp_path, pip=pip) == target
    assert len(pip.calls) == 1
    assert "--only-binary=:all:" in pip.calls[0] and "--no-deps" in pip.calls[0]


def test_a_wheel_of_this_machine_is_read(tmp_path: Path) -> None:
    file = tmp_path / "thing-1.0-py3-none-any.whl"
    file.write_bytes(wheel(FILES))
    target = found(str(file), tmp_path)
    assert (target.kind, target.name, target.version) == ("pypi", "thing", "1.0")
    assert found(str(file), tmp_path) == target and "no package index vouches" in target.notes[1]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (
            "ERROR: ... (from versions: 0.8, 0.9, 2.0, 10.0)",
            r"no version 1\.0 as a wheel.*near it: 0\.8, 0\.9, 2\.0, 10",
        ),
        ("ERROR: ... (from versions: none)", "no such package, or only its source, which is never built here"),
        ("noise\nERROR: HTTP error 403", "pip could not fetch thing==1.0: ERROR: HTTP error 403"),
    ],
)
def test_what_pip_cannot_fetch_is_said_in_one_sentence(said: str, says: str, pip: FakePip, tmp_path: Path) -> None:
    pip.answers["thing==1.0"] = {"error": said}
    with pytest.raises(TargetError, match=says):
        found("pypi:thing==1.0", tmp_path, pip=pip)
    assert list((tmp_path / "cache/pypi").iterdir()) == []


def test_a_machine_without_pip_is_said(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="There is no pip on this machine"):
        locate("pypi:x", cache=tmp_path, pip=PipClient((("/no/such/program",),)))


@pytest.mark.parametrize("spec", ["pypi:", "pypi:../x", "pypi:x>=1", "pypi:x==", "pypi:-r", "pypi:x==-e", "pypi:x[y]"])
def test_what_is_no_requirement_never_reaches_pip(spec: str, pip: FakePip, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="names no package"):
        found(spec, tmp_path, pip=pip)
    assert pip.calls == []


HOSTILE = {
    "traversal": (wheel({"../../evil": b"x"}), "leads out"),
    "absolute": (wheel({"/evil": b"x"}), "absolute path"),
    "link": (wheel({"evil": b"/etc/passwd"}, link="evil"), "holds a link"),
    "bomb": (wheel({"evil": bytes(80 << 20)}), "more than its size allows"),
    "cut": (wheel(FILES)[:-40], "is broken"),
    "empty": (wheel({}), "empty archive"),
    "file-as-folder": (wheel({"a": b"x", "a/evil": b"x"}), "cannot be unpacked"),
    "deep": (wheel({"a/" * 200 + "evil": b"x"}), "more than 100 folders"),
    "text": (b"no wheel", "is broken"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_wheel_leaves_nothing(name: str, tmp_path: Path) -> None:
    blob, says = HOSTILE[name]
    file = tmp_path / "thing-1.0-py3-none-any.whl"
    file.write_bytes(blob)
    with pytest.raises(TargetError, match=says):
        found(str(file), tmp_path)
    assert list((tmp_path / "cache/pypi").iterdir()) == [] and not list(tmp_path.rglob("evil"))


def test_a_wheel_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.whl").write_bytes(wheel(FILES))
    with pytest.raises(TargetError, match="not named as wheels are"):
        found(str(tmp_path / "x.whl"), tmp_path)


def test_a_file_is_its_own_root(tmp_path: Path) -> None:
    file = tmp_path / "any.txt"
    file.write_bytes(b"words")
    target = found(str(file), tmp_path)
    assert (target.kind, target.name, target.version, target.root) == ("file", "any.txt", None, file)
    assert (target.sha256, target.start, target.runtime) == (hashlib.sha256(b"words").hexdigest(), (), "")


def test_a_folder_has_the_digest_that_an_audit_gives_it(tmp_path: Path) -> None:
    root = tmp_path / "folder"
    (root / "sub").mkdir(parents=True)
    (root / "sub/x.js").write_text("x")
    (root / "link").symlink_to("sub")
    target = found(str(root), tmp_path)
    assert (target.kind, target.name, target.root, target.sha256) == ("folder", "folder", root, digest(root))
    os.mkfifo(root / "pipe")
    assert found(str(root), tmp_path).sha256 != target.sha256


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing", "There is no file, folder or recipe"),
        ("empty", "is empty: there is nothing to read"),
        ("pipe", "a pipe, socket or device"),
        ("", "No target is named"),
        ("codec", "did you mean 'codex'"),
    ],
)
def test_nothing_to_read_is_said(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TargetError, match=says):
        found(name if name in {"", "codec"} else str(tmp_path / name), tmp_path)


@pytest.mark.real
def test_a_real_package_of_each_registry(tmp_path: Path) -> None:
    for spec, name in (("npm:is-number@7.0.0", "index.js"), ("pypi:idna==3.10", "idna/core.py")):
        try:
            target = locate(spec, cache=tmp_path)
        except TargetError as error:
            pytest.skip(f"a registry does not answer: {error}")
        assert (target.root / name).is_file()


def test_a_folder_deeper_than_the_stack_is_read(tmp_path: Path) -> None:
    deep = tmp_path / "root"
    deep.mkdir()
    file = f"{deep}{'/d' * 1200}/file"
    for depth in range(1, 1201):
        os.mkdir(f"{deep}{'/d' * depth}")  # noqa: PTH102
    Path(file).write_text("x")
    first = locate(str(deep)).sha256
    Path(file).write_text("y")
    assert locate(str(deep)).sha256 != first
    Path(file).unlink()
    for depth in range(1200, 0, -1):  # pytest's own clean-up is recursive
        os.rmdir(f"{deep}{'/d' * depth}")  # noqa: PTH106
