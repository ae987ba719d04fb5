"""Answers to DNS questions. Pure: a packet in, a packet and its records out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import dnslib

from wiretell.lab.sink.names import Zone

TTL_S: Final = 60
MAX_QUESTIONS: Final = 16
_HEADER_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Answered:
    """One question and what it was told."""

    name: str
    """As sent: letter case kept, no dot at the end, bytes that are no printable ASCII as `\\DDD` (RFC 1035, 5.1)."""
    rtype: str
    answer: str
    """Address, or empty."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, and what is recorded."""

    packet: bytes
    """Empty where nothing is answered: to a packet that is itself an answer, or has no whole header."""
    answered: tuple[Answered, ...]
    """Empty where the packet is no question; then it is recorded as it came."""


def reply_to(packet: bytes, zone: Zone) -> Reply:
    """Answer one DNS message. Raises nothing, whatever the packet is."""
    try:
        record = dnslib.DNSRecord.parse(packet)
        if record.header.qr or not record.questions:
            return Reply(b"" if record.header.qr else _refusal(packet, dnslib.RCODE.FORMERR), ())
        if record.header.opcode != dnslib.OPCODE.QUERY:
            return Reply(_refusal(packet, dnslib.RCODE.NOTIMP), ())
        return _answer(record, zone)
    except Exception:  # dnslib raises more than DNSError on broken packets: struct.error, IndexError, KeyError ...
        return Reply(_refusal(packet, dnslib.RCODE.FORMERR), ())


def _answer(record: Any, zone: Zone) -> Reply:
    reply = record.reply(ra=1, aa=0)
    if any(extra.rtype == dnslib.QTYPE.OPT for extra in record.ar):  # EDNS is answered with EDNS (RFC 6891, 7)
        reply.add_ar(dnslib.EDNS0(udp_len=1232))
    answered = []
    for question in record.questions[:MAX_QUESTIONS]:
        name, rtype, answer = _name(question.qname.label), _type(question.qtype), ""
        if rtype in ("A", "ANY"):
            answer = zone.look_up(name)
            reply.add_answer(dnslib.RR(question.qname, dnslib.QTYPE.A, rdata=dnslib.A(answer), ttl=TTL_S))
        elif rtype == "PTR":
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        answered.append(Answered(name, rtype, answer))
    return Reply(bytes(reply.pack()), tuple(answered))


def _refusal(packet: bytes, rcode: int) -> bytes:
    """Return a bare header with an error code, or nothing to a packet too short to have an id, or to an answer."""
    if len(packet) < _HEADER_BYTES or packet[2] & 0x80:
        return b""
    flags = bytes([0x80 | (packet[2] & 0x79), 0x80 | rcode])
    return packet[:2] + flags + bytes(8)


def _name(labels: tuple[bytes, ...]) -> str:
    return ".".join("".join(map(_printable, label)) for label in labels)


def _printable(byte: int) -> str:
    if byte in b".\\":
        return "\\" + chr(byte)
    return chr(byte) if 0x21 <= byte <= 0x7E else f"\\{byte:03d}"


def _type(number: int) -> str:
    try:
        return str(dnslib.QTYPE[number])
    except dnslib.DNSError:
        return f"TYPE{number}"
