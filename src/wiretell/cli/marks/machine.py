"""What this machine's settings are, as an agent in JavaScript would see them. Read here, sent nowhere."""

from __future__ import annotations

import os
import subprocess
from typing import Final

from wiretell.marks.explaining import is_zone

_SCRIPT: Final = "process.stdout.write(String(Intl.DateTimeFormat().resolvedOptions().timeZone))"
_TIME_S: Final = 20.0


def machine_zone() -> tuple[str | None, str]:
    """Return this machine's time zone as Intl tells it, and where that comes from; None where nobody can tell.

    The Node that comes with wiretell is asked; of the environment it gets TZ alone.
    """
    from wiretell.scan.literals.acorn import node  # the scan is slow to import, and only this asks for it

    zone = os.environ.get("TZ")
    environment = {} if zone is None else {"TZ": zone}
    origin = "this machine (/etc/localtime)" if zone is None else f"this machine (TZ={zone})"
    try:
        asked = subprocess.run(
            [str(node()), "-e", _SCRIPT],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIME_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None, f"{origin}: Node could not be asked; give --timezone"
    told = asked.stdout.decode("utf-8", "replace")
    if told in ("", "undefined"):
        return None, f"{origin}: Node knows no name for it"
    return (told, origin) if is_zone(told) else (None, f"{origin}: Node tells it as {told}, which is no zone's name")
