"""Load by wrk (https://github.com/wg/wrk, in Debian): one thread, some connections, for some seconds."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.bench.gateway.bodies import Body
from wiretell.errors import InternalError

KEY: Final = "sk-bench-dev-001"
"""No key: the benchmark's own gateway alone knows its hash."""

_SCRIPT: Final = """
local function read(path) local f = io.open(path, "rb"); local s = f:read("*a"); f:close(); return s end
local head, tail = read("HEAD"), read("TAIL")
local headers = {
  ["content-type"] = "application/json", ["anthropic-version"] = "2023-06-01", ["x-api-key"] = "KEY",
  ["authorization"] = "Bearer KEY", ["user-agent"] = "claude-cli/2.1.329 (external, cli)",
}
local n = START
function request()
  n = n + 1
  return wrk.format("POST", "/v1/messages?beta=true", headers, head .. string.format("%012d", n) .. tail)
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests": %d, "us": %d, "p50_us": %f, "p99_us": %f, "bad": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    bad: int
    """Requests that failed or were not answered with 2xx or 3xx."""

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def load(body: Body, port: int, *, connections: int, seconds: int, start: int, folder: Path) -> Load:
    """Ask for `seconds`; the counter in the body begins at `start`.

    :raises InternalError: if wrk fails, or every request did.
    """
    (folder / "head").write_bytes(body.head)
    (folder / "tail").write_bytes(body.tail)
    script = folder / "load.lua"
    filled = _SCRIPT.replace('"HEAD"', f'"{folder / "head"}"').replace('"TAIL"', f'"{folder / "tail"}"')
    script.write_text(filled.replace("KEY", KEY).replace("START", str(start)))
    command = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script))
    done = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), "")
    if not line:
        raise InternalError(f"wrk failed ({(done.stderr or done.stdout).strip()[-200:]}); the measurement is void.")
    said = json.loads(line.removeprefix("RESULT "))
    if said["bad"] >= said["requests"]:
        raise InternalError(f"no request on port {port} was answered with success; the measurement is void.")
    return Load(said["requests"], said["us"] / 1e6, said["p50_us"], said["p99_us"], said["bad"])
