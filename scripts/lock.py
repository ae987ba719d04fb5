"""Resolve requirements/*.txt anew: pins and hashes for every platform, and no address of any index."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
)


def main() -> None:
    """Write both lock files."""
    for extra, output in (([], "run.txt"), (["--group", "dev"], "dev.txt")):
        command = [*COMPILE, *extra, "pyproject.toml", "-o", f"requirements/{output}"]
        subprocess.run([str(ROOT / ".venv" / "bin" / command[0]), *command[1:]], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
