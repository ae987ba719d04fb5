"""`wiretell run`: an agent started through a gateway, with its own settings and files left alone.

known.py     agents and how each is led, from agents.toml
start.py     what the program is started with; child.py runs it: terminal, signals, exit code
official.py  the proxy that keeps the official host; trust.py the certificates for that
session.py   gateway and agent together, from start to end
"""
