"""Cline, and the extensions that began as forks of it. Their keys lie in files of their own, which are not opened."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({".cline/data/globalState.json"}),
        moved=(("CLINE_DIR", "data/globalState.json"), ("CLINE_DATA_DIR", "globalState.json")),
        rules=rules(
            host="anthropicBaseUrl openAiBaseUrl ollamaBaseUrl lmStudioBaseUrl geminiBaseUrl liteLlmBaseUrl"
            " requestyBaseUrl difyBaseUrl ocaBaseUrl asksageApiUrl aihubmixBaseUrl sapAiCoreBaseUrl",
            model="planModeApiModelId actModeApiModelId planModeOpenAiModelId actModeOpenAiModelId"
            " planModeOpenRouterModelId actModeOpenRouterModelId planModeOllamaModelId actModeOllamaModelId"
            " planModeLmStudioModelId actModeLmStudioModelId planModeLiteLlmModelId actModeLiteLlmModelId"
            " planModeClineModelId actModeClineModelId",
            name="planModeApiProvider actModeApiProvider",
        ),
        source="cline/cline:src/shared/storage/state-keys.ts; hosts and folders: @cline/cli-linux-x64 3.0.65",
    ),
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({".cline/data/settings/providers.json"}),
        moved=(("CLINE_DIR", "data/settings/providers.json"), ("CLINE_DATA_DIR", "settings/providers.json")),
        rules=rules(
            host="providers/*/settings/baseUrl providers/*/settings/aws/endpoint providers/*/settings/modelCatalog/url",
            model="providers/*/settings/model modes/*/modelId",
            name="lastUsedProvider modes/*/providerId",
        ),
        source="@cline/cli-linux-x64 3.0.65: the schema in the program",
    ),
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({".cline/data/settings/models.json"}),
        moved=(("CLINE_DIR", "data/settings/models.json"), ("CLINE_DATA_DIR", "settings/models.json")),
        rules=rules(
            host="providers/*/provider/baseUrl providers/*/provider/modelsSourceUrl",
            model="providers/*/provider/defaultModelId",
        ),
        source="@cline/cli-linux-x64 3.0.65: the schema in the program; providers that a user has added",
    ),
    Form(
        product="cline",
        syntax=Syntax.JSON,
        ends=frozenset({"settings/cline_mcp_settings.json"}),
        moved=(
            ("CLINE_DIR", "data/settings/cline_mcp_settings.json"),
            ("CLINE_DATA_DIR", "settings/cline_mcp_settings.json"),
        ),
        rules=rules(servers="mcpServers"),
        source="https://docs.cline.bot/mcp/configuring-mcp-servers; @cline/cli-linux-x64 3.0.65",
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
        ends=frozenset({"kilocode.kilo-code/settings/mcp_settings.json", ".kilocode/mcp.json", ".kilo/mcp.json"}),
        rules=rules(servers="mcpServers"),
        source="https://kilo.ai/docs/features/mcp/using-mcp-in-kilo-code; @kilocode/cli-linux-x64 7.7.9",
    ),
)
