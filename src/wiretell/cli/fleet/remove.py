"""`wiretell fleet remove`: what the policy bans goes, by plan or by deed, with an archive and a proof."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from wiretell import report
from wiretell.cli.ending import ending_on_terminate
from wiretell.cli.fleet import shared
from wiretell.cli.output import Commands, add_output_options, check_output, show, write_output
from wiretell.errors import UsageError
from wiretell.model.fleet import Inventory, Removal, StepState

_EXAMPLES: Final = """examples:
  wiretell fleet remove                                 the steps, as commands; nothing is done
  wiretell fleet remove --apply                         carry them out, and prove the absence
  wiretell fleet remove --on 2026-07-10                 what would have to go on that day
  wiretell fleet remove --apply --archive kept.tar.gz   where the user's own files are kept
  wiretell fleet remove --undo                          put back what one that was broken off had moved
  wiretell fleet remove --restore kept.tar.gz           put the user's own files back

What goes is renamed where it stands, the configuration is archived and read again, and only then is anything deleted:
until then a failure, Ctrl-C or a crash takes nothing, and the next --apply or --undo finds all of it in the journal.
Of several homes each is a removal of its own, with an archive of its own (NAME, NAME.2 ...): none can stop the others.
Nothing that is not listed is touched. What wiretell does not do (lines in your own files, settings, what needs root) is
listed too. The proof is a new inventory by the same policy at the same moment, without anything remembered.
exit codes: 0 nothing banned is there (any more), 1 something banned is there, or a step failed, 2 wrong use or bad
input, 3 neither removed nor put back: the sentence says what to do, 4 own fault, 130 interrupted
"""
_FOUND: Final = 1
_INTERRUPTED: Final = 130


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "remove",
        help="remove what is banned: a plan, or with --apply the deed and its proof",
        description="Says how to remove what the policy bans on this machine, or with --apply does it, keeps the "
        "user's own files as an archive, and proves by a new inventory that it is gone.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared.add_policy_options(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--apply", action="store_true", help="do it, not only say how")
    what.add_argument("--undo", action="store_true", help="put back what a removal that was broken off had moved")
    what.add_argument(
        "--restore", metavar="ARCHIVE", help="put back the files of an archive, where nothing is in the way"
    )
    parser.add_argument(
        "--archive",
        metavar="PATH",
        help="keep the user's own files there (default: beside the journal, told in the end)",
    )
    parser.add_argument("--keep-config", action="store_true", help="leave configuration where it is; archive nothing")
    shared.add_machine_options(parser)
    parser.add_argument("--verbose", action="store_true", help="list everything, not only what matters most")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Plan, remove, undo or restore; print; return the exit code."""
    check_output(options.output)
    _check(options)
    if options.undo:
        return _undo(options)
    if options.restore is not None:
        return _restore(options)
    try:
        with ending_on_terminate():
            removal = _remove(options)
    except KeyboardInterrupt as stopped:
        _say_interrupted(stopped)
        return _INTERRUPTED
    show(report.to_document(removal), options)
    return exit_code(removal)


def exit_code(removal: Removal) -> int:
    """Return 1 where something banned is there or a step failed, 0 otherwise."""
    failed = any(result.state is StepState.FAILED for result in removal.steps)
    return _FOUND if removal.left or failed else 0


def _check(options: argparse.Namespace) -> None:
    if options.archive is None:
        return
    if not options.apply:
        raise UsageError("--archive is for --apply: a plan archives nothing.")
    if options.keep_config:
        raise UsageError("--archive and --keep-config exclude each other: what stays where it is needs no archive.")
    check_output(options.archive, "--archive")
    from wiretell.fleet.removal import state_folder, unfinished

    if Path(options.archive).exists() and not unfinished(state_folder()):  # the same command takes up its own
        raise UsageError(f"--archive {options.archive} is there already; name a file that is not.")


def _remove(options: argparse.Namespace) -> Removal:
    from wiretell.fleet.removal import RemoveOptions, remove, state_folder

    policy = shared.policy_of(options)
    wish = RemoveOptions(
        around=shared.surroundings(options),
        state=state_folder(),
        apply=options.apply,
        archive=Path(options.archive) if options.archive else None,
        keep_config=options.keep_config,
    )

    def taken() -> Inventory:
        """Take an inventory; none that removes by, or proves by, trusts what was remembered."""
        options.fresh = options.fresh or options.apply
        return shared.taken_alone(options)

    return remove(taken, policy, shared.moment(options, policy), wish)


def _undo(options: argparse.Namespace) -> int:
    from wiretell.fleet.removal import state_folder, undo

    _plain(options, "--undo")
    with ending_on_terminate():
        sentences = undo(state_folder())
    write_output("\n".join(sentences), options.output)
    return 0


def _restore(options: argparse.Namespace) -> int:
    from wiretell.fleet.removal import restore
    from wiretell.report.glyphs import visible

    _plain(options, "--restore")
    with ending_on_terminate():
        paths = restore(Path(options.restore))
    write_output("\n".join(f"put back: {visible(path)}" for path in paths), options.output)
    return 0


def _plain(options: argparse.Namespace, name: str) -> None:
    if options.format != "text":
        raise UsageError(f"{name} tells a sentence, and has no --format {options.format}.")


def _say_interrupted(stopped: KeyboardInterrupt) -> None:
    """Say how far it came: before COMMIT everything is back, after it the next `--apply` goes on."""
    from wiretell.fleet.removal import StoppedError, state_folder, unfinished

    back = "interrupted; nothing was removed: what had been moved is back in its place."
    if isinstance(stopped, StoppedError):
        back = f"interrupted; {stopped}, home by home; the rest is in its place, and --apply goes on."
    shared.say(unfinished(state_folder()) or (back,))
