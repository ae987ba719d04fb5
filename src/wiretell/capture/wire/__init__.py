"""Pure, lossless readers of what crosses a socket: bytes in, values out.

`http1` reads requests, `content` undoes their codings, `json_tree` takes bodies apart, `tls` reads handshakes. Nothing
here opens, waits or guesses; what cannot be read is returned with a reason, never dropped.
"""

from __future__ import annotations

from wiretell.capture.wire.chunked import ChunkedBody, read_chunked
from wiretell.capture.wire.content import DecodedBody, decode_body
from wiretell.capture.wire.head import Head, HeaderLine, split_head
from wiretell.capture.wire.http1 import (
    Event,
    NeedData,
    RequestHead,
    RequestReader,
    Unparsed,
    read_requests,
)
from wiretell.capture.wire.json_tree import (
    Array,
    Document,
    Leaf,
    Literal,
    Member,
    Node,
    Number,
    Object,
    Span,
    String,
    Token,
    parse,
    parse_many,
    semantic_equal,
    walk,
)
from wiretell.capture.wire.tls import GREASE, ClientHello, is_grease, parse_client_hello

__all__ = [
    "GREASE",
    "Array",
    "ChunkedBody",
    "ClientHello",
    "DecodedBody",
    "Document",
    "Event",
    "Head",
    "HeaderLine",
    "Leaf",
    "Literal",
    "Member",
    "NeedData",
    "Node",
    "Number",
    "Object",
    "RequestHead",
    "RequestReader",
    "Span",
    "String",
    "Token",
    "Unparsed",
    "decode_body",
    "is_grease",
    "parse",
    "parse_client_hello",
    "parse_many",
    "read_chunked",
    "read_requests",
    "semantic_equal",
    "split_head",
    "walk",
]
