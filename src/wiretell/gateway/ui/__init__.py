"""The gateway's page, `/ui`: live exchanges, one in full, marks, budgets, the ledger, the log.

Site         the ASGI application: who asks, and which page (site.py); signing in (sessions.py)
view.py      values as the page's script gets them; detail.py one exchange in full; pages.py HTML
events.py    the live feed; ledger.py the end of `ledger.jsonl`
static/      script, style, sign; templates/ the pages
"""

from wiretell.gateway.ui.interface import Live, Sources
from wiretell.gateway.ui.ledger import last_entries
from wiretell.gateway.ui.site import Site

__all__ = ["Live", "Site", "Sources", "last_entries"]
