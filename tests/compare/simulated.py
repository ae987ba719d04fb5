"""A pretended agent: a pure function from world to capture, with a channel planted or not, and an oracle to go by.

The request looks like an Anthropic Messages request of some 25 KB with identifiers that change in every run.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from covertable import make

from wiretell.compare import Catalogue, Comparison, Hosts, differences, next_worlds, observe
from wiretell.model.capture import Capture, Exchange, Process, Request
from wiretell.model.world import OFFICIAL, UNSET, World

OFFICIAL_HOST = "api.vendor.test"

ARRAY: dict[str, tuple[str, ...]] = {
    "base_url": ("http://127.0.0.1:8000", OFFICIAL, "http://llm.deepsea.localhost", "https://gw.example.cn"),
    "timezone": ("Etc/UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin"),
    "locale": ("en_US.UTF-8", "zh_CN.UTF-8", "de_DE.UTF-8"),
    "clock": ("2026-11-21T12:00:00Z", "2026-11-22T03:00:00Z", "2027-02-03T12:00:00Z"),
    "hostname": ("host-aqua", "host-birch", "host-cedar"),
    "username": ("user-alder", "user-brook", "user-cliff"),
    "home": ("/home/dev", "/home/long-folder-name"),
    "cwd": ("/home/dev/work", "/srv/project-dune", "/srv/elm"),
    "git_user": ("Ada Quill", "Bo Reed"),
    "git_email": ("ada@quill.test", "bo@reed.test"),
    "git_remote": (UNSET, "git@code.corp.test:team/app.git"),
    "http_proxy": (UNSET, "http://127.0.0.1:3128"),
    "machine_id": ("0" * 32, "9f" * 16),
    "ci": (UNSET, "github"),
    "env:NO_TELEMETRY": (UNSET, "1"),
}
_ZONES = (
    "Asia/Urumqi Asia/Tokyo Asia/Tehran Europe/Moscow Asia/Seoul Asia/Kolkata Africa/Lagos Asia/Hong_Kong "
    "America/Sao_Paulo Australia/Sydney Europe/London America/Los_Angeles"
)
_HOSTS = "api relay one-api moonrise azure qwen gpt vertex"
RIDERS: dict[str, tuple[str, ...]] = {
    "timezone": tuple(_ZONES.split()),
    "base_url": tuple(f"http://{name}.localhost" for name in _HOSTS.split()),
}
BASELINE = World.of({fact: levels[0] for fact, levels in ARRAY.items()})
OFFSETS = {"Asia/Shanghai": 8, "Asia/Urumqi": 6, "Asia/Tokyo": 9, "America/New_York": -5, "Europe/Berlin": 1}
WORDS = "the a file tool when you must never read write edit code test user asks for run and check result"


def _prose(seed: int, sentences: int) -> str:
    rng = random.Random(seed)
    lines = []
    for _ in range(sentences):
        words = " ".join(rng.choice(WORDS.split()) for _ in range(rng.randint(8, 16)))
        lines.append(f"- {words.capitalize()}.")
    return "\n".join(lines)


SYSTEM = _prose(1, 90)
TOOLS = [
    {
        "name": name,
        "description": _prose(at + 10, 6),
        "input_schema": {"type": "object", "properties": {"path": {"type": "string"}, "limit": {"type": "number"}}},
    }
    for at, name in enumerate(["Bash", "Edit", "Glob", "Grep", "Read", "Task", "Write"])
]


@dataclass
class Draft:
    """A request that is being written; a planted channel changes it."""

    world: World
    run: int
    rng: random.Random
    """Fresh in every run: what an agent's own randomness draws from."""
    apostrophe: str = "'"
    separator: str = "-"
    sentence: str = "You can start now, if the user agrees."
    ending: str = ""
    bullet: str = "-"
    temperature: str = "1"
    max_tokens: str = "32000"
    headers: list[tuple[str, str]] = field(default_factory=list)
    tools: list[dict[str, object]] = field(default_factory=lambda: [dict(tool) for tool in TOOLS])
    extra: dict[str, object] = field(default_factory=dict)
    session: str = ""
    dumps: Callable[[object], str] = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    rewrite: Callable[[str], str] = lambda body: body
    seal: Callable[[bytes], list[tuple[str, str]]] = lambda body: []
    frames: Callable[[bytes], tuple[int, ...]] = lambda body: (len(body),)
    more: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Further requests: method, url path, body."""

    @property
    def day(self) -> str:
        clock = self.world["clock"]
        hour = int(clock[11:13]) + OFFSETS.get(self.world["timezone"], 0)
        day = int(clock[8:10]) + (1 if hour >= 24 else -1 if hour < 0 else 0)
        return f"{clock[:8]}{day:02d}".replace("-", self.separator)


Plant = Callable[[Draft], None]


def nothing(draft: Draft) -> None:
    """The clean agent."""


def run_agent(plant: Plant, world: World, run: int, purpose: str) -> Capture:
    """Run the pretended agent once."""
    rng = random.Random(f"{run}")
    draft = Draft(world, run, rng, session=str(uuid.UUID(int=rng.getrandbits(128), version=4)))
    host = OFFICIAL_HOST if world["base_url"] == OFFICIAL else world["base_url"].partition("://")[2]
    draft.headers = [("Host", host), ("User-Agent", "agent/2.1 (cli)"), ("Content-Type", "application/json")]
    draft.headers += [("X-Session-Id", draft.session), ("X-Arch", "x64"), ("Accept", "*/*")]
    if world["base_url"] == OFFICIAL or world["base_url"].startswith("https"):
        draft.headers.append(("Connection", "keep-alive"))
    plant(draft)
    body = draft.rewrite(_body(draft)).encode("utf-8", "surrogatepass")
    headers = [*draft.headers, *draft.seal(body), ("Content-Length", str(len(body)))]
    model = _exchange("POST", "/v1/messages?beta=true", headers, body, 0.5, "model")
    exchanges = [replace(model, request=replace(model.request, frames=draft.frames(body)))]
    for at, (method, path, content) in enumerate(draft.more):
        exchanges.append(_exchange(method, path, [("Host", host)], content, 1.0 + at, "side"))
    process = Process(0, None, False, b"", b"", 0, 0, 1.0, 0.5)
    return Capture(run, world, purpose, "2026-11-21T00:00:00.000Z", process, tuple(exchanges))


def _exchange(
    method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, at: float, kind: str
) -> Exchange:
    pairs = tuple((name.encode(), value.encode()) for name, value in headers)
    return Exchange(0, Request("HTTP/1.1", method, target, pairs, body), at, at, 200, kind=kind)


def _body(draft: Draft) -> str:
    world = draft.world
    git = f"\nMain remote: {world['git_remote']}" if world["git_remote"] != UNSET else ""
    reminder = (
        "<system-reminder>\nAs you answer the questions, you can use the following context:\n# currentDate\n"
        f"Today{draft.apostrophe}s date is {draft.day}.\n\n{draft.sentence}\n</system-reminder>{draft.ending}"
    )
    environment = (
        f"{SYSTEM}\n# Environment\n{draft.bullet} Working directory: {world['cwd']}\n{draft.bullet} Platform: linux\n"
        f"{draft.bullet} Git user: {world['git_user']}{git}\n"
    )
    system: list[object] = [{"type": "text", "text": environment}]
    if world["base_url"] == OFFICIAL:
        system.insert(0, {"type": "text", "text": f"billing: cc_version=2.1; cch={draft.rng.getrandbits(20):05x};"})
    document = {
        "model": "model-1",
        "messages": [{"role": "user", "content": [{"type": "text", "text": reminder}, {"type": "text", "text": "hi"}]}],
        "system": system,
        "tools": draft.tools,
        "metadata": {"user_id": json.dumps({"device": f"{draft.rng.getrandbits(256):064x}", "session": draft.session})},
        **draft.extra,
        "max_tokens": "@MAX@",
        "temperature": "@TEMP@",
        "stream": True,
    }
    text = draft.dumps(document)
    return text.replace('"@MAX@"', draft.max_tokens).replace('"@TEMP@"', draft.temperature)


def canaries(fact: str, level: str) -> tuple[str, ...]:
    if level in (UNSET, OFFICIAL) or fact in ("locale", "ci"):
        return ()
    return (level, level.partition("://")[2]) if "://" in level else (level,)


def base_host(world: World) -> str:
    url = world["base_url"]
    return OFFICIAL_HOST if url == OFFICIAL else url.partition("://")[2].partition(":")[0]


HOSTS = Hosts(base_host, OFFICIAL_HOST)
CATALOGUE = Catalogue(BASELINE, ARRAY, canaries)


def planned_worlds(seed: int, repeats: int = 8) -> list[tuple[World, str]]:
    """Return calibration and a pairwise array with riders, as an audit plans them."""
    rng = random.Random(seed)
    names = list(ARRAY)
    rows = make([list(ARRAY[name]) for name in names], length=2, salt=str(seed))
    worlds = []
    riders = {fact: list(levels) for fact, levels in RIDERS.items()}
    for row in rows:
        levels = dict(zip(names, row, strict=True))
        for fact, extra in riders.items():
            if extra and levels[fact] == BASELINE[fact] and rng.random() < 0.9:
                levels[fact] = extra.pop(0)
        worlds.append((World.of(levels), "array"))
    while any(riders.values()):
        levels = {fact: rng.choice(choices) for fact, choices in ARRAY.items()}
        levels.update({fact: extra.pop(0) for fact, extra in riders.items() if extra})
        worlds.append((World.of(levels), "array"))
    return [(BASELINE, "calibration")] * repeats + worlds


@dataclass
class Audited:
    """What an audit of a pretended agent ended with."""

    comparison: Comparison
    captures: list[Capture]
    rounds: int


def audit(plant: Plant, *, seed: int = 0, budget: int = 60, agent_seed: int = 0) -> Audited:
    """Drive the adaptive loop to its end."""
    numbers = count(agent_seed * 1000)
    captures = [run_agent(plant, world, next(numbers), purpose) for world, purpose in planned_worlds(seed)]
    rng = random.Random(seed)
    rounds = 0
    while True:
        comparison = differences(observe(captures, hosts=HOSTS), CATALOGUE)
        probes = next_worlds(comparison, rng, min(16, budget)) if budget else []
        if not probes:
            return Audited(comparison, captures, rounds)
        rounds += 1
        budget -= len(probes)
        captures += [run_agent(plant, probe.world, next(numbers), probe.purpose) for probe in probes]
