"""What may be told of a text from a settings file: never a credential, wherever the user put it.

Of a URL only scheme, host and port are told: user names, passwords, paths and queries carry keys. Of a name nothing is
told that looks like a key, even where a model belongs. A host name is told: the network sees it too.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

COMPUTED: Final = "(computed)"
"""Stands for what cannot be told without running something."""
WITHHELD: Final = "(withheld)"
"""Stands for what looks like a credential."""
UNREADABLE: Final = "(unreadable)"
"""Stands for what is not what belongs there."""

_MAX: Final = 200
"""Characters of a key that is told."""
_NAME: Final = re.compile(r"[\w.:/@\[\]+~() -]{1,200}")
"""What names of models and providers are made of; `=`, `?` and `&` belong to queries."""
_PROGRAM: Final = re.compile(r"[\w.+@-]{1,64}")
_COMPUTED: Final = re.compile(r"\$[({A-Za-z_]|`|\{env:|\{file:|\{\{")
_KEY: Final = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:sk|pk|rk|ak|gsk|xai|tgp|pplx|csk|fw|r8|nvapi|glpat|hf|ghp|gho|ghu|ghs|ghr|xox[abeprs]|sgp)[-_]"
    r"[A-Za-z0-9_-]{8}|github_pat_|AIza[0-9A-Za-z_-]{10}|(?:AKIA|ASIA)[0-9A-Z]{12}|eyJ[A-Za-z0-9_-]{8}|ya29\."
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
"""Some keys are one; so are parts of honest host names."""
_RUN: Final = re.compile(r"[A-Za-z0-9+=_]{20,}")
_LABELS: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*\.?", re.ASCII)
_ADDRESS6: Final = re.compile(r"[0-9a-f:.]{2,45}(?:%[a-z0-9]{1,16})?", re.ASCII)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{0,31}", re.ASCII)


def is_computed(text: str) -> bool:
    """Whether a value holds a variable, a command or a file's content that takes its place later."""
    return _COMPUTED.search(text) is not None


def is_key(text: str) -> bool:
    """Whether a text looks like a credential: the beginnings that vendors use, a UUID, a long run without a break.

    >>> is_key("sk-ant-api03-AbCdEfGh1234"), is_key("claude-sonnet-4-5-20250929")
    (True, False)
    """
    return bool(_KEY.search(text) or _UUID.search(text)) or any(_is_random(run[0]) for run in _RUN.finditer(text))


def _is_random(run: str) -> bool:
    """Whether a long run of letters and digits is no word: digits among letters, or capitals among small ones.

    Words that are written together (`MyVeryOwnToolServer`) change case at two letters of five, chance at one of two.
    """
    letters = sum(char.isalpha() for char in run)
    digits = sum(char.isdigit() for char in run)
    changes = sum(a.isupper() != b.isupper() for a, b in pairwise(run))
    return (digits > 2 and letters > 2) or digits >= 20 or changes > len(run) * (0.2 if digits else 0.42)


def name(text: str) -> str:
    """Return a name (of a model, a provider) as it may be told.

    >>> name("anthropic/claude-opus-4-6[1m]"), name("gpt-5?key=abc")
    ('anthropic/claude-opus-4-6[1m]', '(unreadable)')
    """
    return _fitting(text, _NAME)


def program(text: str) -> str:
    """Return the base name of a program as it may be told."""
    return _fitting(text.replace("\\", "/").rpartition("/")[2], _PROGRAM)


def _fitting(text: str, form: re.Pattern[str]) -> str:
    if is_computed(text):
        return COMPUTED
    if is_key(text):
        return WITHHELD
    return text.strip() if form.fullmatch(text.strip()) else UNREADABLE


def part_of_key(text: str) -> str:
    """Return a key of a file as it may be told: users name tables, and projects stand there by their path."""
    return WITHHELD if is_key(text.rpartition("/")[2]) else "".join(c if c.isprintable() else "�" for c in text)[:_MAX]


def url(text: str) -> tuple[str, str]:
    """Return a URL, or a host with a port, as it may be told, and its host name.

    >>> url("https://me:secret@Gateway.example:8443/v1?key=1")
    ('https://gateway.example:8443', 'gateway.example')
    >>> url("sk-ant-api03-AbCdEfGh1234")
    ('(withheld)', '')
    """
    text = text.strip()
    if is_computed(text.partition("?")[0]):
        return COMPUTED, ""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port = (parts.hostname or ""), parts.port
    except ValueError:  # a port that is none, half an IPv6 address
        return UNREADABLE, ""
    written = parts.netloc.rpartition("@")[2]  # in its own letter case
    if _KEY.search(written) or ("." not in host and is_key(written)):
        return WITHHELD, ""
    if not _is_host(host) or (parts.scheme and not _SCHEME.fullmatch(parts.scheme)):
        return (WITHHELD if is_key(text) else UNREADABLE), ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}"[0 if parts.scheme else 3 :] + (f":{port}" if port is not None else ""), host


def _is_host(host: str) -> bool:
    return len(host) <= 253 and (_ADDRESS6.fullmatch(host) if ":" in host else _LABELS.fullmatch(host)) is not None
