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
        ends=frozenset(
            f"{folder}/{name}" for folder in (".config/amp", ".amp") for name in ("settings.json", "settings.jsonc")
        ),
        system=("etc/ampcode/managed-settings.json",),
        moved=(("XDG_CONFIG_HOME", "amp/settings.json"), ("XDG_CONFIG_HOME", "amp/settings.jsonc")),
        rules=rules(
            host="amp.url amp.proxy",
            model="amp.internal.model amp.internal.model/*",
            name="amp.anthropic.provider",
            servers="amp.mcpServers",
        ),
        source="https://ampcode.com/manual; @ampcode/cli-linux-x64 0.0.1790142911-g7618fb",
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
        ends=frozenset({".factory/settings.json", ".factory/settings.local.json"}),
        system=("etc/factory/settings.json",),
        moved=(
            ("FACTORY_HOME_OVERRIDE", ".factory/settings.json"),
            ("FACTORY_HOME_OVERRIDE", ".factory/settings.local.json"),
        ),
        rules=rules(
            host="customModels/*/baseUrl customModels/*/bedrock/bedrockBaseUrl telemetry/endpoint",
            model="model specModeModel sessionDefaultSettings/model sessionDefaultSettings/specModeModel"
            " missionOrchestratorModel missionModelSettings/workerModel missionModelSettings/validationWorkerModel"
            " subagentModelSettings/lightModel subagentModelSettings/mediumModel subagentModelSettings/heavyModel"
            " customModels/*/model",
            variables="env",
        ),
        source="https://docs.factory.ai/cli/configuration/settings; @factory/cli-linux-x64 0.215.0: the schema in it",
    ),
    Form(
        product="droid",
        syntax=Syntax.JSON,
        ends=frozenset({".factory/config.json"}),
        moved=(("FACTORY_HOME_OVERRIDE", ".factory/config.json"),),
        rules=rules(
            host="custom_models/*/base_url custom_models/*/bedrock/bedrockBaseUrl", model="custom_models/*/model"
        ),
        source="@factory/cli-linux-x64 0.215.0; the file before settings.json, which is still read",
    ),
    Form(
        product="droid",
        syntax=Syntax.JSON,
        ends=frozenset({".factory/mcp.json"}),
        moved=(("FACTORY_HOME_OVERRIDE", ".factory/mcp.json"),),
        rules=rules(servers="mcpServers"),
        source="https://docs.factory.ai/cli/configuration/mcp; @factory/cli-linux-x64 0.215.0",
    ),
    Form(
        product="droid",
        syntax=Syntax.FRONT_MATTER,
        globs=(".factory/droids/*.md",),
        rules=rules(model="model"),
        source="@factory/cli-linux-x64 0.215.0: the schema in it",
    ),
    Form(
        product="qoder",
        syntax=Syntax.JSON,
        ends=frozenset({".qoder/settings.json", ".qoder/settings.local.json"}),
        rules=rules(model="model/name", servers="mcpServers"),
        source="@qoder-ai/qodercli 1.1.52: the schema in it; its table of providers was not looked through",
    ),
    Form(
        product="cursor-agent",
        syntax=Syntax.JSON,
        ends=frozenset({".cursor/cli-config.json", ".cursor/cli.json"}),
        rules=rules(model="model model/modelId"),
        source="https://cursor.com/docs/cli/reference/configuration",
    ),
)
