"""The walk: what it finds, what it says it left out, and that remembering changes neither."""
