"""Mistral's Vibe."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="vibe",
        syntax=Syntax.TOML,
        ends=frozenset({".vibe/config.toml"}),
        moved=(("VIBE_HOME", "config.toml"),),
        rules=rules(
            host="providers/*/api_base",
            model="active_model models/*/name",
            servers="mcp_servers",
        ),
        source="mistralai/mistral-vibe:README.md",
    ),
)
