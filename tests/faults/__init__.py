"""What the gateway does when things break: each fault is made, and what came of it is looked at from outside.

    upstream.py    a model host that behaves as a request's header `x-play` asks: stalls, cuts, trickles, garbage ...
    gateway.py     a gateway as a process of its own, and clients that see bytes
    scenarios/     the faults, one function each: make it, look, say what was seen
`python -m tests.faults` prints the table.
"""
