"""The names that other parts rely on."""

from __future__ import annotations

import sys
from pathlib import Path

from wiretell.capture import wire


def test_every_exported_name_is_there_and_explained() -> None:
    for name in wire.__all__:
        assert getattr(wire, name, None) is not None, name
    assert len(set(wire.__all__)) == len(wire.__all__)


def test_the_library_opens_nothing() -> None:
    """Bytes in, values out: no module of it imports what reaches outside."""
    outside = {"os", "socket", "ssl", "pathlib", "subprocess", "asyncio", "time", "random", "io", "tempfile"}
    for module in Path(wire.__file__).parent.glob("*.py"):
        name = f"{wire.__name__}.{module.stem}".removesuffix(".__init__")
        used = {value.__name__ for value in vars(sys.modules[name]).values() if type(value).__name__ == "module"}
        assert not used & outside, name
