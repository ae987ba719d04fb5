"""A library: what a reader can tell apart in a text, by the data files of Unicode itself."""
