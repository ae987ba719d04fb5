"""Real agents through the gateway, all of it in the sealed lab.

    inside.py    runs in the sandbox: starts a gateway and the agent through it, or `wiretell run`
    lab.py       one agent in one world of a sealed lab
    running.py   direct and through the gateway at the same base URL: every byte of a request must be the same
    led.py       with its official host, and started by `wiretell run`, which has to lead it to the gateway by itself
    refused.py   what an agent makes of the gateway's refusals
    table.py     the outcomes as text

The gateway's upstreams are the official host names, which the lab serves. `python -m tests.through` is the whole of it.
"""
