"""`wiretell/marks-edits/1`: what stripping or writing marks changed in a text, as text and JSON."""
