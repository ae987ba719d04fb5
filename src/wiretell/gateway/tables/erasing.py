"""What of a row tells of a person, and what is left of it once that person is erased.

Left: when, what product and model, how much (tokens, cost, bytes, durations), how it ended, which marks. Gone: who
(`user`, `groups`, `account`, `key_id`, `payment`, `account_created`), from where (`ip`, `asn`, `ip_kind`, `tz`,
`user_agent`, `header_tuple`), in which conversation (`session`, `agent_id`, `parent_agent_id`), every hash of what was
said (`system_hash`, `prefix_blocks`, `template`, `request_sha256`, `sent_sha256`, `response_sha256`), what was said
(`prompt`), and sentences and paths that may quote it (`warnings`, `pins`, a budget's name in `decision`, the query in
`target`). `org` stays: it is no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from wiretell.model.exchange import Row

ERASED: Final = "erased"
"""In place of an account, which a row must have."""

BLANK: Final[Mapping[str, Any]] = {
    "account": ERASED,
    "user": None,
    "groups": (),
    "key_id": "",
    "payment": None,
    "account_created": None,
    "ip": "",
    "asn": None,
    "ip_kind": None,
    "user_agent": "",
    "header_tuple": None,
    "tz": None,
    "session": None,
    "agent_id": None,
    "parent_agent_id": None,
    "system_hash": None,
    "prefix_blocks": (),
    "template": (),
    "prompt": None,
    "request_sha256": "",
    "sent_sha256": None,
    "response_sha256": None,
    "warnings": (),
    "pins": (),
}
"""Column -> what stands in it afterwards. Beside these, `decision` and `target` lose what may name a person."""


def erased(row: Row) -> Row:
    """Return a row without what tells of a person."""
    told = row.decision.partition(":")[0] if row.decision and row.decision.startswith("budget:") else row.decision
    return replace(row, **BLANK, decision=told, target=row.target.partition("?")[0])
