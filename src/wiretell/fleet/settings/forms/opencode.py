"""OpenCode, and Kilo's command line, which is a fork of it and keeps the same keys under its own name."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_RULES: Final = rules(
    host="provider/*/options/baseURL provider/*/options/endpoint provider/*/api enterprise/url",
    model="model small_model agent/*/model mode/*/model command/*/model",
    servers="mcp",
)

_KILO: Final = (".config/kilo", ".kilo", ".kilocode")
"""Folders of Kilo's: a user's, a project's, and the one that both had before."""
_KILO_FILES: Final = ("kilo.json", "kilo.jsonc", "opencode.json", "opencode.jsonc")

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
        # opencode's own names are read too, in Kilo's folders: these ends are longer than opencode's, and win
        ends=frozenset(
            {"kilo.json", "kilo.jsonc", ".config/kilo/config.json"}
            | {f"{folder}/{name}" for folder in _KILO for name in ("opencode.json", "opencode.jsonc")}
        ),
        system=tuple(f"etc/kilo/{name}" for name in _KILO_FILES),
        moved=(
            *(("KILO_CONFIG_DIR", name) for name in _KILO_FILES),
            *(("XDG_CONFIG_HOME", f"kilo/{name}") for name in (*_KILO_FILES, "config.json")),
        ),
        rules=(
            *_RULES,
            *rules(
                host="indexing/*/baseUrl",
                model="subagent_model indexing/model",
                name="indexing/provider",
            ),
        ),
        source="@kilocode/cli-linux-x64 7.7.9: the schema and the pages in the program",
    ),
    Form(
        product="kilo-code",
        syntax=Syntax.FRONT_MATTER,
        globs=tuple(
            f"{folder}/{kind}/*.md"
            for folder in _KILO
            for kind in ("agent", "agents", "mode", "modes", "command", "commands")
        ),
        rules=rules(model="model"),
        source="@kilocode/cli-linux-x64 7.7.9: the pages in the program",
    ),
)
