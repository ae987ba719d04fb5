"""Documents say what the code does."""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path

from wiretell.cli import build_parser

ROOT = Path(__file__).parent.parent


def test_every_dependency_has_its_licence_and_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {_name(line) for line in project["dependencies"]}
    page = (ROOT / "docs/dependencies.md").read_text()
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+) \| ([^|]+) \|$", page, re.M)
    assert {name for name, licence, why in rows if licence.strip() and len(why) > 10} - {"package"} == declared
    extras = {(extra, _name(line)) for extra, lines in project["optional-dependencies"].items() for line in lines}
    rows = re.findall(r"^\| ([a-z]+) \| ([a-z0-9-]+) \| [^|]+ \| [^|]{10,} \|$", page, re.M)
    assert set(rows) - {("extra", "package")} == extras


def _name(requirement: str) -> str:
    return re.split(r"[<>=~!\[; ]", requirement)[0]


def test_lock_files_pin_every_dependency_with_hashes_and_name_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name in ("run.txt", "dev.txt"):
        lock = (ROOT / "requirements" / name).read_text()
        for line in project["dependencies"]:
            package = re.split(r"[<>=~!\[; ]", line)[0]
            assert re.search(rf"^{package}==[^\n]+\\\n +--hash=sha256:", lock, re.M), package
        assert "://" not in lock and "--index" not in lock


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"`make ([a-z-]+)", page.read_text()):
            assert target.rstrip("-") in {*targets, "bench"}, f"{page.name}: make {target}"


def test_every_command_and_option_of_the_readme_exists() -> None:
    (commands,) = [action for action in build_parser()._actions if action.dest == "command"]
    assert isinstance(commands.choices, dict)
    known = {name: _options(parser) for name, parser in commands.choices.items()}
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        for command, rest in re.findall(r"^\$? ?wiretell ([a-z]+)([^\n#]*)", page.read_text(), re.M):
            assert command in known, f"{page.name}: wiretell {command}"
            for option in re.findall(r" (--[a-z]+(?:-[a-z]+)*)", rest.split(" -- ")[0]):
                assert option in known[command], f"{page.name}: wiretell {command} {option}"


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """Return the options of a command, those of its verbs included."""
    verbs = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    of_verbs = (_options(verb) for action in verbs for verb in action.choices.values())
    return set(parser._option_string_actions).union(*of_verbs)


def test_help_shows_examples_for_every_command() -> None:
    (commands,) = [action for action in build_parser()._actions if action.dest == "command"]
    assert isinstance(commands.choices, dict)
    for name, parser in commands.choices.items():
        assert "examples:" in parser.format_help(), name


def test_links_between_documents_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page.name}: {link}"
