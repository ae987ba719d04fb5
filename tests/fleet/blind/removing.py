"""What tests of removals share.

Safety: whatever removes has the test's folder as its root: nothing of the machine itself is looked at. `apply` first
takes the plan and refuses to go on where a step is about anything outside that folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fleet.blind.desk import Answer, Desk, write

BAN = 'schema = 1\n[[rule]]\nid = "no"\neffect = "ban"\nproduct = "%s"\nreason = "r"\n'


FOR_APPLY = {"--archive", "--keep-config"}


def rooted(desk: Desk, *words: str | Path) -> tuple[str | Path, ...]:
    """The words with the desk as the root, where none is named: nothing is removed by what lies on this machine."""
    return words if "--root" in words else (*words, "--root", desk.folder)


def plan(desk: Desk, *words: str | Path) -> Any:
    """The plan, which must be about this test's folder and nothing else."""
    words = rooted(desk, *words)
    words = tuple(
        word for n, word in enumerate(words) if word not in FOR_APPLY and (not n or words[n - 1] != "--archive")
    )
    answer = desk.run("remove", *words, "--format", "json")
    assert answer.code in {0, 1}, answer.err
    document = answer.data
    for step in document["steps"]:
        if step["action"] != "left" and not step["target"].startswith("pid "):
            assert Path(step["target"]).is_relative_to(desk.folder), f"NOT OURS: {step}"
    return document


def apply(desk: Desk, *words: str | Path) -> Answer:
    for step in plan(desk, *words)["steps"]:
        assert not step["target"].startswith("pid "), f"NOT OURS: {step}"
    return desk.run("remove", *rooted(desk, *words), "--apply", "--format", "json")


def gone(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """What is no longer there; what is there must be as it was, and nothing may have been added."""
    assert {path: after[path] for path in after} == {path: before[path] for path in after if path in before}
    return before.keys() - after.keys()


def everyday(home: Path) -> dict[str, bytes]:
    files = {
        "notes.txt": b"claude-code 2.1.91\n",
        "work/claude/main.py": b"print('mine')\n",
        ".claude-backup/x": b"mine\n",
        ".gitconfig": b"[user]\n",
        ".ssh/id_ed25519": b"private\n",
    }
    for name, data in files.items():
        write(home / name, data)
    return files
