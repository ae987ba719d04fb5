"""An agent to plan for: a recipe of the usual shape, and variants of it. Nothing here is ever started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from wiretell.model.agent import Agent, Official, Recipe, Target

TARGET = Target(
    kind="npm",
    name="example-agent",
    version="1.0.0",
    sha256="0" * 64,
    root=Path("/nonexistent"),
    start=("/opt/node/bin/node", "/opt/agent/cli.js"),
    runtime="node",
)
RECIPE = Recipe(
    name="example",
    command=("{bin}", "-p", "{prompt}", "--in", "{cwd}", "--shell", "${home}"),
    protocol="anthropic-messages",
    timeout_s=33.0,
    env={"EXAMPLE_BASE_URL": "{base_url}", "EXAMPLE_API_KEY": "{api_key}", "EXAMPLE_MODE": "plain"},
    files={
        ".example.json": '{"onboarded": true, "key": "{api_key}", "home": "{home}"}',
        ".config/example/provider.toml": 'url = "{base_url}/v1"\n',
    },
    official=Official("api.example-vendor.example"),
    levels=(("env:EXAMPLE_NO_TELEMETRY", ("1",)),),
)
AGENT = Agent(TARGET, RECIPE)


def agent(runtime: str = "node", **changes: Any) -> Agent:
    return Agent(replace(TARGET, runtime=runtime), replace(RECIPE, **changes))
