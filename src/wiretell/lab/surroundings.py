"""From a world to bytes: everything that one run sees of a user's machine.

Pure: the environment of wiretell itself, its user's HOME and this machine's /etc are not read; what the sandbox can
offer of this machine comes in as a `Machine`. A world says all; equal arguments give equal results.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from wiretell.errors import InternalError, TargetError
from wiretell.lab import etc
from wiretell.lab.facts import facts_of_url
from wiretell.lab.gitrepo import repository
from wiretell.lab.levels import ENV_FACT, FILE_FACT, parse_clock
from wiretell.lab.plan import WARM_UP
from wiretell.lab.pools import CI_VARIABLES, DEFAULT_ENV, POOLS, REAL_CLOCK
from wiretell.lab.spec import AGENT_DIR, CA_BUNDLE, COMPILE_CACHE_DIR, LAB_CA, FileSpec, Limits, RunSpec
from wiretell.model.agent import Agent, Recipe
from wiretell.model.world import OFFICIAL, UNSET, World

SEARCH_PATH = "/opt/node/bin:/usr/local/bin:/usr/bin:/bin:/opt/python/bin"
TMP = "/tmp"  # noqa: S108 - the sandbox's own, empty in every run
NO_PROXY = "localhost,127.0.0.1,::1"

# As the recipe reader has it: `${home}` is the shell's, not ours.
_PLACEHOLDER = re.compile(r"(?<!\$)\{(agent|base_url|api_key|home|cwd|prompt)\}")
_BIN = "{bin}"
_BASE_URL = "{base_url}"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the sandbox can offer of the machine it runs on."""

    ca_pem: bytes
    """Certificate of the lab's authority, PEM. It must be valid in the years `levels.FIRST_YEAR` to `LAST_YEAR`."""
    system_ca: bytes = b""
    """The machine's own bundle of authorities, PEM; empty where it has none."""
    os_release: bytes = b""
    """Content of os-release(5); empty leaves the file out."""
    faketime_library: str | None = None
    """Path of libfaketime inside the sandbox; None where there is none, and `clock` can only be `real`."""
    zoneinfo: str = "/usr/share/zoneinfo"
    """Folder of TZif files inside the sandbox."""
    login_shell: str = "/bin/bash"


@dataclass(frozen=True, slots=True)
class _Parts:
    """A recipe as one world asks for it, before placeholders are filled."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    files: Mapping[str, str]


def build(agent: Agent, world: World, *, run: int, purpose: str, shell: Machine) -> RunSpec:
    """Return all that the sandbox needs to start `agent` once in `world`.

    Facts that the world does not set are at the baseline of their pool. Levels must have passed `levels.check_level`.
    TargetError where the recipe cannot be carried out in this world (a file outside HOME, a command that needs a base
    URL at `official`).
    """
    facts = _facts(world)
    parts = _at(agent.recipe, official=facts["base_url"] == OFFICIAL)
    values = _values(agent.recipe, facts)
    return RunSpec(
        run=run,
        world=world,
        purpose=purpose,
        argv=_argv(agent, parts.command, values),
        env=_environment(agent, facts, parts, values, shell),
        cwd=facts["cwd"],
        home=facts["home"],
        username=facts["username"],
        hostname=facts["hostname"],
        files=_files(agent.recipe, facts, parts, values, shell),
        watch=(facts["home"], facts["cwd"], TMP),
        base_host=_base_host(agent.recipe, facts["base_url"]),
        loopback_ports=loopback_ports((facts["base_url"],)),
        limits=Limits(timeout_s=agent.recipe.timeout_s),
        writable_compile_cache=purpose == WARM_UP,
    )


def api_key(protocol: str) -> str:
    """Return the key that agents are given: fixed, of the form and length that the protocol's vendors use, and no key.

    It is derived from a sentence that says so, so that it opens nothing anywhere.
    """
    digest = hashlib.shake_256(f"wiretell: this is no key ({protocol})".encode()).digest(96)
    text = base64.urlsafe_b64encode(digest).decode().replace("-", "a").replace("_", "b")
    match protocol:
        case "anthropic-messages":
            return "-".join(("sk", "ant", "api03", text[:93] + "AA"))
        case "gemini":
            return "AI" + "za" + text[:35]
        case _:
            return "-".join(("sk", "proj", text[:48]))


def loopback_ports(levels: Iterable[str]) -> tuple[int, ...]:
    """Return 80, 443 and the ports of these `base_url` levels, sorted: where a base URL that names loopback is reached.

    A lab that serves many worlds wants them for all levels of the fact.
    """
    custom = {facts_of_url(level).effective_port for level in levels if level != OFFICIAL}
    return tuple(sorted({80, 443} | custom))


def _facts(world: World) -> dict[str, str]:
    return {pool.fact: pool.paired[0] for pool in POOLS} | world.as_dict()


def _at(recipe: Recipe, *, official: bool) -> _Parts:
    """Return the recipe's command, environment and files for a custom or for the official base URL."""
    if not official:
        return _Parts(recipe.command, recipe.env, recipe.files)
    own = recipe.official
    command = recipe.command if own is None or own.command is None else own.command
    if any(_BASE_URL in part for part in command):
        raise TargetError(
            f"The recipe of {recipe.name} has {{base_url}} in its command: give [agent.official] a command without it."
        )
    env = recipe.env if own is None or own.env is None else own.env
    files = recipe.files if own is None or own.files is None else own.files
    return _Parts(command, _without_base_url(env), _without_base_url(files))


def _without_base_url(entries: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in entries.items() if _BASE_URL not in value}


def _values(recipe: Recipe, facts: Mapping[str, str]) -> dict[str, str]:
    return {
        "agent": AGENT_DIR,
        "base_url": facts["base_url"],
        "api_key": api_key(recipe.protocol),
        "home": facts["home"],
        "cwd": facts["cwd"],
        "prompt": recipe.prompt,
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    # One pass: a value that looks like a placeholder stays as it is, and so do the braces of JSON and TOML.
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _argv(agent: Agent, command: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    argv: list[str] = []
    for part in command:
        argv.extend(agent.target.start if part == _BIN else (_filled(part, values),))
    return tuple(argv)


def _environment(
    agent: Agent, facts: Mapping[str, str], parts: _Parts, values: Mapping[str, str], shell: Machine
) -> tuple[tuple[str, str], ...]:
    """Lay the environment from the common to the particular; a later layer replaces an earlier one."""
    env = {
        **_session(facts, shell),
        **_trust(agent),
        **_clock(facts["clock"], shell),
        **_proxy(facts["http_proxy"]),
        **CI_VARIABLES.get(facts["ci"], {}),
        **{name: _filled(value, values) for name, value in parts.env.items()},
    }
    for fact, level in facts.items():
        name = fact.removeprefix(ENV_FACT)
        if fact == name or level == agent.recipe.env.get(name, DEFAULT_ENV.get(name)):
            continue  # At its own value the recipe has its way, placeholders and official host included.
        env.pop(name, None)
        if level != UNSET:
            env[name] = level
    return tuple(sorted(env.items()))


def _session(facts: Mapping[str, str], shell: Machine) -> dict[str, str]:
    return DEFAULT_ENV | {
        "PATH": SEARCH_PATH,
        "HOME": facts["home"],
        "USER": facts["username"],
        "LOGNAME": facts["username"],
        "SHELL": shell.login_shell,
        "LANG": facts["locale"],
        "LC_ALL": facts["locale"],
        "TZ": facts["timezone"],
    }


def _trust(agent: Agent) -> dict[str, str]:
    """Return the variables by which runtimes find the lab's authority, and node its warm code cache."""
    env = {"NODE_EXTRA_CA_CERTS": LAB_CA, "SSL_CERT_FILE": CA_BUNDLE, "REQUESTS_CA_BUNDLE": CA_BUNDLE}
    if agent.target.runtime == "node":
        env["NODE_COMPILE_CACHE"] = COMPILE_CACHE_DIR
    return env


def _clock(level: str, shell: Machine) -> dict[str, str]:
    """Return what makes libfaketime start the wall clock at `level` and let it run on.

    - `@` with FAKETIME_FMT `%s` gives seconds since the epoch; the default format would be read in the run's own TZ.
    - Monotonic clocks and file times stay real: timers, and files that are "newer than now", would break programs.
    - FAKETIME_DONT_RESET: a child goes on from its parent's time (kept in /dev/shm) and does not begin again.
    - Known trace: the library initialises the C library's zone before main, so a program that changes TZ by putenv
      and calls localtime_r without tzset (`date -u` of coreutils) shows the old zone. The instant is right.
    """
    if level == REAL_CLOCK:
        return {}
    if shell.faketime_library is None:
        raise InternalError("A world has a clock of its own, but the machine was said to have no libfaketime.")
    return {
        "LD_PRELOAD": shell.faketime_library,
        "FAKETIME": f"@{int(parse_clock(level).timestamp())}",
        "FAKETIME_FMT": "%s",
        "FAKETIME_DONT_RESET": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def _proxy(level: str) -> dict[str, str]:
    if level == UNSET:
        return {}
    lower = {"http_proxy": level, "https_proxy": level, "no_proxy": NO_PROXY}
    return lower | {name.upper(): value for name, value in lower.items()}


def _files(
    recipe: Recipe, facts: Mapping[str, str], parts: _Parts, values: Mapping[str, str], shell: Machine
) -> tuple[FileSpec, ...]:
    """Return folders first, then every file once; a later layer replaces an earlier one of the same path."""
    home, cwd = facts["home"], facts["cwd"]
    layers = (
        *(FileSpec(folder, mode=0o755, folder=True) for folder in (home, cwd)),
        *_system(facts, shell),
        etc.gitconfig(home, facts["git_user"], facts["git_email"]),
        *repository(cwd, facts["git_remote"]),
        *(FileSpec(_under(home, path), _filled(text, values).encode()) for path, text in parts.files.items()),
    )
    files = {spec.path: spec for spec in layers}
    for fact, level in facts.items():
        path = fact.removeprefix(FILE_FACT)
        if fact == path or (path.startswith("~/") and level == recipe.files.get(path[2:])):
            continue  # As for variables: at its own value the recipe has its way.
        place = _under(home, path[2:]) if path.startswith("~/") else path
        files.pop(place, None)
        if level != UNSET:
            files[place] = FileSpec(place, level.encode())
    return tuple(files.values())


def _system(facts: Mapping[str, str], shell: Machine) -> tuple[FileSpec, ...]:
    release = (FileSpec("/etc/os-release", shell.os_release),) if shell.os_release else ()
    return (
        *etc.accounts(facts["username"], facts["home"], shell.login_shell),
        *etc.names(facts["hostname"]),
        *etc.timezone(facts["timezone"], shell.zoneinfo),
        *etc.locale(facts["locale"]),
        *etc.machine_id(facts["machine_id"]),
        *etc.certificates(shell.ca_pem, shell.system_ca),
        *release,
    )


def _under(home: str, path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise TargetError(f"The recipe's file '{path}' does not lie under HOME.")
    return str(PurePosixPath(home) / pure)


def _base_host(recipe: Recipe, level: str) -> str:
    if level != OFFICIAL:
        return facts_of_url(level).host
    return recipe.official.host if recipe.official is not None else ""
