from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from wiretell.hunt.engine.duck import DuckEngine


@pytest.fixture
def duck() -> Iterator[DuckEngine]:
    with closing(DuckEngine(memory_mb=512, threads=1)) as engine:
        yield engine
