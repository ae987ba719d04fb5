"""Speed of the gateway beside nginx as a plain proxy (the floor) and LiteLLM's proxy (what people use).

    bodies.py     what is asked: one request of each size, its last message another each time; a long conversation
    processes.py  servers as process trees: their CPU seconds and their memory
    servers.py    the model host (nginx, fixed answers) and the ways to it
    load.py       wrk, and what it says
    measure.py    all ways in turn, some rounds; then memory over many requests, and the size of the log

Everything stays on loopback. CPU is that of the proxy's own processes, by the kernel's accounts; the model host, the
load and the proxy share the machine's cores, as they do for everyone who measures on one machine.
"""
