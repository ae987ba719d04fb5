"""Files that hold nothing but servers of the Model Context Protocol."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_SERVERS: Final = rules(servers="mcpServers servers")


def _file(product: str, ends: set[str], source: str) -> Form:
    return Form(product=product, syntax=Syntax.JSON, ends=frozenset(ends), rules=_SERVERS, source=source)


FORMS: Final = (
    _file("", {".mcp.json"}, "https://code.claude.com/docs/en/mcp#project-scope; other agents read it too"),
    _file(
        "",
        {
            ".vscode/mcp.json",
            *(f"{editor}/User/mcp.json" for editor in ("Code", "Code - Insiders", "VSCodium", "Cursor")),
        },
        "https://code.visualstudio.com/docs/copilot/customization/mcp-servers",
    ),
    _file("cursor-agent", {".cursor/mcp.json"}, "https://cursor.com/docs/context/mcp"),
    _file("windsurf", {".codeium/windsurf/mcp_config.json"}, "https://docs.windsurf.com/windsurf/cascade/mcp"),
    _file(
        "claude-desktop",
        {"Claude/claude_desktop_config.json"},
        "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    ),
    _file("kiro", {".kiro/settings/mcp.json"}, "https://kiro.dev/docs/mcp/configuration/"),
    _file(
        "amazon-q",
        {".aws/amazonq/mcp.json", ".amazonq/mcp.json"},
        "https://docs.aws.amazon.com/amazonq/latest/qdeveloper-ug/mcp-ide.html",
    ),
    _file("gemini-cli", {"gemini-extension.json"}, "google-gemini/gemini-cli:docs/extensions/reference.md"),
)
