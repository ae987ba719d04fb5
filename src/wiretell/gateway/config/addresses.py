"""Addresses in the configuration: what is listened on, and base URLs of upstreams. Pure.

No sentence repeats a URL: one may hold a password.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from wiretell.gateway.config.table import Table

_LOOPBACK_NAMES: Final = frozenset({"localhost"})
_SUFFIXES: Final = {"anthropic-messages": ("/v1", "/v1/messages"), "gemini": ("/v1beta", "/v1beta/models")}
"""What the requests' own paths bring along, so that it must not stand in the base URL."""


def listen(table: Table) -> tuple[str, int]:
    """Return host and port of `listen`: `127.0.0.1:8484`, `[::1]:8484`, `localhost:0` (0: any free port)."""
    if "listen" not in table:
        return "127.0.0.1", 8484
    text = table.required("listen")
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        well_formed = _is_address(host) and ":" in host
    else:
        well_formed = bool(host) and ":" not in host and host.isprintable() and " " not in host
    if not (well_formed and colon and port.isascii() and port.isdigit() and int(port) <= 0xFFFF):
        raise table.wrong("listen", "host:port, such as 127.0.0.1:8484 or [::1]:8484")
    return host, int(port)


def base_url(table: Table, protocols: tuple[str, ...]) -> str:
    """Return `base_url` without slashes at its end."""
    text = table.required("base_url")
    parts = _split(table, "base_url", text)
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise table.fault("'base_url' must have no query and no fragment.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or "") and not table.flag("insecure", default=False):
        raise table.fault(
            "'base_url' sends keys and prompts unencrypted; use https, or 'insecure = true' on a network you trust."
        )
    url = text.rstrip("/")
    for protocol in protocols:
        for suffix in _SUFFIXES.get(protocol, ()):
            if url.endswith(suffix):
                raise table.fault(f"'base_url' must not end in {suffix!r}: requests of {protocol} bring it along.")
    return url


def endpoint(table: Table, name: str) -> str | None:
    """Return the URL of a service, or None where there is no such key."""
    text = table.text(name)
    if text is not None:
        _split(table, name, text)
    return text


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its address, or the name `localhost`."""
    return ipaddress.ip_address(host).is_loopback if _is_address(host) else host.lower() in _LOOPBACK_NAMES


def _split(table: Table, name: str, text: str) -> SplitResult:
    """Return the parts of an http or https URL without user and password."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 -- raises where it is none
    except ValueError:
        raise table.fault(f"{name!r} must be a URL.") from None
    visible = text.isascii() and text.isprintable() and not set(text) & set(' "<>\\^`{|}')
    if parts.scheme not in ("http", "https") or not parts.hostname or not visible:
        raise table.fault(f"{name!r} must be an http or https URL with a host.")
    if "@" in parts.netloc:
        raise table.fault(f"{name!r} must hold no user and password; put the credentials in 'key'.")
    return parts


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
