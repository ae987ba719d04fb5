"""What an agent's program is started with. Pure: the user's environment and words in, those of the program out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.gateway.running.known import Known

_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
BUNDLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that replace a program's certificates: of OpenSSL, of Python's requests, of curl."""
EXTRA: Final = "NODE_EXTRA_CA_CERTS"
"""Node's, which adds to them."""


@dataclass(frozen=True, slots=True)
class Start:
    """A program to start."""

    words: tuple[str, ...]
    env: Mapping[str, str]
    added: tuple[str, ...]
    """Names of the variables and arguments that are not the user's own."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Files of certificates."""

    own: Path
    """The authority of this run, and what the user's NODE_EXTRA_CA_CERTS held."""
    bundle: Path
    """That, and the system's."""


def by_base_url(
    agent: Known, words: Sequence[str], environ: Mapping[str, str], base_url: str, *, wrapped: bool, replaces: bool
) -> Start:
    """Set the agent's base URL.

    `wrapped`: the program starts the agent (`npx ...`), so that arguments have no place. `replaces`: a base URL of the
    user's own may be replaced, because they chose the gateway's upstreams themselves.
    :raises UsageError: where that would take the user elsewhere than they meant.
    """
    _check_needs(agent, environ)
    if not replaces:
        _check_unset(agent, environ)
    arguments = tuple(argument.replace("{base_url}", base_url) for argument in agent.arguments)
    if arguments and wrapped:
        raise UsageError(
            f"{agent.name} takes its base URL as an argument ({' '.join(arguments[:1])} ...), which has to stand "
            f"behind its own name; start it as `{agent.programs[0]}`."
        )
    given = {name: value.replace("{base_url}", base_url) for name, value in agent.env.items()}
    env = {**environ, **given, **_past_proxies(environ)}
    return Start((words[0], *arguments, *words[1:]), env, (*given, *arguments))


def by_name(agent: Known, words: Sequence[str], environ: Mapping[str, str], proxy: str, trust: Trust) -> Start:
    """Keep the official host: the agent reaches it through `proxy`, whose certificate it takes.

    :raises UsageError: where the agent would not get there.
    """
    if not agent.official:
        raise UsageError(f"{agent.name} has no official host that wiretell knows; leave --official out.")
    _check_unset(agent, environ)
    if taken := [name for name in _PROXIES if environ.get(name)]:
        raise UsageError(
            f"{taken[0]} is set, and --official needs a proxy of its own, which cannot go through another; "
            f"unset it, or leave --official out."
        )
    given = {"HTTPS_PROXY": proxy, "https_proxy": proxy, EXTRA: str(trust.own)}
    given |= dict.fromkeys(BUNDLES, str(trust.bundle))
    return Start(tuple(words), {**environ, **given}, tuple(given))


def _check_needs(agent: Known, environ: Mapping[str, str]) -> None:
    if missing := [name for name in agent.needs if not environ.get(name)]:
        raise UsageError(
            f"{agent.name} goes through a gateway with an API key alone, and {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set; without, it would talk to another service than now."
        )


def _check_unset(agent: Known, environ: Mapping[str, str]) -> None:
    for name in (*agent.env, *agent.clashes):
        if environ.get(name):
            raise UsageError(
                f"{name} is set already ({_short(environ[name])}), and the gateway would go to the official host "
                f"instead; unset it, or name that host as an [upstream] in a file and give it with --config."
            )


def _past_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Return NO_PROXY with loopback in it where the user has a proxy, or the agent would ask that for the gateway."""
    if not any(environ.get(name) for name in _PROXIES):
        return {}
    given = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    merged = ",".join((*hosts, *(host for host in _LOOPBACK if host not in hosts)))
    return {"NO_PROXY": merged, "no_proxy": merged}


def _short(value: str, limit: int = 60) -> str:
    # a URL can hold a password: what stands before the host is left out
    bare = value.rpartition("@")[2]
    return bare if len(bare) <= limit else f"{bare[:limit]}..."
