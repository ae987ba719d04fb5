"""The exchange log and its edits, from outside: files, pyarrow and DuckDB."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tests.gateway.contract.outside import CLAUDE, cli, ledger, read_rows
from tests.gateway.contract.recorded import PLAIN, SECRET, World, rebuilt

COLUMNS = """exchange_id, ts, account, org?, user?, groups list<string>, key_id, payment?, account_created?, ip, asn?,
ip_kind?, user_agent, client, client_version, header_tuple?, tz?, session?, model, system_hash?,
prefix_blocks list<string>, template list<string>, prompt?, input_tokens, cache_read_tokens?, cache_write_tokens?,
output_tokens, max_tokens?, tool_calls, tool_results, status, upstream?, model_served?, cost_usd?, price_table?,
decision?, edits int, marks list<string>"""


def test_everything_passed(world: World) -> None:
    """Else the rest says little."""
    assert {name: answer.status for name, answer in world.answers.items()} == dict.fromkeys(world.answers, 200)


def test_rows_are_there_within_10_s_while_it_runs(world: World) -> None:
    """And each exactly once."""
    assert world.readable_s <= 10
    assert world.sent.keys() <= world.rows.keys()
    everything = read_rows(world.log)
    assert len({row["exchange_id"] for row in everything}) == len(everything) == len(world.sent)


def _wanted() -> dict[str, tuple[pa.DataType, bool]]:
    special = {"asn": pa.int32(), "cost_usd": pa.float64()}
    for name in ("ts", "account_created"):
        special[name] = pa.timestamp("us", "UTC")
    for name in ("status", "tool_calls", "tool_results"):
        special[name] = pa.int16()
    found: dict[str, tuple[pa.DataType, bool]] = {}
    for part in COLUMNS.replace("\n", " ").split(", "):
        name, _, kind = part.partition(" ")
        bare = name.rstrip("?")
        if kind.startswith("list"):
            type_ = pa.list_(pa.string())
        else:
            type_ = pa.int32() if bare.endswith("_tokens") or kind == "int" else special.get(bare, pa.string())
        found[bare] = (type_, name.endswith("?"))
    return found


def test_columns_are_those_of_the_contract(world: World) -> None:
    """Names, order, types, and whether they may be null."""
    wanted = _wanted()
    for path in world.log.glob("*/*.parquet"):
        schema = parquet.read_schema(path)
        assert schema.names[: len(wanted)] == list(wanted)
        for name, (type_, _) in wanted.items():
            found = schema.field(name)
            same = found.type.value_type == type_.value_type if pa.types.is_list(type_) else found.type == type_
            assert same, (name, found.type, type_)
    for row in world.rows.values():
        assert not [name for name, (_, nullable) in wanted.items() if row[name] is None and not nullable]


def test_duckdb_reads_it_as_a_glob(world: World) -> None:
    """The same rows, and the `groups` as a list."""
    table = f"read_parquet('{world.log}/*/*.parquet')"
    rows = duckdb.connect().execute(f"SELECT session, status, groups FROM {table} WHERE status = 200").fetchall()
    assert {row[0] for row in rows} == set(world.rows)
    assert {row[0]: row[2] for row in rows}["marked"] == ["team"]


def test_a_row_says_who_asked_what(world: World) -> None:
    """The columns that others rely on."""
    row = world.rows["plain"]
    wanted = {
        "user": "bob",
        "groups": [],
        "client": "claude-code",
        "client_version": "2.1.150",
        "user_agent": CLAUDE,
        "model": "claude-sonnet-4-5",
        "model_served": "claude-sonnet-4-5",
        "input_tokens": 1000,
        "cache_read_tokens": 2000,
        "cache_write_tokens": 500,
        "output_tokens": 300,
        "max_tokens": 100,
        "status": 200,
        "upstream": "anthropic",
        "decision": "warn:sonnets",
        "edits": 0,
        "marks": [],
        "ip": "127.0.0.1",
        "prompt": "Why?",
    }
    assert {name: row[name] for name in wanted} == wanted
    assert abs(row["ts"] - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert world.rows["turns"]["tool_results"] == 0, "the request ends with a text"
    assert row["price_table"]
    assert len(row["template"]) > 0
    assert world.rows["chat"]["client"] == "codex"
    assert world.rows["responses"]["input_tokens"] == 1000, "`input_tokens` excludes cache reads"
    assert world.rows["responses"]["cache_read_tokens"] == world.rows["chat"]["cache_read_tokens"] == 2000
    assert world.rows["chat"]["input_tokens"] == 1000


def test_a_conversation_shares_its_beginning(world: World) -> None:
    """`prefix_blocks`: at most 8, chained, so the later turn has all of the earlier one's."""
    first, then = world.rows["marked"]["prefix_blocks"], world.rows["marked-again"]["prefix_blocks"]
    assert 0 < len(first) <= len(then) <= 8
    assert set(first) <= set(then)
    assert not set(world.rows["thinking"]["prefix_blocks"][1:]) & set(then)


@pytest.mark.parametrize(
    "name", ["plain", "marked", "escaped", "thinking", "turns", "routed", "chat", "responses", "unpinned"]
)
def test_originals_are_rebuilt_byte_for_byte(world: World, name: str) -> None:
    """What the client sent, what went upstream, what came back."""
    assert rebuilt(world, name) == world.sent[name]
    assert rebuilt(world, name, "--part", "sent") == world.upstream[name]
    assert rebuilt(world, name, "--part", "response") == world.answers[name].body


def test_marks_are_seen_and_written_in_their_plain_form(world: World) -> None:
    """U+02BC and `/`: `scheme:state` in the row, nothing but the mark changed upstream."""
    for name in ("marked", "marked-again"):
        assert world.upstream[name] == world.sent[name].replace("Today\u02bcs".encode(), b"Today's").replace(
            b"2026/11/21", b"2026-11-21"
        )
        (mark,) = world.rows[name]["marks"]
        scheme, _, state = mark.partition(":")
        assert scheme == "date-line"
        assert "cnTZ" in state
        assert world.rows[name]["edits"] > 0
    escaped = json.loads(world.upstream["escaped"])
    assert PLAIN in escaped["messages"][0]["content"][0]["text"]


def test_what_a_model_signed_is_not_touched(world: World) -> None:
    """A thinking block with a mark goes as it is."""
    assert world.upstream["thinking"] == world.sent["thinking"]
    assert world.rows["thinking"]["edits"] == 0


def test_every_edit_is_in_the_ledger(world: World) -> None:
    """Field by field; done in order, the entries turn the client's bytes into the host's."""
    entries = ledger(world.log)
    assert all({"exchange_id", "path", "offset", "before", "after", "rule"} <= set(entry) for entry in entries)
    by_id = {row["exchange_id"]: name for name, row in world.rows.items()}
    assert {by_id[entry["exchange_id"]] for entry in entries} >= {"marked", "marked-again", "escaped", "turns"}
    for name in ("marked", "marked-again", "escaped", "turns"):
        mine = [entry for entry in entries if by_id[entry["exchange_id"]] == name]
        assert len(mine) == world.rows[name]["edits"]
        assert {entry["path"].startswith("/messages/") for entry in mine} == {True}
    texts = [(entry["before"], entry["after"]) for entry in entries if by_id[entry["exchange_id"]] == "marked"]
    assert any("\u02bc" in before and "'" in after for before, after in texts)


def test_old_results_of_tools_are_shortened_and_stay_in_pairs(world: World) -> None:
    """Those older than two turns; calls, ids and newer ones as they were."""
    before, after = json.loads(world.sent["turns"]), json.loads(world.upstream["turns"])
    cut = []
    for old, new in zip(before["messages"], after["messages"], strict=True):
        if old != new:
            assert old["content"][0]["tool_use_id"] == new["content"][0]["tool_use_id"]
            text = new["content"][0]["content"]
            text = text if isinstance(text, str) else text[0]["text"]
            assert len(text) < 200
            cut.append(old["content"][0]["tool_use_id"])
    assert cut[:3] == ["t0", "t1", "t2"]
    assert "t4" not in cut


def test_a_route_leads_to_another_providers_model_and_back(world: World) -> None:
    """Messages to Responses: the host is asked in its own form, the client answered in its."""
    assert world.targets["routed"] == "/v1/responses"
    assert json.loads(world.upstream["routed"])["model"] == "gpt-5-mini"
    answer = world.answers["routed"].json()
    assert answer["type"] == "message"
    assert answer["content"][0] == {"type": "text", "text": "Hi"}
    assert answer["usage"]["output_tokens"] == 300
    row = world.rows["routed"]
    assert (row["model"], row["model_served"], row["upstream"]) == ("claude-haiku-4-5", "gpt-5-mini", "openai")


def test_a_request_that_leaves_the_audited_template_is_flagged(world: World) -> None:
    """And one that keeps to it is not."""
    assert world.rows["pinned"]["pins"] == []
    assert world.rows["unpinned"]["pins"] == ["/system/1/text"]


def test_a_secret_is_redacted_and_said_to_be(world: World) -> None:
    """In every file; the original went upstream, and is said to be lost here: 3."""
    assert world.upstream["secret"] == world.sent["secret"]
    assert not any(SECRET.encode() in path.read_bytes() for path in world.log.rglob("*") if path.is_file())
    assert SECRET not in str(world.rows["secret"]["prompt"])
    done = cli("gateway", "rebuild", "--log", world.log, world.rows["secret"]["exchange_id"])
    assert done.returncode == 3
    assert done.stdout == ""
    assert SECRET.encode() not in rebuilt(world, "secret", "--redacted")
