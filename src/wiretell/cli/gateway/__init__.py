"""`wiretell gateway`: serves; its verbs read the log. One file a verb, imported when it is named."""

from __future__ import annotations

import argparse
import difflib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.cli.verbs import LazyVerbs
from wiretell.errors import UsageError
from wiretell.gateway.config import GatewaySettings, default, load

if TYPE_CHECKING:
    from wiretell.gateway.telling import RouteLosses

_EXAMPLES: Final = """examples:
  wiretell gateway                                      loopback, every protocol to its official host, record only
  ANTHROPIC_BASE_URL=http://127.0.0.1:8484 claude       an agent through it; `wiretell run -- claude` does both
  wiretell gateway --config wiretell-gateway.toml       users, policy, budgets, routes, edits
  wiretell gateway --config wiretell-gateway.toml --check-config
  wiretell gateway --listen 127.0.0.1:0 --log exchanges

  wiretell gateway rebuild --log exchanges ID           the original bytes of an exchange
  wiretell gateway statement --log exchanges --user dev-017 --period 2026-07

`wiretell gateway VERB --help` tells more of each. While it runs, /ui is its page, /metrics is for Prometheus and
/healthz for a balancer. SIGTERM or Ctrl-C ends it: streams that run may end first; the second ends it at once.
exit codes: 0 it ended as it was told to, 2 wrong use or bad input, 4 own fault
"""
_VERBS: Final = MappingProxyType(
    {
        "rebuild": "the original bytes of a recorded exchange",
        "check": "whether a log was changed",
        "erase": "destroy what a log holds of a user",
        "statement": "what a user spent in a period, for reimbursement",
        "evidence": "a signed export of one's own exchanges",
        "replay": "what another policy would have done to recorded traffic",
        "preview": "what edits, routes and translation would do to a request",
    }
)


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command and its verbs to the parser."""
    parser = commands.add_parser(
        "gateway",
        help="one door for every agent: records all, hides nothing; policy, budgets, edits",
        description="Serves the Messages, Responses, Chat and Gemini protocols and passes them to their upstreams byte "
        "for byte. Every exchange is recorded before its client gets the last byte. Without --config it serves this "
        "machine alone and changes nothing.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", help="wiretell-gateway.toml (docs/formats/gateway-file.md)")
    parser.add_argument("--listen", metavar="HOST:PORT", help="instead of the file's `listen`; port 0 takes a free one")
    parser.add_argument("--log", metavar="DIR", help="instead of the file's `log`")
    parser.add_argument("--check-config", action="store_true", help="read everything, say what would be done, and end")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)
    _name_unknown_options(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", action=LazyVerbs)
    assert isinstance(verbs, LazyVerbs)
    for name, told in _VERBS.items():
        verbs.announce(name, told, f"wiretell.cli.gateway.{name}")


def _name_unknown_options(parser: argparse.ArgumentParser) -> None:
    """Have an option before any verb that is not known named: argparse takes its value for a verb, and names that.

    :raises UsageError: while arguments are parsed.
    """
    parse = parser.parse_known_args

    def parse_known_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        known = list(parser._option_string_actions)
        for arg in args or ():
            name = arg.partition("=")[0]
            if arg in _VERBS or arg == "--":
                break
            if arg.startswith("--") and not any(option.startswith(name) for option in known):
                near = difflib.get_close_matches(name, known, n=1)
                raise UsageError(f"`wiretell gateway` has no option {name}{f'; {near[0]}?' if near else '.'}")
        return parse(args, namespace)

    setattr(parser, "parse_known_args", parse_known_args)  # noqa: B010 - mypy knows it as an overloaded method


def call(options: argparse.Namespace) -> int:
    """Serve until told to end, or say what would be done."""
    settings = _settings(options)
    try:
        from wiretell.gateway import serve, telling
    except ModuleNotFoundError as error:
        raise UsageError(f"the gateway needs {error.name}: `pip install 'wiretell[gateway]'`.") from None
    if options.check_config:
        check_output(options.output)
        checked = serve.check(settings)
        phrases, losses = telling.summary(settings, checked.policy.current()), telling.route_losses(settings)
        write_output(_told(settings, phrases, losses, options.format), options.output)
    else:
        serve.run(settings)
    return 0


def _settings(options: argparse.Namespace) -> GatewaySettings:
    settings = load(Path(options.config), os.environ) if options.config else default()
    if options.listen:
        host, port = _address(options.listen)
        settings = replace(settings, host=host, port=port)
        if not settings.is_loopback and not (settings.users and (settings.tls_certificate or settings.trust_proxy)):
            raise UsageError(f"--listen {options.listen} is more than loopback: it needs [[user]] entries and [tls].")
    if options.log:
        settings = replace(settings, log=Path(options.log))
    return settings


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise UsageError(f"--listen {text} is no host:port, such as 127.0.0.1:8484 or [::1]:8484.")
    return host, int(port)


def _told(settings: GatewaySettings, phrases: Sequence[str], losses: Sequence[RouteLosses], form: str) -> str:
    address = f"{settings.host}:{settings.port}"
    if form == "json":
        lost = [
            {"route": each.to, "from": each.client, "to": each.wire, "path": loss.path, "effect": loss.effect}
            for each in losses
            for loss in each.losses
        ]
        document = {"schema": "wiretell/gateway-check/1", "listen": address, "does": list(phrases), "losses": lost}
        return json.dumps(document, indent=2)
    lines = [f"would listen on {address}", *phrases]
    for each in losses:
        lines.append(f"the route to {each.to} translates {each.client} into {each.wire}, and loses")
        lines += [f"  {loss.path}: {loss.effect}" for loss in each.losses]
    return "\n".join(lines)
