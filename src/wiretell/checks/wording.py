"""Text that says something else: echoes of a fact, identifiers made of one, other words."""

from __future__ import annotations

import re
from typing import Final

from wiretell.checks.interface import Judgement, confirmed, follows_locale
from wiretell.model.difference import Difference, Echo, Layer
from wiretell.model.findings import Carrier, Class

LAYERS: Final = frozenset({Layer.WORDING, Layer.DATE})
_WORD: Final = re.compile(r"[^\W\d_]+")
_TOKEN: Final = re.compile(r"[\w+/=.-]{8,}")
_MOST_WORDS: Final = 3
_ANSWERS: Final = (
    "true false yes no on off none null enabled disabled active inactive available unavailable present absent known "
    "unknown supported unsupported default custom official allowed denied not"
)
"""Words that say in the open how things stand."""
_VOCABULARY: Final[dict[str, str]] = {
    "base_url": "api url host server endpoint gateway provider proxy base vendor official custom",
    "timezone": "time zone timezone tz date clock hour today region locale local",
    "tz_env": "time zone timezone tz date clock hour today region locale local",
    "tz_file": "time zone timezone tz date clock hour today region locale local",
    "clock": "time date day clock hour today morning evening week month year",
    "cwd": "directory folder path cwd working project workspace root git repository",
    "home": "home directory folder path user",
    "hostname": "host hostname machine computer device name",
    "username": "user username name account login",
    "git_user": "git user name author committer",
    "git_email": "git email mail author committer",
    "git_remote": "git remote origin repository repo url host",
    "http_proxy": "proxy network http https",
    "machine_id": "machine device id",
    "mac": "mac address network device",
    "os_release": "os linux system distribution platform release version",
    "cpu_count": "cpu cores processor parallel threads",
    "memory": "memory ram",
    "terminal": "terminal term shell tty console color colour",
    "editor": "editor ide",
    "ci": "ci automated pipeline continuous integration build interactive environment",
}
"""Words beside which a value tells openly which fact it is about."""


def judge(difference: Difference) -> Judgement:
    """Undeclared, but for a word put in place of another that says nothing about the fact it follows."""
    how = set(difference.echoes.values())
    if how & {Echo.ENCODED, Echo.HASHED}:
        form = "hash" if Echo.HASHED in how else "encoded form"
        return Judgement(Class.UNDECLARED, Carrier.IDENTIFIER, f"holds a {form} of {', '.join(difference.echoes)}")
    if how:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, f"repeats {', '.join(difference.echoes)} as it is")
    if difference.layer is Layer.DATE:
        return Judgement(Class.UNDECLARED, Carrier.WORDING, "names the day")
    if _is_identifier(difference):
        return Judgement(Class.UNDECLARED, Carrier.IDENTIFIER)
    if _is_silent_rewording(difference) and confirmed(difference):
        note = (
            "one word stands in place of another in running text, and neither it nor the words around it name "
            f"{' or '.join(difference.facts)}"
        )
        return Judgement(Class.COVERT, Carrier.WORDING, note)
    return Judgement(Class.UNDECLARED, Carrier.WORDING)


def _is_identifier(difference: Difference) -> bool:
    """Whether every symbol is one token with digits in it: codes, digests, sealed bytes."""
    values = [symbol.value for symbol in difference.symbols if symbol.value]
    return bool(values) and all(_TOKEN.fullmatch(value) and any(map(str.isdigit, value)) for value in values)


def _is_silent_rewording(difference: Difference) -> bool:
    if not difference.running_text or follows_locale(difference) or not difference.facts:
        return False
    values = [symbol.value for symbol in difference.symbols]
    if any(not _is_phrase(value) or set(_WORD.findall(value.lower())) & set(_ANSWERS.split()) for value in values):
        return False
    words = {word for text in (difference.line, *values) for word in _WORD.findall(text.lower())}
    return not words & _names(difference)


def _is_phrase(value: str) -> bool:
    words = value.split()
    return 0 < len(words) <= _MOST_WORDS and all(word.isalpha() for word in words)


def _names(difference: Difference) -> set[str]:
    """Return the words by which the facts, or the levels seen, are called."""
    names = {word for fact in difference.facts for word in _VOCABULARY.get(fact, "").split()}
    names |= {word for fact in difference.facts for word in _WORD.findall(fact.partition(":")[2].lower())}
    shown = (product for symbol in difference.symbols for product in symbol.when)
    levels = (level for product in shown for group in product.values() for level in group)
    return names | {word for level in levels for word in _WORD.findall(level.lower()) if len(word) > 3}
