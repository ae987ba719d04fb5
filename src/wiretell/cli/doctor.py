"""`wiretell doctor`: can this machine run sealed agents?"""

from __future__ import annotations

import argparse
import json

from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import NotSealedError
from wiretell.lab import doctor as lab_doctor

_EXAMPLES = """examples:
  wiretell doctor                    every known way out of the sandbox, tried
  wiretell doctor --format json      the same for a machine to read
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "doctor",
        help="test the sandbox on this machine",
        description="Builds the sandbox, tries every known escape from inside, and proves by a positive control that "
        "each try was real. Exit code 0 if all is well, 3 if agents cannot be sealed here.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run the examination and print it."""
    check_output(options.output)
    checks = lab_doctor.examine()
    well = all(check.ok for check in checks)
    text = _as_json(checks, well) if options.format == "json" else _as_text(checks, well)
    write_output(text, options.output)
    return 0 if well else NotSealedError.exit_code


def _as_json(checks: tuple[lab_doctor.Check, ...], well: bool) -> str:
    rows = [{"name": c.name, "ok": c.ok, "detail": c.detail, "control": c.control} for c in checks]
    return json.dumps({"schema": "wiretell/doctor/1", "sealed": well, "checks": rows}, indent=2)


def _as_text(checks: tuple[lab_doctor.Check, ...], well: bool) -> str:
    wide = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        control = f"   [control: {check.control}]" if check.control else ""
        lines.append(f"{'ok ' if check.ok else 'BAD'}  {check.name:<{wide}}  {check.detail}{control}")
    blocked = sum(check.ok for check in checks)
    end = "This machine can run sealed agents." if well else "Agents are not run on this machine until this is mended."
    return "\n".join([*lines, "", f"{blocked} of {len(checks)} checks passed. {end}"])
