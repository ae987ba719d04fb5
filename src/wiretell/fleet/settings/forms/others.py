"""Agents with one small file each."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="crush",
        syntax=Syntax.JSON,
        ends=frozenset({"crush.json", ".crush.json"}),
        rules=rules(host="providers/*/base_url", model="models/*/model", name="models/*/provider", servers="mcp"),
        source="charmbracelet/crush:README.md",
    ),
    Form(
        product="amp",
        syntax=Syntax.JSON,
        ends=frozenset({".config/amp/settings.json", ".amp/settings.json"}),
        system=("etc/ampcode/managed-settings.json",),
        rules=rules(host="amp.url", servers="amp.mcpServers"),
        source="https://ampcode.com/manual",
    ),
    Form(
        product="auggie",
        syntax=Syntax.JSON,
        ends=frozenset({".augment/settings.json"}),
        rules=rules(model="model", servers="mcpServers"),
        source="https://docs.augmentcode.com/cli/integrations",
    ),
    Form(
        product="openhands",
        syntax=Syntax.JSON,
        ends=frozenset({".openhands/agent_settings.json", ".openhands/settings.json"}),
        rules=rules(
            host="llm/base_url llm_base_url condenser/llm/base_url", model="llm/model llm_model condenser/llm/model"
        ),
        source="https://docs.openhands.dev/openhands/usage/cli",
    ),
    Form(
        product="openhands",
        syntax=Syntax.JSON,
        ends=frozenset({".openhands/mcp.json"}),
        rules=rules(servers="mcpServers"),
        source="https://docs.openhands.dev/openhands/usage/cli/mcp-servers",
    ),
    Form(
        product="droid",
        syntax=Syntax.JSON,
        ends=frozenset({".factory/settings.json", ".factory/settings.local.json", ".factory/config.json"}),
        rules=rules(
            host="customModels/*/baseUrl custom_models/*/base_url",
            model="model sessionDefaultSettings/model customModels/*/model custom_models/*/model",
        ),
        source="https://docs.factory.ai/cli/configuration/settings",
    ),
    Form(
        product="droid",
        syntax=Syntax.JSON,
        ends=frozenset({".factory/mcp.json"}),
        rules=rules(servers="mcpServers"),
        source="https://docs.factory.ai/cli/configuration/mcp",
    ),
    Form(
        product="cursor-agent",
        syntax=Syntax.JSON,
        ends=frozenset({".cursor/cli-config.json", ".cursor/cli.json"}),
        rules=rules(model="model model/modelId"),
        source="https://cursor.com/docs/cli/reference/configuration",
    ),
)
