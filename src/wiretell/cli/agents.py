"""`wiretell agents`: the recipes that come with wiretell."""

from __future__ import annotations

import argparse
import json

from wiretell import target
from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.model.agent import Recipe

_EXAMPLES = """examples:
  wiretell agents                    recipes and how to audit with them
  wiretell agents --format json
"""


def add_to(commands: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the command to the parser."""
    parser = commands.add_parser(
        "agents",
        help="list the agents that wiretell knows how to start",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print the recipes."""
    check_output(options.output)
    recipes = target.known_recipes()
    write_output(_as_json(recipes) if options.format == "json" else _as_text(recipes), options.output)
    return 0


def _as_json(recipes: tuple[Recipe, ...]) -> str:
    rows = [
        {
            "name": recipe.name,
            "protocol": recipe.protocol,
            "official": recipe.official.host if recipe.official else None,
            "declares": [{"fact": d.fact, "source": d.source} for d in recipe.declares],
        }
        for recipe in recipes
    ]
    return json.dumps({"schema": "wiretell/agents/1", "agents": rows}, indent=2)


def _as_text(recipes: tuple[Recipe, ...]) -> str:
    lines = [f"{'agent':<14}{'protocol':<20}{'official host':<38}documented facts"]
    for recipe in recipes:
        official = recipe.official.host if recipe.official else "-"
        declared = ", ".join(sorted({d.fact for d in recipe.declares})) or "-"
        lines.append(f"{recipe.name:<14}{recipe.protocol:<20}{official:<38}{declared}")
    return "\n".join([*lines, "", "Audit one with `wiretell audit NAME` or `wiretell audit NAME@VERSION`."])
