"""What a campaign costs its operator: a small dated list of prices, each an assumption, for others to change.

Prices are in US dollars as of 2026-06, rounded, of the order that open offers of that time name; none was measured.

- an account, made by hand or bought new: 1.00; bought aged: 6.00;
- a virtual card: 2.50 (issue and first month); a shared card costs nothing more;
- a server with an address: 8.00 a month;
- a residential address kept for an account: 2.50 a month from a seller who reuses it; a line of its own: 12.00 a month;
- imitating a client's headers for each account, and keeping up with it: 0.3 engineer months, once a campaign;
- a paraphrase by a small model: 0.0004 a prompt; a persona's cover text (S4): 0.002 a prompt;
- an engineer month: 9,000; a campaign needs 0.5 of it a month at S0 and S1, 1 at S2, 1.5 at S3, 2 at S4.

The provider's own price of tokens is left out: it is the same at every level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DATE: Final = "2026-06"
_MONTH_DAYS: Final = 30.0
_ENGINEER: Final = 9_000.0
_ENGINEERS: Final = (0.5, 0.5, 1.0, 1.5, 2.0)
_IMITATION: Final = 0.3 * _ENGINEER


@dataclass(frozen=True, slots=True)
class Cost:
    """What a campaign cost, US dollars."""

    total: float
    per_million: float
    """Per million of exchanges."""
    per_million_useful: float
    """Per million of those it is run for: the harvest, where there is any. What resale earns is not taken off."""


def cost(stealth: str, accounts: int, exchanges: int, useful: float, days: float) -> Cost:
    """Return what a campaign costs at a level of stealth; `useful` is the part of the exchanges it is run for."""
    level, months = int(stealth[1]), days / _MONTH_DAYS
    account = 6.0 if level == 4 else 1.0 + 5.0 * (0.0, 0.0, 0.1, 0.4)[level]
    card = 2.5 * accounts if level >= 2 else 2.5 * max(1, accounts // 80)
    network = 8.0 * max(1, accounts // 60) if level == 0 else (12.0 if level == 4 else 2.5) * accounts
    texts = exchanges * useful * (0.0, 0.0, 0.0, 0.0004, 0.002)[level]
    work = _ENGINEERS[level] * _ENGINEER * months + (_IMITATION if level >= 2 else 0.0)
    total = account * accounts + card + network * months + texts + work
    each = total / max(exchanges, 1) * 1e6
    return Cost(round(total, 2), round(each, 2), round(each / useful, 2))
