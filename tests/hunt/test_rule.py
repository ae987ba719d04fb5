"""The hash of the rule covers all that decides."""

from __future__ import annotations

import zipfile
from importlib import resources
from pathlib import Path

import pytest

import wiretell.hunt
from wiretell.hunt import rule

HERE = Path(wiretell.hunt.__file__).parent
FILES = [("graph/a.py", b"one"), ("sql/b.sql", b"two")]


def test_all_that_decides_is_in_it() -> None:
    names = rule.deciding()
    assert list(names) == sorted(set(names))
    assert {"rule.toml", "core.py", "graph/clustering.py", "judging/tiers.py", "sql/20-round.sql"} <= set(names)
    on_disk = {
        path.relative_to(HERE).as_posix()
        for folder in ("graph", "evidence", "judging", "keys", "sql")
        for path in (HERE / folder).rglob("*")
        if path.suffix in {".py", ".sql"}
    }
    assert set(names) == on_disk | {"rule.toml", "core.py"}


@pytest.mark.parametrize(
    "other",
    [
        [("graph/a.py", b"onet"), ("sql/b.sql", b"wo")],
        [("graph/a.p", b"yone"), ("sql/b.sql", b"two")],
        [("graph/a.py", b"one"), ("sql/c.sql", b"two")],
        [("graph/a.py", b"One"), ("sql/b.sql", b"two")],
        FILES[:1],
    ],
)
def test_any_change_changes_it(other: list[tuple[str, bytes]]) -> None:
    assert rule.digest(FILES) != rule.digest(other)
    assert rule.digest(FILES) == rule.digest(list(FILES))


def test_it_is_the_same_from_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = rule.rule_id()
    packed = tmp_path / "a.whl"
    with zipfile.ZipFile(packed, "w") as wheel:
        for path in sorted(HERE.rglob("*"), reverse=True):
            if path.is_file():
                wheel.write(path, f"wiretell/hunt/{path.relative_to(HERE).as_posix()}")
    inside = zipfile.Path(packed, "wiretell/hunt/")
    monkeypatch.setattr(resources, "files", lambda _: inside)
    rule.rule_id.cache_clear()
    try:
        assert rule.rule_id() == here
    finally:
        rule.rule_id.cache_clear()


def test_the_version_is_the_files() -> None:
    assert rule.rule_id().version == rule.shipped().version
    assert len(bytes.fromhex(rule.rule_id().sha256)) == 32
