"""The script that makes the price table keeps what it should, in the right unit."""

from __future__ import annotations

import json
import runpy
from decimal import Decimal
from pathlib import Path
from typing import Any

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_prices.py"))


def reduced(text: str) -> dict[str, Any]:
    made: dict[str, Any] = SCRIPT["reduced"](json.loads(text, parse_float=Decimal))
    return made


def model(provider: str, **more: Any) -> dict[str, Any]:
    return {"litellm_provider": provider, "mode": "chat", "input_cost_per_token": 3e-06, **more}


def test_only_what_a_vendor_sells_himself_is_kept() -> None:
    table = {
        "claude-x": model("anthropic", output_cost_per_token=1.5e-05),
        "bedrock/claude-y": model("bedrock", output_cost_per_token=1.5e-05),
        "dashscope/glm-9": model("dashscope", output_cost_per_token=1.5e-05),
        "gpt-audio-9": model("openai", output_cost_per_token=1.5e-05),
        "ft:gpt-9": model("openai", output_cost_per_token=1.5e-05),
        "gpt-without-output": model("openai"),
        "text-embedding": {**model("openai", output_cost_per_token=0), "mode": "embedding"},
    }
    assert reduced(json.dumps(table)) == {"claude-x": {"vendor": "anthropic", "input": 3, "output": 15}}


def test_tiers_and_caches() -> None:
    table = {
        "gemini/gemini-9": model(
            "gemini",
            output_cost_per_token=1e-05,
            cache_read_input_token_cost=1.25e-07,
            cache_creation_input_token_cost=0.0,
            input_cost_per_token_above_200k_tokens=6e-06,
            output_cost_per_token_above_200k_tokens=2e-05,
            output_cost_per_token_above_200k_tokens_priority=9e-05,
        ),
        "dashscope/qwen9": {
            "litellm_provider": "dashscope",
            "mode": "chat",
            "tiered_pricing": [
                {"input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06, "range": [32000.0, 128000.0]},
                {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "range": [0, 32000.0]},
            ],
        },
    }
    assert reduced(json.dumps(table)) == {
        "gemini-9": {
            "vendor": "google",
            "input": 3,
            "output": 10,
            "cache_read": 0.125,
            "tiers": [{"above": 200000, "input": 6, "output": 20, "cache_read": 0.125}],
        },
        "qwen9": {
            "vendor": "alibaba",
            "input": 1,
            "output": 2,
            "tiers": [{"above": 32000, "input": 2, "output": 4}],
        },
    }
