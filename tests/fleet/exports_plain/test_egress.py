"""Destinations as lists for packet filters and proxies."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.fleet.exports_plain.audits import audit, reached
from wiretell.errors import UsageError
from wiretell.fleet.exports.destinations import Destinations, gather
from wiretell.fleet.exports.egress import EgressForm, remarks, render
from wiretell.fleet.exports.names import Side

ROWS = ("a.dev", "x.a.dev", reached("203.107.1.97", port=80), "203.107.1.1", "2606:4700::1111", "127.0.0.1")


def gathered(*rows: object, keep: tuple[str, ...] = ()) -> Destinations:
    return gather([("q.json", audit(*(rows or ROWS), agent="qoder", version="1.1.52"))], keep)  # type: ignore[arg-type]


def test_a_packet_filter_gets_bare_addresses_and_is_told_of_the_names() -> None:
    text = render(gathered(), EgressForm.NFTABLES, Side.BLOCK)
    assert "elements = { 203.107.1.1, 203.107.1.97 }" in text
    assert "elements = { 2606:4700::1111 }" in text
    assert text.count("ip daddr @reached4 counter reject") == text.count("ip6 daddr @reached6 counter reject") == 2
    assert text.count("{") == text.count("}")
    assert "# 2 names of these audits cannot be here, and none was resolved." in text
    assert "a.dev" not in text
    assert list(remarks(gathered(), EgressForm.NFTABLES)) == [
        "2 names of the audits cannot be in a packet filter's set: use --form squid, or `export dns`."
    ]
    assert not list(remarks(gathered(), EgressForm.SQUID))


def test_a_packet_filter_is_refused_what_it_cannot_say() -> None:
    with pytest.raises(UsageError, match="squid"):
        render(gathered("a.dev"), EgressForm.NFTABLES, Side.BLOCK)
    with pytest.raises(UsageError, match="squid"):
        render(gathered(), EgressForm.NFTABLES, Side.ALLOW)


def rules(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_proxy_blocks_names_with_all_below_them_once() -> None:
    assert rules(render(gathered(), EgressForm.SQUID, Side.BLOCK)) == [
        "acl wiretell_block_names dstdomain -n .a.dev",
        "acl wiretell_block_names dstdomain -n [2606:4700::1111]",
        "acl wiretell_block_addresses dst 203.107.1.1",
        "acl wiretell_block_addresses dst 203.107.1.97",
        "acl wiretell_block_addresses dst 2606:4700::1111",
        "http_access deny wiretell_block_names",
        "http_access deny wiretell_block_addresses",
    ]


def test_a_proxy_lets_through_what_is_kept() -> None:
    assert rules(render(gathered("a.dev", "x.a.dev", keep=("x.a.dev",)), EgressForm.SQUID, Side.BLOCK)) == [
        "acl wiretell_block_names dstdomain -n .a.dev",
        "acl wiretell_keep dstdomain -n x.a.dev",
        "http_access deny wiretell_block_names !wiretell_keep",
    ]


def test_a_proxy_allows_the_names_themselves_and_nothing_else() -> None:
    assert rules(render(gathered("a.dev", "x.a.dev"), EgressForm.SQUID, Side.ALLOW)) == [
        "acl wiretell_allow_names dstdomain -n a.dev",
        "acl wiretell_allow_names dstdomain -n x.a.dev",
        "http_access allow wiretell_allow_names",
        "http_access deny all",
    ]


def test_csv_has_every_destination_with_its_port() -> None:
    rows = list(csv.DictReader(io.StringIO(render(gathered(), EgressForm.CSV, Side.BLOCK))))
    assert [(row["kind"], row["host"], row["port"]) for row in rows] == [
        ("name", "a.dev", "443"),
        ("name", "x.a.dev", "443"),
        ("address", "203.107.1.1", "443"),
        ("address", "203.107.1.97", "80"),
        ("address", "2606:4700::1111", "443"),
    ]
    assert {row["product"] for row in rows} == {"qoder"}


def test_no_cell_is_a_formula() -> None:
    found = gather([("q", audit("a.dev", agent='=cmd|"x"', version="@1"))])
    (row,) = csv.DictReader(io.StringIO(render(found, EgressForm.CSV, Side.BLOCK)))
    assert (row["product"], row["version"]) == ('\'=cmd|"x"', "'@1")


def test_json_has_what_was_left_out_too() -> None:
    told = json.loads(render(gathered(), EgressForm.JSON, Side.BLOCK))
    assert told["schema"] == "wiretell/fleet-egress/1"
    assert [each["host"] for each in told["destinations"]][:2] == ["a.dev", "x.a.dev"]
    assert told["left_out"] == [{"host": "127.0.0.1", "why": "an address of the lab or of a local network"}]


def test_nothing_to_list_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to list"):
        render(gathered("127.0.0.1"), EgressForm.SQUID, Side.BLOCK)
