"""When a package's covert channels came and went: versions, search, results kept from call to call.

`versions` says what was published, `search` which version to try next (pure), `board` what the answers come to (pure),
`outcome` what is said in the end (pure); `store` keeps answers, `packages` fetches and removes; `flow` joins them.
"""

from wiretell.history.flow import Parts, Request, history, is_found, is_silent
from wiretell.history.packages import Packages
from wiretell.history.store import Store
from wiretell.history.versions import span

__all__ = [
    "Packages",
    "Parts",
    "Request",
    "Store",
    "history",
    "is_found",
    "is_silent",
    "span",
]
