"""Goose: settings are its environment variables, written as YAML."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="goose",
        syntax=Syntax.YAML,
        ends=frozenset({".config/goose/config.yaml"}),
        rules=rules(
            host="OPENAI_HOST ANTHROPIC_HOST OLLAMA_HOST DATABRICKS_HOST GOOGLE_HOST OPENROUTER_HOST"
            " AZURE_OPENAI_ENDPOINT",
            model="GOOSE_MODEL GOOSE_PLANNER_MODEL GOOSE_LEAD_MODEL GOOSE_SUBAGENT_MODEL",
            name="GOOSE_PROVIDER GOOSE_PLANNER_PROVIDER GOOSE_LEAD_PROVIDER",
            servers="extensions",
        ),
        source="https://block.github.io/goose/docs/guides/config-files",
    ),
)
