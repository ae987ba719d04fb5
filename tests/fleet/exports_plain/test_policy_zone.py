"""The records of a zone, looked up as RFC 4592 has it, give each name what the list says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from wiretell.fleet.exports import policy_zone
from wiretell.fleet.exports.policy_zone import Action, allowing, blocking

NAME = st.lists(st.sampled_from(["a", "b", "api", "dev", "com"]), min_size=1, max_size=5).map(".".join)
LISTED = st.lists(NAME, min_size=1, max_size=5)
KEPT = st.lists(st.builds("{}{}".format, st.sampled_from(["", "*."]), NAME), max_size=4)


def zone(records: Iterable[str]) -> dict[str, Action]:
    """Return owner and action of each record; no owner has two, which no zone may have."""
    parsed = [(owner, Action(target)) for owner, _, target in map(str.split, records)]
    assert len({owner for owner, _ in parsed}) == len(parsed)
    return dict(parsed)


def looked_up(records: dict[str, Action], name: str) -> Action | None:
    """Look a name up: itself, else the wildcard right below the nearest name above it that exists (RFC 4592 §3.3.1).
    One exists that has a record or is above one that has."""
    labels = name.split(".")
    existing = {".".join(owner.split(".")[cut:]) for owner in records for cut in range(owner.count(".") + 2)}
    if name in existing:
        return records.get(name)
    nearest = next(cut for cut in range(1, len(labels) + 1) if ".".join(labels[cut:]) in existing)
    return records.get(".".join(["*", *labels[nearest:]]))


@settings(deadline=None)
@given(LISTED, KEPT, NAME)
@example(["a.dev"], ["api.b.a.dev"], "b.a.dev")
@example(["a.dev", "b.api.a.dev"], [], "api.a.dev")
@example(["a.dev"], ["*.a.dev"], "b.a.dev")
def test_what_is_listed_gets_no_answer(listed: Sequence[str], kept: Sequence[str], name: str) -> None:
    assert looked_up(zone(policy_zone.block(listed, kept)), name) == blocking(name, set(listed), set(kept))


@settings(deadline=None)
@given(LISTED, NAME)
@example(["api.a.dev"], "b.com")
@example(["api.a.dev"], "b.dev")
@example(["api.a.dev"], "a.dev")
@example(["api.a.dev"], "b.api.a.dev")
def test_nothing_but_what_is_listed_gets_an_answer(listed: Sequence[str], name: str) -> None:
    assert looked_up(zone(policy_zone.allow(listed)), name) == allowing(name, set(listed))


def test_the_nearest_counts() -> None:
    listed, kept = {"a.dev", "x.b.a.dev"}, {"b.a.dev", "*.c.a.dev", "*.x.b.a.dev"}
    told = {
        "dev": None,
        "a.dev": Action.NXDOMAIN,
        "any.a.dev": Action.NXDOMAIN,
        "b.a.dev": Action.PASSTHRU,
        "any.b.a.dev": Action.NXDOMAIN,
        "c.a.dev": Action.NXDOMAIN,
        "any.c.a.dev": Action.PASSTHRU,
        "x.b.a.dev": Action.NXDOMAIN,
        "y.x.b.a.dev": Action.PASSTHRU,
    }
    assert {name: blocking(name, listed, kept) for name in told} == told
