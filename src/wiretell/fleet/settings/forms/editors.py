"""Editors: settings that their extensions read, and those of their own assistants."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_FAMILY: Final = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf", "Trae", "Kiro", "Antigravity")
"""Folders of the VS Code family below ~/.config."""
_SERVED: Final = (".vscode-server", ".vscodium-server", ".cursor-server", ".windsurf-server")

FORMS: Final = (
    Form(
        product="",
        syntax=Syntax.JSON,
        ends=frozenset(
            {f"{editor}/User/settings.json" for editor in _FAMILY}
            | {f"{folder}/data/Machine/settings.json" for folder in _SERVED}
            | {".vscode/settings.json"}
        ),
        rules=rules(
            host="http.proxy github.copilot.advanced/debug.overrideProxyUrl"
            " github.copilot.advanced/debug.overrideCAPIUrl github-enterprise.uri"
            " chat.mcp.gallery.serviceUrl extensions.gallery.serviceUrl",
            model="claudeCode.selectedModel github.copilot.chat.customOAIModels/*/name",
            variables="claudeCode.environmentVariables terminal.integrated.env.linux",
            servers="mcp/servers amp.mcpServers",
        ),
        source="https://code.visualstudio.com/docs/reference/default-settings; https://code.claude.com/docs/en/vs-code",
    ),
    Form(
        product="zed",
        syntax=Syntax.JSON,
        ends=frozenset({".config/zed/settings.json", ".zed/settings.json"}),
        rules=rules(
            host="language_models/*/api_url language_models/openai_compatible/*/api_url proxy",
            model="agent/default_model/model agent/inline_assistant_model/model agent/commit_message_model/model"
            " agent/subagent_model/model",
            name="agent/default_model/provider",
            servers="context_servers",
        ),
        source="https://zed.dev/docs/ai/configuration",
    ),
)
