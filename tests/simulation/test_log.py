"""What is written is an exchange log: names, types, order, ids, prefix blocks as a gateway makes them."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.simulation.conftest import Made
from wiretell.errors import UsageError
from wiretell.gateway.tables import columns as gateway_columns
from wiretell.gateway.tables.derive import positions
from wiretell.simulation import arrow, preset, simulate
from wiretell.simulation.draw import mix


def test_columns_are_those_of_the_contract_in_name_type_and_order(levels: Made) -> None:
    contract = gateway_columns.schema()
    for path in (levels.folder / "log").rglob("*.parquet"):
        found = pq.read_schema(path)
        assert list(found.names) == [name for name in contract.names if name in set(found.names)]
        for field in found:
            assert field.type == contract.field(field.name).type, field.name


def test_rows_stand_by_time_in_the_folder_of_their_day(levels: Made) -> None:
    for path in (levels.folder / "log").rglob("*.parquet"):
        ts = pq.read_table(path, columns=["ts"], partitioning=None)["ts"].to_numpy()
        assert (np.diff(ts) >= np.timedelta64(0)).all()
        assert {str(day) for day in np.unique(ts.astype("datetime64[D]"))} == {path.parent.name}


def test_the_log_has_every_day_and_no_other(levels: Made) -> None:
    names = sorted(path.name for path in (levels.folder / "log").iterdir())
    assert len(names) == levels.settings.days
    assert names[0] == levels.settings.start


def test_exchange_ids_are_uuids_of_their_time(levels: Made) -> None:
    for name, ms in levels.rows("SELECT exchange_id, epoch_us(ts) // 1000 FROM e USING SAMPLE 200"):
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", name)
        assert int(name.replace("-", "")[:12], 16) == ms
    assert levels.one("SELECT count(*) = count(DISTINCT exchange_id) FROM e")


def test_no_value_is_missing_where_the_contract_allows_none(levels: Made) -> None:
    for name in ("exchange_id", "ts", "account", "client", "model", "prefix_blocks", "template", "status"):
        assert levels.one(f"SELECT count(*) FROM e WHERE {name} IS NULL") == 0
    lost, no_card = levels.rows(
        "SELECT avg((ip IS NULL)::INT), count(DISTINCT account) FILTER (payment IS NULL) FROM e"
    )[0]
    assert 0.02 < lost < 0.05
    assert 0.015 < no_card / levels.one("SELECT count(DISTINCT account) FROM e") < 0.06
    assert levels.one("SELECT count(*) FROM e WHERE ip IS NULL AND (asn IS NOT NULL OR ip_kind <> 'unknown')") == 0
    low, high, least = levels.rows("SELECT min(input_tokens), max(input_tokens), min(output_tokens) FROM e")[0]
    assert 0 <= low < high < 2**31 and least == 0


def test_some_addresses_are_ipv6_and_all_can_be_read(levels: Made) -> None:
    kinds = levels.rows("SELECT DISTINCT ip, ip_kind FROM e WHERE ip IS NOT NULL")
    six = [kind for ip, kind in kinds if ip_address(ip).version == 6]
    assert 0.02 < len(six) / len(kinds) < 0.4
    assert set(six) <= {"residential", "mobile"}


def test_prefix_blocks_grow_as_a_gateway_writes_them(levels: Made) -> None:
    """Each request's blocks begin with those of the one before it in its conversation."""
    chains = levels.rows(
        """SELECT list(prefix_blocks ORDER BY len(prefix_blocks)) FROM e WHERE system_hash IS NOT NULL
        GROUP BY prefix_blocks[2], session HAVING count(*) BETWEEN 12 AND 60 AND any_value(session) IS NOT NULL
        LIMIT 50"""
    )
    lengths = {len(positions(2 * turn + 1, has_head=True)) for turn in range(150)}
    assert set(levels.one("SELECT list(DISTINCT len(prefix_blocks)) FROM e WHERE system_hash IS NOT NULL")) <= lengths
    assert chains
    for (conversation,) in chains:
        for before, after in pairwise(conversation):
            assert before[:2] == after[:2]
            assert before[2:] == after[2 : len(before)] or len(after) == 8  # of more than 8 the third is left out


def test_blocks_of_one_conversation_are_as_many_as_the_gateways(levels: Made) -> None:
    found = levels.rows(
        """SELECT max(len(prefix_blocks)), count(*) FROM e WHERE status = 200 AND system_hash IS NOT NULL
        GROUP BY prefix_blocks[2], account HAVING count(*) BETWEEN 30 AND 63 LIMIT 40"""
    )
    assert found
    for most, turns in found:
        assert most >= len(positions(2 * (turns - 1) + 1, has_head=True)) - 1


def test_the_same_seed_makes_the_same_log_on_any_number_of_processes(tmp_path: Path) -> None:
    settings = preset("small", accounts=200, days=3, sizes=(5,), stealth=("S0",))
    for name, workers in (("one", 1), ("two", 2)):
        simulate(replace(settings, workers=workers), tmp_path / name)
    first, second = ({p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*") if p.is_file()}
                     for n in ("one", "two"))  # fmt: skip
    assert first == second


def test_another_seed_makes_another_world_that_shares_nothing(tmp_path: Path) -> None:
    found = []
    for seed in (1, 2):
        simulate(preset("small", accounts=200, days=2, campaigns=0, seed=seed, workers=1), tmp_path / str(seed))
        rows = pq.read_table(tmp_path / str(seed) / "log", columns=["account", "system_hash", "header_tuple"])
        found.append([set(rows[name].to_pylist()) - {None} for name in ("account", "system_hash", "header_tuple")])
    for one, other in zip(*found, strict=True):
        assert one and other and not one & other


def test_a_dropped_column_is_gone_and_the_rest_is_as_before(tmp_path: Path) -> None:
    settings = preset("small", accounts=100, days=1, campaigns=0, workers=1)
    simulate(settings, tmp_path / "all")
    simulate(replace(settings, drop_columns=("payment", "prefix_blocks")), tmp_path / "less")
    whole, less = pq.read_table(tmp_path / "all/log"), pq.read_table(tmp_path / "less/log")
    assert set(whole.column_names) - set(less.column_names) == {"payment", "prefix_blocks"}
    assert whole.select(less.column_names).equals(less)


@pytest.mark.parametrize("name", ["nonsense", "account"])
def test_a_column_that_cannot_be_dropped_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        simulate(preset("small", drop_columns=(name,)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        simulate(preset("small"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_tokens_are_spelled_as_hex() -> None:
    tokens = mix("spelled", np.arange(300))
    assert arrow.hexes(tokens).to_pylist() == [f"{token:016x}" for token in tokens.tolist()]
