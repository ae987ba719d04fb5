"""How many worlds agree, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tests.differential.running import Outcome
from wiretell import marks
from wiretell.report.glyphs import visible

_COLUMNS: Final = ("worlds", "real = specimen", "real = marks", "hosts", "zones")
_HEAD: Final = "  ".join(_COLUMNS)


def render(outcomes: Sequence[Outcome], title: str) -> str:
    """Return the tables by state and by kind of host, and every world in which not all three agree."""
    states = [state.name for state in marks.scheme("date-line").states]
    kinds = dict.fromkeys(outcome.trial.kind for outcome in outcomes)
    by_state = [_row(state, [o for o in outcomes if o.state == state]) for state in states]
    by_kind = [_row(kind, [o for o in outcomes if o.trial.kind == kind]) for kind in kinds]
    wrong = unequal(outcomes)
    return "\n".join(
        [
            title,
            "",
            f"{'state':<28}{_HEAD}",
            *by_state,
            _row("total", outcomes),
            "",
            f"{'host made as':<28}{_HEAD}",
            *sorted(by_kind),
            "",
            f"Run a second time (a local midnight passed, or no request): {sum(o.again for o in outcomes)} worlds.",
            f"Unequal: {len(wrong)} worlds." if wrong else "Byte-identical in every world.",
            *(line for outcome in wrong for line in _told(outcome)),
        ]
    )


def unequal(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the worlds in which not all three agree."""
    return [outcome for outcome in outcomes if not (outcome.specimen_agrees and outcome.marks_agree)]


def _row(name: str, some: Sequence[Outcome]) -> str:
    counts = (
        len(some),
        sum(outcome.specimen_agrees for outcome in some),
        sum(outcome.marks_agree for outcome in some),
        len({outcome.trial.base_url for outcome in some}),
        len({outcome.trial.zone for outcome in some}),
    )
    cells = (f"{count:>{len(column)}}" for count, column in zip(counts, _COLUMNS, strict=True))
    return f"{name:<28}" + "  ".join(cells)


def _told(outcome: Outcome) -> list[str]:
    trial = outcome.trial
    return [
        f"  {trial.kind}: base URL {trial.base_url!r}, zone {trial.zone}",
        f"    real      {_shown(outcome.real)}",
        f"    specimen  {_shown(outcome.specimen)}",
        f"    marks     {_shown(outcome.predicted)}  ({outcome.state})",
    ]


def _shown(line: bytes | None) -> str:
    if line is None:
        return "(no date line)"
    text = line.decode(errors="backslashreplace")
    return visible(text) + "".join(f" U+{ord(character):04X}" for character in text if not character.isascii())
