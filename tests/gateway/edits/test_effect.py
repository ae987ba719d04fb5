"""Predicted effects on cache and cost."""

from __future__ import annotations

import pytest

from tests.gateway.edits.conversations import PROTOCOLS, bodies
from wiretell.gateway.config.values import ContextRule
from wiretell.gateway.edits import Before, Editor, predict
from wiretell.model.exchange import Usage, WireFormat

LONG = "x" * 4000
TURNS = [(f"turn {nth}", LONG, False) for nth in range(5)]


def _price(usage: Usage) -> int:
    return usage.input_tokens * 10 + (usage.cache_write_tokens or 0) * 12 + (usage.cache_read_tokens or 0)


def _effect(protocol: WireFormat, rule: ContextRule, nth: int = 4) -> tuple[int | None, int | None, int | None]:
    """What a rule does to turn `nth`, given the one before: tokens of the cache lost, cost before and after."""
    sent, editor = bodies(protocol, TURNS), Editor((), (rule,))
    before = Before(sent[nth - 1], editor.edit(sent[nth - 1], protocol).body)
    effect = predict(sent[nth], editor.edit(sent[nth], protocol), protocol, before, _price)
    assert effect is not None
    return effect.cached_prefix_lost_tokens, effect.cost_before_micro_usd, effect.cost_after_micro_usd


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_rule_without_age_loses_nothing_of_the_cache_and_saves(protocol: WireFormat) -> None:
    lost, before, after = _effect(protocol, ContextRule("shorten", "tool_result", keep_chars=100))
    assert lost == 0
    assert before is not None and after is not None and after < before / 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_turns_old_breaks_the_cache_from_there_on(protocol: WireFormat) -> None:
    lost, before, after = _effect(protocol, ContextRule("shorten", "tool_result", older_than_turns=2, keep_chars=100))
    assert lost is not None and 900 < lost < 3000  # a result that was whole the turn before, and what follows it
    assert before is not None and after is not None and after > before


def test_a_rule_that_does_nothing_has_no_effect() -> None:
    body = bodies("openai-chat", TURNS)[-1]
    edited = Editor((), (ContextRule("drop", "image"),)).edit(body, "openai-chat")
    assert predict(body, edited, "openai-chat", Before(body, body), _price) is None


def test_without_the_request_before_nothing_is_said_of_the_cache() -> None:
    body = bodies("openai-chat", TURNS)[-1]
    edited = Editor((), (ContextRule("shorten", "tool_result", keep_chars=100),)).edit(body, "openai-chat")
    effect = predict(body, edited, "openai-chat", None, _price)
    assert effect is not None and effect.cached_prefix_lost_tokens is None
    assert effect.bytes_removed == len(body) - len(edited.body) and effect.tokens_saved == effect.bytes_removed // 4
    assert effect.cost_before_micro_usd is not None and effect.cost_after_micro_usd is not None
    assert effect.cost_after_micro_usd < effect.cost_before_micro_usd
    assert body[: effect.first_changed_offset] == edited.body[: effect.first_changed_offset]


def test_a_breakpoint_that_moves_on_loses_nothing() -> None:
    def body(*texts: str) -> bytes:
        blocks = [f'{{"role":"user","content":[{{"type":"text","text":"{text}"}}]}}' for text in texts]
        blocks[-1] = blocks[-1].replace('"}]', '","cache_control":{"type":"ephemeral"}}]')
        return ('{"messages":[' + ",".join(blocks) + "]}").encode()

    one, two = body("a needle " + LONG), body("a needle " + LONG, "b")
    editor = Editor((), (ContextRule("replace", "needle", text="pin"),))
    before = Before(one, editor.edit(one, "anthropic-messages").body)
    effect = predict(two, editor.edit(two, "anthropic-messages"), "anthropic-messages", before, _price)
    assert effect is not None and effect.cached_prefix_lost_tokens == 0
    assert effect.cost_after_micro_usd is not None and effect.cost_after_micro_usd < 12 * len(LONG) // 4 / 4
