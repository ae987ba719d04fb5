"""Real agents through the gateway, all of it in the sealed lab.

    inside.py    runs in the sandbox: starts a gateway, starts the agent through it, tells what the log holds
    running.py   one agent in one world, direct and through the gateway
    table.py     the outcomes as text

The gateway's upstreams are the official host names, which the lab serves. The agent is told the same base URL both
times: direct, the lab answers there; through, the gateway listens there. So every byte of a request must be the same.
`python -m tests.through` is the whole of it.
"""
