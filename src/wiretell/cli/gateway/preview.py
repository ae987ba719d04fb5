"""`wiretell gateway preview`: what a configuration would change in one stored request, before it is used."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, get_args

from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import FormatError, UsageError
from wiretell.gateway import config
from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.edits.parts import guessed
from wiretell.gateway.edits.preview import Preview, Stored, preview
from wiretell.gateway.edits.spans import Located
from wiretell.gateway.edits.values import Effect
from wiretell.gateway.routing import choose
from wiretell.model.exchange import MICRO_USD, WireFormat
from wiretell.policy import prices
from wiretell.report.glyphs import codepoint, shorten, visible
from wiretell.report.words import plural

SCHEMA: Final = "wiretell/gateway-preview/1"
_EXAMPLES = """examples:
  wiretell gateway preview --config wiretell-gateway.toml request.json
  wiretell gateway preview --config wiretell-gateway.toml turn-31.json turn-30.json    with the effect on the cache
  wiretell gateway preview --config wiretell-gateway.toml --log exchanges --id 0190c0de-... --format json
  wiretell gateway preview --config wiretell-gateway.toml --model claude-haiku-4-5 request.json

A request is the JSON body as the client sent it; - is standard input. Without PREVIOUS.json, the request before it in
the conversation, nothing is said of the cache. Nothing is sent anywhere.

exit codes: 0 done, 2 wrong use or bad input
"""
_MOST_BYTES: Final = 256 << 20
_MOST_SHOWN: Final = 20
"""Ledger entries in the text form, unless --verbose."""
_EXCERPT: Final = 48


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "preview",
        help="what edits and routes would change in a stored request",
        description="Shows what each edit rule of a configuration, and a route's translation, would change in one "
        "stored request: every place, and the effect on size, prompt cache and cost.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("request", metavar="REQUEST.json", nargs="?", help="a request's body (- is standard input)")
    parser.add_argument("previous", metavar="PREVIOUS.json", nargs="?", help="the request before it")
    parser.add_argument("--config", metavar="FILE", required=True, help="the gateway's configuration")
    parser.add_argument("--log", metavar="DIR", help="take the request from this log")
    parser.add_argument("--id", metavar="ID", help="its exchange id in the log")
    parser.add_argument("--model", metavar="M", help="for prices and routes (default: the one the request names)")
    parser.add_argument("--protocol", choices=get_args(WireFormat), help="of the request (default: by its form)")
    parser.add_argument("--verbose", action="store_true", help="list every edited place, not only the first")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Read, preview, print."""
    check_output(options.output)
    settings = config.load(Path(options.config), os.environ)
    body = _body(options)
    previous = _read(options.previous) if options.previous else None
    located = _located(body, options.request or options.id)
    if previous is not None:
        _located(previous, options.previous)
    protocol: WireFormat = options.protocol or guessed(located)
    model = options.model or located.string(located.top.get("model")) or ""
    table = prices.load(settings.prices) if settings.prices else prices.shipped()
    shown = preview(
        settings,
        Stored(body, protocol, previous),
        (lambda usage: table.cost(model, usage).micro_usd) if model else None,
    )
    document = _document(options, settings, shown, {"bytes": len(body), "protocol": protocol, "model": model})
    document["price_table"] = table.name if model else None
    document["route"] = _route(settings, body, shown.edited.body, protocol, model)
    if any(route.headers for route in settings.routes):
        document["remarks"].append("Routes by header were passed over: a stored body has none.")
    text = json.dumps(document, indent=2) if options.format == "json" else "\n".join(_lines(document, options.verbose))
    write_output(text, options.output)
    return 0


def _body(options: argparse.Namespace) -> bytes:
    if options.log and options.id and not options.request:
        from wiretell.gateway.log.reader import Store  # slow to import, and rarely needed

        with Store(Path(options.log)) as store:
            return store.exchange(options.id).request_text
    if options.log or options.id or not options.request:
        raise UsageError("name one request: REQUEST.json, or --log DIR with --id ID.")
    return _read(options.request)


def _read(path: str) -> bytes:
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; name a request's body.") from None
    if len(data) > _MOST_BYTES:
        raise FormatError(f"{path} is larger than any request ({_MOST_BYTES >> 20} MB).")
    return data


def _located(body: bytes, name: str) -> Located:
    try:
        return Located(body)
    except FormatError:
        raise FormatError(f"{name} is no JSON object; name a request's body as the client sent it.") from None


def _document(
    options: argparse.Namespace, settings: GatewaySettings, shown: Preview, request: dict[str, Any]
) -> dict[str, Any]:
    rules = [
        {"rule": each.rule, "says": each.says, "places": each.places, "effect": _effect(each.effect)}
        for each in shown.rules
    ]
    return {
        "schema": SCHEMA,
        "config": settings.source,
        "request": {"source": options.request or f"exchange {options.id}", **request},
        "rules": rules,
        "together": _effect(shown.effect),
        "marks": list(shown.edited.marks),
        "left": list(shown.edited.left),
        "ledger": [asdict(entry) for entry in shown.edited.entries],
        "remarks": list(shown.edited.remarks),
    }


def _effect(effect: Effect | None) -> dict[str, int | None] | None:
    return None if effect is None else asdict(effect)


def _route(settings: GatewaySettings, body: bytes, edited: bytes, protocol: WireFormat, model: str) -> dict[str, Any]:
    """Return where the request would go, and what a translation would lose. Its headers are not known here."""
    routed = choose(
        settings.routes, settings.upstreams, protocol=protocol, model=model, body_bytes=len(body), headers=()
    )
    rule = None if routed.route is None else f"route:{routed.route}"
    said: dict[str, Any] = {"rule": rule, "to": f"{routed.upstream.name}/{routed.model}", "losses": []}
    if routed.wire == protocol:
        return said | {"translated": None}
    from wiretell.gateway import translate  # slow to import, and rarely needed

    done = translate.translator(protocol, routed.wire).request(edited, routed.model)
    return said | {"translated": routed.wire, "losses": [asdict(loss) for loss in done.losses]}


def _lines(document: dict[str, Any], verbose: bool) -> Iterator[str]:
    """Go through the lines of the text form."""
    request = document["request"]
    yield visible(f"{request['source']}: {request['bytes']:,} bytes, {request['protocol']}, model {request['model']!r}")
    yield ""
    for rule in document["rules"]:
        yield visible(f"{rule['rule']}  {rule['says']}: {plural(rule['places'], 'place')}")
        yield from _said(rule["effect"])
    if not document["rules"]:
        yield "The configuration edits nothing."
    elif len(document["rules"]) > 1:
        yield "together"
        yield from _said(document["together"])
    yield from _marks(document)
    yield from _ledger(document["ledger"], verbose)
    yield from _routed(document["route"])


def _said(effect: dict[str, int | None] | None) -> Iterator[str]:
    if effect is None:
        yield "  nothing changes"
        return
    yield f"  {effect['bytes_removed']:,} bytes less, about {effect['tokens_saved']:,} tokens"
    lost = effect["cached_prefix_lost_tokens"]
    if lost is not None:
        yield f"  of the cache left by the request before, about {lost:,} tokens cannot be read because of it"
    before, after = effect["cost_before_micro_usd"], effect["cost_after_micro_usd"]
    if before is not None and after is not None:
        yield f"  input of this request: {_usd(before)} -> {_usd(after)}"


def _usd(micro: int) -> str:
    return f"${micro / MICRO_USD:.4f}"


def _marks(document: dict[str, Any]) -> Iterator[str]:
    if document["marks"]:
        yield f"marks taken out: {', '.join(document['marks'])}"
    if document["left"]:
        yield f"marks left where they stand: {', '.join(document['left'])}"
    yield from document["remarks"]


def _ledger(entries: list[dict[str, Any]], verbose: bool) -> Iterator[str]:
    if entries:
        yield ""
        yield f"ledger: {plural(len(entries), 'entry')}"
    for entry in entries if verbose else entries[:_MOST_SHOWN]:
        before, after = (_side(entry, entry[side]) for side in ("before", "after"))
        yield f"  {entry['offset']:>9,}  {visible(str(entry['path']))}  {entry['rule']}  {before}  ->  {after}"
    if len(entries) > _MOST_SHOWN and not verbose:
        yield f"  ... and {len(entries) - _MOST_SHOWN:,} more (--verbose lists them)"


def _side(entry: dict[str, Any], text: str) -> str:
    """Return what stood or stands there; of a mark with its code point, for it looks like something else."""
    if entry["rule"].startswith("strip_marks:") and not text.isascii():
        return " ".join(f"{shorten(char, _EXCERPT)} ({codepoint(char)})" for char in text[:4])
    return shorten(text, _EXCERPT)


def _routed(route: dict[str, Any]) -> Iterator[str]:
    yield ""
    how = f", translated to {route['translated']}" if route["translated"] else ""
    yield visible(f"{route['rule'] or 'no route'}: to {route['to']}{how}")
    for loss in route["losses"]:
        yield visible(f"  lost: {loss['path']} ({plural(loss['count'], 'time')}): {loss['effect']}")
    if route["translated"] and not route["losses"]:
        yield "  nothing is lost"
