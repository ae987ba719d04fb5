"""Which program a file is, told by its bytes and never by running it.

hashing.py      a file's SHA-256, and whatever else is asked of its bytes, remembered
spans.py        pieces of a file; forms.py, bun_graph.py: how a program was made, and where its own texts stand
identifying.py  by the hash of a known release, or by texts that only one product holds (data/)
confirming.py   an install held against what its program says of itself
"""
