"""A small git repository, made in memory: the same objects, ids and dates in every run.

Made with dulwich, so that neither git nor a disk is needed. Formats: gitrepository-layout(5), gitformat-index(5).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from io import BytesIO
from pathlib import PurePosixPath

from dulwich.index import IndexEntry, write_index_dict
from dulwich.objects import Blob, Commit, ShaFile, Tree

from wiretell.lab.spec import AGENT_UID, FileSpec
from wiretell.model.world import UNSET

BRANCH = "main"
README = b"# notes\n\nA few notes and a script.\n"
UNTRACKED = ("draft.txt", b"remember to write the second part\n")
_AUTHOR = b"Sam Teller <sam.teller@mail.example>"
_COMMITTED_S = 1_767_950_400  # 2026-01-09T09:20:00Z
_MESSAGE = b"Add notes\n"

_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
"""
_REMOTE = """[remote "origin"]
\turl = {url}
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
\tremote = origin
\tmerge = refs/heads/main
"""


def repository(folder: str, remote: str = UNSET) -> tuple[FileSpec, ...]:
    """Return the files of a clone in `folder`: one commit on `main`, a clean index, one untracked file.

    With a remote, `main` follows `origin/main`, which stands at the same commit; `(unset)` leaves both out. `remote`
    must hold no white space, quote or backslash (`levels.check_level` sees to it).
    """
    root = PurePosixPath(folder)
    return tuple(_placed(root, spec) for spec in (*_common(), *_remote_files(remote)))


def commit_id() -> str:
    """Return the id of the repository's only commit, 40 hexadecimal digits."""
    return _objects()[-1].id.decode("ascii")


def _placed(root: PurePosixPath, spec: FileSpec) -> FileSpec:
    return FileSpec(str(root / spec.path), spec.content, spec.mode, spec.link_to, spec.folder)


@lru_cache(maxsize=1)
def _objects() -> tuple[Blob, Tree, Commit]:
    blob = Blob.from_string(README)
    tree = Tree()
    tree.add(b"README.md", 0o100644, blob.id)
    commit = Commit()
    commit.tree = tree.id
    commit.author = commit.committer = _AUTHOR
    commit.author_time = commit.commit_time = _COMMITTED_S
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = _MESSAGE
    return blob, tree, commit


@lru_cache(maxsize=1)
def _common() -> tuple[FileSpec, ...]:
    """Return everything but the configuration, with paths relative to the working folder."""
    head = commit_id().encode() + b"\n"
    folders = ("branches", "hooks", "objects/info", "objects/pack", "refs/tags")
    return (
        FileSpec("README.md", README),
        FileSpec(UNTRACKED[0], UNTRACKED[1]),
        FileSpec(".git/HEAD", f"ref: refs/heads/{BRANCH}\n".encode()),
        FileSpec(f".git/refs/heads/{BRANCH}", head),
        FileSpec(".git/logs/HEAD", _reflog()),
        FileSpec(f".git/logs/refs/heads/{BRANCH}", _reflog()),
        FileSpec(".git/index", _index()),
        FileSpec(".git/description", b"Unnamed repository; edit this file 'description' to name the repository.\n"),
        FileSpec(".git/info/exclude", b"# Lines that start with '#' are comments.\n"),
        *(_loose(thing) for thing in _objects()),
        *(FileSpec(f".git/{name}", mode=0o755, folder=True) for name in folders),
    )


def _remote_files(remote: str) -> tuple[FileSpec, ...]:
    if remote == UNSET:
        return (FileSpec(".git/config", _CONFIG.encode()),)
    config = _CONFIG + _REMOTE.format(url=remote)
    return (
        FileSpec(".git/config", config.encode()),
        FileSpec(f".git/refs/remotes/origin/{BRANCH}", commit_id().encode() + b"\n"),
    )


def _loose(thing: ShaFile) -> FileSpec:
    name = thing.id.decode("ascii")
    return FileSpec(f".git/objects/{name[:2]}/{name[2:]}", thing.as_legacy_object(), 0o444)


def _reflog() -> bytes:
    zero = b"0" * 40
    return b"%s %s %s %d +0000\tcommit (initial): %s" % (zero, _objects()[-1].id, _AUTHOR, _COMMITTED_S, _MESSAGE)


def _index() -> bytes:
    """Return an index whose only entry has the right id and size, but the commit's time in place of the file's.

    The lab does not know when it will lay the file, so git finds the time changed, reads the file once, and then says
    that it is unchanged.
    """
    times = _COMMITTED_S
    entry = IndexEntry(times, times, 0, 0, 0o100644, AGENT_UID, AGENT_UID, len(README), _objects()[0].id)
    out = BytesIO()
    write_index_dict(out, {b"README.md": entry})
    # The trailer is git's own checksum, no protection.
    return out.getvalue() + hashlib.sha1(out.getvalue(), usedforsecurity=False).digest()
