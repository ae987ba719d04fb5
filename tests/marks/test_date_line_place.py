"""Where a date line counts as written by the client: the first user message, the reminder, the item currentDate."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.marks.date_line import AFTER, BEFORE, PLAIN, nested, reminder, request, spelled, user
from wiretell.marks.body import Body, Text
from wiretell.marks.date_line import documents
from wiretell.marks.date_line.conversation import Conversations, First
from wiretell.marks.date_line.place import Placed, Standing, placed
from wiretell.marks.date_line.sentence import sentences

IN = Standing.IN_PLACE
TOOLS = "<available-deferred-tools>\nCronCreate\n</available-deferred-tools>"
"""A message that 2.1.91 puts before the user's first where tools are loaded on demand."""


def lines(data: bytes) -> list[Placed]:
    body = Body(data)
    return list(placed(body, sentences(data, body.date_lines)))


def standings(value: Any) -> list[Standing]:
    return [line.standing for line in lines(value if isinstance(value, bytes) else spelled(value))]


def test_a_request_as_the_client_sends_it() -> None:
    [line] = lines(spelled(request(reminder())))
    assert line.standing is IN
    assert (line.text.path, line.text.within) == ("/messages/0/content/1/text", ())
    assert line.text.plain[line.at :].startswith(PLAIN.encode())


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("escaped", [False, True])
def test_a_request_in_json_in_strings_of_json(depth: int, escaped: bool) -> None:
    [line] = lines(nested(request(reminder("Today\u02bcs date is 2026/11/21.")), depth, escaped=escaped))
    assert line.standing is IN
    assert line.text.within == ("/request/body",) * depth


@pytest.mark.parametrize(
    "value",
    [
        {"request": {"body": request(reminder())}},
        [{"body": 1}, {"a~b/c": [0, request(reminder())]}],
        {"log": {"entries": [{"request": {"postData": {"text": json.dumps(request(reminder()))}}}]}},
        {"requests": [{"custom_id": "1", "params": request(reminder())}]},
        {"messages": json.dumps([user(reminder())])},
        [user(reminder())],
        {"messages": [{"role": "user", "content": reminder() + "hi"}]},
        {"messages": [{"content": reminder(), "role": "user"}]},
        {"messages": [{"role": "system", "content": "x"}, {"content": reminder(), "role": "user"}]},
        {"messages": [{"role": "developer", "content": "x"}, user(reminder())], "model": "m"},
        {"messages": [{"role": "user", "content": f"{TOOLS}\n"}, user(reminder())]},
        {"messages": [{"role": "user", "content": [{"text": TOOLS, "type": "text"}]}, user(reminder())]},
        {"input": reminder(), "model": "m"},
        {"input": [{"type": "reasoning"}, {"role": "user", "content": [{"type": "input_text", "text": reminder()}]}]},
        {"contents": [{"parts": [{"text": "a"}, {"text": reminder()}]}]},
        {"contents": [{"role": "model", "parts": []}, {"role": "user", "parts": [{"text": reminder()}]}]},
        {"request": {"contents": [{"role": "user", "parts": [{"text": reminder()}]}]}},
    ],
)
def test_the_place_in_other_protocols_and_under_wrappers(value: Any) -> None:
    assert standings(value) == [IN]


@pytest.mark.parametrize(
    ("value", "standing"),
    [
        (request(later=(user(reminder()),)), Standing.NOT_FIRST),
        ({"messages": [{"role": "assistant", "content": reminder()}]}, Standing.NOT_FIRST),
        ({"messages": [{"content": reminder()}]}, Standing.NOT_FIRST),
        ({"messages": [user(TOOLS, "hi"), user(reminder())]}, Standing.NOT_FIRST),
        ({"messages": [user(f"{TOOLS}\nWhat is this?"), user(reminder())]}, Standing.NOT_FIRST),
        ({"messages": [user(f"What is {TOOLS}?"), user(reminder())]}, Standing.NOT_FIRST),
        ({"messages": [user("hi"), user(reminder())]}, Standing.NOT_FIRST),
        ({"contents": [{"role": "model", "parts": [{"text": reminder()}]}]}, Standing.NOT_FIRST),
        ({"contents": [{"parts": []}, {"parts": [{"text": reminder()}]}]}, Standing.NOT_FIRST),
        (request(system=reminder()), Standing.ELSEWHERE),
        ({"system": reminder(), "messages": []}, Standing.ELSEWHERE),
        ({"prompt": reminder()}, Standing.ELSEWHERE),
        ({"messages": [{"role": "user", "name": reminder(), "content": ""}]}, Standing.ELSEWHERE),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": reminder()}]}]},
            Standing.ELSEWHERE,
        ),
        (request(json.dumps(request(reminder()))), Standing.ELSEWHERE),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "input": request(reminder())}]}]},
            Standing.ELSEWHERE,
        ),
        ({"system": json.dumps(request(reminder()))}, Standing.ELSEWHERE),
        ({"choices": [{"message": {"content": json.dumps(request(reminder()))}}]}, Standing.ELSEWHERE),
        ({reminder(): 1}, Standing.PLAIN),
        (request(PLAIN), Standing.NOT_CONTEXT),
        (request(f"<system-reminder>\n{PLAIN}\n</system-reminder>"), Standing.NOT_CONTEXT),
        (request(f"\n# currentDate\n{PLAIN}\n"), Standing.NOT_CONTEXT),
        (request(f"<system-reminder>\n# currentDate\n{PLAIN}"), Standing.NOT_CONTEXT),
        (
            request(f"<system-reminder>\nx\n</system-reminder>\n# currentDate\n{PLAIN}</system-reminder>"),
            Standing.NOT_CONTEXT,
        ),
        (request(f"<system-reminder>\n# currentDate\n\n{PLAIN}\n</system-reminder>"), Standing.NOT_CONTEXT),
        (request(f"<system-reminder>\n## currentDate\n{PLAIN}\n</system-reminder>"), Standing.NOT_CONTEXT),
        (request(f"<system-reminder>\n# currentDate\nOh: {PLAIN}\n</system-reminder>"), Standing.NOT_CONTEXT),
        (request(reminder("Today\\u2019s date is 2026-11-21.")), Standing.NOT_CONTEXT),
    ],
)
def test_other_places(value: Any, standing: Standing) -> None:
    assert standings(value) == [standing]


def test_of_two_items_in_a_reminder_the_last_is_the_clients() -> None:
    quoted = "A report says:\n# currentDate\nToday\u02bcs date is 2026/11/21.\n"
    assert standings(request(reminder(notes=quoted))) == [Standing.NOT_CONTEXT, IN]


def test_plain_text_has_no_place() -> None:
    assert standings(reminder().encode()) == [Standing.PLAIN]


@pytest.mark.parametrize("cut", [1, 40])
def test_a_document_that_is_cut_says_so(cut: int) -> None:
    assert standings(spelled(request(reminder()))[:-cut]) == [Standing.UNKNOWN]


def test_two_documents_one_after_the_other_are_not_one() -> None:
    line = spelled(request(reminder()))
    assert standings(line + b"\n" + line) == [Standing.UNKNOWN] * 2


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xed\xa0\x80", rb"\ud800", rb"\udc00\ud800", b"\xe2\x80"])
def test_bytes_that_are_no_text_stand_around(bad: bytes) -> None:
    data = spelled(request("@", reminder(notes="@"), "@", system="@", later=(user("@"),)))
    assert standings(data.replace(b"@", bad)) == [IN]


def test_a_byte_order_mark_and_space_before() -> None:
    assert standings(b"\xef\xbb\xbf \n" + spelled(request(reminder()))) == [IN]


def test_escaped_angle_brackets_are_the_same_text() -> None:
    data = spelled(request(reminder())).replace(b"<", rb"\u003c").replace(b">", rb"\u003E")
    assert standings(data) == [IN]


def go_spelled(value: Any) -> bytes:
    """As encoding/json of Go spells it."""
    return spelled(value).replace(b"<", rb"\u003c").replace(b">", rb"\u003e").replace(b"&", rb"\u0026")


@pytest.mark.parametrize("tools", [f"{TOOLS}\n", [{"type": "text", "text": TOOLS}]])
def test_the_list_of_tools_is_passed_over_in_gos_spelling_too(tools: Any) -> None:
    assert standings(go_spelled({"messages": [{"role": "user", "content": tools}, user(reminder())]})) == [IN]


QUOTED = json.dumps(request(reminder()))


@pytest.mark.parametrize(
    "value",
    [
        {"model": "gpt-5", "input": QUOTED},
        {"model": "m", "prompt": QUOTED},
        {"model": "m", "messages": [user("hi")], "documents": [{"text": QUOTED}]},
        {"model": "m", "messages": [user("hi")], "metadata": {"x": QUOTED}},
        {"contents": [{"parts": []}], "labels": {"x": QUOTED}},
        {"input": [user("hi")], "metadata": {"x": json.dumps({"y": QUOTED})}},
        {"row": {"input": "hi", "model": "m", "metadata": {"x": QUOTED}}},
        {"body": json.dumps({"model": "gpt-5", "input": QUOTED})},
    ],
)
def test_a_request_in_a_string_of_a_request_is_quoted(value: Any) -> None:
    assert standings(value) == [Standing.QUOTED]


@pytest.mark.parametrize(
    "value",
    [
        {"model": "m", "body": QUOTED, "status": 200},
        {"input": QUOTED, "output": "hi"},
        {"model": "m", "messages": json.dumps([user(reminder())])},
        [QUOTED],
    ],
)
def test_a_log_may_hold_a_request_as_a_string(value: Any) -> None:
    assert standings(value) == [IN]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1" * 400])
def test_numbers_that_are_no_json_are_no_reason_to_know_nothing(number: bytes) -> None:
    data = spelled(request("NaN 1e400", reminder(), "\\")).replace(b"32000", number)
    assert number in data
    assert standings(data) == [IN]
    assert standings(spelled({"n": 1, "body": data.decode()}).replace(b'"n":1', b'"n":' + number)) == [IN]


def test_a_comma_too_many_is_told() -> None:
    assert standings(spelled(request(reminder()))[:-1] + b",}") == [Standing.UNKNOWN]


def members(*pairs: tuple[str, Any]) -> bytes:
    """An object whose members may have one name."""
    return b"{" + b",".join(spelled(name) + b":" + spelled(value) for name, value in pairs) + b"}"


OTHER = "Today\u02bcs date is 2026/11/21."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (members(("messages", [user(reminder())]), ("messages", [user("hi")])), [Standing.REPLACED]),
        (members(("messages", [user("hi")]), ("messages", [user(reminder())])), [IN]),
        (members(("messages", [user(reminder())]), ("messages", [user(reminder(OTHER))])), [Standing.REPLACED, IN]),
        (members(("messages", [user(reminder())]), ("messages", [])), [Standing.NOT_FIRST]),
        (members(("input", reminder()), ("input", reminder(OTHER))), [Standing.REPLACED, IN]),
        (
            b'{"messages":[%s]}' % members(("role", "user"), ("content", reminder()), ("content", reminder(OTHER))),
            [Standing.REPLACED, IN],
        ),
        (
            b'{"messages":[{"role":"user","content":[%s]}]}' % members(("text", reminder()), ("text", reminder(OTHER))),
            [Standing.REPLACED, IN],
        ),
        (
            members(("body", request(reminder())), ("body", request(reminder(OTHER)))),
            [Standing.REPLACED, IN],
        ),
    ],
)
def test_of_members_of_one_name_the_last_counts(data: bytes, expected: list[Standing]) -> None:
    assert standings(data) == expected


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {str(nth): row for nth, row in enumerate(rows)}])
def test_many_requests_in_one_document_have_their_places(wrap: Any) -> None:
    rows = [request(reminder(), later=(user(reminder()),)) for _ in range(5)]
    assert standings(wrap(rows)) == [IN, Standing.NOT_FIRST] * 5
    assert standings(json.dumps(wrap([json.dumps(row) for row in rows])).encode()) == [IN, Standing.NOT_FIRST] * 5


def test_each_container_of_a_document_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    members_of = documents._members

    def counted(value: bytes | msgspec.Raw) -> documents.Container:
        taken.append(len(memoryview(value)))
        return members_of(value)

    monkeypatch.setattr(documents, "_members", counted)
    data = spelled([{"body": request(reminder())}] * 50)
    assert standings(data) == [IN] * 50
    assert sum(taken) < 3 * len(data)


def test_where_a_text_stands_is_asked_once_for_all_its_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    says = Conversations.says

    def counted(conversations: Conversations, text: Text, first: First, rest: str) -> bool:
        asked.append(rest)
        return says(conversations, text, first, rest)

    monkeypatch.setattr(Conversations, "says", counted)
    assert standings(request(reminder() * 40, reminder() * 2)) == [IN] * 42
    assert asked == ["/content/1/text", "/content/2/text"]


def test_a_place_under_names_that_are_too_long_cannot_be_told() -> None:
    assert standings({"k" * 5000: request(reminder())}) == [Standing.UNNAMED]
    assert standings({"k" * 5000: json.dumps(request(reminder()))}) == [Standing.UNNAMED]


def test_the_reminder_of_the_tests_is_whole() -> None:
    assert reminder() == f"<system-reminder>\n{BEFORE}# currentDate\n{PLAIN}{AFTER}</system-reminder>\n\n"
