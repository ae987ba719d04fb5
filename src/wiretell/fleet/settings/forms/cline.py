"""Cline, and the extensions that began as forks of it. Their keys lie in files of their own, which are not opened."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({".cline/data/globalState.json"}),
        moved=(("CLINE_DIR", "data/globalState.json"),),
        rules=rules(
            host="anthropicBaseUrl openAiBaseUrl ollamaBaseUrl lmStudioBaseUrl geminiBaseUrl liteLlmBaseUrl"
            " requestyBaseUrl difyBaseUrl ocaBaseUrl",
            model="planModeApiModelId actModeApiModelId planModeOpenAiModelId actModeOpenAiModelId"
            " planModeOpenRouterModelId actModeOpenRouterModelId planModeOllamaModelId actModeOllamaModelId"
            " planModeLmStudioModelId actModeLmStudioModelId planModeLiteLlmModelId actModeLiteLlmModelId"
            " planModeClineModelId actModeClineModelId",
            name="planModeApiProvider actModeApiProvider",
        ),
        source="cline/cline:src/shared/storage/state-keys.ts",
    ),
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({".cline/data/settings/providers.json"}),
        rules=rules(
            host="providers/*/settings/baseUrl providers/*/baseUrl",
            model="providers/*/settings/model providers/*/model",
            name="lastUsedProvider",
        ),
        source="cline/cline: settings of the command line",
    ),
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({"settings/cline_mcp_settings.json"}),
        rules=rules(servers="mcpServers"),
        source="https://docs.cline.bot/mcp/configuring-mcp-servers",
    ),
    Form(
        product="roo-code",
        syntax=Syntax.JSON,
        ends=frozenset({"rooveterinaryinc.roo-cline/settings/mcp_settings.json", ".roo/mcp.json"}),
        rules=rules(servers="mcpServers"),
        source="https://docs.roocode.com/features/mcp/using-mcp-in-roo",
    ),
    Form(
        product="kilo-code",
        syntax=Syntax.JSON,
        ends=frozenset({"kilocode.kilo-code/settings/mcp_settings.json", ".kilocode/mcp.json"}),
        rules=rules(servers="mcpServers"),
        source="https://kilo.ai/docs/features/mcp/using-mcp-in-kilo-code",
    ),
)
