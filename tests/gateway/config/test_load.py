from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wiretell.errors import UsageError
from wiretell.gateway import config
from wiretell.gateway.config import loading, parts
from wiretell.gateway.config.values import ContextRule, GatewaySettings, RedactRule, Route, Upstream, User

DOCS = Path(__file__).parents[3] / "docs" / "formats" / "gateway-file.md"
DIGEST = "ab" * 32
UP = '[upstream.a]\nprotocol = "openai-chat"\nbase_url = "https://a.test/v1"\n'
ENV = {"HOME": "/home/somebody", "SECRET": "hunter2hunter2"}


def load(folder: Path, text: str, environ: dict[str, str] | None = None) -> GatewaySettings:
    path = folder / "g.toml"
    path.write_text(text, "utf-8")
    return config.load(path, ENV if environ is None else environ)


def fault(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder, text)
    return str(caught.value)


def test_a_whole_file(tmp_path: Path) -> None:
    for name in ("p.toml", "prices.json", "one.json", "two.json", "c.pem", "k.pem"):
        (tmp_path / name).write_text("x")
    (tmp_path / "key.txt").write_text("sk-from-file\n")
    text = f"""
schema = 1
listen = "[::]:9000"
name = "gw-1"
log = "exchanges"
on_log_failure = "pass"
durable = "kernel"
retention_days = 30
redact_builtin = false
policy = "p.toml"
prices = "prices.json"
counters = "postgresql://u:${{SECRET}}@db/x"
on_counters_failure = "pass"
org = "Example"
pins = ["one.json", "two.json"]
hosts = ["Gateway.Example", "192.0.2.7"]
idle_timeout_s = 1.5
connect_timeout_s = 2
max_body_bytes = 1000
ui = false
metrics = false
otlp = "http://localhost:4318"
[tls]
certificate = "c.pem"
key = "k.pem"
[upstream.anthropic]
protocol = "anthropic-messages"
base_url = "https://api.anthropic.com/"
key = "${{file:key.txt}}"
[upstream.both]
protocol = ["openai-chat", "openai-responses"]
base_url = "http://127.0.0.1:1/v1"
[edit]
strip_marks = ["date-line"]
[[route]]
model = "claude-*"
larger_than_tokens = 10
smaller_than_tokens = 20
header = {{X-Team = "s*"}}
to = "both/vendor/model"
[[context]]
shorten = "tool_result"
older_than_turns = 20
keep_chars = 200
[[context]]
pin = "/keep [0-9]+/"
[[context]]
replace = "a"
text = "$${{b}}"
[[user]]
name = "dev-017"
key_sha256 = "{DIGEST.upper()}"
groups = ["search-team"]
admin = true
[[redact]]
name = "ticket"
pattern = 'T-(\\d+)'
"""
    assert load(tmp_path, text) == GatewaySettings(
        upstreams=(
            Upstream("anthropic", ("anthropic-messages",), "https://api.anthropic.com", "sk-from-file", official=True),
            Upstream("both", ("openai-chat", "openai-responses"), "http://127.0.0.1:1/v1"),
        ),
        host="::",
        port=9000,
        name="gw-1",
        log=tmp_path / "exchanges",
        on_log_failure="pass",
        durable="kernel",
        retention_days=30,
        redact=(RedactRule("ticket", r"T-(\d+)"),),
        redact_builtin=False,
        policy=tmp_path / "p.toml",
        prices=tmp_path / "prices.json",
        counters="postgresql://u:hunter2hunter2@db/x",
        on_counters_failure="pass",
        org="Example",
        pins=(tmp_path / "one.json", tmp_path / "two.json"),
        strip_marks=("date-line",),
        routes=(Route("both/vendor/model", "claude-*", 10, 20, {"x-team": "s*"}),),
        context=(
            ContextRule("shorten", "tool_result", 20, 200),
            ContextRule("pin", "/keep [0-9]+/"),
            ContextRule("replace", "a", text="${b}"),
        ),
        users=(User("dev-017", bytes.fromhex(DIGEST), ("search-team",), admin=True),),
        tls_certificate=tmp_path / "c.pem",
        tls_key=tmp_path / "k.pem",
        hosts=("gateway.example", "192.0.2.7"),
        idle_timeout_s=1.5,
        connect_timeout_s=2.0,
        max_body_bytes=1000,
        ui=False,
        metrics=False,
        otlp="http://localhost:4318",
        source=str(tmp_path / "g.toml"),
    )


def test_the_smallest_file_is_the_default(tmp_path: Path) -> None:
    found = load(tmp_path, "schema = 1")
    assert replace(found, source="") == config.default(ENV)
    assert found.is_loopback


def test_the_default_sends_every_protocol_to_its_own_host() -> None:
    found = config.default({"XDG_STATE_HOME": "/state", "HOME": "/h"})
    assert found.log == Path("/state/wiretell/exchanges")
    assert [(each.name, each.base_url, each.key, each.official) for each in found.upstreams] == [
        ("anthropic", "https://api.anthropic.com", None, True),
        ("openai", "https://api.openai.com/v1", None, True),
        ("gemini", "https://generativelanguage.googleapis.com", None, True),
    ]
    assert config.default({"XDG_STATE_HOME": "state", "HOME": "/h"}).log == Path("/h/.local/state/wiretell/exchanges")
    with pytest.raises(UsageError, match="set HOME"):
        config.default({})


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:65535", "::1", 65535), ("localhost:8484", "localhost", 8484)],
)
def test_listen(tmp_path: Path, listen: str, host: str, port: int) -> None:
    found = load(tmp_path, f'schema = 1\nlisten = "{listen}"')
    assert (found.host, found.port, found.is_loopback) == (host, port, True)


def test_no_log_and_no_counters(tmp_path: Path) -> None:
    assert load(tmp_path, "schema = 1\nlog = false").log is None


USER = f'[[user]]\nname = "u"\nkey_sha256 = "{DIGEST}"\n'
FAULTS = [
    ("", "g.toml: 'schema = 1' is missing"),
    ("schema = 2", "'schema = 1' is missing"),
    ("schema = true", "'schema' must be a whole number"),
    ("schema = ", "the configuration is not TOML"),
    ("schema = 1\npolicies = 'x'", "g.toml: there is no key 'policies'; did you mean 'policy'?"),
    ("schema = 1\nzzzz = 1", "there are schema, listen"),
    ("schema = 1\n[edit]\nstrip_mark = []", "[edit]: there is no key 'strip_mark'; did you mean 'strip_marks'?"),
    ("schema = 1\n[upstream.a]\nbaseurl = 'x'", "[upstream.a]: there is no key 'baseurl'; did you mean 'base_url'?"),
    ("schema = 1\n[[user]]\nnam = 'x'", "[[user]] 1: there is no key 'nam'; did you mean 'name'?"),
    ("schema = 1\n" + USER + "[[user]]\nadmn = true", "[[user]] 2: there is no key 'admn'; did you mean 'admin'?"),
    ("schema = 1\nlisten = '8484'", "'listen' must be host:port"),
    ("schema = 1\nlisten = '::1:8484'", "'listen' must be host:port"),
    ("schema = 1\nlisten = '[::1:8484'", "'listen' must be host:port"),
    ("schema = 1\nlisten = 'localhost:99999'", "not 'localhost:99999'"),
    ("schema = 1\nlisten = ':8484'", "'listen' must be host:port"),
    ("schema = 1\nlisten = 8484", "'listen' must be a string"),
    ("schema = 1\nlisten = '0.0.0.0:1'", "add [[user]] entries"),
    ("schema = 1\nlisten = '0.0.0.0:1'\n" + USER, "add [tls], or 'trust_proxy = true'"),
    ("schema = 1\ntrust_proxy = true", "needs [[user]] entries"),
    ("schema = 1\n[tls]\nkey = 'there.txt'", "[tls] needs both"),
    ("schema = 1\n[tls]\nkey = 'gone.pem'", "[tls]: 'key' must be a file that is there"),
    ("schema = 1\npolicy = 'gone.toml'", "g.toml: 'policy' must be a file that is there"),
    ("schema = 1\nprices = 'gone.json'", "'prices' must be a file"),
    ("schema = 1\npins = ['there.txt', 'gone.json']", "'pins' must be a file"),
    ("schema = 1\npins = 5", "'pins' must be a list of strings or a string"),
    ("schema = 1\nlog = true", "'log' must be a string"),
    ("schema = 1\nlog = 'there.txt'", "'log' must be a folder"),
    ("schema = 1\nlog = false\npolicy = 'there.txt'", "name a 'log'"),
    ("schema = 1\non_log_failure = 'ignore'", "'on_log_failure' must be one of refuse, pass, not 'ignore'"),
    ("schema = 1\ndurable = 'ram'", "one of disk, kernel"),
    ("schema = 1\nretention_days = 0", "a whole number from 1 up, not '0'"),
    ("schema = 1\nretention_days = 1.5", "a whole number"),
    ("schema = 1\nidle_timeout_s = nan", "a number of seconds over 0"),
    ("schema = 1\nidle_timeout_s = 0", "a number of seconds over 0"),
    ("schema = 1\nui = 'no'", "'ui' must be true or false"),
    ("schema = 1\nname = 'a b'", "'name' must be of at most 64 letters"),
    ("schema = 1\nhosts = ['https://x']", "'hosts' must be names"),
    ("schema = 1\notlp = 'localhost:4318'", "'otlp' must be an http or https URL"),
    ("schema = 1\notlp = 'http://u:p@h'", "no user and password"),
    ("schema = 1\ncounters = 'mysql://x'", "'counters' must be 'sqlite' or"),
    ("schema = 1\nupstream = 1", "'upstream' must be a table"),
    ("schema = 1\n[upstream]\na = 1", "[upstream]: 'a' must be a table"),
    ("schema = 1\n[upstream.'a b']\nprotocol = 'gemini'", "the name of an upstream"),
    ("schema = 1\n[upstream.a]\nbase_url = 'https://x'", "[upstream.a]: 'protocol' is missing"),
    ("schema = 1\n[upstream.a]\nprotocol = 'openai-chat'", "[upstream.a]: 'base_url' is missing"),
    ("schema = 1\n[upstream.a]\nprotocol = 'openai'", "there is no protocol 'openai'; did you mean 'openai-chat'?"),
    ("schema = 1\n" + UP.replace("https", "ftp"), "an http or https URL"),
    ("schema = 1\n" + UP.replace("https", "http"), "use https, or 'insecure = true'"),
    ("schema = 1\n" + UP.replace("a.test", "u:pw@a.test"), "no user and password"),
    ("schema = 1\n" + UP.replace("/v1", "/v1?x=1"), "no query"),
    ("schema = 1\n" + UP.replace("/v1", "/v1#x"), "no query"),
    ("schema = 1\n" + UP.replace("/v1", "/v1?"), "no query"),
    ("schema = 1\n" + UP.replace("/v1", "/v1#"), "no query"),
    ("schema = 1\n" + UP.replace("a.test", "a.test:port"), "must be a URL"),
    ("schema = 1\n" + UP.replace("a.test", "[::1"), "must be a URL"),
    ("schema = 1\n" + UP.replace("a.test", "a b.test"), "an http or https URL"),
    ("schema = 1\n" + UP.replace("openai-chat", "anthropic-messages"), "must not end in '/v1'"),
    ("schema = 1\n" + UP.replace("openai-chat", "gemini").replace("/v1", "/v1beta/"), "must not end in '/v1beta'"),
    ("schema = 1\n" + UP + "key = 'a b'", "'key' must be visible ASCII"),
    ("schema = 1\n" + UP + "key = '${GONE}'", "g.toml: [upstream.a]: 'key': the variable 'GONE' is not set"),
    ("schema = 1\n" + UP + "key = '${file:gone}'", "[upstream.a]: 'key': the file"),
    ("schema = 1\n" + UP + "key = '${file:.}'", "cannot be read"),
    ("schema = 1\n" + UP + "[[route]]\nmodel = 'x'", "[[route]] 1: 'to' is missing"),
    ("schema = 1\n" + UP + "[[route]]\nto = 'a'", "'to' must be upstream/model"),
    ("schema = 1\n" + UP + "[[route]]\nto = 'b/x'", "[[route]] 1: 'to' names no upstream"),
    ("schema = 1\n" + UP + "[[route]]\nto = 'a/x'\nheader = {x = 1}", "[[route]] 1: [header]: 'x' must be a string"),
    ("schema = 1\n" + UP + "[[route]]\nto = 'a/x'\nlarger_than_tokens = -1", "a whole number from 0 up"),
    ("schema = 1\n[route]\nto = 'a/x'", "'route' must be an array of tables: [[route]]"),
    ("schema = 1\n[[context]]\nkeep_chars = 1", "[[context]] 1: a context rule has exactly one of shorten"),
    ("schema = 1\n[[context]]\ndrop = 'image'\npin = 'x'", "exactly one of"),
    ("schema = 1\n[[context]]\nshorten = 'text'", "'shorten' must be 'tool_result', not 'text'"),
    ("schema = 1\n[[context]]\ndrop = 'image'\nkeep_chars = 5", "'keep_chars' means nothing to 'drop'"),
    ("schema = 1\n[[context]]\nreplace = 'x'", "'replace' needs 'text'"),
    ("schema = 1\n[[context]]\npin = '/(?<=a)b/'", "'pin' is no regular expression in RE2's syntax"),
    ("schema = 1\n[[context]]\npin = '/a*/'", "matches the empty text"),
    ("schema = 1\n[[redact]]\nname = 'x'\npattern = '('", "[[redact]] 1: 'pattern' is no regular expression"),
    ("schema = 1\n[[redact]]\npattern = 'x'", "[[redact]] 1: 'name' is missing"),
    ("schema = 1\n[edit]\nstrip_marks = ['dateline']", "[edit]: 'strip_marks': There is no scheme 'dateline'; did you"),
    ("schema = 1\n[edit]\nstrip_marks = 'date-line'", "'strip_marks' must be a list of strings"),
    ("schema = 1\n[[user]]\nkey_sha256 = 'x'", "[[user]] 1: 'name' is missing"),
    ("schema = 1\n[[user]]\nname = 'u'\nkey_sha256 = 'sk-12'", "64 hexadecimal digits"),
    ("schema = 1\n" + USER.replace('"u"', '"a|b"'), "no '|', '*'"),
    ("schema = 1\n" + USER + "groups = ['*']", "no '|', '*'"),
    ("schema = 1\n" + USER + USER, "[[user]] 2: another user has the same 'name'"),
    ("schema = 1\n" + USER + USER.replace('"u"', '"v"'), "[[user]] 2: another user has the same 'key_sha256'"),
]


@pytest.mark.parametrize(("text", "sentence"), FAULTS)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "there.txt").write_text("x")
    said = fault(tmp_path, text)
    assert sentence in said
    assert said.startswith(str(tmp_path / "g.toml"))
    assert "\n" not in said
    assert said.endswith((".", "?"))


@pytest.mark.parametrize(
    "text",
    [
        "schema = 1\nlisten = '${SECRET}'",
        "schema = 1\nname = '${SECRET} x'",
        "schema = 1\ndurable = '${SECRET}'",
        "schema = 1\npolicy = '${SECRET}'",
        "schema = 1\npins = '${SECRET}'",
        "schema = 1\ncounters = '${SECRET}'",
        "schema = 1\ncounters = 'hunter2hunter2'",
        "schema = 1\notlp = 'https://u:${SECRET}@h'",
        "schema = 1\notlp = 'https://u:hunter2hunter2@h'",
        "schema = 1\nhosts = ['${SECRET}/']",
        "schema = 1\n" + UP + "key = 'hunter2hunter2 '",
        "schema = 1\n" + UP.replace("https://", "ftp://${SECRET}"),
        "schema = 1\n" + UP.replace("https://", "https://u:hunter2hunter2@"),
        "schema = 1\n" + UP.replace("a.test", "a.test:${SECRET}"),
        "schema = 1\n" + UP + "[[route]]\nto = '${SECRET}'",
        "schema = 1\n" + UP + "[[route]]\nto = '${SECRET}/x'",
        "schema = 1\n[[user]]\nname = 'x'\nkey_sha256 = 'hunter2hunter2'",
        "schema = 1\n[[user]]\nname = '*${SECRET}'\nkey_sha256 = 'x'",
        "schema = 1\n[[context]]\nshorten = '${SECRET}'",
        "schema = 1\n[[context]]\npin = '/(${SECRET}/'",
        "schema = 1\n[[redact]]\nname = 'x'\npattern = '(?<=${SECRET})'",
        "schema = 1\n[edit]\nstrip_marks = ['${SECRET}']",
        "schema = 1\n[upstream.a]\nprotocol = ['${SECRET}']",
        "schema = 1\n" + USER.replace('"u"', '"${SECRET}"') * 2,
        "schema = 1\nkey = 'hunter2hunter2\n",
    ],
)
def test_no_secret_in_an_error(tmp_path: Path, text: str) -> None:
    assert "hunter2" not in fault(tmp_path, text)


def test_no_secret_in_the_settings_repr(tmp_path: Path) -> None:
    text = "schema = 1\ncounters = 'postgresql://u:${SECRET}@h/d'\n" + UP + "key = '${SECRET}'\n" + USER
    found = load(tmp_path, text)
    assert found.upstreams[0].key == ENV["SECRET"]
    assert ENV["SECRET"] in found.counters
    shown = repr(found) + str(found.users) + f"{found.upstreams}"
    assert "hunter2" not in shown
    assert DIGEST not in shown
    assert repr(bytes.fromhex(DIGEST)) not in shown


def test_http_to_another_host_only_on_purpose(tmp_path: Path) -> None:
    plain = "schema = 1\n" + UP.replace("https", "http")
    assert load(tmp_path, plain + "insecure = true").upstreams[0].base_url == "http://a.test/v1"
    for host in ("127.0.0.1", "127.1.2.3", "[::1]:80", "localhost:8000"):
        assert load(tmp_path, plain.replace("a.test", host)).upstreams[0].base_url == f"http://{host}/v1"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            config.load(path, ENV)
    (tmp_path / "g.toml").write_bytes(b"schema = 1 # \xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        config.load(tmp_path / "g.toml", ENV)


TOML = st.lists(
    st.sampled_from(
        ["schema = 1", "[upstream.a]", "[[user]]", "[tls]", "[[route]]", "[[context]]", "[edit]", UP, USER]
        + [
            f"{name} = {value}"
            for name in ("listen", "log", "key", "to", "pin", "name")
            for value in ("1", "[[]]", '"${x"')
        ]
    )
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TOML)
def test_a_file_is_read_or_refused(tmp_path: Path, lines: list[str]) -> None:
    try:
        found = load(tmp_path, "\n".join(lines))
    except UsageError as error:
        assert str(error).startswith(str(tmp_path))
    else:
        assert found.upstreams


def documented(heading: str) -> set[str]:
    section = DOCS.read_text("utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("The top of the file", loading.TOP),
        ("`[upstream.NAME]`", parts.UPSTREAM),
        ("`[edit]`", parts.EDIT),
        ("`[tls]`", loading.TLS),
        ("`[[route]]`", parts.ROUTE),
        ("`[[context]]`", parts.CONTEXT),
        ("`[[user]]`", parts.USER),
        ("`[[redact]]`", parts.REDACT),
    ],
)
def test_the_page_has_every_key(heading: str, known: tuple[str, ...]) -> None:
    assert documented(heading) == set(known)


def test_the_page_s_example_is_one(tmp_path: Path) -> None:
    example = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)[0]
    found = load(tmp_path, example, {**ENV, "OPENAI_API_KEY": "k"})
    assert found.upstreams[1].key == "k"
    assert len(found.routes) == len(found.context) == len(found.users) == len(found.redact) == 1
