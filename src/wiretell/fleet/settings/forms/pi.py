"""Pi."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="pi",
        syntax=Syntax.JSON,
        ends=frozenset({".pi/agent/models.json"}),
        moved=(("PI_CODING_AGENT_DIR", "models.json"),),
        rules=rules(host="providers/*/baseUrl", model="providers/*/models/*/id"),
        source="badlogic/pi-mono:packages/coding-agent/docs/models.md",
    ),
    Form(
        product="pi",
        syntax=Syntax.JSON,
        ends=frozenset({".pi/agent/settings.json", ".pi/settings.json"}),
        moved=(("PI_CODING_AGENT_DIR", "settings.json"),),
        rules=rules(model="defaultModel", name="defaultProvider"),
        source="badlogic/pi-mono:packages/coding-agent/docs/settings.md",
    ),
)
