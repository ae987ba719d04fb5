# ruff: noqa: E501
"""One home with every kind of install, and what an inventory must say of each."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.fleet.blind.desk import ELF, environment, extension, link, native, npm, prefix, wheel, write, zipped


@dataclass
class Secrets:
    """Each secret is another one, so that a test can say which of them was told."""

    made: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(100))

    def new(self, where: str) -> str:
        secret = f"S3cr3tT0ken{next(self._numbers)}x"
        self.made[secret] = where
        return secret

    def told(self, text: str) -> list[str]:
        return [where for secret, where in self.made.items() if secret.lower() in text.lower()]


@dataclass
class Everything:
    home: Path
    expected: dict[tuple[str, str, str], Path]
    """(product, version, manager) -> path."""
    wanted: dict[tuple[str, str, str], Path]
    secrets: Secrets


def stage(home: Path) -> Everything:
    home.mkdir(parents=True)
    expected: dict[tuple[str, str, str], Path] = {}
    wanted: dict[tuple[str, str, str], Path] = {}

    node = home / ".nvm/versions/node"
    claude = "@anthropic-ai/claude-code"
    expected["claude-code", "2.1.91", "npm-global"] = prefix(node / "v22.11.0", claude, "2.1.91", "claude")
    expected["claude-code", "2.1.198", "npm-global"] = prefix(node / "v20.18.0", claude, "2.1.198", "claude")
    fnm = home / ".local/share/fnm/node-versions/v20.11.0/installation"
    expected["codex", "0.55.0", "npm-global"] = prefix(fnm, "@openai/codex", "0.55.0", "codex")
    write(home / ".npmrc", f"prefix={home}/.npm-global\n")
    expected["qwen-code", "0.2.1", "npm-user"] = prefix(home / ".npm-global", "@qwen-code/qwen-code", "0.2.1", "qwen")

    shop = home / "work/shop"
    write(shop / "package.json", {"name": "shop", "devDependencies": {"@google/gemini-cli": "^0.61.0"}})
    write(shop / "package-lock.json", {"name": "shop", "lockfileVersion": 3, "packages": {}})
    key = ("gemini-cli", "0.61.0", "npm-project")
    expected[key] = npm(shop / "node_modules", "@google/gemini-cli", "0.61.0", "gemini")
    link(shop / "node_modules/.bin/gemini", "../@google/gemini-cli/cli.js")
    wanted[key] = shop / "package.json"
    write(
        shop / "node_modules/.package-lock.json",
        {
            "lockfileVersion": 3,
            "packages": {
                "node_modules/@google/gemini-cli": {"version": "0.61.0", "integrity": "sha512-" + "A" * 86 + "=="}
            },
        },
    )
    npm(shop / "node_modules", "some-wrapper", "1.0.0")
    nested = shop / "node_modules/some-wrapper/node_modules"
    expected["claude-code", "2.0.5", "npm-project"] = npm(nested, claude, "2.0.5", "claude")

    pnpm = home / ".local/share/pnpm/global/5"
    write(pnpm / "package.json", {"dependencies": {"opencode-ai": "1.0.10"}})
    inside = pnpm / "node_modules/.pnpm/opencode-ai@1.0.10/node_modules"
    npm(inside, "opencode-ai", "1.0.10", "opencode")
    link(pnpm / "node_modules/opencode-ai", ".pnpm/opencode-ai@1.0.10/node_modules/opencode-ai")
    write(home / ".local/share/pnpm/opencode", "#!/bin/sh\nexec node global/5/node_modules/opencode-ai/cli.js\n", 0o755)
    expected["opencode", "1.0.10", "pnpm-global"] = pnpm / "node_modules/opencode-ai"

    api = home / "work/api"
    key = ("kilo-code", "1.2.3", "pnpm-project")
    write(api / "package.json", {"name": "api", "dependencies": {"@kilocode/cli": "1.2.3"}})
    write(api / "pnpm-lock.yaml", "lockfileVersion: '9.0'\n")
    inside = api / "node_modules/.pnpm/@kilocode+cli@1.2.3/node_modules"
    npm(inside, "@kilocode/cli", "1.2.3", "kilo")
    expected[key] = api / "node_modules/@kilocode/cli"
    link(api / "node_modules/@kilocode/cli", "../.pnpm/@kilocode+cli@1.2.3/node_modules/@kilocode/cli")
    write(api / "node_modules/.modules.yaml", "layoutVersion: 5\npackageManager: pnpm@9.12.0\n")
    wanted[key] = api / "package.json"

    yarn = home / ".config/yarn/global"
    key = ("amp", "0.0.17", "yarn-global")
    write(yarn / "package.json", {"dependencies": {"@sourcegraph/amp": "^0.0.17"}})
    expected[key] = npm(yarn / "node_modules", "@sourcegraph/amp", "0.0.17", "amp", yarn / "node_modules/.bin")
    link(home / ".yarn/bin/amp", "../../.config/yarn/global/node_modules/.bin/amp")

    pnp = home / "work/pnp"
    key = ("codex", "0.50.1", "yarn-project")
    write(pnp / "package.json", {"name": "pnp", "dependencies": {"@openai/codex": "0.50.1"}})
    write(pnp / "yarn.lock", '__metadata:\n  version: 8\n\n"@openai/codex@npm:0.50.1":\n  version: 0.50.1\n')
    write(pnp / ".pnp.cjs", "// made by yarn\n")
    write(pnp / ".yarnrc.yml", "yarnPath: .yarn/releases/yarn-4.5.0.cjs\n")
    expected[key] = zipped(pnp / ".yarn/cache/@openai-codex-npm-0.50.1-0123456789-10c0.zip", "@openai/codex", "0.50.1")
    wanted[key] = pnp / "package.json"

    bun = home / ".bun/install/global"
    write(bun / "package.json", {"dependencies": {"@charmland/crush": "^0.9.0"}})
    crush = npm(bun / "node_modules", "@charmland/crush", "0.9.0", "crush")
    link(home / ".bun/bin/crush", "../install/global/node_modules/@charmland/crush/cli.js")
    expected["crush", "0.9.0", "bun-global"] = crush
    fast = home / "work/fast"
    write(fast / "package.json", {"name": "fast", "dependencies": {"cline": "^1.0.0"}})
    write(fast / "bun.lock", '{"lockfileVersion": 1}\n')
    expected["cline", "1.0.0", "bun-project"] = npm(fast / "node_modules", "cline", "1.0.0", "cline")
    wanted["cline", "1.0.0", "bun-project"] = fast / "package.json"

    npx = home / ".npm/_npx/0123456789abcdef"
    write(npx / "package.json", {"dependencies": {"@continuedev/cli": "^1.4.0"}})
    expected["continue", "1.4.0", "npx"] = npm(npx / "node_modules", "@continuedev/cli", "1.4.0", "cn")

    site = home / ".local/lib/python3.11/site-packages"
    expected["aider", "0.86.2", "pip-user"] = wheel(site, "aider-chat", "0.86.2", scripts=home / ".local/bin")
    venv = environment(home / "work/ml/.venv", "mistral-vibe", "1.0.0")
    site = venv / "lib/python3.11/site-packages"
    expected["vibe", "1.0.0", "venv"] = site / "mistral_vibe-1.0.0.dist-info"
    pipx = environment(home / ".local/share/pipx/venvs/kimi-cli", "kimi-cli", "0.5.0")
    write(pipx / "pipx_metadata.json", {"main_package": {"package": "kimi-cli", "package_version": "0.5.0"}})
    link(home / ".local/bin/kimi", pipx / "bin/kimi")
    expected["kimi-cli", "0.5.0", "pipx"] = pipx
    tool = environment(home / ".local/share/uv/tools/mini-swe-agent", "mini-swe-agent", "1.9.0", "uv")
    write(tool / "uv-receipt.toml", '[tool]\nrequirements = [{ name = "mini-swe-agent" }]\nentrypoints = []\n')
    link(home / ".local/bin/mini", tool / "bin/mini")
    expected["mini-swe-agent", "1.9.0", "uv-tool"] = tool

    expected["claude-code", "2.1.197", "native"] = native(home, "2.1.197")
    cursor = home / ".local/share/cursor-agent/versions/2025.09.18-7ae6800/cursor-agent"
    expected["cursor-agent", "2025.09.18-7ae6800", "native"] = write(cursor, ELF, 0o755).parent
    link(home / ".local/bin/cursor-agent", cursor)

    code = home / ".vscode/extensions"
    expected["claude-code", "2.1.150", "extension"] = extension(code, "Anthropic", "claude-code", "2.1.150")
    server = home / ".vscode-server/extensions"
    expected["cline", "3.30.0", "extension"] = extension(server, "saoudrizwan", "claude-dev", "3.30.0")
    other = home / ".cursor/extensions"
    expected["roo-code", "3.2.1", "extension"] = extension(other, "RooVeterinaryInc", "roo-cline", "3.2.1")

    return Everything(home, expected, wanted, settings(home))


def settings(home: Path) -> Secrets:
    """Settings of many agents, a secret wherever one can stand."""
    s = Secrets()
    new = s.new
    write(
        home / ".claude/settings.json",
        {
            "model": "claude-opus-4-6",
            "apiKeyHelper": f"echo {new('apiKeyHelper')}",
            "env": {
                "ANTHROPIC_BASE_URL": (
                    f"https://dev:{new('claude base url password')}@gw.internal:8443/{new('claude base url path')}"
                    f"?key={new('claude base url query')}#{new('claude base url fragment')}"
                ),
                "ANTHROPIC_AUTH_TOKEN": new("claude auth token"),
                "ANTHROPIC_CUSTOM_HEADERS": f"x-key: {new('custom headers')}",
                "HTTPS_PROXY": f"http://me:{new('proxy password')}@proxy.internal:3128",
            },
        },
    )
    server = {
        "command": "npx",
        "args": ["-y", "some-mcp", "--token", new("mcp args"), f"--key={new('mcp args =')}"],
        "env": {"GITHUB_TOKEN": new("mcp env"), "ANTHROPIC_BASE_URL": f"https://{new('mcp env url')}@mcp-env.internal"},
    }
    remote = {
        "type": "http",
        "url": f"https://u:{new('mcp url password')}@mcp.internal/{new('mcp url path')}?t={new('mcp url query')}",
        "headers": {"Authorization": f"Bearer {new('mcp header')}"},
    }
    inline = {"command": f"/usr/bin/env TOKEN={new('mcp command inline')} npx", "args": []}
    shelled = {"command": "sh", "args": ["-c", f"KEY={new('mcp sh -c')} exec srv"]}
    write(
        home / ".claude.json",
        {
            "oauthAccount": {"accessToken": new("oauth")},
            "mcpServers": {"github": server, "remote": remote, "inline": inline, "shelled": shelled},
            "projects": {str(home / "work/shop"): {"mcpServers": {"inproject": server}}},
        },
    )
    write(home / ".claude/.credentials.json", {"claudeAiOauth": {"accessToken": new("credentials file")}})
    write(home / "work/shop/.mcp.json", {"mcpServers": {"shopserver": server}})
    write(home / "work/shop/.vscode/mcp.json", {"servers": {"vsserver": remote}})
    write(
        home / "work/shop/.claude/settings.local.json",
        {"model": "claude-haiku-4-5", "env": {"ANTHROPIC_API_KEY": new("project settings key")}},
    )
    write(
        home / ".codex/config.toml",
        f"""model = "gpt-5-codex"
model_provider = "corp"
[model_providers.corp]
name = "corp"
base_url = "https://x:{new("codex base url")}@llm.corp.example/v1"
env_key = "CORP_KEY"
http_headers = {{ "Authorization" = "Bearer {new("codex header")}" }}
experimental_bearer_token = "{new("codex bearer")}"
[mcp_servers.docs]
command = "docs-mcp"
args = ["--secret", "{new("codex mcp args")}"]
env = {{ "TOKEN" = "{new("codex mcp env")}" }}
""",
    )
    write(home / ".codex/auth.json", {"OPENAI_API_KEY": new("codex auth")})
    write(
        home / ".gemini/settings.json",
        "// a comment\n"
        + json.dumps(
            {"model": {"name": "gemini-3-pro"}, "mcpServers": {"g": {"httpUrl": f"https://{new('gemini')}@g.internal"}}}
        ),
    )
    write(home / ".gemini/.env", f"GEMINI_API_KEY={new('gemini env')}\n")
    write(
        home / ".config/opencode/opencode.json",
        {
            "model": "anthropic/claude-sonnet-4-5",
            "provider": {
                "anthropic": {"options": {"baseURL": "https://oc.internal/v1", "apiKey": new("opencode api key")}}
            },
            "mcp": {"m": {"type": "local", "command": ["srv", new("opencode mcp command")]}},
        },
    )
    write(
        home / ".aider.conf.yml",
        f"model: claude-opus-4-6\nopenai-api-base: https://aider.internal/v1\nopenai-api-key: {new('aider key')}\n"
        f"anthropic-api-key: {new('aider key 2')}\napi-key:\n  - gemini={new('aider key 3')}\n",
    )
    write(
        home / ".continue/config.yaml",
        "name: mine\nversion: 0.0.1\nmodels:\n  - name: big\n    provider: anthropic\n    model: claude-opus-4-6\n"
        f"    apiKey: {new('continue key')}\n    apiBase: https://continue.internal\n",
    )
    write(
        home / ".bashrc",
        f"""alias ll='ls -l'
export ANTHROPIC_BASE_URL=https://me:{new("bashrc password")}@shell.internal/v1?k={new("bashrc query")}
export ANTHROPIC_API_KEY={new("bashrc key")}; export OPENAI_BASE_URL="https://{new("bashrc userinfo")}@two.internal"
export ANTHROPIC_MODEL=claude-opus-4-6
alias cc='ANTHROPIC_AUTH_TOKEN={new("alias token")} ANTHROPIC_BASE_URL=https://a:{new("alias url")}@alias.internal claude'
cc2() {{ ANTHROPIC_BASE_URL=https://b:{new("function url")}@function.internal claude "$@"; }}
export ANTHROPIC_BASE_URL="https://[{new("broken url")}"
export ANTHROPIC_BASE_URL="https://{new("user in broken")}:p@:99999"
export ANTHROPIC_MODEL=claude-haiku-4-5 # {new("comment")}
""",
    )
    write(
        home / ".config/fish/config.fish",
        f"set -gx ANTHROPIC_BASE_URL https://f:{new('fish')}@fish.internal\nset -x OPENAI_API_KEY {new('fish key')}\n",
    )
    write(home / ".zshrc", f"export OPENAI_API_BASE='https://z:{new('zsh')}@zsh.internal/v1'\n")
    write(
        home / "work/shop/.env",
        f"# c\nANTHROPIC_BASE_URL=https://e:{new('dotenv')}@dotenv.internal\nANTHROPIC_API_KEY={new('dotenv key')}\n"
        f"OPENAI_MODEL=gpt-5\nDATABASE_URL=postgres://u:{new('database')}@db.internal/x\n",
    )
    write(
        home / ".config/Code/User/settings.json",
        "{\n// trailing comma, too\n"
        f'"claudeCode.environmentVariables": [{{"name": "ANTHROPIC_API_KEY", "value": "{new("vs code")}"}}],\n'
        f'"claude-code.environmentVariables": [{{"name": "ANTHROPIC_BASE_URL", "value": "https://q:{new("vs url")}@v.internal"}}],\n}}\n',
    )
    return s
