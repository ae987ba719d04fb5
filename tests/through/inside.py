"""In the sandbox: a gateway, an agent through it, and what the log holds then. Prints a JSON report after the agent's
own output. Standard library only: the gateway is a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

MARK = "\n--- what the gateway recorded ---\n"
PYTHON = "/opt/through/python/bin/python3"
CONFIG = "/opt/through/gateway.toml"
LOG = Path("/tmp/exchanges")  # the sandbox's own
_WAIT_S = 30.0


def main() -> int:
    """Run the command line given; return its exit code."""
    environment = {
        **os.environ,
        "PYTHONPATH": "/opt/through/src:/opt/through/site-packages",
        "LD_LIBRARY_PATH": "/opt/through/python/lib",  # of a Python with a shared library, whose place is another here
    }
    environment.pop("LD_PRELOAD", None)  # the agent's clock is not the gateway's
    gateway = subprocess.Popen(
        [PYTHON, "-m", "wiretell.cli", "gateway", "--config", CONFIG],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_for(gateway)
        agent = subprocess.run(sys.argv[1:], check=False)
    finally:
        gateway.terminate()
        said = gateway.stderr.read() if gateway.stderr else ""
        gateway.wait()
    print(MARK + json.dumps({"gateway": gateway.returncode, "said": said, **_log(environment)}), flush=True)
    return agent.returncode


def _wait_for(gateway: subprocess.Popen[str]) -> None:
    port = next(line for line in Path(CONFIG).read_text().splitlines() if line.startswith("listen")).split(":")[-1]
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        if gateway.poll() is not None:
            raise SystemExit(f"the gateway ended: {gateway.stderr.read() if gateway.stderr else ''}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port.strip(chr(34))}/healthz", timeout=1)
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the gateway did not begin to listen")


def _log(environment: dict[str, str]) -> dict[str, object]:
    ledger = LOG / "ledger.jsonl"
    entries = [json.loads(line) for line in ledger.read_text().splitlines()] if ledger.exists() else []
    rows = subprocess.run([PYTHON, "-c", _ROWS], env=environment, capture_output=True, text=True, check=False)
    check = subprocess.run(
        [PYTHON, "-m", "wiretell.cli", "gateway", "check", "--log", str(LOG)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "ledger": entries,
        "rows": json.loads(rows.stdout or "[]"),
        "errors": rows.stderr[-2000:],
        "check": check.returncode,
        "check_said": (check.stdout + check.stderr)[-2000:],
    }


_ROWS = f"""
import json, pathlib, pyarrow.parquet as parquet
files = sorted(pathlib.Path({str(LOG)!r}).glob("*/*.parquet"))
print(json.dumps([row for path in files for row in parquet.read_table(path).to_pylist()], default=str))
"""

if __name__ == "__main__":
    sys.exit(main())
