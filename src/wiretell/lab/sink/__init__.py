"""The far side of every connection: records bytes, answers as a model host would.

Sink       accepts (server.py, sockets.py), one Link a connection (link.py)
layers/    what is spoken on it: sniff -> tls | http1 | http2 | websocket | dns_tcp, bytes in and bytes out
answers/   what is said: a request in, an answer out, one file a protocol
record.py  what is kept of the run
"""

from wiretell.lab.sink.authority import Authority
from wiretell.lab.sink.record import SinkLog
from wiretell.lab.sink.server import OFFICIAL_HOSTS, Sink
from wiretell.lab.sink.sockets import dns_sockets, tcp_listeners

__all__ = ["OFFICIAL_HOSTS", "Authority", "Sink", "SinkLog", "dns_sockets", "tcp_listeners"]
