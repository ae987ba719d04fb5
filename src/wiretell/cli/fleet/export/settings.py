"""`wiretell fleet export settings`: managed settings of the agents themselves, from a policy."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wiretell.cli.fleet.shared import add_policy_options, moment, policy_of
from wiretell.cli.output import Commands, add_output_options, check_output, write_output

if TYPE_CHECKING:
    from wiretell.fleet.exports.managed import Managed

_EXAMPLES: Final = """examples:
  wiretell fleet export settings --policy wiretell-policy.toml --output-dir managed
  wiretell fleet export settings --on 2026-07-10 --output-dir managed --force      replaces an earlier export
  wiretell fleet export settings --format json --output managed.json               files, keys and sources as JSON

Written are only keys that the vendors document: Claude Code's managed-settings.json (least version, denied models),
OpenCode's opencode.json (providers, models), VS Code's policy.json (extensions). README.txt says where each file goes,
which rule each key stands for, and what of the policy no key can say. Nothing is installed.

exit codes: 0 done, 2 wrong use or bad input, 4 own fault
"""


def add_to(forms: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the form to the parser."""
    parser = forms.add_parser(
        "settings",
        help="managed settings of the agents themselves",
        description="Writes what a policy bans into the agents' own managed settings, as far as they have keys for it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_policy_options(parser)
    parser.add_argument("--output-dir", metavar="DIR", help="write the files and a README.txt into this new folder")
    parser.add_argument("--force", action="store_true", help="replace an earlier export in --output-dir")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Make the settings, write them where `--output-dir` says, and tell what they do and do not say."""
    from wiretell.fleet.exports.managed import managed
    from wiretell.fleet.exports.managed.writing import write

    check_output(options.output)
    policy = policy_of(options)
    made = managed(policy, moment(options, policy))
    written = write(made, Path(options.output_dir), force=options.force) if options.output_dir else ()
    write_output(_report(made, written, options.format), options.output)
    return 0


def _report(made: Managed, written: tuple[Path, ...], form: str) -> str:
    from wiretell.fleet.exports.managed import telling
    from wiretell.report.glyphs import visible

    if form == "json":
        return json.dumps(_document(made, written), indent=1)
    told = telling.text(made)
    return "".join(f"wrote {visible(str(path))}\n" for path in written) + "\n" * bool(written) + told


def _document(made: Managed, written: tuple[Path, ...]) -> dict[str, Any]:
    """Return the listing as JSON has it: values of keys as themselves, not as text."""
    files = [
        {**asdict(file), "keys": [{**asdict(key), "value": json.loads(key.value)} for key in file.keys]}
        for file in made.files
    ]
    return {
        "schema": "wiretell/fleet-settings/1",
        "policy": {"source": made.policy_source, "sha256": made.policy_sha256},
        "on": made.on,
        "files": files,
        "unexpressed": [asdict(each) for each in made.unexpressed],
        "written": [str(path) for path in written],
    }
