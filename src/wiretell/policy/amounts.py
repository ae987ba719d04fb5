"""Amounts of money, tokens and requests: how they are read and how they are told. Money is in micro-dollars."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from wiretell.model.exchange import MICRO_USD
from wiretell.model.policy import Unit

MAX_AMOUNT: Final = 10**15
"""Of micro-dollars (a thousand million dollars), tokens or requests: sums of such fit into the counters' 64 bits."""
_DECIMALS: Final = 6


def micro_usd(value: int | Decimal) -> int | None:
    """Return dollars as micro-dollars, exactly; None for what is negative, too much, not finite or finer than that."""
    dollars = Decimal(value)
    if not dollars.is_finite() or not 0 <= dollars <= MAX_AMOUNT // MICRO_USD:
        return None
    exponent = dollars.as_tuple().exponent
    assert isinstance(exponent, int)
    return int(dollars * MICRO_USD) if exponent >= -_DECIMALS else None


def usd(micro: int) -> str:
    """Tell micro-dollars: `$300`, `$300.02`; less than a cent to the last digit, `$0.000175`."""
    dollars = Decimal(micro) / MICRO_USD
    if micro % MICRO_USD == 0:
        return f"${micro // MICRO_USD:,}"
    if abs(micro) < MICRO_USD // 100:
        return f"${dollars:f}".rstrip("0")
    return f"${dollars.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def amount(unit: Unit, value: int) -> str:
    """Tell an amount of a budget: `$300.02`, `50,000,000 tokens`, `1 request`."""
    if unit == "usd":
        return usd(value)
    return f"{value:,} {unit.removesuffix('s') if value == 1 else unit}"
