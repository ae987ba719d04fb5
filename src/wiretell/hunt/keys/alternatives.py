"""Innocent explanations of an account with many conversations at once, each tested on what the account shows."""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.hunt.rule import Keys
from wiretell.model.hunt import Alternative

DECLARED = "declared organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one account shows."""

    declared: bool
    peak_chains: int
    peak_networks: int
    networks: int
    systems: int
    header_tuples: int
    clients: int
    zones: int
    contradictions: int
    known_systems: int


def alternatives(of: Figures, rule: Keys) -> tuple[Alternative, ...]:
    """Test every explanation. None of them is refuted by what the log does not tell."""
    return (_organisation(of), _server(of, rule), _fleet(of, rule), _person(of, rule), _traveller(of, rule))


def _organisation(of: Figures) -> Alternative:
    told = (
        "The account is of a declared organisation or an agreed group: several people behind it are expected."
        if of.declared
        else "The account is of no declared organisation and no agreed group."
    )
    return Alternative(DECLARED, of.declared, told)


def _server(of: Figures, rule: Keys) -> Alternative:
    """A service with users of its own: one program, on however many machines, whatever its users ask."""
    return _tested("service backend", "one program", _several_programs(of, rule), of.header_tuples + of.clients > 0)


def _fleet(of: Figures, rule: Keys) -> Alternative:
    """CI and agent fleets: one program in many places, for few purposes."""
    against = _several_programs(of, rule) + _many_systems(of, rule)
    return _tested("agent fleet or CI", "one program, for few purposes", against, of.header_tuples + of.clients > 0)


def _person(of: Figures, rule: Keys) -> Alternative:
    """A power user with subagents: few purposes, one place. A relay in front of him contradicts his system parts."""
    against = _many_zones(of, rule) + _several_places(of, rule) + _many_systems(of, rule)
    return _tested("one person with subagents", "one place and few purposes", against, of.peak_networks > 0)


def _traveller(of: Figures, rule: Keys) -> Alternative:
    """A traveller, or a VPN whose exit changes: many networks, one after the other."""
    against = _several_places(of, rule) + _many_systems(of, rule)
    if 0 < of.networks < rule.networks:
        against += (f"it has only {of.networks} networks",)
    return _tested("traveller or VPN", "many networks, one after the other", against, of.peak_networks > 0)


def _tested(name: str, expected: str, against: tuple[str, ...], is_known: bool) -> Alternative:
    if against:
        return Alternative(name, False, f"Would be {expected}; but {', and '.join(against)}.")
    if not is_known:
        return Alternative(name, None, f"Would be {expected}; the log does not tell.")
    return Alternative(name, True, f"Would be {expected}, and that is what the log shows.")


def _several_programs(of: Figures, rule: Keys) -> tuple[str, ...]:
    found = _contradicts(of, rule) + _many_zones(of, rule)
    return (f"it shows {of.clients} clients", *found) if of.clients >= rule.clients else found


def _contradicts(of: Figures, rule: Keys) -> tuple[str, ...]:
    enough = max(rule.contradictions, rule.contradiction_share * of.known_systems)
    if of.contradictions < enough:
        return ()
    return (f"the headers of {of.contradictions:,} exchanges name another client than their system part does",)


def _many_zones(of: Figures, rule: Keys) -> tuple[str, ...]:
    return (f"its clients tell {of.zones} time zones",) if of.zones >= rule.zones else ()


def _several_places(of: Figures, rule: Keys) -> tuple[str, ...]:
    return (f"it comes from {of.peak_networks} networks in one hour",) if of.peak_networks > rule.few_networks else ()


def _many_systems(of: Figures, rule: Keys) -> tuple[str, ...]:
    return (f"it has {of.systems} system parts",) if of.systems > rule.few_systems else ()
