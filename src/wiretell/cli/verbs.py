"""Verbs of a command whose files are imported when they are asked for: one verb must not load what another needs."""

from __future__ import annotations

import argparse
import importlib
from typing import Any


class LazyVerbs(argparse._SubParsersAction):  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """An action for `add_subparsers`. Each verb is announced; its file, with an `add_to(verbs)`, is imported later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsers = _Parsers(self)
        self._name_parser_map = self._parsers
        self.choices = self._parsers

    def announce(self, name: str, told: str, module: str) -> None:
        """List a verb. `module`: where its `add_to` is."""
        self._choices_actions.append(self._ChoicesPseudoAction(name, (), told))
        self._parsers.modules[name] = module
        self._parsers.setdefault(name)


class _Parsers(dict[str, Any]):
    """Parsers of verbs by name; None for one that was only announced, until it is looked at."""

    def __init__(self, verbs: LazyVerbs) -> None:
        super().__init__()
        self.modules: dict[str, str] = {}
        self._verbs = verbs

    def __getitem__(self, name: str) -> Any:
        if super().__getitem__(name) is None:
            del self[name]
            importlib.import_module(self.modules[name]).add_to(self._verbs)
        return super().__getitem__(name)

    def values(self) -> Any:
        return [self[name] for name in list(self)]

    def items(self) -> Any:
        return [(name, self[name]) for name in list(self)]
