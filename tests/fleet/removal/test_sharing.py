"""A file that several Python packages list stays for as long as one of them does, and what remains works."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.readers_js.trees import link, write
from tests.fleet.removal.worlds import ON, by, hashed
from tests.fleet.test_taking import Silent
from wiretell.fleet import surroundings
from wiretell.fleet.removal import Hands, RemoveOptions, remove
from wiretell.fleet.removal.sharing import _lists, shared
from wiretell.fleet.taking import TakeOptions, take
from wiretell.model.fleet import Action, Removal, StepState

RULE = '[[rule]]\nid = "%s"\neffect = "ban"\nproduct = "%s"\nreason = "r"\n'


class Site:
    """An image with one user's packages."""

    def __init__(self, top: Path, python: str = "lib/python3.11") -> None:
        self.top = top
        self.image = top / "image"
        write(self.image / "etc/passwd", "dev:x:1000:1000::/home/dev:/bin/sh\n")
        self.local = self.image / "home/dev/.local"
        self.folder = self.local / python / "site-packages"

    def brought(self, name: str, files: Iterable[str]) -> Path:
        """Put a package there, with its list; return its metadata."""
        info = self.folder / f"{name.replace('-', '_')}-1.0.0.dist-info"
        for path in files:
            write(self.folder / path, f"# {path}\n")
        write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
        lines = [*files, f"{info.name}/METADATA", f"{info.name}/RECORD"]
        write(info / "RECORD", "".join(f"{line},,\n" for line in lines))
        return info

    def removed(self, *products: str, apply: bool = True) -> Removal:
        around = replace(surroundings.of_this_machine(root=str(self.image)), is_root=True)
        rules = by("schema = 1\n" + "".join(RULE % (each, each) for each in products))
        options = RemoveOptions(around=around, state=self.top / "state", apply=apply, hands=Hands())
        return remove(lambda: take(TakeOptions(around), Silent()), rules, ON, options)

    def left(self) -> set[str]:
        """Files and links below the folder of packages and beside it."""
        found = (Path(folder) / name for folder, _, names in os.walk(self.local) for name in names)
        return {os.path.relpath(path, self.folder) for path in found}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def own(info: Path) -> set[str]:
    return {f"{info.name}/METADATA", f"{info.name}/RECORD"}


def told(removal: Removal) -> list[str]:
    return [result.step.told for result in removal.steps if result.state is StepState.LEFT]


def test_what_another_lists_too_stays_with_all_of_it(site: Site) -> None:
    other = site.brought("requests", ["requests/__init__.py", "requests/api.py"])
    site.brought("aider-chat", ["aider/main.py", "requests/__init__.py", "requests/api.py", "requests/aider.py"])
    removal = site.removed("aider")
    assert site.left() == own(other) | {"requests/__init__.py", "requests/api.py"}
    assert told(removal) == [f"{site.folder}/requests/__init__.py and 1 more stay: listed by {other.name} too."]
    assert removal.after is not None
    assert removal.after.inventory.installs == ()


def test_it_goes_with_the_last_that_lists_it(site: Site) -> None:
    site.brought("mistral-vibe", ["vibe/main.py", "common/x.py"])
    site.brought("aider-chat", ["aider/main.py", "common/x.py"])
    first = site.removed("aider")
    assert {path for path in site.left() if "dist-info" not in path} == {"vibe/main.py", "common/x.py"}
    assert first.after is not None
    assert [item.name for item in first.after.inventory.installs] == ["mistral-vibe"]
    site.removed("vibe")
    assert site.left() == set()
    assert not (site.folder / "common").exists()


def test_it_goes_where_all_that_list_it_go_at_once(site: Site) -> None:
    site.brought("mistral-vibe", ["vibe/main.py", "common/x.py", "../../../bin/both"])
    site.brought("aider-chat", ["aider/main.py", "common/x.py", "../../../bin/both"])
    removal = site.removed("aider", "vibe")
    assert told(removal) == []
    assert site.left() == set()
    assert not (site.folder / "common").exists()


def test_it_stays_for_a_banned_package_that_cannot_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    other = site.brought("mistral-vibe", ["vibe/main.py", "common/x.py"])
    site.brought("aider-chat", ["aider/main.py", "common/x.py", "common/y.py"])
    monkeypatch.setattr("wiretell.fleet.removal.disk.mounts", lambda: (f"{other}/mounted",))
    removal = site.removed("aider", "vibe")
    assert (site.folder / "common/x.py").exists()
    assert not (site.folder / "common/y.py").exists()
    assert any("something is mounted in it" in each for each in told(removal))


def test_programs_and_bytecode_of_what_stays_stay(site: Site) -> None:
    other = site.brought("requests", ["shared/x.py", "../../../bin/both"])
    site.brought("aider-chat", ["shared/x.py", "shared/y.py", "../../../bin/both", "../../../bin/aider"])
    for name in ("x.cpython-311.pyc", "y.cpython-311.pyc"):
        write(site.folder / "shared/__pycache__" / name)
    site.removed("aider")
    kept = {"shared/x.py", "shared/__pycache__/x.cpython-311.pyc", "../../../bin/both"}
    assert site.left() == own(other) | kept


def test_lib64_beside_lib_shares_programs(tmp_path: Path) -> None:
    site, twin = Site(tmp_path), Site(tmp_path, "lib64/python3.11")
    twin.brought("requests", ["requests/x.py", "../../../bin/both"])
    site.brought("aider-chat", ["aider/x.py", "../../../bin/both"])
    site.removed("aider")
    assert (site.local / "bin/both").exists()
    assert not (site.folder / "aider").exists()


@pytest.mark.parametrize("python", ["lib/python3.12", "lib64/python3.12", "lib/python3"])
def test_pythons_of_one_prefix_share_programs(tmp_path: Path, python: str) -> None:
    site, other = Site(tmp_path), Site(tmp_path, python)
    up = "../" * (len(python.split("/")) + 1)
    other.brought("requests", ["requests/x.py", f"{up}bin/both"])
    site.brought("aider-chat", ["aider/x.py", "../../../bin/both"])
    assert told(site.removed("aider")) == [f"{site.local}/bin/both stays: listed by requests-1.0.0.dist-info too."]
    assert (site.local / "bin/both").exists()
    assert not (site.folder / "aider").exists()


def test_a_list_may_name_files_as_the_image_does(site: Site) -> None:
    site.brought("aider-chat", ["aider/main.py", "common/x.py", "common/y.py"])
    info = site.brought("requests", ["requests/__init__.py"])
    inside = f"/{site.folder.relative_to(site.image)}"
    (info / "RECORD").write_text(f"requests/__init__.py,,\n{inside}/common/x.py,,\n")
    site.removed("aider")
    assert site.left() == {"requests/__init__.py", "common/x.py", *own(info)}


def test_of_long_lists_only_what_is_shared_is_kept(site: Site) -> None:
    """A home may hold thousands of them; one list of 190,000 lines took two seconds and 35 MB."""
    site.brought("aider-chat", ["aider/main.py", "common/x.py"])
    info = site.brought("requests", [])
    lines = "".join(f"requests/{number}.py,,\n" for number in range(20_000))
    (info / "RECORD").write_text(f"common/x.py,,\n{lines}")
    around = surroundings.of_this_machine(root=str(site.image))
    installs = take(TakeOptions(around), Silent()).installs
    found = _lists(installs, around)
    assert found[str(info)] == {f"{site.folder}/common/x.py"}


def test_a_folder_that_another_reaches_by_a_link_keeps_the_link(site: Site) -> None:
    write(site.local / "data/x.py", "x\n")
    site.brought("requests", ["requests/__init__.py"])
    info = site.brought("aider-chat", ["aider/main.py", "aider/more"])
    (site.folder / "aider/more").unlink()
    link(site.folder / "aider/more", "../../../../data")
    (site.folder / "requests-1.0.0.dist-info/RECORD").write_text("requests/__init__.py,,\naider/more/x.py,,\n")
    site.removed("aider")
    assert (site.folder / "aider/more/x.py").exists()
    assert not (site.folder / "aider/main.py").exists()
    assert not info.exists()


@pytest.mark.parametrize(
    "listed",
    ["aider", ".", "..", "/", "", "aider/", "aider/gone.py", "../../../../../etc/passwd", "aider/\0", "x" * 5000],
)
def test_a_list_keeps_nothing_but_files_that_are_there(site: Site, listed: str) -> None:
    site.brought("aider-chat", ["aider/main.py"])
    info = site.brought("requests", ["requests/__init__.py"])
    (info / "RECORD").write_text(f"requests/__init__.py,,\n{listed},,\n")
    assert told(site.removed("aider")) == []
    assert site.left() == {"requests/__init__.py", *own(info)}


def test_lists_that_cannot_be_read_keep_nothing(site: Site) -> None:
    site.brought("aider-chat", ["aider/main.py"])
    info = site.brought("requests", ["requests/__init__.py"])
    (info / "RECORD").unlink()
    os.mkfifo(info / "RECORD")
    (site.folder / "loop-1.0.dist-info").symlink_to("loop-1.0.dist-info")
    site.removed("aider")
    assert not (site.folder / "aider").exists()
    assert (site.folder / "requests/__init__.py").exists()


def test_what_goes_with_its_whole_environment_is_not_said_to_stay(site: Site) -> None:
    site.local /= "share/uv/tools/aider-chat"
    site.folder = site.local / "lib/python3.11/site-packages"
    write(site.local / "pyvenv.cfg")
    write(site.local / "uv-receipt.toml", '[tool]\nrequirements = [{ name = "aider-chat" }]\nentrypoints = []\n')
    site.brought("aider-chat", ["aider/main.py", "common/x.py"])
    site.brought("mistral-vibe", ["vibe/main.py", "common/x.py"])
    site.brought("requests", ["common/x.py"])
    assert told(site.removed("aider", "vibe")) == []
    assert not site.local.exists()


def test_a_list_of_setuptools_counts_as_well(site: Site) -> None:
    site.brought("aider-chat", ["aider/main.py", "old/x.py"])
    write(site.folder / "old-1.0.egg-info/PKG-INFO", "Name: old\nVersion: 1.0\n")
    write(site.folder / "old-1.0.egg-info/installed-files.txt", "../old/x.py\nPKG-INFO\n")
    site.removed("aider")
    assert (site.folder / "old/x.py").exists()
    assert not (site.folder / "aider").exists()


def test_a_plan_says_the_same_and_touches_nothing(site: Site) -> None:
    site.brought("requests", ["requests/__init__.py"])
    site.brought("aider-chat", ["aider/main.py", "requests/__init__.py", "requests/more.py"])
    before = hashed(site.local)
    planned = site.removed("aider", apply=False)
    steps = [result.step for result in planned.steps if result.step.action is Action.TAKE]
    taken = {step.target.removeprefix(f"{site.folder}/") for step in steps}
    assert taken == {"aider", "requests/more.py", "aider_chat-1.0.0.dist-info"}
    assert hashed(site.local) == before


NAMES = ("a/x.py", "a/y.py", "a/b/x.py", "a/b/y.py", "c.py", "a/b/c/z.py")


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_what_remains_is_what_others_list(
    tmp_path_factory: pytest.TempPathFactory, mine: set[str], theirs: set[str], nobodys: set[str]
) -> None:
    site = Site(tmp_path_factory.mktemp("site"))
    other = site.brought("requests", sorted(theirs))
    site.brought("aider-chat", ["aider/main.py", *sorted(mine)])
    for path in nobodys:
        write(site.folder / path)
    site.removed("aider")
    assert site.left() == own(other) | theirs | (nobodys - mine)


def test_what_nobody_shares_is_not_taken_apart(site: Site) -> None:
    site.brought("requests", ["requests/__init__.py"])
    site.brought("aider-chat", ["aider/main.py"])
    around = surroundings.of_this_machine(root=str(site.image))
    found = shared(take(TakeOptions(around), Silent()).installs, around)
    assert (found.sharers, found.parts) == ({}, {})
