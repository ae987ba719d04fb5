"""What queries of osquery do not answer, of a policy and at all. It stands beside every export."""

from __future__ import annotations

from typing import Final

from wiretell.model.policy import Policy, Rule

UNSEEN: Final = (
    "Settings, shell start files and MCP entries are not among osquery's tables: `wiretell fleet check` reads them.",
    "No program is recognised by what it says of itself: native installs are known by their place, other programs by "
    "the hashes of the releases that wiretell knows, in the usual folders for programs only.",
    "Projects are looked for down to a fixed depth of folders (--depth), environments of Python by the names .venv, "
    "venv and env; other folders that begin with a dot only where package managers have them by default.",
    "A project's manager is told as npm-project for pnpm, yarn and bun too. Not seen: the zips of yarn's Plug'n'Play, "
    "packages within packages, .egg-info, and folders moved by NVM_DIR, PNPM_HOME, UV_TOOL_DIR and their like.",
    "Extensions are those of extensions.json in the editors that this osquery knows.",
    "A process that gives itself another title, or was started through a link, is not told from others.",
    "Windows is left out; on macOS, what is installed as an application is.",
)
"""Whatever the policy says."""


def notes(policy: Policy | None) -> tuple[str, ...]:
    """Return sentences: of each rule that the queries cannot answer, then what they never see. Pure."""
    rules = policy.rules if policy else ()
    return (*filter(None, map(_of_rule, rules)), *UNSEEN)


def _of_rule(rule: Rule) -> str:
    if rule.model is not None:
        return (
            f"Rule {rule.id} names a model: no table of osquery tells which model is used. The gateway enforces it, "
            "and `wiretell fleet check` finds settings that name one."
        )
    if any(each.sha256 for each in rule.audited):
        return f"Rule {rule.id} goes by hashes: only native installs and programs of known releases are hashed there."
    return ""
