"""`wiretell gateway rebuild`: the original bytes of an exchange."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from wiretell.cli.output import Commands, check_output, real_path, replaced
from wiretell.errors import InconclusiveError, UsageError
from wiretell.gateway.log import Store, Stored

_EXAMPLES: Final = """examples:
  wiretell gateway rebuild --log exchanges 019b1c2e-5d1f-7a60-8f2e-3c1d5e6f7a80 > request.json
  wiretell gateway rebuild --log exchanges ID --part response
  wiretell gateway rebuild --log exchanges ID --part sent --output sent.json
  wiretell gateway rebuild --log exchanges ID --redacted       a body in which a secret was redacted, with asterisks

Bodies are written byte for byte as they were on the wire, content coding included (--plain undoes it). In heads the
credentials are always asterisks.

exit codes: 0 written, 2 wrong use or no such exchange, 3 not recoverable: redacted (without --redacted) or erased
"""
_PARTS: Final = ("request", "sent", "response", "request-head", "sent-head", "response-head", "upstream")


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "rebuild",
        help="the original bytes of an exchange",
        description="Writes the bytes of an exchange as they were on the wire. A gateway may be running on the log.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="the exchange's id, as in the log's tables")
    parser.add_argument("--log", metavar="DIR", required=True, type=Path, help="the gateway's log folder")
    parser.add_argument("--part", choices=_PARTS, default="request", help="what to write (default: request, its body)")
    parser.add_argument("--plain", action="store_true", help="undo the content coding of request and response")
    parser.add_argument("--redacted", action="store_true", help="write a body that is not whole, and say what is not")
    parser.add_argument("--output", metavar="PATH", default="-", help="write there (default: -, standard output)")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Rebuild, write, say what is not as it was."""
    check_output(options.output)
    with Store(options.log) as store:
        stored = store.exchange(options.id)
    data = _part(stored, options.part, plain=options.plain)
    if not stored.whole(options.part):
        remark = _remark(stored, options.part)
        if not options.redacted and not options.part.endswith("-head"):
            raise InconclusiveError(f"{remark} --redacted writes the rest.")
        sys.stderr.write(f"wiretell: {remark}\n")
    _write(data, options.output)
    return 0


def _part(stored: Stored, part: str, *, plain: bool) -> bytes:
    """Return a part's bytes. :raises UsageError: if the exchange has none."""
    parts = {
        "request": stored.request_text if plain else stored.request_body,
        "sent": stored.sent_body,
        "response": stored.response_text if plain else stored.response_body,
        "request-head": stored.request_head,
        "sent-head": stored.sent_head,
        "response-head": stored.response_head,
        "upstream": stored.response_body if stored.upstream_body is None else stored.upstream_body,
    }
    data = parts[part]
    if data is None:
        raise UsageError(f"{stored.row.exchange_id} has no part {part!r}: nothing was sent upstream.")
    return data


def _remark(stored: Stored, part: str) -> str:
    """Return what of a part is not as it was, in one sentence."""
    places = [place for place in stored.redacted if place.part == part]
    told = ", ".join(f"{place.length} bytes at {place.offset} ({place.rule})" for place in places[:8])
    more = f" and {len(places) - 8} places more" if len(places) > 8 else ""
    if told:
        return f"the {part} of {stored.row.exchange_id} is not whole, not recoverable are {told}{more}."
    return f"the {part} of {stored.row.exchange_id} is not what was on the wire: its hash is another."


def _write(data: bytes, output: str) -> None:
    if output == "-":
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains at exit
        return
    target = real_path(output)
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a pipe or a device: written to, not replaced
            return
        with replaced(target) as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}; use --output PATH elsewhere.") from None
