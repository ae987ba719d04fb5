"""What one run needs, spelled out: the seam between a world (facts) and the sandbox (bytes).

`surroundings` makes a `RunSpec` from an agent and a world; the sandbox carries it out and knows nothing of facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.model.world import World

AGENT_DIR = "/opt/agent"
NODE_DIR = "/opt/node"
COMPILE_CACHE_DIR = "/opt/compile-cache"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
LAB_CA = "/etc/ssl/certs/wiretell-lab-ca.pem"
AGENT_UID = 1000


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file, symbolic link or folder to lay into the sandbox before the agent starts."""

    path: str
    """Absolute, as the agent sees it. Parent folders are made."""
    content: bytes = b""
    mode: int = 0o644
    link_to: str | None = None
    """Target of a symbolic link, in place of content."""
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use."""

    timeout_s: float = 60.0
    memory_bytes: int = 4 << 30
    """Private writable memory of each process (RLIMIT_DATA); what engines reserve and do not use does not count."""
    disk_bytes: int = 512 << 20
    """Of all folders the agent can write to, together (one tmpfs)."""
    processes: int = 512
    output_bytes: int = 1 << 20
    """Kept of each of standard output and error; the rest is counted and dropped."""


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One start of the agent in one world."""

    run: int
    world: World
    purpose: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    """The whole environment, sorted; nothing is inherited."""
    cwd: str
    home: str
    username: str
    hostname: str
    files: tuple[FileSpec, ...]
    """Everything under /etc, HOME and cwd."""
    watch: tuple[str, ...]
    """Folders whose files are compared before and after the run: HOME, cwd, /tmp."""
    base_host: str
    """Host (without port) that `base_url` names in this world, or the official host."""
    loopback_ports: tuple[int, ...] = (80, 443)
    """Loopback ports that the lab serves; other loopback ports belong to the agent's own servers."""
    limits: Limits = Limits()
    plain: bool = False
    """For benchmarks alone: network, root and process namespaces of its own, and nothing else that the sandbox adds
    (no system call filter, no host name, no limits, no look at the files left)."""
    writable_compile_cache: bool = False
    """Only the warm-up run fills the compile cache; it is read-only in every other."""
