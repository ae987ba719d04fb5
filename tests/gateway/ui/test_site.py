from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.ui.asking import ask, scope, sign_in
from tests.gateway.ui.fakes import BOSS, DEV, USERS, FakeLive, as_stored, marked, row, site, sources
from wiretell.errors import FormatError, InconclusiveError, UsageError
from wiretell.gateway.counters.interface import Standing
from wiretell.gateway.log.interface import LogState
from wiretell.gateway.log.reader import Stored
from wiretell.gateway.telemetry import SpansState
from wiretell.gateway.ui import Site
from wiretell.gateway.ui.sessions import LASTS_S, TRIES
from wiretell.gateway.ui.site import PREFIX
from wiretell.model.exchange import Row

MINE, THEIRS = row(1), row(2, user="mei", model="of-mei")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`\u202e\u200b"
STATIC = Path(__file__).parents[3] / "src/wiretell/gateway/ui/static"


def hostile() -> Stored:
    made = row(
        9,
        **dict.fromkeys(("user", "client", "client_version", "model", "model_served", "target", "decision"), HOSTILE),
        session=HOSTILE,
        upstream=HOSTILE,
        user_agent=HOSTILE,
        marks=(HOSTILE,),
        warnings=(HOSTILE,),
        pins=(HOSTILE,),
    )
    raw = HOSTILE.encode()
    edit = replace(
        marked().edits[0], exchange_id=made.exchange_id, offset=0, before=HOSTILE, after=HOSTILE * 2, path=HOSTILE
    )
    edit = replace(edit, rule=HOSTILE)
    return as_stored(
        made, raw, head=raw, sent_head=raw, sent_body=raw + b"!", response_head=raw, response_body=raw, edits=(edit,)
    )


def test_on_this_machine_the_page_asks_for_no_key() -> None:
    answer = ask(site([MINE]), "/ui")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Sign out" not in answer.text
    data = json.loads(ask(site([MINE, THEIRS]), "/ui/data.json").body)
    assert [shown["user"] for shown in data["rows"]] == ["dev-017", "mei"]
    assert data["log"]["dropped"] == 0
    assert data["budgets"][0]["who"] == "user:mei"


def test_spans_that_are_lost_are_shown_to_who_sees_all() -> None:
    state = SpansState(sent=40, lost=3, failing=True)
    guarded = site([MINE], users=USERS, spans=lambda: state)
    shown = [json.loads(ask(guarded, "/ui/data.json", cookie=sign_in(guarded, key)).body) for key in (DEV, BOSS)]
    assert [data["spans"] for data in shown] == [None, {"sent": 40, "lost": 3, "failing": True}]
    assert json.loads(ask(site([MINE]), "/ui/data.json").body)["spans"] is None


@pytest.mark.parametrize("path", ["/ui", "/ui/data.json", "/ui/static/page.js", "/ui/exchange/0", "/ui/nothing"])
def test_every_answer_holds_the_browser_to_this_page(path: str) -> None:
    answer = ask(site([MINE]), path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/ui", "/ui/data.json", "/ui/sign-in", "/ui/static/page.js"])
def test_a_foreign_host_gets_nothing(path: str) -> None:
    answer = ask(site([MINE], host_allowed=False), path)
    assert answer.status == 403
    assert "hosts" in answer.text
    assert MINE.exchange_id not in answer.text


@pytest.mark.parametrize("path", ["/ui", "/ui/exchange/" + MINE.exchange_id])
def test_users_sign_in_first(path: str) -> None:
    answer = ask(site([MINE], [as_stored(MINE)], users=USERS), path)
    assert (answer.status, answer.headers["location"]) == (303, "/ui/sign-in")


def test_without_a_session_there_is_no_data() -> None:
    guarded = site([MINE], users=USERS)
    for path in ("/ui/data.json", "/ui/events"):
        assert ask(guarded, path).status == 401
        assert ask(guarded, path, cookie="wiretell=made-up").status == 401


def test_users_see_their_own_and_an_admin_all() -> None:
    stored = [as_stored(MINE), as_stored(THEIRS)]
    guarded = site([MINE, THEIRS], stored, users=USERS, state=LogState(failing="no room on /srv/log"))
    dev, boss = sign_in(guarded, DEV), sign_in(guarded, BOSS)
    mine = ask(guarded, "/ui/data.json", cookie=dev)
    assert [shown["user"] for shown in json.loads(mine.body)["rows"]] == ["dev-017"]
    assert {bar["who"] for bar in json.loads(mine.body)["budgets"]} == {"user:dev-017", "group:search-team"}
    assert b"/srv/log" not in mine.body
    all_of_it = json.loads(ask(guarded, "/ui/data.json", cookie=boss).body)
    assert len(all_of_it["rows"]) == 2
    assert all_of_it["log"]["failing"] == "no room on /srv/log"
    for path in ("", "/request", "/response"):
        theirs = f"/ui/exchange/{THEIRS.exchange_id}{path}"
        assert ask(guarded, theirs, cookie=dev).status == 404
        assert ask(guarded, theirs, cookie=boss).status == 200
    assert ask(guarded, "/ui/exchange/" + MINE.exchange_id, cookie=dev).status == 200


def test_the_ledger_of_others_is_theirs() -> None:
    theirs, mine = marked(), marked()
    theirs = replace(theirs, row=replace(theirs.row, user="mei"))
    guarded = site([MINE], [theirs], users=USERS)
    assert json.loads(ask(guarded, "/ui/data.json", cookie=sign_in(guarded, DEV)).body)["ledger"] == []
    open_to_all = site([mine.row], [mine])
    assert len(json.loads(ask(open_to_all, "/ui/data.json").body)["ledger"]) == 3


def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    guarded = site(users=USERS, secure=True)
    answer = ask(guarded, "/ui/sign-in", method="POST", body=f"key={DEV}".encode())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-wiretell=")
    for word in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/", f"Max-Age={LASTS_S}"):
        assert word in cookie
    assert DEV not in cookie
    assert (
        "Secure"
        not in ask(site(users=USERS), "/ui/sign-in", method="POST", body=f"key={DEV}".encode()).headers["set-cookie"]
    )


def test_signing_out_ends_the_session_everywhere() -> None:
    guarded = site([MINE], users=USERS)
    cookie = sign_in(guarded, DEV)
    assert ask(guarded, "/ui/data.json", cookie=cookie).status == 200
    assert ask(guarded, "/ui/sign-out", method="POST", cookie=cookie).status == 303
    assert ask(guarded, "/ui/data.json", cookie=cookie).status == 401


def test_a_session_expires() -> None:
    now = [0.0]
    guarded = site([MINE], users=USERS, clock=lambda: now[0])
    cookie = sign_in(guarded, DEV)
    now[0] = LASTS_S - 1
    assert ask(guarded, "/ui/data.json", cookie=cookie).status == 200
    now[0] = LASTS_S
    assert ask(guarded, "/ui/data.json", cookie=cookie).status == 401


def test_wrong_keys_are_counted_and_then_not_looked_at() -> None:
    now = [0.0]
    guarded = site(users=USERS, clock=lambda: now[0])
    for _ in range(TRIES):
        assert ask(guarded, "/ui/sign-in", method="POST", body=b"key=wrong").status == 401
    assert ask(guarded, "/ui/sign-in", method="POST", body=f"key={DEV}".encode()).status == 429
    now[0] = 61
    assert ask(guarded, "/ui/sign-in", method="POST", body=f"key={DEV}".encode()).status == 303


@pytest.mark.parametrize(("trusted", "status"), [(True, 303), (False, 429)])
def test_behind_a_trusted_proxy_each_address_has_its_own_tries(trusted: bool, status: int) -> None:
    guarded = site(users=USERS, trust_proxy=trusted)
    for _ in range(TRIES):
        ask(guarded, "/ui/sign-in", method="POST", body=b"key=wrong", x_forwarded_for="6.6.6.6, 203.0.113.9")
    mine = ask(guarded, "/ui/sign-in", method="POST", body=f"key={DEV}".encode(), x_forwarded_for="203.0.113.10")
    assert mine.status == status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://gw:9"])
def test_a_form_of_another_site_signs_nobody_in(origin: str) -> None:
    answer = ask(site(users=USERS), "/ui/sign-in", method="POST", body=f"key={DEV}".encode(), origin=origin)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"key=" + b"x" * 20_000, b"&" * 100, b"other=1", b"key="])
def test_what_is_no_form_signs_nobody_in(body: bytes) -> None:
    assert ask(site(users=USERS), "/ui/sign-in", method="POST", body=body).status == 401


def test_only_get() -> None:
    assert ask(site([MINE]), "/ui", method="POST").status == 405
    assert ask(site([MINE]), "/ui/data.json", method="DELETE").status == 405
    assert ask(site(users=USERS), "/ui/sign-out").status == 405


@pytest.mark.parametrize(
    "path", ["/ui/static/../site.py", "/ui/static/", "/ui/static/page.js/x", "/ui/nothing", "/ui/exchange/"]
)
def test_there_is_nothing_else(path: str) -> None:
    assert ask(site([MINE]), path).status == 404


def test_an_exchange_in_full() -> None:
    stored = marked()
    answer = ask(site([stored.row], [stored]), "/ui/exchange/" + stored.row.exchange_id)
    assert answer.status == 200
    for shown in ("U+02BC", "U+0027", "U+002F", "strip_marks:date-line:apostrophe", "/messages/0/content", "95.8%"):
        assert shown in answer.text
    assert '<mark class="edit" title="strip_marks:date-line:apostrophe">\u02bc</mark>' in answer.text
    assert "Sent upstream" in answer.text
    whole = ask(site([stored.row], [stored]), f"/ui/exchange/{stored.row.exchange_id}/request")
    assert whole.body == stored.request_body
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"].startswith("attachment")


def test_a_mark_that_was_left_alone_is_shown_in_its_place() -> None:
    stored = replace(marked(), edits=(), sent_body=None)
    answer = ask(site([stored.row], [stored]), "/ui/exchange/" + stored.row.exchange_id)
    assert '<mark class="mark" title="date-line:labKw+cnTZ' in answer.text
    assert "Sent upstream" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("not in this log"), 404),
        (FormatError("segment 3 is damaged"), 503),
        (InconclusiveError("erased"), 503),
    ],
)
def test_an_exchange_that_cannot_be_read(error: Exception, status: int) -> None:
    def fail(_: str) -> Stored:
        raise error

    open_to_all = Site(replace(sources(FakeLive([])), exchange=fail), host_allowed=lambda _: True)
    assert ask(open_to_all, "/ui/exchange/0190").status == status
    guarded = Site(replace(sources(FakeLive([])), exchange=fail), users=USERS, host_allowed=lambda _: True)
    assert "damaged" not in ask(guarded, "/ui/exchange/0190", cookie=sign_in(guarded, DEV)).text


def test_counters_out_of_reach_do_not_take_the_page_with_them() -> None:
    async def gone() -> Sequence[Standing]:
        raise InconclusiveError("no PostgreSQL")

    cut = Site(replace(sources(FakeLive([MINE])), standings=gone), host_allowed=lambda _: True)
    data = json.loads(ask(cut, "/ui/data.json").body)
    assert data["budgets"] == []
    assert len(data["rows"]) == 1


# What comes from traffic is text, whatever it says.


def test_hostile_traffic_is_text_on_the_page_of_an_exchange() -> None:
    stored = hostile()
    text = ask(site([stored.row], [stored]), "/ui/exchange/" + stored.row.exchange_id).text
    assert "<script" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text
    assert "\u200b" not in text
    assert "[U+202E]" in text


def test_hostile_traffic_is_drawn_in_the_data() -> None:
    stored = hostile()
    answer = ask(site([stored.row], [stored]), "/ui/data.json")
    assert answer.headers["content-type"] == "application/json"
    assert "\u202e" not in answer.text
    assert "[U+202E]" in json.loads(answer.body)["rows"][0]["model"]


def test_the_script_makes_no_markup_of_texts() -> None:
    script = (STATIC / "page.js").read_text()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "setHTML",
        "srcdoc",
    ):
        assert word not in script


def test_nothing_comes_from_elsewhere() -> None:
    files = [*STATIC.iterdir(), *(STATIC.parent / "templates").iterdir()]
    outside = [
        (file.name, line)
        for file in files
        for line in file.read_text().splitlines()
        if "//" in line.replace("http://www.w3.org/2000/svg", "").replace("// ", "") and "http" in line.lower()
    ]
    assert outside == []


# The live feed


def feed(guarded: Site, live: FakeLive, rows: Sequence[Row], cookie: str = "", enough: int = 2) -> str:
    """Return what the feed sent, until it sent `enough` events; then the browser leaves."""

    async def whole() -> str:
        left = asyncio.Event()
        got = b""

        async def receive() -> MutableMapping[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal got
            got += message.get("body", b"")
            if got.count(b"\n\n") >= enough:
                left.set()

        live.later = asyncio.Queue()
        for each in rows:
            live.later.put_nowait(each)
        await asyncio.wait_for(guarded(scope(f"{PREFIX}/events", "GET", {"cookie": cookie}), receive, send), 10)
        assert live.subscribed == 0
        return got.decode()

    return asyncio.run(whole())


def test_the_feed_gives_rows_and_state() -> None:
    live = FakeLive([])
    text = feed(Site(sources(live), host_allowed=lambda _: True), live, [MINE])
    assert "event: state\ndata: {" in text
    (line,) = [line for line in text.split("\n") if MINE.exchange_id in line]
    assert json.loads(line.removeprefix("data: "))["model"] == MINE.model


def test_the_feed_of_a_user_is_their_own() -> None:
    live = FakeLive([])
    guarded = Site(sources(live), users=USERS, host_allowed=lambda _: True)
    text = feed(guarded, live, [THEIRS, MINE], sign_in(guarded, DEV))
    assert MINE.exchange_id in text
    assert "of-mei" not in text


def test_a_row_cannot_forge_an_event() -> None:
    live = FakeLive([])
    text = feed(
        Site(sources(live), host_allowed=lambda _: True), live, [replace(MINE, model="x\n\nevent: state\ndata: {}\n\n")]
    )
    assert text.count("event: state") - text.count("[U+000A]event: state") == 1


def test_the_feed_ends_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.gateway.ui.events.STATE_EVERY_S", 0.01)
    now, live = [0.0], FakeLive([])
    guarded = Site(sources(live), users=USERS, host_allowed=lambda _: True, clock=lambda: now[0])
    cookie = sign_in(guarded, DEV)

    async def whole() -> None:
        live.later = asyncio.Queue()
        messages: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)
            now[0] = LASTS_S + 1.0

        await asyncio.wait_for(guarded(scope(f"{PREFIX}/events", "GET", {"cookie": cookie}), receive, send), 10)
        assert messages[-1]["more_body"] is False

    asyncio.run(whole())


def test_too_many_feeds_poll_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiretell.gateway.ui.site.MAX_FEEDS", 0)
    assert ask(site([MINE]), "/ui/events").status == 204
