"""The model host, and the ways to it: straight, nginx, wiretell without and with its rules, LiteLLM."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from wiretell.bench.gateway.bodies import MODEL, answer, events
from wiretell.bench.gateway.load import KEY
from wiretell.bench.gateway.processes import Server, free_port, running
from wiretell.errors import UsageError

LITELLM: Final = "1.106.2"
_NGINX: Final = """
daemon off; worker_processes 1; pid nginx.pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 64m;
  client_body_buffer_size 1m; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
%s
}
"""
_HOST: Final = """
  types { application/json json; text/event-stream sse; }
  server {
    listen 127.0.0.1:%d backlog=4096; root files;
    # A static file answers no POST: the error of that is answered with the file.
    error_page 405 =200 /%s;
    location / { try_files /%s =404; }
    location = /%s { }
  }
"""
_PLAIN: Final = """
  upstream model { server 127.0.0.1:%d; keepalive 64; }
  server {
    listen 127.0.0.1:%d backlog=4096;
    location / {
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
    }
  }
"""
_GATEWAY: Final = """schema = 1
listen = "127.0.0.1:%d"
log = "exchanges"
[upstream.anthropic]
protocol = "anthropic-messages"
base_url = "http://127.0.0.1:%d"
key = "sk-bench-upstream"
[[user]]
name = "dev-001"
key_sha256 = "%s"
groups = ["bench"]
"""
_RULES: Final = """
policy = "policy.toml"
[edit]
strip_marks = ["date-line"]
"""
_POLICY: Final = """schema = 1
timezone = "Asia/Shanghai"
[[rule]]
id = "marked-releases"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
reason = "Hidden channel"
instead = "another release"
[[rule]]
id = "old-models"
effect = "warn"
model = "claude-2*"
reason = "Old"
[[budget]]
who = "user:*"
usd = 100_000_000
per = "week"
[[budget]]
who = "group:bench"
tokens = 1_000_000_000_000_000
per = "month"
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the model host."""

    name: str
    version: str
    server: Server | None
    """None: straight, no proxy."""
    port: int


@contextlib.contextmanager
def model_host(folder: Path, *, streamed: bool = False) -> Iterator[Server]:
    """Start nginx with fixed answers to whatever is asked."""
    nginx = _program("nginx", "nginx-light")
    place = _place(folder, "events-host" if streamed else "host")
    (place / "files").mkdir(exist_ok=True)
    name = "answer.sse" if streamed else "answer.json"
    (place / "files" / name).write_bytes(events() if streamed else answer())
    port = free_port()
    (place / "nginx.conf").write_text(_NGINX % (_HOST % (port, name, name, name)))
    command = (nginx, "-p", str(place), "-c", "nginx.conf", "-e", "stderr")
    with running(place.name, command, port, folder=place) as server:
        yield server


@contextlib.contextmanager
def plain_nginx(folder: Path, host: int) -> Iterator[Way]:
    """Start nginx as a proxy that adds nothing."""
    nginx, place, port = _program("nginx", "nginx-light"), _place(folder, "nginx"), free_port()
    (place / "nginx.conf").write_text(_NGINX % (_PLAIN % (host, port)))
    command = (nginx, "-p", str(place), "-c", "nginx.conf", "-e", "stderr")
    with running("nginx", command, port, folder=place) as server:
        said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False).stderr
        yield Way("nginx", said.strip().rpartition("/")[2], server, port)


@contextlib.contextmanager
def gateway(folder: Path, host: int, name: str, *, rules: bool) -> Iterator[Way]:
    """Start wiretell's gateway: recording, one user; with `rules` a policy, budgets and mark stripping too."""
    place, port = _place(folder, name.replace(" ", "-").replace(",", "")), free_port()
    head = _GATEWAY % (port, host, hashlib.sha256(KEY.encode()).hexdigest())
    first, _, tables = head.partition("[upstream")
    policy, _, edit = _RULES.partition("[edit]")
    text = f"{first}{policy}[upstream{tables}[edit]{edit}" if rules else head
    (place / "gateway.toml").write_text(text)
    (place / "policy.toml").write_text(_POLICY)
    with running("gateway", gateway_command("gateway.toml"), port, folder=place) as server:
        yield Way(name, version("wiretell"), server, port)


def gateway_command(config: str) -> tuple[str, ...]:
    """Return how a gateway is started from a checkout or an installed package alike."""
    return sys.executable, "-m", "wiretell.cli", "gateway", "--config", config


@contextlib.contextmanager
def litellm(folder: Path, host: int, python: Path) -> Iterator[Way]:
    """Start LiteLLM's proxy, one worker, as its documentation starts it, with no database and no outside calls."""
    place, port = _place(folder, "litellm"), free_port()
    (place / "config.yaml").write_text(
        f"model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: anthropic/{MODEL}\n"
        f"      api_base: http://127.0.0.1:{host}\n      api_key: sk-bench-upstream\n"
        f"general_settings:\n  master_key: {KEY}\nlitellm_settings:\n  telemetry: false\n"
    )
    environment = {
        "PATH": f"{python.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "HOME": str(place),
        "LC_ALL": "C.UTF-8",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_LOG": "ERROR",
    }
    program = python.parent / "litellm"
    command = (str(program), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port))
    with running("litellm", command, port, folder=place, environment=environment, wait_s=120) as server:
        yield Way("LiteLLM", LITELLM, server, port)


def litellm_python(cache: Path) -> Path | None:
    """Return the Python of a virtual environment with LiteLLM in it, made on first use; None without `uv`."""
    place = cache / "peers" / f"litellm-{LITELLM}"
    python = place / "bin" / "python"
    if (place / "ready").exists():
        return python
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    if not Path(uv).exists():
        return None
    commands = (
        (uv, "venv", "-q", "--clear", "--python", sys.executable, str(place)),
        (uv, "pip", "install", "-q", "--python", str(python), f"litellm[proxy]=={LITELLM}"),
    )
    for command in commands:
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return None
    (place / "ready").touch()
    return python


def needs() -> tuple[str, ...]:
    """Return the programs that are missing here."""
    return tuple(name for name in ("nginx", "wrk") if not shutil.which(name) and not Path("/usr/sbin", name).exists())


def _program(name: str, package: str) -> str:
    found = shutil.which(name) or (f"/usr/sbin/{name}" if Path("/usr/sbin", name).exists() else "")
    if not found:
        raise UsageError(f"there is no {name} here; install it (Debian: apt-get install {package}).")
    return found


def _place(folder: Path, name: str) -> Path:
    folder.chmod(0o755)  # nginx, started by root, reads its files as another user
    place = folder / name
    place.mkdir(exist_ok=True)
    return place
