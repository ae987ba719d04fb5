"""Make .venv from the hash-pinned lock file. Needs nothing but Python 3.11 and its package index.

Works where Debian leaves out `ensurepip` and where pip refuses to touch the system: uv comes as a wheel, is unpacked
by pip (any pip that can be found) and then makes the environment itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "dev.txt"


def pip_commands() -> list[list[str]]:
    """Return every way to call a pip on this machine, the likeliest first."""
    ways = [[sys.executable, "-m", "pip"]]
    ways += [[found] for name in ("pip3", "pip") if (found := shutil.which(name))]
    return ways


def uv_pin(folder: Path) -> Path:
    """Write uv's lines of the lock file, hashes included, into `folder`, for pip."""
    lines = LOCK.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("uv=="))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    pin = folder / "uv.txt"
    pin.write_text("\n".join(lines[start:end]) + "\n")
    return pin


def fetch_uv(folder: Path) -> Path:
    """Bring uv into `folder` with pip, its hash checked."""
    pin = uv_pin(folder)
    errors = []
    for pip in pip_commands():
        install = [*pip, "install", "--quiet", "--require-hashes", "--no-deps", "--target", str(folder), "-r", str(pin)]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return folder / "bin" / "uv"
        errors.append(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{pip} failed")
    sys.exit("setup: uv is not here and pip could not fetch it (" + "; ".join(errors) + "). Install pip or uv.")


def uv_settings() -> dict[str, str]:
    """Let uv trust and ask whom pip does on this machine: the system's certificates, the configured index."""
    settings = {"VIRTUAL_ENV": str(VENV), "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    for pip in pip_commands():
        asked = subprocess.run([*pip, "config", "get", "global.index-url"], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.strip():
            settings["UV_DEFAULT_INDEX"] = asked.stdout.strip()
            break
    return {**settings, **os.environ, "VIRTUAL_ENV": str(VENV)}


def main() -> None:
    """Make or refresh the environment."""
    if sys.version_info < (3, 11):
        sys.exit(f"setup: wiretell needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    with tempfile.TemporaryDirectory() as scratch:
        found = shutil.which("uv")
        uv = Path(found) if found else fetch_uv(Path(scratch))
        env = uv_settings()
        if not (VENV / "bin" / "python").exists():
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], check=True, env=env)
        print("setup: installing the pinned packages into .venv", file=sys.stderr)
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", str(LOCK)], check=True, env=env, cwd=ROOT)
        install = [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--offline", "-e", "."]
        subprocess.run(install, check=True, env=env, cwd=ROOT)


if __name__ == "__main__":
    main()
