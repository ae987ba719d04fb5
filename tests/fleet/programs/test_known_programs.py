"""The script that makes `known.json`."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from wiretell.errors import TargetError
from wiretell.fleet.programs.identifying import known

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "known_programs.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("known_programs", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive(folder: Path, content: bytes, kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(folder / "a.tgz", "w:gz") as tar:
        for name in ("package/../../escaped", "package/claude"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), "/etc/passwd"
            tar.addfile(entry, io.BytesIO(content))
    return folder / "a.tgz"


def test_one_file_is_hashed_and_none_unpacked(script: ModuleType, tmp_path: Path) -> None:
    content = b"x" * (3 << 20)
    found = script.hashed(archive(tmp_path, content), "package/claude")
    assert found == (hashlib.sha256(content).hexdigest(), len(content))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tgz"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.DIRTYPE])
def test_what_is_no_file_is_an_error(script: ModuleType, tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(TargetError, match=r"holds no package/claude"):
        script.hashed(archive(tmp_path, b"", kind), "package/claude")


def test_the_table_is_the_list(script: ModuleType) -> None:
    """A release that was listed and not fetched would be missing in silence."""
    listed = [
        (release.product, version, release.package.format(version=version))
        for release in script.RELEASES
        for version in release.versions
    ]
    assert [(each.product, each.version, each.package) for each in known()] == listed
    assert all(re.fullmatch(r"package/[\w./-]+", each.file) for each in known())
