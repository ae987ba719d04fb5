"""Cache parity: one conversation, direct and through the gateway, before a model host that keeps a prompt cache.

    host.py       the host: what it has read before it does not bill again; bytes decide, so a changed byte is a miss
    measuring.py  the conversation both ways, stripping on and off: share of cache reads, and which bytes came
`python -m tests.parity` prints the figures.
"""
