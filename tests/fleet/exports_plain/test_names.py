"""Names of audits as lists for resolvers: what is in them, what never is, and how each form is written."""

from __future__ import annotations

import re

import msgspec
import pytest
from dnslib import RR
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.exports_plain.audits import audit, reached
from wiretell.errors import FormatError, UsageError
from wiretell.fleet.exports.destinations import Destinations, gather, is_host_name
from wiretell.fleet.exports.names import NameForm, Side, remarks, render
from wiretell.model.findings import Verdict
from wiretell.report.audit.document_v1 import Document

QODER = "203.107.1.1"


def gathered(*documents: Document, keep: tuple[str, ...] = ()) -> Destinations:
    return gather([(f"{n}.json", each) for n, each in enumerate(documents)], keep)


def lines(destinations: Destinations, form: NameForm, side: Side = Side.BLOCK) -> list[str]:
    text = render(destinations, form, side)
    assert text.endswith("\n")
    return [line for line in text.splitlines() if not line.startswith(("#", ";"))]


TWO = gathered(
    audit("api.openai.com", "GitHub.com."), audit("api.openai.com", "chat.mistral.ai", QODER, agent="vibe", version="3")
)


def test_several_audits_are_one_list_in_one_order() -> None:
    assert lines(TWO, NameForm.PLAIN) == ["api.openai.com", "chat.mistral.ai", "github.com"]
    again = gather([("b", audit("b.dev", "a.dev")), ("a", audit("a.dev"))])
    turned = gather([("a", audit("a.dev")), ("b", audit("a.dev", "b.dev"))])
    assert render(again, NameForm.RPZ, Side.BLOCK) == render(turned, NameForm.RPZ, Side.BLOCK)


def test_a_hosts_file_answers_for_both_families() -> None:
    assert lines(gathered(audit("a.dev")), NameForm.HOSTS) == ["0.0.0.0 a.dev", ":: a.dev"]


def test_a_policy_zone_is_one_and_covers_what_is_below() -> None:
    records = RR.fromZone("\n".join(lines(gathered(audit("a.dev")), NameForm.RPZ)), origin="rpz.corp")
    told = [(str(record.rname), record.rtype, str(record.rdata)) for record in records]
    assert told[0][1] == 6
    assert told[0][2].split()[2] == "2026112100"
    assert told[1][1:] == (2, "localhost.")
    assert told[2:] == [("a.dev.rpz.corp.", 5, "."), ("*.a.dev.rpz.corp.", 5, ".")]


def test_unbound_and_dnsmasq() -> None:
    one = gathered(audit("a.dev"))
    assert lines(one, NameForm.UNBOUND) == ["server:", '    local-zone: "a.dev." always_nxdomain']
    assert lines(one, NameForm.DNSMASQ) == ["local=/a.dev/"]


def test_a_list_of_what_is_allowed_refuses_the_rest() -> None:
    one = gathered(audit("a.dev"))
    assert lines(one, NameForm.RPZ, Side.ALLOW)[3:] == [
        "dev CNAME .",
        "*.dev CNAME .",
        "a.dev CNAME rpz-passthru.",
        "*.a.dev CNAME .",
        "* CNAME .",
    ]
    everything = "/".join(f"*{each}" for each in "abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert lines(one, NameForm.DNSMASQ, Side.ALLOW) == ["address=/#/", f"local=/{everything}/", "server=/a.dev/#"]
    assert lines(one, NameForm.UNBOUND, Side.ALLOW)[1:] == [
        '    local-zone: "." always_nxdomain',
        '    local-zone: "a.dev." always_transparent',
    ]
    with pytest.raises(UsageError, match="rpz"):
        render(one, NameForm.HOSTS, Side.ALLOW)


@pytest.mark.parametrize(
    "name",
    [
        "deepseek.localhost",
        "api.lab.test",
        "gateway.corp.example",
        "telemetry.example.com",
        "example.org",
        "nas.local",
        "7.1.107.203.in-addr.arpa",
        "labhost7",
        "198.18.0.7",
        "198.19.255.255",
        "127.0.0.1",
        "10.0.0.1",
        "224.0.0.251",
        "::1",
        "fe80::1",
        "(base_url)",
        "(http_proxy)",
        "24.0.0.0.10.rpz-client-ip",
        "32.1.1.107.203.rpz-ip",
    ],
)
def test_what_is_the_labs_own_never_leaves(name: str) -> None:
    found = gathered(audit(name, "a.dev"))
    assert [each.host for each in (*found.names, *found.addresses)] == ["a.dev"]
    assert [each.host for each in found.left_out] == [name]
    for form in NameForm:
        assert not any(name in line for line in lines(found, form))


def test_a_custom_api_host_of_the_lab_is_its_own_unless_the_agent_calls_it_anyway() -> None:
    hosts = ("https://api.relay.dev", "http://api.openai.com:8080", "http://[x")
    rows = [reached("api.relay.dev", "custom"), reached("api.openai.com", "always"), reached("x.relay.dev", "custom")]
    found = gathered(audit(*rows, hosts=hosts))
    assert found.hosts == ("api.openai.com", "x.relay.dev")
    assert [each.host for each in found.left_out] == ["api.relay.dev"]


def test_no_address_of_the_lab_is_in_any_list() -> None:
    for form in NameForm:
        assert "198.18" not in render(TWO, form, Side.BLOCK)


def test_a_bare_address_is_said_to_be_missing() -> None:
    text = render(TWO, NameForm.UNBOUND, Side.BLOCK)
    assert f"# Not here: {QODER} was reached without a name; `wiretell fleet export egress` lists it." in text
    for form in NameForm:
        assert len([remark for remark in remarks(TWO, form, Side.BLOCK) if QODER in remark]) == 1
    assert not list(remarks(gathered(audit("a.dev")), NameForm.RPZ, Side.BLOCK))


def test_what_is_kept_works_below_what_is_listed() -> None:
    document = audit("github.com", "api.github.com", "a.dev")
    kept = gathered(document, keep=("api.github.com",))
    assert kept.hosts == ("a.dev", "github.com")
    assert "api.github.com CNAME rpz-passthru." in lines(kept, NameForm.RPZ)
    assert '    local-zone: "api.github.com." always_transparent' in lines(kept, NameForm.UNBOUND)
    assert "server=/api.github.com/#" in lines(kept, NameForm.DNSMASQ)
    below = gathered(document, keep=("*.github.com",))
    assert "*.github.com CNAME rpz-passthru." in lines(below, NameForm.RPZ)
    with pytest.raises(UsageError, match="rpz"):
        render(below, NameForm.UNBOUND, Side.BLOCK)


def test_what_is_kept_with_all_above_it_needs_no_exception() -> None:
    kept = gathered(audit("github.com", "api.github.com", "a.dev"), keep=("*github.com",))
    assert lines(kept, NameForm.DNSMASQ) == ["local=/a.dev/"]
    told = "Left out: github.com (as --keep *github.com asks)."
    assert f"# {told}\n" in render(kept, NameForm.HOSTS, Side.BLOCK)
    assert told in remarks(kept, NameForm.PLAIN, Side.BLOCK)
    assert not list(remarks(kept, NameForm.HOSTS, Side.BLOCK))


def test_a_plain_list_is_names_and_nothing_else() -> None:
    assert render(TWO, NameForm.PLAIN, Side.BLOCK) == "api.openai.com\nchat.mistral.ai\ngithub.com\n"
    said = list(remarks(TWO, NameForm.PLAIN, Side.BLOCK))
    assert said[0] == "From audits of codex 0.169.0, vibe 3 in a sealed lab, by wiretell."
    assert any(each.startswith("Names that get no answer: 3.") for each in said)


@pytest.mark.parametrize(
    "name",
    [
        *("b\u00fccher.de", "a b.dev", "a.dev\nb", "-a.dev", "a..dev", "", ".", "a" * 64 + ".dev", "a." * 130, "*.dev"),
        *(
            '"',
            "2606:4700::1%x } ; flush ruleset ;",
            "2606:4700::1%1\nhttp_access allow all",
            "fe80::1%eth0",
            "1.2.3.4%x",
        ),
        *("fe80::1%", "0177.0.0.1", "203.107.1", "a.0x7f"),
    ],
)
def test_what_is_no_host_name_is_refused_in_a_sentence(name: str) -> None:
    row = reached("a.dev")
    with pytest.raises(FormatError, match=r"0\.json: the destination .* is no host name"):
        gathered(audit(type(row)(**{f: getattr(row, f) for f in row.__struct_fields__ if f != "name"}, name=name)))


def test_punycode_and_underscores_are_host_names() -> None:
    assert gathered(audit("xn--bcher-kva.de", "_dmarc.a.dev")).hosts == ("_dmarc.a.dev", "xn--bcher-kva.de")


def test_nothing_to_list_is_refused() -> None:
    with pytest.raises(UsageError, match="no host name"):
        render(gathered(audit("127.0.0.1")), NameForm.PLAIN, Side.BLOCK)


def test_an_inconclusive_audit_is_said_to_be_one() -> None:
    found = gathered(msgspec.structs.replace(audit("a.dev"), verdict=Verdict.INCONCLUSIVE))
    assert "The audit of codex 0.169.0 was inconclusive: it may reach for more" in render(
        found, NameForm.RPZ, Side.BLOCK
    )


@settings(deadline=None)
@given(agent=st.text(max_size=20), version=st.text(max_size=20), label=st.text(max_size=20))
def test_no_text_of_a_document_can_write_a_line_of_a_list(agent: str, version: str, label: str) -> None:
    found = gather([("x", audit("a.dev", agent=agent, version=version))], (), label)
    for form in NameForm:
        assert [re.sub(r" 2026112100 ", " ", line) for line in lines(found, form)] == [
            re.sub(r" 2026112100 ", " ", line) for line in lines(gathered(audit("a.dev")), form)
        ]
        assert all(" " <= char <= "~" or char == "\n" for char in render(found, form, Side.BLOCK))


@settings(deadline=None)
@given(st.text())
def test_what_is_taken_for_a_host_name_is_plain(name: str) -> None:
    if is_host_name(name):
        assert re.fullmatch(r"[a-z0-9_.-]+", name)
