"""Claude Code: settings of a user, a project and an administrator, and the file in which it keeps its own state."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

FORMS: Final = (
    Form(
        product="claude-code",
        syntax=Syntax.JSON,
        ends=frozenset({".claude/settings.json", ".claude/settings.local.json"}),
        system=("etc/claude-code/managed-settings.json", "etc/claude-code/managed-settings.d/*.json"),
        moved=(("CLAUDE_CONFIG_DIR", "settings.json"),),
        rules=rules(
            host="forceLoginGatewayUrl hooks/*/*/hooks/*/url",
            model="model advisorModel fallbackModel fallbackModel/* modelOverrides/*",
            variables="env",
        ),
        source="https://code.claude.com/docs/en/settings-reference",
    ),
    Form(
        product="claude-code",
        syntax=Syntax.FRONT_MATTER,
        globs=(".claude/agents/*.md", ".claude/commands/*.md"),
        rules=rules(model="model"),
        source="https://code.claude.com/docs/en/sub-agents",
    ),
    Form(
        product="claude-code",
        syntax=Syntax.JSON,
        ends=frozenset({".claude.json"}),
        system=("etc/claude-code/managed-mcp.json",),
        moved=(("CLAUDE_CONFIG_DIR", ".claude.json"),),
        rules=rules(variables="env", servers="mcpServers projects/*/mcpServers"),
        source="https://code.claude.com/docs/en/mcp",
    ),
)
