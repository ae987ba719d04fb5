"""`wiretell bench gateway`: the gateway beside nginx and LiteLLM's proxy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from wiretell.bench.gateway import measure, servers
from wiretell.bench.gateway.measure import GatewaySpeed, Timed
from wiretell.bench.ways import MIB
from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress
from wiretell.target.cache import base_folder


def run(options: argparse.Namespace, progress: Progress) -> str:
    """Measure, and return the report."""
    if missing := servers.needs():
        packages = ", ".join({"nginx": "nginx-light"}.get(name, name) for name in missing)
        raise UsageError(f"{' and '.join(missing)} is not on this machine; install it (Debian: {packages}).")
    if min(options.rounds, options.seconds, options.requests) < 1:
        raise UsageError("--rounds, --seconds and --requests take 1 or more.")
    speed = measure.measure(
        options.rounds, options.seconds, options.requests, options.seed, base_folder(None), progress
    )
    return as_json(gateway=dict(measure.plain(speed))) if options.format == "json" else _as_text(speed)


def _as_text(speed: GatewaySpeed) -> str:
    missing = f"\nNot on this machine: {', '.join(speed.missing)}.\n" if speed.missing else ""
    tables = "\n\n".join(_table(speed, body) for body in dict.fromkeys(one.body for one in speed.timed))
    return f"""{heading()}

The gateway and its peers before the same model host (nginx, fixed answer), loopback, plain HTTP; medians of
{speed.rounds} rounds of {speed.seconds} s, one connection for latency, 16 for requests a second and CPU
{missing}
{tables}

{_memory(speed)}

{_log(speed)}"""


def _table(speed: GatewaySpeed, body: str) -> str:
    rows = [one for one in speed.timed if one.body == body]
    head = f"  {body:<30}{'p50 us':>9}{'added':>9}{'p99':>9}{'req/s':>9}{'CPU us':>9}{'MiB':>7}{'failed':>8}"
    return "\n".join([head, *map(_row, rows), *_ratio(rows)])


def _row(one: Timed) -> str:
    name = f"{one.way} {one.version}".strip()
    return (
        f"  {name:<30}{one.p50_us:9.0f}{one.added_p50_us:9.0f}{one.p99_us:9.0f}{one.per_second:9.0f}"
        f"{one.cpu_us:9.0f}{one.rss_bytes / MIB:7.0f}{one.bad:8}"
    )


def _ratio(rows: Sequence[Timed]) -> list[str]:
    """Say how many requests a CPU second ours answer for one of LiteLLM's."""
    peer = next((one for one in rows if one.way == "LiteLLM"), None)
    ours = [one for one in rows if one.way.startswith("wiretell")]
    if peer is None:
        return []
    said = "; ".join(f"{one.way} {peer.cpu_us / one.cpu_us:.0f} times" for one in ours)
    return [f"  requests a CPU second, beside LiteLLM: {said}"]


def _memory(speed: GatewaySpeed) -> str:
    shown = [one for n, one in enumerate(speed.memory) if n in {0, len(speed.memory) // 2, len(speed.memory) - 1}]
    lines = [
        f"  after {one.requests:>8,}: "
        + ", ".join(f"{name} {size / MIB:.0f}" for name, size in one.rss_bytes.items())
        + f", together {sum(one.rss_bytes.values()) / MIB:.0f} MiB"
        for one in shown
    ]
    return "\n".join(["Memory, 200 KB requests, full policy", *lines])


def _log(speed: GatewaySpeed) -> str:
    log = speed.log
    return (
        f"The log of a conversation of {log.turns} turns: {log.raw_bytes / 1e6:.1f} MB asked and answered, "
        f"{log.store_bytes / 1e3:.0f} KB stored (1/{log.raw_bytes / log.store_bytes:.0f}), "
        f"with Parquet and ledger {log.whole_bytes / 1e3:.0f} KB (1/{log.raw_bytes / log.whole_bytes:.0f})"
    )
