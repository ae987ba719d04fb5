"""The control agent: a planted program with a known covert channel. An audit that does not catch it has no eyes.

It writes U+02BC for the apostrophe of one sentence if the time zone is Asia/Shanghai, and only while its API host is a
custom one: two facts, one a gate. It runs in the same lab, through the same sink, and is judged by the same comparison
as the agent under audit; its runs are not counted as the agent's.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Final

from wiretell.lab.plan import ARRAY, CALIBRATION, FLIP, Planned, flips
from wiretell.lab.spec import NODE_DIR
from wiretell.model.agent import Agent, Official, Recipe, Target
from wiretell.model.world import OFFICIAL, World

FACTS: Final = frozenset({"base_url", "timezone"})
"""The facts that the channel needs: cause and gate."""

_PROGRAM: Final = """
const base = process.env.CANARY_BASE_URL || "https://api.canary.example";
const gate = !!process.env.CANARY_BASE_URL;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const mark = gate && zone === "Asia/Shanghai" ? "\\u02bc" : "'";
const text = `Answer briefly. Today${mark}s date is in the calendar.`;
const messages = [{ role: "user", content: "hi" }];
const body = JSON.stringify({ model: "canary", max_tokens: 8, system: text, messages });
const lib = require(base.startsWith("https") ? "https" : "http");
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
lib.request(new URL("/v1/messages", base), { method: "POST", headers, agent: false }, (r) => r.resume()).end(body);
"""
_BASE_URLS: Final = ("http://127.0.0.1", "http://gateway.canary.example", OFFICIAL)
_ZONES: Final = ("Etc/UTC", "Asia/Shanghai")
_CALIBRATIONS: Final = 3
_FLIPS: Final = 2


def agent() -> Agent:
    """Return the control agent; its program is laid into HOME, so it needs nothing of the target's folder."""
    recipe = Recipe(
        name="canary",
        command=(f"{NODE_DIR}/bin/node", "{home}/canary.js"),
        protocol="anthropic-messages",
        timeout_s=20.0,
        env=MappingProxyType({"CANARY_BASE_URL": "{base_url}"}),
        files=MappingProxyType({"canary.js": _PROGRAM}),
        official=Official("api.canary.example"),
    )
    target = Target(kind="command", name="canary", version=None, sha256="", root=Path("/"), start=(), runtime="native")
    return Agent(target, recipe)


def plan() -> tuple[Planned, ...]:
    """Return the control's runs: repeats, every combination of its few levels, and flips."""
    rest = World.of({"base_url": _BASE_URLS[0], "timezone": _ZONES[0]})
    repeats = (Planned(rest, CALIBRATION),) * _CALIBRATIONS
    grid = tuple(Planned(World.of({"base_url": b, "timezone": z}), ARRAY) for b, z in product(_BASE_URLS, _ZONES))
    switched = flips({"timezone": _ZONES[0]}, {"timezone": _ZONES[1]}, [rest], _FLIPS)
    return (*repeats, *grid, *(Planned(run.world, FLIP) for run in switched))
