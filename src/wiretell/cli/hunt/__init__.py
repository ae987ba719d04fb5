"""`wiretell hunt`: campaigns in exchange logs, with reasons; its verbs explain, hear appeals, and make or hide logs.

A verb stands directly behind `hunt`. Everything else there is a log: one that is named like a verb is `./explain`.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec import structs

from wiretell import __version__, report
from wiretell.cli.ending import ending_on_terminate, importing
from wiretell.cli.output import Commands, add_output_options, check_output, is_same_file, show
from wiretell.cli.verbs import LazyVerbs
from wiretell.errors import UsageError
from wiretell.hunt.options import HuntOptions
from wiretell.model.hunt import Hunted, Tier
from wiretell.report import HuntDocument
from wiretell.report.progress import Progress
from wiretell.report.words import plural

_EXAMPLES: Final = """examples:
  wiretell hunt exchanges                               a folder, read whole: Parquet, JSON lines or spend logs
  wiretell hunt 'exchanges/2026-07-*/*.parquet' --format html --output hunt.html
  wiretell hunt exchanges --format json --output hunt.json
  wiretell hunt exchanges --allow agreed.toml           agreed groups (docs/formats/hunt-allow.md) are explained
  wiretell hunt exchanges --state hunted --window 45    each day costs what the day brings, not what went before
  wiretell hunt exchanges --engine spark                beyond one machine: pip install 'wiretell[spark]', and Java

  wiretell hunt explain ACCOUNT --from hunt.json        the statement of reasons for one account
  wiretell hunt appeal --from hunt.json claim.toml --output heard.json

`wiretell hunt VERB --help` tells more of each. A hunt never bans: it ranks, explains, and says what would change its
mind; `review` asks a person to look.
exit codes: 0 nothing in review, 1 a campaign in review, 2 wrong use or bad input, 3 no exchange could be looked
at (and there is no report), 4 own fault, 130 interrupted
"""
_VERBS: Final = MappingProxyType(
    {
        "explain": "the statement of reasons for one account",
        "appeal": "what a claim against a finding changes; records the decision",
        "simulate": "a made-up log with known campaigns in it",
        "pseudonymise": "a log with keyed hashes in the place of who is who",
    }
)
_FOUND: Final = 1
_LEAST_MB: Final = 256
"""Of memory: with less, no engine starts."""
_MOST: Final = 1 << 31


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command and its verbs to the parser."""
    parser = commands.add_parser(
        "hunt",
        help="distillation campaigns, reseller pools and shared keys in exchange logs, with reasons",
        usage="wiretell hunt [options] LOG...\n       wiretell hunt VERB ...",
        description="Looks in exchange logs for accounts that work as one, by what their operator shares: cards, "
        "networks, prompts, work that moves from one account to another. Says how strong each kind of evidence is, "
        "what it would be without it, and which innocent explanations were tested.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    logs = parser.add_argument("logs", nargs="*", metavar="LOG", help="a file, a folder (read whole) or a glob")
    _add_options(parser)
    parser.set_defaults(call=call, verb=None)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", action=LazyVerbs, prog=parser.prog)
    assert isinstance(verbs, LazyVerbs)
    for name, told in _VERBS.items():
        verbs.announce(name, told, f"wiretell.cli.hunt.{name}")
    _tell_verbs_from_logs(parser, logs, verbs)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--allow", metavar="FILE", help="agreed groups (docs/formats/hunt-allow.md)")
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help="default: duckdb")
    parser.add_argument("--state", metavar="DIR", help="keep daily sums there, and read only what is new")
    parser.add_argument(
        "--window", type=int, metavar="DAYS", help="with --state: days looked at together (default: 60)"
    )
    parser.add_argument(
        "--memory",
        type=int,
        metavar="MB",
        help="bounds the engine (default: 60 %% of the machine's, at most 6,000); the graph's arrays come on top",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="of the engine (default: one a core)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of shuffles and permutations (default: 0)")
    parser.add_argument(
        "--tier", choices=tuple(map(str, Tier)), default="watch", help="lowest that is listed (default: watch)"
    )
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json", "html"))


def _tell_verbs_from_logs(parser: argparse.ArgumentParser, logs: argparse.Action, verbs: argparse.Action) -> None:
    """Have the first argument decide whether a verb or logs follow: argparse would take a log for a wrong verb."""
    parse = parser.parse_known_args

    def parse_known_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        is_verb = bool(args) and args is not None and args[0] in _VERBS
        with _without(parser, logs if is_verb else verbs):
            return parse(args, namespace)

    setattr(parser, "parse_known_args", parse_known_args)  # noqa: B010 - mypy knows it as an overloaded method


@contextlib.contextmanager
def _without(parser: argparse.ArgumentParser, action: argparse.Action) -> Iterator[None]:
    """Have a parser not know an argument for a while."""
    at = parser._actions.index(action)
    parser._actions.remove(action)
    try:
        yield
    finally:
        parser._actions.insert(at, action)


def call(options: argparse.Namespace) -> int:
    """Hunt, print, and return 1 where a campaign is in review."""
    wish = _wish(options)
    _check_output(options)
    started = dt.datetime.now(dt.UTC).replace(microsecond=0)
    found = _hunted(wish)
    document = report.to_document(listed(found, Tier(options.tier)))
    assert isinstance(document, HuntDocument)
    when = started.isoformat().replace("+00:00", "Z")
    document = structs.replace(document, started=when, command=_repeat_command(options), wiretell=__version__)
    show(document, options)
    return _FOUND if any(campaign.tier is Tier.REVIEW for campaign in found.campaigns) else 0


def _hunted(wish: HuntOptions) -> Hunted:
    """Hunt. :raises InconclusiveError: where the log has no row with an account and a time."""
    with Progress(sys.stderr) as progress, ending_on_terminate():
        with importing():
            from wiretell.hunt import hunting  # seconds to import; its parts come with an extra
        return hunting.hunt(wish, progress)


def listed(found: Hunted, tier: Tier) -> Hunted:
    """Return a hunt without the campaigns below a tier; how many they were stands in its notes."""
    kept = tuple(campaign for campaign in found.campaigns if campaign.tier.rank >= tier.rank)
    if len(kept) == len(found.campaigns):
        return found
    ids = {campaign.id for campaign in kept}
    findings = (finding for finding in found.findings if finding.campaign in ids)
    note = f"{plural(len(found.campaigns) - len(kept), 'campaign')} below {tier.value} not listed, as --tier asks."
    return replace(
        found,
        campaigns=kept,
        findings=tuple(replace(each, also=tuple(name for name in each.also if name in ids)) for each in findings),
        pictures={name: picture for name, picture in found.pictures.items() if name in ids},
        notes=(*found.notes, note),
    )


def _wish(options: argparse.Namespace) -> HuntOptions:
    if not all(options.logs) or not options.logs:
        raise UsageError("name a log: a file, a folder or a glob; see `wiretell hunt --help`.")
    if options.window is not None and options.state is None:
        raise UsageError("--window is for --state: without it, the whole log is looked at together.")
    _check_number("--window", options.window, 1)
    _check_number("--memory", options.memory, _LEAST_MB)
    _check_number("--threads", options.threads, 1)
    _check_number("--seed", options.seed, 0)
    window = {} if options.window is None else {"window_days": options.window}
    return HuntOptions(
        logs=tuple(map(Path, options.logs)),
        allow=_allow(options.allow),
        engine=options.engine,
        state=_state(options.state),
        memory_mb=options.memory,
        threads=options.threads,
        seed=options.seed,
        **window,
    )


def _check_number(option: str, value: int | None, least: int) -> None:
    if value is not None and not least <= value < _MOST:
        raise UsageError(f"{option} takes a whole number from {least} up, below {_MOST:,}.")


def _state(path: str | None) -> Path | None:
    """Return where sums are kept; as with `--output`, folders above it are not made: one mistyped would begin anew."""
    if path is None:
        return None
    parent = Path(path).absolute().parent
    if not parent.is_dir():
        raise UsageError(f"--state {path}: the folder {parent} does not exist; make it first.")
    return Path(path)


def _allow(path: str | None) -> Path | None:
    """Read an allow file once before all else: a wrong one must not cost a hunt."""
    if path is None:
        return None
    from wiretell.hunt import allow

    allow.load(Path(path))
    return Path(path)


def _check_output(options: argparse.Namespace) -> None:
    check_output(options.output)
    if options.output != "-" and any(is_same_file(options.output, log) for log in options.logs):
        raise UsageError(f"--output {options.output} is a log that is read; name another file.")


def _repeat_command(options: argparse.Namespace) -> str:
    words = ["wiretell", "hunt", *options.logs]
    for name in ("allow", "state", "window", "memory", "threads"):
        value = getattr(options, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--engine", options.engine] if options.engine != "duckdb" else []
    words += ["--tier", options.tier] if options.tier != "watch" else []
    return shlex.join([*words, "--seed", str(options.seed)])
