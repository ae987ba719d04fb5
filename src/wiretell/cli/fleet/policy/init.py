"""`wiretell fleet policy init`: a policy from what audits found, with examples that hold."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell import policy as policies
from wiretell import report
from wiretell.cli.fleet.shared import day_of
from wiretell.cli.output import Commands, check_output, is_same_file, write_output
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.policy import Audited
from wiretell.policy import audits
from wiretell.policy.drafting import Ban, Draft, written
from wiretell.policy.periods import interval, zones
from wiretell.policy.tables import nearest

_EXAMPLES: Final = """examples:
  wiretell audit npm:@anthropic-ai/claude-code@2.1.91 --format json --output claude-code.audit.json
  wiretell fleet policy init claude-code.audit.json --from 2026-07-10 --timezone Asia/Shanghai
  wiretell fleet policy init *.audit.json --instead "the approved agent" --output wiretell-policy.toml
  wiretell fleet policy init *.audit.json --by-documents --output wiretell-policy.toml

One ban for each product of which a document has the verdict `covert`. A program or a folder that is no package is
banned by its hash, which the rule takes from the document: keep it beside the policy.
exit codes: 0 done, 2 wrong use or bad input (no document has a covert channel), 4 own fault
"""
_MOST_BYTES: Final = 256 << 20
_CHANNELS: Final = 3
"""Covert channels of one document that a reason tells of."""
_CITED: Final = 4
"""Documents that one reason tells of."""
_SIGNS: Final = 4
"""Characters that are named; a channel that writes more of them is a format."""
_TEXT: Final = 160
"""Characters of one channel's words: names come from the audited program."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One document that was given."""

    path: str
    audited: Audited
    covert: tuple[str, ...]
    """Its covert channels, in words."""
    data: bytes


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "init",
        help="begin a policy from audit documents",
        description="Writes a policy that bans what audits found to have a covert channel, with the channel as the "
        "reason, and examples for `wiretell fleet policy test`.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "documents", nargs="+", metavar="AUDIT.json", help="what `wiretell audit --format json` wrote; -: stdin"
    )
    parser.add_argument(
        "--from", dest="since", metavar="DATE", help="the day on which the bans begin (default: always)"
    )
    parser.add_argument(
        "--instead", default="", metavar="TEXT", help="what to use instead, told to those who are refused"
    )
    parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="in which days begin (default: UTC)")
    parser.add_argument("--by-documents", action="store_true", help="have rules name the documents, not versions")
    parser.add_argument("--output", metavar="PATH", default="-", help="write there (default: -, standard output)")
    parser.add_argument("--force", action="store_true", help="replace the file that --output names")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the policy."""
    check_output(options.output)
    _refuse_to_replace(options)
    since = day_of(options.since, "--from") if options.since else None
    if options.timezone not in zones():
        raise UsageError(f"--timezone {options.timezone!r} is none; {nearest(options.timezone, zones(), shown=0)}.")
    found = tuple(_read(path) for path in dict.fromkeys(options.documents))
    folder = Path() if options.output == "-" else Path(options.output).parent
    bans = tuple(_bans(found, folder, options.by_documents))
    if not bans:
        raise UsageError("no document has the verdict 'covert', so there is nothing to ban.")
    today = interval(options.timezone, "day", dt.datetime.now(dt.UTC)).first
    text = written(Draft(bans, today, since, options.timezone, options.instead.strip(), tuple(_comments(found))))
    _check(text, {_relative(each.path, folder): each.data for each in found})
    write_output(text, options.output)
    return 0


def _refuse_to_replace(options: argparse.Namespace) -> None:
    """Keep what somebody may have written by hand. :raises UsageError: where it would be lost."""
    path = options.output
    if path == "-" or not Path(path).is_file():  # a pipe or a device loses nothing
        return
    if any(each != "-" and is_same_file(each, path) for each in options.documents):
        raise UsageError(f"{path} is one of the audit documents; name another file with --output.")
    if not options.force and Path(path).stat().st_size:
        raise UsageError(f"{path} is there already; name another file, or replace it with --force.")


def _read(path: str) -> _Read:
    if path == "-" and sys.stdin is None:
        raise UsageError("standard input is closed; name an audit document.")
    try:
        if path == "-":
            data = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; name an audit document.") from None
    if len(data) > _MOST_BYTES:
        raise FormatError(f"{path} is over {_MOST_BYTES >> 20} MB; no audit document is.")
    try:
        document = report.decode(data)
        audited = audits.read(data, path)
    except FormatError as error:
        raise FormatError(f"{path}: {str(error).removeprefix(f'names {path!r}, ')}") from None
    return _Read(path, audited, tuple(_covert(document)), data)


def _covert(document: report.Document) -> Iterable[str]:
    for channel in document.channels:
        if channel.cls == "covert":
            signs = dict.fromkeys(code for symbol in channel.symbols for code in symbol.codepoints)
            shown = f" ({', '.join(signs)})" if 0 < len(signs) <= _SIGNS else ""
            yield f"{channel.carrier}{shown} tells {' and '.join(channel.facts)}"[:_TEXT]


def _bans(found: Sequence[_Read], folder: Path, by_documents: bool) -> Iterable[Ban]:
    """Give a ban for each product, and for each program that is known by its hash alone."""
    groups: dict[str, list[_Read]] = {}
    for each in found:
        if each.audited.verdict == "covert":
            groups.setdefault(each.audited.product or f"sha256-{each.audited.sha256[:12]}", []).append(each)
    for name, group in groups.items():
        versions = tuple(dict.fromkeys(each.audited.version for each in group if each.audited.version))
        hashes = tuple(dict.fromkeys(each.audited.sha256 for each in group if each.audited.sha256))
        names = tuple(_named(each.path, folder) for each in group) if by_documents or hashes else ()
        yield Ban(f"covert-{name}", _reason(group), group[0].audited.product, versions, names, hashes)


def _reason(group: Sequence[_Read]) -> str:
    told = [_told(each) for each in group[:_CITED]]
    more = f"; and {len(group) - _CITED} more" if len(group) > _CITED else ""
    return f"Covert channel in {'; '.join(told)}{more}"


def _told(each: _Read) -> str:
    more = (f"+{len(each.covert) - _CHANNELS} more",) if len(each.covert) > _CHANNELS else ()
    channels = ", ".join((*each.covert[:_CHANNELS], *more)) or "covert"
    return f"{each.audited.version or 'this program'}: {channels} (see {_shown(each.path)})"


def _comments(found: Sequence[_Read]) -> Iterable[str]:
    yield "Begun by `wiretell fleet policy init`; docs/policy.md tells what may stand here."
    for each in found:
        if each.audited.verdict != "covert":
            what = f"{each.audited.product} {each.audited.version}".strip() or each.audited.sha256
            yield f"No rule comes of {_shown(each.path)} ({what}): its verdict is {each.audited.verdict}."


def _named(path: str, folder: Path) -> str:
    """Return how a rule names a document. :raises UsageError: for one that no policy can name."""
    if path == "-":
        raise UsageError("a rule must name this document, and standard input has no name; save it as a file.")
    name = _relative(path, folder)
    if not name.isprintable():
        raise UsageError(f"{path}: a policy cannot name this file: its name has characters that are not plain text.")
    return name


def _shown(path: str) -> str:
    return "standard input" if path == "-" else Path(path).name


def _relative(path: str, folder: Path) -> str:
    return os.path.relpath(path, folder)


def _check(text: str, documents: dict[str, bytes]) -> None:
    """Hold what was written to what is promised of it.

    :raises InternalError: where it is no policy, or its examples do not hold.
    """
    try:
        policy = policies.parse(text, "the new policy", documents)
        policies.refuse(policy)
    except FormatError as error:
        raise InternalError(f"what was written is refused: {error}") from error
    if not all(each.holds for each in policies.held(policy)):
        raise InternalError("an example of the new policy does not hold.")
