"""`wiretell bisect`: the first and the last version of a package with each covert channel."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from typing import Final

from wiretell import report, target
from wiretell.audit import Options, audit
from wiretell.campaign.run import Progress as Told
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.cli.running import DEFAULT_RUNS, check_runs, scanned, workers
from wiretell.errors import InconclusiveError, TargetError, UsageError
from wiretell.history import Packages, Parts, Request, Store, history, is_found, is_silent
from wiretell.model.agent import Agent
from wiretell.model.findings import AuditResult
from wiretell.model.history import HistoryResult
from wiretell.report.progress import Progress
from wiretell.target.npm import parse_spec
from wiretell.target.recipe import LoadedRecipe, for_package, named, shipped

_EXAMPLES = """examples:
  wiretell bisect @anthropic-ai/claude-code --from 2.1.80 --to 2.1.210
  wiretell bisect claude-code --from 2.1.80 --to 2.1.100 --all       every published version
  wiretell bisect my-package --recipe my-agent.toml --from 1.0.0 --to 1.4.2

No channel is assumed to have come and gone once: what was not tried is listed as gaps, and --every and --all try it.
Results are kept, so that a second call is instant; --no-cache audits again.

exit codes: 0 no covert channel, 1 a covert channel in some version, 2 wrong use, 3 inconclusive, 130 interrupted
"""
_FOUND: Final = 1


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bisect",
        help="the first and the last version of a package with each covert channel",
        description="Audits versions of a package: a coarse grid in full or for the channels found so far, then, "
        "between versions that differ, only the worlds that show the difference.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("package", metavar="PACKAGE", help="an npm package, or a recipe's name such as claude-code")
    parser.add_argument("--from", dest="start", metavar="VERSION", required=True, help="first version")
    parser.add_argument("--to", dest="end", metavar="VERSION", required=True, help="last version")
    steps = parser.add_mutually_exclusive_group()
    steps.add_argument("--every", type=int, metavar="N", help="try every Nth version at least")
    steps.add_argument("--all", action="store_true", help="try every version")
    parser.add_argument("--recipe", metavar="NAME|FILE", help="how to start it, where that is not known by its name")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="choose other worlds (default: 0)")
    parser.add_argument("--workers", type=int, metavar="N", help="runs at a time (default: one a core)")
    parser.add_argument(
        "--runs", type=int, default=DEFAULT_RUNS, metavar="N", help="at most so many starts a version (default: 80)"
    )
    parser.add_argument("--no-scan", action="store_true", help="do not read packages first for levels to try")
    parser.add_argument("--no-cache", action="store_true", help="use nothing that earlier calls learned")
    parser.add_argument("--keep", action="store_true", help="keep the packages that are fetched")
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Search, print, and return the exit code."""
    check_output(options.output)
    _check(options)
    package, loaded = _package(options)
    with Progress(sys.stderr) as progress, ending_on_terminate():
        result = _history(options, package, loaded, progress)
    show(report.to_document(result), options)
    return exit_code(result)


def exit_code(result: HistoryResult) -> int:
    """Return 1 where a covert channel was found in any version, 3 where nothing can be said of any."""
    if is_found(result):
        return _FOUND
    return InconclusiveError.exit_code if is_silent(result) else 0


def _check(options: argparse.Namespace) -> None:
    if options.every is not None and options.every < 1:
        raise UsageError("--every takes 1 or more.")
    check_runs(options)


def _package(options: argparse.Namespace) -> tuple[str, LoadedRecipe]:
    """Return the package that is meant, and its recipe."""
    text = options.package.removeprefix("npm:")
    known = shipped().get(text)
    name = known.npm.package if known is not None and known.npm is not None else parse_spec(text).name
    if "@" in text[1:]:
        raise UsageError(f"{options.package}: name the package alone; its versions go to --from and --to.")
    loaded = named(options.recipe) if options.recipe is not None else for_package(name)
    if loaded is None:
        raise TargetError(
            f"No recipe knows the npm package {name}: give one by --recipe. Known: {', '.join(shipped())}."
        )
    return name, loaded


def _history(options: argparse.Namespace, package: str, loaded: LoadedRecipe, progress: Progress) -> HistoryResult:
    request = Request(
        package=package,
        start=options.start.removeprefix("v"),
        end=options.end.removeprefix("v"),
        recipe=loaded.recipe,
        every=1 if options.all else options.every,
        seed=options.seed,
        runs=options.runs,
        workers=workers(options),
        scan=not options.no_scan,
        command=_repeat_command(options),
    )
    with Packages(package, recipe=options.recipe, keep=options.keep, progress=progress.note) as packages:
        parts = Parts(
            listing=lambda: target.published(package, pre_releases=True),
            source=packages,
            store=Store.of(package, None, reads=not options.no_cache),
            audit=lambda agent, wish, said: _audit(agent, wish, progress, said, wanted=not options.no_scan),
        )
        return history(request, parts, progress)


def _audit(agent: Agent, wish: Options, progress: Progress, said: Told, *, wanted: bool) -> AuditResult:
    """Audit a version; where it is audited in full, read its package first for levels to try."""
    if wish.worlds:
        return audit(agent, wish, said)
    return audit(agent, replace(wish, scanned=scanned(agent, progress, wanted=wanted)), said)


def _repeat_command(options: argparse.Namespace) -> str:
    words = ["wiretell", "bisect", options.package, "--from", options.start, "--to", options.end]
    words += ["--every", str(options.every)] if options.every is not None else []
    words += ["--all"] if options.all else []
    words += ["--recipe", options.recipe] if options.recipe else []
    words += ["--no-scan"] if options.no_scan else []
    words += ["--runs", str(options.runs)] if options.runs != DEFAULT_RUNS else []
    return shlex.join([*words, "--seed", str(options.seed)])
