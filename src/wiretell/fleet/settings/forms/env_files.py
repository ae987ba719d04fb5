"""Files of environment variables in homes and projects: `.env`, and direnv's `.envrc`."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax

FORMS: Final = (
    Form(
        product="",
        syntax=Syntax.SHELL,
        ends=frozenset({".env", ".env.local", ".envrc"}),
        rules=(),
        source="https://direnv.net/man/direnv.1.html; google-gemini/gemini-cli:docs/reference/configuration.md",
    ),
)
