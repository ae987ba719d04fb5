"""Codex: `config.toml` of a user, a project and the system; what an administrator requires."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="codex",
        syntax=Syntax.TOML,
        ends=frozenset({".codex/config.toml"}),
        system=("etc/codex/config.toml", "etc/codex/managed_config.toml", "etc/codex/requirements.toml"),
        moved=(("CODEX_HOME", "config.toml"),),
        globs=(".codex/*.config.toml",),
        rules=rules(
            host="model_providers/*/base_url openai_base_url chatgpt_base_url profiles/*/chatgpt_base_url"
            " otel/exporter/*/endpoint otel/trace_exporter/*/endpoint otel/metrics_exporter/*/endpoint",
            model="model review_model profiles/*/model profiles/*/review_model agents/*/model",
            name="model_provider oss_provider profiles/*/model_provider",
            variables="shell_environment_policy/set",
            servers="mcp_servers",
        ),
        source="https://developers.openai.com/codex/config-reference",
    ),
)
