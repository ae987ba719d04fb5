from __future__ import annotations

import json
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.errors import UsageError
from wiretell.gateway.running import trust
from wiretell.gateway.running.known import Known, agents, find
from wiretell.gateway.running.official import connect_target
from wiretell.gateway.running.start import BUNDLES, EXTRA, Start, Trust, by_base_url, by_name
from wiretell.lab.sink.authority import Authority

URL = "http://127.0.0.1:4321"
CLAUDE = find("claude")
TRUST = Trust(Path("own.pem"), Path("bundle.pem"))


def by_url(agent: Known, words: tuple[str, ...], environ: dict[str, str], **how: bool) -> Start:
    return by_base_url(agent, words, environ, URL, **({"wrapped": False, "replaces": False} | how))


def test_the_users_environment_and_arguments_stay() -> None:
    start = by_url(CLAUDE, ("/opt/claude", "-p", "hi"), {"HOME": "/h", "ANTHROPIC_API_KEY": "k"})
    assert start.words == ("/opt/claude", "-p", "hi")
    assert start.env == {"HOME": "/h", "ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": URL}


def test_codex_takes_it_as_an_argument_behind_its_name() -> None:
    start = by_url(find("/usr/bin/codex"), ("codex", "exec", "hi"), {})
    assert start.words == ("codex", "-c", f'openai_base_url="{URL}/v1"', "exec", "hi")
    with pytest.raises(UsageError, match="start it as `codex`"):
        by_url(find("codex"), ("npx", "@openai/codex"), {}, wrapped=True)


@pytest.mark.parametrize("agent", agents(), ids=lambda agent: agent.name)
def test_every_agent_is_led_to_the_gateway_by_documented_settings(agent: Known) -> None:
    start = by_url(agent, (agent.programs[0],), dict.fromkeys(agent.needs, "x"))
    given = " ".join([*start.words[1:], *(start.env[name] for name in agent.env)])
    assert URL in given
    assert "{base_url}" not in given
    assert urlsplit(agent.source).scheme == "https"
    assert agent.known
    assert not agent.known.endswith(".")


def test_settings_in_json_are_json() -> None:
    start = by_url(find("opencode"), ("opencode",), {})
    document = json.loads(start.env["OPENCODE_CONFIG_CONTENT"])
    assert document["provider"]["anthropic"]["options"]["baseURL"] == f"{URL}/v1"


def test_an_own_base_url_is_not_replaced_unasked() -> None:
    environ = {"ANTHROPIC_BASE_URL": "https://me:secret@llm.example.cn/v1"}
    with pytest.raises(UsageError, match="is set already") as caught:
        by_url(CLAUDE, ("claude",), environ)
    assert "secret" not in str(caught.value)
    assert by_url(CLAUDE, ("claude",), environ, replaces=True).env["ANTHROPIC_BASE_URL"] == URL


def test_an_old_name_of_the_base_url_counts_as_well() -> None:
    with pytest.raises(UsageError, match="OPENAI_BASE_URL is set already"):
        by_url(find("codex"), ("codex",), {"OPENAI_BASE_URL": "http://llm.internal/v1"})


def test_nobody_is_moved_to_another_service() -> None:
    with pytest.raises(UsageError, match="COPILOT_PROVIDER_API_KEY and COPILOT_MODEL are not set"):
        by_url(find("copilot"), ("copilot",), {})


def test_a_proxy_of_the_users_is_not_asked_for_loopback() -> None:
    start = by_url(CLAUDE, ("claude",), {"https_proxy": "http://proxy:3128", "no_proxy": "corp.example,localhost"})
    assert start.env["NO_PROXY"] == start.env["no_proxy"] == "corp.example,localhost,127.0.0.1,::1"
    assert start.env["https_proxy"] == "http://proxy:3128"


def test_the_official_name_needs_a_proxy_and_certificates() -> None:
    start = by_name(CLAUDE, ("claude",), {"HOME": "/h"}, "http://127.0.0.1:1", TRUST)
    assert start.env == {
        "HOME": "/h",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "https_proxy": "http://127.0.0.1:1",
        EXTRA: "own.pem",
        **dict.fromkeys(BUNDLES, "bundle.pem"),
    }
    assert "ANTHROPIC_BASE_URL" not in start.env


@pytest.mark.parametrize(
    ("program", "environ", "why"),
    [
        ("claude", {"HTTPS_PROXY": "http://p"}, "cannot go through another"),
        ("claude", {"ANTHROPIC_BASE_URL": "http://x"}, "is set already"),
        ("copilot", {}, "no official host"),
    ],
)
def test_where_the_official_name_would_not_be_reached(program: str, environ: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        by_name(find(program), (program,), environ, "http://127.0.0.1:1", TRUST)


def test_an_unknown_program_is_told_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"claude, codex, gemini.*--as NAME.*by hand"):
        find("vim")


def test_what_the_user_trusts_stays_trusted(tmp_path: Path) -> None:
    system, extra, own = (Authority.create().pem for _ in range(3))
    (tmp_path / "system.pem").write_bytes(system)
    (tmp_path / "extra.pem").write_bytes(extra.rstrip())  # no line end: must not grow together with the next
    environ = {"SSL_CERT_FILE": str(tmp_path / "system.pem"), EXTRA: str(tmp_path / "extra.pem")}
    with trust.files(own, environ) as made:
        assert made.own.read_bytes() == own + extra
        context = ssl.create_default_context(cafile=str(made.bundle))
        assert len(context.get_ca_certs()) >= 1
        assert made.bundle.read_bytes() == system + own + extra
        assert b"PRIVATE" not in made.bundle.read_bytes()
    assert not made.own.exists()


@given(st.binary(max_size=200))
def test_what_asks_the_proxy_is_read_or_refused(head: bytes) -> None:
    found = connect_target(head)
    assert found is None or (found[0] and 0 < found[1] < 65536)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"CONNECT API.Anthropic.com.:443 HTTP/1.1", ("api.anthropic.com", 443)),
        (b"CONNECT [::1]:8443 HTTP/1.1", ("::1", 8443)),
        (b"CONNECT host HTTP/1.1", None),
        (b"CONNECT host:0 HTTP/1.1", None),
        (b"CONNECT host:99999999999999999999999 HTTP/1.1", None),
        (b"GET http://x/ HTTP/1.1", None),
    ],
)
def test_connect_targets(line: bytes, found: tuple[str, int] | None) -> None:
    assert connect_target(line + b"\r\nHost: x\r\n\r\n") == found
