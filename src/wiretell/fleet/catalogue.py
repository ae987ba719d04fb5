"""What there is to look for, out of the catalogue of products (`policy/data/products.toml`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from wiretell import policy
from wiretell.fleet.walk.interface import Wanted
from wiretell.policy import Product


def pypi_folder(name: str) -> str:
    """Return a name of PyPI as it begins the name of an installed package's folder (PEP 503, PEP 427).

    >>> pypi_folder("Aider.Chat")
    'aider_chat'
    """
    return re.sub(r"[-_.]+", "_", name).lower()


@lru_cache(maxsize=1)
def by_npm() -> Mapping[str, Product]:
    """Return products by name of npm package, in lower case."""
    return _by(lambda product: map(str.lower, product.npm))


@lru_cache(maxsize=1)
def by_pypi() -> Mapping[str, Product]:
    """Return products by `pypi_folder` of their packages."""
    return _by(lambda product: map(pypi_folder, product.pypi))


@lru_cache(maxsize=1)
def by_debian() -> Mapping[str, Product]:
    """Return products by name of Debian package."""
    return _by(lambda product: product.debian)


@lru_cache(maxsize=1)
def by_extension() -> Mapping[str, Product]:
    """Return products by id of extension, in lower case."""
    return _by(lambda product: product.extensions)


@lru_cache(maxsize=1)
def by_command() -> Mapping[str, Product]:
    """Return products by name of their program. A name alone proves nothing: others use it too."""
    return _by(lambda product: product.commands)


def wanted(settings: Iterable[str]) -> Wanted:
    """Return what a walk looks for. `settings`: ends of paths of configuration files."""
    return Wanted(
        npm=frozenset(by_npm()),
        pypi=frozenset(by_pypi()),
        extensions=tuple(sorted(by_extension())),
        commands=frozenset(by_command()),
        settings=frozenset(settings),
    )


def _by(names: Callable[[Product], Iterable[str]]) -> Mapping[str, Product]:
    return MappingProxyType({name: product for product in policy.products().values() for name in names(product)})
