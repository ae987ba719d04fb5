"""What an export of managed settings comes to: files, the keys in them with their sources, and what no key can say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a managed file."""

    name: str
    value: str
    """As JSON."""
    rules: tuple[str, ...]
    """Ids of the rules it stands for, in the policy's order."""
    source: str
    """Where the vendor documents it."""
    since: str = ""
    """Version of the agent from which it works; an older one ignores it. Empty: not told."""
    note: str = ""
    """Where it is stricter or laxer than the policy; sentences."""


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """One file for an administrator to put in its place."""

    agent: str
    """Product in the catalogue, or the editor."""
    name: str
    """Below the folder of the export: `claude-code/managed-settings.json`."""
    place: str
    """Where it belongs on Linux."""
    elsewhere: str
    """Where it belongs on other systems; half a sentence, empty where the vendor does not say."""
    content: str
    """Ends with a line break."""
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Unexpressed:
    """What the policy says and an agent's own settings cannot."""

    agent: str
    """Empty: no agent's."""
    rule: str
    why: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one agent's exporter gives."""

    files: tuple[ManagedFile, ...] = ()
    unexpressed: tuple[Unexpressed, ...] = ()


@dataclass(frozen=True, slots=True)
class Managed:
    """A whole export."""

    policy_source: str
    policy_sha256: str
    on: str
    """ISO 8601 with the policy's zone: the rules in force at that moment are in it."""
    files: tuple[ManagedFile, ...]
    unexpressed: tuple[Unexpressed, ...]
