"""Inventories made by hand: one that the program wrote, and what a test puts into it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.fleet.blind.desk import Desk, image

VENDORS = {
    "claude-code": "anthropic",
    "codex": "openai",
    "aider": "aider",
    "gemini-cli": "google",
    "qwen-code": "alibaba",
    "kimi-cli": "moonshot",
}


def empty(folder: Path) -> Any:
    """An inventory as the program writes it, of a home with nothing in it."""
    made = Desk(folder).json("inventory", "--root", image(folder / "base"))
    assert made["installs"] == []
    return made


def install(product: str, version: str, path: str = "", manager: str = "npm-global", **more: Any) -> dict[str, Any]:
    path = path or f"/home/dev/{product}-{version}"
    return {
        "id": f"{manager}:{path}",
        "product": product,
        "vendor": VENDORS[product],
        "name": product,
        "version": version,
        "manager": manager,
        "scope": "user",
        "path": path,
        **more,
    }


def model(product: str, name: str, path: str = "/home/dev/settings.json", line: int = 1) -> dict[str, Any]:
    return {
        "id": f"{path}:{line}:model",
        "kind": "config",
        "product": product,
        "vendor": VENDORS.get(product, ""),
        "path": path,
        "line": line,
        "key": "model",
        "value": name,
        "model": name,
    }


def process(product: str, version: str, pid: int = 42) -> dict[str, Any]:
    return {
        "id": f"{pid}:2026-07-01T00:00:00Z",
        "product": product,
        "vendor": VENDORS[product],
        "version": version,
        "pid": pid,
        "started": "2026-07-01T00:00:00Z",
        "user": "dev",
        "program": f"/home/dev/{product}",
    }


def holding(
    base: Any,
    installs: list[dict[str, Any]] | None = None,
    settings: list[dict[str, Any]] | None = None,
    processes: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Any:
    made = copy.deepcopy(base)
    made["installs"] = installs or []
    made["settings"] = settings or []
    made["processes"] = processes or []
    made.update(more)
    return made
