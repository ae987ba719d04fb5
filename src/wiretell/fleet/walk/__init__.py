"""One pass over homes and system folders, and what it remembers from one time to the next."""
