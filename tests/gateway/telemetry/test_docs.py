from __future__ import annotations

from pathlib import Path

from wiretell.gateway.running.known import agents
from wiretell.gateway.telemetry.names import METRICS, SEMCONV

PAGE = (Path(__file__).parents[3] / "docs/gateway-ui.md").read_text()


def test_every_metric_is_on_the_page() -> None:
    for metric in METRICS:
        name = f"{metric.name}_total" if metric.kind == "counter" else metric.name
        assert f"| `{name}` | {', '.join(metric.labels)} | {metric.told} | {metric.litellm} |" in PAGE
    assert f"version {SEMCONV}" in PAGE


def test_every_program_is_on_the_page() -> None:
    for agent in agents():
        for program in agent.programs:
            assert f"`{program}`" in PAGE
