"""Who may ask, and whose key goes upstream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.gateway.contract.hosts import Host, serving
from tests.gateway.contract.outside import Gateway, cli, gateway, message, request, said, upstreams, user

World = tuple[Gateway, Host]
VERSION = ("anthropic-version", "2023-06-01")
OWN_KEY = "sk-upstream-own-secret"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A gateway with users, whose upstreams have a key of their own from the environment."""
    with serving() as host:
        tables = upstreams(host, host, host, key="${file:secret}")
        folder = tmp_path_factory.mktemp("keyed")
        (folder / "secret").write_text(OWN_KEY + "\n")
        with gateway(folder, "", tables + user("ann") + user("bob")) as door:
            secrets = [("x-api-key", "key-ann"), ("x-claude-code-session-id", "secrets")]
            assert door.ask("/v1/messages", message("m"), [VERSION, *secrets]).status == 200  # early: rows take seconds
            yield door, host


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A gateway on loopback without users."""
    with serving() as host, gateway(tmp_path_factory.mktemp("keyless"), "", upstreams(host, host, host)) as door:
        yield door, host


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 401),
        ([("x-api-key", "key-eve")], 401),
        ([("x-api-key", "")], 401),
        ([("authorization", "Basic a2V5LWFubg==")], 401),
        ([("x-api-key", "key-ann")], 200),
        ([("authorization", "Bearer key-ann")], 200),
        ([("authorization", "bearer key-ann")], 200),
        ([("authorization", "Bearer key-ann"), ("x-api-key", "key-ann")], 200),
        ([("authorization", "Bearer key-ann"), ("x-api-key", "key-bob")], 401),
        ([("authorization", "Bearer key-ann"), ("x-api-key", "key-eve")], 401),
        ([("x-api-key", "key-ann"), ("x-api-key", "key-bob")], 401),
    ],
    ids=lambda value: "+".join(f"{k}:{v}" for k, v in value) if isinstance(value, list) else str(value),
)
def test_a_user_is_known_by_one_key(keyed: World, headers: Sequence[tuple[str, str]], status: int) -> None:
    """Authorization bearer or x-api-key; two different keys in one request: 401."""
    door, host = keyed
    before = len(host.asked)
    answer = door.ask("/v1/messages", message("claude-sonnet-4-5"), [VERSION, *headers])
    assert answer.status == status, answer.body
    assert len(host.asked) == before + (status == 200)
    if status == 401:
        said("anthropic-messages", answer)


@pytest.mark.parametrize("form", ["openai-chat", "openai-responses", "gemini", "count_tokens"])
def test_no_key_is_401_in_the_clients_own_form(keyed: World, form: str) -> None:
    """In every protocol."""
    answer = keyed[0].ask(*request(form, "some-model"))
    assert answer.status == 401
    assert said(form, answer)


@pytest.mark.parametrize("where", ["x-api-key", "authorization", "x-goog-api-key"])
def test_an_upstreams_key_replaces_the_clients(keyed: World, where: str) -> None:
    """The client's is nowhere in what goes upstream; the upstream's is."""
    door, host = keyed
    form = "gemini" if where == "x-goog-api-key" else "anthropic-messages"
    value = "Bearer key-ann" if where == "authorization" else "key-ann"
    assert door.ask(*request(form, "m"), [VERSION, (where, value)]).status == 200
    sent = str(host.last().headers) + host.last().target
    assert OWN_KEY in sent
    assert "key-ann" not in sent


def test_without_a_key_the_clients_own_passes_through(keyless: World) -> None:
    """As it was written."""
    door, host = keyless
    door.ask(
        "/v1/messages",
        message("m"),
        [VERSION, ("authorization", "Bearer sk-oauth"), ("anthropic-beta", "oauth-2025-04-20,new")],
    )
    assert host.last().get("authorization") == "Bearer sk-oauth"
    assert host.last().get("anthropic-beta") == "oauth-2025-04-20,new"
    assert host.last().get("x-api-key") is None


def test_a_user_whose_upstream_has_no_key_passes_with_his_own(tmp_path: Path) -> None:
    """The design's own example: `[[user]]`, and no `key`: the client's own passes through."""
    with serving() as host, gateway(tmp_path, "", upstreams(host) + user("ann")) as door:
        for header in (("x-api-key", "key-ann"), ("authorization", "Bearer key-ann")):
            answer = door.ask("/v1/messages", message("m"), [VERSION, header])
            assert answer.status == 200, answer.body
            assert host.last().get(header[0]) == header[1]


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:{port}", None, 200),
        ("127.0.0.1:{port}", None, 200),
        ("[::1]:{port}", None, 200),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", 200),
        ("evil.example", None, 403),
        ("localhost.evil.example:{port}", None, 403),
        ("127.0.0.1:{port}", "https://evil.example", 403),
        ("127.0.0.1:{port}", "null", 403),
    ],
)
def test_keyless_loopback_refuses_a_foreign_host_and_origin(
    keyless: World, host: str, origin: str | None, status: int
) -> None:
    """A page in the user's browser is not the user."""
    door, upstream = keyless
    before = len(upstream.asked)
    headers = [VERSION, ("x-api-key", "sk-own")] + ([("origin", origin.format(port=door.port))] if origin else [])
    answer = door.ask("/v1/messages", message("m"), headers, host=host.format(port=door.port))
    assert answer.status == status
    assert len(upstream.asked) == before + (status == 200)


@pytest.mark.parametrize("target", ["/ui", "/metrics"])
def test_what_is_seen_is_not_seen_by_a_foreign_page(keyless: World, target: str) -> None:
    """The page and the metrics check the Host too."""
    door, _ = keyless
    assert door.ask(target).status in {200, 303, 307, 308}
    assert door.ask(target, host="evil.example").status == 403


def test_a_requests_api_base_is_ignored(keyless: World) -> None:
    """An unknown field like any other: it goes along, and leads nowhere."""
    door, host = keyless
    with serving("evil") as evil:
        body = message("m", api_base=f"http://127.0.0.1:{evil.port}", base_url=f"http://127.0.0.1:{evil.port}")
        assert door.ask("/v1/messages", body, [VERSION, ("x-api-key", "sk-own")]).status == 200
        assert door.ask(f"http://127.0.0.1:{evil.port}/v1/messages", body, [VERSION, ("x-api-key", "k")]).status in {
            200,
            400,
            403,
            404,
        }
        assert evil.asked == []
    assert host.last().json()["model"] == "m"


def test_no_secret_is_in_the_log_or_in_what_is_said(keyed: World) -> None:
    """Neither the clients' keys nor the upstream's, in heads that are rebuilt or in files as they lie there."""
    door, _ = keyed
    row = door.row("secrets")
    assert row["user"] == "ann"
    for part in ("request-head", "sent-head"):
        head = cli("gateway", "rebuild", "--log", door.log, "--part", part, row["exchange_id"])
        assert head.returncode == 0, head.stderr
        assert "anthropic-version" in head.stdout.lower()
        assert "key-ann" not in head.stdout
        assert OWN_KEY not in head.stdout
    kept = b"".join(
        path.read_bytes() for path in door.folder.rglob("*") if path.is_file() and path.name not in {"secret"}
    )
    assert OWN_KEY.encode() not in kept
    assert b"key-ann" not in kept
