"""One file a kind of source: what its records are, and what each of them says."""
