"""Bad: ends at once with an error."""

from __future__ import annotations

import sys

print("fatal: cannot find my own configuration", file=sys.stderr)
sys.exit(7)
