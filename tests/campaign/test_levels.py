"""What is taken from a scan: few levels, the promising ones, everything else said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.scans import HOSTS, WORDS, decoded, lead, mention, result
from tests.lab_plan.agents import AGENT, agent
from wiretell.campaign.leads import from_scan, trials_for, would_try
from wiretell.lab import facts, plan
from wiretell.lab.facts import FactSpec, Scanned, catalogue, facts_of_url, possible
from wiretell.lab.levels import zone_names
from wiretell.lab.pools import STRUCTURAL
from wiretell.model.findings import NotExamined, Reach
from wiretell.model.scan import ListKind, MentionKind
from wiretell.model.world import OFFICIAL, UNSET
from wiretell.scan.entries import exact_urls, host_form, near_url
from wiretell.scan.levels import MOST_HOSTS, MOST_VARIABLES, MOST_ZONES, levels
from wiretell.scan.trials import MOST_SWEPT, sweep_trials

BOTH = result([decoded(HOSTS), decoded(WORDS, offset=900)])


def anything(_fact: str, _level: str) -> bool:
    return True


def named(specs: tuple[FactSpec, ...], name: str) -> FactSpec:
    return next(spec for spec in specs if spec.name == name)


# ---------------------------------------------------------------- entries


@pytest.mark.parametrize(
    ("entry", "urls"),
    [
        ("relay.example", ("http://relay.example",)),
        ("qz", ("http://qz", "http://qz.localhost")),
        ("marmalade", ("http://marmalade.localhost", "http://marmalade")),
        (".relay.example", ("http://q7.relay.example",)),
        ("*.relay.example", ("http://q7.relay.example",)),
        ("https://relay.example/v1", ("http://relay.example",)),
        ("relay.example:8080", ("http://relay.example:8080",)),
        ("10.1.2.3", ("http://10.1.2.3",)),
        ("localhost", ("http://localhost",)),
    ],
)
def test_an_entry_that_is_a_host_by_form_becomes_urls(entry: str, urls: tuple[str, ...]) -> None:
    form = host_form(entry)
    assert form is not None
    assert exact_urls(form) == urls
    for url in urls:
        facts_of_url(url)


@pytest.mark.parametrize("entry", ["", "two words", "42", "-x.example", "a..b", "grüße.example", "x" * 64, "a/b", "@x"])
def test_what_cannot_be_a_host_is_none(entry: str) -> None:
    assert host_form(entry) is None


def test_near_forms_tell_rules_apart() -> None:
    form = host_form("relay.example")
    assert form is not None
    near = {reach: near_url(form, reach) for reach in Reach}
    assert near == {
        Reach.EXACT: "http://relay.example",
        Reach.SUBDOMAIN: "http://q7.relay.example",
        Reach.GLUED: "http://q7relay.example",
        Reach.INSIDE: "http://q7relay.exampleq7.example",
        Reach.ALTERED: "http://remay.example",
    }
    address = host_form("10.1.2.3")
    assert address is not None and near_url(address, Reach.SUBDOMAIN) is None


def test_an_altered_form_is_never_another_entry() -> None:
    form = host_form("abc")
    assert form is not None
    assert near_url(form, Reach.ALTERED) == "http://acc"
    assert near_url(form, Reach.ALTERED, {"acc"}) == "http://bbc"
    assert near_url(form, Reach.ALTERED, {"acc", "bbc", "abd"}) is None


HOST = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,8}){0,3}", fullmatch=True)


@given(st.text(max_size=40) | HOST)
def test_every_form_of_every_entry_is_a_level_of_base_url(entry: str) -> None:
    form = host_form(entry)
    if form is None or len(form.name) > 200 or any(len(label) > 60 for label in form.name.split(".")):
        return
    made = [*exact_urls(form), *(near_url(form, reach) for reach in Reach)]
    for url in made:
        if url is not None and int(form.port[1:] or 1) < 65536:
            facts_of_url(url)


# ---------------------------------------------------------------- an ordinary audit


def test_a_dozen_hosts_stand_for_all_lists_and_both_together() -> None:
    found = from_scan(BOTH, AGENT)
    hosts = found.tried["base_url"]
    assert len(hosts) <= MOST_HOSTS
    assert hosts[:2] == ("http://qz", "http://marmalade.localhost")
    assert "http://marmalade.qz" in hosts
    assert any("://q7." in host for host in hosts) and any(re.match(r"http://q7\w", host) for host in hosts)
    assert "http://fen.invalid" in hosts  # the last one
    assert [lead.entries for lead in found.leads] == [HOSTS, WORDS]


def test_what_is_not_taken_is_said_with_its_number() -> None:
    many = tuple(f"host-{n}.example" for n in range(50))
    found = from_scan(result([decoded(many), decoded(("not a host", "two words"))]), AGENT)
    taken = [url for url in found.tried["base_url"] if "q7" not in url]
    said = {left.what: left.why for left in found.not_examined}
    assert f"{50 - len(taken)} of 50 entries of list 1 as base_url" in said
    assert "2 entries of list 2" in said


def test_words_that_no_host_can_hold_and_repeated_ones_are_no_list_of_hosts() -> None:
    odd = [decoded(("ceqA", "neqA", "fooB")), decoded(("td",) * 9), decoded(("u0:d.u0", "u1:d.u1"))]
    found = from_scan(result([*odd, decoded(HOSTS), decoded(WORDS)]), AGENT)
    assert {"http://qz", "http://marmalade.localhost", "http://marmalade.qz"} <= set(found.tried["base_url"])
    assert not any("eqa" in url.lower() or "td" in url for url in found.tried["base_url"])
    assert {trial.lead for trial in trials_for(found.leads, "base_url", AGENT).levels} == {3, 4}


def test_plain_lists_are_no_leads() -> None:
    found = from_scan(result([decoded(HOSTS, kind=ListKind.PLAIN)]), AGENT)
    assert found.leads == () and dict(found.tried) == {}


def test_zones_near_other_finds_come_first_and_hundreds_are_cut() -> None:
    zones = [mention(MentionKind.TIMEZONE, name, 500_000 + at) for at, name in enumerate(sorted(zone_names()))]
    near = [mention(MentionKind.TIMEZONE, "Asia/Urumqi", 300), mention(MentionKind.TIMEZONE, "Mars/Base", 310)]
    found = from_scan(result([decoded(HOSTS)], [*zones, *near]), AGENT)
    tried = found.tried["timezone"]
    assert len(tried) == MOST_ZONES and tried[0] == "Asia/Urumqi" and "Mars/Base" not in tried
    assert len({zone.partition("/")[0] for zone in tried}) >= 8
    assert any("time zones that the package names" in left.what for left in found.not_examined)


def test_a_hidden_list_of_zones_or_locales_is_tried_as_such() -> None:
    found = from_scan(result([decoded(("Asia/Tokyo", "Europe/Kyiv")), decoded(("de-DE", "ja_JP.UTF-8"))]), AGENT)
    assert found.tried["timezone"] == ("Asia/Tokyo", "Europe/Kyiv")
    assert found.tried["locale"] == ("de_DE.UTF-8", "ja_JP.UTF-8")
    assert "base_url" not in found.tried


def test_variables_near_a_list_come_first_then_compared_ones() -> None:
    mentions = [
        mention(MentionKind.ENVIRONMENT, "FAR_AWAY", 900_000, 910_000),
        mention(MentionKind.ENVIRONMENT, "COMPARED", 900_000, values=("on", "on", "off", "", "x", "y")),
        mention(MentionKind.ENVIRONMENT, "NEAR_IT", 400),
        mention(MentionKind.ENVIRONMENT, "EXAMPLE_MODE", 400),  # the recipe's own
        mention(MentionKind.ENVIRONMENT, "TZ", 400),  # a fact of the lab
        mention(MentionKind.ENVIRONMENT, "PATH", 400),
        *(mention(MentionKind.ENVIRONMENT, f"OTHER_{n}", 900_000) for n in range(20)),
    ]
    found = from_scan(result([decoded(HOSTS)], mentions), AGENT)
    names = [fact for fact in found.tried if fact.startswith("env:")]
    assert names == ["env:NEAR_IT", "env:COMPARED"]
    assert found.tried["env:COMPARED"] == ("on", "off", "x")
    assert found.tried["env:NEAR_IT"] == ("q7canary-value",)
    assert any(left.what.startswith("21 of 23 environment variables") for left in found.not_examined)


def test_variables_that_steer_other_facts_are_left_out_and_said() -> None:
    found = from_scan(result([], [mention(MentionKind.ENVIRONMENT, "GIT_CONFIG_GLOBAL", 10, values=("x",))]), AGENT)
    assert dict(found.tried) == {} and found.not_examined[0].what == "environment variables GIT_CONFIG_GLOBAL"


def test_few_variables_are_all_tried_and_many_are_cut() -> None:
    few = [mention(MentionKind.ENVIRONMENT, f"OTHER_{n}", 900_000) for n in range(MOST_VARIABLES)]
    assert len(from_scan(result([], few), AGENT).tried) == MOST_VARIABLES
    many = [mention(MentionKind.ENVIRONMENT, f"OTHER_{n}", 900_000, values=("on",)) for n in range(30)]
    assert len(from_scan(result([], many), AGENT).tried) == MOST_VARIABLES


def test_what_the_scan_could_not_read_reaches_the_audit() -> None:
    left = [NotExamined(f"file {n}", "it is broken") for n in range(9)]
    said = [one.what for one in from_scan(result(left=left), AGENT).not_examined]
    assert said[0] == "reading the package: file 0" and said[-1] == "reading the package: 3 further things"


# ---------------------------------------------------------------- sweeps


def test_a_sweep_has_every_entry_a_near_miss_of_each_and_samples_of_the_rest() -> None:
    many = tuple(f"host-{n}.example" for n in range(50))
    trials = trials_for([lead(*many), lead(*WORDS)], "base_url", AGENT).levels
    exact = {(trial.lead, trial.entry) for trial in trials if trial.reach is Reach.EXACT}
    assert exact == {(0, entry) for entry in many} | {(1, word) for word in WORDS}
    missed = {(t.lead, t.entry) for t in trials if t.reach in (Reach.GLUED, Reach.ALTERED)}
    assert missed == exact
    for reach in (Reach.SUBDOMAIN, Reach.INSIDE):
        assert len({t.entry for t in trials if t.reach is reach and t.lead == 0}) >= 5
        assert len({t.entry for t in trials if t.reach is reach and t.lead == 1}) == 3
    assert any(trial.level.startswith("http://marmalade.host-") for trial in trials)


def test_an_entry_of_two_lists_is_one_level_of_both() -> None:
    trials = sweep_trials([lead("a.example", "b.example"), lead("b.example", "c.example")], "base_url", anything).levels
    assert {t.lead for t in trials if t.level == "http://b.example"} == {0, 1}


def test_entries_that_cannot_be_hosts_are_skipped_and_said() -> None:
    found = trials_for([lead("a.example", "b.example", "no host")], "base_url", AGENT)
    assert (
        NotExamined("1 of 3 entries of list 1 as base_url", "they cannot be levels of base_url by their form")
        in found.not_examined
    )


def test_a_huge_list_is_bounded_and_said() -> None:
    found = trials_for([lead(*(f"host-{n}.example" for n in range(2000)))], "base_url", AGENT)
    assert len({trial.level for trial in found.levels}) == MOST_SWEPT
    assert "levels of the sweep of base_url" in found.not_examined[-1].what


def test_zones_and_variables_are_swept_as_they_are() -> None:
    leads = [lead("Asia/Tokyo", "Europe/Kyiv"), lead(*WORDS)]
    assert {t.level for t in trials_for(leads, "timezone", AGENT).levels} == {"Asia/Tokyo", "Europe/Kyiv"}
    values = {t.level for t in trials_for(leads, "env:NEW_NAME", AGENT).levels}
    assert {"Asia/Tokyo", "quokka", "q7.quokka", "q7marmaladeq7"} <= values


# ---------------------------------------------------------------- into the catalogue


def scanned(alone: bool) -> tuple[FactSpec, ...]:
    mentions = [mention(MentionKind.TIMEZONE, "Asia/Urumqi", 300), mention(MentionKind.ENVIRONMENT, "NEAR_IT", 400)]
    found = from_scan(result([decoded(HOSTS), decoded(WORDS)], mentions), AGENT)
    return catalogue(AGENT, scanned=Scanned(found.tried, alone))


def test_scanned_levels_ride_beside_the_guesses() -> None:
    specs = scanned(alone=False)
    plain = catalogue(AGENT)
    for spec in plain:
        assert named(specs, spec.name).paired == spec.paired
    assert named(specs, "base_url").riders[-1] in named(specs, "base_url").named
    assert named(specs, "timezone").named == ("Asia/Urumqi",)
    assert named(specs, "env:NEAR_IT").paired == (UNSET,)
    assert named(specs, "env:NEAR_IT").riders == ("q7canary-value",)


def test_without_guesses_scanned_levels_and_structural_ones_are_left() -> None:
    specs = scanned(alone=True)
    base = named(specs, "base_url")
    assert base.paired == (*STRUCTURAL["base_url"], "http://qz")
    assert all("wiretell" not in level and "deepseek" not in level for level in base.levels)
    assert named(specs, "timezone").levels == ("Etc/UTC", "Asia/Urumqi")
    assert named(specs, "locale").levels == named(catalogue(AGENT), "locale").levels
    assert OFFICIAL in base.levels


def test_a_budget_cuts_guesses_before_what_the_package_names() -> None:
    specs = scanned(alone=False)
    made = plan.initial(specs, 0)
    assert len(made.planned) <= plan.RUNS - plan.RESERVE
    lost = plan.untried(specs, made.planned)
    assert lost and not any(set(levels) & set(named(specs, fact).named) for fact, levels in lost.items())
    said = " ".join(left.what for left in made.not_examined)
    assert all(level in said for levels in lost.values() for level in levels)


def test_levels_that_an_agent_cannot_be_given_are_no_levels() -> None:
    fixed = agent(env={}, files={}, command=("{bin}", "{prompt}"))
    assert not possible(fixed, "base_url", "http://a.example") and possible(AGENT, "base_url", "http://a.example")
    assert "base_url" not in from_scan(BOTH, fixed).tried
    assert named(catalogue(fixed, scanned=Scanned({"base_url": ["http://a.example"]})), "base_url").levels == (
        OFFICIAL,
    )
    assert not facts.possible(AGENT, "env:TZ", "x")


def test_levels_need_no_agent() -> None:
    assert levels(BOTH, anything).tried["base_url"] == from_scan(BOTH, AGENT).tried["base_url"]
    assert would_try(BOTH) == from_scan(BOTH, AGENT).tried
    assert would_try(result([], [mention(MentionKind.ENVIRONMENT, "TZ", 10)])) == {}
