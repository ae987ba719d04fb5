"""The wire protocols that the gateway serves: one file each, pure. `find` says which one a request speaks."""

from wiretell.gateway.protocols.credentials import masked
from wiretell.gateway.protocols.registry import ALL, by_name, find

__all__ = ["ALL", "by_name", "find", "masked"]
