"""The date-line scheme: what three published months of one agent wrote into the line "Today's date is ...".

`SCHEME` explains, reads, strips and writes it. The vendor's lists and what runtimes tell of time zones are data files,
made by `scripts/date_line_data.py`. That a server read the marks was shown by nobody.
"""

from __future__ import annotations

from wiretell.marks.date_line.hosts import HostLists, host_lists
from wiretell.marks.date_line.scheme import SCHEME, DateLine
from wiretell.marks.date_line.states import STATES, date_line
from wiretell.marks.date_line.zones import told_zone, zones

__all__ = ["SCHEME", "STATES", "DateLine", "HostLists", "date_line", "host_lists", "told_zone", "zones"]
