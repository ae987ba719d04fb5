"""`wiretell-gateway.toml` -> settings: 1 read and parse, 2 the file's top and its tables, 3 what must hold together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from wiretell.errors import UsageError
from wiretell.gateway.config import addresses, parts
from wiretell.gateway.config.default import default_log, official_upstreams
from wiretell.gateway.config.table import Origin, Table
from wiretell.gateway.config.values import MAX_BODY_BYTES, GatewaySettings

TOP: Final = (
    "schema",
    "listen",
    "name",
    "log",
    "on_log_failure",
    "durable",
    "retention_days",
    "redact_builtin",
    "policy",
    "prices",
    "counters",
    "on_counters_failure",
    "org",
    "pins",
    "trust_proxy",
    "hosts",
    "idle_timeout_s",
    "connect_timeout_s",
    "max_body_bytes",
    "ui",
    "metrics",
    "otlp",
    "upstream",
    "edit",
    "tls",
    "route",
    "context",
    "user",
    "redact",
)
TLS: Final = ("certificate", "key")
MAX_FILE_BYTES: Final = 4 << 20
_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:]+\]?")
_POSTGRES: Final = ("postgresql://", "postgres://")


def load(path: Path, environ: Mapping[str, str]) -> GatewaySettings:
    """Return the settings in a file; paths in it are relative to it.

    :raises UsageError: with one sentence that names the file, the table and the key, and never a secret.
    """
    top = Table(_parsed(path), "", Origin(path, environ), TOP)
    if top.whole("schema") != 1:
        raise top.fault("'schema = 1' is missing; this wiretell knows no other.")
    settings = replace(_settings(top, environ), source=str(path))
    _together(top, settings)
    return settings


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: the configuration cannot be read: {error.strerror}.") from None
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{path}: the configuration is over {MAX_FILE_BYTES >> 20} MB; this is no such file.")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the configuration is not UTF-8; save it so.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: the configuration is not TOML: {str(error) or 'nested too deeply'}.") from None


def _settings(top: Table, environ: Mapping[str, str]) -> GatewaySettings:
    host, port = addresses.listen(top)
    upstreams = parts.upstreams(top) or official_upstreams()
    tls = top.table("tls", TLS)
    return GatewaySettings(
        upstreams=upstreams,
        host=host,
        port=port,
        name=_name(top),
        log=_log(top, environ),
        on_log_failure=_on_failure(top, "on_log_failure"),
        durable="kernel" if top.choice("durable", ("disk", "kernel"), "disk") == "kernel" else "disk",
        retention_days=top.whole("retention_days", least=1),
        redact=parts.redactions(top),
        redact_builtin=top.flag("redact_builtin", default=True),
        policy=top.file("policy"),
        prices=top.file("prices"),
        counters=_counters(top),
        on_counters_failure=_on_failure(top, "on_counters_failure"),
        org=top.text("org"),
        pins=top.files("pins"),
        strip_marks=parts.strip_marks(top),
        routes=parts.routes(top, tuple(each.name for each in upstreams)),
        context=parts.context(top),
        users=parts.users(top),
        tls_certificate=tls.file("certificate"),
        tls_key=tls.file("key"),
        trust_proxy=top.flag("trust_proxy", default=False),
        hosts=_hosts(top),
        idle_timeout_s=top.seconds("idle_timeout_s", 300.0),
        connect_timeout_s=top.seconds("connect_timeout_s", 10.0),
        max_body_bytes=top.whole("max_body_bytes", least=1) or MAX_BODY_BYTES,
        ui=top.flag("ui", default=True),
        metrics=top.flag("metrics", default=True),
        otlp=addresses.endpoint(top, "otlp"),
    )


def _log(top: Table, environ: Mapping[str, str]) -> Path | None:
    """Return the log's folder; None for `log = false`."""
    if "log" not in top:
        return default_log(environ)
    if top.is_false("log"):
        return None
    folder = top.path(top.required("log"))
    if folder.exists() and not folder.is_dir():
        raise top.wrong("log", "a folder")
    return folder


def _name(top: Table) -> str:
    name = top.text("name") or ""
    if not _NAME.fullmatch(name):
        raise top.wrong("name", "of at most 64 letters, digits, '.', '-' and '_'")
    return name


def _hosts(top: Table) -> tuple[str, ...]:
    hosts = top.texts("hosts")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise top.fault("'hosts' must be names of hosts or addresses, without scheme, port and path.")
    return tuple(map(str.lower, hosts))


def _on_failure(top: Table, name: str) -> Literal["refuse", "pass"]:
    return "pass" if top.choice(name, ("refuse", "pass"), "refuse") == "pass" else "refuse"


def _counters(top: Table) -> str:
    value = top.text("counters") or "sqlite"
    if value != "sqlite" and not value.startswith(_POSTGRES):
        raise top.fault("'counters' must be 'sqlite' or a 'postgresql://' URL.")
    return value


def _together(top: Table, settings: GatewaySettings) -> None:
    """Refuse what is right by itself and wrong together."""
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise top.fault("[tls] needs both 'certificate' and 'key'.")
    if settings.trust_proxy and not settings.users:
        raise top.fault("'trust_proxy' lets others in through a proxy, so it needs [[user]] entries.")
    if settings.counters == "sqlite" and settings.log is None and settings.policy is not None:
        raise top.fault("'counters = \"sqlite\"' stand in the log's folder; name a 'log', or a 'postgresql://' URL.")
    if settings.is_loopback:
        return
    if not settings.users:
        raise top.fault("'listen' is not loopback, so anyone could use it; add [[user]] entries.")
    if settings.tls_certificate is None and not settings.trust_proxy:
        raise top.fault("'listen' is not loopback, so keys would go unencrypted; add [tls], or 'trust_proxy = true'.")
