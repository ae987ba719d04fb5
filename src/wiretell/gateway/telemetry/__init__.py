"""What a gateway tells of itself in numbers: Prometheus metrics (metrics.py), OpenTelemetry spans (spans.py)."""

from wiretell.gateway.telemetry.budgets import Level, levels
from wiretell.gateway.telemetry.metrics import CONTENT_TYPE, Metrics
from wiretell.gateway.telemetry.spans import Spans, SpansState

__all__ = ["CONTENT_TYPE", "Level", "Metrics", "Spans", "SpansState", "levels"]
