"""What readers may know of this machine. The one place that asks the operating system.

Names of users come from `etc/passwd` itself: the C library may ask a directory over the network for them, and an
inventory sends nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from wiretell.errors import UsageError
from wiretell.fleet import files, rooted
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Machine, NotExamined

_ID: Final = re.compile(r"[0-9]{1,10}")
_KEY: Final = b"wiretell-fleet"
_PEOPLE: Final = range(1000, 65534)
"""User ids of people, by Debian's policy 9.2 and most distributions; 0 is counted beside them."""
_NO_HOME: Final = frozenset({"/", "/nonexistent", "/dev/null", ""})
_NO_PERSON: Final = frozenset({"linuxbrew", "lost+found"})
_UNCLAIMED_MAX: Final = 1_000
_PASSWD_MAX: Final = 1 << 22
"""Bytes; 50,000 users."""


class User(NamedTuple):
    """One line of `etc/passwd`."""

    name: str
    uid: int
    home: str


def of_this_machine(
    homes: Sequence[Path] = (), root: str = "/", environment: Mapping[str, str] = os.environ
) -> Surroundings:
    """Return where to look: the homes that were named, or one's own; as root those of everybody.

    `root`: where system paths begin; of a mounted image nothing runs, and all its homes are looked at.
    :raises UsageError: for a home or a root that is no folder or no place of this machine, and for a home whose links
        lead to the root itself.
    """
    if not Path(root).is_dir():
        raise UsageError(f"--root {root} is no folder.")
    _reject_elsewhere(root, "root")
    root = _whole(str(Path(root).absolute()))
    root = "/" if os.path.realpath(root) == "/" else root
    live = root == "/"
    users = users_of(root)
    with rooted.within(root):
        chosen = tuple(_named(home, users, root) for home in homes) or _usual(users, root, environment)
    return Surroundings(
        homes=chosen,
        root=root,
        proc="/proc" if live else "",
        named=bool(homes),
        is_root=os.geteuid() == 0,
        path=tuple(filter(os.path.isabs, environment.get("PATH", "").split(os.pathsep))) if live else (),
        environment=dict(environment) if live and not homes else {},
    )


def others(around: Surroundings) -> tuple[NotExamined, ...]:
    """Return whose homes lie on the machine and are not looked at."""
    with rooted.within(around.root):
        return _others(around)


def _others(around: Surroundings) -> tuple[NotExamined, ...]:
    mine = {home.path for home in around.homes}
    users = users_of(around.root)
    unclaimed = tuple(_unclaimed(around.root, {*mine, *(_home(around.root, user) for user in users)}))
    people = {_home(around.root, user): user.name for user in _people(users)}
    out = [path for path in people if path not in mine and not _is_within(path, around.root)]
    told = (*(NotExamined(f"home of {people[path]}", f"it is all of {around.root}") for path in out), *unclaimed)
    left = [name for path, name in people.items() if path not in mine and path not in out]
    if not left:
        return told
    shown = ", ".join(left[:10]) + (f" and {len(left) - 10:,} more" if len(left) > 10 else "")
    why = "not among the homes that were asked for" if around.is_root else "they are other users'; root can read them"
    return (NotExamined(f"homes of {shown}", why), *told)


def _unclaimed(root: str, known: Collection[str]) -> Iterator[NotExamined]:
    """Yield folders among the homes that no user in `etc/passwd` has: of an account that is gone, or kept elsewhere."""
    homes = os.path.join(root, "home")
    for name in files.listed(homes, _UNCLAIMED_MAX):
        path = f"{homes}/{name}"
        is_one = rooted.is_folder(path) and not rooted.is_link(path)
        if is_one and name not in _NO_PERSON and rooted.named(path) not in known:
            yield NotExamined(path, "it is a home of no user in etc/passwd; --home looks at it")


def machine(around: Surroundings, team: str = "") -> Machine:
    """Return what an inventory says of the machine that it was taken on."""
    return Machine(
        id=_id(around.root),
        hostname=os.uname().nodename if around.root == "/" else _line(around.root, "etc/hostname"),
        os=_os(around.root),
        user=_me(),
        root=around.is_root,
        team=team,
    )


def _named(home: Path, users: Sequence[User], root: str) -> Home:
    given = _whole(str(home.absolute()))
    path = rooted.named(given)
    if not rooted.is_folder(path):
        raise UsageError(f"--home {home} is no folder.")
    _reject_elsewhere(path, "home")
    if root not in ("/", given) and rooted.real(path) == os.path.realpath(root):
        raise UsageError(f"--home {home} leads to all of --root {root}; name a home in it.")
    uid = rooted.stat(path).st_uid
    return Home(next((user.name for user in users if user.uid == uid), str(uid)), path)


def _usual(users: Sequence[User], root: str, environment: Mapping[str, str]) -> tuple[Home, ...]:
    if root == "/" and os.geteuid() != 0:
        own = environment.get("HOME", "")
        known = next((user for user in users if user.uid == os.geteuid()), User(str(os.geteuid()), os.geteuid(), own))
        return (Home(known.name, os.path.abspath(own or known.home)),)
    homes = {_home(root, user): Home(user.name, _home(root, user)) for user in _people(users)}
    return tuple(home for home in homes.values() if _is_within(home.path, root))


def _is_within(path: str, root: str) -> bool:
    """Whether a path lies below a root, and is not the root itself; an image's links do not lead out of it."""
    base = os.path.realpath(root).rstrip("/")
    return rooted.real(path).startswith(f"{base}/")


def _people(users: Iterable[User]) -> list[User]:
    """Users who may have a home with something in it, where it is there."""
    return [user for user in users if (user.uid == 0 or user.uid in _PEOPLE) and user.home not in _NO_HOME]


def _home(root: str, user: User) -> str:
    """Return a user's home as it is named from outside of an image, whose own links are seen through."""
    return rooted.named(_whole(os.path.join(root, user.home.lstrip("/"))))


def _reject_elsewhere(path: str, option: str) -> None:
    if rooted.is_elsewhere(path):
        raise UsageError(
            f"--{option} {path} leads into another mount namespace; name the folder that is mounted there."
        )


def _whole(path: str) -> str:
    """Return an absolute path without empty parts and dots: what is found below it is named so, and nothing else is.

    A `..` behind a link leads up from where the link leads, so that a path with one is the place itself.
    """
    return rooted.real(path) if ".." in path.split("/") else f"/{os.path.normpath(path).strip('/')}"


def users_of(root: str) -> list[User]:
    """Return the users of a system, as its own file has them; none where it cannot be read."""
    users = []
    for line in _read(root, "etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) >= 6 and _ID.fullmatch(fields[2]) and files.is_path(fields[5]):
            users.append(User(fields[0], int(fields[2]), fields[5]))
    return users


def _me() -> str:
    uid = os.geteuid()
    return next((user.name for user in users_of("/") if user.uid == uid), str(uid))


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
    with rooted.within(root):
        content = files.read(os.path.join(root, path), _PASSWD_MAX)
    return os.fsdecode(content) if isinstance(content, bytes) else ""
