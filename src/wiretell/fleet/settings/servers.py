"""Entries for servers of the Model Context Protocol, in the forms that agents have for them.

What is told of a server: of one behind a URL scheme, host and port; of a program its base name, and the package that a
runner (`npx`, `uvx`, `docker run` ...) is asked for where that can be told for certain. Arguments, headers and
variables are where people put keys: nothing else of them is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any, Final

from wiretell.fleet.settings import withholding

_URLS: Final = ("url", "httpUrl", "serverUrl", "uri", "endpoint", "baseUrl")
_PROGRAMS: Final = ("command", "cmd", "path")
_PACKAGE: Final = re.compile(
    r"(?:@[a-z0-9._~-]{1,64}/)?[A-Za-z0-9][A-Za-z0-9._~/-]{0,127}(?:\[[a-z0-9,_-]{1,64}\])?(?:(?:@|==)[\w.~^*-]{1,64})?"
)
_IMAGE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}(?::\d{1,5})?(?:/[a-z0-9._-]{1,64}){0,6}(?:[:@][\w.:-]{1,80})?")
"""`ghcr.io/owner/server:latest`."""


@dataclass(frozen=True, slots=True)
class _Runner:
    """A program that fetches and starts another."""

    verbs: tuple[tuple[str, ...], ...] = ((),)
    """Words that must stand behind it; the longest first."""
    plain: frozenset[str] = frozenset()
    """Options without a value."""
    valued: frozenset[str] = frozenset()
    """Options whose value stands behind them, and is not told."""


_NPX: Final = _Runner(
    plain=frozenset({"-y", "--yes", "-q", "--quiet", "--silent", "--no-install", "--bun", "-p", "--package", "--"})
)
"""`--package` is plain: what stands behind it is the package."""
_RUNNERS: Final = {
    "npx": _NPX,
    "bunx": _NPX,
    "pnpx": _NPX,
    "npm": _Runner((("exec",), ("x",)), _NPX.plain),
    "pnpm": _Runner((("dlx",),), _NPX.plain),
    "yarn": _Runner((("dlx",),), _NPX.plain),
    "bun": _Runner((("x",),), _NPX.plain),
    "uvx": _Runner(plain=frozenset({"--quiet", "-q", "--native-tls", "--from"}), valued=frozenset({"--python", "-p"})),
    "uv": _Runner((("tool", "run"),), frozenset({"--quiet", "-q", "--from"}), frozenset({"--python", "-p"})),
    "pipx": _Runner((("run",),), frozenset({"--quiet", "-q", "--no-cache"})),
    "python": _Runner((("-m",),)),
    "python3": _Runner((("-m",),)),
    **dict.fromkeys(
        ("docker", "podman"),
        _Runner(
            (("run",),),
            frozenset({"-i", "-t", "-it", "--interactive", "--tty", "--rm", "--init", "--pull=always", "-d"}),
            frozenset(
                {"-e", "--env", "--env-file", "-v", "--volume", "--mount", "--network", "--name", "-p", "-u", "-w"}
            ),
        ),
    ),
}
_ASSIGNED: Final = re.compile(r"[A-Za-z_]\w*=")
_BRIDGES: Final = frozenset({"mcp-remote", "supergateway", "mcp-proxy", "@modelcontextprotocol/inspector"})
"""Packages whose own work is to reach a server behind a URL."""


@dataclass(frozen=True, slots=True)
class Server:
    """What may be told of one server."""

    name: str
    value: str
    host: str = ""


def servers(given: Any) -> Iterator[Server]:
    """Yield the servers of a table by name, or of a list whose entries have a `name`."""
    if isinstance(given, dict):
        entries = list(given.items())
    elif isinstance(given, list):
        entries = [(each.get("name") if isinstance(each, dict) else None, each) for each in given]
    else:
        return
    for number, (name, entry) in enumerate(entries):
        shown = withholding.part_of_key(name) if isinstance(name, str) and name else str(number)
        yield Server(shown, *_reached(entry))


def _reached(entry: Any) -> tuple[str, str]:
    """Return what a server is, and its host."""
    if isinstance(entry, str):
        entry = {"url" if "://" in entry else "command": entry}
    if not isinstance(entry, dict):
        return withholding.UNREADABLE, ""
    if isinstance(entry.get("transport"), dict):  # a table of its own in some forms
        entry = {**entry["transport"], **entry}
    for key in _URLS:
        if isinstance(entry.get(key), str) and entry[key]:
            return withholding.url(entry[key])
    words = _words(entry)
    return (_started(words), _bridged(words)) if words else (withholding.UNREADABLE, "")


def _words(entry: dict[Any, Any]) -> list[str]:
    """Return program and arguments, whichever way they are written."""
    program = next((entry[key] for key in _PROGRAMS if entry.get(key)), None)
    if isinstance(program, dict):  # Zed: {"path": ..., "args": [...]}
        entry, program = program, program.get("path")
    first = [program] if isinstance(program, str) else program if isinstance(program, list) else []
    arguments = entry.get("args")
    words = [*first, *(arguments if isinstance(arguments, list) else [])]
    texts = [word for word in words if isinstance(word, str)]
    whole = texts[0].split() + texts[1:] if texts else []
    return list(dropwhile(_ASSIGNED.match, whole))  # `KEY=value program` in one text


def _started(words: Sequence[str]) -> str:
    program = withholding.program(words[0])
    package = _package(program.removesuffix(".cmd").removesuffix(".exe"), words[1:])
    return f"{program} {package}" if package else program


def _package(program: str, arguments: Sequence[str]) -> str:
    """Return what a runner is asked for; empty where an option stands before it that is not known, as its value might
    be a key."""
    runner = _RUNNERS.get(program)
    verb = next((verb for verb in runner.verbs if tuple(arguments[: len(verb)]) == verb), None) if runner else None
    if runner is None or verb is None:
        return ""
    rest = iter(arguments[len(verb) :])
    for word in rest:
        if word in runner.valued:
            next(rest, None)
        elif word not in runner.plain:
            form = _IMAGE if program in {"docker", "podman"} else _PACKAGE
            return word if form.fullmatch(word) and not withholding.is_key(word) else ""
    return ""


def _bridged(words: Sequence[str]) -> str:
    """Return the host that a bridge such as `npx mcp-remote https://host/sse` leads to."""
    bases = {re.sub(r"(?<=.)@.*", "", word) for word in words[:8]}
    if not bases & _BRIDGES:
        return ""
    return next((withholding.url(word)[1] for word in words if word.startswith(("http://", "https://"))), "")
