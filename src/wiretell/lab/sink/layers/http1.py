"""HTTP/1.0 and HTTP/1.1, as an origin and as a proxy, with the change to a tunnel or a WebSocket."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from wiretell.capture.wire.http1 import NeedData, RequestHead, RequestReader, Unparsed
from wiretell.lab.sink.answers import Answer, is_responses_socket
from wiretell.lab.sink.answers import side as side_answers
from wiretell.lab.sink.layers.interface import MAX_DEPTH, Layer, Peer, Pipe, host_without_port
from wiretell.lab.sink.layers.websocket import WebSocket
from wiretell.model.capture import Request

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_ESTABLISHED = Answer(200, (), (), "connect")

Headers = tuple[tuple[bytes, bytes], ...]


class Http1:
    """The requests of one connection, one after another."""

    def __init__(self, pipe: Pipe, peer: Peer) -> None:
        self._pipe = pipe
        self._peer = peer
        self._reader = RequestReader()
        self._head: RequestHead | None = None
        self._started_s = peer.run.now()
        self._closing = False
        self._inner: Layer | None = None
        """A tunnel or WebSocket, once the connection has become one."""

    def receive(self, data: bytes) -> None:
        """Answer each request that is whole."""
        if self._inner is not None:
            self._inner.receive(data)
            return
        if self._reader.idle:
            self._started_s = self._peer.run.now()
        self._reader.feed(data)
        self._advance()

    def end(self) -> None:
        """Keep a request that was cut off."""
        if self._inner is not None:
            self._inner.end()
            return
        self._closing = True
        self._reader.feed_eof()
        self._advance()

    def _advance(self) -> None:
        while self._inner is None:
            match self._reader.next_event():
                case NeedData():
                    return
                case RequestHead() as head:
                    self._take_head(head)
                case Request() as request:
                    self._take(request, self._head)
                    self._started_s = self._peer.run.now()
                case Unparsed() as unparsed:
                    self._take_unparsed(unparsed)

    def _take_head(self, head: RequestHead) -> None:
        self._head = head
        if head.expects_continue and (head.chunked or head.content_length) and not self._closing:
            self._pipe.send(_CONTINUE)

    def _take_unparsed(self, unparsed: Unparsed) -> None:
        refused = not self._closing
        if unparsed.request is not None:
            self._peer.record_cut_off(unparsed.request, self._started_s, 400 if refused else 0)
            rest = unparsed.raw[len(unparsed.request.raw) :]
        else:
            rest = unparsed.raw
        if rest:
            self._peer.record.unknown(rest)
        if refused:
            self._closing = True
            if unparsed.request is not None:
                self._pipe.send(_BAD)
            self._pipe.close()

    def _take(self, request: Request, head: RequestHead | None) -> None:
        assert head is not None
        if self._closing:  # sent after we said that we would close, or before we could say it
            self._peer.record_exchange(request, self._started_s, None)
        elif request.method == "CONNECT":
            self._connect(request)
        elif "websocket" in head.upgrade and request.method == "GET":
            self._upgrade(request)
        else:
            self._respond(request, self._peer.answer(request, _host(request)), head.keep_alive)

    def _respond(self, request: Request, answer: Answer, keep_alive: bool) -> None:
        headers = answer.headers + _framing(answer, request, keep_alive)
        self._peer.record_exchange(request, self._started_s, answer, headers)
        body = b"" if request.method == "HEAD" else _coded(answer, headers)
        self._pipe.send(_head_bytes(answer.status, headers) + body)
        if not keep_alive:
            self._closing = True
            self._pipe.close()

    # --- change of protocol

    def _connect(self, request: Request) -> None:
        """Be the proxy that the agent takes us for, with the host it asks for behind us."""
        host, port = host_without_port(request.target), request.target.rpartition(":")[2]
        if not host or not (port.isascii() and port.isdigit() and int(port) < 65536) or self._peer.depth >= MAX_DEPTH:
            self._reader.resume()
            self._respond(request, side_answers.tunnel_refused(), keep_alive=False)
            return
        self._peer.record_exchange(request, self._started_s, _ESTABLISHED)
        run, record = self._peer.run, self._peer.record
        address, name = _dialled(host, self._peer)
        inner = run.connect(address, int(port), name, inside=record.index)
        if inner is None:
            self._closing = True
            self._pipe.close()
            return
        self._pipe.send(_head_bytes(200, ()))
        self._switch(self._peer.open_tunnel(self._pipe, self._peer.inner(inner)))

    def _upgrade(self, request: Request) -> None:
        if not is_responses_socket(request):
            self._respond(request, side_answers.websocket_refused(), keep_alive=True)
            return
        socket = WebSocket(self._pipe, self._peer, request, _host(request))
        if socket.accept(self._started_s):
            self._switch(socket)
        else:
            self._respond(request, side_answers.websocket_refused(), keep_alive=False)

    def _switch(self, layer: Layer) -> None:
        self._inner = layer
        if surplus := self._reader.take_surplus():
            layer.receive(surplus)


def _dialled(host: str, peer: Peer) -> tuple[str, str | None]:
    """Return (address, name) of a tunnel's far end: the address that the name has in the lab, as nobody dialled one."""
    if ":" in host or host.replace(".", "").isdigit():
        return host, peer.run.zone.name_of(host, peer.run.base_host)
    return peer.run.zone.address(host), host


def _host(request: Request) -> str:
    """Return the authority that a request names, or an empty string."""
    if "://" in request.target:
        try:
            return urlsplit(request.target).netloc
        except ValueError:  # such as `http://[`
            return ""
    return (request.header("host") or b"").decode("latin-1")


def _framing(answer: Answer, request: Request, keep_alive: bool) -> Headers:
    """Return the headers that say where the response ends, and whether the connection does."""
    old = request.protocol == "HTTP/1.0"
    if answer.streamed and not old:
        ends = (b"transfer-encoding", b"chunked")
    else:
        ends = (b"content-length", str(len(answer.body)).encode())
    if not keep_alive:
        return (ends, (b"connection", b"close"))
    return (ends, (b"connection", b"keep-alive")) if old else (ends,)


def _coded(answer: Answer, headers: Headers) -> bytes:
    """Return the body as it goes out, in one piece: what streams is cut into chunks, but nobody waits between them."""
    if (b"transfer-encoding", b"chunked") not in headers:
        return answer.body
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in answer.chunks if piece) + b"0\r\n\r\n"


def _head_bytes(status: int, headers: Headers) -> bytes:
    phrase = HTTPStatus(status).phrase if status != 200 else "OK"
    lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"
