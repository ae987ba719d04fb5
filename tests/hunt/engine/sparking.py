"""Spark for tests: one session a module, skipped aloud where there is no Java.

`WIRETELL_REQUIRE_SPARK=1` (set in CI) turns the skip into a failure.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import closing

import pytest

from wiretell.hunt.engine.spark import SparkEngine


def require() -> None:
    """Skip the test where Spark cannot run."""
    has_java = bool(shutil.which("java") or os.environ.get("JAVA_HOME"))
    if importlib.util.find_spec("pyspark") and has_java:
        return
    if os.environ.get("WIRETELL_REQUIRE_SPARK") == "1":
        pytest.fail("Spark is required here, and there is no PySpark or no Java.")
    pytest.skip("no PySpark or no Java runtime")


def engine() -> Iterator[SparkEngine]:
    """Give a session; for a fixture of the module's scope."""
    require()
    with closing(SparkEngine(memory_mb=1024, threads=1)) as started:
        yield started
