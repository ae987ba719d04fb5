"""`wiretell audit`: run an agent in many worlds and prove what its bytes tell."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from wiretell import report, scan, target
from wiretell.audit import Options, audit, reanalyse
from wiretell.campaign import leads
from wiretell.capture import store
from wiretell.cli.output import (
    Commands,
    add_output_options,
    check_output,
    terminal_width,
    wants_color,
    write_output,
)
from wiretell.errors import InconclusiveError, UsageError
from wiretell.lab import plan
from wiretell.lab.levels import ENV_FACT, check_level
from wiretell.model.agent import Agent
from wiretell.model.findings import AuditResult, Verdict
from wiretell.report.progress import Progress
from wiretell.scan.levels import Levels
from wiretell.target.interface import is_visible

_EXAMPLES = """examples:
  wiretell audit npm:@anthropic-ai/claude-code@2.1.91
  wiretell audit codex                                     a known recipe, newest version
  wiretell audit ./my-agent                                a folder with wiretell-agent.toml
  wiretell audit --protocol openai-chat -- ./tool -p hi    a plain command
  wiretell audit claude-code@2.1.91 --level timezone=Asia/Macau --level env:CI=1
  wiretell audit claude-code@2.1.91 --priors none          only what the package itself names
  wiretell audit claude-code@2.1.91 --sweep base_url       every entry of its hidden lists, one run each
  wiretell audit claude-code --save run1 --format html --output report.html
  wiretell audit --from run1                               analyse again, without a run

exit codes: 0 no covert channel, 1 a covert channel, 2 wrong use, 3 inconclusive, 4 own fault, 130 interrupted
"""
_FOUND = 1
_MAX_WORKERS = 64
DEFAULT_RUNS = plan.RUNS


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "audit",
        help="run an agent in sealed worlds that differ in one fact, and compare every byte",
        description="Reads the package for what it hides and names, then starts the unmodified agent many times, "
        "sealed from every network, in worlds that differ in what they say about the user; compares every byte it "
        "sends; proves which facts cause which differences.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target", nargs="?", help="npm:NAME@VERSION, a recipe's name, or a folder with wiretell-agent.toml"
    )
    parser.set_defaults(words=[])  # a plain command, after --; `split_command` fills it
    parser.add_argument("--recipe", metavar="NAME|FILE", help="how to start it, where that is not known by its name")
    parser.add_argument(
        "--level", action="append", default=[], metavar="FACT=VALUE", help="also try this level (may be repeated)"
    )
    parser.add_argument("--no-scan", action="store_true", help="do not read the package first for levels to try")
    parser.add_argument(
        "--priors",
        choices=("all", "none"),
        default="all",
        help="none: leave out the built-in guesses at hosts and time zones, so that only what the package names is "
        "tried there; other facts keep their levels, which are surroundings and no guesses (default: all)",
    )
    parser.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="FACT",
        help="then try every entry of the decoded hidden lists as a level of FACT (base_url, timezone, locale or "
        "env:NAME), one run each beside --runs, and infer the rule by which they are matched (may be repeated)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="choose other worlds (default: 0)")
    parser.add_argument(
        "--runs", type=int, default=DEFAULT_RUNS, metavar="N", help="at most so many starts (default: %(default)s)"
    )
    parser.add_argument("--workers", type=int, default=None, metavar="N", help="runs at a time (default: one a core)")
    parser.add_argument("--protocol", metavar="NAME", help="a plain command's protocol, such as openai-chat")
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a plain command's environment, {base_url} filled",
    )
    parser.add_argument("--save", metavar="DIR", type=Path, help="keep every captured byte there")
    parser.add_argument(
        "--from", dest="source", metavar="DIR", type=Path, help="analyse what --save kept, without a run"
    )
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json", "sarif", "html"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Audit, print, and return the exit code of the verdict."""
    _check(options)
    with Progress(sys.stderr) as progress, _ending_on_terminate():
        result = _audit(options, progress)
    document = report.to_document(result)
    color, width = wants_color(options.output), terminal_width()
    text = report.render(document, options.format, color=color, width=width, verbose=options.verbose)
    write_output(text, options.output)
    return exit_code(result.verdict)


def exit_code(verdict: Verdict) -> int:
    """Return the exit code that stands for a verdict: 1 for a covert channel, and only that."""
    match verdict:
        case Verdict.COVERT:
            return _FOUND
        case Verdict.INCONCLUSIVE:
            return InconclusiveError.exit_code
        case Verdict.UNDECLARED | Verdict.DECLARED | Verdict.CLEAN:
            return 0


def _check(options: argparse.Namespace) -> None:
    check_output(options.output)
    if options.source is None and options.target is None and not options.words:
        raise UsageError("name a target, such as npm:@anthropic-ai/claude-code@2.1.91; see `wiretell audit --help`.")
    if options.words and options.target is not None:
        raise UsageError(f"one target at a time: {options.target}, or the command after --.")
    if options.source is not None and (options.target or options.words):
        raise UsageError("--from analyses what is saved; name no target with it.")
    if options.source is not None and (ignored := _set_in_vain(options)):
        raise UsageError(f"--from makes no run, so {', '.join(ignored)} would do nothing; leave it out.")
    _check_sweeps(options)
    if options.runs < plan.LEAST_RUNS:
        raise UsageError(f"--runs takes {plan.LEAST_RUNS} or more; with fewer nothing can be said.")
    if options.save is not None:
        store.check_free(options.save)
    if options.workers is not None and not 1 <= options.workers <= _MAX_WORKERS:
        raise UsageError(f"--workers takes a number from 1 to {_MAX_WORKERS}.")


def _check_sweeps(options: argparse.Namespace) -> None:
    for fact in options.sweep:
        if fact.startswith(ENV_FACT):
            check_level(fact, "a value")
        elif fact not in leads.SWEEPABLE:
            known = ", ".join((*leads.SWEEPABLE, "env:NAME"))
            raise UsageError(f"--sweep {fact}: entries of a list can be tried as {known}.")
    if options.sweep and options.no_scan:
        raise UsageError("--sweep tries what the scan decodes; leave out --no-scan.")


def _set_in_vain(options: argparse.Namespace) -> list[str]:
    given = {
        "--save": options.save,
        "--level": options.level,
        "--no-scan": options.no_scan,
        "--priors": options.priors != "all",
        "--sweep": options.sweep,
        "--recipe": options.recipe,
        "--protocol": options.protocol,
        "--env": options.env,
        "--workers": options.workers,
        "--seed": options.seed,
        "--runs": options.runs != DEFAULT_RUNS,
    }
    return [name for name, value in given.items() if value]


def _audit(options: argparse.Namespace, progress: Progress) -> AuditResult:
    if options.source is not None:
        return reanalyse(options.source, progress)
    agent = _agent(options, progress)
    levels = _pairs(options.level, "--level")
    for fact, values in levels.items():  # before a package is read for nothing
        for value in values:
            check_level(fact, value)
    return audit(
        agent,
        Options(
            seed=options.seed,
            runs=options.runs,
            workers=options.workers or len(os.sched_getaffinity(0)),
            levels=levels,
            scanned=_scanned(options, agent, progress),
            priors=options.priors == "all",
            sweeps=tuple(dict.fromkeys(options.sweep)),
            save=options.save,
            command=_repeat_command(options, agent),
        ),
        progress,
    )


def _scanned(options: argparse.Namespace, agent: Agent, progress: Progress) -> Levels:
    """Read the package for levels to try. Whatever goes wrong there is said in the result and costs no audit."""
    what, located = "what the package hides and names (the scan)", agent.target
    if options.no_scan:
        return leads.without_scan(what, "--no-scan was given")
    if located.kind == "command" and is_visible(located.root):
        return leads.without_scan(what, "the program lies in a folder of the system, among others")
    progress.phase("reading the package", 1)
    described = {
        "kind": located.kind,
        "name": located.name,
        "version": located.version or "",
        "sha256": located.sha256,
    }
    try:
        found = leads.from_scan(scan.scan(located.root, described, progress=_quiet), agent)
    except Exception as error:  # a reader that meets hostile files must not cost the runs
        return leads.without_scan(what, f"it failed: {str(error) or type(error).__name__}")
    progress.advance()
    for at, lead in enumerate(found.leads, 1):
        progress.note(f"hidden list {at}: {len(lead.entries)} entries in {lead.file}")
    return found


def _quiet(_line: str) -> None:
    """Leave out what `wiretell scan` tells about how far it is."""


def _agent(options: argparse.Namespace, progress: Progress) -> Agent:
    env = {name: values[-1] for name, values in _pairs(options.env, "--env").items()}
    if options.words:
        return target.resolve_words(options.words, recipe=options.recipe, env=env, protocol=options.protocol)
    return target.resolve(
        options.target, recipe=options.recipe, env=env, protocol=options.protocol, progress=progress.note
    )


def _pairs(texts: list[str], option: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {text}: write it as NAME=VALUE, for instance timezone=Asia/Macau.")
        found.setdefault(name, []).append(value)
    return found


def _repeat_command(options: argparse.Namespace, agent: Agent) -> str:
    """Return a command that makes the same audit again, its version named where the newest was meant."""
    exact = agent.target.kind == "npm" and agent.target.version and Path(options.target or "").suffix != ".tgz"
    what = f"npm:{agent.target.name}@{agent.target.version}" if exact else options.target
    words = ["wiretell", "audit", *([what] if what else [])]
    for option, value in (("--recipe", options.recipe), ("--protocol", options.protocol)):
        words += [option, value] if value else []
    words += [word for text in options.env for word in ("--env", text)]
    words += [word for text in options.level for word in ("--level", text)]
    words += [*(["--no-scan"] if options.no_scan else []), *(["--priors", "none"] if options.priors == "none" else [])]
    words += [word for fact in dict.fromkeys(options.sweep) for word in ("--sweep", fact)]
    words += ["--runs", str(options.runs)] if options.runs != DEFAULT_RUNS else []
    words += ["--seed", str(options.seed), *(["--", *options.words] if options.words else [])]
    return shlex.join(words)


class _ending_on_terminate:  # noqa: N801 - reads as a with-statement
    """While it lasts, a polite request to end (SIGTERM, SIGHUP) unwinds like Ctrl-C, so that every sandbox ends."""

    def __enter__(self) -> None:
        self._old: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._old[number] = signal.signal(number, self._interrupt)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    @staticmethod
    def _interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt
