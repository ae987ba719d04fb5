"""Hosts that an agent looks up or dials in some worlds only, and how it introduces itself there."""

from __future__ import annotations

from typing import Final

from wiretell.checks.interface import Judgement, confirmed
from wiretell.model.difference import Difference, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.DESTINATION, Layer.HANDSHAKE})
_NETWORK: Final = frozenset({"base_url", "http_proxy"})
"""Facts that decide where connections go, and so by which library they are made."""


def judge(difference: Difference) -> Judgement:
    """Undeclared; a handshake that follows something which is no matter of the network is covert once confirmed."""
    if difference.layer is Layer.HANDSHAKE and confirmed(difference) and not set(difference.facts) & _NETWORK:
        return Judgement(Class.COVERT, Carrier.OPAQUE, "the handshake follows a fact that has nothing to do with it")
    return Judgement(Class.UNDECLARED, Carrier.DESTINATION)
