"""The log that `bench marks` makes is what it says: requests of real size, marked as counted."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from wiretell import marks
from wiretell.bench.requests import lines, request, write_log


def test_every_line_is_a_request_with_its_date_line_where_counted() -> None:
    for line, is_marked in islice(lines(seed=3), 40):
        record = json.loads(line)
        assert 100_000 <= len(line) <= 250_000
        assert record["body"]["messages"][0]["role"] == "user"
        found = marks.read(line, schemes=["date-line"])
        assert len(found.marks) == int(is_marked)
        assert sum(found.unmarked.values()) == int(not is_marked)


def test_a_seed_gives_the_same_log_and_another_one_another(tmp_path: Path) -> None:
    first, same, other = (write_log(tmp_path / name, 400_000, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first.path.read_bytes() == same.path.read_bytes() != other.path.read_bytes()
    assert first.records == first.path.read_bytes().count(b"\n") and first.size == first.path.stat().st_size >= 400_000


def test_one_request_in_a_state_is_read_in_it_and_stripped() -> None:
    body = request(200_000, 0, "labKw+cnTZ")
    assert 190_000 < len(body) < 230_000
    assert [(mark.state, mark.certainty) for mark in marks.read(body, schemes=["date-line"]).marks] == [
        ("labKw+cnTZ", "certain")
    ]
    assert marks.strip(body).data == request(200_000, 0, "none")
