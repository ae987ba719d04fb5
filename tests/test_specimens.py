"""Audits of the planted agents: each must end as its oracle says, and leave nothing behind."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.specimens.harness import Audit, command, disagreements, run_audit
from tests.specimens.loader import Kind, Specimen, load, of_kind
from tests.specimens.search import files_with

pytestmark = pytest.mark.lab

SEED = 1
GONE_WITHIN_S = 5.0
BAD_RUNS = 32
"""A bad agent is bad in every run, and some of these runs write half a gigabyte."""


def params(*kinds: Kind) -> list[Any]:
    return [pytest.param(s, id=s.name, marks=[pytest.mark.quick] if s.oracle.quick else []) for s in of_kind(*kinds)]


@dataclass(frozen=True, slots=True)
class Stage:
    """A copy of a specimen whose processes can be told from all others, and a folder for temporaries of its own."""

    specimen: Specimen
    folder: Path
    tmp: Path
    token: str

    def leftovers(self) -> list[str]:
        """Processes, mounts and files that this audit left."""
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return [
            *(f"process {line}" for line in processes_with(self.token, str(self.tmp))),
            *(f"mount {line}" for line in mounts if str(self.tmp) in line or self.token in line),
            *(f"file {path}" for path in sorted(self.tmp.rglob("*"))),
        ]

    def processes(self) -> list[str]:
        """Processes of the agent that are alive."""
        return processes_with(self.token)


def processes_with(*marks: str) -> list[str]:
    """Command lines of the processes whose command line or environment holds one of the marks."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            line = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue  # it ended, or belongs to somebody else
        if any(mark.encode() in line + environment for mark in marks):
            found.append(f"{folder.name} {line.decode(errors='replace')}")
    return found


@contextmanager
def copies() -> Iterator[Callable[[Specimen], Stage]]:
    """Copy specimens to a short path that every uid can read (the lab drops root), with a token in their command."""
    with tempfile.TemporaryDirectory(prefix="specimen-") as name:
        root = Path(name)
        root.chmod(0o755)

        def make(specimen: Specimen) -> Stage:
            token = f"specimen-{secrets.token_hex(6)}"
            folder, tmp = root / specimen.name, root / "tmp"
            shutil.copytree(specimen.folder, folder, ignore=shutil.ignore_patterns("oracle.toml", "__pycache__"))
            recipe = folder / "wiretell-agent.toml"
            text, count = re.subn(r"(?m)^(command = \[.*)\]$", rf'\1, "{token}"]', recipe.read_text())
            assert count == 1
            recipe.write_text(text)
            tmp.mkdir()
            tmp.chmod(0o1777)
            return Stage(specimen, folder, tmp, token)

        yield make


@pytest.fixture
def stage() -> Iterator[Callable[[Specimen], Stage]]:
    with copies() as make:
        yield make


def audit_and_compare(at: Stage, seed: int, runs: int | None = None) -> None:
    oracle = at.specimen.oracle
    fewer = () if runs is None else ("--runs", str(runs))
    audit = run_audit(at.folder, seed, min(runs or oracle.runs.budget, oracle.runs.budget), *fewer, tmp=at.tmp)
    assert disagreements(audit, oracle) == []
    assert at.leftovers() == []


@pytest.mark.parametrize("specimen", params("positive"))
def test_a_planted_channel_is_found_with_its_facts_and_place(
    specimen: Specimen, stage: Callable[[Specimen], Stage]
) -> None:
    at = stage(specimen)
    if not any(shown.sometimes for channel in specimen.oracle.channel for shown in channel.shown):
        audit_and_compare(at, SEED)
        return
    # What shows itself in half of its runs is found by some audits and not by others (README, "Measured"): whatever an
    # audit claims of it must be right, and what it saw and could not prove must be said.
    audit = run_audit(at.folder, SEED, specimen.oracle.runs.budget, tmp=at.tmp)
    if audit.exit_code == 1:
        assert disagreements(audit, specimen.oracle) == []
    else:
        assert not [channel for channel in audit.document["channels"] if channel["class"] == "covert"]
        said = " ".join(row["what"] for row in audit.document["coverage"]["not_examined"])
        assert "/contents/0/parts/0/text" in said


@pytest.mark.parametrize("specimen", params("twin", "decoy"))
def test_no_covert_channel_is_claimed_where_none_is(specimen: Specimen, stage: Callable[[Specimen], Stage]) -> None:
    audit_and_compare(stage(specimen), SEED)


@pytest.mark.parametrize("seed", [2, pytest.param(3, marks=pytest.mark.long)])
def test_another_seed_finds_the_same_channels(seed: int, stage: Callable[[Specimen], Stage]) -> None:
    audit_and_compare(stage(load("apostrophe")), seed)


@pytest.mark.parametrize("specimen", params("bad"))
def test_a_bad_agent_ends_the_audit_as_it_should(specimen: Specimen, stage: Callable[[Specimen], Stage]) -> None:
    audit_and_compare(stage(specimen), SEED, BAD_RUNS)


# ---------------------------------------------------------------- the real surroundings


@dataclass(frozen=True, slots=True)
class Dumped:
    """An audit of the agent that sends all it sees, started from surroundings full of marks."""

    audit: Audit
    saved: Path
    """Every capture, as `--save` keeps it."""
    secret: str
    """What all secrets of HOME and of the environment hold (no path of HOME does)."""
    user: str
    """What names the user: in the path of HOME, in USER and LOGNAME."""
    leftovers: list[str]


@pytest.fixture(scope="module")
def dumped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dumped]:
    secret, user = f"wtcanary{secrets.token_hex(8)}", f"user{secrets.token_hex(8)}"
    folder = tmp_path_factory.mktemp("dumped")
    home, saved = folder / user, folder / "saved"
    lay_out_home(home, secret)
    env = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "USER": user,
        "LOGNAME": user,
        "ANTHROPIC_API_KEY": secret,
        "OPENAI_API_KEY": secret,
        "AWS_SECRET_ACCESS_KEY": secret,
        f"NAME_{secret}": "a variable's name is a secret too",
        "SSH_AUTH_SOCK": f"/tmp/{secret}/agent.sock",
    }
    with copies() as stage:
        at = stage(load("environment"))
        audit = run_audit(at.folder, SEED, at.specimen.oracle.runs.budget, "--save", str(saved), env=env, tmp=at.tmp)
        yield Dumped(audit, saved, secret, user, at.leftovers())


def lay_out_home(home: Path, secret: str) -> None:
    """Write a HOME as a user may have one."""
    secrets_by_path = {
        ".ssh/id_ed25519": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{secret}\n",
        f".ssh/{secret}": "a file's name is a secret too\n",
        ".netrc": f"machine api.specimen.example login ann password {secret}\n",
        ".aws/credentials": f"[default]\naws_secret_access_key = {secret}\n",
        ".config/gh/hosts.yml": f"oauth_token: {secret}\n",
        ".claude/.credentials.json": f'{{"accessToken": "{secret}"}}\n',
        ".gitconfig": f"[user]\n\tname = Ann\n\temail = ann@{secret}.test\n",
    }
    for path, text in secrets_by_path.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)


@pytest.mark.quick
def test_real_keys_home_and_environment_never_reach_an_agent(dumped: Dumped) -> None:
    assert dumped.audit.exit_code in (0, 1), dumped.audit.stderr
    assert files_with(dumped.saved, "specimen-environment-dump"), "the search is blind: it misses what the agent sent"
    assert files_with(dumped.saved, dumped.secret) == []
    assert dumped.secret not in str(dumped.audit.document)
    assert dumped.leftovers == []


def test_the_path_of_the_real_home_does_not_show(dumped: Dumped) -> None:
    """Mount tables name folders of the real disk; with them the real user's name would reach an agent."""
    assert files_with(dumped.saved, "specimen-environment-dump"), "the search is blind: it misses what the agent sent"
    assert files_with(dumped.saved, dumped.user) == []


# ---------------------------------------------------------------- interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_audit_that_is_stopped_leaves_nothing(number: signal.Signals, stage: Callable[[Specimen], Stage]) -> None:
    at = stage(load("bad_hang"))
    audit = subprocess.Popen(
        command(at.folder, SEED),
        env={**os.environ, "TMPDIR": str(at.tmp)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_for(lambda: bool(at.processes()) or audit.poll() is not None, 30.0)
        assert audit.poll() is None, (audit.stderr.read() if audit.stderr else b"").decode()
        audit.send_signal(number)
        assert audit.wait(timeout=30.0) != 0
        left = at.processes if number == signal.SIGKILL else at.leftovers  # killed, it cannot tidy its own folder
        wait_for(lambda: not left(), GONE_WITHIN_S)
        assert left() == []
    finally:
        audit.kill()
        audit.wait()


def wait_for(condition: Callable[[], bool], timeout_s: float) -> None:
    """Return as soon as the condition holds, or after the time."""
    end = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
