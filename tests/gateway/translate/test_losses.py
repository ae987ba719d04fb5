"""What a translation does not carry is listed: all of it, with nothing left out, and in the documentation."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.translate.samples import CHAT, MESSAGES, PAIRS, RESPONSES, RICH
from wiretell.errors import FormatError
from wiretell.gateway import translate
from wiretell.model.exchange import WireFormat

MODEL = "claude-opus-4-6"  # as an upstream's it may be asked to think; to the others it is a name
PAGE = Path(__file__).parents[3] / "docs" / "gateway-translate.md"

FORM = {"type", "role", "status"}
"""What says only of what kind its object is: it has no value of its own to carry."""

ELSEWHERE: dict[tuple[WireFormat, str], str] = {
    (MESSAGES, "/messages/*/content/*/is_error"): '"Error: boom"',
    (MESSAGES, "/tool_choice/disable_parallel_tool_use"): '"parallel_tool_calls":false',
    (MESSAGES, "/messages/*/content/*/source/media_type"): "data:",
    (CHAT, "/parallel_tool_calls"): "parallel",
    (CHAT, "/n"): "",  # 1 is every protocol's only way
    (CHAT, "/stream_options/include_usage"): "",  # of the answer, which has its numbers in any protocol
    (RESPONSES, "/parallel_tool_calls"): "",  # true is every protocol's default
    (RESPONSES, "/background"): "",  # false is every protocol's only way
    (RESPONSES, "/input/*/id"): "",  # the vendor's name for an item, which others do not know
}
"""Path -> what of the translated body stands for it."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (pointer with `*`, value) of all that is no container, and of empty ones."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}/{name}")
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(inner, f"{path}/*")
    else:
        yield path, value


def is_listed(path: str, losses: tuple[translate.Loss, ...]) -> bool:
    return any(path == loss.path or path.startswith(f"{loss.path}/") for loss in losses)


def is_found(value: Any, sent: dict[str, Any]) -> bool:
    if isinstance(value, str) and value.startswith("{"):  # a call's arguments: values, not spelling
        return all(is_found(inner, sent) for _, inner in leaves(json.loads(value)))
    if isinstance(value, str):
        return any(value in other for _, other in leaves(sent) if isinstance(other, str))
    return any(value == other and type(value) is type(other) for _, other in leaves(sent))


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_leaf_arrives_or_is_listed(client: WireFormat, upstream: WireFormat) -> None:
    body = RICH[client]
    request = translate.translator(client, upstream).request(json.dumps(body).encode(), MODEL)
    sent = json.loads(request.body)
    text = json.dumps(sent, separators=(",", ":"))
    missing = []
    for path, value in leaves(body):
        if path == "/model" or path.rsplit("/", 1)[-1] in FORM or value is None:
            continue
        elsewhere = ELSEWHERE.get((client, path))
        if is_listed(path, request.losses) or is_found(value, sent) or (elsewhere is not None and elsewhere in text):
            continue
        missing.append((path, value))
    assert missing == []


def objects(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from objects(inner, f"{path}/{'*' if isinstance(value, list) else name}")


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_field_nobody_knows_arrives_or_is_listed_wherever_it_stands(client: WireFormat, upstream: WireFormat) -> None:
    body = copy.deepcopy(RICH[client])
    places = list(objects(body))
    for number, (_, place) in enumerate(places):
        place["x_unknown"] = f"unknown{number}!"
    request = translate.translator(client, upstream).request(json.dumps(body).encode(), MODEL)
    sent = json.loads(request.body)
    for number, (path, _) in enumerate(places):
        is_there = is_found(f"unknown{number}!", sent)
        assert is_there or is_listed(f"{path}/x_unknown", request.losses), path


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_what_is_lost_is_among_what_is_known_to_be(client: WireFormat, upstream: WireFormat) -> None:
    known = {(loss.path, loss.effect) for loss in translate.known_losses(client, upstream)}
    body = {name: value for name, value in RICH[client].items() if name not in {"client_metadata", "mcp_servers"}}
    found = translate.losses(client, upstream, json.dumps(body).encode())
    assert found
    assert {(loss.path, loss.effect) for loss in found} <= known


def test_losses_are_counted() -> None:
    blocks = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}] * 3
    body = json.dumps({"messages": [{"role": "user", "content": blocks}], "x": {"y": [1, 2]}}).encode()
    found = {loss.path: loss.count for loss in translate.losses(MESSAGES, CHAT, body)}
    assert found == {"/messages/*/content/*/cache_control": 3, "/x": 1}


def test_nothing_is_listed_where_nothing_is_lost() -> None:
    body = {"model": "m", "max_tokens": 9, "system": "s", "messages": [{"role": "user", "content": "hi"}]}
    assert translate.losses(MESSAGES, CHAT, json.dumps(body).encode()) == ()


def test_a_model_that_cannot_choose_how_much_to_think_is_said_not_to() -> None:
    body = json.dumps({"input": "hi", "reasoning": {"effort": "high"}}).encode()
    old = translate.translator(RESPONSES, MESSAGES).request(body, "claude-sonnet-4-5")
    assert [loss.path for loss in old.losses] == ["/reasoning/effort"]
    assert "thinking" not in json.loads(old.body)


def table(client: WireFormat, upstream: WireFormat) -> str:
    rows = [f"| `{loss.path}` | {loss.effect} |" for loss in translate.known_losses(client, upstream)]
    return "\n".join([f"### {client} to {upstream}", "", "| field | effect |", "|---|---|", *rows])


def test_the_page_has_the_losses_of_every_pair() -> None:
    """To renew it: print `table` of each pair."""
    page = PAGE.read_text(encoding="utf-8")
    for client, upstream in PAIRS:
        assert table(client, upstream) in page, f"docs/gateway-translate.md: {client} to {upstream} has changed"


@pytest.mark.parametrize("pair", [("gemini", CHAT), (MESSAGES, "gemini")])
def test_gemini_is_not_translated(pair: tuple[WireFormat, WireFormat]) -> None:
    for call in (lambda: translate.translator(*pair), lambda: translate.known_losses(*pair)):
        with pytest.raises(FormatError, match="only passed through"):
            call()


@pytest.mark.parametrize("protocol", [MESSAGES, CHAT, RESPONSES])
def test_one_protocol_never_comes_here(protocol: WireFormat) -> None:
    with pytest.raises(AssertionError):
        translate.translator(protocol, protocol)
