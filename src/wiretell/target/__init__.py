"""What is audited: `resolve` makes an agent of what the user named, `locate` only brings it here to be read.

`interface` says what a kind returns, `recipe` reads `wiretell-agent.toml` and the recipes shipped in `agents/`,
`npm`, `pypi`, `folder` and `command` are the kinds; `published` lists the versions of a package. Nothing of a target
is ever executed here.
"""

from wiretell.target.locate import locate
from wiretell.target.published import Published, published
from wiretell.target.recipe import known_packages, known_recipes
from wiretell.target.resolve import resolve, resolve_words

__all__ = ["Published", "known_packages", "known_recipes", "locate", "published", "resolve", "resolve_words"]
