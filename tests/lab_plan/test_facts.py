from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab_plan.agents import AGENT, RECIPE, agent
from wiretell.errors import UsageError
from wiretell.lab.facts import MAX_PAIRED, FactSpec, canaries, catalogue, facts_of_url, missing_locales, unavailable
from wiretell.lab.levels import check_level, zone_names
from wiretell.lab.pools import CI_VARIABLES, POOLS, Pool
from wiretell.model.agent import Official
from wiretell.model.world import OFFICIAL, UNSET

FACTS_OF_THE_ISSUE = {
    *("base_url", "timezone", "locale", "clock", "hostname", "username", "home", "cwd"),
    *("git_user", "git_email", "git_remote", "http_proxy", "machine_id", "ci"),
}


def named(specs: tuple[FactSpec, ...], name: str) -> FactSpec:
    return next(spec for spec in specs if spec.name == name)


def test_the_catalogue_holds_the_facts_of_the_issue_and_the_recipes_own() -> None:
    assert {spec.name for spec in catalogue(AGENT)} == FACTS_OF_THE_ISSUE | {"env:EXAMPLE_NO_TELEMETRY"}


@pytest.mark.parametrize("spec", catalogue(AGENT), ids=lambda spec: spec.name)
def test_levels_are_well_formed_and_distinct(spec: FactSpec) -> None:
    assert spec.paired[0] == spec.baseline
    assert 2 <= len(spec.paired) <= MAX_PAIRED
    assert len(set(spec.levels)) == len(spec.levels)
    for level in spec.levels:
        check_level(spec.name, level)


@pytest.mark.parametrize("name", named(catalogue(AGENT), "timezone").levels)
def test_every_zone_has_a_file_in_tzdata(name: str) -> None:
    assert resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes().startswith(b"TZif")
    assert name in zone_names()


def test_pools_are_as_wide_as_the_issue_asks() -> None:
    specs = catalogue(AGENT)
    zones = named(specs, "timezone")
    assert len({name.split("/")[0] for name in zones.levels}) >= 6
    assert len(zones.riders) >= 12
    assert 20 <= len(named(specs, "base_url").riders) <= 24
    assert OFFICIAL in named(specs, "base_url").paired


def test_riders_of_base_url_differ_from_the_baseline_in_nothing_but_the_host() -> None:
    spec = named(catalogue(AGENT), "base_url")
    assert {facts_of_url(level).scheme for level in (spec.baseline, *spec.riders)} == {"http"}
    assert "https" in {facts_of_url(level).scheme for level in spec.paired if level != OFFICIAL}


def test_all_four_apostrophes_are_reached_with_and_without_riders() -> None:
    # facts/mechanism.md 1.1: a proper suffix of the host, and a keyword anywhere in it.
    def state(level: str) -> tuple[bool, bool]:
        host = facts_of_url(level).host
        return host.endswith(".cn"), "deepseek" in host

    spec = named(catalogue(AGENT), "base_url")
    assert {state(level) for level in spec.levels if level != OFFICIAL} == {(a, b) for a in (0, 1) for b in (0, 1)}


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: pool.fact)
def test_every_level_but_the_quiet_ones_has_canaries_that_tell_it_from_the_others(pool: Pool) -> None:
    levels = [level for level in (*pool.paired, *pool.riders) if level not in (UNSET, OFFICIAL, "real")]
    for level in levels:
        strings = canaries(pool.fact, level)
        assert strings
        assert list(strings) == sorted(strings, key=lambda s: (-len(s), s))
        # Another level must not pass for this one: each level has a string that no other has.
        others = {s for other in levels if other != level for s in canaries(pool.fact, other)}
        assert set(strings) - others


def test_quiet_levels_have_no_canary_and_the_official_one_has_the_vendors_host() -> None:
    assert canaries("base_url", OFFICIAL) == canaries("ci", UNSET) == canaries("clock", "real") == ()
    specs = catalogue(AGENT)
    assert named(specs, "base_url").canaries[OFFICIAL] == ("api.example-vendor.example",)
    assert UNSET not in named(specs, "ci").canaries


@pytest.mark.parametrize(
    ("fact", "level", "expected"),
    [
        ("timezone", "Asia/Kolkata", {"Asia/Kolkata", "Asia/Calcutta", "+05:30", "+0530", "GMT+5:30"}),
        ("timezone", "America/New_York", {"New York", "New_York", "-05:00", "-04:00", "GMT-4"}),
        ("locale", "zh_CN.UTF-8", {"zh_CN.UTF-8", "zh_CN", "zh-CN", "zh-cn"}),
        ("base_url", "http://localhost:4000", {"http://localhost:4000", "localhost:4000", "localhost"}),
        ("git_remote", "git@a-host.example:team/project.git", {"a-host.example", "team/project", "project"}),
        ("git_remote", "https://a-host.example/team/project.git", {"a-host.example", "team/project", "project"}),
        ("machine_id", "c7ca9a27d0e84b1fb6a2954e83f1d60c", {"c7ca9a27-d0e8-4b1f-b6a2-954e83f1d60c"}),
        ("clock", "2027-03-14T09:26:53Z", {"2027-03-14", "March 14, 2027", "14 March 2027"}),
        ("env:SOME_NAME", "a-long-value", {"SOME_NAME", "a-long-value"}),
        ("file:~/.secret-tool/config", "[token]\nabc\n", {"config", "[token]\nabc"}),
    ],
)
def test_canaries_in_the_forms_that_programs_write(fact: str, level: str, expected: set[str]) -> None:
    assert expected <= set(canaries(fact, level))


def test_short_values_are_no_canaries() -> None:
    assert canaries("env:X", "1") == ()
    assert canaries("home", "/home/dev") == ("/home/dev",)


def test_a_static_program_has_no_clock_and_says_so() -> None:
    static = agent(runtime="static")
    assert "clock" not in {spec.name for spec in catalogue(static)}
    assert [item.what for item in unavailable(static)] == ["clock"]
    assert "clock" not in {spec.name for spec in catalogue(AGENT, faketime=False)}
    assert [item.what for item in unavailable(AGENT, faketime=False)] == ["clock"]
    assert unavailable(AGENT) == ()


def test_without_an_official_host_that_level_is_left_out_and_said() -> None:
    for other in (agent(official=None), agent(command=("{bin}", "--url", "{base_url}"))):
        assert OFFICIAL not in named(catalogue(other), "base_url").levels
        assert [item.what for item in unavailable(other)] == ["base_url official"]
        with pytest.raises(UsageError, match="official"):
            catalogue(other, {"base_url": [OFFICIAL]})


def test_a_command_replaced_for_the_official_host_keeps_that_level() -> None:
    own = Official("api.example-vendor.example", command=("{bin}",))
    assert OFFICIAL in named(catalogue(agent(command=("{bin}", "{base_url}"), official=own)), "base_url").levels


def test_without_a_place_for_base_url_only_official_is_left_and_said() -> None:
    fixed = agent(env={}, files={}, command=("{bin}", "{prompt}"))
    assert named(catalogue(fixed), "base_url").levels == (OFFICIAL,)
    assert [item.what for item in unavailable(fixed)] == ["base_url other than official"]
    with pytest.raises(UsageError, match="no place"):
        catalogue(fixed, {"base_url": ["http://10.0.0.1"]})


def test_added_levels_join_the_array_while_it_has_room_and_ride_else() -> None:
    extra = {"hostname": ["a1", "a2", "a3", "a1"], "timezone": ["Asia/Chongqing", "Asia/Tokyo"]}
    specs = catalogue(AGENT, extra)
    assert named(specs, "hostname").paired[2:] == ("a1", "a2")
    assert named(specs, "hostname").riders[-1] == "a3"
    assert named(specs, "timezone").riders[-1] == "Asia/Chongqing"
    assert named(specs, "timezone").riders.count("Asia/Tokyo") == 1


def test_free_facts_begin_unset_or_at_the_recipes_own_value() -> None:
    extra = {
        "env:EXAMPLE_MODE": ["fancy"],
        "env:NEW": ["yes"],
        "file:~/.netrc": ["machine x"],
        "env:SHELL": ["/bin/sh"],
    }
    specs = catalogue(AGENT, extra)
    assert named(specs, "env:EXAMPLE_MODE").paired == ("plain", "fancy")
    assert named(specs, "env:NEW").paired == (UNSET, "yes")
    assert named(specs, "file:~/.netrc").paired == (UNSET, "machine x")
    assert named(specs, "env:SHELL").paired == ("/bin/bash", "/bin/sh")


def test_levels_of_recipe_and_user_for_one_free_fact_are_joined() -> None:
    specs = catalogue(AGENT, {"env:EXAMPLE_NO_TELEMETRY": ["0", "1"]})
    assert named(specs, "env:EXAMPLE_NO_TELEMETRY").paired == (UNSET, "1", "0")


@pytest.mark.parametrize(
    ("fact", "level", "says"),
    [
        ("timezon", "Asia/Tokyo", "no fact"),
        ("timezone", "Asia/Atlantis", "no time zone"),
        ("timezone", "../../etc/passwd", "no time zone"),
        ("base_url", "http://host/path", "no path"),
        ("base_url", "http://host/", "no path"),
        ("base_url", "ftp://host", "http or https"),
        ("base_url", "http://user@host", "scheme://host"),
        ("base_url", "http://host:0", "scheme://host"),
        ("base_url", "http://host:99999", "scheme://host"),
        ("base_url", "http://", "scheme://host"),
        ("base_url", "http://ho st", "scheme://host"),
        ("base_url", "host.example", "scheme://host"),
        ("locale", "chinese", "no locale"),
        ("locale", "zh_CN.GB18030", "no locale"),
        ("clock", "2027-03-14", "no clock"),
        ("clock", "2027-03-14T09:26:53+01:00", "no clock"),
        ("clock", "1999-01-01T00:00:00Z", "outside"),
        ("hostname", "a b", "host name"),
        ("hostname", "h" * 65, "host name"),
        ("username", "a:b", "user name"),
        ("username", "a\n", "user name"),
        ("home", "home/dev", "absolute"),
        ("home", "/home/../etc", "absolute"),
        ("home", "/etc/dev", "system"),
        ("home", "/home", "system"),
        ("cwd", "/opt/agent", "system"),
        ("cwd", "/", "absolute"),
        ("cwd", 'a"b', "absolute"),
        ("git_user", "A <b>", "git user"),
        ("git_user", "A\nb", "git user"),
        ("git_email", "", "e-mail"),
        ("git_remote", 'x"y', "git remote"),
        ("http_proxy", "proxy:3128", "scheme://host"),
        ("machine_id", "C7CA", "machine id"),
        ("ci", "circle", "github, gitlab, jenkins"),
        ("env:TZ", "UTC", "'timezone'"),
        ("env:CI", "1", "'ci'"),
        ("env:PATH", "/bin", "the lab itself"),
        ("env:A-B", "1", "no environment variable"),
        ("env:EXAMPLE_BASE_URL", "http://x", "'base_url'"),
        ("env:OK", "a\0b", "NUL"),
        ("file:~/.gitconfig", "x", "'git_user'"),
        ("file:/etc/machine-id", "x", "'machine_id'"),
        ("file:relative", "x", "plain path"),
        ("file:~/../x", "x", "plain path"),
        ("file:/usr/bin/node", "x", "system"),
        ("file:/etc/ssl/certs/x.pem", "x", "system"),
    ],
)
def test_a_wrong_level_is_one_sentence(fact: str, level: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        catalogue(AGENT, {fact: [level]})
    assert says in str(error.value)
    assert "\n" not in str(error.value).replace(level, "")
    assert str(error.value).endswith(".")


HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z][a-z0-9]{0,8}){0,3}", fullmatch=True)


@given(st.sampled_from(["http", "https"]), HOSTS, st.none() | st.integers(1, 65535))
def test_facts_of_url_takes_apart_what_was_put_together(scheme: str, host: str, port: int | None) -> None:
    url = facts_of_url(f"{scheme}://{host}" + (f":{port}" if port is not None else ""))
    assert (url.scheme, url.host, url.port) == (scheme, host, port)
    assert url.effective_port == (port or {"http": 80, "https": 443}[scheme])


@given(st.text(max_size=30))
def test_facts_of_url_takes_any_text_or_says_no(text: str) -> None:
    try:
        url = facts_of_url(text)
    except UsageError:
        return
    assert text.lower().startswith(f"{url.scheme}://")


def test_ipv6_and_loopback_names() -> None:
    assert facts_of_url("http://[::1]:8080").host == "::1"
    loopback = ["http://127.0.0.1", "http://localhost:1", "http://deepseek.localhost", "http://[::1]"]
    assert all(facts_of_url(level).is_loopback for level in loopback)
    assert not facts_of_url("http://localhost.example").is_loopback


def test_missing_locales_are_those_that_the_c_library_does_not_list() -> None:
    specs = catalogue(AGENT)
    assert "zh_CN.UTF-8" in missing_locales(specs, ["C", "C.utf8", "POSIX"])
    assert "C.UTF-8" not in missing_locales(specs, ["C.utf8"])
    assert missing_locales(specs, named(specs, "locale").levels) == ()


def test_every_ci_level_has_its_variables() -> None:
    levels = set(named(catalogue(AGENT), "ci").levels) - {UNSET}
    assert levels == CI_VARIABLES.keys()
    assert all(variables.get("CI") == "true" for variables in CI_VARIABLES.values())


def test_the_recipe_is_not_changed() -> None:
    assert dict(RECIPE.env)["EXAMPLE_BASE_URL"] == "{base_url}"
