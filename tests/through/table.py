"""Outcomes as text."""

from __future__ import annotations

from collections.abc import Iterable

from tests.through.running import Compared

_HEAD = f"{'agent':36}{'base URL, zone':44}{'outcome':>9}{'asked':>7}{'bodies':>9}{'headers':>9}{'ledger':>8}{'log':>7}"


def render(found: Iterable[Compared]) -> str:
    """Return one line a case; what differs stands below it."""
    lines = [_HEAD]
    for one in found:
        recorded = one.through.recorded
        lines.append(
            f"{one.agent:36}{one.case.host + ', ' + one.case.timezone:44}"
            f"{'same' if one.same_outcome else 'differs':>9}{len(one.through.requests):7}"
            f"{'same' if one.same_bodies else 'differ':>9}{'same' if not one.other_headers else 'differ':>9}"
            f"{len(recorded.get('ledger', ())):8}{'whole' if recorded.get('check') == 0 else 'broken':>7}"
        )
        lines += [f"    header {text}" for text in one.other_headers]
        lines += [
            f"    {entry['rule']}: {entry['before']!r} -> {entry['after']!r}" for entry in recorded.get("ledger", ())
        ]
        if not one.same_outcome:
            lines.append(f"    direct: {one.direct.exit_code} {one.direct.said[-200:]!r} {one.direct.errors[-200:]!r}")
            lines.append(
                f"    through: {one.through.exit_code} {one.through.said[-200:]!r} {one.through.errors[-300:]!r}"
            )
    return "\n".join(lines)
