"""The gateway's configuration: `wiretell-gateway.toml` -> `GatewaySettings`."""

from wiretell.gateway.config.default import default
from wiretell.gateway.config.loading import load
from wiretell.gateway.config.values import GatewaySettings

__all__ = ["GatewaySettings", "default", "load"]
