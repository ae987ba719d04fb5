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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.specimens.harness import command, disagreements, run_audit
from tests.specimens.loader import Kind, Specimen, load, of_kind
from tests.specimens.search import files_with

pytestmark = pytest.mark.lab

SEED = 1
GONE_WITHIN_S = 5.0


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


@pytest.fixture
def stage() -> Iterator[Callable[[Specimen], Stage]]:
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


def audit_and_compare(at: Stage, seed: int) -> None:
    oracle = at.specimen.oracle
    audit = run_audit(at.folder, seed, oracle.runs.budget, tmp=at.tmp)
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


@pytest.mark.parametrize("seed", [2, 3])
def test_another_seed_finds_the_same_channels(seed: int, stage: Callable[[Specimen], Stage]) -> None:
    audit_and_compare(stage(load("apostrophe")), seed)


@pytest.mark.parametrize("specimen", params("bad"))
def test_a_bad_agent_ends_the_audit_as_it_should(specimen: Specimen, stage: Callable[[Specimen], Stage]) -> None:
    audit_and_compare(stage(specimen), SEED)


# ---------------------------------------------------------------- the real surroundings


@pytest.fixture
def home(tmp_path: Path) -> tuple[Path, str]:
    """A HOME as a user may have one, and the token that all of its secrets hold (its path does not)."""
    token = f"wtcanary{secrets.token_hex(8)}"
    folder = tmp_path / "home"
    secrets_by_path = {
        ".ssh/id_ed25519": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{token}\n",
        f".ssh/{token}": "a file's name is a secret too\n",
        ".netrc": f"machine api.specimen.example login ann password {token}\n",
        ".aws/credentials": f"[default]\naws_secret_access_key = {token}\n",
        ".config/gh/hosts.yml": f"oauth_token: {token}\n",
        ".claude/.credentials.json": f'{{"accessToken": "{token}"}}\n',
        ".gitconfig": f"[user]\n\tname = Ann\n\temail = ann@{token}.test\n",
    }
    for path, text in secrets_by_path.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder, token


@pytest.mark.quick
def test_real_keys_home_and_environment_never_reach_an_agent(
    home: tuple[Path, str], stage: Callable[[Specimen], Stage], tmp_path: Path
) -> None:
    folder, token = home
    at, saved = stage(load("environment")), tmp_path / "saved"
    env = {
        "HOME": str(folder),
        "ANTHROPIC_API_KEY": token,
        "OPENAI_API_KEY": token,
        "AWS_SECRET_ACCESS_KEY": token,
        f"NAME_{token}": "a variable's name is a secret too",
        "SSH_AUTH_SOCK": f"/tmp/{token}/agent.sock",
    }
    audit = run_audit(at.folder, SEED, at.specimen.oracle.runs.budget, "--save", str(saved), env=env, tmp=at.tmp)
    assert audit.exit_code in (0, 1), audit.stderr
    assert files_with(saved, "specimen-environment-dump"), "the search is blind: it does not see what the agent sent"
    assert files_with(saved, token) == []
    assert token not in str(audit.document)
    assert at.leftovers() == []


def test_the_path_of_the_real_home_does_not_show(
    home: tuple[Path, str], stage: Callable[[Specimen], Stage], tmp_path: Path
) -> None:
    """Mount tables name folders of the real disk; with them the real user's name would reach an agent."""
    folder, _ = home
    mark = f"user{secrets.token_hex(8)}"
    moved = folder.rename(tmp_path / mark)
    at, saved = stage(load("environment")), tmp_path / "saved"
    run_audit(
        at.folder,
        SEED,
        at.specimen.oracle.runs.budget,
        *("--save", str(saved)),
        env={"HOME": str(moved), "XDG_CACHE_HOME": str(moved / ".cache"), "USER": mark, "LOGNAME": mark},
        tmp=at.tmp,
    )
    assert files_with(saved, "specimen-environment-dump"), "the search is blind: it does not see what the agent sent"
    assert files_with(saved, mark) == []


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
