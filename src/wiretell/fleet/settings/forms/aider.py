"""Aider: its options as YAML."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="aider",
        syntax=Syntax.YAML,
        ends=frozenset({".aider.conf.yml", ".aider.conf.yaml"}),
        rules=rules(
            host="openai-api-base",
            model="model weak-model editor-model",
            variables="set-env",
        ),
        source="https://aider.chat/docs/config/aider_conf.html",
    ),
)
