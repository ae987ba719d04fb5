"""Every form, one file an agent. A file's forms are tuples: agents keep more than one kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from wiretell.fleet.settings.forms import (
    aider,
    claude,
    cline,
    codex,
    continue_,
    copilot,
    editors,
    env_files,
    gemini,
    goose,
    kimi,
    mcp,
    opencode,
    others,
    pi,
    vibe,
)
from wiretell.fleet.settings.interface import Form

EVERY: Final[tuple[Form, ...]] = (
    *claude.FORMS,
    *codex.FORMS,
    *gemini.FORMS,
    *opencode.FORMS,
    *copilot.FORMS,
    *cline.FORMS,
    *continue_.FORMS,
    *aider.FORMS,
    *vibe.FORMS,
    *kimi.FORMS,
    *goose.FORMS,
    *pi.FORMS,
    *others.FORMS,
    *editors.FORMS,
    *mcp.FORMS,
    *env_files.FORMS,
)


@lru_cache(maxsize=1)
def by_end() -> Mapping[str, Form]:
    """Return forms by the ends of their paths."""
    return {end: form for form in EVERY for end in form.ends}
