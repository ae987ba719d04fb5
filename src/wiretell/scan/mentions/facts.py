"""Which fact of the lab a variable, an interface or a file tells of. The one table of this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ENVIRONMENT: Final[Mapping[str, str]] = {
    "TZ": "timezone",
    **dict.fromkeys(("LANG", "LANGUAGE", "LC_ALL", "LOCPATH"), "locale"),
    **dict.fromkeys(("USER", "LOGNAME"), "username"),
    "HOME": "home",
    "PWD": "cwd",
    **dict.fromkeys(("LD_PRELOAD", "FAKETIME", "FAKETIME_FMT"), "clock"),
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"), "http_proxy"),
    **dict.fromkeys(
        (
            *("CI", "GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_EVENT_NAME", "GITHUB_REF", "GITHUB_REPOSITORY"),
            *("GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_WORKFLOW", "RUNNER_ARCH", "RUNNER_OS"),
            *("CI_JOB_ID", "CI_PIPELINE_ID", "CI_PROJECT_PATH", "CI_SERVER_URL", "GITLAB_CI"),
            *("BUILD_ID", "BUILD_NUMBER", "JENKINS_URL", "JOB_NAME"),
        ),
        "ci",
    ),
    **dict.fromkeys(("EDITOR", "VISUAL"), "editor"),
    **dict.fromkeys(("TERM", "TERM_PROGRAM"), "terminal"),
}
"""Variables that belong to a fact; any other is `env:NAME`."""

USUAL_NAMES: Final = frozenset({*ENVIRONMENT, "PATH", "SHELL", "EDITOR", "HOSTNAME", "COLORTERM", "TMPDIR"})
"""Variables to be noticed as members or keys although they do not look like `CONST_CASE`."""

MEMBER: Final = frozenset({".", ".()", "key", "process.", "process.()"})
CALLED: Final = frozenset({".()", "name()", "import", "process.()"})
EITHER: Final = MEMBER | CALLED

INTERFACES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    # JavaScript
    "timeZone": ("timezone", EITHER),
    "resolvedOptions": ("timezone", frozenset({".", ".()"})),
    "getTimezoneOffset": ("timezone", frozenset({".", ".()"})),
    "hostname": ("hostname", CALLED),  # as a member it is mostly the host of a URL
    "userInfo": ("username", CALLED),
    "homedir": ("home", CALLED),
    "networkInterfaces": ("mac", EITHER),
    "cpus": ("cpu_count", CALLED),
    "availableParallelism": ("cpu_count", EITHER),
    "hardwareConcurrency": ("cpu_count", EITHER),
    "totalmem": ("memory", EITHER),
    "freemem": ("memory", EITHER),
    "deviceMemory": ("memory", EITHER),
    "locale": ("locale", frozenset({"."})),
    "cwd": ("cwd", frozenset({"process.()", "process."})),
    "platform": ("", frozenset({"process.", ".()", "name()"})),
    "arch": ("", frozenset({"process.", ".()", "name()"})),
    "machineIdSync": ("machine_id", EITHER),
    "machineId": ("machine_id", CALLED),
    # Python
    "tzname": ("timezone", EITHER),
    "get_localzone": ("timezone", CALLED),
    "get_localzone_name": ("timezone", CALLED),
    "gethostname": ("hostname", CALLED),
    "getfqdn": ("hostname", CALLED),
    "getuser": ("username", CALLED),
    "getlogin": ("username", CALLED),
    "getpwuid": ("username", CALLED),
    "expanduser": ("home", CALLED),
    "getcwd": ("cwd", CALLED),
    "getnode": ("mac", CALLED),
    "net_if_addrs": ("mac", CALLED),
    "cpu_count": ("cpu_count", CALLED),
    "virtual_memory": ("memory", CALLED),
    "getlocale": ("locale", CALLED),
    "getdefaultlocale": ("locale", CALLED),
    "freedesktop_os_release": ("os_release", CALLED),
    "uname": ("os_release", CALLED),
}
"""Interface -> its fact (empty: the lab varies none), and the spellings that count. What a `release()` or `version()`
releases cannot be told from a name, so these are not listed."""

FILES: Final[Mapping[str, str]] = {
    "/etc/machine-id": "machine_id",
    "/var/lib/dbus/machine-id": "machine_id",
    "/sys/class/dmi/id": "machine_id",
    "IOPlatformUUID": "machine_id",
    "MachineGuid": "machine_id",
    "/etc/timezone": "timezone",
    "/etc/localtime": "timezone",
    "/usr/share/zoneinfo": "timezone",
    "/etc/hostname": "hostname",
    "/etc/passwd": "username",
    "/etc/locale.conf": "locale",
    "/etc/default/locale": "locale",
    "/etc/os-release": "os_release",
    "/usr/lib/os-release": "os_release",
    "/etc/lsb-release": "os_release",
    "/proc/version": "os_release",
    "/proc/cpuinfo": "cpu_count",
    "/proc/meminfo": "memory",
    "/sys/class/net": "mac",
}
"""Files and keys of system registries whose mere name says what is read."""

WATCH: Final = frozenset(INTERFACES)
"""What `literals.read` is to notice."""

BASE_URL_ENDINGS: Final = ("BASE_URL", "API_BASE", "API_URL", "API_HOST", "_ENDPOINT", "BASE_URI")
"""Ends of names of variables that say where requests go."""


def environment_fact(name: str) -> str:
    """Return the fact that a variable belongs to."""
    return ENVIRONMENT.get(name, f"env:{name}")


def operand_fact(operand: str) -> str | None:
    """Return the fact (empty: the lab varies none) of what a literal is compared with, by `Literal.operand`.

    None where that is nothing of the surroundings: `hostname` of a URL.
    """
    if operand.startswith("env:"):
        return environment_fact(operand.removeprefix("env:"))
    word = operand.removeprefix("process.").removesuffix("()")
    spelling = ("process." if operand.startswith("process.") else ".") + ("()" if operand.endswith("()") else "")
    fact, spellings = INTERFACES.get(word, ("", frozenset()))
    return fact if spelling in spellings else None


def tells_host(name: str) -> bool:
    """Whether a variable, by its name, says where requests go."""
    return name.endswith(BASE_URL_ENDINGS)
