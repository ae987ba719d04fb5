"""One entry of a decoded list as levels of a fact: the entry itself, and near forms that tell rules apart. Pure.

Labels put before or around an entry are invented (`q7`), and what has to stand after one is a name reserved by RFC 2606
or RFC 6761. Nothing here is ever looked up in a real network: the lab has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.model.findings import Reach

LABEL: Final = "q7"
SUFFIX_LIKE: Final = 3
"""Letters up to which a word without a dot is taken for a top-level domain before it is taken for a keyword."""

_PARTS: Final = re.compile(
    r"(?P<scheme>https?://)?\*?(?P<name>\.?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*)\.?"
    r"(?P<port>:[1-9][0-9]{0,4})?(?P<path>/.*)?\Z",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_LOCALE: Final = re.compile(r"([a-z]{2,3})[_-]([A-Z]{2})(?:\.(?:UTF-8|utf8))?\Z")
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")


@dataclass(frozen=True, slots=True)
class Trial:
    """One level made of one entry."""

    entry: str
    lead: int
    """Index of its list."""
    reach: Reach
    level: str


@dataclass(frozen=True, slots=True)
class HostForm:
    """An entry read as the name of a host, a domain suffix or a keyword."""

    name: str
    """Without scheme, port, path and leading `*` or dot."""
    port: str
    """`:8080`, or empty."""
    dotted: bool
    """Whether it began with a dot, so that only what stands below it can be meant."""

    @property
    def keyword(self) -> bool:
        """Whether it is a single label."""
        return "." not in self.name and not self.dotted

    @property
    def address(self) -> bool:
        """Whether it is an IPv4 address, before which nothing can be put."""
        return _ADDRESS.match(self.name) is not None

    @property
    def shape(self) -> int:
        """Number of dots, two standing for more."""
        return min(2, self.name.count(".") + self.dotted)


def host_form(entry: str) -> HostForm | None:
    """Read an entry as a host; None where it cannot be one by form."""
    parts = _PARTS.match(entry.strip())
    if parts is None or any(len(label) > 63 for label in parts["name"].split(".")):
        return None
    if parts["path"] and not parts["scheme"] and "." not in parts["name"]:
        return None  # two words and a slash: a time zone, a media type
    form = HostForm(parts["name"].lstrip("."), parts["port"] or "", parts["name"].startswith("."))
    # A number by itself is read as an address by every URL parser, and a file's ending is no domain.
    return form if form.address or re.search("[a-z]", form.name, re.IGNORECASE) else None


def exact_urls(form: HostForm) -> tuple[str, ...]:
    """Return the URLs whose host is the entry itself, the likelier reading first.

    A keyword stands alone and as the first label of a reserved name: rules on suffixes meet the one, rules on parts
    of a name meet both.
    """
    if form.dotted:
        return (_url(f"{LABEL}.{form.name}", form),)
    alone = _url(form.name, form)
    if not form.keyword or form.name.lower() == "localhost":
        return (alone,)
    below = _url(f"{form.name}.localhost", form)
    return (alone, below) if len(form.name) <= SUFFIX_LIKE else (below, alone)


def near_url(form: HostForm, reach: Reach, taken: Collection[str] = ()) -> str | None:
    """Return the URL of a near form; None where there is none (an address, nothing to alter).

    `taken` are names, in small letters, that an altered form must not be.
    """
    if form.address:
        return None
    name = near_text(form.name, reach, taken)
    if name is None:
        return None
    return _url(f"{name}.example" if reach is Reach.INSIDE else name, form)


def near_text(text: str, reach: Reach, taken: Collection[str] = ()) -> str | None:
    """Return a near form of a plain text."""
    match reach:
        case Reach.EXACT:
            return text
        case Reach.SUBDOMAIN:
            return f"{LABEL}.{text}"
        case Reach.GLUED:
            return f"{LABEL}{text}"
        case Reach.INSIDE:
            return f"{LABEL}{text}{LABEL}"
        case Reach.ALTERED:
            return next((other for other in _altered(text) if other.lower() not in taken), None)


def combined_url(keyword: HostForm, entry: HostForm) -> str:
    """Return a URL that both entries match, each by its usual rule: the one as labels before the other."""
    return _url(f"{keyword.name}.{entry.name}", entry)


def locale_of(entry: str) -> str | None:
    """Return an entry as a level of `locale`; None where it names none."""
    found = _LOCALE.match(entry.strip())
    return f"{found[1]}_{found[2]}.UTF-8" if found else None


def names_variable(entry: str) -> bool:
    """Whether an entry has the form of an environment variable's name: capitals with an underscore."""
    return _VARIABLE.match(entry) is not None


def _altered(text: str) -> Iterator[str]:
    """Change one letter or digit: from the middle of the longest label outwards, never in the last of several."""
    labels = text.split(".")
    chosen = max(range(max(1, len(labels) - 1)), key=lambda at: (len(labels[at]), -at))
    label = labels[chosen]
    middle = len(label) // 2
    for at in sorted(range(len(label)), key=lambda at: (abs(at - middle), at)):
        if label[at].isalnum():
            other = f"{label[:at]}{_next(label[at])}{label[at + 1 :]}"
            yield ".".join((*labels[:chosen], other, *labels[chosen + 1 :]))


def _next(character: str) -> str:
    if character.isdigit():
        return str((int(character) + 1) % 10)
    return {"z": "a", "Z": "A"}.get(character, chr(ord(character) + 1))


def _url(host: str, form: HostForm) -> str:
    return f"http://{host}{form.port}"
