"""What the gateway's numbers are called: Prometheus metrics, and the attributes of OpenTelemetry spans. One table each.

Sources: https://prometheus.io/docs/practices/naming/ for the metrics; for the spans the OpenTelemetry conventions
for generative AI (https://github.com/open-telemetry/semantic-conventions-genai), still in development: their version is
pinned here, and a test compares the names with the installed package's.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One Prometheus metric."""

    name: str
    """Without the `_total` that Prometheus appends to a counter's."""
    kind: Literal["counter", "gauge", "histogram"]
    told: str
    labels: tuple[str, ...] = ()
    litellm: str = ""
    """What LiteLLM's proxy calls a number of the same meaning; empty where it has none."""


IN_FLIGHT: Final = Metric(
    "wiretell_in_flight_requests",
    "gauge",
    "Requests that run now",
    ("protocol",),
    litellm="litellm_in_flight_requests",
)
REQUESTS: Final = Metric(
    "wiretell_requests",
    "counter",
    "Requests, by how they ended",
    ("protocol", "upstream", "model", "status", "ended"),
    litellm="litellm_requests_metric",
)
TOKENS: Final = Metric(
    "wiretell_tokens",
    "counter",
    "Tokens: input (without cached ones), cache_read, cache_write, output",
    ("upstream", "model", "kind"),
    litellm="litellm_input_tokens_metric, litellm_output_tokens_metric (which count cached tokens as input)",
)
COST: Final = Metric(
    "wiretell_cost_usd",
    "counter",
    "Cost by the price table, in US dollars",
    ("upstream", "model"),
    litellm="litellm_spend_metric",
)
DURATION: Final = Metric(
    "wiretell_request_duration_seconds",
    "histogram",
    "From a request's head to its response's end",
    ("protocol", "upstream"),
    litellm="litellm_request_total_latency_metric",
)
FIRST_BYTE: Final = Metric(
    "wiretell_first_byte_seconds",
    "histogram",
    "From a request's last byte to its response's first, by the upstream",
    ("protocol", "upstream"),
    litellm="litellm_llm_api_time_to_first_token_metric",
)
EDITS: Final = Metric("wiretell_edits", "counter", "Places that the gateway changed in requests")
MARKS: Final = Metric("wiretell_marks", "counter", "Requests in which a mark was found", ("scheme",))
DECISIONS: Final = Metric("wiretell_decisions", "counter", "Decisions of the policy on requests", ("effect", "rule"))
PINS: Final = Metric("wiretell_pins_left", "counter", "Requests that left the pinned template")
LOG_QUEUED: Final = Metric("wiretell_log_queued", "gauge", "Exchanges handed to the log and not yet durable")
LOG_QUEUED_BYTES: Final = Metric("wiretell_log_queued_bytes", "gauge", "Bytes of those")
LOG_RECORDED: Final = Metric("wiretell_log_recorded", "counter", "Exchanges made durable since the start")
LOG_SPILLED: Final = Metric("wiretell_log_spilled", "counter", "Exchanges that went to the spill file since the start")
LOG_DROPPED: Final = Metric("wiretell_log_dropped", "counter", "Exchanges that were lost since the start; must stay 0")
LOG_FAILING: Final = Metric("wiretell_log_failing", "gauge", "1 while the log cannot be written")
_BUDGET_LABELS: Final = ("budget", "who", "unit")
BUDGET_SPENT: Final = Metric(
    "wiretell_budget_spent", "gauge", "Settled in the running period, in US dollars, tokens or requests", _BUDGET_LABELS
)
BUDGET_RESERVED: Final = Metric(
    "wiretell_budget_reserved", "gauge", "Held by requests that run now, in the same units", _BUDGET_LABELS
)
BUDGET_LIMIT: Final = Metric(
    "wiretell_budget_limit",
    "gauge",
    "What the policy allows a period, in the same units",
    _BUDGET_LABELS,
    litellm="litellm_user_max_budget_metric (of users, in US dollars)",
)

METRICS: Final = (
    IN_FLIGHT,
    REQUESTS,
    TOKENS,
    COST,
    DURATION,
    FIRST_BYTE,
    EDITS,
    MARKS,
    DECISIONS,
    PINS,
    LOG_QUEUED,
    LOG_QUEUED_BYTES,
    LOG_RECORDED,
    LOG_SPILLED,
    LOG_DROPPED,
    LOG_FAILING,
    BUDGET_SPENT,
    BUDGET_RESERVED,
    BUDGET_LIMIT,
)
"""All, in the order in which `/metrics` has them."""

SEMCONV: Final = "1.44.0"
"""Version of the OpenTelemetry semantic conventions that the spans' names are from."""
SCHEMA_URL: Final = f"https://opentelemetry.io/schemas/{SEMCONV}"

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
RESPONSE_MODEL: Final = "gen_ai.response.model"
CONVERSATION: Final = "gen_ai.conversation.id"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
"""Cached tokens included, as the conventions ask."""
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
FIRST_CHUNK_S: Final = "gen_ai.response.time_to_first_chunk"
STATUS: Final = "http.response.status_code"
ERROR: Final = "error.type"
EXCHANGE: Final = "wiretell.exchange.id"
DECISION: Final = "wiretell.decision"
EDITED: Final = "wiretell.edits"
COST_USD: Final = "wiretell.cost_usd"

ATTRIBUTES: Final = (
    OPERATION,
    PROVIDER,
    REQUEST_MODEL,
    REQUEST_MAX_TOKENS,
    RESPONSE_MODEL,
    CONVERSATION,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    CACHE_READ_TOKENS,
    CACHE_WRITE_TOKENS,
    FIRST_CHUNK_S,
    STATUS,
    ERROR,
    EXCHANGE,
    DECISION,
    EDITED,
    COST_USD,
)
"""All that a span can carry. No text of a request or a response is among them, and no person."""

PROVIDERS: Final = MappingProxyType(
    {
        "anthropic-messages": "anthropic",
        "openai-chat": "openai",
        "openai-responses": "openai",
        "gemini": "gcp.gemini",
    }
)
"""Protocol of the upstream -> `gen_ai.provider.name`: the conventions take the one whose format it is."""
OPERATIONS: Final = MappingProxyType({"gemini": "generate_content"})
"""Protocol -> `gen_ai.operation.name`; `chat` for the others."""
