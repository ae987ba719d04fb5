"""What tokens cost, by a dated table: the one that ships with wiretell, or the user's own file of the same form.

Prices in the file are US dollars for a million tokens, with at most six decimals. Here they are integers: millionths of
a dollar for a million tokens, so that a cost is exact until it is rounded up, once, to a whole micro-dollar.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from wiretell.errors import FormatError
from wiretell.model.exchange import Spent, Usage
from wiretell.policy.amounts import micro_usd
from wiretell.policy.globs import MAX_NAME, bare
from wiretell.policy.products import vendor_of

BYTES_PER_TOKEN: Final = 4
"""Of a request that nobody has counted yet. English and code lie near it; Chinese takes fewer bytes for a token."""
DEFAULT_OUTPUT_TOKENS: Final = 16_384
"""Reserved for a response of which the request names no limit; longer ones are settled all the same."""
MAX_OUTPUT_TOKENS: Final = 1_000_000
"""Of what a request may make the gateway reserve; no model writes more at once."""
_MILLION: Final = 1_000_000
_DATED: Final = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|latest)$")
_PROVIDERS: Final = frozenset(
    (
        *("models", "publishers", "google", "gemini", "vertex_ai", "anthropic", "openai", "deepseek", "mistral"),
        *("mistralai", "moonshot", "moonshotai", "xai", "x-ai", "dashscope", "qwen", "alibaba", "zai", "z-ai"),
        *("minimax", "openrouter", "bedrock"),
    )
)
"""What may stand before a model's name without making it another's offer at another's price."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Micro-dollars for a million tokens."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    cache_write_1h: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of a table."""

    name: str
    vendor: str
    rates: Rates
    tiers: tuple[tuple[int, Rates], ...] = ()
    """(above so many tokens of the request, cached ones included; then all tokens cost this), rising."""

    def cost(self, usage: Usage) -> int:
        """Return what tokens cost, in micro-dollars, rounded up. What is below zero counts as none."""
        fresh, read = max(0, usage.input_tokens), max(0, usage.cache_read_tokens or 0)
        written = max(0, usage.cache_write_tokens or 0)
        hour = min(max(0, usage.cache_write_1h_tokens), written)
        rates = self._rates(fresh + read + written)
        cost = fresh * rates.input + max(0, usage.output_tokens) * rates.output + read * rates.cache_read
        cost += (written - hour) * rates.cache_write + hour * rates.cache_write_1h
        return -(-cost // _MILLION)

    @property
    def dearness(self) -> tuple[int, str]:
        """By which the dearest is found: input and output of the highest tier together."""
        highest = self.tiers[-1][1] if self.tiers else self.rates
        return max(highest.input + highest.output, self.rates.input + self.rates.output), self.name

    def _rates(self, request_tokens: int) -> Rates:
        return next((rates for above, rates in reversed(self.tiers) if request_tokens > above), self.rates)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one exchange costs."""

    micro_usd: int
    entry: str
    """The table's entry that was used."""
    known: bool
    """False: the table has no such model, and that entry is the dearest of its vendor, or of all."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceTable:
    """A dated table."""

    name: str
    """With its date: `wiretell 2026-11-21`; as the column `price_table` has it."""
    date: dt.date
    source: str
    licence: str
    entries: Mapping[str, Entry]
    """By name in lower case; at least one."""
    _dearest: Mapping[str, Entry] = field(init=False, repr=False)
    """By vendor; of all under the empty name."""

    def __post_init__(self) -> None:
        dearest: dict[str, Entry] = {}
        for entry in sorted(self.entries.values(), key=lambda each: each.dearness):
            dearest[entry.vendor] = dearest[""] = entry
        object.__setattr__(self, "_dearest", MappingProxyType(dearest))

    def cost(self, model: str, usage: Usage) -> Cost:
        """Return what an exchange costs; a model that is not in the table costs as much as its vendor's dearest."""
        entry, known = self.find(model)
        return Cost(entry.cost(usage), entry.name, known)

    def find(self, model: str) -> tuple[Entry, bool]:
        """Return the entry of a model and True, or the dearest of its vendor (of all where none is known) and False."""
        for name in _spellings(model):
            if name in self.entries:
                return self.entries[name], True
        return self._dearest.get(vendor_of(model), self._dearest[""]), False


def undated(model: str) -> str:
    """Return a model's bare name without the day of its making: two spellings of one model have the same.

    >>> undated("anthropic/claude-opus-4-6-20260205"), undated("gpt-5-2025-08-07"), undated("devstral-small-latest")
    ('claude-opus-4-6', 'gpt-5', 'devstral-small')
    """
    return _DATED.sub("", bare(model))


def _spellings(model: str) -> Iterator[str]:
    """The name as it is, bare, without its date, with `-latest`, with hyphens for dots (`claude-opus-4.6`)."""
    whole = model[:MAX_NAME].strip().lower()
    yield whole
    if not set(whole.split("/")[:-1]) <= _PROVIDERS:
        return
    for base in (bare(model), undated(model)):
        yield base
        yield f"{base}-latest"
        yield base.replace(".", "-")


def spent(table: PriceTable, model: str, usage: Usage) -> Spent:
    """Return what one exchange used of budgets."""
    return Spent(table.cost(model, usage).micro_usd, max(0, usage.total), requests=1)


def reservation(table: PriceTable, model: str, request_bytes: int, max_tokens: int | None, choices: int = 1) -> Spent:
    """Return what to reserve before one request: its bytes as input that is not cached, its limit as output.

    `choices`: answers that the request asks for (`n`, `candidateCount`), each of which may be as long as the limit.
    """
    limit = DEFAULT_OUTPUT_TOKENS if max_tokens is None or max_tokens < 0 else max_tokens
    wanted = min(limit * max(1, choices), MAX_OUTPUT_TOKENS)
    return spent(table, model, Usage(input_tokens=-(-request_bytes // BYTES_PER_TOKEN), output_tokens=wanted))


class _Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    """None: as `input`; so are the two others, `cache_write_1h` as `cache_write`."""
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None


class _Tier(_Rates, frozen=True, forbid_unknown_fields=True, kw_only=True):
    above: int


class _Model(_Rates, frozen=True, forbid_unknown_fields=True, kw_only=True):
    vendor: str = ""
    """Empty: by the model's name."""
    tiers: tuple[_Tier, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: Literal[1]
    name: str
    date: dt.date
    unit: Literal["USD per million tokens"]
    models: dict[str, _Model]
    source: str = ""
    licence: str = ""
    extends: Literal["wiretell"] | None = None


@lru_cache(maxsize=1)
def shipped() -> PriceTable:
    """Return the table that ships with wiretell."""
    return parse(files("wiretell.policy").joinpath("data/prices.json").read_bytes(), "data/prices.json")


def load(path: Path) -> PriceTable:
    """Read the user's own table.

    :raises FormatError: one sentence; also where the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"The price table {path} cannot be read: {error.strerror}.") from error
    return parse(data, str(path))


def parse(data: bytes, source: str) -> PriceTable:
    """Read a table's bytes. Pure. `source`: the file's name, for messages.

    :raises FormatError: one sentence that names the file and the place in it.
    """
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{source} is no price table: {error}.") from error
    entries = {name.lower(): _entry(name.lower(), model, source) for name, model in file.models.items()}
    if len(entries) < len(file.models):
        raise FormatError(f"{source} has a model twice, in different letter case.")
    name = f"{file.name} {file.date}"
    if file.extends:
        entries = {**shipped().entries, **entries}
        name += f" over {shipped().name}"
    if not entries:
        raise FormatError(f"{source} has no models; give at least one under 'models'.")
    return PriceTable(name, file.date, file.source, file.licence, MappingProxyType(entries))


def _entry(name: str, model: _Model, source: str) -> Entry:
    tiers = tuple((tier.above, _rates(tier, name, source)) for tier in model.tiers)
    steps = [above for above, _ in tiers]
    if steps != sorted(set(steps)) or any(above < 1 for above in steps):
        raise FormatError(f"{source}: the tiers of {name!r} must be above rising numbers of tokens.")
    return Entry(name, model.vendor or vendor_of(name), _rates(model, name, source), tiers)


def _rates(given: _Rates, name: str, source: str) -> Rates:
    write = given.input if given.cache_write is None else given.cache_write
    prices = (
        given.input,
        given.output,
        given.input if given.cache_read is None else given.cache_read,
        write,
        write if given.cache_write_1h is None else given.cache_write_1h,
    )
    rates = [micro_usd(price) for price in prices]
    if None in rates:
        raise FormatError(f"{source}: the prices of {name!r} must be numbers from 0 on with at most six decimals.")
    return Rates(*(rate for rate in rates if rate is not None))
