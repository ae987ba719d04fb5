"""Regular expressions on texts that anybody may have written take time by the length of the text, not by its square.

Every expression that a module of `wiretell.fleet` holds is asked as its module asks it, of texts that go on and on with
the characters that it looks for and do not end as it hopes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import product
from types import ModuleType
from typing import Any

import pytest

from wiretell import fleet

LONG = 30_000
"""Characters: the square of it takes seconds, a hundred times it does not."""
NAME = 255
"""Of a file's name."""
PATH = 4_096
ALLOWED_S = 0.2
NAMES = {
    *("fleet.walk.names", "fleet.walk.plain", "fleet.readers._javascript.zips", "fleet.readers._python.links"),
    "fleet.readers.extensions",
}
PATHS = {"fleet.readers._javascript.places", "fleet.readers._python.environments"}
"""Modules whose expressions are asked of names and paths alone, which the system limits."""
ENDS = ("", "\x01", "\n", "=")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(fleet.__path__, "wiretell.fleet."):
        if "merging" not in found.name and "exports" not in found.name:
            yield importlib.import_module(found.name)


def expressions() -> Iterator[Any]:
    for module in modules():
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                asked = set(re.findall(rf"\b{name}\.(match|fullmatch|search|findall|finditer|sub|split)\b", source))
                short = module.__name__.removeprefix("wiretell.")
                yield pytest.param(value, sorted(asked or {"search"}), limit(short), id=f"{short}.{name}")


def limit(module: str) -> int:
    return NAME if module in NAMES else PATH if module in PATHS else LONG


def texts(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """Repeated characters and pairs of the pattern's own, behind its own words or nothing, with a bad end."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words = [word for word in re.findall(r"[A-Za-z@/._ -]{2,}", re.sub(r"\\.", " ", source)) if word.strip()][:6]
    signs = ["a", "0", " ", *dict.fromkeys(sign for sign in re.findall(r"[^\w\s\\()\[\]{}*+?|^$]", source))][:9]
    pieces = [*signs, *words, *("".join(pair) for pair in product(signs[:4], repeat=2)), "\n", "\t"]
    heads = ["", *words[:3], "a: a", "a = a", "/a", '"', "@a"]
    for head, piece in product(heads, dict.fromkeys(pieces)):
        body = head + piece * (length // len(piece))
        yield body + ENDS[len(body) % len(ENDS)]
        yield body + "\x01"


@pytest.mark.parametrize(("pattern", "asked", "length"), list(expressions()))
def test_no_expression_takes_long(pattern: re.Pattern[Any], asked: list[str], length: int) -> None:
    spent = 0.0
    for text in dict.fromkeys(texts(pattern, length)):
        given: Any = text.encode("latin-1") if isinstance(pattern.pattern, bytes) else text
        begun = time.process_time()
        for method in asked:
            if method in ("findall", "finditer"):
                list(pattern.finditer(given))
            elif method == "sub":
                pattern.sub("" if isinstance(given, str) else b"", given)
            else:
                getattr(pattern, method)(given)
        took = time.process_time() - begun
        spent += took
        assert took < ALLOWED_S, f"{took:.1f} s for {text[:20]!r}... of {len(text):,} characters"
        if spent > 0.6:  # all of it stays within some seconds
            break


def test_what_took_long_once_is_caught() -> None:
    """The expression that read front matter before."""
    before = re.compile(r"([A-Za-z_][\w-]*):\s+([\"']?)(.*?)\2\s*(?:\s#.*)?")
    with pytest.raises(AssertionError, match="characters"):
        test_no_expression_takes_long(before, ["fullmatch"], 6_000)


def test_expressions_are_found() -> None:
    """So that a renamed folder does not make the test above an empty one."""
    assert sum(1 for _ in expressions()) > 40
