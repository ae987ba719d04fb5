"""Settings of agents: which files they keep them in, and what in them points at a host, a model or a tool server.

    interface.py   what a form is; forms/ has one file an agent
    reading.py     one file, bounded
    extracting.py  a file's text -> entries, pure; shell_words.py and shell_text.py read scripts for it
    withholding.py what may be told of a text: never a credential
    variables.py, models.py, servers.py   environment variables, names of models, MCP servers; data/ has what is known

`SETTINGS_ENDS` is what a walk looks for. `fleet.readers.settings` and `fleet.readers.shell` make settings of it.
"""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.forms import EVERY, by_end

SETTINGS_ENDS: Final = frozenset(by_end())
"""Ends of paths of settings files in homes and projects, in POSIX form."""

__all__ = ["EVERY", "SETTINGS_ENDS", "by_end"]
