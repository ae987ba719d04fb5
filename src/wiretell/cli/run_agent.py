"""`wiretell run`: an agent, started through a gateway that records all of it."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wiretell.errors import UsageError

if TYPE_CHECKING:
    from wiretell.cli.output import Commands
    from wiretell.gateway.config import GatewaySettings
    from wiretell.gateway.running.known import Known
    from wiretell.gateway.running.session import Wanted

_EXAMPLES: Final = """examples:
  wiretell run -- claude                                     recorded; every protocol goes to its official host
  wiretell run -- codex exec "what does this repository do?"
  wiretell run --official -- claude                          the official host keeps its name
  wiretell run --config wiretell-gateway.toml -- gemini      with that file's upstreams, policy, edits
  wiretell run --gateway http://127.0.0.1:8484 -- claude     through a gateway that runs already
  wiretell run --as claude-code -- npx @anthropic-ai/claude-code

The agent gets your own environment, arguments, terminal and signals, and what leads it to the gateway on top: nothing
of its own files is changed. A gateway is itself a custom host, and an agent may act otherwise there. With --official it
keeps its vendor's host: by HTTPS_PROXY, a proxy on this machine and a certificate authority made for this run;
connections to other hosts pass unread, and are counted. An agent can see both ways in its environment.

Without --config and --log the record is kept in a folder of its own below ~/.local/state/wiretell/runs.

exit codes: the agent's own, 128 + N where signal N ended it; 2 wrong use or bad input, 4 own fault
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "run",
        help="start an agent through a gateway",
        description="Starts a gateway on this machine and an agent through it, and ends the gateway with the agent.",
        usage="wiretell run [options] -- PROGRAM [ARGUMENT ...]",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the gateway's configuration (default: record only)"
    )
    parser.add_argument("--gateway", metavar="URL", help="use a gateway that runs already")
    parser.add_argument("--log", metavar="DIR", type=Path, help="keep the record there")
    parser.add_argument("--official", action="store_true", help="keep the official host, by its name and a certificate")
    parser.add_argument("--as", dest="agent", metavar="NAME", help="which agent the program is, or starts")
    parser.set_defaults(call=call, words=[])


def call(options: argparse.Namespace) -> int:
    """Start both, and return the agent's exit code."""
    _check(options)
    # these are slow to import
    from wiretell.gateway.running import known
    from wiretell.gateway.running.session import Wanted

    agent = known.find(options.agent or options.words[0])
    wanted = Wanted(
        agent=agent,
        words=tuple(options.words),
        wrapped=options.agent is not None and Path(options.words[0]).name not in agent.programs,
        chosen=bool(options.config or options.gateway),
    )
    return _run(wanted, options)


def _check(options: argparse.Namespace) -> None:
    if not options.words:
        raise UsageError("Name the program after --: `wiretell run -- claude`.")
    if options.gateway and (options.config or options.log or options.official):
        raise UsageError("--gateway takes one that runs, with its own configuration, log and name: give it alone.")
    if options.gateway:
        _check_gateway(options.gateway)


def _run(wanted: Wanted, options: argparse.Namespace) -> int:
    import uvloop

    from wiretell.gateway import serve
    from wiretell.gateway.running import child, session

    child.hide_memory()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if options.gateway:
            url = options.gateway.rstrip("/")
            return runner.run(session.through_running(wanted, url, os.environ, _say))
        settings = _settings(options, wanted.agent)
        if options.official:
            return runner.run(session.by_official_name(wanted, settings, os.environ, serve.start, _say))
        return runner.run(session.through_own(wanted, settings, os.environ, serve.start, _say))


def _settings(options: argparse.Namespace, agent: Known) -> GatewaySettings:
    from wiretell.gateway import config
    from wiretell.gateway.running import session

    log = options.log.absolute() if options.log else None
    if options.config:
        base = config.load(options.config, os.environ)
    else:
        base = config.default()
        log = log or session.run_folder(agent, os.environ, dt.datetime.now(dt.UTC))
    return session.settings_for(base, log, official=agent.official if options.official else ())


def _check_gateway(url: str) -> None:
    """See whether a gateway answers. :raises UsageError: if none does."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise UsageError(f"--gateway {url} is no gateway's address; write it as http://127.0.0.1:8484.")
    # past any proxy of the environment: the agent will go past it, too
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url.rstrip("/") + "/healthz", timeout=5.0):
            return
    except (OSError, ValueError) as error:
        raise UsageError(f"No gateway answers at {url} ({error}); start one with `wiretell gateway`.") from None


def _say(sentence: str) -> None:
    if sys.stderr is not None:
        print(f"wiretell: {sentence}", file=sys.stderr, flush=True)
