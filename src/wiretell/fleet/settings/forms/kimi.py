"""Kimi's command line."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_RULES: Final = rules(
    host="providers/*/base_url services/*/base_url",
    model="default_model models/*/model",
    variables="providers/*/env",
)

FORMS: Final = (
    Form(
        product="kimi-cli",
        syntax=Syntax.TOML,
        ends=frozenset({".kimi/config.toml"}),
        moved=(("KIMI_SHARE_DIR", "config.toml"),),
        rules=_RULES,
        source="https://moonshotai.github.io/kimi-cli/en/configuration/config-files.html",
    ),
    Form(
        product="kimi-cli",
        syntax=Syntax.JSON,
        ends=frozenset({".kimi/config.json"}),
        rules=_RULES,
        source="https://moonshotai.github.io/kimi-cli/en/configuration/config-files.html",
    ),
    Form(
        product="kimi-cli",
        syntax=Syntax.JSON,
        ends=frozenset({".kimi/mcp.json"}),
        rules=rules(servers="mcpServers"),
        source="https://moonshotai.github.io/kimi-cli/en/customization/mcp.html",
    ),
)
