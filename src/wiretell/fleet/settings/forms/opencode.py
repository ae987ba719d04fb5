"""OpenCode, and Kilo's command line, which is a fork of it and keeps the same keys under its own name."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_RULES: Final = rules(
    host="provider/*/options/baseURL provider/*/options/endpoint provider/*/api enterprise/url",
    model="model small_model agent/*/model mode/*/model command/*/model",
    servers="mcp",
)

FORMS: Final = (
    Form(
        product="opencode",
        syntax=Syntax.JSON,
        ends=frozenset({"opencode.json", "opencode.jsonc", ".config/opencode/config.json"}),
        system=("etc/opencode/opencode.json", "etc/opencode/opencode.jsonc"),
        moved=(("OPENCODE_CONFIG_DIR", "opencode.json"), ("XDG_CONFIG_HOME", "opencode/opencode.json")),
        rules=_RULES,
        source="https://opencode.ai/docs/config/",
    ),
    Form(
        product="opencode",
        syntax=Syntax.FRONT_MATTER,
        globs=(
            *(f".config/opencode/{folder}/*.md" for folder in ("agent", "agents", "command", "commands")),
            *(f".opencode/{folder}/*.md" for folder in ("agent", "agents", "command", "commands")),
        ),
        rules=rules(model="model"),
        source="https://opencode.ai/docs/agents/",
    ),
    Form(
        product="kilo-code",
        syntax=Syntax.JSON,
        ends=frozenset({"kilo.json", "kilo.jsonc"}),
        rules=_RULES,
        source="the command line's own configuration, as opencode's",
    ),
)
