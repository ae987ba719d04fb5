"""Reading `wiretell-agent.toml`, and the recipes that ship with wiretell.

Everything is checked before anything runs: unknown keys are refused with the nearest known name, types and
placeholders are checked, and every error is one sentence that names the file and the key.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from wiretell.errors import TargetError
from wiretell.model.agent import Declaration, Official, Recipe
from wiretell.target.interface import Wish, mode_of

FILE_NAME: Final = "wiretell-agent.toml"
PROTOCOLS: Final = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")
PLACEHOLDERS: Final = ("agent", "prompt", "base_url", "api_key", "home", "cwd")
"""Allowed in commands, environment and files; `{bin}` beside them, as a whole element of a command."""
FACTS: Final = (
    *("base_url", "timezone", "tz_env", "tz_file", "locale", "clock", "hostname", "username", "home", "cwd"),
    *("git_user", "git_email", "git_remote", "http_proxy", "machine_id", "mac", "os_release", "cpu_count", "memory"),
    *("terminal", "editor", "ci"),
)
"""Facts without a name of their own; `env:NAME`, `file:PATH` and `tool:NAME` come beside them."""

_MAX_FILE_BYTES: Final = 1 << 20
_MAX_TIMEOUT_S: Final = 3600
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{([a-z][a-z0-9_]*)\}")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)

_TOP = ("schema", "agent")
_AGENT = ("name", "command", "protocol", "timeout_s", "prompt", "env", "files", "official", "declares", "level", "npm")
_OFFICIAL = ("host", "command", "env", "files")
_DECLARES = ("fact", "source", "where")
_LEVEL = ("fact", "values")
_NPM = ("package", "bin", "platform_binary", "optional")


@dataclass(frozen=True, slots=True)
class NpmHint:
    """Where an agent's program is on npm."""

    package: str
    bin: str = ""
    """Which of the package's commands; empty where there is only one."""
    platform_binary: str = ""
    """File name of the program in the package for one platform, where there is such a package."""
    optional: bool = True
    """Whether optional dependencies are installed too, as npm does for a user."""


@dataclass(frozen=True, slots=True)
class LoadedRecipe:
    """A recipe and where it came from."""

    recipe: Recipe
    npm: NpmHint | None
    origin: str
    """For messages: a path, or the name of a recipe that ships with wiretell."""


def load(path: Path) -> LoadedRecipe:
    """Read a recipe file, or the one in a folder. Raises TargetError."""
    file = path / FILE_NAME if path.is_dir() else path
    try:
        data = file.read_bytes()
    except OSError as error:
        raise TargetError(f"{file} cannot be read: {error.strerror}.") from error
    return parse(data, str(file))


def parse(data: bytes, origin: str) -> LoadedRecipe:
    """Check the bytes of a recipe file. Pure; raises TargetError with `origin` in its sentence."""
    if len(data) > _MAX_FILE_BYTES:
        raise TargetError(f"{origin} is larger than {_MAX_FILE_BYTES >> 20} MiB; a recipe is a page of text.")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{origin} is no TOML file in UTF-8: {error}.") from error
    return _Reader(origin).document(document)


@cache
def shipped() -> Mapping[str, LoadedRecipe]:
    """Return the recipes that ship with wiretell, by name, sorted."""
    folder = resources.files("wiretell.target") / "agents"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    loaded = [parse(entry.read_bytes(), entry.name) for entry in files]
    return MappingProxyType({each.recipe.name: each for each in loaded})


def known_recipes() -> tuple[Recipe, ...]:
    """Return the recipes that ship with wiretell, sorted by name."""
    return tuple(each.recipe for each in shipped().values())


def known_packages() -> Mapping[str, str]:
    """Return recipe name -> npm package, for every shipped recipe that has one."""
    return MappingProxyType({name: each.npm.package for name, each in shipped().items() if each.npm})


def for_package(package: str) -> LoadedRecipe | None:
    """Return the shipped recipe of an npm package, or of the package whose program for one platform it holds."""
    for each in shipped().values():
        if each.npm and (package == each.npm.package or package.startswith(f"{each.npm.package}-linux-")):
            return each
    return None


def named(recipe: str | Path) -> LoadedRecipe:
    """Return a shipped recipe by its name, or the one in a file or folder. Raises TargetError."""
    if isinstance(recipe, str) and recipe in shipped():
        return shipped()[recipe]
    path = Path(recipe)
    if not mode_of(path):
        raise TargetError(
            f"There is no recipe {str(recipe)!r}{nearest(str(recipe), shipped()) or '.'} Known: {_known()}."
        )
    return load(path)


def generic(name: str, protocol: str | None) -> Recipe:
    """Return the recipe for a program that nobody wrote one for: the usual variables that redirect an agent."""
    chosen = protocol or PROTOCOLS[0]
    hosts = {"anthropic-messages": "api.anthropic.com", "gemini": "generativelanguage.googleapis.com"}
    return Recipe(
        name=name,
        command=("{bin}",),
        protocol=chosen,
        env=MappingProxyType(
            {
                "ANTHROPIC_BASE_URL": "{base_url}",
                "ANTHROPIC_API_KEY": "{api_key}",
                "OPENAI_BASE_URL": "{base_url}/v1",
                "OPENAI_API_BASE": "{base_url}/v1",
                "OPENAI_API_KEY": "{api_key}",
                "GOOGLE_GEMINI_BASE_URL": "{base_url}",
                "GEMINI_API_KEY": "{api_key}",
            }
        ),
        official=Official(host=hosts.get(chosen, "api.openai.com")),
    )


def adjust(recipe: Recipe, wish: Wish, *, own_program: bool) -> Recipe:
    """Return the recipe with the user's command, environment and protocol in place of its own.

    `own_program`: the target has a start command, which goes first where the user's command has no `{bin}`.
    """
    reader = _Reader("the command line")
    changed = recipe
    if wish.protocol is not None:
        changed = replace(changed, protocol=reader.protocol(wish.protocol))
    if wish.command:
        command = reader.command(list(wish.command), "command")
        if own_program and "{bin}" not in command:
            command = ("{bin}", *command)
        official = replace(changed.official, command=None) if changed.official else None
        changed = replace(changed, command=command, official=official)
    if wish.env:
        env = reader.texts(dict(wish.env), "env")
        official = changed.official
        if official and official.env is not None:
            official = replace(official, env=MappingProxyType({**official.env, **env}))
        changed = replace(changed, env=MappingProxyType({**changed.env, **env}), official=official)
    return changed


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?`, which ends a sentence, for the known word nearest to `word`; nothing if none is."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _known() -> str:
    return ", ".join(shipped())


class _Reader:
    """Checks one document; `origin` begins every sentence."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def fail(self, text: str) -> TargetError:
        return TargetError(f"{self.origin}: {text}")

    def keys(self, table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in known:
                raise self.fail(f"{where} has no key {key!r}{nearest(key, known) or '.'}")

    def typed(self, table: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
        value = table.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            names = {str: "a string", dict: "a table", list: "a list", bool: "true or false"}
            raise self.fail(f"{key!r} must be {names[kind]}.")
        return value

    def required(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = self.typed(table, key, str, "")
        if not value:
            raise self.fail(f"{where} needs {key!r}.")
        assert isinstance(value, str)
        return value

    def document(self, document: Mapping[str, Any]) -> LoadedRecipe:
        self.keys(document, _TOP, "the file")
        if document.get("schema") != 1 or isinstance(document.get("schema"), bool):
            raise self.fail("`schema = 1` is missing; this wiretell knows no other.")
        if "agent" not in document:
            raise self.fail("the table [agent] is missing.")
        agent = self.typed(document, "agent", dict, {})
        self.keys(agent, _AGENT, "[agent]")
        recipe = Recipe(
            name=self.required(agent, "name", "[agent]"),
            command=self.command(self.typed(agent, "command", list, []), "command"),
            protocol=self.protocol(self.required(agent, "protocol", "[agent]")),
            timeout_s=self.timeout(agent.get("timeout_s", 60)),
            prompt=self.typed(agent, "prompt", str, "hi"),
            env=self.texts(self.typed(agent, "env", dict, {}), "env"),
            files=self.files(self.typed(agent, "files", dict, {}), "files"),
            official=self.official(agent),
            declares=tuple(map(self.declares, self.typed(agent, "declares", list, []))),
            levels=tuple(map(self.level, self.typed(agent, "level", list, []))),
        )
        return LoadedRecipe(recipe, self.npm(agent), self.origin)

    def protocol(self, value: str) -> str:
        if value not in PROTOCOLS:
            raise self.fail(f"no protocol {value!r}{nearest(value, PROTOCOLS) or '.'} Known: {', '.join(PROTOCOLS)}.")
        return value

    def timeout(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _MAX_TIMEOUT_S:
            raise self.fail(f"'timeout_s' must be a number of seconds up to {_MAX_TIMEOUT_S}.")
        return float(value)

    def command(self, value: list[Any], key: str) -> tuple[str, ...]:
        if not value or not all(isinstance(word, str) for word in value) or not value[0]:
            raise self.fail(f"{key!r} must be a list of strings, the program first.")
        for word in value:
            if "{bin}" in word and word != "{bin}":
                raise self.fail(f"{key!r}: '{{bin}}' must be an element of its own.")
            if word != "{bin}":
                self.placeholders(word, key, strict=True)
        return tuple(value)

    def texts(self, value: Mapping[str, Any], key: str) -> Mapping[str, str]:
        for name, text in value.items():
            if not isinstance(text, str) or "\0" in text:
                raise self.fail(f"{key}: {name!r} must be a string.")
            if not name or "=" in name or "\0" in name:
                raise self.fail(f"{key}: {name!r} is no name of a variable.")
            self.placeholders(text, f"{key}: {name}", strict=True)
        return MappingProxyType(dict(value))

    def files(self, value: Mapping[str, Any], key: str) -> Mapping[str, str]:
        for name, text in value.items():
            if not isinstance(text, str):
                raise self.fail(f"{key}: the content of {name!r} must be a string.")
            parts = name.split("/")
            if not name or name.startswith(("/", "~")) or {"", ".", ".."} & set(parts) or "\0" in name:
                raise self.fail(f"{key}: {name!r} must be a path under HOME, such as '.agent/config.json'.")
            self.placeholders(text, f"{key}: {name}", strict=False)
        return MappingProxyType(dict(value))

    def placeholders(self, text: str, where: str, *, strict: bool) -> None:
        """Refuse `{word}` that is no placeholder; in files only where it looks like a misspelt one."""
        for word in _PLACEHOLDER.findall(text):
            if word in PLACEHOLDERS:
                continue
            hint = nearest(word, PLACEHOLDERS)
            if strict or hint:
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                raise self.fail(f"{where}: no placeholder {{{word}}} here{hint or '.'} Known: {known}.")

    def official(self, agent: Mapping[str, Any]) -> Official | None:
        if "official" not in agent:
            return None
        table = self.typed(agent, "official", dict, {})
        self.keys(table, _OFFICIAL, "[agent.official]")
        host = self.required(table, "host", "[agent.official]")
        if not _HOST.fullmatch(host):
            raise self.fail(f"[agent.official]: 'host' must be a bare host name, not {host!r}.")
        return Official(
            host=host.lower(),
            command=self.command(self.typed(table, "command", list, []), "command") if "command" in table else None,
            env=self.texts(self.typed(table, "env", dict, {}), "env") if "env" in table else None,
            files=self.files(self.typed(table, "files", dict, {}), "files") if "files" in table else None,
        )

    def fact(self, table: Mapping[str, Any], where: str) -> str:
        fact = self.required(table, "fact", where)
        kind, _, name = fact.partition(":")
        if fact not in FACTS and not (kind in {"env", "file", "tool"} and name):
            raise self.fail(f"{where}: no fact {fact!r}{nearest(fact, FACTS) or '.'}")
        return fact

    def declares(self, table: object) -> Declaration:
        if not isinstance(table, dict):
            raise self.fail("[[agent.declares]] must be tables.")
        self.keys(table, _DECLARES, "[[agent.declares]]")
        source = self.required(table, "source", "[[agent.declares]]")
        if urlsplit(source).scheme not in {"http", "https"} or not urlsplit(source).hostname:
            raise self.fail(f"[[agent.declares]]: 'source' must be the URL of a page, not {source!r}.")
        where = self.typed(table, "where", str, "")
        if where and where.partition(":")[0] not in {"head", "body", "connection", "run"}:
            raise self.fail(
                f"[[agent.declares]]: 'where' must begin with head:, body:, connection: or run: ({where!r})."
            )
        return Declaration(self.fact(table, "[[agent.declares]]"), source, where)

    def level(self, table: object) -> tuple[str, tuple[str, ...]]:
        if not isinstance(table, dict):
            raise self.fail("[[agent.level]] must be tables.")
        self.keys(table, _LEVEL, "[[agent.level]]")
        values = self.typed(table, "values", list, [])
        if not values or not all(isinstance(value, str) for value in values) or len(set(values)) != len(values):
            raise self.fail("[[agent.level]]: 'values' must be a list of different strings.")
        return self.fact(table, "[[agent.level]]"), tuple(values)

    def npm(self, agent: Mapping[str, Any]) -> NpmHint | None:
        if "npm" not in agent:
            return None
        table = self.typed(agent, "npm", dict, {})
        self.keys(table, _NPM, "[agent.npm]")
        return NpmHint(
            package=self.required(table, "package", "[agent.npm]"),
            bin=self.typed(table, "bin", str, ""),
            platform_binary=self.typed(table, "platform_binary", str, ""),
            optional=self.typed(table, "optional", bool, True),
        )
