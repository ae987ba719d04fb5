"""What an install names lies where the install lies: links lead into nobody else's, and give nothing of it away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fleet.readers_js.trees import link, package, project, write
from wiretell.errors import UsageError
from wiretell.fleet import surroundings
from wiretell.fleet.containment import contained
from wiretell.fleet.taking import TakeOptions, take
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Install, Inventory, Manager, NotExamined, Scope

CLAUDE = "@anthropic-ai/claude-code"
SYSTEM = ("usr", "opt")


def around(top: Path) -> Surroundings:
    """A machine with two homes."""
    homes = tuple(Home(user, str(top / "home" / user)) for user in ("att", "vic"))
    for path in (*(Path(home.path) for home in homes), top / "usr/bin", top / "usr/lib/node_modules", top / "opt"):
        path.mkdir(parents=True, exist_ok=True)
    return Surroundings(homes=homes, root=str(top), proc="")


class Quiet:
    """Tells nobody."""

    def phase(self, name: str, total: int) -> None: ...

    def advance(self, n: int = 1, note: str = "") -> None: ...

    def status(self, text: str) -> None: ...


def taken(top: Path) -> Inventory:
    return take(TakeOptions(around(top)), Quiet())


def paths(install: Install) -> list[str]:
    return [path for path in (install.path, install.hashed, *install.commands, *install.also) if path]


def made(top: Path, path: str, **more: object) -> Install:
    plain = Install(
        product="claude-code",
        vendor="anthropic",
        name=CLAUDE,
        version="2.1.91",
        manager=Manager.NPM_PROJECT,
        scope=Scope.USER,
        user="att",
        path=str(top / path),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def gate(top: Path, install: Install) -> Install | NotExamined:
    (found,) = contained([install], around(top))
    return found


def test_what_is_a_homes_own_stays_as_it_is(tmp_path: Path) -> None:
    folder = package(tmp_path / "home/att/p/node_modules" / CLAUDE, CLAUDE)
    command = link(tmp_path / "home/att/p/node_modules/.bin/claude", f"../{CLAUDE}/cli.js")
    install = made(tmp_path, str(folder), commands=(str(command),), also=(str(tmp_path / "home/att/store"),))
    assert gate(tmp_path, install) == install


def test_a_home_may_lie_elsewhere_as_a_whole(tmp_path: Path) -> None:
    around(tmp_path)
    (tmp_path / "home/att").rmdir()
    (tmp_path / "disk/att/p").mkdir(parents=True)
    link(tmp_path / "home/att", str(tmp_path / "disk/att"))
    install = made(tmp_path, "home/att/p", also=(str(tmp_path / "home/att/x"),))
    assert gate(tmp_path, install) == install


@pytest.mark.parametrize(
    ("place", "target"),
    [
        *((place, target) for target in ("home/vic/docs", "usr/lib/x", "usr/bin", "opt") for place in ("p", "p/inner")),
        ("p", "usr"),
        ("p", "home"),
        ("p", "."),
    ],
)
def test_a_place_behind_a_link_is_told_and_is_no_install(tmp_path: Path, place: str, target: str) -> None:
    around(tmp_path)
    (tmp_path / target / "inner").mkdir(parents=True, exist_ok=True)
    link(tmp_path / "home/att/p", str(tmp_path / target))
    found = gate(tmp_path, made(tmp_path, f"home/att/{place}"))
    assert isinstance(found, NotExamined)
    assert found.what == str(tmp_path / "home/att" / place)
    assert os.path.realpath(found.what) in found.why
    assert "claude-code 2.1.91" in found.why


def test_a_folder_of_ones_own_on_another_disk_is_ones_own(tmp_path: Path) -> None:
    around(tmp_path)
    (tmp_path / "disk/nvm/lib/x").mkdir(parents=True)
    link(tmp_path / "home/att/.nvm", str(tmp_path / "disk/nvm"))
    install = made(tmp_path, "home/att/.nvm/lib/x", also=(str(tmp_path / "home/att/.nvm/lib"),))
    assert gate(tmp_path, install) == install


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_folder_of_somebodys_on_another_disk_is_not(tmp_path: Path) -> None:
    around(tmp_path)
    (tmp_path / "disk/nvm/x").mkdir(parents=True)
    os.chown(tmp_path / "disk/nvm/x", 12345, 12345)
    link(tmp_path / "home/att/.nvm", str(tmp_path / "disk/nvm"))
    assert isinstance(gate(tmp_path, made(tmp_path, "home/att/.nvm/x")), NotExamined)


def test_commands_and_belongings_that_lead_elsewhere_are_told_in_the_note(tmp_path: Path) -> None:
    own = made(tmp_path, "home/att/p")
    around(tmp_path)
    write(tmp_path / "home/att/p/cli.js")
    foreign = write(tmp_path / "home/vic/bin/deploy")
    link(tmp_path / "home/att/p/bin", str(foreign.parent))
    kept = link(tmp_path / "usr/bin/claude", str(tmp_path / "home/att/p/cli.js"))
    bad = [tmp_path / "home/att/p/bin/deploy", tmp_path / "usr/bin/bash", tmp_path / "home/att/../vic/x", foreign]
    install = replace(
        own, commands=(str(kept), *map(str, bad[:2])), also=tuple(map(str, bad[2:])), wanted_by=(str(bad[0]),)
    )
    found = gate(tmp_path, install)
    assert isinstance(found, Install)
    assert (found.commands, found.also, found.wanted_by) == ((str(kept),), (), ())
    assert found.note == (
        f"Not counted as its own, since it lies or leads elsewhere: {', '.join(map(str, sorted(map(str, bad))[:3]))}"
        " and 1 more."
    )
    assert gate(tmp_path, found) == found


def test_an_install_of_the_system_keeps_what_starts_it_from_homes(tmp_path: Path) -> None:
    around(tmp_path)
    write(tmp_path / "opt/claude/cli.js")
    good = [
        link(tmp_path / "usr/bin/claude", "../../opt/claude/cli.js"),
        link(tmp_path / "home/att/bin/claude", str(tmp_path / "opt/claude/cli.js")),
        write(tmp_path / "home/vic/bin/cc", "#!/bin/sh\n"),
    ]
    link(tmp_path / "home/att/theirs", str(tmp_path / "home/vic/bin"))
    bad = tmp_path / "home/att/theirs/cc"
    install = made(tmp_path, "opt/claude", user="", commands=tuple(map(str, (*good, bad))))
    found = gate(tmp_path, install)
    assert isinstance(found, Install)
    assert found.commands == tuple(map(str, good))


def test_a_link_in_the_temporary_folder_leads_to_nothing(tmp_path: Path) -> None:
    """Everybody may make `bunx-...` there, with links to whatever they like."""
    around(tmp_path)
    theirs = tmp_path / "home/vic/proj/node_modules/.pnpm/react@1/node_modules/react"
    package(theirs, "react")
    package(tmp_path / "usr/lib/node_modules/npm", "npm", bin={"npm": "cli.js"})
    link(tmp_path / "usr/bin/npm", "../lib/node_modules/npm/cli.js")
    link(tmp_path / "tmp/bunx-1-x/node_modules/opencode-ai", str(theirs))
    link(tmp_path / "tmp/bunx-1-x/node_modules/cline", str(tmp_path / "usr/lib/node_modules/npm"))
    package(tmp_path / "tmp/bunx-1-x/node_modules/@openai/codex", "@openai/codex")
    inventory = taken(tmp_path)
    assert [each.product for each in inventory.installs] == ["codex"]
    told = {each.what: each.why for each in inventory.not_examined}
    assert str(theirs) in told[str(tmp_path / "tmp/bunx-1-x/node_modules/opencode-ai")]


def test_a_link_to_a_package_of_the_systems_takes_none_of_its_commands(tmp_path: Path) -> None:
    around(tmp_path)
    package(tmp_path / "usr/lib/node_modules/npm", "npm", bin={"npm": "cli.js"})
    link(tmp_path / "usr/bin/npm", "../lib/node_modules/npm/cli.js")
    named = link(project(tmp_path / "home/att/p") / "node_modules" / CLAUDE, str(tmp_path / "usr/lib/node_modules/npm"))
    inventory = taken(tmp_path)
    assert inventory.installs == ()
    assert str(named) in {each.what for each in inventory.not_examined}


def test_a_link_to_ones_own_package_of_another_name_gives_nothing_but_the_link(tmp_path: Path) -> None:
    around(tmp_path)
    tool = package(tmp_path / "home/att/.npm-global/lib/node_modules/tool", "tool", bin={"tool": "cli.js"})
    link(tmp_path / "home/att/.npm-global/bin/tool", "../lib/node_modules/tool/cli.js")
    link(tmp_path / "home/att/bin/mine", str(tool / "cli.js"))
    named = link(project(tmp_path / "home/att/p") / "node_modules" / CLAUDE, str(tool))
    (found,) = taken(tmp_path).installs
    assert (found.path, found.commands, found.also, found.hashed) == (str(named), (), (), "")
    assert found.note == "Its package.json calls it 'tool': it may be something else."


def test_a_link_to_a_folder_of_programs_starts_nothing(tmp_path: Path) -> None:
    around(tmp_path)
    write(tmp_path / "home/att/tools/deploy", "#!/bin/sh\n").chmod(0o755)
    link(tmp_path / "home/att/bin/deploy", str(tmp_path / "home/att/tools/deploy"))
    link(project(tmp_path / "home/att/p") / "node_modules" / CLAUDE, str(tmp_path / "home/att/tools"))
    (found,) = taken(tmp_path).installs
    assert found.commands == ()


def test_a_link_into_another_home_does_not_make_the_package_ones_own(tmp_path: Path) -> None:
    """One real place is one install, where it lies."""
    around(tmp_path)
    kept = package(project(tmp_path / "home/vic/p") / "node_modules" / CLAUDE, CLAUDE, "2.1.91")
    named = link(project(tmp_path / "home/att/p") / "node_modules" / CLAUDE, str(kept))
    inventory = taken(tmp_path)
    (found,) = inventory.installs
    assert (found.path, found.user, found.also) == (str(kept), "vic", ())
    assert found.wanted_by == (str(tmp_path / "home/vic/p/package.json"),)
    assert (str(named), f"it is a link to {kept}, which is found there") in {
        (each.what, each.why) for each in inventory.not_examined
    }


def test_a_link_to_a_package_of_the_system_goes_with_it(tmp_path: Path) -> None:
    around(tmp_path)
    kept = package(tmp_path / "usr/lib/node_modules" / CLAUDE, CLAUDE, "2.1.91")
    named = link(project(tmp_path / "home/att/p") / "node_modules" / CLAUDE, str(kept))
    (found,) = taken(tmp_path).installs
    assert (found.path, found.user, found.also) == (str(kept), "", (str(named),))


@pytest.mark.parametrize(
    "top", ["work/global/v2/app", "x/bunx-1-foo", ".npm/_npx/b1", ".cache/pnpm/dlx/a/b", ".local/share/pnpm/dlx/a/b"]
)
@pytest.mark.parametrize("extra", ["src/index.js", "README.md", ".git/HEAD", ""])
def test_a_project_at_a_place_like_a_managers_is_not_taken_away_whole(tmp_path: Path, top: str, extra: str) -> None:
    around(tmp_path)
    folder = project(tmp_path / "home/att" / top, **{"opencode-ai": "1.0.0"})
    package(folder / "node_modules/opencode-ai", "opencode-ai")
    if extra:
        write(folder / extra)
    found = [each for each in taken(tmp_path).installs if each.product == "opencode"]
    assert all(str(folder) not in each.also or not extra for each in found)
    assert all(str(folder / "package.json") in each.wanted_by for each in found if extra)
    assert found or "/.cache/" in str(folder) or "/.npm/" in str(folder)


def test_a_run_that_is_a_link_to_a_project_is_not_taken_away(tmp_path: Path) -> None:
    around(tmp_path)
    theirs = project(tmp_path / "home/vic/proj", **{"opencode-ai": "1.0.0"})
    package(theirs / "node_modules/opencode-ai", "opencode-ai")
    link(tmp_path / "home/att/.cache/pnpm/dlx/run", str(tmp_path / "home/vic"))
    for each in taken(tmp_path).installs:
        assert (each.user, str(theirs) in each.also) == ("vic", False)


def image(tmp_path: Path) -> Path:
    root = tmp_path / "image"
    write(root / "etc/passwd", "dev:x:1000:1000::/home/dev:/bin/sh\nlnk:x:1001:1001::/home/lnk:/bin/sh\n")
    (root / "home/dev").mkdir(parents=True)
    (tmp_path / "host").mkdir()
    link(root / "home/lnk", str(tmp_path / "host"))
    return root


def test_a_home_that_leads_out_of_an_image_means_a_place_in_it(tmp_path: Path) -> None:
    """An image's absolute links are about the image; nothing of the host's is looked at by them."""
    root = image(tmp_path)
    package(tmp_path / "host/lib/node_modules" / CLAUDE, CLAUDE)
    where = surroundings.of_this_machine(root=str(root))
    assert [(home.user, home.path) for home in where.homes] == [
        ("dev", f"{root}/home/dev"),
        ("lnk", f"{root}{tmp_path}/host"),
    ]
    inventory = take(TakeOptions(where), Quiet())
    assert inventory.installs == ()
    assert NotExamined(f"{root}{tmp_path}/host", "is not there") in inventory.not_examined


def test_a_home_that_is_all_of_an_image_is_none_and_is_told(tmp_path: Path) -> None:
    root = image(tmp_path)
    (root / "home/lnk").unlink()
    link(root / "home/lnk", "/")
    where = surroundings.of_this_machine(root=str(root))
    assert [home.user for home in where.homes] == ["dev"]
    assert NotExamined("home of lnk", f"it is all of {root}") in surroundings.others(where)
    with pytest.raises(UsageError, match="leads to all of --root"):
        surroundings.of_this_machine([root / "home/lnk"], root=str(root))


def test_a_home_that_is_named_and_leads_out_of_an_image_is_no_folder(tmp_path: Path) -> None:
    root = image(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        surroundings.of_this_machine([root / "home/lnk"], root=str(root))
    assert surroundings.of_this_machine([root / "home/dev"], root=str(root)).homes


def test_what_leads_out_of_an_image_is_no_install(tmp_path: Path) -> None:
    root = image(tmp_path)
    package(tmp_path / "host/lib/node_modules" / CLAUDE, CLAUDE)
    link(root / "opt", str(tmp_path / "host"))
    link(root / "home/dev/p/node_modules" / CLAUDE, str(tmp_path / "host/lib/node_modules" / CLAUDE))
    inventory = take(TakeOptions(surroundings.of_this_machine(root=str(root))), Quiet())
    assert inventory.installs == ()


def staged(top: Path) -> list[str]:
    """Installs in both homes and the system; return the folders in which links may be planted."""
    around(top)
    for home in ("home/att", "home/vic"):
        folder = project(top / home / "p", lock="pnpm-lock.yaml", **{CLAUDE: "2.1.91"})
        package(folder / f"node_modules/.pnpm/c@2/node_modules/{CLAUDE}", CLAUDE, bin={"claude": "cli.js"})
        link(folder / "node_modules" / CLAUDE, f"../.pnpm/c@2/node_modules/{CLAUDE}")
        package(top / home / ".npm-global/lib/node_modules/cline", "cline", bin={"cline": "cli.js"})
        link(top / home / ".npm-global/bin/cline", "../lib/node_modules/cline/cli.js")
        write(top / home / ".local/share/claude/versions/2.1.91", "\x7fELF")
        link(top / home / ".local/bin/claude", str(top / home / ".local/share/claude/versions/2.1.91"))
        _environment(top / home / ".local/share/pipx/venvs/aider-chat")
    package(top / "usr/lib/node_modules/@openai/codex", "@openai/codex", bin={"codex": "cli.js"})
    link(top / "usr/bin/codex", "../lib/node_modules/@openai/codex/cli.js")
    return sorted(_folders(top))


def _environment(prefix: Path) -> None:
    site = prefix / "lib/python3.12/site-packages"
    write(site / "aider_chat-0.86.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: aider-chat\nVersion: 0.86.2\n")
    write(site / "aider_chat-0.86.2.dist-info/RECORD", "aider/x.py,,\n../../../bin/aider,,\n../../../bin/claude,,\n")
    write(site / "aider/x.py")
    for name in ("aider", "claude"):
        write(prefix / "bin" / name, f"#!{prefix}/bin/python\n").chmod(0o755)
    write(prefix / "pyvenv.cfg")


def _folders(top: Path) -> Iterator[str]:
    for folder, names, files in os.walk(top):
        yield from (os.path.relpath(f"{folder}/{name}", top) for name in (*names, *files))


NEW = ("{0}/.claude", "{0}/.config", "{0}/.cache/pnpm/dlx/run", "{0}/bin", "{0}/q/node_modules/cline")
LAID = ("att", "vic")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_path_of_a_home_leads_out_of_it(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as folder:
        top = Path(folder)
        places = staged(top)
        fresh = [form.format(f"home/{user}") for form in NEW for user in LAID]
        mine = [place for place in (*places, *fresh) if place.startswith("home/") and place.count("/") > 1]
        for _ in range(data.draw(st.integers(1, 4), label="links")):
            place, target = data.draw(st.sampled_from(mine), label="at"), data.draw(st.sampled_from(places), label="to")
            _plant(top, place, target)
        inventory = taken(top)
        for install in inventory.installs:
            home = next((each for each in around(top).homes if install.path.startswith(each.path + "/")), None)
            grounds = [os.path.realpath(home.path)] if home else [os.path.realpath(top / folder) for folder in SYSTEM]
            for path in paths(install):
                leads, lies = os.path.realpath(path), os.path.realpath(Path(path).parent)
                assert any(leads.startswith(ground + "/") for ground in grounds), (install, path)
                whose = next((each for each in around(top).homes if path.startswith(each.path + "/")), None)
                assert whose is None or f"{lies}/".startswith(os.path.realpath(whose.path) + "/"), (install, path)
                assert not home or whose in (home, None), (install, path)


def _plant(top: Path, place: str, target: str) -> None:
    """Put a link into a home, in place of what was there."""
    path = top / place
    with suppress(OSError):  # links in circles
        if os.path.realpath(path.parent).startswith(str(top / "home" / place.split("/")[1])):
            path.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(path):
                path.rename(f"{path}.was")
            path.symlink_to(top / target)
