"""The oracles, executed: each specimen is started directly on loopback and must do what its oracle says."""

from __future__ import annotations

import ast
import base64
import datetime as dt
import difflib
import gzip
import hashlib
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zstandard

from tests.specimens import build
from tests.specimens.direct import PLAIN, Direct, start
from tests.specimens.loader import ROOT, Expected, Specimen, load, load_all, of_kind
from tests.specimens.local_server import LocalServer
from tests.specimens.search import files_with
from wiretell import scan
from wiretell.marks.date_line.hosts import host_lists
from wiretell.model.world import UNSET

TRIES = 40
"""Runs after which a coin that never fell on one side is no coin: 2**-40."""
OTHERWISE = {
    "base_url": "http://deepseek.company.cn",
    "timezone": "Asia/Shanghai",
    "locale": "zh_CN.UTF-8",
    "hostname": "runner-7f3a",
    "username": "svc-build",
    "machine_id": "ffffffffffffffffffffffffffffffff",
    "cwd": "another-project",
    "ci": "true",
    "git_email": "dev@bank.corp.test",
    "git_remote": "git@git.bank.corp.test:core/ledger.git",
    "http_proxy": "http://proxy.corp.test:3128",
    "env:SPECIMEN_FLAG": "1",
    "env:SPECIMEN_LEFT": "1",
}
"""Another level of every fact that some specimen reads."""
OF_THE_ORIGINAL = {"date_line": ("ANTHROPIC_BASE_URL", "api.anthropic.com")}
"""Specimens that stand beside a real agent in the same worlds: its variable and its vendor's host."""
BODY_WITHOUT_IDS = {"openai-chat", "gemini"}

SPECIMENS = load_all()
GOOD = of_kind("positive", "twin", "decoy", "probe")
PAIRS = [(specimen, channel) for specimen in SPECIMENS for channel in specimen.oracle.channel]


def params(pairs: list[tuple[Specimen, Expected]]) -> list[Any]:
    return [pytest.param(s, channel, id=f"{s.name}-{channel.carrier or 'open'}") for s, channel in pairs]


CHANNELS = params(PAIRS)
CAUSED = params([(specimen, channel) for specimen, channel in PAIRS if channel.facts is not None])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with LocalServer(tmp_path_factory.mktemp("server")) as running:
        yield running


def by_name(specimen: Specimen) -> str:
    return specimen.name


def at(document: Any, pointer: str) -> Any:
    for key in pointer.split("/")[1:]:
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def good(specimen: Specimen, world: Mapping[str, str], server: LocalServer, folder: Path) -> Direct:
    run = start(specimen, world, server, folder)
    assert run.code == 0, run.stderr.decode()
    return run


def symbol_of(run: Direct, channel: Expected) -> str | None:
    """The one expression of this channel that the run's bytes match."""
    found = {s.sends for s in channel.shown if s.sends is not None and re.search(s.sends, run.text)}
    assert len(found) <= 1, f"two symbols at once: {found}"
    return found.pop() if found else None


# ---------------------------------------------------------------- channels


@pytest.mark.parametrize(("specimen", "channel"), CHANNELS)
def test_every_world_of_the_oracle_shows_its_symbol_at_its_place(
    specimen: Specimen, channel: Expected, server: LocalServer, tmp_path: Path
) -> None:
    for shown in channel.shown:
        seen = set()
        for _ in range(TRIES if shown.sometimes else 1):
            run = good(specimen, shown.world, server, tmp_path)
            assert_place(run, channel)
            seen.add(symbol_of(run, channel))
            if len(seen) == 2:
                break
        assert shown.sends in seen, f"{shown.world} showed {seen}"
        assert len(seen) == 1 + shown.sometimes


def assert_place(run: Direct, channel: Expected) -> None:
    """The place that the oracle names is there, and holds one of the symbols."""
    if channel.request is None:
        return
    method, _, path = channel.request.partition(" ")
    [request] = [s for s in run.model_requests if s.path == path]
    assert request.head.startswith(method.encode() + b" ")
    if channel.part == "head" and channel.path:
        assert re.search(rb"(?im)^%s: " % channel.path.encode(), request.head)
    if channel.part == "body" and channel.path is not None:
        place = at(request.json, channel.path)
        if channel.offset is not None and channel.values is not None:
            assert place[channel.offset] in channel.values


@pytest.mark.parametrize(("specimen", "channel"), CAUSED)
def test_no_other_fact_matters(specimen: Specimen, channel: Expected, server: LocalServer, tmp_path: Path) -> None:
    for shown in channel.shown:
        own = (channel.facts or frozenset()) | shown.world.keys()
        rest = {fact: level for fact, level in OTHERWISE.items() if fact not in own}
        if not shown.sometimes:
            run = good(specimen, {**rest, **shown.world}, server, tmp_path)
            assert symbol_of(run, channel) == shown.sends


@pytest.mark.parametrize(("specimen", "channel"), CAUSED)
def test_every_fact_of_the_oracle_matters_by_itself_somewhere(specimen: Specimen, channel: Expected) -> None:
    worlds = [({**PLAIN, **s.world}, s.sends) for s in channel.shown]
    matters = frozenset(
        fact
        for (a, x), (b, y) in permutations(worlds, 2)
        if x != y and len(apart := differing(a, b)) == 1
        for fact in apart
    )
    assert matters == channel.facts


def differing(a: Mapping[str, str], b: Mapping[str, str]) -> set[str]:
    return {fact for fact in a.keys() | b.keys() if a.get(fact, UNSET) != b.get(fact, UNSET)}


@pytest.mark.parametrize(("specimen", "channel"), CHANNELS)
def test_the_oracle_counts_as_many_symbols_as_its_worlds_show(specimen: Specimen, channel: Expected) -> None:
    different = {shown.sends for shown in channel.shown}
    assert len(different) == channel.symbols if channel.symbols is not None else len(different) >= 2
    for fact, level in channel.closed.items():
        assert len({s.sends for s in channel.shown if s.world.get(fact) == level}) == 1


@pytest.mark.parametrize("specimen", of_kind("positive"), ids=by_name)
def test_verdict_and_exit_code_follow_from_the_channels(specimen: Specimen) -> None:
    covert = bool(specimen.expected("covert"))
    assert specimen.oracle.exit == int(covert)
    assert specimen.oracle.verdict == {"covert" if covert else "undeclared"}


# ---------------------------------------------------------------- twins, decoys, all


@pytest.mark.parametrize("specimen", of_kind("twin"), ids=by_name)
def test_a_twin_is_the_same_program_without_the_channel(
    specimen: Specimen, server: LocalServer, tmp_path: Path
) -> None:
    original = load(str(specimen.oracle.twin_of))
    lines, originals = specimen.program.read_text().splitlines(), original.program.read_text().splitlines()
    kept = sum(block.size for block in difflib.SequenceMatcher(None, originals, lines).get_matching_blocks())
    assert kept >= 0.6 * len(lines)
    assert specimen.recipe["agent"].get("level") == original.recipe["agent"].get("level")
    for channel in original.oracle.channel:
        shown = {symbol_of(good(specimen, s.world, server, tmp_path), channel) for s in channel.shown}
        assert shown == {channel.shown[0].sends}


@pytest.mark.parametrize("specimen", GOOD, ids=by_name)
def test_official_host_is_served_over_tls_where_the_base_url_is_unset(
    specimen: Specimen, server: LocalServer, tmp_path: Path
) -> None:
    run = good(specimen, {"base_url": "official"}, server, tmp_path)
    [request] = run.model_requests
    assert request.tls
    assert f"\r\nhost: {specimen.recipe['agent']['official']['host']}\r\n".encode() in request.head
    assert run.stdout == b"done\n"


@pytest.mark.parametrize("specimen", [s for s in SPECIMENS if s.oracle.noisy], ids=by_name)
def test_a_noisy_specimen_differs_between_runs_of_one_world(
    specimen: Specimen, server: LocalServer, tmp_path: Path
) -> None:
    first = good(specimen, {}, server, tmp_path).text
    assert any(good(specimen, {}, server, tmp_path).text != first for _ in range(TRIES))


@pytest.mark.parametrize(
    "specimen",
    [s for s in GOOD if s.recipe["agent"]["protocol"] in BODY_WITHOUT_IDS and not s.oracle.noisy],
    ids=by_name,
)
def test_a_quiet_specimen_sends_the_same_bytes_in_one_world(
    specimen: Specimen, server: LocalServer, tmp_path: Path
) -> None:
    assert good(specimen, {}, server, tmp_path).text == good(specimen, {}, server, tmp_path).text


def test_body_hash_is_the_hash_of_the_body(server: LocalServer, tmp_path: Path) -> None:
    [request] = good(load("body_hash"), {}, server, tmp_path).model_requests
    assert f"x-content-sha256: {hashlib.sha256(request.body).hexdigest()}\r\n".encode() in request.head


def test_ruler_is_as_long_as_the_path(server: LocalServer, tmp_path: Path) -> None:
    [request] = good(load("cwd_lengths"), {}, server, tmp_path).model_requests
    path, ruler, _ = at(request.json, "/contents/0/parts/0/text").split("\n")
    assert len(ruler) == len(path)


# ---------------------------------------------------------------- bad agents


def test_crash_ends_with_its_code_and_sends_nothing(server: LocalServer, tmp_path: Path) -> None:
    run = start(load("bad_crash"), {}, server, tmp_path)
    assert (run.code, run.seen) == (7, ())


def test_hang_does_not_end(server: LocalServer, tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        start(load("bad_hang"), {}, server, tmp_path, timeout_s=1)


def test_orphans_hold_the_output_open_after_the_parent(server: LocalServer, tmp_path: Path) -> None:
    began = time.monotonic()
    run = start(load("bad_orphans"), {}, server, tmp_path, {"SPECIMEN_CHILD_LIFE_S": "1.5"})
    assert time.monotonic() - began >= 1.5
    assert (run.code, len(run.model_requests)) == (0, 1)


def test_disk_leaves_its_file_and_goes_on(server: LocalServer, tmp_path: Path) -> None:
    run = start(load("bad_disk"), {}, server, tmp_path, {"SPECIMEN_DISK_BYTES": str(8 << 20)})
    assert (tmp_path / "home" / "cache.bin").stat().st_size == 8 << 20
    assert (run.code, len(run.model_requests)) == (0, 1)


def test_output_is_fifty_megabytes_and_then_the_answer(server: LocalServer, tmp_path: Path) -> None:
    run = start(load("bad_output"), {}, server, tmp_path)
    assert len(run.stdout) == (50 << 20) + len(b"done\n")
    assert (run.code, len(run.model_requests)) == (0, 1)


def test_fixed_host_goes_to_its_vendor_all_the_same(server: LocalServer, tmp_path: Path) -> None:
    [request] = start(load("bad_fixed_host"), {}, server, tmp_path).model_requests
    assert b"\r\nhost: api.specimen.example\r\n" in request.head


def test_no_model_asks_for_health_only(server: LocalServer, tmp_path: Path) -> None:
    assert [seen.path for seen in start(load("bad_no_model"), {}, server, tmp_path).seen] == ["/healthz"]


def test_login_works_only_with_a_token(server: LocalServer, tmp_path: Path) -> None:
    specimen = load("bad_login")
    run = start(specimen, {}, server, tmp_path)
    assert (run.code, run.seen) == (1, ())
    assert b"please log in" in run.stderr
    (tmp_path / "home" / ".specimen").mkdir()
    (tmp_path / "home" / ".specimen" / "token.json").write_text("{}")
    assert len(start(specimen, {}, server, tmp_path).model_requests) == 1


def test_protocol_is_no_http(server: LocalServer, tmp_path: Path) -> None:
    [seen] = start(load("bad_protocol"), {}, server, tmp_path).seen
    assert seen.head.startswith(b"\x00\xff{]")
    assert not seen.asks_model


def test_huge_body_is_eighty_megabytes(server: LocalServer, tmp_path: Path) -> None:
    [request] = start(load("bad_huge_body"), {}, server, tmp_path).model_requests
    assert len(request.body) > 80 << 20


def test_environment_sends_what_it_sees(server: LocalServer, tmp_path: Path) -> None:
    secret = tmp_path / "home" / ".ssh" / "id_ed25519"
    secret.parent.mkdir(parents=True)
    secret.write_text("a-private-key-of-the-test")
    run = start(load("environment"), {}, server, tmp_path, {"CANARY": "a-variable-of-the-test"})
    for expected in (
        "specimen-environment-dump",
        "a-private-key-of-the-test",
        "CANARY=a-variable-of-the-test",
        "root:",
    ):
        assert expected in run.text


# ---------------------------------------------------------------- the folders themselves


def test_what_is_made_of_something_else_is_current() -> None:
    assert build.stale() == [], "run `python -m tests.specimens.build`"


def test_the_lists_of_date_line_are_hidden_as_in_the_original() -> None:
    found = {one.entries: one for one in scan.search(ROOT / "date_line", engine="python").lists if one.hidden}
    data = host_lists().lists
    assert set(found) == {data["known"].entries, data["labKw"].entries}
    for one in found.values():
        assert (one.encoding, one.key, one.separator) == (("base64", "xor"), bytes([build.KEY]), ",")


def test_date_line_pads_months_and_days_and_takes_the_local_date(server: LocalServer, tmp_path: Path) -> None:
    # Fourteen hours ahead and twelve behind UTC: at any moment one of the two has another date than UTC.
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        before = dt.datetime.now(ZoneInfo(zone)).date()
        text = good(load("date_line"), {"timezone": zone}, server, tmp_path).text
        after = dt.datetime.now(ZoneInfo(zone)).date()
        assert any(f"Today's date is {day.isoformat()}." in text for day in (before, after))


def test_every_folder_is_a_specimen_or_a_helper() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == {specimen.name for specimen in SPECIMENS} | {"lib", "local"}


def test_all_protocols_runtimes_and_carriers_are_there() -> None:
    positives = of_kind("positive")
    assert {s.recipe["agent"]["protocol"] for s in positives} == {
        "anthropic-messages",
        "openai-chat",
        "openai-responses",
        "gemini",
    }
    assert {s.language for s in positives} == {"node", "python"}
    covert = {channel.carrier for s in positives for channel in s.expected("covert")}
    assert covert == {"homoglyph", "invisible", "whitespace", "format", "case", "order", "number", "escape", "wording"}


@pytest.mark.parametrize("specimen", SPECIMENS, ids=by_name)
def test_recipe_follows_the_contract(specimen: Specimen) -> None:
    agent = specimen.recipe["agent"]
    assert specimen.recipe["schema"] == 1
    assert agent["name"] == specimen.name.replace("_", "-")
    assert agent["command"][:3] == [specimen.language.replace("python", "python3"), command_file(specimen), "{prompt}"]
    variable, host = OF_THE_ORIGINAL.get(specimen.name, ("LAB_BASE_URL", "api.specimen.example"))
    assert agent["env"][variable] == "{base_url}"
    assert agent["official"] == {"host": host}


def command_file(specimen: Specimen) -> str:
    return f"{{agent}}/{specimen.program.name}"


@pytest.mark.parametrize("program", [*sorted(ROOT.glob("*/agent.py")), ROOT / "lib" / "wire.py"], ids=str)
def test_python_programs_are_valid_for_python_3_9(program: Path) -> None:
    ast.parse(program.read_text("utf-8"), feature_version=(3, 9))


# ---------------------------------------------------------------- the search that the lab test relies on


@pytest.mark.parametrize(
    "encode",
    [
        lambda data: data,
        base64.b64encode,
        gzip.compress,
        lambda data: zstandard.ZstdCompressor().compress(data),
        lambda data: zstandard.ZstdCompressor().compress(b'{"body": "' + base64.b64encode(data) + b'"}'),
    ],
)
def test_search_sees_a_token_through_encodings(encode: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "capture").write_bytes(encode(b"before " * 9 + b"token0123456789" + b" after" * 9))
    assert files_with(tmp_path, "token0123456789") == [tmp_path / "deep" / "capture"]
    assert files_with(tmp_path, "token9876543210") == []
