"""Agreed groups: what is read, what is refused, whom and what a group explains."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.errors import FormatError
from wiretell.hunt import allow
from wiretell.hunt.handwritten import read_text
from wiretell.hunt.log.interface import Log
from wiretell.model.hunt import EvidenceKind

DOCS = Path(__file__).parents[2] / "docs" / "formats"
TODAY = dt.date(2026, 6, 5)
NET, CARD = EvidenceKind.NETWORK, EvidenceKind.PAYMENT


def parse(*groups: str) -> allow.Allow:
    tables = "".join(f'[[group]]\nname = "g{n}"\nreason = "agreed"\n{group}\n' for n, group in enumerate(groups, 1))
    return allow.parse(f"schema = 1\n{tables}", "agreed.toml")


def fault(text: str) -> str:
    with pytest.raises(FormatError) as caught:
        allow.parse(text, "agreed.toml")
    return str(caught.value)


def test_the_example_of_the_page_is_read_whole() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (DOCS / "hunt-allow.md").read_text(), re.S)
    agency, school = allow.parse(example, "page").groups
    assert agency.accounts == ("a17", "a18") and agency.payment == ("pay_81f0",)
    assert agency.until == dt.date(2027, 3, 31) and school.until is None
    assert school.networks == (ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8:40::/48"))


def test_every_key_of_the_page_is_known_and_every_known_key_is_on_the_page() -> None:
    rows = re.findall(r"^\| `(?:group\.)?(\w+)` \|", (DOCS / "hunt-allow.md").read_text(), re.M)
    assert set(rows) == {*allow._File.__struct_fields__, *allow._Group.__struct_fields__} - {"group"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "`schema = 1`"),
        ("schema = 2", "`schema = 1`"),
        ("schema = true", "`schema = 1`"),
        ("schema = 1.0", "`schema = 1`"),
        ("x", "no TOML"),
        ("schema = 1\ngroups = 3", "no key 'groups'; did you mean 'group'?"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\nacounts = ["x"]', "[[group]] 1 has no key 'acounts'; did"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\naccounts = "x"', "[[group]] 1: accounts: expected a list"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\naccounts = ["x", 4]', "accounts 2: expected a text"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\naccounts = []', "must not be empty"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\naccounts = [""]', "must not be empty"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"', "names nobody"),
        ('schema = 1\n[[group]]\nname = "a"\naccounts = ["x"]', "no `reason`"),
        ('schema = 1\n[[group]]\nname = " "\nreason = "r"\naccounts = ["x"]', "name needs a text"),
        ('schema = 1\n[[group]]\nname = "a\\u001b[2J"\nreason = "r"\naccounts = ["x"]', "name needs a text"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\nnetworks = ["office"]', "'office' is no network"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\nnetworks = ["10.0.0.1/8"]', "did you mean '10.0.0.0/8'"),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\nnetworks = ["::/0"]', "every address"),
        (
            'schema = 1\n[[group]]\nname = "a"\nreason = "r"\norgs = ["o"]\nuntil = "2026-01-01"',
            "a date without quotes",
        ),
        ('schema = 1\n[[group]]\nname = "a"\nreason = "r"\norgs = ["o"]\nuntil = 2026-01-01T00:00:00Z', "a date"),
        ("schema = 1\ngroup = [3]", "[[group]] 1: expected a table"),
        ("schema = 1\n[group]\nname = 1", "group: expected a list"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_place(text: str, words: str) -> None:
    sentence = fault(text)
    assert sentence.startswith("agreed.toml") and words in sentence and "\n" not in sentence


@pytest.mark.parametrize("key", ["accounts", "orgs", "payment", "networks"])
def test_nothing_stands_in_two_groups(key: str) -> None:
    value = '["192.0.2.0/24"]'
    with pytest.raises(FormatError, match=r"stands twice, in \[\[group\]\] 1 and 3"):
        parse(f"{key} = {value}", 'accounts = ["other"]', f"{key} = {value}")


def test_a_file_that_cannot_be_read_is_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"schema = 1 # \xe9")
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbfschema = 1")
    for name, words in (("gone.toml", "No such file"), ("latin.toml", "UTF-8"), (".", "cannot be read")):
        with pytest.raises(FormatError, match=words):
            allow.load(tmp_path / name)
    assert allow.load(tmp_path / "bom.toml").groups == ()
    (tmp_path / "huge.toml").write_bytes(b"#" * ((16 << 20) + 1))
    with pytest.raises(FormatError, match="larger"):
        read_text(tmp_path / "huge.toml")


def test_a_group_holds_on_its_last_day_and_not_after() -> None:
    found = parse(f'accounts = ["a"]\npayment = ["p"]\nuntil = {TODAY}')
    assert allow.agreed(found, TODAY) == {"a": "g1"}
    assert allow.explained(found, TODAY).by(CARD, "p") == "g1"
    after = TODAY + dt.timedelta(days=1)
    assert allow.agreed(found, after) == {} and allow.allow_tokens(found, after) == ()
    assert allow.explained(found, after).by(CARD, "p") is None
    assert allow.told(found, after, {}) == (f"Agreed group 'g1' (agreed) ended on {TODAY} and was not applied.",)


def test_networks_explain_what_lies_wholly_in_them() -> None:
    explained = allow.explained(parse('networks = ["192.0.2.0/25", "2001:db8:40::/48", "198.51.100.7"]'), TODAY)
    tokens = ["192.0.2.5", "192.0.2.128", "192.0.2.0/24", "2001:db8:40:7::/64", "198.51.100.7", "198.51.100.0/24", "9f"]
    assert explained.among(NET, tokens) == dict.fromkeys(["192.0.2.5", "2001:db8:40:7::/64", "198.51.100.7"], "g1")
    assert explained.among(CARD, tokens) == {} and explained.by(EvidenceKind.HEADERS, "192.0.2.5") is None


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(1, 32)), min_size=1, max_size=4, unique=True),
    st.integers(0, 2**32 - 1),
    st.sampled_from([24, 32]),
)
def test_networks_explain_as_the_library_says(named: list[tuple[int, int]], address: int, length: int) -> None:
    nets = {ipaddress.ip_network((first << 24, size), strict=False) for first, size in named}
    found = allow.Allow((allow.Group(name="g", reason="r", networks=tuple(nets)),))
    token = ipaddress.IPv4Network((address, length), strict=False)
    text = str(token) if length < 32 else str(token.network_address)
    lies_in = any(token.subnet_of(net) for net in nets if isinstance(net, ipaddress.IPv4Network))
    assert (allow.explained(found, TODAY).by(NET, text) == "g") == lies_in


class FakeEngine:
    """Runs what `members` asks in DuckDB."""

    name = "duckdb"

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        import duckdb

        self.connection = duckdb.connect()
        columns = {
            name: pa.array([row.get(name) for row in rows], pa.string()) for name in ("account", "org", "payment")
        }
        columns["day"] = pa.array([row.get("day") for row in rows], pa.int32())
        self.put("exchange", pa.table(columns))
        self.queries = 0

    def put(self, name: str, table: Any) -> None:
        self.connection.register(name, table)

    def fetch(self, sql: str) -> Any:
        self.queries += 1
        return self.connection.sql(sql).to_arrow_table()

    def read(self, log: Log) -> None: ...
    def run(self, sql: str) -> None: ...
    def save(self, sql: str, path: Path) -> None: ...
    def load(self, name: str, paths: Sequence[Path]) -> None: ...
    def close(self) -> None: ...


ROWS = [
    {"account": "a", "org": "o1", "payment": "p1"},
    {"account": "a", "payment": "p2"},
    {"account": "b", "payment": "p2"},
    {"account": "b", "payment": "p2"},
    {"account": "c", "org": "o1"},
    {"account": "d"},
]


def test_members_are_found_by_name_then_organisation_then_card() -> None:
    found = parse('payment = ["p1", "p2"]', 'orgs = ["o1"]', 'accounts = ["c", "never-seen"]')
    assert allow.members(FakeEngine(ROWS), found, TODAY) == {"a": "g2", "b": "g1", "c": "g3", "never-seen": "g3"}


def test_the_first_group_of_the_file_wins_among_cards() -> None:
    assert allow.members(FakeEngine(ROWS), parse('payment = ["p2"]', 'payment = ["p1"]'), TODAY)["a"] == "g1"
    assert allow.members(FakeEngine(ROWS), parse('payment = ["p1"]', 'payment = ["p2"]'), TODAY)["a"] == "g1"


def test_the_log_is_not_read_where_accounts_are_named_alone() -> None:
    engine = FakeEngine(ROWS)
    assert allow.members(engine, parse('accounts = ["a"]', 'networks = ["192.0.2.7"]'), TODAY) == {"a": "g1"}
    assert engine.queries == 0


def test_groups_are_held_against_the_last_day_of_the_log_and_no_day_to_come() -> None:
    day_us = 86_400_000_000
    assert allow.day_of(20_000 * day_us + 5, TODAY) == dt.date(2024, 10, 4)
    assert allow.day_of(99_999 * day_us, TODAY) == allow.day_of(None, TODAY) == TODAY


def test_each_group_tells_how_much_it_explained() -> None:
    found = parse('accounts = ["a", "b"]', f'payment = ["p"]\nuntil = {TODAY}', 'orgs = ["o"]')
    assert allow.told(found, TODAY, {"a": "g1", "b": "g1", "c": "g2"}, ["g2", "g2"]) == (
        "Agreed group 'g1' (agreed): 2 accounts count as one.",
        "Agreed group 'g2' (agreed), until 2026-06-05: 1 account is of it, 2 shared tokens are explained.",
        "Agreed group 'g3' (agreed): nothing in the log is of it.",
    )


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        allow.parse(f"schema = 1\n{text}", "agreed.toml")
    except FormatError as error:
        assert str(error).startswith("agreed.toml")
