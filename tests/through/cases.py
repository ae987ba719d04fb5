"""Which agents, in which worlds."""

from __future__ import annotations

from typing import Final

from tests.through.running import Case

AGENTS: Final = (
    "npm:@anthropic-ai/claude-code@2.1.91",
    "npm:@anthropic-ai/claude-code",
    "npm:@openai/codex",
    "npm:@google/gemini-cli",
)
_STRIP: Final = '[edit]\nstrip_marks = ["date-line"]'
MARKED: Final = (
    Case(AGENTS[0], "gw.deepseek.localhost", "Asia/Shanghai"),
    Case(AGENTS[0], "gw.deepseek.localhost", "Asia/Shanghai", _STRIP),
)
"""The release in which the case began, in a world in which it marks: recorded only, and stripped."""
