"""Exchange logs as they come: which files, which columns, what is missing, doubled, torn or told in another zone."""
