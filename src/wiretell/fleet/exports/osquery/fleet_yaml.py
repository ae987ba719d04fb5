"""A policy as Fleet's own (https://fleetdm.com): policies that a machine passes or fails, and queries that say why.

Forms: `gitops`, for the YAML files of `fleetctl gitops` (https://fleetdm.com/docs/configuration/yaml-files), and
`apply`, documents for `fleetctl apply` (https://github.com/fleetdm/fleet, docs/Configuration/configuration-files).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from wiretell.fleet.exports.osquery.queries import Query, bans, unless_banned
from wiretell.fleet.exports.osquery.tables import Products, Reach
from wiretell.model.policy import Policy, Rule

_PLATFORMS: Final = {"posix": "darwin,linux", "linux": "linux"}
_EACH: Final = (("linux", "Linux"), ("darwin", "macOS"))
_BOTH: Final = (("darwin,linux", ""),)


def policies(
    policy: Policy, products: Products | None = None, reach: Reach | None = None, *, critical: bool = False
) -> list[dict[str, Any]]:
    """Return a policy of Fleet for each rule that can ban an install, and for each platform where tables differ.

    `critical`: needs Fleet Premium.
    """
    made = []
    for rule in policy.rules:
        queries = bans(policy, rule, products, reach)
        platforms = _EACH if any(query.platform == "linux" for query in queries) else _BOTH
        for platform, told in platforms if queries else ():
            there = [query for query in queries if query.platform == "posix" or query.platform == platform]
            made.append(
                {**_told(rule, policy.timezone, told), "query": unless_banned(rule, there), "platform": platform}
            )
    return [{**each, "critical": critical} for each in made]


def _told(rule: Rule, timezone: str, system: str) -> dict[str, str]:
    instead = f"Use instead: {rule.instead}" if rule.instead else ""
    return {
        "name": f"wiretell: {rule.id}" + (f" ({system})" if system else ""),
        "description": _sentence(f"No agent is installed that rule {rule.id} bans{_days(rule, timezone)}", rule.reason),
        "resolution": _sentence("Remove it: `wiretell fleet remove --apply`", instead),
    }


def _days(rule: Rule, timezone: str) -> str:
    days = (f" from {rule.since}" if rule.since else "") + (f" until {rule.until}" if rule.until else "")
    return f"{days} ({timezone})" if days else ""


def _sentence(text: str, more: str) -> str:
    whole = f"{text}. {more.strip().rstrip('.')}." if more else f"{text}."
    return " ".join(whole.split())


def queries_of(queries: Iterable[Query], interval: int) -> list[dict[str, Any]]:
    """Return queries of Fleet, which report all rows each time. `interval`: seconds."""
    return [
        {
            "name": query.name,
            "description": query.told,
            "query": query.sql,
            "platform": _PLATFORMS[query.platform],
            "interval": interval,
            "min_osquery_version": query.least,
            "logging": "snapshot",
            "automations_enabled": True,
            "observer_can_run": True,
        }
        for query in queries
    ]


def as_gitops(policies: Sequence[dict[str, Any]], queries: Sequence[dict[str, Any]], notes: Iterable[str]) -> str:
    """Return the keys `policies` and `queries` of a team's file. `$` in names is written as `fleetctl gitops` wants it;
    descriptions and resolutions are not expanded, and queries hold none."""
    named = [{**each, "name": each["name"].replace("$", r"\$")} for each in policies]
    return _comments(notes) + _dump({"policies": named, "queries": list(queries)})


def as_apply(policies: Sequence[dict[str, Any]], queries: Sequence[dict[str, Any]], notes: Iterable[str]) -> str:
    """Return one document for each policy and each query."""
    kinds = [*(("policy", each) for each in policies), *(("query", each) for each in queries)]
    documents = (_dump({"apiVersion": "v1", "kind": kind, "spec": spec}) for kind, spec in kinds)
    return _comments(notes) + "".join(f"---\n{document}" for document in documents)


def _comments(notes: Iterable[str]) -> str:
    """Return notes as comments; `fleetctl gitops` looks for variables in these too."""
    return "".join(
        f"# {''.join(char if char.isprintable() and char != '$' else ' ' for char in note)}\n" for note in notes
    )


def _dump(value: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes texts of several lines as blocks."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as PyYAML asks it
            return True

    def block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, block)
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=False, width=10_000)
