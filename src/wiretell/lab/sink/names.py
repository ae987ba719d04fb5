"""One address for every name: the same in every run and worker, so that addresses are no difference between worlds."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Final

FIRST: Final = int(ipaddress.IPv4Address("198.18.0.0"))
"""198.18.0.0/15 is set aside for measurements (RFC 2544): no host on the Internet has one of these addresses."""
COUNT: Final = 1 << 17
LOOPBACK: Final = "127.0.0.1"


class Zone:
    """Names and addresses of one run.

    The address comes from a hash of the lower-cased name. Where two names of one run meet (one run in some hundreds,
    with twenty names), the later one takes the next free address; only then does the order of lookups matter.
    """

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._looked_up: dict[str, list[str]] = {}

    def address(self, name: str) -> str:
        """Return the address of a name: loopback for `localhost` and all below it (RFC 6761, 6.3)."""
        name = name.lower().rstrip(".")
        if name == "localhost" or name.endswith(".localhost"):
            return LOOPBACK
        if name not in self._addresses:
            self._claim(name)
        return self._addresses[name]

    def look_up(self, name: str) -> str:
        """Return the address of a name, and remember that the agent was told."""
        name = name.lower().rstrip(".")
        address = self.address(name)
        known = self._looked_up.setdefault(address, [])
        if name not in known:
            known.append(name)
        return address

    def name_of(self, address: str, preferred: str = "") -> str | None:
        """Return the name that was looked up for an address: `preferred` if it is among them, else the newest."""
        names = self._looked_up.get(address)
        if not names:
            return None
        preferred = preferred.lower()
        return preferred if preferred in names else names[-1]

    def _claim(self, name: str) -> None:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        place = int.from_bytes(digest[:8], "big") % COUNT
        address = _address(place)
        while address in self._owners and len(self._owners) < COUNT // 2:
            place += 1
            address = _address(place)
        self._owners[address] = name
        self._addresses[name] = address


def _address(place: int) -> str:
    """Return the address at a place; those that look like a network or its broadcast address are passed over."""
    place %= COUNT
    if place % 256 in (0, 255):
        place = (place & ~255) + 1
    return str(ipaddress.IPv4Address(FIRST + place))
