"""One file a check: differences to findings."""
