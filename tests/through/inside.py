"""In the sandbox: a gateway, an agent through it, and what the log holds then. Prints a JSON report after the agent's
own output. Standard library only: the gateway is a process of its own.

    inside.py [--input TEXT] alone WORD ...                           the agent, no gateway
    inside.py [--input TEXT] [--break log|counters] serve WORD ...    gateway.toml's gateway, and the agent through it
    inside.py [--input TEXT] [--official] run PROGRAM WORD ...        `wiretell run -- PROGRAM WORD ...`
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

MARK = "\n--- what the gateway recorded ---\n"
PYTHON = "/opt/through/python/bin/python3"
CONFIG = "/opt/through/gateway.toml"
LOG = Path("/tmp/exchanges")  # the sandbox's own
PRELOAD = "THROUGH_PRELOAD"
"""What the agent's LD_PRELOAD was: the agent's clock is not the gateway's."""
_RUNS = ".local/state/wiretell/runs"
_WAIT_S = 30.0


def main() -> int:
    """Run what the command line says; return the agent's exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--break", dest="broken", choices=("log", "counters"))
    parser.add_argument("--input")
    parser.add_argument("mode", choices=("alone", "serve", "run"))
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.mode == "alone":
        return _agent(options.words, options)
    code, report = _serve(options) if options.mode == "serve" else _run(options)
    print(MARK + json.dumps(report), flush=True)
    return code


def _environment() -> dict[str, str]:
    given = {
        **os.environ,
        "PYTHONPATH": "/opt/through/src:/opt/through/site-packages",
        "LD_LIBRARY_PATH": "/opt/through/python/lib",  # of a Python with a shared library, whose place is another here
    }
    return given | {PRELOAD: given.pop("LD_PRELOAD", "")}


def _wiretell(*words: str) -> list[str]:
    return [PYTHON, "-m", "wiretell.cli", *words]


def _agent(words: list[str], options: argparse.Namespace, env: dict[str, str] | None = None) -> int:
    if options.input is None:
        return subprocess.run(words, env=env, check=False).returncode
    return subprocess.run(words, env=env, input=options.input, text=True, check=False).returncode


def _run(options: argparse.Namespace) -> tuple[int, dict[str, object]]:
    environment = _environment()
    flags = ["--official"] if options.official else []
    code = _agent(_wiretell("run", *flags, "--", *options.words), options, environment)
    folders = sorted(Path(os.environ["HOME"], _RUNS).glob("*"))
    report = _log(folders[-1], environment) if folders else {"rows": [], "ledger": []}
    return code, {"gateway": 0, "said": "", "folders": len(folders), **report}


def _serve(options: argparse.Namespace) -> tuple[int, dict[str, object]]:
    environment = _environment()
    gateway = subprocess.Popen(
        _wiretell("gateway", "--config", CONFIG),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = _wait_for(gateway)
        with _BREAKS[options.broken]():
            began = time.monotonic()
            code = _agent(options.words, options)
            took = time.monotonic() - began
        numbers = _numbers(url)
    finally:
        gateway.terminate()
        said = gateway.stderr.read() if gateway.stderr else ""
        gateway.wait()
    about = {"gateway": gateway.returncode, "said": said, "took_s": took, "metrics": numbers}
    return code, {**about, **_log(LOG, environment)}


def _numbers(url: str) -> str:
    """Return the gateway's metrics, once nothing runs any more."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        numbers: str = urllib.request.urlopen(f"{url}/metrics", timeout=5).read().decode()
        running = [line for line in numbers.splitlines() if line.startswith("wiretell_in_flight_requests{")]
        if all(line.endswith(" 0.0") for line in running) or time.monotonic() > deadline:
            return numbers
        time.sleep(0.1)


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """Keep the counters from everybody else."""
    with contextlib.closing(sqlite3.connect(LOG / "budgets.sqlite")) as held:
        held.execute("BEGIN EXCLUSIVE")
        yield
        held.rollback()


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    """Move the log's folder away."""
    elsewhere = LOG.with_name("elsewhere")
    LOG.rename(elsewhere)
    yield
    if not LOG.exists():
        elsewhere.rename(LOG)


def _wait_for(gateway: subprocess.Popen[str]) -> str:
    listen = next(line for line in Path(CONFIG).read_text().splitlines() if line.startswith("listen"))
    url = "http://127.0.0.1:" + listen.split(":")[-1].strip('"')
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        if gateway.poll() is not None:
            raise SystemExit(f"the gateway ended: {gateway.stderr.read() if gateway.stderr else ''}")
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=1)
        except OSError:
            time.sleep(0.05)
        else:
            return url
    raise SystemExit("the gateway did not begin to listen")


def _log(folder: Path, environment: dict[str, str]) -> dict[str, object]:
    ledger = folder / "ledger.jsonl"
    entries = [json.loads(line) for line in ledger.read_text().splitlines()] if ledger.exists() else []
    rows = subprocess.run(
        [PYTHON, "-c", _ROWS, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    check = subprocess.run(
        _wiretell("gateway", "check", "--log", str(folder)),
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


_ROWS = """
import json, pathlib, sys, pyarrow.parquet as parquet
files = sorted(pathlib.Path(sys.argv[1]).glob("*/*.parquet"))
print(json.dumps([row for path in files for row in parquet.read_table(path).to_pylist()], default=str))
"""
_BREAKS: dict[str | None, Callable[[], contextlib.AbstractContextManager[None]]] = {
    None: contextlib.nullcontext,
    "log": _gone,
    "counters": _locked,
}

if __name__ == "__main__":
    sys.exit(main())
