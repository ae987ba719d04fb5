"""What may be a level of a fact: one check a fact, so that a wrong `--level` is one clear sentence before any run.

Checks are about form, plus one about existence (a time zone must be in the tz database). Nothing is looked up in a
network and nothing of this machine is read but the `tzdata` package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from wiretell.errors import UsageError
from wiretell.lab.pools import CI_VARIABLES, POOLS, REAL_CLOCK
from wiretell.model.world import OFFICIAL, UNSET

ENV_FACT = "env:"
FILE_FACT = "file:"
FIRST_YEAR, LAST_YEAR = 2001, 2088
"""Years a clock may show: the lab's certificates (`sink.authority`) hold from 2000 to 2090, in every time zone."""

_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_-]{1,63})*\Z")
_LOCALE = re.compile(r"(?:C|POSIX|(?:C|[a-z]{2,3}(?:_[A-Z]{2})?)\.(?:UTF-8|utf8)(?:@[a-z]+)?)\Z")
_USERNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\Z")
_HOSTNAME = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

# Folders that belong to the sandbox or the system: nothing of the user's can live there.
_SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/opt/agent", "/opt/node", "/opt/compile-cache", "/proc")
_SYSTEM_DIRS = (*_SYSTEM, "/run", "/sbin", "/sys", "/usr", "/boot")

OVERLAPS: Mapping[str, str] = {
    **dict.fromkeys(("TZ",), "timezone"),
    **dict.fromkeys(("LANG", "LANGUAGE", "LC_ALL", "LOCPATH"), "locale"),
    **dict.fromkeys(("USER", "LOGNAME"), "username"),
    **dict.fromkeys(("HOME",), "home"),
    **dict.fromkeys(("PWD",), "cwd"),
    **dict.fromkeys(("LD_PRELOAD", "FAKETIME", "FAKETIME_FMT"), "clock"),
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"), "http_proxy"),
    **{name: "ci" for variables in CI_VARIABLES.values() for name in variables},
}
"""Environment variables that a fact sets: the fact is named, not `env:NAME`."""

_LAB_VARIABLES = ("PATH", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_COMPILE_CACHE")

_FILE_OVERLAPS: Mapping[str, str] = {
    "~/.gitconfig": "git_user",
    "/etc/machine-id": "machine_id",
    "/var/lib/dbus/machine-id": "machine_id",
    "/etc/hostname": "hostname",
    "/etc/hosts": "hostname",
    "/etc/localtime": "timezone",
    "/etc/timezone": "timezone",
    "/etc/locale.conf": "locale",
    "/etc/default/locale": "locale",
    "/etc/passwd": "username",
    "/etc/group": "username",
}


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a `base_url` level (or of any URL without a path)."""

    scheme: str
    host: str
    """Without port; IPv6 without brackets."""
    port: int | None
    """As written; None where the scheme's own is meant."""

    @property
    def effective_port(self) -> int:
        """The port that a client dials."""
        return self.port if self.port is not None else {"http": 80, "https": 443}[self.scheme]

    @property
    def is_loopback(self) -> bool:
        """Whether the host names this machine (RFC 6761 section 6.3 for names under `localhost`)."""
        name = self.host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost") or name.startswith("127.") or name == "::1"


def facts_of_url(level: str) -> Url:
    """Take `scheme://host[:port]` apart; anything more (path, user, query) or less is a UsageError."""
    wrong = UsageError(f"'{level}' is not scheme://host[:port] with scheme http or https and no path.")
    try:
        parts = urlsplit(level)
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.hostname or ""
    rest = parts.path or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in ("http", "https") or rest or port == 0:
        raise wrong
    # Rebuilding it catches what urlsplit forgives: white space, an empty port, upper case in the scheme.
    shown = f"[{host}]" if ":" in host else host
    again = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    if again.lower() != level.lower() or not (_HOST.match(host) or re.fullmatch(r"[0-9a-f:]+", host)):
        raise wrong
    return Url(parts.scheme, host, port)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every zone name of the `tzdata` package (the tz database, links included)."""
    text = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(text.split())


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return a zone of the `tzdata` package, whatever this machine has under /usr/share/zoneinfo."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def parse_clock(level: str) -> datetime:
    """Return the instant of a `clock` level `YYYY-MM-DDTHH:MM:SSZ`; UsageError for any other form, `real` included."""
    try:
        at = datetime.strptime(level, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(
            f"'{level}' is no clock: use real, or an instant in UTC such as 2027-03-14T09:26:53Z."
        ) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise UsageError(f"The clock '{level}' is outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return at


def check_level(fact: str, level: str) -> None:
    """Raise UsageError, in one sentence, where `level` cannot be a level of `fact` or `fact` is no fact."""
    if "\0" in level:
        raise UsageError(f"A level of {fact} holds a NUL character.")
    if fact.startswith(ENV_FACT):
        _check_env_name(fact.removeprefix(ENV_FACT))
        return
    if fact.startswith(FILE_FACT):
        _check_file_path(fact.removeprefix(FILE_FACT))
        return
    check = _CHECKS.get(fact)
    if check is None:
        known = ", ".join(sorted(_CHECKS))
        raise UsageError(f"There is no fact '{fact}'; known facts are {known}, env:NAME and file:PATH.")
    check(level)


def _check_env_name(name: str) -> None:
    if not _ENV_NAME.match(name):
        raise UsageError(f"'env:{name}' names no environment variable.")
    if name in OVERLAPS:
        raise UsageError(
            f"The variable {name} belongs to the fact '{OVERLAPS[name]}'; vary that in place of env:{name}."
        )
    if name in _LAB_VARIABLES:
        raise UsageError(f"The variable {name} is what the lab itself needs and cannot be a fact.")


def _check_file_path(path: str) -> None:
    # A double slash, a dot or a dot-dot would give one file two names.
    pure = PurePosixPath(path)
    if not path.startswith(("/", "~/")) or str(pure) != path or ".." in pure.parts or len(pure.parts) < 2:
        raise UsageError(f"'file:{path}' is not a plain path that begins with / or ~/.")
    if path in _FILE_OVERLAPS:
        raise UsageError(f"The file {path} belongs to the fact '{_FILE_OVERLAPS[path]}'; vary that in place of it.")
    if path.startswith("/etc/ssl/") or (_is_under(path, _SYSTEM_DIRS) and not path.startswith("/etc/")):
        raise UsageError(f"The file {path} lies where the lab shows the system or the agent, and cannot be a fact.")


def _is_under(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _base_url(level: str) -> None:
    if level != OFFICIAL:
        facts_of_url(level)


def _timezone(level: str) -> None:
    if level not in zone_names():
        raise UsageError(f"There is no time zone '{level}' in the tz database.")


def _locale(level: str) -> None:
    if not _LOCALE.match(level):
        raise UsageError(f"'{level}' is no locale such as zh_CN.UTF-8 (the lab has UTF-8 locales, C and POSIX).")


def _clock(level: str) -> None:
    if level != REAL_CLOCK:
        parse_clock(level)


def _matching(what: str, pattern: re.Pattern[str]) -> Callable[[str], None]:
    def check(level: str) -> None:
        if not pattern.match(level):
            raise UsageError(f"'{level}' cannot be a {what}.")

    return check


def _folder(what: str) -> Callable[[str], None]:
    def check(level: str) -> None:
        pure = PurePosixPath(level)
        plain = level.startswith("/") and str(pure) == level and ".." not in pure.parts and len(pure.parts) > 1
        if not plain or re.search(r"[:\"'\\\x00-\x1f\x7f]", level):
            raise UsageError(f"'{level}' cannot be the {what}: use an absolute path without '..', quotes or colons.")
        if _is_under(level, _SYSTEM_DIRS) or level in ("/opt", "/home", "/var", "/tmp"):  # noqa: S108 - a refusal
            raise UsageError(f"The {what} cannot be {level}: the lab shows the system there.")

    return check


def _one_line(what: str, forbidden: str) -> Callable[[str], None]:
    def check(level: str) -> None:
        if level != UNSET and (not level.strip() or re.search(rf"[{forbidden}\x00-\x1f\x7f]", level)):
            raise UsageError(f"'{level}' cannot be a {what}.")

    return check


def _http_proxy(level: str) -> None:
    if level != UNSET:
        facts_of_url(level)


def _ci(level: str) -> None:
    if level != UNSET and level not in CI_VARIABLES:
        raise UsageError(f"'{level}' is no CI service the lab knows; it knows {', '.join(sorted(CI_VARIABLES))}.")


_CHECKS: Mapping[str, Callable[[str], None]] = {
    "base_url": _base_url,
    "timezone": _timezone,
    "locale": _locale,
    "clock": _clock,
    "hostname": _matching("host name", _HOSTNAME),
    "username": _matching("user name", _USERNAME),
    "home": _folder("home folder"),
    "cwd": _folder("working folder"),
    "git_user": _one_line("git user name", "<>"),
    "git_email": _one_line("git e-mail address", r"<>\s"),
    "git_remote": _one_line("git remote", r"\s\"\\"),
    "http_proxy": _http_proxy,
    "machine_id": _matching("machine id (32 lower-case hexadecimal digits)", re.compile(r"[0-9a-f]{32}\Z")),
    "ci": _ci,
}
assert _CHECKS.keys() == {pool.fact for pool in POOLS}
