"""Environment variables that point an agent at a host or a model (`data/variables.toml`); what is told of a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec

from wiretell.fleet.settings import models, withholding

_SWITCHES: Final = frozenset({"0", "1", "true", "false", "yes", "no", "on", "off", ""})
_PAIR: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable."""

    name: str
    product: str
    """Empty where several programs read it."""
    holds: Literal["host", "model", "name", "switch"]
    source: str


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of a value."""

    value: str
    host: str = ""
    model: str = ""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product: str
    source: str
    host: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    switch: tuple[str, ...] = ()

    def variables(self) -> Iterator[Variable]:
        yield from (Variable(name, self.product, "host", self.source) for name in self.host)
        yield from (Variable(name, self.product, "model", self.source) for name in self.model)
        yield from (Variable(name, self.product, "name", self.source) for name in self.name)
        yield from (Variable(name, self.product, "switch", self.source) for name in self.switch)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    variable: tuple[_Entry, ...]


@lru_cache(maxsize=1)
def known() -> Mapping[str, Variable]:
    """Return every variable by its name."""
    content = files("wiretell.fleet.settings").joinpath("data/variables.toml").read_bytes()
    read = msgspec.toml.decode(content, type=_File)
    return MappingProxyType({each.name: each for entry in read.variable for each in entry.variables()})


def told(variable: Variable, value: str, product: str = "") -> Told:
    """Return what may be told of a variable's value. `product`: who reads it, where the variable is nobody's own."""
    if variable.holds == "host":
        shown, host = withholding.url(value)
        return Told(shown, host)
    if variable.holds == "switch":
        return Told(value if value.strip().lower() in _SWITCHES else withholding.UNREADABLE)
    shown = withholding.name(value)
    return Told(shown, model=models.spelled(variable.product or product, shown) if variable.holds == "model" else "")


def pairs(given: Any) -> Iterator[tuple[str, str]]:
    """Yield names and values of a table of variables, or of a list of `NAME=value` or of `{name, value}`."""
    if isinstance(given, dict):
        yield from ((name, text) for name, value in given.items() if (text := scalar(value)) is not None)
        return
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, str) and (found := _PAIR.match(each)):
            yield found[1], found[2].strip()
        elif isinstance(each, dict) and isinstance(each.get("name"), str):
            yield each["name"], scalar(each.get("value")) or ""


def scalar(value: Any) -> str | None:
    """Return a scalar as text, as a shell would have it; None for tables, lists and nothing."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, str | int | float) else None
