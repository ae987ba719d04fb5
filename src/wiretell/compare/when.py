"""Which combinations of levels were shown to write a symbol, told as few products of levels as are exactly right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def products(rows: Iterable[tuple[str, ...]], facts: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], ...]:
    """Cover rows (one level for each fact) by products; every combination that a product allows is among the rows."""
    distinct = frozenset(rows)
    if not facts or not distinct:
        return ()
    return min(
        (tuple(_split(distinct, order, facts)) for order in _orders(len(facts))),
        key=lambda found: (len(found), [sorted(product.items()) for product in found]),
    )


def _orders(count: int) -> Iterable[tuple[int, ...]]:
    """Try each fact as the innermost one."""
    for last in range(count):
        yield (*(i for i in range(count) if i != last), last)


def _split(
    rows: frozenset[tuple[str, ...]], order: Sequence[int], facts: Sequence[str]
) -> Iterable[dict[str, tuple[str, ...]]]:
    """Group the levels of the first fact by what the others may be, and go on with these."""
    first, rest = order[0], order[1:]
    levels = sorted({row[first] for row in rows})
    if not rest:
        yield {facts[first]: tuple(levels)}
        return
    partners: dict[frozenset[tuple[str, ...]], list[str]] = {}
    for level in levels:
        left = frozenset((*row[:first], "", *row[first + 1 :]) for row in rows if row[first] == level)
        partners.setdefault(left, []).append(level)
    for left, same in sorted(partners.items(), key=lambda pair: pair[1]):
        for inner in _split(left, rest, facts):
            yield {facts[first]: tuple(same), **inner}
