"""`wiretell/bisect/1`: when each channel came and went, as text and JSON."""
