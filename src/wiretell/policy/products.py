"""Which program sent a request, by its user agent, and whose a model is, by its name. What is known stands in
`data/products.toml`, with where it is known from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from wiretell.model.policy import Client
from wiretell.policy.globs import MAX_NAME, bare, fits
from wiretell.policy.versions import order

_VERSION: Final = re.compile(r"[^\s/;,()]+")


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program, as policies name it and as `fleet` looks for it."""

    name: str
    vendor: str
    source: str
    """Where its user agent is known from."""
    user_agents: tuple[str, ...] = ()
    """Beginnings, in lower case; the version follows. None: it is not recognised by what it sends."""
    npm: tuple[str, ...] = ()
    """Names of packages that are the product or hold it; the platform packages that bring its program too."""
    pypi: tuple[str, ...] = ()
    debian: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    """Ids in editors of the VS Code family, in lower case: `anthropic.claude-code`."""
    commands: tuple[str, ...] = ()
    """Names of the program on PATH."""
    native: tuple[str, ...] = ()
    """Where the vendor's own installer puts programs: globs below a home folder; `{version}` stands for the part of
    the path that tells the version."""
    config: tuple[str, ...] = ()
    """Files and folders below a home folder that the product keeps for itself: what a user would want back."""
    documented: str = ""
    """Address of the page, or the file of a package, where these names are known from."""


class _Models(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vendor: str
    globs: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    product: tuple[Product, ...]
    models: tuple[_Models, ...]


@lru_cache(maxsize=1)
def _file() -> _File:
    return msgspec.toml.decode(files("wiretell.policy").joinpath("data/products.toml").read_bytes(), type=_File)


@lru_cache(maxsize=1)
def products() -> Mapping[str, Product]:
    """Return every known program by its name."""
    return MappingProxyType({product.name: product for product in _file().product})


def vendor_of_product(name: str) -> str:
    """Return a product's vendor, whatever the case its name is written in; empty where it is not known."""
    known = products().get(name.lower())
    return known.vendor if known else ""


@lru_cache(maxsize=1)
def _beginnings() -> tuple[tuple[str, Product], ...]:
    """The longest first, so that what begins alike is told apart."""
    found = [(begin, product) for product in products().values() for begin in product.user_agents]
    return tuple(sorted(found, key=lambda each: (-len(each[0]), each[0])))


@lru_cache(maxsize=4096)
def recognise(user_agent: str) -> Client:
    """Return what a program says that it is; an empty client for a user agent that is not known.

    >>> recognise("claude-cli/2.1.91 (external, cli)")
    Client(product='claude-code', vendor='anthropic', version='2.1.91')
    """
    agent = user_agent[:MAX_NAME].strip()
    for begin, product in _beginnings():
        if agent.lower().startswith(begin):
            found = _VERSION.match(agent[len(begin) :])
            version = found[0] if found and order(found[0]) else ""
            return Client(product.name, product.vendor, version.lstrip("vV"))
    return Client()


@lru_cache(maxsize=4096)
def vendor_of(model: str) -> str:
    """Return whose a model is, by its name; empty where that is not known.

    >>> vendor_of("models/gemini-2.5-pro"), vendor_of("llama-4")
    ('google', '')
    """
    name = bare(model)
    return next((each.vendor for each in _file().models if any(fits(glob, name) for glob in each.globs)), "")


@lru_cache(maxsize=1)
def model_families() -> tuple[str, ...]:
    """Return globs of the names of models that are known to be somebody's."""
    return tuple(glob for each in _file().models for glob in each.globs)


@lru_cache(maxsize=1)
def model_vendors() -> frozenset[str]:
    """Return the vendors of these."""
    return frozenset(each.vendor for each in _file().models)
