"""Bans from their dates on, in the error form of every protocol."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from tests.gateway.contract.hosts import Host, serving
from tests.gateway.contract.outside import CLAUDE, PROTOCOLS, Gateway, gateway, request, said, until, upstreams

FORMS = list(PROTOCOLS)
_numbers = itertools.count()
RULES = """schema = 1
[[rule]]
id = "old-releases"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2020-01-01
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "one-is-fine"
effect = "allow"
model = "banned-but-fine"
reason = "Tried"
[[rule]]
id = "models"
effect = "ban"
model = "banned-*"
reason = "Same notice"
[[rule]]
id = "makers"
effect = "ban"
product = "codex"
reason = "Not ours"
[[rule]]
id = "soon"
effect = "warn"
model = "ends-soon"
reason = "It ends"
"""


WANTED = {"banned-but-fine": "allow:one-is-fine", "ends-soon": "warn:soon", "banned-77": "ban:models", "free": "pass"}
"""Model -> decision. Asked at the start, as rows take seconds."""


@dataclass(frozen=True)
class World:
    """A gateway with a policy, and its hosts."""

    gateway: Gateway
    hosts: tuple[Host, Host, Host]

    def asked(self) -> int:
        """How often any host was asked."""
        return sum(len(host.asked) for host in self.hosts)

    def adopt(self, text: str) -> None:
        """Write the policy anew, and wait until it holds: it bans one more model, of a name of its own."""
        name = f"sentinel-{next(_numbers)}"
        self.policy(f'{text}[[rule]]\nid = "{name}"\neffect = "ban"\nmodel = "{name}"\nreason = "seen"\n')
        assert until(lambda: self.gateway.messages(name, ("user-agent", "curl/8")).status == 451)

    def policy(self, text: str) -> None:
        """Write the policy anew, as an editor does."""
        new = self.gateway.folder / "policy.new"
        new.write_text(text)
        new.replace(self.gateway.folder / "policy.toml")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One gateway for the module."""
    folder = tmp_path_factory.mktemp("refusals")
    (folder / "policy.toml").write_text(RULES)
    with serving("a") as anthropic, serving("o") as openai, serving("g") as gemini:
        tables = upstreams(anthropic, openai, gemini)
        with gateway(folder, 'policy = "policy.toml"', tables) as door:
            seen = {model: door.messages(model, ("user-agent", "curl/8")).status for model in WANTED}
            assert seen == {model: 451 if "ban:" in wanted else 200 for model, wanted in WANTED.items()}
            yield World(door, (anthropic, openai, gemini))


@pytest.mark.parametrize("form", FORMS)
def test_a_banned_model_is_451_in_the_clients_own_form(world: World, form: str) -> None:
    """With `x-should-retry: false`, the reason, and nothing sent."""
    before = world.asked()
    answer = world.gateway.ask(
        *request(form, "banned-1"), [("authorization", "Bearer sk-own"), ("user-agent", "other/1.0")]
    )
    assert answer.status == 451
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["content-type"].startswith("application/json")
    assert "Same notice" in said(form, answer)
    assert world.asked() == before


@pytest.mark.parametrize("form", FORMS)
def test_what_no_rule_names_passes(world: World, form: str) -> None:
    """The same request with another model."""
    answer = world.gateway.ask(
        *request(form, "other-1"), [("authorization", "Bearer sk-own"), ("user-agent", "other/1.0")]
    )
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("claude-cli/2.1.90 (external, cli)", 200),
        ("claude-cli/2.1.91 (external, cli)", 451),
        ("claude-cli/2.1.197 (external, cli)", 451),
        ("claude-cli/2.1.198 (external, cli)", 200),
        ("claude-cli/2.1.1000 (external, cli)", 200),
        ("codex_cli_rs/0.61.0 (Debian 12)", 451),
        ("codex_exec/0.61.0 (Debian 12)", 451),
        ("curl/8", 200),
    ],
)
def test_products_and_versions_are_told_by_the_user_agent(world: World, agent: str, status: int) -> None:
    """`claude-cli/` is claude-code, `codex_cli_rs/` and `codex_exec/` are codex."""
    assert world.gateway.messages("other-1", ("user-agent", agent)).status == status


def test_a_ban_names_its_reason_and_the_alternative(world: World) -> None:
    """What the user is shown."""
    text = said("anthropic-messages", world.gateway.messages("other-1", ("user-agent", CLAUDE)))
    for part in ("2.1.150", "old-releases", "Hidden channel, see report 17", "the approved agent"):
        assert part in text


def _dated(zone: str) -> str:
    today = dt.datetime.now(ZoneInfo(zone)).date()
    text = f'schema = 1\ntimezone = "{zone}"\n'
    for name, days in (("yesterday", -1), ("today", 0), ("tomorrow", 1)):
        day = today + dt.timedelta(days)
        text += f'[[rule]]\nid = "{name}"\neffect = "ban"\nmodel = "{name}-*"\nfrom = {day}\nreason = "{name}"\n'
    return text


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Shanghai"])
def test_a_ban_holds_from_midnight_of_its_day_in_the_policys_zone(world: World, zone: str) -> None:
    """Before, on and after its date, in every protocol."""
    world.adopt(_dated(zone))
    for form in FORMS:
        seen = {}
        for day in ("yesterday", "today", "tomorrow"):
            seen[day] = world.gateway.ask(*request(form, f"{day}-x"), [("authorization", "Bearer sk-own")]).status
        assert seen == {"yesterday": 451, "today": 451, "tomorrow": 200}


def test_a_broken_policy_keeps_the_one_before(world: World) -> None:
    """The policy is read again when it changes, whole or not at all; the gateway says what is wrong."""
    world.adopt(RULES)
    world.policy(RULES.replace('model = "banned-*"', 'model = "other-*"') + '[[rule]]\nid = "x"\nefect = "ban"\n')
    out = world.gateway.folder / "gateway.out"
    assert until(lambda: world.gateway.messages("x").status == 451 and "efect" in out.read_text())
    assert world.gateway.messages("banned-1", ("user-agent", "curl/8")).status == 451
    assert world.gateway.messages("other-1", ("user-agent", "curl/8")).status == 200
    world.adopt(RULES.replace('model = "banned-*"', 'model = "newly-*"'))
    assert world.gateway.messages("newly-1", ("user-agent", "curl/8")).status == 451
    assert world.gateway.messages("banned-1", ("user-agent", "curl/8")).status == 200


def test_a_policy_that_is_gone_keeps_the_one_before(world: World) -> None:
    """Taking the file away takes no ban away."""
    world.adopt(RULES)
    (world.gateway.folder / "policy.toml").unlink()
    until(lambda: False, 2)
    assert world.gateway.messages("banned-1", ("user-agent", "curl/8")).status == 451


def test_a_ban_by_vendor(world: World) -> None:
    """`vendor` in place of `product`."""
    world.adopt('schema = 1\n[[rule]]\nid = "v"\neffect = "ban"\nvendor = "anthropic"\nreason = "All of theirs"\n')
    assert world.gateway.messages("other-1", ("user-agent", "claude-cli/2.1.329 (external, cli)")).status == 451
    assert world.gateway.messages("other-1", ("user-agent", "codex_cli_rs/0.61.0")).status == 200


def test_the_first_match_wins_a_warning_passes_and_all_is_recorded(world: World) -> None:
    """`allow` before `ban`; `warn` is an answer like any other; what is refused costs nothing."""
    rows = world.gateway.rows(lambda rows: WANTED.keys() <= {row["model"] for row in rows})
    found = {row["model"]: row for row in rows}
    assert {model: found[model]["decision"] for model in WANTED} == WANTED
    assert found["banned-77"]["status"] == 451
    assert found["banned-77"]["upstream"] is None
    assert not found["banned-77"]["cost_usd"]
