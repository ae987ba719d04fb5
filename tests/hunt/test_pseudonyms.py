"""Pseudonymised logs: equal stays equal, nothing of the old values stays, and a hunt sees the same graph."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import hmac
import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.cli import run
from wiretell.errors import FormatError, UsageError
from wiretell.hunt.pseudonyms import Columns, Pseudonymised, key_of, pseudonymise
from wiretell.hunt.pseudonyms.columns import COARSENED, KEPT, REPLACED, chosen
from wiretell.hunt.pseudonyms.hashing import Pseudonyms, network
from wiretell.hunt.rule import shipped

KEY = bytes(range(32))
NOON = dt.datetime(2026, 5, 4, 12, 34, 56, 789, dt.UTC)
SCHEMA = pa.schema(
    {
        "exchange_id": pa.string(),
        "ts": pa.timestamp("us", "UTC"),
        "account": pa.string(),
        "org": pa.string(),
        "account_created": pa.timestamp("us", "UTC"),
        "ip": pa.string(),
        "client": pa.string(),
        "prefix_blocks": pa.list_(pa.string()),
        "template": pa.list_(pa.string()),
        "prompt": pa.string(),
        "status": pa.int16(),
        "device": pa.string(),
    },
    metadata={"owner": "the owner's name"},
)


def row(number: int, **values: Any) -> dict[str, Any]:
    usual = {
        "exchange_id": f"00000000-{number:04}",
        "ts": NOON + dt.timedelta(seconds=number),
        "account": "acct-one",
        "org": None,
        "account_created": NOON,
        "ip": "192.0.2.17",
        "client": "some-agent",
        "prefix_blocks": ["sys-block", f"block-{number}"],
        "template": [f"band-{number}-{band}" for band in range(16)],
        "prompt": "a private prompt",
        "status": 200,
        "device": "device-of-somebody",
    }
    return usual | values


def written(folder: Path, rows: Sequence[dict[str, Any]], name: str = "part.parquet") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), SCHEMA), folder / name, row_group_size=3)
    return folder


def lines(folder: Path, rows: Sequence[dict[str, Any]], name: str = "part.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, default=dt.datetime.isoformat) + "\n" for row in rows).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return folder


def read(folder: Path) -> list[dict[str, Any]]:
    return [row for file in sorted(folder.rglob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def done(source: Path, target: Path, columns: Columns = Columns(), key: bytes = KEY) -> Pseudonymised:  # noqa: B008 - frozen
    return pseudonymise(source, target, columns, key)


def hashed(space: str, value: str, key: bytes = KEY) -> str:
    return hmac.digest(key, space.encode() + b"\0" + value.encode(), hashlib.sha256).hex()[:16]


def test_it_is_hmac_sha_256(tmp_path: Path) -> None:
    done(written(tmp_path / "log", [row(1)]), tmp_path / "new")
    (new,) = read(tmp_path / "new")
    assert new["account"] == hashed("account", "acct-one")
    digits = "fd" + hashed("ip network", "192.0.2.0/24")[2:] + hashed("ip", "192.0.2.17")
    assert new["ip"].replace(":", "") == digits
    assert network(new["ip"])
    assert new["prefix_blocks"] == [hashed("prefix_blocks", block) for block in ("sys-block", "block-1")]


def test_what_becomes_of_each_column(tmp_path: Path) -> None:
    made = done(written(tmp_path / "log", [row(1), row(2)]), tmp_path / "new")
    new = read(tmp_path / "new")[0]
    assert set(new) == set(SCHEMA.names) - {"prompt", "device"}
    assert (new["ts"], new["client"], new["status"]) == (NOON + dt.timedelta(seconds=1), "some-agent", 200)
    assert new["account_created"] == NOON.replace(minute=0, second=0, microsecond=0)
    assert new["org"] is None
    assert len(new["template"]) == shipped().share.template_bands
    assert made.left_out == ("device", "prompt")
    assert made.coarsened == ("account_created",)
    assert (made.files, made.rows) == (1, 2)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "account": TEXTS.filter(bool),
            "org": st.none() | TEXTS,
            "ip": st.ip_addresses().map(str) | TEXTS,
            "prefix_blocks": st.none() | st.lists(st.none() | TEXTS, max_size=3),
        }
    ),
    min_size=1,
    max_size=20,
)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_equal_stays_equal_and_different_stays_different(
    tmp_path_factory: pytest.TempPathFactory, several: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("equal")
    old = [row(number, **values) for number, values in enumerate(several)]
    done(written(folder / "log", old), folder / "new")
    new = read(folder / "new")
    seen: dict[str, dict[Any, Any]] = {}
    for before, after in zip(old, new, strict=True):
        for name in ("account", "org", "ip"):
            assert seen.setdefault(name, {}).setdefault(before[name], after[name]) == after[name]
        blocks, hashes = before["prefix_blocks"], after["prefix_blocks"]
        assert (blocks is None) == (hashes is None)
        for block, digits in zip(blocks or (), hashes or (), strict=True):
            assert seen.setdefault("prefix_blocks", {}).setdefault(block, digits) == digits
    every = [hash_ for pairs in seen.values() for value, hash_ in pairs.items() if value]
    assert len(set(every)) == len(every)  # neither two values of a column nor two columns agree
    assert all(pairs[silent] == silent for pairs in seen.values() for silent in (None, "") if silent in pairs)


@given(ROWS)
@settings(max_examples=30, deadline=None)
def test_json_lines_get_the_same_hashes_as_parquet(
    tmp_path_factory: pytest.TempPathFactory, several: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    old = [row(number, **values) for number, values in enumerate(several)]
    done(written(folder / "tables", old), folder / "new-tables")
    done(lines(folder / "lines", old), folder / "new-lines")
    new = [json.loads(line) for line in (folder / "new-lines" / "part.jsonl").read_bytes().splitlines()]
    for one, other in zip(read(folder / "new-tables"), new, strict=True):
        for name in ("account", "org", "ip", "prefix_blocks", "template", "client", "status"):
            assert one[name] == other[name]
        assert one["account_created"] == dt.datetime.fromisoformat(other["account_created"])


@pytest.mark.parametrize("form", [written, lines])
def test_nothing_of_the_old_values_is_in_the_new_bytes(tmp_path: Path, form: Any) -> None:
    secret = "tell-tale"
    values: dict[str, Any] = {
        "account": f"{secret}-account",
        "org": f"{secret}-org",
        "ip": "198.51.100.77",
        "device": f"{secret}-dev",
    }
    values |= {"prefix_blocks": [f"{secret}-1", f"{secret}-2"], "template": [f"{secret}-3"], "prompt": f"{secret} text"}
    done(form(tmp_path / "log", [row(number, **values) for number in range(7)]), tmp_path / "new")
    for file in (tmp_path / "new").rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert secret.encode() not in data
            assert b"198.51.100" not in data
            assert b"owner" not in data  # the old file's metadata
            assert KEY.hex().encode() not in data and KEY not in data
    if form is written:  # and not behind its compression either
        assert secret not in str(read(tmp_path / "new"))


def test_a_hunt_sees_the_same_graph(tmp_path: Path) -> None:
    """Which accounts share a network, a block or a template is the same, under other names."""
    old = [
        row(
            number,
            account=f"acct-{number % 7}",
            ip=f"10.{number % 3}.{number % 2}.{number}",
            prefix_blocks=[f"s{number % 4}", f"c{number % 11}"],
            template=[f"t{number % 5}", f"u{number % 6}"],
        )
        for number in range(200)
    ]
    done(written(tmp_path / "log", old), tmp_path / "new")

    def edges(rows: list[dict[str, Any]]) -> dict[str, list[tuple[str, Any]]]:
        return {
            "ip": [(each["account"], each["ip"]) for each in rows],
            "network": [(each["account"], network(each["ip"])) for each in rows],
            "prefix": [(each["account"], block) for each in rows for block in each["prefix_blocks"]],
            "template": [(each["account"], band) for each in rows for band in each["template"]],
        }

    before = edges(old)
    after = edges(read(tmp_path / "new"))
    for kind in before:
        names = dict(zip(before[kind], after[kind], strict=True))
        assert len(set(before[kind])) == len(set(after[kind])) == len(set(names.values()))
        for place in (0, 1):
            ends = {(old_edge[place], new_edge[place]) for old_edge, new_edge in names.items()}
            assert len(ends) == len({one for one, _ in ends}) == len({other for _, other in ends})


def test_another_key_gives_other_names_and_the_same_key_the_same(tmp_path: Path) -> None:
    log = written(tmp_path / "log", [row(1)])
    for name, key in (("a", KEY), ("b", KEY), ("c", bytes(32))):
        done(log, tmp_path / name, key=key)
    one, same, other = (read(tmp_path / name)[0] for name in "abc")
    assert one == same
    assert one["account"] != other["account"]
    assert not set(one["prefix_blocks"]) & set(other["prefix_blocks"])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.17", "192.0.2.0/24"),
        ("::ffff:192.0.2.17", "192.0.2.0/24"),
        ("2001:db8::1", "2001:db8::/64"),
        ("9f3a66b1c0ffee00", None),
        ("fe80::1%eth0", "fe80::/64"),
        ("", None),
    ],
)
def test_networks(address: str, expected: str | None) -> None:
    assert network(address) == expected


def test_agents_and_their_parents_are_of_one_space_of_names() -> None:
    log = {"agent_id", "parent_agent_id"}
    assert log <= REPLACED
    from wiretell.hunt.pseudonyms.columns import domain

    assert len({domain(name) for name in log}) == 1
    assert Pseudonyms(KEY).of("user", ["x"]) != Pseudonyms(KEY).of("org", ["x"])


def test_more_may_be_replaced_or_left_out_never_less(tmp_path: Path) -> None:
    log = written(tmp_path / "log", [row(1)])
    done(log, tmp_path / "new", chosen(["client", "device"], ["account_created"]))
    (new,) = read(tmp_path / "new")
    assert new["client"] == hashed("client", "some-agent")
    assert new["device"] == hashed("device", "device-of-somebody")
    assert "account_created" not in new
    with pytest.raises(UsageError, match="account cannot be left out"):
        chosen([], ["account"])
    with pytest.raises(UsageError, match="ts cannot be replaced"):
        chosen(["ts"], [])
    assert not REPLACED & KEPT


def test_types_that_writers_use_for_text(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    table = pa.table(
        {
            "ts": pa.array([NOON, NOON], pa.timestamp("ms", "UTC")),
            "account": pa.array(["a", "b"]).dictionary_encode(),
            "org": pa.array(["o", None], pa.large_string()),
            "ip": pa.array([b"192.0.2.1", b"192.0.2.2"], pa.binary()),
            "user": pa.nulls(2),
            "client": pa.array([b"x", b"y"], pa.binary()),
            "prefix_blocks": pa.array([["p"], None], pa.large_list(pa.large_string())),
        }
    )
    pq.write_table(table, tmp_path / "log" / "a.parquet")
    done(tmp_path / "log", tmp_path / "new")
    one, two = read(tmp_path / "new")
    assert (one["account"], one["org"], one["user"]) == (hashed("account", "a"), hashed("org", "o"), None)
    assert network(one["ip"]) == network(two["ip"]) is not None
    assert one["ip"] != two["ip"]
    assert (one["prefix_blocks"], two["prefix_blocks"], two["org"]) == ([hashed("prefix_blocks", "p")], None, None)
    assert (one["client"], two["client"]) == ("x", "y")


def test_files_keep_their_names_and_a_gateways_own_files_stay_behind(tmp_path: Path) -> None:
    log = written(tmp_path / "log" / "2026-05-04", [row(1)]).parent
    written(log / "2026-05-05", [])
    (log / "ledger.jsonl").write_text('{"exchange_id": "1", "before": "tell-tale"}\n')
    (log / "store").mkdir()
    done(log, tmp_path / "new")
    files = {str(file.relative_to(tmp_path / "new")) for file in (tmp_path / "new").rglob("*") if file.is_file()}
    assert files == {"2026-05-04/part.parquet", "2026-05-05/part.parquet"}


def test_gzip_stays_gzip(tmp_path: Path) -> None:
    done(lines(tmp_path / "log", [row(1)], "a.jsonl.gz"), tmp_path / "new")
    text = gzip.decompress((tmp_path / "new" / "a.jsonl.gz").read_bytes())
    assert json.loads(text)["account"] == hashed("account", "acct-one")


def torn(folder: Path) -> None:
    written(folder, [row(1)], "a.parquet")
    (folder / "b.parquet").write_bytes((folder / "a.parquet").read_bytes()[:-20])


def half_a_line(folder: Path) -> None:
    lines(folder, [row(1)])
    with (folder / "part.jsonl").open("a") as file:
        file.write('{"account": "a", "ts": "2026')


def no_account(folder: Path) -> None:
    folder.mkdir()
    pq.write_table(pa.table({"ts": [NOON], "user": ["x"]}), folder / "a.parquet")


def number_for_account(folder: Path) -> None:
    folder.mkdir()
    pq.write_table(pa.table({"ts": [NOON], "account": [7]}), folder / "a.parquet")


def nested(folder: Path) -> None:
    folder.mkdir()
    pq.write_table(pa.table({"ts": [NOON], "account": ["a"], "tz": [{"x": "y"}]}), folder / "a.parquet")


def bad_gzip(folder: Path) -> None:
    lines(folder, [row(1)], "a.jsonl.gz")
    (folder / "a.jsonl.gz").write_bytes((folder / "a.jsonl.gz").read_bytes()[:-9])


def spend_log(folder: Path) -> None:
    folder.mkdir()
    (folder / "spend.csv").write_text("request_id,api_key\n1,x\n")


@pytest.mark.parametrize("make", [torn, half_a_line, no_account, number_for_account, nested, bad_gzip, spend_log])
def test_what_cannot_be_read_is_refused_and_nothing_is_written(
    tmp_path: Path, make: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "log")
    with pytest.raises(FormatError):
        done(tmp_path / "log", tmp_path / "new")
    assert run(["hunt", "pseudonymise", str(tmp_path / "log"), "--output", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["log"]  # no folder, no folder aside, no key


def test_a_folder_that_is_there_is_not_touched(tmp_path: Path) -> None:
    log = written(tmp_path / "log", [row(1)])
    (tmp_path / "new").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        done(log, tmp_path / "new")
    with pytest.raises(UsageError, match="within the log"):
        done(log, log / "new")
    with pytest.raises(UsageError, match="does not exist"):
        done(log, tmp_path / "no" / "new")
    with pytest.raises(UsageError, match="There is no log"):
        done(tmp_path / "nothing", tmp_path / "other")


def test_the_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    made = key_of(tmp_path / "a.key")
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    again = key_of(tmp_path / "a.key")
    assert (made.secret, made.is_new, again.is_new) == (again.secret, True, False)
    (tmp_path / "a.key").chmod(0o644)
    with pytest.raises(UsageError, match="may read the key"):
        key_of(tmp_path / "a.key")
    (tmp_path / "short.key").write_text("abcd\n")
    (tmp_path / "short.key").chmod(0o600)
    with pytest.raises(UsageError, match="is no key"):
        key_of(tmp_path / "short.key")
    with pytest.raises(UsageError, match="cannot be read or made"):
        key_of(tmp_path / "no" / "a.key")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, new = written(tmp_path / "log", [row(1)]), tmp_path / "new"
    assert run(["hunt", "pseudonymise", str(log), "--output", str(new), "--format", "json", "--drop", "client"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "wiretell/pseudonyms/1"
    assert told["rows"] == 1
    assert told["left_out"] == ["client", "device", "prompt"]
    key = tmp_path / "new.key"
    assert told["key_file"] == str(key)
    secret = bytes.fromhex(key.read_text())
    assert read(new)[0]["account"] == hashed("account", "acct-one", secret)
    assert run(["hunt", "pseudonymise", str(log), "--output", str(tmp_path / "two"), "--key-file", str(key)]) == 0
    assert "1 row in 1 file" in capsys.readouterr().out
    assert read(new)[0]["account"] == read(tmp_path / "two")[0]["account"]


def test_a_key_in_what_is_given_away_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(tmp_path / "log", [row(1)])
    for key in (tmp_path / "new" / "k", log / "k"):
        words = ["hunt", "pseudonymise", str(log), "--output", str(tmp_path / "new"), "--key-file", str(key)]
        assert run(words) == 2
        assert "keep the key elsewhere" in capsys.readouterr().err
    assert not key.exists()


def test_the_page_of_the_format_names_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "hunt-pseudonyms.md").read_text()
    replaced, shortened, _, coarsened, kept, _ = [
        set(re.findall(r"`([a-z_]+)`", line.split("|")[1])) for line in re.findall(r"^\| `.*$|^\| every.*$", page, re.M)
    ]
    assert replaced | shortened | {"ip"} == REPLACED
    assert kept == KEPT
    assert coarsened == {COARSENED}
