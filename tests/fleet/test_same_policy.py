"""One policy file, two ways to enforce it: requests through the gateway, and the same things found on a machine.

A thousand generated cases: each is asked over a socket of a real door, and judged as an install and a setting of an
inventory by `fleet check`. Both read the same file from the disk.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import dataclass
from pathlib import Path

from tests.gateway.door.harness import Client, ScriptedUpstream, door, post, run, upstream_at, whole
from wiretell import policy
from wiretell.errors import UsageError
from wiretell.fleet.checking import check
from wiretell.model.fleet import Install, Inventory, Machine, Manager, Scope, Setting, SettingKind

CASES = 1_000
POLICIES = 10
_AGENTS = {
    "claude-code": ("claude-cli/{}", "anthropic"),
    "codex": ("codex_cli_rs/{} (Debian 12)", "openai"),
    "gemini-cli": ("GeminiCLI/{}", "google"),
    "opencode": ("opencode/{}", "opencode"),
    "": ("something-else/{}", ""),
}
_VERSIONS = ("2.1.90", "2.1.91", "2.1.150-beta.1", "2.1.197", "2.1.198", "0.61.0", "v1.0", "", "nightly")
_RANGES = (">=2.1.91,<2.1.198", "<2.1.198", "^2.1.0", "~2.1.150 || 0.61.x", "!=2.1.91", "==0.61.0", ">2")
_MODELS = ("claude-opus-4-6", "anthropic/claude-haiku-4-5", "gpt-5-mini", "gemini-2.5-pro", "inside-7b")
_GLOBS = ("claude-*", "gpt-*", "*-mini", "gemini-?.5-*", "*")


@dataclass(frozen=True)
class Case:
    product: str
    version: str
    model: str

    @property
    def user_agent(self) -> str:
        told = self.version if policy.order(self.version) else ""
        return _AGENTS[self.product][0].format(told)


def _policy(chance: random.Random, path: Path) -> None:
    """Write a policy that is not refused: rules at random, some in force, some over, some to come."""
    today = dt.datetime.now(dt.UTC).date()
    while True:
        rules = []
        for number in range(chance.randint(3, 8)):
            lines = [f'id = "r{number}"', f'effect = "{chance.choice(["ban", "ban", "warn", "allow"])}"']
            kind = chance.random()
            if kind < 0.45:
                lines.append(f'product = "{chance.choice([*filter(None, _AGENTS), "c*"])}"')
                if chance.random() < 0.6:
                    lines.append(f'versions = "{chance.choice(_RANGES)}"')
            elif kind < 0.6:
                lines.append(f'vendor = "{chance.choice(["anthropic", "openai", "goo*"])}"')
            if kind >= 0.6 or chance.random() < 0.25:
                lines.append(f'model = "{chance.choice(_GLOBS)}"')
            if chance.random() < 0.5:
                since = today + dt.timedelta(days=chance.choice((-400, -1, 2, 90)))
                lines.append(f"from = {since}")
                if chance.random() < 0.4:
                    lines.append(f"until = {since + dt.timedelta(days=chance.choice((0, 30, 500)))}")
            rules.append("[[rule]]\n" + "\n".join(lines) + "\n")
        zone = chance.choice(["UTC", "Asia/Shanghai", "America/New_York"])
        path.write_text(f'schema = 1\ntimezone = "{zone}"\n' + "".join(rules))
        try:
            policy.refuse(policy.load(path))
        except UsageError:
            continue
        return


def _inventory(cases: list[Case]) -> Inventory:
    """One machine on which every case is somebody's: an install, and a setting that names the model."""
    installs, settings = [], []
    for number, case in enumerate(cases):
        vendor, user = _AGENTS[case.product][1], f"user-{number}"
        if case.product:
            installs.append(
                Install(
                    product=case.product,
                    vendor=vendor,
                    name=case.product,
                    version=case.version,
                    manager=Manager.NPM_USER,
                    scope=Scope.USER,
                    user=user,
                    path=f"/home/{user}/agent",
                )
            )
        settings.append(
            Setting(
                kind=SettingKind.CONFIG,
                product=case.product,
                vendor=vendor,
                path=f"/home/{user}/settings.json",
                key="model",
                value=case.model,
                model=case.model,
                user=user,
            )
        )
    machine = Machine("", "desk", "", "root", True)
    return Inventory(machine=machine, taken="", installs=tuple(installs), settings=tuple(settings))


async def _through_the_gateway(folder: Path, file: Path, cases: list[Case]) -> list[tuple[int, str]]:
    told = []
    async with (
        ScriptedUpstream(whole(b"{}")) as up,
        door(folder, upstream_at(up.port), policy=file) as gateway,
        Client(gateway.port) as client,
    ):
        for number, case in enumerate(cases, 1):
            body = json.dumps({"model": case.model, "max_tokens": 1, "messages": []}).encode()
            answer = await client.ask(post(body, "/v1/messages", f"User-Agent: {case.user_agent}"))
            rows = await gateway.closed(number)
            told.append((answer.status, rows[-1].decision or "pass"))
    return told


def test_the_gateway_and_the_fleet_decide_alike(tmp_path: Path) -> None:
    chance = random.Random(17)
    seen: dict[str, int] = {}
    for number in range(POLICIES):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = folder / "wiretell-policy.toml"
        _policy(chance, file)
        cases = [
            Case(chance.choice([*_AGENTS]), chance.choice(_VERSIONS), chance.choice(_MODELS))
            for _ in range(CASES // POLICIES)
        ]
        live = run(_through_the_gateway(folder, file, cases), timeout_s=120)
        checked = check(_inventory(cases), policy.load(file), dt.datetime.now(dt.UTC))
        judged = {each.finding.user: each.decision for each in checked.judged if isinstance(each.finding, Setting)}
        for index, (case, (status, told)) in enumerate(zip(cases, live, strict=True)):
            fleet = judged[f"user-{index}"]
            assert fleet.told == told, (case, file.read_text())
            assert (status == 451) is (fleet.effect == "ban"), case
            seen[fleet.effect] = seen.get(fleet.effect, 0) + 1
    assert sum(seen.values()) == CASES
    assert min(seen.get(effect, 0) for effect in ("ban", "warn", "allow", "pass")) > 20, seen
