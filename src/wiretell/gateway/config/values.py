"""`wiretell-gateway.toml` as values. Secrets never show in a `repr`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from wiretell.model.exchange import WireFormat

OFFICIAL: Final[Mapping[str, tuple[WireFormat, ...]]] = MappingProxyType(
    {
        "https://api.anthropic.com": ("anthropic-messages",),
        "https://api.openai.com/v1": ("openai-responses", "openai-chat"),
        "https://generativelanguage.googleapis.com": ("gemini",),
    }
)
"""Base URLs of the official hosts, for a gateway without configuration."""

MAX_BODY_BYTES: Final = 64 << 20
"""Of a request, unless the file says otherwise."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """One `[upstream.NAME]`."""

    name: str
    protocols: tuple[WireFormat, ...]
    """What it speaks; the file's `protocol` is one name or a list of names."""
    base_url: str
    """Without a slash at its end."""
    key: str | None = field(default=None, repr=False)
    """Replaces the client's credentials; None: they pass through."""
    official: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One `[[route]]`; all that it names must hold, the first that matches is taken."""

    to: str
    """`upstream/model`; `upstream/*` keeps the model."""
    model: str | None = None
    """Glob."""
    larger_than_tokens: int | None = None
    """Of the request, at four bytes a token."""
    smaller_than_tokens: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Lower-case name -> glob."""


@dataclass(frozen=True, slots=True)
class ContextRule:
    """One `[[context]]`."""

    does: Literal["shorten", "drop", "pin", "replace"]
    what: str
    """Of `shorten`: `tool_result`; of `drop`: `image`; of `pin` and `replace`: a text, or a regular expression in
    RE2's syntax, `/.../`."""
    older_than_turns: int = 0
    """Only in messages before the last so many user turns. 0: everywhere."""
    keep_chars: int = 0
    """Of `shorten`: kept of the beginning and the end together."""
    text: str = ""
    """Of `replace`: instead; of `drop`: the placeholder."""


@dataclass(frozen=True, slots=True)
class User:
    """One `[[user]]`."""

    name: str
    key_sha256: bytes = field(repr=False)
    """Digest, 32 bytes, of the key that the client sends."""
    groups: tuple[str, ...] = ()
    admin: bool = False
    """Whether `/ui` shows this user everybody's exchanges."""


@dataclass(frozen=True, slots=True)
class RedactRule:
    """One `[[redact]]` beside the built-in ones."""

    name: str
    pattern: str
    """Regular expression in RE2's syntax; group 1, where there is one, is what is redacted."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The whole file."""

    upstreams: tuple[Upstream, ...]
    host: str = "127.0.0.1"
    port: int = 8484
    name: str = ""
    """Of this gateway among several that share counters."""
    log: Path | None = None
    """Folder; None: nothing is recorded (only by `log = false`)."""
    on_log_failure: Literal["refuse", "pass"] = "refuse"
    durable: Literal["disk", "kernel"] = "disk"
    """`disk`: flushed to the disk; `kernel`: handed to the operating system: survives kill -9, not a power cut."""
    retention_days: int | None = None
    redact: tuple[RedactRule, ...] = ()
    redact_builtin: bool = True
    policy: Path | None = None
    prices: Path | None = None
    counters: str = field(default="sqlite", repr=False)
    """`sqlite` (in the log's folder), or `postgresql://...`."""
    on_counters_failure: Literal["refuse", "pass"] = "refuse"
    org: str | None = None
    pins: tuple[Path, ...] = ()
    strip_marks: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    context: tuple[ContextRule, ...] = ()
    users: tuple[User, ...] = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trust_proxy: bool = False
    """Something before it ends TLS; `X-Forwarded-For` is believed."""
    hosts: tuple[str, ...] = ()
    """Further names under which clients may call it (Host header), beside loopback's and `listen`'s."""
    idle_timeout_s: float = 300.0
    connect_timeout_s: float = 10.0
    max_body_bytes: int = MAX_BODY_BYTES
    ui: bool = True
    metrics: bool = True
    otlp: str | None = None
    """OTLP/HTTP endpoint for GenAI spans; None: none are sent."""
    source: str = ""
    """The file; empty: no configuration."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}
