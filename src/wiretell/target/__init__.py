"""What is audited: `resolve` makes an agent of what the user named; one file a kind of target.

`interface` says what a kind returns, `recipe` reads `wiretell-agent.toml` and the recipes shipped in `agents/`,
`npm`, `folder` and `command` are the kinds. Nothing of a target is ever executed here.
"""

from wiretell.target.recipe import known_packages, known_recipes
from wiretell.target.resolve import resolve, resolve_words

__all__ = ["known_packages", "known_recipes", "resolve", "resolve_words"]
