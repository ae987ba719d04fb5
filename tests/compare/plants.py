"""Planted channels and open decoys for the pretended agent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from tests.compare.simulated import Draft, Plant
from wiretell.model.world import OFFICIAL, UNSET, World

Write = Callable[[Draft], None]
Trigger = Callable[[World], bool]

CHINESE = frozenset({"Asia/Shanghai", "Asia/Urumqi"})


def zone(world: World) -> bool:
    return world["timezone"] in CHINESE


def custom(world: World) -> bool:
    return world["base_url"] != OFFICIAL


def cedar(world: World) -> bool:
    return world["hostname"] == "host-cedar"


def ci(world: World) -> bool:
    return world["ci"] != UNSET


def brook(world: World) -> bool:
    return world["username"] == "user-brook"


TRIGGERS: dict[str, tuple[Trigger, tuple[str, ...]]] = {
    "one fact": (cedar, ("hostname",)),
    "AND": (lambda w: zone(w) and custom(w), ("base_url", "timezone")),
    "AND NOT": (lambda w: cedar(w) and not ci(w), ("ci", "hostname")),
    "OR": (lambda w: cedar(w) or brook(w), ("hostname", "username")),
    "XOR": (lambda w: cedar(w) != ci(w), ("ci", "hostname")),
    "three": (lambda w: cedar(w) and ci(w) and custom(w), ("base_url", "ci", "hostname")),
    "a rider": (lambda w: w["timezone"] == "Asia/Urumqi", ("timezone",)),
}


def planted(write: Write, trigger: Trigger = cedar) -> Plant:
    def plant(draft: Draft) -> None:
        if trigger(draft.world):
            write(draft)

    return plant


def _set(name: str, value: object) -> Write:
    def write(draft: Draft) -> None:
        setattr(draft, name, value)

    return write


def _dumps(**options: object) -> Write:
    def write(draft: Draft) -> None:
        draft.dumps = lambda value: json.dumps(value, **{"ensure_ascii": False, "separators": (",", ":"), **options})  # type: ignore[arg-type]

    return write


def _swap_headers(draft: Draft) -> None:
    draft.headers[1], draft.headers[2] = draft.headers[2], draft.headers[1]


def _shout_header(draft: Draft) -> None:
    draft.headers[4] = ("X-ARCH", "x64")


def _swap_tools(draft: Draft) -> None:
    draft.tools[2], draft.tools[3] = draft.tools[3], draft.tools[2]


def _swap_keys(draft: Draft) -> None:
    draft.tools[1] = dict(reversed(draft.tools[1].items()))


def _escape(draft: Draft) -> None:
    draft.rewrite = lambda body: body.replace("- Platform", "\\u002d Platform")


def _twice(draft: Draft) -> None:
    draft.rewrite = lambda body: body.replace('"stream":true', '"stream":true,"stream":true')


def _long_session(draft: Draft) -> None:
    draft.session += "0a1b"


def _composed(draft: Draft) -> None:
    draft.sentence = SENTENCE.replace("user", "us\u00e9r" if cedar(draft.world) else "use\u0301r")


def _even_device(draft: Draft) -> None:
    odd = cedar(draft.world)
    draft.extra["trace"] = f"{draft.rng.getrandbits(124):031x}{draft.rng.randrange(8) * 2 + odd:x}"


SENTENCE = "You can start now, if the user agrees."

COVERT: dict[str, tuple[Write, str]] = {
    "apostrophe": (_set("apostrophe", "\u02bc"), "homoglyph"),
    "cyrillic letter": (_set("sentence", SENTENCE.replace("user", "us\u0435r")), "homoglyph"),
    "zero width": (_set("sentence", SENTENCE.replace("now", "n\u200bow")), "invisible"),
    "tag characters": (_set("ending", "\U000e0041\U000e0042"), "invisible"),
    "no-break space": (_set("sentence", SENTENCE.replace("start now", "start\u00a0now")), "whitespace"),
    "two spaces": (_set("sentence", SENTENCE.replace("start now", "start  now")), "whitespace"),
    "newline at the end": (_set("ending", "\n"), "whitespace"),
    "date separator": (_set("separator", "/"), "format"),
    "bullet": (_set("bullet", "*"), "format"),
    "comma": (_set("sentence", SENTENCE.replace("now,", "now;")), "format"),
    "capital": (_set("sentence", SENTENCE.replace("the user", "the User")), "case"),
    "header in capitals": (_shout_header, "case"),
    "order of headers": (_swap_headers, "order"),
    "order of tools": (_swap_tools, "order"),
    "order of keys": (_swap_keys, "order"),
    "spelling of a number": (_set("temperature", "1.0"), "number"),
    "a little more": (_set("max_tokens", "32001"), "number"),
    "escape": (_escape, "escape"),
    "key named twice": (_twice, "escape"),
    "space in JSON": (_dumps(separators=(",", ": ")), "whitespace"),
    "synonym": (_set("sentence", SENTENCE.replace("start", "begin")), "wording"),
    "length of an id": (_long_session, "size"),
}


def _echo_zone(draft: Draft) -> None:
    draft.sentence = f"The user's timezone is {draft.world['timezone']}."


def _hash_of_machine(draft: Draft) -> None:
    draft.headers.append(("X-Device", hashlib.sha256(draft.world["machine_id"].encode()).hexdigest()[:32]))


def _checksum(draft: Draft) -> None:
    draft.session = "fixed"
    draft.rng.getrandbits = lambda bits: 7  # type: ignore[method-assign]
    draft.seal = lambda body: [("X-Checksum", hashlib.sha256(body).hexdigest()[:8])]


def _length_of_path(draft: Draft) -> None:
    draft.extra["context_tokens"] = 24000 + len(draft.world["cwd"])


def _locale_date(draft: Draft) -> None:
    date = draft.day
    language = draft.world["locale"][:2]
    form = {"zh": "{0}年{1}月{2}日", "de": "{2}.{1}.{0}"}.get(language, "{0}-{1}-{2}")
    draft.rewrite = lambda body: body.replace(f"date is {date}", "date is " + form.format(*date.split("-")))


def _language(draft: Draft) -> None:
    if draft.world["locale"].startswith("zh"):
        draft.sentence = "如果用户同意，您现在可以开始。"
    if draft.world["locale"].startswith("de"):
        draft.sentence = "Sie können jetzt beginnen; falls der Nutzer zustimmt."


def _coin(draft: Draft) -> None:
    draft.apostrophe = draft.rng.choice("'\u2019")
    if draft.rng.random() < 0.5:
        _swap_headers(draft)
        _swap_tools(draft)


def _shuffle(draft: Draft) -> None:
    draft.rng.shuffle(draft.headers)
    draft.rng.shuffle(draft.tools)


def _rare_coin(draft: Draft) -> None:
    if draft.rng.random() < 0.1:
        draft.apostrophe = "\u2019"


def _clock(draft: Draft) -> None:
    draft.extra["now"] = f"2026-11-21T12:00:{draft.rng.randrange(60):02d}.{draft.rng.randrange(1000):03d}Z"


def _update_check(draft: Draft) -> None:
    if custom(draft.world):
        draft.more.append(("GET", "/updates/latest", b""))


def _count(draft: Draft) -> None:
    for _ in range(draft.rng.randrange(3)):
        draft.more.append(("POST", "/events", b'{"n":1}'))


def _telemetry(draft: Draft) -> None:
    if draft.world["env:NO_TELEMETRY"] == UNSET:
        draft.extra["telemetry"] = {"os": "linux", "zone": draft.world["timezone"]}


def _in_ci(draft: Draft) -> None:
    draft.sentence = f"Interactive: {'no' if ci(draft.world) else 'yes'}."


def _sealed(draft: Draft) -> None:
    draft.extra["blob"] = re.sub(r"\W", "x", draft.world["hostname"]) * 2 + f"{draft.rng.getrandbits(128):032x}"


OPEN: dict[str, Plant] = {
    "echo of the zone": _echo_zone,
    "hash of the machine id": _hash_of_machine,
    "checksum of the body": _checksum,
    "length of a path": _length_of_path,
    "date of the locale": _locale_date,
    "language of the locale": _language,
    "coin for marks": _coin,
    "order at random": _shuffle,
    "a rare coin": _rare_coin,
    "clock": _clock,
    "update check": _update_check,
    "requests at random": _count,
    "telemetry switch": _telemetry,
    "says whether it is CI": _in_ci,
    "sealed bytes": _sealed,
}

ALWAYS: dict[str, tuple[Plant, str]] = {
    "composed or decomposed": (_composed, "homoglyph"),
    "lowest bit of an id": (_even_device, "identifier"),
}
"""Covert channels that write in every world, for the fact of `cedar`."""
