"""Removals that are broken off, and two at once: as it was or removed, never half."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.blind.desk import Desk, environment, link, prefix, tree, write
from tests.fleet.blind.removing import BAN, everyday, gone, plan

pytestmark = pytest.mark.long  # they say again, from outside, what quick tests say of the parts


def big(home: Path, files: int) -> None:
    everyday(home)
    for version in ("v20.0.0", "v22.0.0"):
        folder = prefix(home / ".nvm/versions/node" / version, "@qwen-code/qwen-code", f"0.{version[1:3]}.0", "qwen")
        for number in range(files // 4):
            write(folder / f"vendor/d{number % 40}/f{number}.js", f"{version} {number}\n" * 20)
    tool = environment(home / ".local/share/uv/tools/aider-chat", "aider-chat", "0.86.2", "uv")
    write(tool / "uv-receipt.toml", '[tool]\nrequirements = [{ name = "aider-chat" }]\nentrypoints = []\n')
    link(home / ".local/bin/aider", "../share/uv/tools/aider-chat/bin/aider")
    for number in range(files // 2):
        write(home / f".qwen/tmp/s{number % 30}/{number}.json", json.dumps({"n": number, "text": "x" * 500}))


TWO = (BAN % "qwen-code") + '[[rule]]\nid = "a"\neffect = "ban"\nproduct = "aider"\nreason = "r"\n'


def kept(home: Path, archive: Path, before: dict[str, Any]) -> None:
    """All of the configuration is in the archive."""
    with tarfile.open(archive) as tar:
        names = {f"/{member.name}" for member in tar.getmembers() if member.isfile()}
    config = {str(home / path) for path, told in before.items() if path.startswith(".qwen/") and told[0] == "file"}
    assert config <= names


def interrupt(desk: Desk, home: Path, after: float, kind: signal.Signals) -> tuple[int, str]:
    process = subprocess.Popen(
        desk.command(
            "fleet",
            "remove",
            "--home",
            home,
            "--root",
            desk.folder,
            "--apply",
            "--archive",
            desk.folder / "kept.tar.gz",
        ),
        cwd=desk.folder,
        env=desk.env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(kind)
        out, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err
    return process.returncode, (out + err).decode()


def whole_or_gone(desk: Desk, home: Path, before: dict[str, Any], undo: bool) -> str:
    """After an interruption: the next run says so, and ends as it was or removed."""
    archive = desk.folder / "kept.tar.gz"
    # What it says without --apply or --undo may change nothing.
    middle = tree(home)
    first = desk.run("remove", "--home", home, "--root", desk.folder, "--format", "json")
    assert tree(home) == middle
    if undo:
        answer = desk.run("remove", "--home", home, "--root", desk.folder, "--undo")
        if answer.code == 2 and "--apply" in answer.err:  # all was out of use, and deleting had begun: forward only
            answer = desk.run("remove", "--home", home, "--root", desk.folder, "--apply")
            assert answer.code == 0, answer
        now = tree(home)
        if now == before:
            return "untouched"
        assert desk.run("check", "--home", home, "--root", desk.folder, "--fresh").code == 0, (
            first,
            answer,
            sorted(before.keys() - now.keys())[:5],
        )
    elif first.data["verdict"] != "nothing" or first.data.get("notes"):  # what is out of use is not found any more
        answer = desk.run(
            "remove", "--home", home, "--root", desk.folder, "--apply", "--archive", archive, "--format", "json"
        )
        if answer.code == 2 and tree(home) == before:
            # Its archive was written already, and nothing was taken: a new name has to do.
            archive = desk.folder / "again.tar.gz"
            answer = desk.run(
                "remove", "--home", home, "--root", desk.folder, "--apply", "--archive", archive, "--format", "json"
            )
        assert answer.code == 0, (first, answer)
        archive = Path(answer.data.get("archive", archive))
    after = tree(home)
    lost = gone(before, after)
    assert not [path for path in lost if path in {"notes.txt", ".ssh/id_ed25519", ".gitconfig"}]
    assert not [path for path in after if "qwen-code" in path or "aider" in path or path.startswith(".qwen/")]
    kept(home, archive, before)
    return "removed"


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_interrupted_once(desk: Desk, kind: signal.Signals) -> None:
    home = desk.folder / "home"
    big(home, 800)
    desk.policy(TWO)
    before = tree(home)
    plan(desk, "--home", home)
    code, told = interrupt(desk, home, 0.9, kind)
    assert code in {0, -kind, 128 + kind, 130}, told
    assert whole_or_gone(desk, home, before, undo=False) == "removed"


@pytest.mark.timeout(900)
def test_interrupted_at_any_moment_twenty_times(desk: Desk) -> None:
    source = desk.folder / "source"
    big(source, 2_000)
    home = desk.folder / "home"
    desk.policy(TWO)
    shutil.copytree(source, home, symlinks=True)
    plan(desk, "--home", home)
    begun = time.monotonic()
    assert interrupt(desk, home, 120, signal.SIGKILL)[0] == 0
    whole = time.monotonic() - begun
    chance = random.Random(7)
    ends = []
    for turn in range(20):
        shutil.rmtree(home)
        shutil.copytree(source, home, symlinks=True)
        link(home / f"turn{turn}", "nowhere")
        shutil.rmtree(desk.folder / "own")
        (desk.folder / "kept.tar.gz").unlink(missing_ok=True)
        (desk.folder / "again.tar.gz").unlink(missing_ok=True)
        before = tree(home)
        kind = signal.SIGKILL if turn % 3 else signal.SIGTERM
        after = chance.uniform(0.25, 1.0) * whole
        code, _ = interrupt(desk, home, after, kind)
        ends.append((turn, kind.name, round(after, 2), code, whole_or_gone(desk, home, before, undo=turn % 2 == 0)))
    assert "removed" in {end[-1] for end in ends}, ends  # half of them are never undone


def test_two_at_once_do_not_get_in_each_others_way(desk: Desk) -> None:
    home = desk.folder / "home"
    big(home, 400)
    desk.policy(TWO)
    before = tree(home)
    plan(desk, "--home", home)
    both = [
        subprocess.Popen(
            desk.command("fleet", "remove", "--home", home, "--root", desk.folder, "--apply", "--format", "json"),
            cwd=desk.folder,
            env=desk.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    ends = [process.communicate(timeout=60) for process in both]
    assert not [err for _, err in ends if b"Traceback" in err]
    codes = sorted(process.returncode for process in both)
    assert codes[0] == 0, ends
    assert codes[1] in {0, 2}, ends
    after = tree(home)
    gone(before, after)
    assert not [path for path in after if "qwen-code" in path or "aider" in path or path.startswith(".qwen/")]
