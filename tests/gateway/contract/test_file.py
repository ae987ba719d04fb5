"""The gateway's file, as design.md writes it, and what it refuses. Nothing here listens or asks anybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wiretell import cli

GATEWAY = """schema = 1
listen = "127.0.0.1:8484"         # anything but loopback needs [[user]] entries and [tls] (or trust_proxy = true)
log = "exchanges"                 # folder; exchanges land as Parquet, originals can be rebuilt byte for byte
policy = "wiretell-policy.toml"   # optional
pins = "claude-code.audit.json"   # optional: an audit document; requests that leave its template are flagged
[upstream.anthropic]
protocol = "anthropic-messages"   # serves /v1/messages, /v1/messages/count_tokens, /v1/models
base_url = "https://api.anthropic.com"
# key = "${ANTHROPIC_API_KEY}"   # absent: the client's own credentials pass through
[upstream.openai]
protocol = "openai-responses"     # /v1/responses; openai-chat: /v1/chat/completions; gemini: /v1beta/models/...
base_url = "https://api.openai.com/v1"
[edit]
strip_marks = ["date-line"]       # off unless named; every edit is entered in the ledger
[[route]]
model = "claude-haiku-*"          # what the client asked for
to = "openai/gpt-5-mini"          # upstream/model; another protocol goes through the translator
[[context]]                       # first to last; contents are replaced, pairs stay
shorten = "tool_result"
older_than_turns = 20
keep_chars = 200
[[user]]
name = "dev-017"
key_sha256 = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
groups = ["search-team"]
"""
POLICY = """schema = 1
timezone = "Asia/Shanghai"        # in which dates begin
[[rule]]
id = "high-risk-software"
effect = "ban"                    # ban | warn | allow; first match wins
product = "claude-code"           # or vendor = "...", or model = "claude-*"; versions = ">=2.1.91,<2.1.198" optional
from = 2026-07-10                 # nothing happens before this day
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
reason = "Same notice"
[[budget]]
who = "user:*"                    # user:NAME | group:NAME | org
usd = 300                         # or tokens = 50_000_000, or requests = 2_000
per = "week"
models = ["claude-*", "gpt-*"]
"""
AUDIT = Path(__file__).parents[2] / "report" / "snapshots" / "short.json"
Check = Callable[[Path, str], tuple[int, str]]


@pytest.fixture
def check(capfd: pytest.CaptureFixture[str]) -> Check:
    """Run `--check-config` on a text; in this process: a start of Python costs a second."""

    def run(folder: Path, text: str) -> tuple[int, str]:
        (folder / "wiretell-gateway.toml").write_text(text)
        status = cli.run(["gateway", "--config", str(folder / "wiretell-gateway.toml"), "--check-config"])
        out, error = capfd.readouterr()
        return status, out + error

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the design's files."""
    (tmp_path / "wiretell-policy.toml").write_text(POLICY)
    (tmp_path / "claude-code.audit.json").write_bytes(AUDIT.read_bytes())
    (tmp_path / "secret").write_text("sk-from-a-file\n")
    return tmp_path


def test_the_designs_files_are_taken_as_they_are_written(folder: Path, check: Check) -> None:
    """Every key of the example works, and paths are relative to the file."""
    status, said = check(folder, GATEWAY)
    assert status == 0, said
    assert str(folder / "exchanges") in said
    assert not (folder / "exchanges").exists(), "looking at a file makes nothing"


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ("listen =", "lisen =", "listen"),
        ("strip_marks =", "strip_mark =", "strip_marks"),
        ("[[route]]", "[[routes]]", "route"),
        ("keep_chars =", "keepchars =", "keep_chars"),
        ("key_sha256 =", "key_sha265 =", "key_sha256"),
        ("base_url =", "baseurl =", "base_url"),
    ],
)
def test_an_unknown_key_refuses_with_the_nearest_name(
    folder: Path, check: Check, old: str, new: str, nearest: str
) -> None:
    """One sentence, and 2."""
    status, said = check(folder, GATEWAY.replace(old, new, 1))
    assert status == 2
    assert new.strip("[] =") in said
    assert nearest in said.replace(new.strip("[] ="), "", 1)
    assert len(said.strip().splitlines()) == 1, said


def test_an_unknown_key_of_the_policy_refuses_with_the_nearest_name(folder: Path, check: Check) -> None:
    """The policy is read as strictly."""
    (folder / "wiretell-policy.toml").write_text(POLICY.replace("product =", "produkt ="))
    status, said = check(folder, GATEWAY)
    assert status == 2
    assert "product" in said


USER = GATEWAY[GATEWAY.index("[[user]]") :]


@pytest.mark.parametrize(
    ("edit", "status"),
    [
        (lambda text: text.replace("127.0.0.1:8484", "0.0.0.0:8484"), 2),
        (lambda text: text.replace("127.0.0.1:8484", "0.0.0.0:8484").replace(USER, ""), 2),
        (lambda text: text.replace('"127.0.0.1:8484"', '"0.0.0.0:8484"\ntrust_proxy = true'), 0),
        (lambda text: text.replace('"127.0.0.1:8484"', '"0.0.0.0:8484"\ntrust_proxy = true').replace(USER, ""), 2),
        (lambda text: text.replace(USER, ""), 0),
    ],
    ids=["users-no-tls", "nothing", "users-behind-a-proxy", "proxy-no-users", "loopback-no-users"],
)
def test_anything_but_loopback_needs_users_and_tls(
    folder: Path, check: Check, edit: Callable[[str], str], status: int
) -> None:
    """`listen`'s own comment."""
    found, said = check(folder, edit(GATEWAY))
    assert found == status, said


def test_secrets_come_from_the_environment_and_from_files(folder: Path, check: Check) -> None:
    """And are in no sentence, neither that of a good file nor of a broken one."""
    keyed = GATEWAY.replace("# key =", "key =").replace("${ANTHROPIC_API_KEY}", "${file:secret}")
    status, said = check(folder, keyed)
    assert status == 0, said
    assert "sk-from-a-file" not in said
    status, said = check(folder, keyed.replace("${file:secret}", "${WIRETELL_NO_SUCH_NAME}"))
    assert status == 2
    assert "WIRETELL_NO_SUCH_NAME" in said
    status, said = check(folder, keyed.replace('protocol = "anthropic-messages"', 'protocol = "${file:secret}"'))
    assert status == 2
    assert "sk-from-a-file" not in said


@pytest.mark.parametrize("broken", ["schema = 2", "schema = ", "", "\xff"])
def test_what_is_no_such_file_is_one_sentence_and_2(
    folder: Path, capfd: pytest.CaptureFixture[str], broken: str
) -> None:
    """Bad input, nothing half written."""
    (folder / "wiretell-gateway.toml").write_bytes(broken.encode("latin-1"))
    assert cli.run(["gateway", "--config", str(folder / "wiretell-gateway.toml"), "--check-config"]) == 2
    out, error = capfd.readouterr()
    assert out == ""
    assert len(error.strip().splitlines()) == 1
