"""Outcomes as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.through.led import Led
from tests.through.refused import Shown
from tests.through.running import Compared

_GAP = 2


def render(found: Iterable[Compared]) -> str:
    """Direct and through the gateway: a line a case; what differs stands below it."""
    lines: list[Sequence[str]] = [
        ("agent", "base URL, zone", "outcome", "asked", "bodies", "headers", "ledger", "log"),
    ]
    below: list[list[str]] = [[]]
    for one in found:
        recorded = one.through.recorded
        lines.append(
            (
                one.agent,
                f"{one.case.host}, {one.case.timezone}",
                "same" if one.same_outcome else "differs",
                str(len(one.through.requests)),
                "same" if one.same_bodies else "differ",
                "same" if not one.other_headers else "differ",
                str(len(recorded.get("ledger", ()))),
                "whole" if recorded.get("check") == 0 else "broken",
            )
        )
        below.append(_differences(one))
    return _laid_out(lines, below)


def render_led(found: Iterable[Led]) -> str:
    """With the official host's name: a line a way."""
    lines: list[Sequence[str]] = [
        ("agent", "way", "outcome", "asked", "bytes of bodies", "as direct", "left behind", "log")
    ]
    below: list[list[str]] = [[]]
    for one in found:
        for name, way in one.ways:
            lines.append(
                (
                    one.agent,
                    name,
                    "same" if one.same_outcome(way) else "differs",
                    str(len(way.requests)),
                    ", ".join(f"{len(body):,}" for body in way.bodies),
                    one.likeness(way),
                    "the gateway's name" if one.telling(way) else "nothing of it",
                    "" if way is one.direct else "whole" if way.recorded.get("check") == 0 else "broken",
                )
            )
            below.append([f"{path} names the gateway" for path in one.telling(way)])
            if not one.same_outcome(way):
                below[-1].append(f"{way.exit_code} {way.said[-200:]!r} {way.errors[-600:]!r}")
    return _laid_out(lines, below)


def render_refused(found: Iterable[Shown]) -> str:
    """A line a refusal, and below it what the user read last."""
    lines: list[Sequence[str]] = [("agent", "refusal", "status", "asked", "seconds", "exit", "reason")]
    below: list[list[str]] = [[]]
    for one in found:
        lines.append(
            (
                one.agent,
                one.refusal.name,
                str(one.refusal.status),
                str(one.asked),
                f"{one.took_s:.1f}",
                str(one.went.exit_code),
                "shown" if one.is_told else "not shown",
            )
        )
        below.append([one.sentence])
    return _laid_out(lines, below)


def _differences(one: Compared) -> list[str]:
    said = [f"header {text}" for text in one.other_headers]
    ledger = one.through.recorded.get("ledger", ())
    said += [f"{entry['rule']}: {entry['before']!r} -> {entry['after']!r}" for entry in ledger]
    if not one.same_outcome:
        for name, way in (("direct", one.direct), ("through", one.through)):
            said.append(f"{name}: {way.exit_code} {way.said[-200:]!r} {way.errors[-300:]!r}")
    return said


def _laid_out(lines: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> str:
    """Lay out a table whose columns are as wide as what is in them; numbers stand right."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    numbers = [all(_is_number(line[at]) for line in lines[1:]) for at in range(len(widths))]
    text = []
    for line, more in zip(lines, below, strict=True):
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numbers, strict=True)
        ]
        text.append((" " * _GAP).join(cells).rstrip())
        text += [f"    {sentence}" for sentence in more]
    return "\n".join(text)


def _is_number(cell: str) -> bool:
    return bool(cell) and cell.replace(".", "").replace(",", "").replace(" ", "").isdigit()
