from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from wiretell.errors import TargetError
from wiretell.scan.literals.acorn import ensure, node
from wiretell.scan.literals.worker import Answer, Settings, Worker
from wiretell.scan.mentions import USUAL_NAMES, WATCH

SETTINGS = Settings(tuple(sorted(WATCH)), tuple(sorted(USUAL_NAMES)))

Ask = Callable[[str | bytes], Answer]


@pytest.fixture(scope="session")
def ask() -> Iterator[Ask]:
    """What one worker says about a source."""
    try:
        acorn = ensure(lambda _: None)
    except TargetError as error:
        pytest.skip(f"acorn is not there: {error}")
    worker = Worker(node(), acorn, SETTINGS)
    yield lambda source: worker.ask(source.encode() if isinstance(source, str) else source)
    worker.close()
