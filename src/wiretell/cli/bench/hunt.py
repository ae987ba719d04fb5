"""`wiretell bench hunt`: what a hunt finds in made-up logs, and what it costs."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from wiretell.bench.ways import MIB
from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

if TYPE_CHECKING:
    from wiretell.bench.hunt.measure import Cost, Judged

_SPEED_ROWS: Final = (1_000_000, 10_000_000)
_DAYS: Final = (10, 30, 60)


def run(options: argparse.Namespace, progress: Progress) -> str:
    """Measure, and return the report."""
    from wiretell.hunt.rule import rule_id

    parts = options.part or list(PARTS)
    seeds = _seeds(options.seeds)
    rule = rule_id()
    if options.rule is not None and not rule.sha256.startswith(options.rule):
        raise UsageError(f"the rule's hash is {rule.sha256}, not {options.rule}: nothing was scored.")
    scratch = Path(tempfile.gettempdir())
    said = {name: PARTS[name](seeds, options, scratch, progress) for name in parts}
    if options.format == "json":
        return as_json(hunt={"rule": asdict(rule), "seeds": seeds} | {name: plain for name, (plain, _) in said.items()})
    head = f"{heading()}\nRule {rule.version}, SHA-256 {rule.sha256}; seeds {', '.join(map(str, seeds))}"
    return "\n\n".join([head, *(text for _, text in said.values())])


def _seeds(text: str) -> list[int]:
    if not all(one.isascii() and one.isdigit() for one in text.split(",")):
        raise UsageError("--seeds takes numbers with commas between.")
    return [int(one) for one in text.split(",")]


_Part = tuple[Any, str]


def _quality(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    found = list(measure.quality(seeds, options.accounts, scratch, progress))
    return [_plain(one) for one in found], "\n".join([_judged("Quality by stealth", found), "", _others(found)])


def _honest(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure
    from wiretell.bench.hunt.scoring import upper

    found = list(measure.honest(seeds, options.honest // len(seeds), scratch, progress))
    flagged, honest = sum(one.score.honest_flagged for one in found), sum(one.score.honest for one in found)
    end = upper(flagged, honest)
    told = f"  honest accounts in review: {flagged} of {honest:,}; at 95 % fewer than {end * 1e5:.1f} in 100,000"
    return [_plain(one) for one in found], "\n".join([_judged("Nobody to find", found), told, _subgroups(found)])


def _framed(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    found = list(measure.framed(seeds, options.accounts, scratch, progress))
    return [_plain(one) for one in found], _judged("Campaigns that copy innocent groups' tokens", found)


def _lost(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    found = list(measure.lost(seeds[0], options.accounts, scratch, progress))
    return [_plain(one) for one in found], _judged("S0 to S2 without one column", found)


def _reported(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    found = list(measure.reported(seeds[0], options.beside, scratch, progress))
    return [_plain(one) for one in found], _judged("The reported case", found)


def _speed(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    found = list(measure.speed(options.rows or _SPEED_ROWS, seeds[0], scratch, progress))
    slope = measure.exponent(found)
    lines = [
        f"Cost of a hunt, the whole command (time grows with rows to the power of {slope:.2f})",
        *map(_cost, found),
    ]
    return {"costs": [asdict(one) for one in found], "exponent": slope}, "\n".join(lines)


def _increments(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    found = list(measure.increments(_DAYS, options.accounts, seeds[0], scratch, progress))
    lines = [f"  day {one.rows:>4}: {one.wall_s:6.1f} s, {one.peak_bytes / MIB:6.0f} MiB" for one in found]
    return [asdict(one) for one in found], "\n".join(["Day by day with a state, window of 30 days", *lines])


def _engines(seeds: list[int], options: argparse.Namespace, scratch: Path, progress: Progress) -> _Part:
    from wiretell.bench.hunt import measure

    ran, same = measure.engines(options.accounts, seeds[0], scratch, progress)
    lines = [f"  {name:<8}{one.wall_s:7.1f} s{one.peak_bytes / MIB:9,.0f} MiB" for name, one in ran.items()]
    rows = next(iter(ran.values())).document["rows"]
    plain = {name: {"wall_s": one.wall_s, "peak_bytes": one.peak_bytes} for name, one in ran.items()}
    head = f"Engines on {rows:,} rows: {'the same answer' if same else 'DIFFERENT ANSWERS'}"
    return plain | {"rows": rows, "same": same}, "\n".join([head, *lines])


PARTS: Final[Mapping[str, Callable[[list[int], argparse.Namespace, Path, Progress], _Part]]] = MappingProxyType(
    {
        "quality": _quality,
        "honest": _honest,
        "framed": _framed,
        "lost": _lost,
        "reported": _reported,
        "speed": _speed,
        "increments": _increments,
        "engines": _engines,
    }
)


def _plain(one: Judged) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("what", "seed", "rows", "wall_s", "peak_bytes", "keys", "told")}
    return plain | {"score": asdict(one.score), "others": {name: asdict(score) for name, score in one.others.items()}}


def _judged(title: str, found: Iterable[Judged]) -> str:
    head = (
        f"  {'':<22}{'seed':>6}{'rows':>12}{'prec.':>7}{'recall':>8}{'verify':>8}{'match':>8}{'merged':>7}{'B3':>6}"
        f"{'honest':>14}{'grey':>5}{'keys':>6}{'told':>6}{'s':>7}{'MiB':>7}"
    )
    return "\n".join([title, head, *map(_row, found)])


def _row(one: Judged) -> str:
    s = one.score
    return (
        f"  {one.what:<22}{one.seed:>6}{one.rows:>12,}{s.precision:>7.3f}{s.recall:>8.3f}"
        f"{s.verify / max(s.bad, 1):>8.3f}{f'{s.matched}/{s.campaigns}':>8}{s.merged:>7}{s.b_cubed:>6.2f}"
        f"{f'{s.honest_flagged}/{s.honest}':>14}{s.grey_flagged:>5}{f'{one.keys[1]}/{one.keys[0]}':>6}"
        f"{one.told:>6.2f}{one.wall_s:>7.1f}{one.peak_bytes / MIB:>7.0f}"
    )


def _others(found: Sequence[Judged]) -> str:
    lines = [
        f"  {one.what:<4}{name:<42}{score.precision:>7.3f}{score.recall:>8.3f}"
        f"{f'{score.matched}/{score.campaigns}':>8}{score.honest_flagged:>8}"
        for one in found
        for name, score in one.others.items()
    ]
    head = f"  {'':<46}{'prec.':>7}{'recall':>8}{'match':>8}{'honest':>8}"
    return "\n".join(["Trivial rules on the same logs", head, *lines])


def _subgroups(found: Sequence[Judged]) -> str:
    lines: list[str] = []
    for name in sorted({name for one in found for name in one.score.subgroups}):
        pairs = [one.score.subgroups.get(name, (0, 0)) for one in found]
        lines.append(f"  {name:<22}{sum(n for n, _ in pairs):>10,}{sum(hit for _, hit in pairs):>8}")
    return "\n".join([f"  {'honest subgroup':<22}{'accounts':>10}{'review':>8}", *lines])


def _cost(one: Cost) -> str:
    speed = one.rows / one.wall_s / 1e6
    return f"  {one.rows:>12,} rows {one.wall_s:7.1f} s {speed:6.2f} M rows/s {one.peak_bytes / MIB:7,.0f} MiB"
