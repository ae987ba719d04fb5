"""LiteLLM spend logs as exchange log: a dump of the table `LiteLLM_SpendLogs`, as JSON, JSON lines, CSV or Parquet.

An account is a virtual key (`api_key`, a hash of it), an organisation the key's, or else its team. `status` there is
`success` or `failure`; a failure's HTTP status is read from `metadata.error_information`.

*Prefix blocks.* With the callback `prefix_block_hashes` (LiteLLM 1.111.0 and later) a row has chained, keyed hashes of
its prompt, cut into blocks of so many tokens; the last one may be partial. These are not the blocks of a gateway, which
end where a message ends: a block of tokens can hold the end of the system part and the beginning of the first message,
and a message has no block of its own. Two things are taken from them:

- the *system part* is the first block: it is what requests of one harness share. Prompts shorter than a block share
  nothing;
- the *conversation* is the block after the one with the most different continuations in the log. Blocks are a tree,
  since each covers all before it, and the tree is widest where the system part ends and users begin. Where no block of
  a row has three or more continuations, nothing tells a conversation, and `session_id` stands for it. The first
  request of a conversation that ends inside that block has a partial one of its own, and so counts as another.

The view's `prefix_blocks` is then the first block, the conversation's, and up to six that follow it.
"""

# ruff: noqa: S608 - writing statements is the work; what they name is ours, paths are quoted
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wiretell.hunt.log.interface import Held

SIGNS: Final = frozenset({"request_id", "startTime", "api_key"})
"""Columns that tell a spend log."""

GIVES: Final = MappingProxyType(
    {
        "exchange_id": frozenset({"request_id"}),
        "ts": frozenset({"startTime"}),
        "account": frozenset({"api_key"}),
        "org": frozenset({"metadata", "organization_id", "team_id"}),
        "ip": frozenset({"requester_ip_address", "metadata"}),
        "user_agent": frozenset({"request_tags"}),
        "session": frozenset({"session_id"}),
        "model": frozenset({"model", "model_group"}),
        "prefix_blocks": frozenset({"prefix_block_hashes", "metadata"}),
        "input_tokens": frozenset({"prompt_tokens"}),
        "output_tokens": frozenset({"completion_tokens"}),
        "max_tokens": frozenset({"proxy_server_request"}),
        "status": frozenset({"status"}),
    }
)
"""Column of the exchange log -> columns of a spend log that it comes from."""

SOURCES: Final = tuple(sorted(frozenset[str]().union(*GIVES.values())))
"""Columns of a spend log that are read."""

_TEXT: Final[Held] = "text"
_INTEGER: Final[Held] = "integer"
HELD: Final[Mapping[str, Held]] = MappingProxyType(
    {
        **dict.fromkeys(("exchange_id", "account", "org", "ip", "user_agent", "session", "model"), _TEXT),
        "system_hash": _TEXT,
        "prefix_blocks": "texts",
        **dict.fromkeys(("ts", "input_tokens", "output_tokens", "max_tokens", "status"), _INTEGER),
    }
)
"""What the columns of `rows_query` hold."""

_FEWEST: Final = 3
"""Continuations of a block that tell the end of the system part."""
_MOST_BLOCKS: Final = 8
_USER_AGENT: Final = "User-Agent: "
"""How LiteLLM puts a user agent among `request_tags`; twice, without its version and with it."""
_HASHES: Final = (
    "prefix_block_hashes",
    "spend_logs_metadata.prefix_block_hashes",
    "requester_metadata.prefix_block_hashes",
)
"""Where in `metadata` the hashes may stand: a list, or an object that holds one under a name in `_LISTS`."""
_LISTS: Final = ("hash_ids", "hashes", "block_hashes", "ids")


def blocks_query(source: str) -> str:
    """Return the query of a row's id and its list of hashes, in DuckDB's dialect; `source` has SOURCES as text."""
    places = [
        f"metadata ->> '$.{place}{inner}'" for place in _HASHES for inner in ("", *(f".{name}" for name in _LISTS))
    ]
    texts = ["prefix_block_hashes", *(f"prefix_block_hashes ->> '$.{name}'" for name in _LISTS), *places]
    lists = ", ".join(f"TRY_CAST(TRY_CAST({text} AS JSON) AS VARCHAR[])" for text in texts)
    return f"SELECT number, COALESCE({lists}, []) AS blocks FROM {source}"


def continuations_query(blocks: str) -> str:
    """Return the query of blocks and how many different ones follow each, where these are at least three."""
    return f"""
        SELECT block, COUNT(DISTINCT following) AS continuations FROM (
            SELECT UNNEST(blocks[:-2]) AS block, UNNEST(blocks[2:]) AS following FROM {blocks}
        ) GROUP BY block HAVING COUNT(DISTINCT following) >= {_FEWEST}"""


def prefixes_query(blocks: str, continuations: str) -> str:
    """Return the query of a row's number and its `prefix_blocks` as the exchange log has them."""
    return f"""
        WITH placed AS (
            SELECT number, UNNEST(blocks) AS block, UNNEST(RANGE(1, LEN(blocks) + 1)) AS place FROM {blocks}
        ), widest AS (
            SELECT number, ARG_MAX(place, continuations * 65536 + place) AS place
            FROM placed JOIN {continuations} USING (block) GROUP BY number
        )
        SELECT b.number, CASE
            WHEN w.place IS NULL OR w.place >= LEN(b.blocks) THEN b.blocks[:1]
            ELSE LIST_CONCAT(b.blocks[:1], b.blocks[w.place + 1 : w.place + {_MOST_BLOCKS - 1}])
        END AS prefix_blocks
        FROM {blocks} b LEFT JOIN widest w USING (number) WHERE LEN(b.blocks) > 0"""


def rows_query(source: str, prefixes: str) -> str:
    """Return the query of the rows as an exchange log."""
    tag = (
        f"LIST_FILTER(COALESCE(TRY_CAST(TRY_CAST(request_tags AS JSON) AS VARCHAR[]), []), "
        f"lambda tag: STARTS_WITH(tag, '{_USER_AGENT}'))"
    )
    longest = f"LIST_REVERSE_SORT(LIST_TRANSFORM({tag}, lambda tag: SUBSTR(tag, {len(_USER_AGENT) + 1})))[1]"
    code = "TRY_CAST(metadata ->> '$.error_information.error_code' AS INTEGER)"
    return f"""
        SELECT request_id AS exchange_id,
            EPOCH_US(TRY_CAST(startTime AS TIMESTAMPTZ)) AS ts,
            api_key AS account,
            COALESCE({_first("metadata ->> '$.user_api_key_org_id'", "organization_id")},
                {_first("team_id", "metadata ->> '$.user_api_key_team_id'")}) AS org,
            {_first("requester_ip_address", "metadata ->> '$.requester_ip_address'")} AS ip,
            {longest} AS user_agent,
            session_id AS session,
            {_first("model_group", "model")} AS model,
            prefix_blocks[1] AS system_hash,
            prefix_blocks,
            TRY_CAST(prompt_tokens AS BIGINT) AS input_tokens,
            TRY_CAST(completion_tokens AS BIGINT) AS output_tokens,
            TRY_CAST(COALESCE(proxy_server_request ->> '$.max_tokens', proxy_server_request ->> '$.body.max_tokens')
                AS BIGINT) AS max_tokens,
            CASE WHEN status = 'success' THEN 200 WHEN status = 'failure' THEN COALESCE({code}, 500)
                ELSE COALESCE(TRY_CAST(status AS INTEGER), 200) END AS status
        FROM {source} LEFT JOIN {prefixes} USING (number)"""


def _first(*values: str) -> str:
    given = ", ".join(f"NULLIF({value}, '')" for value in values)
    return f"COALESCE({given})"
