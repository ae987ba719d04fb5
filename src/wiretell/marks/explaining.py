"""What some settings would be marked as, with the sentence that says so: `marks.explain`, once it has a scheme."""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from rapidfuzz import fuzz, process, utils

from wiretell.errors import UsageError
from wiretell.marks.body import Body
from wiretell.marks.date_line.zones import told_zone
from wiretell.marks.interface import Scheme
from wiretell.marks.verbs import write_body
from wiretell.model.marks import Explained, Settings, State

RUNTIME_NAMES: Final[Mapping[str, str]] = {"node": "Node", "bun": "Bun"}
_NOTES: Final = (
    "Two things alone are read: ANTHROPIC_BASE_URL and the name of the time zone. Proxy settings, the IP address, the "
    "locale, the language and CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC are not.",
    "2.1.198 (published 2026-07-01) and later do not write it, as far as they were read: 2.1.198 and 2.1.329.",
    'The second sentence, "Today\'s date is now ...", which a session over midnight holds, is never marked.',
)
_ZONE_SHOWN: Final = 60


def explained(scheme: Scheme, base_url: str | None, timezone: str | None, day: date | None, runtime: str) -> Explained:
    """Classify some settings, and write the sentence.

    :raises UsageError: for a base URL that is none, an unknown zone, a runtime that was not measured.
    """
    zone = told_zone(zone_name(timezone), runtime) if timezone else None
    found = scheme.classify(Settings(base_url or None, zone))
    sentence = _sentence(scheme, found.state, day or today(zone))
    origin = {"base_url": "given" if base_url else "not given", "timezone": _origin(timezone, zone, runtime)}
    spellings = {"utf-8": sentence.encode().hex(" "), "json": json.dumps(sentence)}
    return Explained(found, origin, sentence, spellings, tuple(scheme.versions), _NOTES)


def zone_name(timezone: str) -> str:
    """Return a zone of the time zone database as it is called there: the colon that POSIX allows before it is dropped.

    :raises UsageError: for a name that the database has not, with the nearest one.
    """
    name = timezone.removeprefix(":")
    if is_zone(name):
        return name
    nearest = process.extractOne(
        name, sorted(_zones()), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=70
    )
    hint = f"did you mean {nearest[0]}?" if nearest else "write a name such as Asia/Shanghai."
    raise UsageError(f"The time zone database has no {name[:_ZONE_SHOWN]!r}; {hint}")


def is_zone(name: str) -> bool:
    """Whether the time zone database of this machine, or the one that comes with wiretell, has a zone of this name."""
    return name in _zones()


def today(zone: str | None) -> date:
    """Return the day it is in a zone, which the agent writes; where no zone is known, on this machine."""
    return datetime.now(UTC).astimezone(zoneinfo.ZoneInfo(zone) if zone else None).date()


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _origin(timezone: str | None, told: str | None, runtime: str) -> str:
    if not timezone:
        return "not given"
    return "given" if timezone == told else f"given as {timezone}, which {RUNTIME_NAMES[runtime]} tells as {told}"


def _sentence(scheme: Scheme, state: State, day: date) -> str:
    plain = f"Today's date is {day.isoformat()}."
    return write_body(Body(plain.encode(), "text"), scheme, state, anywhere=True, escaped=False).data.decode()
