"""Which engine a hunt asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wiretell.hunt.engine.duck import DuckEngine
from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.engine.spark import SparkEngine
from wiretell.hunt.options import HuntOptions


@contextmanager
def open_engine(options: HuntOptions) -> Iterator[Engine]:
    """Give the engine that the options name, and close it in the end, whatever happens.

    :raises UsageError: where it is not installed.
    """
    kind: type[DuckEngine] | type[SparkEngine] = SparkEngine if options.engine == "spark" else DuckEngine
    engine = kind(options.memory_mb, options.threads)
    try:
        yield engine
    finally:
        engine.close()
