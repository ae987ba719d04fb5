"""Credentials planted in every place of every form never come out of it."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wiretell.fleet.readers import shell
from wiretell.fleet.settings.extracting import extract
from wiretell.fleet.settings.forms import EVERY
from wiretell.fleet.settings.interface import Form, Holds, Rule, Syntax
from wiretell.fleet.settings.variables import known

BASE62 = string.ascii_letters + string.digits


def strong(seed: int) -> str:
    """A key as vendors issue them: it is known by its looks, also where a name belongs."""
    draw = random.Random(seed)
    begin = draw.choice(["sk-ant-api03-", "sk-proj-", "ghp_", "AIza", "xoxb-", "hf_", "gsk_", "glpat-", "eyJ"])
    return begin + "".join(draw.choices(BASE62, k=draw.randint(30, 60)))


def weak(seed: int) -> str:
    """A password: it is known by nothing, and stands only where credentials do."""
    draw = random.Random(seed)
    return "zq" + "".join(draw.choices(BASE62, k=draw.randint(6, 16)))


def planted(rule: Rule, seed: int) -> Any:
    """A value for a place, with credentials wherever such a value can hold one."""
    key, word = strong(seed), weak(seed)
    url = f"https://{word}:{key}@host.example:8443/{word}/{key}?k={word}&{key}#{word}"
    match rule.holds:
        case Holds.HOST:
            return random.Random(seed).choice([url, key, f"{word}:{key}@host.example"])
        case Holds.MODEL | Holds.NAME:
            return random.Random(seed).choice([key, f"provider/{key}", f"model?key={word}"])
        case Holds.VARIABLES:
            return {"SOME_API_KEY": word, "ANTHROPIC_AUTH_TOKEN": key} | {
                name: url if variable.holds == "host" else key for name, variable in known().items()
            }
        case Holds.SERVERS:
            env = {"env": {"TOKEN": word}, "headers": {"Authorization": f"Bearer {word}"}, "apiKey": key}
            return {
                "a": {"command": "npx", "args": ["-y", "package", word, f"--key={word}", key], **env},
                "b": {"command": "npx", "args": ["--key", word, key], **env},
                "c": {"command": f"TOKEN={word} npx -y {key} {word}", **env},
                "d": {"url": url, **env},
                "e": {"command": "docker", "args": ["run", "-e", f"K={word}", "--secret", word, "image"], **env},
                "f": {"command": "npx", "args": ["mcp-remote", url, "--header", f"X: {word}"], **env},
                "g": url,
                key: {"command": f"/opt/{key}", "args": [word]},
                "h": {"command": url},
            }


def document(form: Form, seed: int) -> dict[str, Any]:
    """A file in which every place of the form, and some beside it, holds credentials."""
    made: dict[str, Any] = {"apiKey": weak(seed), "auth": {"token": weak(seed)}, weak(seed): strong(seed)}
    for number, rule in enumerate(form.rules):
        at = made
        keys = [strong(seed + 1) if key == "*" else key for key in rule.keys]
        for key in keys[:-1]:
            held = at.setdefault(key, {})
            at = held if isinstance(held, dict) else at.setdefault(f"{key}'", {})
        at.setdefault(keys[-1], planted(rule, seed + number))
    return made


def toml(value: Any) -> str:
    """Any table as one inline table."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def written(form: Form, seed: int) -> str:
    made = document(form, seed)
    match form.syntax:
        case Syntax.JSON:
            return json.dumps(made, indent=1)
        case Syntax.TOML:
            return "\n".join(f"{json.dumps(key)} = {toml(each)}" for key, each in made.items())
        case Syntax.YAML:
            return yaml.safe_dump(made)
        case Syntax.FRONT_MATTER:
            return "---\n" + "\n".join(f"{key}: {strong(seed)}" for key in ("model", "token")) + f"\n---\n{weak(seed)}"
        case Syntax.SHELL:
            return script(seed)


def script(seed: int) -> str:
    key, word = strong(seed), weak(seed)
    url = f"https://{word}:{key}@host.example/{key}?{word}"
    lines = [f"export {name}='{url if each.holds == 'host' else key}'" for name, each in known().items()]
    return "\n".join(
        [
            *lines,
            f"export ANTHROPIC_API_KEY={word} OPENAI_API_KEY={key}  # {word}",
            f"alias claude='ANTHROPIC_AUTH_TOKEN={word} ANTHROPIC_BASE_URL={url} claude --model {key} --key {word}'",
            f"gemini() {{ GEMINI_API_KEY={word} command gemini --token {word}; }}",
            f"set -gx HTTPS_PROXY {word}:{key}@proxy.example:1",
        ]
    )


@pytest.mark.parametrize(
    "form", EVERY, ids=lambda form: f"{form.product or 'any'}-{form.syntax.name}-{min(form.ends | {*form.globs})}"
)
@given(seed=st.integers(0, 10**9))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(seed=1)
def test_no_credential_comes_out_of_a_file(form: Form, seed: int) -> None:
    found = list(extract(form, written(form, seed)))
    told = repr(found).lower()
    planted_here = {
        each.lower() for number in range(len(form.rules) + 2) for each in (strong(seed + number), weak(seed + number))
    }
    assert found
    assert [each for each in planted_here if each in told] == []


@given(seed=st.integers(0, 10**9))
@settings(max_examples=50, deadline=None)
def test_no_credential_comes_out_of_a_start_file(seed: int) -> None:
    key, word = strong(seed), weak(seed)
    units = f'Environment="ANTHROPIC_BASE_URL=https://{word}@host.example/{word}" OPENAI_API_KEY={word}\n'
    fish = f"SETUVAR OPENAI_API_KEY:{word}\nSETUVAR --export OPENAI_BASE_URL:https\\x3a//{word}\\x40host.example\n"
    found = [*shell.script(script(seed)), *shell.unit(units), *shell.fish_variables(fish)]
    told = repr(found).lower()
    assert len(found) > len(known())
    assert key.lower() not in told
    assert word.lower() not in told
