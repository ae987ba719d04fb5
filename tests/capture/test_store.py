"""What is saved is what is loaded, and a damaged store is refused with the name of the file."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import shutil
import tempfile
import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.make_fixture import CAPTURES, FIXTURES, META
from wiretell.capture import store
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.capture import Capture, LeftFile
from wiretell.model.world import World

# --- any capture


def any_value(of: Any) -> st.SearchStrategy[Any]:
    """A strategy for a type of the model, so that a new field is tested from its first day."""
    simple: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(-(2**63), 2**64 - 1),
        float: st.floats(allow_nan=False),
        bool: st.booleans(),
        bytes: st.binary(max_size=12),
        str: st.text(st.characters(categories=["Cs", "L", "P", "Zs", "Cc", "Cn"]), max_size=6),
        type(None): st.none(),
    }
    if of in simple:
        return simple[of]
    if of is World:
        return st.dictionaries(simple[str], simple[str], max_size=3).map(World.of)
    if isinstance(of, type) and issubclass(of, StrEnum):
        return st.sampled_from(list(of))
    if dataclasses.is_dataclass(of) and isinstance(of, type):
        hints = typing.get_type_hints(of)
        return st.builds(of, **{field.name: any_value(hints[field.name]) for field in dataclasses.fields(of)})
    arguments = typing.get_args(of)
    if isinstance(of, types.UnionType):
        return st.one_of([any_value(argument) for argument in arguments])
    if arguments[-1] is Ellipsis:
        return st.lists(any_value(arguments[0]), max_size=2).map(tuple)
    return st.tuples(*[any_value(argument) for argument in arguments])


captures = st.lists(any_value(Capture), max_size=2, unique_by=lambda capture: capture.run)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_value(str),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(any_value(str), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=60)
@given(captures, st.dictionaries(any_value(str), json_values, max_size=3))
def test_what_is_saved_is_loaded(saved: list[Capture], meta: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "audit"
        store.save(folder, saved, meta)
        loaded = store.load(folder)
    assert loaded.captures == tuple(saved)
    assert loaded.meta == meta


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "audit"


@pytest.fixture
def saved(folder: Path) -> Path:
    store.save(folder, CAPTURES, META)
    return folder


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_store_is_an_index_and_one_file_a_run(saved: Path) -> None:
    assert listing(saved) == {"audit.json", "runs", "runs/0000.run", "runs/0007.run"}
    index = json.loads((saved / "audit.json").read_text())
    assert (index["version"], index["meta"]) == (1, META)


def test_meta_may_hold_read_only_mappings(folder: Path) -> None:
    store.save(folder, [], {"env": types.MappingProxyType({"A": ("b",)})})
    assert store.load(folder).meta == {"env": {"A": ["b"]}}


# --- older versions


def fixtures() -> list[Path]:
    return sorted(FIXTURES.iterdir())


@pytest.mark.parametrize("fixture", fixtures(), ids=lambda path: path.name)
def test_what_every_version_stored_can_be_read(fixture: Path) -> None:
    loaded = store.load(fixture)
    assert f"v{loaded.version}" == fixture.name
    assert (loaded.captures, loaded.meta) == (CAPTURES, META)


def test_every_version_has_a_fixture_and_a_converter() -> None:
    assert [path.name for path in fixtures()] == [f"v{version}" for version in range(1, store.VERSION + 1)]
    assert set(store.CONVERTERS) == set(range(1, store.VERSION))


def test_converters_are_applied_one_after_the_other(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(plain: store.Plain) -> store.Plain:
        renamed = [{**capture, "purpose": "renamed"} for capture in plain.captures]
        return store.Plain({**plain.meta, "steps": 1}, renamed)

    def count(plain: store.Plain) -> store.Plain:
        return store.Plain({**plain.meta, "steps": plain.meta["steps"] + 1}, plain.captures)

    monkeypatch.setattr(store, "VERSION", 3)
    monkeypatch.setattr(store, "CONVERTERS", {1: rename, 2: count})
    loaded = store.load(saved)
    assert loaded.version == 1
    assert loaded.meta == {**META, "steps": 2}
    assert loaded.captures == tuple(dataclasses.replace(capture, purpose="renamed") for capture in CAPTURES)
    with pytest.raises(FormatError, match="not added to"):
        store.append(saved, [])


def test_a_converter_that_meets_something_else_is_a_format_error(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def need(plain: store.Plain) -> store.Plain:
        return store.Plain(plain.meta["absent"], plain.captures)

    monkeypatch.setattr(store, "VERSION", 2)
    monkeypatch.setattr(store, "CONVERTERS", {1: need})
    with pytest.raises(FormatError, match="no store of version 1"):
        store.load(saved)


# --- adding


def test_captures_can_be_added(saved: Path) -> None:
    more = dataclasses.replace(CAPTURES[0], run=12345)
    store.append(saved, [more])
    assert store.load(saved).captures == (*CAPTURES, more)
    assert (saved / "runs" / "12345.run").exists()
    assert not [name for name in listing(saved) if ".part" in name]


def test_a_run_is_never_written_twice(saved: Path) -> None:
    with pytest.raises(InternalError, match="same number"):
        store.append(saved, [CAPTURES[0]])
    assert store.load(saved).captures == CAPTURES


def test_there_must_be_a_store_to_add_to(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no saved audit"):
        store.append(tmp_path, CAPTURES)


# --- nothing half written


def test_two_captures_of_one_run_leave_nothing(folder: Path) -> None:
    with pytest.raises(InternalError, match="same number"):
        store.save(folder, [CAPTURES[0], CAPTURES[0]], META)
    assert not folder.exists()


@pytest.mark.parametrize("meta", [{"a": {1, 2}}, {"a": float("nan")}, {"a": b""}])
def test_meta_that_is_no_json_leaves_nothing(folder: Path, meta: dict[str, object]) -> None:
    with pytest.raises(InternalError, match="no JSON"):
        store.save(folder, CAPTURES, meta)
    assert not folder.exists()


def interrupted() -> Iterator[Capture]:
    yield CAPTURES[0]
    raise KeyboardInterrupt


def test_an_interruption_leaves_nothing(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        store.save(folder, interrupted(), META)
    assert not folder.exists()
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        store.save(folder, interrupted(), META)
    assert listing(folder) == set()


def test_an_interruption_leaves_the_old_store(saved: Path) -> None:
    before = listing(saved)
    with pytest.raises(KeyboardInterrupt):
        store.save(saved, interrupted(), {}, replace=True)
    with pytest.raises(KeyboardInterrupt):
        store.append(saved, (dataclasses.replace(capture, run=99) for capture in interrupted()))
    assert before <= listing(saved)
    assert store.load(saved) == store.StoredAudit(META, CAPTURES, 1, store.load(saved).wiretell)


def test_a_full_disk_is_said_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "_move_in", full)
    with pytest.raises(UsageError, match=r"cannot write .*audit: No space left"):
        store.save(folder, CAPTURES, META)
    assert not folder.exists()


def test_what_a_killed_save_left_is_no_store_and_is_cleared_away(saved: Path) -> None:
    (saved / "audit.json").unlink()
    (saved / ".part-xyz").mkdir()
    with pytest.raises(FormatError, match="no saved audit"):
        store.load(saved)
    store.save(saved, CAPTURES[1:], META)
    assert store.load(saved).captures == CAPTURES[1:]
    assert listing(saved) == {"audit.json", "runs", "runs/0007.run"}


# --- places that are taken


def test_a_store_is_replaced_only_on_demand(saved: Path) -> None:
    with pytest.raises(UsageError, match="a saved audit already"):
        store.save(saved, [], {})
    store.save(saved, CAPTURES[:1], {}, replace=True)
    assert store.load(saved).captures == CAPTURES[:1]
    assert listing(saved) == {"audit.json", "runs", "runs/0000.run"}


@pytest.mark.parametrize("name", ["notes.txt", "runs/notes.txt", ".hidden"])
def test_a_folder_with_other_files_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("mine")
    for replace in (False, True):
        with pytest.raises(UsageError, match="other files"):
            store.save(folder, CAPTURES, META, replace=replace)
    assert (folder / name).read_text() == "mine"


def test_an_audit_json_of_something_else_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "audit.json").write_text('{"schema": "wiretell/audit/1"}')
    with pytest.raises(FormatError, match="does not describe captures"):
        store.save(folder, CAPTURES, META, replace=True)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for place in (file, file / "below"):
        with pytest.raises(UsageError):
            store.save(place, CAPTURES, META)
    assert file.read_text() == "mine"


# --- damaged stores

RUN = "runs/0007.run"


def change_index(folder: Path, **changes: object) -> None:
    file = folder / "audit.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def forge(folder: Path, packed: bytes) -> None:
    """Put another file in place of a run, with its sum in the index."""
    (folder / RUN).write_bytes(packed)
    change_index(folder, runs=[{"run": 7, "sha256": hashlib.sha256(packed).hexdigest()}])


def test_a_newer_version_is_refused_in_one_sentence(saved: Path) -> None:
    change_index(saved, version=2, runs="in another form")
    with pytest.raises(FormatError, match=r"audit.json is of version 2, and this wiretell reads up to 1: use a newer"):
        store.load(saved)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "1"}, "whole number"),
        ({"version": True}, "whole number"),
        ({"version": 0}, "whole number"),
        ({"format": "other"}, "does not describe"),
        ({"runs": [{"run": "../../7", "sha256": ""}]}, "Expected `int`"),
        ({"runs": None}, "Expected `array`"),
        ({"meta": []}, "Expected `object`"),
        ({"runs": [{"run": 7, "sha256": ""}] * 2}, "names a run twice"),
    ],
)
def test_a_damaged_index_is_refused(saved: Path, changes: dict[str, object], message: str) -> None:
    change_index(saved, **changes)
    with pytest.raises(FormatError, match=f"audit.json .*{message}"):
        store.load(saved)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_an_index_that_is_no_json_is_refused(saved: Path, content: bytes) -> None:
    (saved / "audit.json").write_bytes(content)
    with pytest.raises(FormatError, match=r"audit\.json"):
        store.load(saved)


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(FormatError, match="holds no saved audit"):
            store.load(place)


@given(st.integers(0, 10_000), st.booleans(), st.binary(min_size=1, max_size=9))
def test_a_changed_or_truncated_run_is_refused(at: int, cut: bool, noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(shutil.copytree(FIXTURES / "v1", Path(place) / "v1"))
        good = (copy / RUN).read_bytes()
        at %= len(good)
        bad = good[:at] if cut else good[:at] + noise + good[at + len(noise) :]
        (copy / RUN).write_bytes(bad)
        if bad == good:
            return
        with pytest.raises(FormatError, match=r"0007\.run .*SHA-256"):
            store.load(copy)


def packed(value: object) -> bytes:
    return zstandard.compress(msgspec.msgpack.encode(value))


WHOLE = (FIXTURES / "v1" / RUN).read_bytes()


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"garbage",
        WHOLE[:-1],
        WHOLE + b"x",
        zstandard.compress(b""),
        zstandard.ZstdCompressor(write_content_size=False).compress(b"1"),
        zstandard.compress(b"\xc1"),
        packed(1),
        packed((False, {})),
        packed((True, {})),
        packed((True, {"run": "\u20ac"})),
        packed((True, {"run": "\xff"})),
        packed((False, {"run": "7"})),
        zstandard.compress(b"\x92\xc2" + b"\x91" * 100_000),
    ],
)
def test_a_forged_run_is_refused_with_its_name(saved: Path, forged: bytes) -> None:
    forge(saved, forged)
    with pytest.raises(FormatError, match=r"0007\.run is damaged"):
        store.load(saved)


def test_a_missing_run_and_an_exchanged_one_are_refused(saved: Path) -> None:
    forge(saved, (saved / "runs/0000.run").read_bytes())
    with pytest.raises(FormatError, match=r"0007\.run holds run 0"):
        store.load(saved)
    (saved / RUN).unlink()
    with pytest.raises(FormatError, match=r"0007\.run is missing"):
        store.load(saved)


def test_names_that_are_no_utf8_are_kept(folder: Path) -> None:
    odd = dataclasses.replace(CAPTURES[0], files=(LeftFile("\udcff\ud83d\ude00é", 1, 0, ""),))
    store.save(folder, [odd], {"level": "\udcff"})
    loaded = store.load(folder)
    assert loaded.captures == (odd,)
    assert loaded.meta == {"level": "\udcff"}
