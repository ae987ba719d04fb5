"""Values to keyed hashes: HMAC-SHA-256 (RFC 2104), apart for each space of names, 16 hex digits."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

KEY_BYTES: Final = 32
DIGITS: Final = 16
"""64 bits: among 10^8 values, two share a hash with a probability of 3 in 10,000."""
_DIGEST_BYTES: Final = DIGITS // 2
_BLOCK_BYTES: Final = 64
_PREFIX: Final = {4: 24, 6: 64}
"""Bits of a network, as in a hunt."""
ADDRESSES: Final = "ip"
"""The space whose hashes are not all of one length."""
_NETWORKS: Final = "ip network"
_GROUP: Final = re.compile("....")


class Pseudonyms:
    """Gives values their hashes, equal ones equal, as long as the key is the same."""

    def __init__(self, key: bytes) -> None:
        """Take a key of `KEY_BYTES`."""
        assert len(key) == KEY_BYTES
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = bytes(byte ^ 0x36 for byte in padded)
        self._outer = sha256(bytes(byte ^ 0x5C for byte in padded))

    def digits(self, space: str, values: Iterable[bytes]) -> bytes:
        """Return the hashes of values of one space of names, one after the other without anything between.

        The state after the key is computed once (RFC 2104, section 4), and once for each space: its name goes before
        the value, with a zero between, which no name holds; so no two spaces share a message.
        """
        first, second = sha256(self._inner + space.encode() + b"\0").copy, self._outer.copy
        made = []
        for value in values:
            (inner := first()).update(value)
            (outer := second()).update(inner.digest())
            made.append(outer.digest()[:_DIGEST_BYTES])
        return b"".join(made).hex().encode()

    def of(self, space: str, values: Sequence[str | None]) -> list[str | None]:
        """Return a hash for each value; None and the empty text, which say nothing, stay."""
        several = [value for value in dict.fromkeys(values) if value]
        known: dict[str | None, str | None] = {None: None, "": ""}
        if space == ADDRESSES:
            networks = {value: found for value in several if (found := network(value))}
            known.update(self._addresses(networks))
            several = [value for value in several if value not in networks]
        digits = self.digits(space, (value.encode("utf-8", "surrogatepass") for value in several)).decode()
        known |= {value: digits[DIGITS * at : DIGITS * (at + 1)] for at, value in enumerate(several)}
        return [known[value] for value in values]

    def _addresses(self, networks: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Go through addresses and what stands for them, an address itself: fd (local by RFC 4193), 56 bits for the
        network, 64 bits for the address. So one network stays one network, and one address one address.
        """
        fronts = self.digits(_NETWORKS, (found.encode() for found in networks.values())).decode()
        backs = self.digits(ADDRESSES, (value.encode() for value in networks)).decode()
        for at, value in enumerate(networks):
            mine = slice(DIGITS * at, DIGITS * (at + 1))
            yield value, ":".join(_GROUP.findall(f"fd{fronts[mine][2:]}{backs[mine]}"))


def network(address: str) -> str | None:
    """Return the network of an address (`192.0.2.0/24`, `2001:db8::/64`); None of what is no address.

    An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is of its IPv4 network.
    """
    try:
        plain = ipaddress.ip_address(address)
    except ValueError:
        return None
    plain = getattr(plain, "ipv4_mapped", None) or plain
    return str(ipaddress.ip_network((int(plain), _PREFIX[plain.version]), strict=False))
