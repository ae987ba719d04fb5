"""A desk for each test, which can be deleted whatever the test did to its folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.blind.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield Desk(tmp_path)
    for base, folders, _ in os.walk(tmp_path):
        for name in folders:
            folder = Path(base, name)
            if not folder.is_symlink():
                folder.chmod(0o755)
