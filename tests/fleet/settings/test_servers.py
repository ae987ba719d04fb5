"""Servers of the Model Context Protocol: what is told of each form of entry."""

from __future__ import annotations

from typing import Any

import pytest

from wiretell.fleet.settings.servers import Server, servers


@pytest.mark.parametrize(
    ("entry", "value", "host"),
    [
        (
            {"command": "npx", "args": ["-y", "@scope/server@1.2.3", "--token", "hunter2"]},
            "npx @scope/server@1.2.3",
            "",
        ),
        ({"command": "npx", "args": ["--api-key", "hunter2", "server"]}, "npx", ""),
        ({"command": "/usr/bin/npx", "args": ["--package", "thing", "thing-mcp"]}, "npx thing", ""),
        ({"command": "uvx", "args": ["--python", "3.12", "mcp-server-git"]}, "uvx mcp-server-git", ""),
        ({"command": "uvx", "args": ["--from", "git+https://t0k3n@git.example/x", "x"]}, "uvx", ""),
        ({"command": "uv", "args": ["tool", "run", "mcp-server-time"]}, "uv mcp-server-time", ""),
        ({"command": "uv", "args": ["run", "--env-file", "x"]}, "uv", ""),
        ({"command": "python", "args": ["-m", "my_server", "--key", "hunter2"]}, "python my_server", ""),
        ({"command": "python", "args": ["server.py", "hunter2"]}, "python", ""),
        (
            {"command": "docker", "args": ["run", "-i", "--rm", "-e", "K=hunter2", "ghcr.io/o/server:1"]},
            "docker ghcr.io/o/server:1",
            "",
        ),
        ({"command": "docker", "args": ["run", "--label", "hunter2", "image"]}, "docker", ""),
        ({"type": "local", "command": ["bun", "x", "my-mcp"]}, "bun my-mcp", ""),
        ({"command": "npx -y my-mcp --key hunter2"}, "npx my-mcp", ""),
        ({"command": "TOKEN=hunter2 npx -y my-mcp"}, "npx my-mcp", ""),
        ({"command": "/opt/my tools/serve", "args": ["hunter2"]}, "my", ""),
        ({"cmd": "uvx", "args": ["goose-thing"], "type": "stdio"}, "uvx goose-thing", ""),
        ({"command": {"path": "node", "args": ["x.js", "hunter2"]}}, "node", ""),
        ({"url": "https://u:hunter2@mcp.example/s/hunter2?k=hunter2"}, "https://mcp.example", "mcp.example"),
        (
            {"httpUrl": "http://localhost:3000/mcp", "headers": {"Authorization": "x"}},
            "http://localhost:3000",
            "localhost",
        ),
        ({"serverUrl": "https://mcp.example/sse"}, "https://mcp.example", "mcp.example"),
        ({"transport": {"type": "sse", "url": "https://mcp.example"}}, "https://mcp.example", "mcp.example"),
        (
            {
                "command": "npx",
                "args": ["-y", "mcp-remote@latest", "https://mcp.example/sse", "--header", "A: hunter2"],
            },
            "npx mcp-remote@latest",
            "mcp.example",
        ),
        ({"command": "sh", "args": ["-c", "curl -H hunter2"]}, "sh", ""),
        ("npx my-mcp", "npx my-mcp", ""),
        ("https://mcp.example/hunter2", "https://mcp.example", "mcp.example"),
        ({}, "(unreadable)", ""),
        (None, "(unreadable)", ""),
        ({"command": 7, "args": "x"}, "(unreadable)", ""),
        ({"command": "https://h.example/x?key=hunter2"}, "(unreadable)", ""),
    ],
)
def test_what_is_told_of_a_server(entry: Any, value: str, host: str) -> None:
    assert list(servers({"name": entry})) == [Server("name", value, host)]


def test_a_list_of_servers_has_names_or_numbers() -> None:
    given = [{"name": "first", "command": "a"}, {"command": "b"}, "c", 4]
    assert [server.name for server in servers(given)] == ["first", "1", "2", "3"]


@pytest.mark.parametrize("given", [None, 3, "text", True])
def test_what_is_no_table_holds_no_servers(given: Any) -> None:
    assert list(servers(given)) == []
