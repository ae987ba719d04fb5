"""The gateway without a configuration: loopback, every protocol to its official host, record only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from wiretell.errors import UsageError
from wiretell.gateway.config.values import OFFICIAL, GatewaySettings, Upstream

_NAMES: Final = MappingProxyType(
    {
        "https://api.anthropic.com": "anthropic",
        "https://api.openai.com/v1": "openai",
        "https://generativelanguage.googleapis.com": "gemini",
    }
)


def default(environ: Mapping[str, str] = os.environ) -> GatewaySettings:
    """Return the settings of a gateway without a configuration. :raises UsageError: where there is no home folder."""
    return GatewaySettings(upstreams=official_upstreams(), log=default_log(environ))


def official_upstreams() -> tuple[Upstream, ...]:
    """Return the vendors' own hosts; the client's credentials pass through to them."""
    return tuple(Upstream(_NAMES[url], protocols, url, official=True) for url, protocols in OFFICIAL.items())


def default_log(environ: Mapping[str, str]) -> Path:
    """Return `$XDG_STATE_HOME/wiretell/exchanges`, or the same under `~/.local/state`.

    A relative XDG_STATE_HOME is left aside, as https://specifications.freedesktop.org/basedir-spec/latest/ asks for.
    """
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = environ.get("HOME", "")
        if not Path(home).is_absolute():
            raise UsageError("There is no home folder to keep the log in; set HOME, or `log` in a configuration.")
        state = Path(home) / ".local" / "state"
    return state / "wiretell" / "exchanges"
