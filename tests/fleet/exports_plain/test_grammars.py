"""Whatever stands in an audit document, each line of each list is one that its form has, and says what it should."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fleet.exports_plain.audits import SAMPLE
from wiretell import report
from wiretell.errors import FormatError, UsageError
from wiretell.fleet.exports import egress, names
from wiretell.fleet.exports.destinations import Destinations, gather
from wiretell.fleet.exports.egress import EgressForm
from wiretell.fleet.exports.names import NameForm, Side

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
OWNER = rf"(?:{LABEL}\.)*(?!rpz-|[0-9]+(?![^ .\"/])){LABEL}"
NAME = rf"(?:{LABEL}\.)+(?!rpz-|[0-9]+(?![^ .\"/])){LABEL}"
TOLD = "[ -~]*"
ADDRESS = r"(?P<address>[0-9a-f.:]+)"
RESOLVERS = {
    NameForm.PLAIN: NAME,
    NameForm.HOSTS: rf"(?:0\.0\.0\.0|::) {NAME}|# {TOLD}",
    NameForm.RPZ: rf"; {TOLD}|\$TTL 300|@ SOA localhost\. root\.localhost\. [0-9]{{1,10}} 3600 600 604800 300"
    rf"|@ NS localhost\.|(?:\*\.)?{OWNER} CNAME (?:\.|rpz-passthru\.)|\* CNAME \.",
    NameForm.UNBOUND: rf'# {TOLD}|server:|    local-zone: "(?:{NAME})?\." always_(?:nxdomain|transparent)',
    NameForm.DNSMASQ: rf"# {TOLD}|local=/{NAME}/|server=/{NAME}/#|address=/#/|local=/\*a/\*b/[*a-z0-9/_-]+/",
}
NFTABLES = (
    rf"# {TOLD}|(?:add|delete) table inet wiretell|table inet wiretell \{{|\}}|    \}}|    set reached[46] \{{"
    r"|        type ipv[46]_addr|        elements = \{ (?P<address>[0-9a-f.:, ]+) \}|    chain (?:output|forward) \{"
    r"|        type filter hook (?:output|forward) priority filter; policy accept;"
    r"|        ip6? daddr @reached[46] counter reject"
)
SQUID = (
    rf"# {TOLD}|acl wiretell_(?:block|allow)_names dstdomain -n (?:\.?{NAME}|\[(?P<numeric>[0-9a-f:.]+)\])"
    rf"|acl wiretell_keep dstdomain -n {NAME}"
    rf"|acl wiretell_(?:block|allow)_addresses dst {ADDRESS}"
    r"|http_access deny wiretell_block_(?:names|addresses)(?: !wiretell_keep)?"
    r"|http_access allow wiretell_allow_(?:names|addresses)"
)
HOSTILE = (
    "\n",
    "\r\n",
    "\x00",
    "\x1b[2J",
    " ",
    "%",
    '"',
    "';",
    " } ; flush ruleset ; ",
    "\nhttp_access allow all\n",
    "#",
)
PARTS = ("a", "api", "dev", "io", "com", "1", "203", "0x7f", "rpz-ip", "xn--bcher-kva", "_dmarc", "*", "-a", "a" * 63)
TEXT = st.text(max_size=24) | st.sampled_from(HOSTILE)
HOST = st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map(".".join)
NUMBER = st.ip_addresses().map(str)
NAMED = st.one_of(HOST, HOST, NUMBER, TEXT, st.builds("{}{}{}".format, HOST | NUMBER, st.sampled_from(HOSTILE), TEXT))
ROW = st.fixed_dictionaries(
    {
        "name": NAMED,
        "address": NAMED,
        "port": st.integers(-1, 70_000),
        "protocol": st.sampled_from(["https", "udp"]) | TEXT,
        "looked_up": st.booleans(),
        "requests": st.integers(0, 1 << 60),
        "bytes": st.integers(0, 1 << 60),
        "when": st.sampled_from(["always", "official", "custom", "some runs"]) | TEXT,
    }
)


def destinations(rows: list[dict[str, Any]], texts: list[str], keep: list[str]) -> Destinations | None:
    """Return what a stored document comes to; None where it is refused."""
    document = json.loads(SAMPLE.read_bytes())
    document["destinations"] = rows
    document["target"] |= dict(zip(("agent", "version"), texts, strict=True))
    try:
        return gather([("x.json", report.decode(json.dumps(document).encode()))], keep)
    except FormatError as error:
        assert str(error).isprintable()
        return None


def lines(text: str) -> list[str]:
    assert text.isascii()
    assert text.endswith("\n")
    return text[:-1].split("\n")


def check(text: str, grammar: str) -> None:
    for line in lines(text):
        found = re.fullmatch(grammar, line)
        assert found, line
        told = found.groupdict()
        for address in (told.get("address") or told.get("numeric") or "").split(", "):
            assert not address or ipaddress.ip_address(address).is_global


def row(name: str) -> dict[str, Any]:
    told = {"protocol": "https", "looked_up": True, "requests": 1, "bytes": 1, "when": "always"}
    return {"name": name, "address": "198.18.0.7", "port": 443, **told}


@settings(max_examples=250, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4), st.lists(TEXT, min_size=2, max_size=2), st.lists(HOST, max_size=2))
@example([row("2606:4700::1%x } ; flush ruleset ;")], ["", ""], [])
@example([row("a.dev"), row("2606:4700::1%1\nhttp_access allow all")], ["", ""], [])
@example([row("a.dev"), row("24.0.0.0.10.rpz-client-ip")], ["", ""], [])
@example([row("a.dev"), row("x.a.dev"), row("203.107.1.1")], ["\n", "\x1b"], ["x.a.dev"])
def test_no_document_writes_a_line_that_its_form_does_not_have(
    rows: list[dict[str, Any]], texts: list[str], keep: list[str]
) -> None:
    found = destinations(rows, texts, keep)
    for side in Side if found else ():
        assert found is not None
        for form, grammar in RESOLVERS.items():
            try:
                check(names.render(found, form, side), grammar)
            except UsageError as error:
                assert str(error).isprintable()
            assert all(map(str.isprintable, names.remarks(found, form, side)))
        for filtering, grammar in ((EgressForm.NFTABLES, NFTABLES), (EgressForm.SQUID, SQUID)):
            try:
                text = egress.render(found, filtering, side)
            except UsageError:
                continue
            end = "http_access deny all\n"
            check(text.removesuffix(end) if side is Side.ALLOW else text, grammar)
        tables(found, side)


def tables(found: Destinations, side: Side) -> None:
    """Check CSV and JSON: as many rows as there are destinations, and no host that is neither name nor address."""
    text = egress.render(found, EgressForm.CSV, side)
    assert text.isascii()
    head, *table = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(table) == len(found.names) + len(found.addresses)
    for cells in table:
        told = dict(zip(head, cells, strict=True))
        assert re.fullmatch({"name": NAME, "address": ADDRESS}[told["kind"]], told["host"])
        assert all(map(str.isprintable, cells))
    whole = egress.render(found, EgressForm.JSON, side)
    assert all(map(str.isprintable, lines(whole)))
    assert len(json.loads(whole)["destinations"]) == len(table)
