"""Has Debian's package manager remove packages, and only those that were named."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Sequence
from typing import Final

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_LIMIT_S: Final = 900
_SHOWN: Final = 300


def remove(name: str, planned: Collection[str], apt_get: Sequence[str] = ("apt-get",)) -> None:
    """Remove one package. Its configuration in /etc stays, as `apt-get remove` has it.

    It is tried without effect first: apt-get takes away what depends on a package without asking. Where that is more
    than `planned`, nothing is done.
    :raises OSError: with the reason, where it was not removed.
    """
    tried = _run([*apt_get, "--simulate", "remove", "--", name])
    also = sorted({words[1] for line in tried.splitlines() if (words := line.split())[:1] == ["Remv"]} - set(planned))
    if also:
        raise OSError(f"apt-get would take away {', '.join(also)} too, which nobody asked for")
    _run([*apt_get, "--yes", "--no-auto-remove", "remove", "--", name])


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
            start_new_session=True,  # Ctrl-C must not reach dpkg half way
        )
    except subprocess.TimeoutExpired:
        raise OSError(f"apt-get did not end within {_LIMIT_S} s") from None
    if done.returncode:
        told = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise OSError(f"apt-get: {told[:_SHOWN]}")
    return done.stdout
