"""What readers may know of this machine. The one place that asks the operating system.

Names of users come from `etc/passwd` itself: the C library may ask a directory over the network for them, and an
inventory sends nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from wiretell.errors import UsageError
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Machine, NotExamined

_KEY: Final = b"wiretell-fleet"
_PEOPLE: Final = range(1000, 65534)
"""User ids of people, by Debian's policy 9.2 and most distributions; 0 is counted beside them."""
_NO_HOME: Final = frozenset({"/", "/nonexistent", "/dev/null", ""})
_PASSWD_MAX: Final = 1 << 22


class _User(NamedTuple):
    name: str
    uid: int
    home: str


def of_this_machine(
    homes: Sequence[Path] = (), root: str = "/", environment: Mapping[str, str] = os.environ
) -> Surroundings:
    """Return where to look: the homes that were named, or one's own; as root those of everybody.

    `root`: where system paths begin; of a mounted image nothing runs, and all its homes are looked at.
    :raises UsageError: for a home or a root that is no folder.
    """
    if not Path(root).is_dir():
        raise UsageError(f"--root {root} is no folder.")
    root = str(Path(root).absolute())
    live = root == "/"
    users = _users(root)
    chosen = tuple(_named(home, users) for home in homes) or _usual(users, root, environment)
    return Surroundings(
        homes=chosen,
        root=root,
        proc="/proc" if live else "",
        is_root=os.geteuid() == 0,
        path=tuple(filter(os.path.isabs, environment.get("PATH", "").split(os.pathsep))) if live else (),
        environment=dict(environment) if live and not homes else {},
    )


def others(around: Surroundings) -> tuple[NotExamined, ...]:
    """Return whose homes lie on the machine and are not looked at."""
    mine = {home.path for home in around.homes}
    left = [user.name for user in _people(_users(around.root)) if _home(around.root, user) not in mine]
    if not left:
        return ()
    shown = ", ".join(left[:10]) + (f" and {len(left) - 10:,} more" if len(left) > 10 else "")
    why = "not among the homes that were asked for" if around.is_root else "they are other users'; root can read them"
    return (NotExamined(f"homes of {shown}", why),)


def machine(around: Surroundings, team: str = "") -> Machine:
    """Return what an inventory says of the machine that it was taken on."""
    return Machine(
        id=_id(around.root),
        hostname=socket.gethostname() if around.root == "/" else _line(around.root, "etc/hostname"),
        os=_os(around.root),
        user=_me(),
        root=around.is_root,
        team=team,
    )


def _named(home: Path, users: Sequence[_User]) -> Home:
    if not home.is_dir():
        raise UsageError(f"--home {home} is no folder.")
    uid = home.stat().st_uid
    return Home(next((user.name for user in users if user.uid == uid), str(uid)), str(home.absolute()))


def _usual(users: Sequence[_User], root: str, environment: Mapping[str, str]) -> tuple[Home, ...]:
    if root == "/" and os.geteuid() != 0:
        own = environment.get("HOME", "")
        known = next((user for user in users if user.uid == os.geteuid()), _User(str(os.geteuid()), os.geteuid(), own))
        return (Home(known.name, os.path.abspath(own or known.home)),)
    return tuple({_home(root, user): Home(user.name, _home(root, user)) for user in _people(users)}.values())


def _people(users: Iterable[_User]) -> list[_User]:
    """Users who may have a home with something in it, where it is there."""
    return [user for user in users if (user.uid == 0 or user.uid in _PEOPLE) and user.home not in _NO_HOME]


def _home(root: str, user: _User) -> str:
    return os.path.join(root, user.home.lstrip("/"))


def _users(root: str) -> list[_User]:
    users = []
    for line in _read(root, "etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) >= 6 and fields[2].isascii() and fields[2].isdigit():
            users.append(_User(fields[0], int(fields[2]), fields[5]))
    return users


def _me() -> str:
    uid = os.geteuid()
    return next((user.name for user in _users("/") if user.uid == uid), str(uid))


def _id(root: str) -> str:
    own = _line(root, "etc/machine-id")
    return hmac.new(own.encode("utf-8", "replace"), _KEY, hashlib.sha256).hexdigest()[:32] if own else ""


def _os(root: str) -> str:
    for line in _read(root, "etc/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip().strip("\"'")
    return "Linux"


def _line(root: str, path: str) -> str:
    return next(iter(_read(root, path).splitlines()), "").strip()


def _read(root: str, path: str) -> str:
    try:
        with (Path(root) / path).open("rb") as file:
            return file.read(_PASSWD_MAX).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
