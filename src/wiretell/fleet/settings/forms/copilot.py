"""GitHub Copilot's command line."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="copilot-cli",
        syntax=Syntax.JSON,
        ends=frozenset({".copilot/config.json", ".copilot/settings.json", ".github/copilot/settings.json"}),
        moved=(("COPILOT_HOME", "settings.json"), ("COPILOT_HOME", "config.json")),
        rules=rules(model="model"),
        source="https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-config-dir-reference",
    ),
    Form(
        product="copilot-cli",
        syntax=Syntax.JSON,
        ends=frozenset({".copilot/mcp-config.json"}),
        moved=(("COPILOT_HOME", "mcp-config.json"),),
        rules=rules(servers="mcpServers"),
        source="https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
    ),
)
