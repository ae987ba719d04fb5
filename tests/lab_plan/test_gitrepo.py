from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from dulwich.index import IndexEntry
from dulwich.repo import Repo

from wiretell.lab.gitrepo import README, UNTRACKED, commit_id, repository
from wiretell.lab.spec import FileSpec
from wiretell.model.world import UNSET

REMOTE = "https://github.com/q7canary-org/q7canary-repo.git"
GIT = shutil.which("git")


def lay(files: Iterable[FileSpec]) -> None:
    for file in files:
        path = Path(file.path)
        (path if file.folder else path.parent).mkdir(parents=True, exist_ok=True)
        if not file.folder:
            path.write_bytes(file.content)
            path.chmod(file.mode)


def git(folder: Path, *arguments: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    command = ["git", "-c", f"safe.directory={folder}", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("remote", [UNSET, REMOTE])
def test_dulwich_reads_what_was_laid(tmp_path: Path, remote: str) -> None:
    lay(repository(str(tmp_path), remote))
    with Repo(str(tmp_path)) as repo:
        assert repo.head().decode() == commit_id()
        index = repo.open_index()
        assert list(index) == [b"README.md"]
        entry = index[b"README.md"]
        assert isinstance(entry, IndexEntry)
        assert repo[entry.sha].as_raw_string() == README
    assert (tmp_path / ".git/HEAD").read_text() == "ref: refs/heads/main\n"


@pytest.mark.skipif(GIT is None, reason="git is not on this machine")
def test_git_finds_a_sound_repository_with_one_untracked_file(tmp_path: Path) -> None:
    lay(repository(str(tmp_path)))
    assert git(tmp_path, "status", "--porcelain", "--branch") == f"## main\n?? {UNTRACKED[0]}\n"
    assert git(tmp_path, "log", "--format=%H %an %ad %s", "--date=iso") == (
        f"{commit_id()} Sam Teller 2026-01-09 09:20:00 +0000 Add notes\n"
    )
    assert git(tmp_path, "fsck", "--strict", "--full") == ""
    assert git(tmp_path, "diff", "HEAD") == ""
    assert git(tmp_path, "remote", "-v") == ""
    assert git(tmp_path, "reflog") == f"{commit_id()[:7]} HEAD@{{0}}: commit (initial): Add notes\n"


@pytest.mark.skipif(GIT is None, reason="git is not on this machine")
def test_git_finds_the_branch_in_step_with_its_remote(tmp_path: Path) -> None:
    lay(repository(str(tmp_path), REMOTE))
    assert git(tmp_path, "status", "--porcelain", "--branch") == f"## main...origin/main\n?? {UNTRACKED[0]}\n"
    assert git(tmp_path, "remote", "get-url", "origin") == REMOTE + "\n"
    assert git(tmp_path, "fsck", "--strict", "--full") == ""


def test_the_commit_is_the_same_in_every_release_of_this_program() -> None:
    # Agents put it into their prompts: another id would be another baseline.
    assert commit_id() == "355ce3983e25ba65dfbaa1f52bbcb9c8bf8ef2f1"


def test_only_the_configuration_and_the_remote_branch_follow_the_remote() -> None:
    without = {file.path: file for file in repository("/w")}
    with_remote = {file.path: file for file in repository("/w", REMOTE)}
    changed = {path for path in with_remote if with_remote[path] != without.get(path)}
    assert changed == {"/w/.git/config", "/w/.git/refs/remotes/origin/main"}
