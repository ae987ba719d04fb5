"""Gemini CLI, and Qwen Code, which began as a fork of it."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_MODELS: Final = "model model/name agents/overrides/*/modelConfig/model modelConfigs/customAliases/*/modelConfig/model"

FORMS: Final = (
    Form(
        product="gemini-cli",
        syntax=Syntax.JSON,
        ends=frozenset({".gemini/settings.json"}),
        system=("etc/gemini-cli/settings.json", "etc/gemini-cli/system-defaults.json"),
        moved=(("GEMINI_CLI_HOME", ".gemini/settings.json"),),
        rules=rules(
            host="telemetry/otlpEndpoint experimental/gemmaModelRouter/classifier/host proxy",
            model=f"{_MODELS} agents/browser/visualModel experimental/gemmaModelRouter/classifier/model",
            servers="mcpServers admin/mcp/config admin/mcp/requiredConfig",
        ),
        source="google-gemini/gemini-cli:docs/reference/configuration.md",
    ),
    Form(
        product="gemini-cli",
        syntax=Syntax.FRONT_MATTER,
        globs=(".gemini/agents/*.md",),
        rules=rules(model="model"),
        source="google-gemini/gemini-cli:docs/core/subagents.md",
    ),
    Form(
        product="qwen-code",
        syntax=Syntax.JSON,
        ends=frozenset({".qwen/settings.json"}),
        system=("etc/qwen-code/settings.json", "etc/qwen-code/system-defaults.json"),
        rules=rules(
            host="security/auth/baseUrl telemetry/otlpEndpoint modelProviders/*/*/baseUrl proxy",
            model=f"{_MODELS} modelProviders/*/*/id visionModel",
            variables="env",
            servers="mcpServers",
        ),
        source="https://qwenlm.github.io/qwen-code-docs/en/users/configuration/settings/",
    ),
)
