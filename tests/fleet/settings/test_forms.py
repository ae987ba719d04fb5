"""Every form, on a file as its agent writes it. A form without a sample fails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from wiretell.fleet.readers.settings import form_of
from wiretell.fleet.settings import SETTINGS_ENDS
from wiretell.fleet.settings.extracting import extract
from wiretell.fleet.settings.forms import EVERY
from wiretell.fleet.settings.interface import Form

SERVERS = {"docs": {"command": "npx", "args": ["-y", "docs-mcp"], "env": {"TOKEN": "hunter2"}}}
DOCS = ("docs", "npx docs-mcp")


@dataclass(frozen=True)
class Sample:
    path: str
    content: Any
    found: list[tuple[str, ...]]
    """Key, value, and where there are any host and model."""


SAMPLES = [
    Sample(
        ".claude/settings.json",
        {
            "model": "opusplan",
            "advisorModel": "opus",
            "fallbackModel": ["sonnet[1m]", "claude-haiku-4-5"],
            "modelOverrides": {"claude-opus-4-6": "us.anthropic.claude-opus-4-6-v1:0"},
            "apiKeyHelper": "/bin/hunter2",
            "env": {
                "ANTHROPIC_BASE_URL": "https://gw.example/v1",
                "ANTHROPIC_AUTH_TOKEN": "hunter2",
                "HTTPS_PROXY": "p.example:1",
            },
            "hooks": {"Stop": [{"hooks": [{"type": "http", "url": "http://hook.example/x"}]}]},
        },
        [
            ("hooks.Stop.0.hooks.0.url", "http://hook.example", "hook.example", ""),
            ("model", "opusplan", "", "claude-opus"),
            ("advisorModel", "opus", "", "claude-opus"),
            ("fallbackModel.0", "sonnet[1m]", "", "claude-sonnet"),
            ("fallbackModel.1", "claude-haiku-4-5", "", "claude-haiku-4-5"),
            (
                "modelOverrides.claude-opus-4-6",
                *["us.anthropic.claude-opus-4-6-v1:0", ""],
                "us.anthropic.claude-opus-4-6-v1:0",
            ),
            ("env.ANTHROPIC_BASE_URL", "https://gw.example", "gw.example", ""),
            ("env.HTTPS_PROXY", "p.example:1", "p.example", ""),
        ],
    ),
    Sample(
        ".claude/agents/review.md",
        "---\nname: review\nmodel: haiku # quick\n---\nmodel: opus\n",
        [("model", "haiku", "", "claude-haiku")],
    ),
    Sample(".claude/agents/same.md", "---\nmodel: inherit\n---\n", []),
    Sample(
        ".claude.json",
        {
            "oauthAccount": {"emailAddress": "x"},
            "mcpServers": SERVERS,
            "projects": {"/home/dev/p": {"mcpServers": SERVERS}},
        },
        [("mcpServers.docs", "npx docs-mcp"), ("projects./home/dev/p.mcpServers.docs", "npx docs-mcp")],
    ),
    Sample(
        ".codex/config.toml",
        'model = "gpt-5.1"\nmodel_provider = "lab"\n[model_providers.lab]\nbase_url = "http://api.lab.test:8099/v1"\n'
        'env_key = "KEY"\nhttp_headers = { Authorization = "hunter2" }\n[profiles.o]\nmodel = "o3"\n'
        '[mcp_servers.docs]\ncommand = "npx"\nargs = ["-y", "docs-mcp"]\n[shell_environment_policy]\n'
        'set = { OLLAMA_HOST = "http://o.test" }\n[otel.exporter.otlp-http]\nendpoint = "https://otel.test/v1"\n',
        [
            ("model_providers.lab.base_url", "http://api.lab.test:8099", "api.lab.test", ""),
            ("otel.exporter.otlp-http.endpoint", "https://otel.test", "otel.test", ""),
            ("model", "gpt-5.1", "", "gpt-5.1"),
            ("profiles.o.model", "o3", "", "o3"),
            ("model_provider", "lab"),
            ("shell_environment_policy.set.OLLAMA_HOST", "http://o.test", "o.test", ""),
            ("mcp_servers.docs", "npx docs-mcp"),
        ],
    ),
    Sample(
        ".gemini/settings.json",
        {"model": {"name": "flash"}, "mcpServers": SERVERS, "telemetry": {"otlpEndpoint": "http://t.test:4317"}},
        [
            ("telemetry.otlpEndpoint", "http://t.test:4317", "t.test", ""),
            ("model.name", "flash", "", "gemini-flash"),
            ("mcpServers.docs", "npx docs-mcp"),
        ],
    ),
    Sample(".gemini/agents/a.md", "---\nmodel: gemini-3-pro\n---\n", [("model", "gemini-3-pro", "", "gemini-3-pro")]),
    Sample(
        ".qwen/settings.json",
        {
            "security": {"auth": {"baseUrl": "https://d.test/v1", "apiKey": "hunter2"}},
            "model": {"name": "qwen3-coder-plus"},
            "env": {"OPENAI_BASE_URL": "https://e.test"},
            "modelProviders": {"openai": [{"id": "m", "baseUrl": "http://f.test", "envKey": "K"}]},
        },
        [
            ("security.auth.baseUrl", "https://d.test", "d.test", ""),
            ("modelProviders.openai.0.baseUrl", "http://f.test", "f.test", ""),
            ("model.name", "qwen3-coder-plus", "", "qwen3-coder-plus"),
            ("modelProviders.openai.0.id", "m", "", "m"),
            ("env.OPENAI_BASE_URL", "https://e.test", "e.test", ""),
        ],
    ),
    Sample(
        "opencode.jsonc",
        '{\n // mine\n "model": "anthropic/claude-opus-4-6",\n "small_model": "lab/m",\n "provider": {"lab": {'
        '"options": {"baseURL": "http://l.test/v1", "apiKey": "hunter2"}}},\n "agent": {"r": {"model": "lab/n"}},\n'
        ' "mcp": {"docs": {"type": "local", "command": ["npx", "-y", "docs-mcp"]}, "far": {"type": "remote", "url": "https://f.test/x"}},\n}',
        [
            ("provider.lab.options.baseURL", "http://l.test", "l.test", ""),
            ("model", "anthropic/claude-opus-4-6", "", "anthropic/claude-opus-4-6"),
            ("small_model", "lab/m", "", "lab/m"),
            ("agent.r.model", "lab/n", "", "lab/n"),
            ("mcp.docs", "npx docs-mcp"),
            ("mcp.far", "https://f.test", "f.test", ""),
        ],
    ),
    Sample(".opencode/agents/a.md", "---\nmodel: lab/m\n---\n", [("model", "lab/m", "", "lab/m")]),
    Sample(".config/kilo/kilo.json", {"model": "lab/m"}, [("model", "lab/m", "", "lab/m")]),
    Sample(
        ".copilot/config.json",
        {"model": "claude-sonnet-4.5"},
        [("model", *["claude-sonnet-4.5", ""], "claude-sonnet-4.5")],
    ),
    Sample(".copilot/mcp-config.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(
        ".cline/data/globalState.json",
        {"actModeApiProvider": "openai", "openAiBaseUrl": "http://l.test/v1", "actModeOpenAiModelId": "m"},
        [
            ("openAiBaseUrl", "http://l.test", "l.test", ""),
            ("actModeOpenAiModelId", "m", "", "m"),
            ("actModeApiProvider", "openai"),
        ],
    ),
    Sample(
        ".cline/data/settings/providers.json",
        {
            "lastUsedProvider": "o",
            "providers": {"o": {"settings": {"apiKey": "hunter2", "baseUrl": "http://l.test", "model": "m"}}},
        },
        [
            ("providers.o.settings.baseUrl", "http://l.test", "l.test", ""),
            ("providers.o.settings.model", "m", "", "m"),
            ("lastUsedProvider", "o"),
        ],
    ),
    Sample(
        ".cline/data/settings/models.json",
        {
            "version": 1,
            "providers": {
                "o": {
                    "provider": {
                        "name": "O",
                        "baseUrl": "http://l.test/v1",
                        "defaultModelId": "m",
                        "modelsSourceUrl": "http://k.test/m",
                    },
                    "models": {"m": {"id": "m"}},
                }
            },
        },
        [
            ("providers.o.provider.baseUrl", "http://l.test", "l.test", ""),
            ("providers.o.provider.modelsSourceUrl", "http://k.test", "k.test", ""),
            ("providers.o.provider.defaultModelId", "m", "", "m"),
        ],
    ),
    Sample(".config/kilo/opencode.json", {"subagent_model": "lab/s"}, [("subagent_model", "lab/s", "", "lab/s")]),
    Sample(
        ".kilo/kilo.jsonc",
        {"indexing": {"provider": "kilo", "model": "e", "kilo": {"baseUrl": "http://l.test", "apiKey": "hunter2"}}},
        [
            ("indexing.kilo.baseUrl", "http://l.test", "l.test", ""),
            ("indexing.model", "e", "", "e"),
            ("indexing.provider", "kilo"),
        ],
    ),
    Sample(".kilo/agents/a.md", "---\nmodel: lab/m\n---\n", [("model", "lab/m", "", "lab/m")]),
    Sample(
        ".config/amp/settings.jsonc",
        {
            "amp.internal.model": {"main": "claude-x"},
            "amp.proxy": "http://p.test:1",
            "amp.anthropic.provider": "vertex",
        },
        [
            ("amp.proxy", "http://p.test:1", "p.test", ""),
            ("amp.internal.model.main", "claude-x", "", "claude-x"),
            ("amp.anthropic.provider", "vertex"),
        ],
    ),
    Sample(
        ".factory/settings.local.json",
        {
            "sessionDefaultSettings": {"model": "m", "specModeModel": "s"},
            "subagentModelSettings": {"lightModel": "l", "lightReasoningEffort": "low"},
            "missionModelSettings": {"workerModel": "w"},
            "customModels": [{"model": "c", "bedrock": {"bedrockBaseUrl": "http://b.test"}, "apiKey": "hunter2"}],
            "telemetry": {"endpoint": "http://t.test:4318", "headers": {"x": "hunter2"}},
            "env": {"OLLAMA_HOST": "http://o.test"},
        },
        [
            ("customModels.0.bedrock.bedrockBaseUrl", "http://b.test", "b.test", ""),
            ("telemetry.endpoint", "http://t.test:4318", "t.test", ""),
            ("sessionDefaultSettings.model", "m", "", "m"),
            ("sessionDefaultSettings.specModeModel", "s", "", "s"),
            ("missionModelSettings.workerModel", "w", "", "w"),
            ("subagentModelSettings.lightModel", "l", "", "l"),
            ("customModels.0.model", "c", "", "c"),
            ("env.OLLAMA_HOST", "http://o.test", "o.test", ""),
        ],
    ),
    Sample(
        ".factory/config.json",
        {"custom_models": [{"model": "c", "base_url": "http://b.test", "api_key": "hunter2"}]},
        [
            ("custom_models.0.base_url", "http://b.test", "b.test", ""),
            ("custom_models.0.model", "c", "", "c"),
        ],
    ),
    Sample(
        ".qoder/settings.json",
        {"model": {"name": "m"}, "mcpServers": SERVERS},
        [("model.name", "m", "", "m"), ("mcpServers.docs", "npx docs-mcp")],
    ),
    Sample(".factory/droids/a.md", "---\nname: a\nmodel: inherit\n---\n", []),
    Sample(
        ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        {"mcpServers": SERVERS},
        [("mcpServers.docs", "npx docs-mcp")],
    ),
    Sample(".roo/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(".kilocode/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(
        ".continue/config.yaml",
        "models:\n  - name: a\n    model: gpt-4o\n    apiBase: http://y.test/v1\n    apiKey: hunter2\n"
        "mcpServers:\n  - name: docs\n    command: npx\n    args: ['-y', docs-mcp]\n",
        [
            ("models.0.apiBase", "http://y.test", "y.test", ""),
            ("models.0.model", "gpt-4o", "", "gpt-4o"),
            ("mcpServers.docs", "npx docs-mcp"),
        ],
    ),
    Sample(
        ".continue/config.json",
        {"tabAutocompleteModel": {"model": "m"}},
        [("tabAutocompleteModel.model", "m", "", "m")],
    ),
    Sample(
        ".aider.conf.yml",
        "model: sonnet\nweak-model: gpt-4o-mini\nopenai-api-base: http://a.test\nopenai-api-key: hunter2\n"
        "set-env:\n  - OLLAMA_API_BASE=http://b.test\n",
        [
            ("openai-api-base", "http://a.test", "a.test", ""),
            ("model", "sonnet", "", "claude-sonnet"),
            ("weak-model", "gpt-4o-mini", "", "gpt-4o-mini"),
            ("set-env.OLLAMA_API_BASE", "http://b.test", "b.test", ""),
        ],
    ),
    Sample(
        ".vibe/config.toml",
        'active_model = "m"\n[[providers]]\nname = "lab"\napi_base = "http://l.test/v1"\n[[models]]\nname = "m"\n'
        '[[mcp_servers]]\nname = "docs"\ntransport = "stdio"\ncommand = "npx"\nargs = ["-y", "docs-mcp"]\n',
        [
            ("providers.0.api_base", "http://l.test", "l.test", ""),
            ("active_model", "m", "", "m"),
            ("models.0.name", "m", "", "m"),
            ("mcp_servers.docs", "npx docs-mcp"),
        ],
    ),
    Sample(
        ".kimi/config.toml",
        'default_model = "k"\n[providers.lab]\ntype = "kimi"\nbase_url = "http://l.test/v1"\napi_key = "hunter2"\n'
        '[models.k]\nprovider = "lab"\nmodel = "kimi-k2"\n',
        [
            ("providers.lab.base_url", "http://l.test", "l.test", ""),
            ("default_model", "k", "", "k"),
            ("models.k.model", "kimi-k2", "", "kimi-k2"),
        ],
    ),
    Sample(".kimi/config.json", {"default_model": "k"}, [("default_model", "k", "", "k")]),
    Sample(".kimi/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(
        ".config/goose/config.yaml",
        "GOOSE_PROVIDER: openai\nGOOSE_MODEL: gpt-4o\nOPENAI_HOST: http://g.test\nextensions:\n  docs:\n"
        "    type: stdio\n    cmd: npx\n    args: ['-y', docs-mcp]\n    envs: {K: hunter2}\n",
        [
            ("OPENAI_HOST", "http://g.test", "g.test", ""),
            ("GOOSE_MODEL", "gpt-4o", "", "gpt-4o"),
            ("GOOSE_PROVIDER", "openai"),
            ("extensions.docs", "npx docs-mcp"),
        ],
    ),
    Sample(
        ".pi/agent/models.json",
        {"providers": {"lab": {"baseUrl": "http://l.test", "apiKey": "hunter2", "models": [{"id": "m"}]}}},
        [("providers.lab.baseUrl", "http://l.test", "l.test", ""), ("providers.lab.models.0.id", "m", "", "m")],
    ),
    Sample(
        ".pi/settings.json",
        {"defaultModel": "m", "defaultProvider": "p"},
        [("defaultModel", "m", "", "m"), ("defaultProvider", "p")],
    ),
    Sample(
        ".config/crush/crush.json",
        {
            "providers": {"l": {"base_url": "http://l.test"}},
            "models": {"large": {"model": "m", "provider": "l"}},
            "mcp": SERVERS,
        },
        [
            ("providers.l.base_url", "http://l.test", "l.test", ""),
            ("models.large.model", "m", "", "m"),
            ("models.large.provider", "l"),
            ("mcp.docs", "npx docs-mcp"),
        ],
    ),
    Sample(
        ".config/amp/settings.json",
        {"amp.url": "https://a.test", "amp.mcpServers": SERVERS},
        [("amp.url", "https://a.test", "a.test", ""), ("amp.mcpServers.docs", "npx docs-mcp")],
    ),
    Sample(".augment/settings.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(
        ".openhands/agent_settings.json",
        {"llm": {"model": "openai/m", "base_url": "http://l.test", "api_key": "hunter2"}},
        [("llm.base_url", "http://l.test", "l.test", ""), ("llm.model", "openai/m", "", "openai/m")],
    ),
    Sample(".openhands/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(
        ".factory/settings.json",
        {"customModels": [{"model": "m", "baseUrl": "http://l.test", "apiKey": "hunter2"}]},
        [("customModels.0.baseUrl", "http://l.test", "l.test", ""), ("customModels.0.model", "m", "", "m")],
    ),
    Sample(".factory/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(".cursor/cli-config.json", {"model": {"modelId": "m"}}, [("model.modelId", "m", "", "m")]),
    Sample(
        ".config/Code/User/settings.json",
        {
            "http.proxy": "http://u:hunter2@p.test:1",
            "claudeCode.selectedModel": "opus",
            "claudeCode.environmentVariables": [{"name": "ANTHROPIC_BASE_URL", "value": "https://c.test"}],
            "mcp": {"servers": SERVERS},
        },
        [
            ("http.proxy", "http://p.test:1", "p.test", ""),
            ("claudeCode.selectedModel", "opus", "", "opus"),
            ("claudeCode.environmentVariables.ANTHROPIC_BASE_URL", "https://c.test", "c.test", ""),
            ("mcp.servers.docs", "npx docs-mcp"),
        ],
    ),
    Sample(
        ".config/zed/settings.json",
        {
            "agent": {"default_model": {"provider": "p", "model": "m"}},
            "language_models": {"openai": {"api_url": "http://z.test"}},
            "context_servers": {"docs": {"command": {"path": "npx", "args": ["-y", "docs-mcp"]}}},
        },
        [
            ("language_models.openai.api_url", "http://z.test", "z.test", ""),
            ("agent.default_model.model", "m", "", "m"),
            ("agent.default_model.provider", "p"),
            ("context_servers.docs", "npx docs-mcp"),
        ],
    ),
    Sample("p/.mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample("p/.vscode/mcp.json", {"servers": SERVERS}, [("servers.docs", "npx docs-mcp")]),
    Sample(".cursor/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(".codeium/windsurf/mcp_config.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(".config/Claude/claude_desktop_config.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(".kiro/settings/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(".aws/amazonq/mcp.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample("x/gemini-extension.json", {"mcpServers": SERVERS}, [("mcpServers.docs", "npx docs-mcp")]),
    Sample(
        "p/.env",
        "OPENAI_API_KEY=hunter2\n#OPENAI_BASE_URL=http://no.test\nOPENAI_BASE_URL='http://e.test/v1'\nLLM_MODEL=openai/m\n"
        "CLAUDE_CODE_USE_BEDROCK=1\nCLAUDE_CODE_USE_VERTEX=hunter2\nHTTPS_PROXY=$P\n",
        [
            ("OPENAI_BASE_URL", "http://e.test", "e.test", ""),
            ("LLM_MODEL", "openai/m", "", "openai/m"),
            ("CLAUDE_CODE_USE_BEDROCK", "1"),
            ("CLAUDE_CODE_USE_VERTEX", "(unreadable)"),
            ("HTTPS_PROXY", "(computed)"),
        ],
    ),
]


def form_for(path: str) -> Form:
    form = form_of(f"/home/dev/{path}")
    if form is None:
        folder, _, name = path.rpartition("/")
        ends = {f"{folder}/*.{name.rpartition('.')[2]}"}
        form = next(form for form in EVERY if ends & {*form.globs})
    return form


def text_of(sample: Sample) -> str:
    return sample.content if isinstance(sample.content, str) else json.dumps(sample.content, indent=1)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path)
def test_what_a_form_yields(sample: Sample) -> None:
    found = [
        (entry.key, entry.told.value, entry.told.host, entry.told.model)
        for entry in extract(form_for(sample.path), text_of(sample))
    ]
    assert found == [(*each, "", "")[:4] for each in sample.found]
    assert "hunter2" not in repr(found)


def test_every_form_has_a_sample() -> None:
    shown = [form_for(sample.path) for sample in SAMPLES]
    assert [form for form in EVERY if form not in shown] == []


def test_no_end_belongs_to_two_forms() -> None:
    ends = [end for form in EVERY for end in form.ends]
    assert sorted(ends) == sorted(SETTINGS_ENDS)


@pytest.mark.parametrize(
    ("path", "product"),
    [
        ("/home/dev/.claude/settings.json", "claude-code"),
        ("/srv/p/.gemini/settings.json", "gemini-cli"),
        ("/home/dev/.config/Code/User/settings.json", ""),
        ("/home/dev/settings.json", None),
        ("/home/dev/x.env", None),
        ("/home/dev/my.claude/settings.json", None),
    ],
)
def test_the_form_of_a_path(path: str, product: str | None) -> None:
    form = form_of(path)
    assert (form.product if form else None) == product


def test_lines_are_told_where_they_can_be() -> None:
    text = (
        '{\n "model": "opus",\n "advisorModel": "opus",\n "env": {\n  "ANTHROPIC_BASE_URL": "https://a.test/x"\n }\n}'
    )
    lines = {entry.key: entry.line for entry in extract(form_for(".claude/settings.json"), text)}
    assert lines == {"model": 2, "advisorModel": 3, "env.ANTHROPIC_BASE_URL": 5}


def test_a_line_that_could_be_two_is_not_told() -> None:
    text = '[model_providers.a]\nbase_url = "http://same.test"\n[model_providers.b]\nbase_url = "http://same.test"\n'
    assert [entry.line for entry in extract(form_for(".codex/config.toml"), text)] == [0, 0]
