"""Whose an install is, by where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.readers_py.building import READERS, Machine, package, site_of
from wiretell.fleet.readers.pip import Pip
from wiretell.fleet.walk.interface import Hit, Walked
from wiretell.model.fleet import Install, Manager, Scope


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_uv_tool_is_its_environment_and_the_links_into_it(machine: Machine) -> None:
    prefix = machine.uv_tool()
    info = package(prefix)
    assert machine.seen() == [
        Install(
            product="aider",
            vendor="aider",
            name="aider-chat",
            version="0.86.2",
            manager=Manager.UV_TOOL,
            scope=Scope.USER,
            user="dev",
            path=str(prefix),
            hashed=str(info / "RECORD"),
            commands=(str(machine.home / ".local/bin/aider"),),
        )
    ]


def test_a_pipx_install_has_its_manual_page_too(machine: Machine) -> None:
    prefix = machine.pipx()
    package(prefix, installer="pip")
    page = machine.home / ".local/share/man/man1/aider.1"
    page.parent.mkdir(parents=True)
    page.symlink_to(prefix / "share/man/man1/aider.1")
    install = machine.one()
    assert (install.manager, install.path, install.version) == (Manager.PIPX, str(prefix), "0.86.2")
    assert install.commands == (str(machine.home / ".local/bin/aider"),)
    assert install.also == (str(page),)


def test_a_page_of_the_users_own_under_that_name_is_not_pipxs(machine: Machine) -> None:
    package(machine.pipx())
    page = machine.home / ".local/share/man/man1/aider.1"
    page.parent.mkdir(parents=True)
    page.write_text("notes")
    assert machine.one().also == ()


def test_a_package_injected_into_another_tools_environment_is_not_the_environment(machine: Machine) -> None:
    prefix = machine.pipx("some-notebook", links=())
    info = package(prefix)
    install = machine.one()
    assert install.manager is Manager.PIPX
    assert install.path == str(info)
    assert install.also == (str(site_of(prefix) / "aider"),)
    assert install.commands == (str(prefix / "bin/aider"),)
    assert install.note == "It lies in the environment that pipx made for some-notebook."


def test_links_of_any_name_and_copies_of_a_script_lead_to_a_tool(machine: Machine) -> None:
    prefix = machine.uv_tool(links=())
    package(prefix)
    renamed = machine.link("aider-old", prefix / "bin/aider")
    copy = machine.program("home/dev/bin/aider", f"#!{prefix}/bin/python\nfrom aider.main import main\n")
    machine.program("usr/local/bin/aider", "#!/usr/bin/python3\nfrom aider.main import main\n")
    assert machine.one().commands == (str(renamed), str(copy))


def test_a_receipt_tells_of_links_in_unusual_folders(machine: Machine) -> None:
    prefix = machine.uv_tool(links=())
    package(prefix)
    link = machine.home / "tools" / "aider"
    link.parent.mkdir()
    link.symlink_to(prefix / "bin/aider")
    receipt = (
        '[tool]\nrequirements = [{ name = "Aider.Chat" }]\nentrypoints = [{ name = "aider", install-path = "%s" }]'
    )
    (prefix / "uv-receipt.toml").write_text(receipt % link)
    install = machine.one()
    assert (install.path, install.commands) == (str(prefix), (str(link),))


def test_a_receipt_may_name_a_path_that_leads_elsewhere_which_is_then_not_its_own(machine: Machine) -> None:
    prefix = machine.uv_tool(links=())
    package(prefix)
    passwd = machine.program("etc/passwd", "root:x:0:0")
    receipt = (
        '[tool]\nrequirements = [{ name = "aider-chat" }]\nentrypoints = [{ name = "aider", install-path = "%s" }]'
    )
    (prefix / "uv-receipt.toml").write_text(receipt % passwd)
    assert machine.one().commands == ()


@pytest.mark.parametrize(
    ("variable", "place"), [("UV_TOOL_DIR", "moved/tools"), ("PIPX_HOME", "moved/pipx/venvs"), ("PIPX_HOME", "x/venvs")]
)
def test_folders_that_were_moved_are_those_of_their_tool(machine: Machine, variable: str, place: str) -> None:
    prefix = machine.venv(f"{place}/aider-chat")
    package(prefix)
    machine.environment[variable] = str(machine.home / place.removesuffix("/venvs"))
    install = machine.one()
    assert install.manager is (Manager.UV_TOOL if variable == "UV_TOOL_DIR" else Manager.PIPX)
    assert install.path == str(prefix)


@pytest.mark.parametrize(
    ("place", "manager", "note"),
    [
        (".cache/uv/archive-v0/TDbmt7Lq8WDeGwAY", Manager.UV_TOOL, "Run once with uvx: it lies in uv's cache."),
        (".local/share/pipx/.cache/1f2e", Manager.PIPX, "Run once with `pipx run`: it lies in pipx's cache."),
    ],
)
def test_what_was_run_once_is_still_there(machine: Machine, place: str, manager: Manager, note: str) -> None:
    prefix = machine.venv(place)
    package(prefix)
    install = machine.one()
    assert (install.manager, install.path, install.note) == (manager, str(prefix), note)


def test_what_the_walk_does_not_enter_is_found_all_the_same(machine: Machine) -> None:
    uvx = machine.venv(".cache/uv/archive-v0/TDbmt7Lq8WDeGwAY")
    package(uvx)
    poetry = machine.venv(".cache/pypoetry/virtualenvs/work-aB3-py3.12")
    package(poetry)
    moved = machine.venv("cache/archive-v0/x")
    package(moved)
    machine.environment["UV_CACHE_DIR"] = str(machine.home / "cache")
    nothing = Walked((), 0)
    around = machine.around()
    found = [each for reader in READERS for each in reader.read(nothing, around) if isinstance(each, Install)]
    assert {(each.manager, each.path if each.manager is Manager.UV_TOOL else each.around) for each in found} == {
        (Manager.UV_TOOL, str(uvx)),
        (Manager.UV_TOOL, str(moved)),
        (Manager.VENV, str(poetry)),
    }
    assert len(machine.installs()) == 3


def test_an_unpacked_wheel_in_uvs_cache_is_told_and_no_install(machine: Machine) -> None:
    place = machine.home / ".cache/uv/archive-v0/EShYtjFrqX9tlfYG"
    info = package(place, site=place)
    assert machine.not_examined() == {str(info): "aider-chat 0.86.2: a copy in uv's cache, which no environment runs."}
    assert machine.installs() == []


def test_the_users_own_packages(machine: Machine) -> None:
    prefix = machine.home / ".local"
    info = package(prefix, installer="pip")
    install = machine.one()
    assert (install.manager, install.around, install.scope) == (Manager.PIP_USER, "python3.12", Scope.USER)
    assert install.path == str(info)
    assert install.commands == (str(prefix / "bin/aider"),)
    assert install.also == (str(site_of(prefix) / "aider"),)


@pytest.mark.parametrize(
    ("place", "around"),
    [
        (".pyenv/versions/3.12.1", "pyenv 3.12.1"),
        (".asdf/installs/python/3.12.1", "asdf 3.12.1"),
        (".local/share/mise/installs/python/3.12", "mise 3.12"),
        (".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu", "uv cpython-3.12.1-linux-x86_64-gnu"),
    ],
)
def test_pythons_of_a_manager_in_a_home_say_which(machine: Machine, place: str, around: str) -> None:
    package(machine.home / place)
    install = machine.one()
    assert (install.manager, install.around) == (Manager.PIP_USER, around)


def test_the_systems_packages_and_who_put_them_there(machine: Machine) -> None:
    local = machine.root / "usr/local"
    debian = machine.root / "usr"
    package(local, site=local / "lib/python3.12/dist-packages", installer="pip")
    package(debian, site=debian / "lib/python3/dist-packages", installer="debian")
    here, theirs = sorted(machine.installs(), key=lambda each: each.around, reverse=True)
    assert (here.manager, here.around, here.scope, here.user) == (Manager.PIP_SYSTEM, str(local), Scope.SYSTEM, "")
    assert (theirs.around, theirs.note) == (str(debian), "Debian's package manager put it there.")


def test_conda_environments_and_pep_582_are_environments(machine: Machine) -> None:
    conda = machine.home / "miniconda3/envs/llm"
    package(conda, installer="conda")
    (conda / "conda-meta").mkdir()
    record = conda / "conda-meta/aider-chat-0.86.2-pyhd8ed1ab_0.json"
    for path in (record, conda / "conda-meta/aider-chat-extra-0.86.2-py_0.json", conda / "conda-meta/history"):
        path.write_text("{}")
    pdm = machine.home / "work/__pypackages__/3.12"
    package(pdm, site=pdm / "lib")
    places = {install.around: install.manager for install in machine.installs()}
    assert places == {str(conda): Manager.VENV, str(pdm): Manager.VENV}
    (own,) = [install for install in machine.installs() if install.around == str(conda)]
    assert own.also == (str(site_of(conda) / "aider"), str(record))
    assert own.note == "conda put it there."


def test_a_folder_made_with_target_is_said_to_be_one(machine: Machine) -> None:
    folder = machine.home / "function"
    package(folder, site=folder)
    install = machine.one()
    assert (install.manager, install.around) == (Manager.PIP_USER, str(folder))
    assert "PYTHONPATH" in install.note
    assert install.also == (str(folder / "aider"),)


def test_one_environment_under_two_names_is_one(machine: Machine) -> None:
    prefix = machine.venv("work/.venv")
    package(prefix)
    (prefix / "lib64").symlink_to("lib")
    hits = machine.walked().hits
    twin = hits[0].path.replace("/lib/", "/lib64/")
    both = Walked((hits[0], Hit(hits[0].mark, twin, hits[0].home)), 2)
    assert len(list(Pip().read(both, machine.around()))) == 1
