"""A gateway that was asked all sorts of things and has ended, for the tests of what it left."""

from __future__ import annotations

import pytest

from tests.gateway.contract.recorded import World, recorded


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Once for all modules; those with a `world` of their own do not start it."""
    return recorded(tmp_path_factory.mktemp("record"))
