"""A log of realistic requests, made from a seed: what coding agents send, 100 to 200 KB a line.

The texts are ours. What was taken over from requests of five real agents, captured in the lab, are measures: the order
of keys, how long system prompts and tools are, and how much stands beyond ASCII (5 to 220 characters in 40 to 100 KB of
prompts and tools; conversations are given some five times that, and emoji). One user in ten writes Chinese, one in
fifty Russian, and one client in twenty escapes all beyond ASCII.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wiretell import marks

_STATES: Final = ("none",) * 9 + ("known", "cnTZ", "labKw", "known+cnTZ", "labKw+cnTZ", "known+labKw")
"""Most users are not marked."""

_CODE: Final = (
    "def load(path: Path) -> dict[str, int]:\n    return json.loads(path.read_text())\n",
    "  const rows = await db.query(`SELECT * FROM users WHERE id = ${id}`);\n  return rows.map((r) => r.name);\n",
    'if err != nil {\n\treturn fmt.Errorf("reading %q: %w", name, err)\n}\n',
    "+    assert response.status_code == 200, response.text\n-    assert response.ok\n",
    "drwxr-xr-x  4 user user   4096 Nov 21 10:18 src\n-rw-r--r--  1 user user  12881 Nov 21 10:18 README.md\n",
    'FAILED tests/test_api.py::test_login - AssertionError: expected "200", got "401"\n',
    '{"name": "left-pad", "version": "1.3.0", "files": ["index.js"], "scripts": {"test": "node test"}}\n',
)
_PROSE: Final = (
    "IMPORTANT: this context may or may not be relevant to your tasks. ",
    "Use the tools below to read, search, and edit files; keep answers short and direct. ",
    "When a command fails, read its output before trying again, and say what you changed. ",
    "Prefer editing existing files — do not create new ones unless asked. ",
    "The tests don't pass yet: look at the stack trace first, then at the last commit.\n",
)
_RARE: Final = (
    "The user’s tests fail… look at the stack trace → then at the last commit. ",
    "⚠️ Never commit secrets. ✅ Run the linter before you finish. ",
    "├── src\n│   ├── main.rs\n│   └── lib.rs\n└── Cargo.toml\n",
)
"""One piece in so many as `_RARITY` says."""
_RARITY: Final = 50
_CHINESE: Final = (
    "请帮我修复这个测试，谢谢。先看一下日志，再决定怎么改。\n",
    "这个函数在并发情况下会出错：“连接已关闭”，请加上重试。\n",
)
_RUSSIAN: Final = ("Исправь, пожалуйста, этот тест: он падает на CI, но проходит локально.\n",)
_TOOLS: Final = 18
_ACCOUNTS: Final = 400
_LANGUAGES: Final = ("en",) * 44 + ("zh",) * 5 + ("ru",)
_BLOCKS: Final = 240
_ESCAPED_SHARE: Final = 0.05
"""Of requests whose client writes all beyond ASCII as escapes."""


@dataclass(frozen=True, slots=True)
class Log:
    """What was written."""

    path: Path
    size: int
    """Bytes."""
    records: int
    marked: int
    """Requests with a marked date line."""


def write_log(path: Path, size: int, seed: int) -> Log:
    """Write JSON Lines of at least `size` bytes."""
    written = records = marked = 0
    with path.open("wb") as file:
        for line, is_marked in lines(seed):
            written += file.write(line)
            records += 1
            marked += is_marked
            if written >= size:
                break
    return Log(path, written, records, marked)


def lines(seed: int) -> Iterator[tuple[bytes, bool]]:
    """Go through records without end: a line with its LF, and whether its date line is marked."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    pools = {
        (language, ascii_only): _Pool(chance, language, ascii_only)
        for language in sorted(set(_LANGUAGES))
        for ascii_only in (False, True)
    }
    number = 0
    while True:
        account = chance.randrange(_ACCOUNTS)
        pool = pools[_LANGUAGES[account % len(_LANGUAGES)], chance.random() < _ESCAPED_SHARE]
        state = _STATES[account % len(_STATES)]
        yield pool.line(number, account, state), state != "none"
        number += 1


def request(size: int, seed: int, state: str) -> bytes:
    """Return the body of one request of about `size` bytes, its date line in `state`."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return _Pool(chance, "en", False).body(0, state, size)


class _Pool:
    """Parts of requests, spelled once, put together anew for each."""

    def __init__(self, chance: random.Random, language: str, ascii_only: bool) -> None:
        self._chance = chance
        self._ascii = ascii_only
        self._system = self._spell(_system(chance))
        self._tools = self._spell([_tool(chance, number) for number in range(_TOOLS)])
        self._blocks = [self._spell(_message(chance, number, language)) for number in range(_BLOCKS)]
        self._first = {state: self._spell(_first(state))[:-2] for state in set(_STATES)}

    def line(self, number: int, account: int, state: str) -> bytes:
        at = f"2026-05-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z"
        head = {
            "ts": at,
            "account": f"a{account:03}",
            "ip": "192.0.2.7",
            "headers": {"user-agent": "claude-cli/2.1.150 (external, cli)", "content-type": "application/json"},
        }
        body = self.body(account, state, self._chance.randrange(100_000, 200_000))
        return self._spell(head)[:-1] + b',"body":' + body + b"}\n"

    def body(self, account: int, state: str, size: int) -> bytes:
        user = json.dumps({"device_id": f"{account:064x}", "account_uuid": "", "session_id": f"{account:08x}"})
        tail = self._spell({"metadata": {"user_id": user}, "max_tokens": 32000, "stream": True})[1:]
        parts = [b'{"model":"claude-sonnet-4-5","messages":[', self._first[state], b"]}"]
        length = len(self._system) + len(self._tools) + len(tail)
        while length < size:
            block = self._chance.choice(self._blocks)
            parts += (b",", block)
            length += len(block)
        return b"".join((*parts, b'],"system":', self._system, b',"tools":', self._tools, b",", tail))

    def _spell(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=self._ascii, separators=(",", ":")).encode()


def _first(state: str) -> dict[str, Any]:
    """The first user message, with the date line in its place."""
    line = marks.write("Today's date is 2026-05-04.", state, anywhere=True).data
    texts = (
        _reminder("The following skills are available for use:\n- review: reads a change…"),
        _reminder(f"As you answer, you can use the following context:\n# currentDate\n{line}\n"),
        "Fix the failing test in src/api and explain what was wrong.",
    )
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def _reminder(text: str) -> str:
    return f"<system-reminder>\n{text}\n</system-reminder>\n"


def _system(chance: random.Random) -> list[dict[str, str]]:
    billing = "x-anthropic-billing-header: cc_version=2.1.150.9f2; cc_entrypoint=cli; cch=00000;"
    return [{"type": "text", "text": billing}, {"type": "text", "text": _mixed(chance, 180, _PROSE)}]


def _tool(chance: random.Random, number: int) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"path": {"type": "string"}, "limit": {"type": "number"}}}
    return {"name": f"Tool{number}", "description": _mixed(chance, 20, _PROSE), "input_schema": schema}


def _message(chance: random.Random, number: int, language: str) -> dict[str, Any]:
    """A later message: prose, code, a tool's result; the user's own words in the user's language."""
    spoken = {"en": _PROSE, "zh": _CHINESE, "ru": _RUSSIAN}[language]
    text = _mixed(chance, chance.randrange(5, 60), (*_CODE, *_CODE, *_PROSE, *spoken))
    if number % 2:
        return {"role": "assistant", "content": [{"type": "text", "text": text}]}
    result = {"type": "tool_result", "tool_use_id": f"toolu_{number:024}", "content": text}
    return {"role": "user", "content": [result]}


def _mixed(chance: random.Random, pieces: int, source: tuple[str, ...]) -> str:
    return "".join(chance.choice(source if chance.randrange(_RARITY) else _RARE) for _ in range(pieces))
