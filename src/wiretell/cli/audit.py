"""`wiretell audit`: run an agent in many worlds and prove what its bytes tell."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from wiretell import report, target
from wiretell.audit import Options, audit, reanalyse
from wiretell.campaign import leads
from wiretell.capture import store
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.output import Commands, add_output_options, check_output, show
from wiretell.cli.running import DEFAULT_RUNS, check_runs, scanned, workers
from wiretell.errors import InconclusiveError, UsageError
from wiretell.lab.levels import ENV_FACT, check_level
from wiretell.model.agent import Agent
from wiretell.model.findings import AuditResult, Verdict
from wiretell.report.progress import Progress

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
    with Progress(sys.stderr) as progress, ending_on_terminate():
        result = _audit(options, progress)
    show(report.to_document(result), options)
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
    check_runs(options)
    if options.save is not None:
        store.check_free(options.save)


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
            workers=workers(options),
            levels=levels,
            scanned=scanned(agent, progress, wanted=not options.no_scan),
            priors=options.priors == "all",
            sweeps=tuple(dict.fromkeys(options.sweep)),
            save=options.save,
            command=_repeat_command(options, agent),
        ),
        progress,
    )


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
