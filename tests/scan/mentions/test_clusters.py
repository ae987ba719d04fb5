from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.scan.mentions.build import literal, piece
from wiretell.model.scan import NEAR, DecodedList, ListKind, Place
from wiretell.scan.interface import BINARY, JAVASCRIPT, Piece
from wiretell.scan.literals import NameRead
from wiretell.scan.mentions import Find, Layout, clusters, collect, near

APP = Piece("app", BINARY, bytes(60_000))
CLI = Piece("app!cli.js", JAVASCRIPT, bytes(20_000), Place("app", 10_000, 20_000))
LAYOUT = Layout.of([APP, CLI])


def hidden(*places: Place, kind: ListKind = ListKind.KEYED) -> DecodedList:
    return DecodedList(("a", "b"), ",", ("base64", "xor"), b"k", kind, 300.0, 26.0, "00", places)


def test_lists_zones_and_lookalikes_close_by() -> None:
    names = (NameRead("ACME_BASE_URL", "process.env.NAME", 1500),)
    read = piece(
        literal(1800, "Asia/Tokyo"), literal(1900, "\u02bc"), names=names, path="app!cli.js", inside=CLI.inside
    )
    collected = collect([read], [APP, CLI])
    decoded = hidden(Place("app", 12_220, 400))
    assert near(decoded.places, collected.finds, LAYOUT) == (
        "lookalike U+02BC (316 before)",
        "timezone Asia/Tokyo (408 before)",
        "reads ACME_BASE_URL (707 before)",
    )
    (cluster,) = clusters([decoded], collected.finds, LAYOUT)
    assert cluster.items == (
        "reads ACME_BASE_URL",
        "timezone Asia/Tokyo",
        "lookalike U+02BC",
        "list of 2 entries",
    )
    assert cluster.place == Place("app!cli.js", 1500, 1120)


def test_one_kind_is_no_cluster() -> None:
    finds = [Find("timezone", f"timezone {i}", Place("a", i * 10), Place("a", i * 10)) for i in range(5)]
    assert clusters([], finds, LAYOUT) == ()
    assert clusters([hidden(Place("a", 0), kind=ListKind.PLAIN)], finds, LAYOUT) == ()


def test_most_kinds_then_nearest_first() -> None:
    def find(kind: str, at: int) -> Find:
        return Find(kind, kind, Place("a", at), Place("a", at))

    finds = [find("timezone", 0), find("lookalike", 900), find("timezone", 90_000), find("lookalike", 90_010)]
    finds += [find("timezone", 500_000), find("lookalike", 501_000), find("base url", 501_900)]
    assert [cluster.place.offset for cluster in clusters([], finds, LAYOUT)] == [500_000, 90_000, 0]


def test_distances_end_at_near() -> None:
    def at(offset: int) -> Find:
        return Find("timezone", f"zone {offset}", Place("a", offset, 10), Place("a", offset, 10))

    place = Place("a", 10_000, 100)
    assert near([place], [at(10_100 + NEAR), at(10_101 + NEAR), at(9_990 - NEAR), at(9_989 - NEAR)], LAYOUT) == (
        f"zone {10_100 + NEAR} ({NEAR} after)",
        f"zone {9_990 - NEAR} ({NEAR} before)",
    )
    assert near([place], [at(10_050)], LAYOUT) == ("zone 10050 (beside it)",)
    assert near([Place("b", 10_000)], [at(10_000)], LAYOUT) == ()


def test_places_in_pieces_of_pieces() -> None:
    inner = Piece("app!cli.js!x", JAVASCRIPT, b"", Place("app!cli.js", 100, 50))
    layout = Layout.of([APP, CLI, inner])
    assert layout.outer(Place("app!cli.js!x", 5, 2)) == Place("app", 10_105, 2)
    circle = Layout.of([Piece("a", BINARY, b"", Place("b", 0, 1)), Piece("b", BINARY, b"", Place("a", 0, 1))])
    assert circle.outer(Place("a", 0)).file in ("a", "b")


@given(st.lists(st.tuples(st.sampled_from(["timezone", "lookalike"]), st.integers(0, 30_000)), max_size=30))
def test_every_cluster_has_two_kinds_and_no_wide_gap(spots: list[tuple[str, int]]) -> None:
    finds = [Find(kind, f"{kind} {at}", Place("a", at), Place("a", at)) for kind, at in spots]
    for cluster in clusters([], finds, LAYOUT):
        assert {item.split()[0] for item in cluster.items} == {"timezone", "lookalike"}
        offsets = sorted(int(item.split()[1]) for item in cluster.items)
        assert all(b - a <= NEAR for a, b in pairwise(offsets))
