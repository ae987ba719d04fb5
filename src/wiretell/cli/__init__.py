"""The `wiretell` command. One file a command: parse, call, print, exit code.

Exit codes: 0 done, nothing found; 1 found what was looked for; 2 wrong use or bad input; 3 inconclusive; 4 own fault.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from wiretell import __version__
from wiretell.cli.ending import importing
from wiretell.errors import UsageError, WiretellError

_COMMANDS: Final = (
    *("audit", "scan", "diff", "bisect", "verify", "marks", "agents", "doctor", "bench"),
    *("gateway", "run", "hunt", "fleet"),
)
_MODULES: Final = {"run": "run_agent"}
"""Where a command's module is called otherwise: `run` here is the function."""
_EXTRAS: Final = {"gateway": "gateway", "run": "gateway", "hunt": "hunt", "fleet": "fleet"}
"""Commands that need packages which `pip install wiretell` alone does not bring."""
_INTERRUPTED = 130
_OWN_FAULT = 4
_ENDED: Final = "interrupted; what it had started has ended, and nothing was left behind."
_SHOWN: Final = 2000
"""Characters of a sentence: names that come from a file may have a million."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]  # returns never, by raising
        raise UsageError(f"{message}; see `{self.prog} --help`.")


def build_parser(*names: str) -> argparse.ArgumentParser:
    """Return the parser with the named commands, or with every one.

    A command is imported when its parser is made: all of them take a second, one a third of it.
    """
    parser = _Parser(
        prog="wiretell",
        description="Shows what an AI coding agent tells its vendor about the person who runs it, proven by bytes.",
        epilog="Exit codes: 0 nothing found, 1 found, 2 wrong use or bad input, 3 inconclusive, 4 own fault, "
        "130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"wiretell {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name in names or _COMMANDS:
        try:
            importlib.import_module(f"wiretell.cli.{_MODULES.get(name, name)}").add_to(commands)
        except ModuleNotFoundError as error:
            if names or not _is_extra(error, name):
                raise
            commands.add_parser(name, help=f"not installed: pip install 'wiretell[{_EXTRAS[name]}]'")
    return parser


def _is_extra(error: ModuleNotFoundError, command: str | None) -> bool:
    """Whether what is missing is a package of a command's extra, and no module of ours."""
    return command in _EXTRAS and not (error.name or "wiretell").startswith("wiretell")


def run(arguments: Sequence[str]) -> int:
    """Carry out one command; return its exit code. Errors become one sentence on standard error."""
    if arguments[:1] == ["--version"]:  # before the commands are imported, which takes a second
        print(f"wiretell {__version__}")
        return 0
    named = next((name for name in arguments[:1] if name in _COMMANDS), None)
    try:
        with importing():
            parser = build_parser(*filter(None, (named,)))
        options, words = _parse(parser, arguments)
        if words:
            options.words = words
        if options.command is None:
            parser.print_help()
            return UsageError.exit_code
        code: int = options.call(options)
        return code
    except WiretellError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say(_ENDED)
        return _INTERRUPTED
    except Exception as error:
        if isinstance(error, (ImportError, SystemError)) and _began_with_interrupt(error):
            _say(_ENDED)
            return _INTERRUPTED
        if isinstance(error, ModuleNotFoundError) and named and _is_extra(error, named):
            _say(f"`wiretell {named}` needs {error.name}: pip install 'wiretell[{_EXTRAS[named]}]'.")
            return UsageError.exit_code
        if os.environ.get("WIRETELL_TRACEBACK"):
            traceback.print_exc()
        _say(
            f"internal error ({type(error).__name__}: {error}); this is a fault of wiretell's own. "
            "WIRETELL_TRACEBACK=1 shows where; please report it."
        )
        return _OWN_FAULT


def _began_with_interrupt(error: BaseException | None) -> bool:
    """Whether an error is what a compiled module made of Ctrl-C."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _say(sentence: str) -> None:
    """Print one line on standard error. What a file or a package is called must not steer the terminal.

    Parts of the sentence may be drawn already, so what looks like a box is no fake and stays as it is.
    """
    from wiretell.report.glyphs import draw  # reports are slow to import, and most commands end without an error

    if len(sentence) > _SHOWN:  # how it begins, and what to do
        cut = len(sentence) - _SHOWN
        sentence = f"{sentence[: _SHOWN // 2]}… (+{cut:,} characters) …{sentence[-_SHOWN // 2 :]}"
    if sys.stderr is not None:  # or `print` takes standard output
        print("wiretell: " + "".join(map(draw, sentence)), file=sys.stderr)


def _parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Part a plain command after `--` from the rest, which argparse would mix up with other arguments."""
    given = list(arguments)
    at = given.index("--") if "--" in given else len(given)
    options, words = parser.parse_args(given[:at]), given[at + 1 :]
    if words and not hasattr(options, "words"):
        raise UsageError(f"`wiretell {options.command}` takes no command after --.")
    return options, words


def main() -> None:
    """Entry point of the `wiretell` command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character shows its number
    sys.exit(run(sys.argv[1:]))
