"""A whole history with fake audits: what is found, what is kept, what is said of what was not tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.history.fakes import Quiet, World_, by_host, by_zone
from wiretell.errors import NotSealedError, UsageError
from wiretell.history import history, is_found, is_silent
from wiretell.model.findings import Carrier, Controls
from wiretell.model.history import HistoryResult, State
from wiretell.model.world import World


def between(first: int, last: int) -> Callable[[int], Mapping[Carrier, Callable[[World], str]]]:
    return lambda n: {Carrier.FORMAT: by_zone} if first <= n <= last else {}


def said(result: HistoryResult) -> list[tuple[str, str, str, bool, bool]]:
    return [(r.channel, r.first, r.last, r.first_exact, r.last_exact) for r in result.ranges]


def test_first_and_last_version_with_dates(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    result = history(lab.request(), lab.parts(), Quiet())
    assert said(result) == [("k1", "1.0.4", "1.0.8", True, True)]
    assert result.ranges[0].first_published == "2026-01-05T00:00:00Z"
    assert (result.channels[0].facts, result.channels[0].symbols) == (("base_url", "timezone"), ("-", "/"))
    assert result.audits == len(lab.audits) <= 3 * 3.6 + 10
    assert sum(full for _, full in lab.audits) == 3
    assert is_found(result)
    assert {t.version: t.states["k1"] for t in result.tried}["1.0.3"] is State.ABSENT
    tried = {t.version for t in result.tried}
    assert {v for gap in result.gaps for v in gap.versions} | tried == {f"1.0.{n}" for n in range(12)}


def test_a_second_call_makes_no_audit_and_asks_nobody(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    first = history(lab.request(), lab.parts(), Quiet())
    again = World_(tmp_path, 12, between(0, 0))
    second = history(again.request(), again.parts(), Quiet())
    assert (again.audits, again.fetched, again.asked, second.audits) == ([], [], 0, 0)
    assert said(second) == said(first)
    assert all(tried.cached for tried in second.tried)


def test_no_cache_audits_again(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    history(lab.request(), lab.parts(), Quiet())
    other = World_(tmp_path, 12, between(5, 8))
    assert said(history(other.request(), other.parts(reads=False), Quiet()))[0][1] == "1.0.5"
    assert other.asked == 1
    third = World_(tmp_path, 12, between(0, 0))
    assert said(history(third.request(), third.parts(), Quiet()))[0][1] == "1.0.5", "what was learned is kept"


def test_another_seed_or_recipe_is_another_question(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    history(lab.request(), lab.parts(), Quiet())
    count = len(lab.audits)
    history(lab.request(seed=1), lab.parts(), Quiet())
    assert len(lab.audits) == 2 * count
    request = lab.request()
    history(replace(request, recipe=replace(request.recipe, prompt="hello")), lab.parts(), Quiet())
    assert len(lab.audits) == 3 * count


def test_full_audits_that_read_the_package_first_are_another_question(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    history(lab.request(), lab.parts(), Quiet())
    count = len(lab.audits)
    history(replace(lab.request(), scan=True), lab.parts(), Quiet())
    again = lab.audits[count:]
    assert again and all(is_full for _, is_full in again)


def test_broken_and_foreign_files_are_as_good_as_none(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    history(lab.request(), lab.parts(), Quiet())
    files = sorted((tmp_path / "history" / "planted").glob("1.0.*.json"))
    files[0].write_bytes(b"{")
    files[1].write_bytes(files[2].read_bytes())
    count = len(lab.audits)
    history(lab.request(), lab.parts(), Quiet())
    assert len(lab.audits) == count + 2
    assert not list((tmp_path / "history" / "planted").glob(".*")), "no file is left half written"


def test_other_bytes_of_a_version_are_audited_anew(tmp_path: Path) -> None:
    lab = World_(tmp_path, 1, between(0, 0))
    history(lab.request(), lab.parts(), Quiet())
    lab.sha256 = lambda version: "of other bytes"  # type: ignore[method-assign]
    history(lab.request(), lab.parts(), Quiet())
    assert len(lab.audits) == 2


def test_a_range_of_one_version(tmp_path: Path) -> None:
    lab = World_(tmp_path, 3, between(0, 2))
    result = history(lab.request(1, 1), lab.parts(), Quiet())
    assert said(result) == [("k1", "1.0.1", "1.0.1", False, False)], "versions outside the range were not tried"
    assert (result.published, result.gaps, result.audits) == (1, (), 1)


def test_all_sees_what_a_grid_misses(tmp_path: Path) -> None:
    lab = World_(tmp_path, 30, lambda n: {Carrier.FORMAT: by_zone} if n in (3, 17) else {})
    coarse = history(lab.request(), lab.parts(), Quiet())
    assert said(coarse) == []
    assert len(coarse.gaps) == 4
    assert "--all" in next(item.why for item in coarse.not_examined if "gaps" in item.what)
    result = history(lab.request(every=1), lab.parts(), Quiet())
    assert [row[1:3] for row in said(result)] == [("1.0.3", "1.0.3"), ("1.0.17", "1.0.17")]
    assert result.gaps == ()


def test_two_channels_of_different_versions(tmp_path: Path) -> None:
    def writers(n: int) -> Mapping[Carrier, Callable[[World], str]]:
        zone = {Carrier.FORMAT: by_zone} if n >= 6 else {}
        return {**zone, **({Carrier.HOMOGLYPH: by_host} if 10 <= n < 26 else {})}

    lab = World_(tmp_path, 31, writers)
    result = history(lab.request(), lab.parts(), Quiet())
    assert sorted((r.first, r.last) for r in result.ranges) == [("1.0.10", "1.0.25"), ("1.0.6", "1.0.30")]
    assert all(set(t.states) == {"k1", "k2"} for t in result.tried)


def test_versions_that_say_nothing_are_said(tmp_path: Path) -> None:
    lab = World_(tmp_path, 30, between(10, 20), missing=frozenset({0}), mute=frozenset({29, 15}))
    result = history(lab.request(), lab.parts(), Quiet())
    assert said(result) == [("k1", "1.0.10", "1.0.20", True, True)]
    reasons = {t.version: t.reason for t in result.tried if t.reason}
    assert reasons["1.0.0"] == "There is no 1.0.0."
    assert "never sent a model request" in reasons["1.0.29"]
    assert any("1.0.0, " in item.what and "concluded" in item.why for item in result.not_examined)
    assert not is_silent(result)


def test_nothing_can_be_concluded(tmp_path: Path) -> None:
    lab = World_(tmp_path, 40, mute=frozenset(range(40)))
    result = history(lab.request(), lab.parts(), Quiet())
    assert is_silent(result)
    assert not is_found(result)
    lab = World_(tmp_path / "2", 40, missing=frozenset(range(40)))
    assert is_silent(history(lab.request(), lab.parts(), Quiet()))


def test_what_went_wrong_on_this_machine_is_not_kept(tmp_path: Path) -> None:
    lab = World_(tmp_path, 1, mute=frozenset({0}), controls=Controls("pass", "pass", "leaking"))
    history(lab.request(), lab.parts(), Quiet())
    history(lab.request(), lab.parts(), Quiet())
    assert len(lab.audits) == 2
    lab.controls = Controls("pass", "pass", "pass")
    history(lab.request(), lab.parts(), Quiet())
    history(lab.request(), lab.parts(), Quiet())
    assert len(lab.audits) == 3, "an agent that asks no model does the same tomorrow"


def test_an_interrupted_search_goes_on_where_it_was(tmp_path: Path) -> None:
    lab = World_(tmp_path, 12, between(4, 8))
    whole = lab.audit

    def interrupted(*words: object) -> object:
        if len(lab.audits) == 4:
            raise KeyboardInterrupt
        return whole(*words)  # type: ignore[arg-type]

    with pytest.raises(KeyboardInterrupt):
        history(lab.request(), replace(lab.parts(), audit=interrupted), Quiet())  # type: ignore[arg-type]
    result = history(lab.request(), lab.parts(), Quiet())
    assert len(lab.audits) == len({*lab.audits}) == result.audits + 4


def test_a_machine_without_sandbox_ends_the_search(tmp_path: Path) -> None:
    lab = World_(tmp_path)

    def unsealed(*_: object) -> object:
        raise NotSealedError("no sandbox.")

    with pytest.raises(NotSealedError):
        history(lab.request(), replace(lab.parts(), audit=unsealed), Quiet())  # type: ignore[arg-type]


def test_what_is_fetched_ahead_is_used(tmp_path: Path) -> None:
    lab = World_(tmp_path, 60, between(20, 40))
    history(lab.request(), lab.parts(), Quiet())
    assert len(lab.ahead) > 5
    assert set(lab.ahead) <= set(lab.fetched)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (99, 3, "1.0.99 was never published; near it: 1.0.10 and 1.0.11"),
        (0, 77, "--to: planted 1.0.77 was never published"),
        (5, 3, "--from 1.0.5 comes after --to 1.0.3"),
    ],
)
def test_ends_that_cannot_be(tmp_path: Path, start: int, end: int, words: str) -> None:
    lab = World_(tmp_path)
    with pytest.raises(UsageError, match=words):
        history(lab.request(start, end), lab.parts(), Quiet())
    assert not lab.audits
