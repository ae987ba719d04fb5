"""Metadata that is old, broken, doubled or hostile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.readers_py.building import Machine, package, site_of
from wiretell.fleet.readers._python import dist_info
from wiretell.fleet.readers._python.belongings import inside, own_paths
from wiretell.fleet.readers._python.environments import Environment
from wiretell.model.fleet import Manager


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("text", ["", "\x00\xff", "Version\n", "Name: aider-chat\nVersion: \x1b[31m\n", "Name: y\n"])
def test_a_broken_version_is_that_of_the_folders_name(machine: Machine, text: str) -> None:
    info = package(machine.venv("v"))
    (info / "METADATA").write_text(text)
    install = machine.one()
    assert (install.name, install.version) == ("aider-chat", "0.86.2")
    assert "METADATA is missing or broken" in install.note


def test_metadata_that_is_gone_or_a_folder_or_too_large(machine: Machine) -> None:
    info = package(machine.venv("v"))
    (info / "METADATA").unlink()
    (info / "METADATA").mkdir()
    with (info / "entry_points.txt").open("wb") as file:
        file.truncate(1 << 21)
    assert machine.one().version == "0.86.2"
    assert machine.not_examined() == {
        str(info / "METADATA"): "it is no regular file",
        str(info / "entry_points.txt"): "it is larger than 1,048,576 bytes",
    }


def test_a_pipe_does_not_make_the_reader_wait(machine: Machine) -> None:
    info = package(machine.venv("v"))
    (info / "RECORD").unlink()
    os.mkfifo(info / "RECORD")
    assert "It has no RECORD" in machine.one().note
    assert machine.not_examined() == {str(info / "RECORD"): "it is no regular file"}


def test_without_a_record_the_metadata_is_hashed_and_nothing_else_is_its_own(machine: Machine) -> None:
    prefix = machine.venv("v")
    info = package(prefix)
    (info / "RECORD").unlink()
    install = machine.one()
    assert (install.hashed, install.also) == (str(info / "METADATA"), ())
    assert install.commands == (str(prefix / "bin/aider"),)  # the entry point, which starts its module


def test_an_empty_folder_is_an_install_that_cannot_be_hashed(machine: Machine) -> None:
    info = site_of(machine.venv("v")) / "aider_chat-0.86.2.dist-info"
    info.mkdir()
    install = machine.one()
    assert (install.version, install.hashed) == ("0.86.2", "")
    assert machine.not_examined() == {str(info): "neither metadata nor a list of files is there to be hashed"}


def test_half_an_upgrade_is_two_versions(machine: Machine) -> None:
    prefix = machine.uv_tool()
    old, new = package(prefix, version="0.9.1"), package(prefix, version="0.86.2")
    first, second = sorted(machine.installs(), key=lambda each: each.path)
    assert (first.path, first.version) == (str(prefix), "0.86.2")
    assert (second.path, second.version) == (str(old), "0.9.1")
    assert new.is_dir()
    assert all("two versions" in each.note for each in (first, second))


def test_an_editable_install_names_its_source_and_leaves_it_alone(machine: Machine) -> None:
    source = machine.home / "src/aider"
    (source / "aider_chat.egg-info").mkdir(parents=True)
    info = package(machine.venv("v"), extra=["__editable__.aider_chat-0.86.2.pth,,"])
    pth = info.parent / "__editable__.aider_chat-0.86.2.pth"
    pth.write_text(str(source))
    (info / "direct_url.json").write_text(json.dumps({"url": source.as_uri(), "dir_info": {"editable": True}}))
    install = machine.one()
    assert install.note == f"Editable: it runs from {source}."
    assert str(pth) in install.also
    assert not any(path.startswith(str(source)) for path in (*install.also, *install.commands))
    assert machine.not_examined() == {}


def test_a_source_that_no_environment_runs_is_told(machine: Machine) -> None:
    egg = machine.home / "src/aider/aider_chat.egg-info"
    egg.mkdir(parents=True)
    (egg / "PKG-INFO").write_text("Name: aider-chat\nVersion: 0.86.3.dev1\n")
    assert machine.installs() == []
    assert machine.not_examined() == {
        str(egg): "aider-chat 0.86.3.dev1: source of a package, which no environment found here runs."
    }


def test_where_it_came_from_is_told_without_credentials(machine: Machine) -> None:
    info = package(machine.venv("v"))
    vcs = {"vcs": "git", "commit_id": "ab12"}
    told = {"url": "https://dev:hunter2@git.corp/x/aider.git?token=hunter2", "vcs_info": vcs}
    (info / "direct_url.json").write_text(json.dumps(told))
    assert machine.one().note == "Installed from git at git.corp/x/aider.git, commit ab12."


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"url": 1}', '{"url": "http://[x"}', '{"url":"a","vcs_info":7}', "[" * 9999]
)
def test_a_broken_direct_url_is_noted(machine: Machine, text: str) -> None:
    info = package(machine.venv("v"))
    (info / "direct_url.json").write_text(text)
    assert machine.one().note == "Its direct_url.json is broken: where it came from is not known."


def test_an_egg_info_of_an_old_installer(machine: Machine) -> None:
    prefix = machine.venv("v")
    egg = site_of(prefix) / "aider_chat-0.86.2-py3.12.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Name: aider-chat\nVersion: 0.86.2\n")
    (site_of(prefix) / "aider").mkdir()
    (site_of(prefix) / "aider" / "main.py").write_text("")
    (egg / "installed-files.txt").write_text("../aider/main.py\n../../../../../../.bashrc\nPKG-INFO\n")
    install = machine.one()
    assert (install.version, install.hashed) == ("0.86.2", str(egg / "installed-files.txt"))
    assert install.also == (str(site_of(prefix) / "aider"),)


def test_an_egg_info_that_is_one_file(machine: Machine) -> None:
    egg = site_of(machine.venv("v")) / "aider_chat-0.86.2-py3.12.egg-info"
    egg.write_text("Name: aider-chat\nVersion: 0.86.2\n")
    install = machine.one()
    assert (install.version, install.hashed, install.path) == ("0.86.2", str(egg), str(egg))


def test_a_hostile_record_leads_nowhere(machine: Machine) -> None:
    (machine.home / "private").mkdir()
    (machine.home / "private" / "diary.txt").write_text("mine")
    prefix = machine.venv("v")
    (prefix / "share").symlink_to(machine.home / "private")
    package(
        prefix,
        extra=[
            "../../../../private/diary.txt,,",
            "/etc/passwd,,",
            "../../../share/diary.txt,,",
            "../../../bin/python,,",
            "../../../bin/activate,,",
            "../../../bin/pip3.12,,",
            '"aider/../../../../../private/diary.txt",,',
            "../../../pyvenv.cfg/x,,",
            "nul\0l,,",
            ",,",
        ],
    )
    (prefix / "bin" / "activate").write_text("#!/bin/sh")
    (prefix / "bin" / "pip3.12").write_text("#!/bin/sh")
    install = machine.one()
    assert install.also == (str(site_of(prefix) / "aider"),)
    assert install.commands == (str(prefix / "bin/aider"),)


def test_a_folder_that_others_share_is_not_its_own(machine: Machine) -> None:
    prefix = machine.venv("v")
    site = site_of(prefix)
    for path in ("numpy/core/a.py", "numpy/__init__.py", "google/ai/x.py", "google/other/y.py"):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text("")
    package(prefix, extra=["numpy/__init__.py,,", "google/ai/x.py,,"])
    assert machine.one().also == tuple(str(site / each) for each in ("aider", "google/ai", "numpy/__init__.py"))


def test_a_linked_folder_is_not_followed(machine: Machine) -> None:
    mine = machine.home / "mine"
    mine.mkdir()
    (mine / "a.py").write_text("")
    prefix = machine.venv("v")
    package(prefix, extra=["linked/a.py,,"])
    (site_of(prefix) / "linked").symlink_to(mine)
    assert machine.one().also == (str(site_of(prefix) / "aider"),)


def test_an_entry_point_cannot_name_somebody_elses_program(machine: Machine) -> None:
    prefix = machine.venv("v")
    info = package(prefix)
    other = prefix / "bin" / "black"
    other.write_text(f"#!{prefix}/bin/python\nfrom black import main\n")
    (info / "entry_points.txt").write_text(
        "[console_scripts]\naider = aider.main:main\nblack = aider.main:main\n../../x = a:b\npython = a:b\n"
    )
    assert machine.one().commands == (str(prefix / "bin/aider"),)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"main_package": 7}', "[" * 99999])
def test_pipxs_own_file_may_be_broken(machine: Machine, text: str) -> None:
    prefix = machine.pipx(text=text)
    package(prefix)
    assert (machine.one().manager, machine.one().path) == (Manager.PIPX, str(prefix))
    assert machine.not_examined() == {str(prefix / "pipx_metadata.json"): "it is not what pipx writes"}


@pytest.mark.parametrize("text", ["x", "[tool]\nrequirements = 7", "tool = 1", "a." * 9999 + "b = 1"])
def test_uvs_own_file_may_be_broken(machine: Machine, text: str) -> None:
    prefix = machine.uv_tool(text=text)
    package(prefix)
    assert (machine.one().manager, machine.one().path) == (Manager.UV_TOOL, str(prefix))
    assert machine.not_examined() == {str(prefix / "uv-receipt.toml"): "it is not what uv writes"}


def test_names_that_are_no_utf8_and_have_line_breaks(machine: Machine) -> None:
    package(machine.venv(os.fsdecode(b"a\xff\n\x1b[2J/v")))
    install = machine.one()
    assert install.version == "0.86.2"
    assert "\udcff\n" in install.path


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("aider_chat-0.86.2.dist-info", ("aider", "0.86.2")),
        ("Aider.Chat-0.86.2.dist-info", ("aider", "0.86.2")),
        ("mini-swe-agent-2.4.6.dist-info", ("mini-swe-agent", "2.4.6")),
        ("mini_swe_agent-2.4.6-py3.12.egg-info", ("mini-swe-agent", "2.4.6")),
        ("aider_chat.egg-info", ("aider", "")),
        ("aider_chat_plugin-1.dist-info", None),
        ("-.dist-info", None),
        (".egg-info", None),
    ],
)
def test_what_a_folders_name_tells(name: str, told: tuple[str, str] | None) -> None:
    found = dist_info.known(f"/x/{name}")
    assert (found and (found[0].name, found[1])) == told


@settings(deadline=None)
@given(st.text(), st.text())
def test_whatever_stands_there_is_read_without_an_error(one: str, two: str) -> None:
    dist_info.headers(one)
    assert "" not in dist_info.record(one + "\n" + two)
    list(dist_info.scripts("[console_scripts]\n" + one + "=" + two))


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(["..", "a", "b", "lib", "/", "", ".", "etc"]), max_size=8), max_size=8))
def test_no_list_leads_out_of_its_environment(
    tmp_path_factory: pytest.TempPathFactory, listed: list[list[str]]
) -> None:
    prefix = tmp_path_factory.getbasetemp() / "hostile"
    site = prefix / "lib/python3.12/site-packages"
    (site / "a" / "b").mkdir(parents=True, exist_ok=True)
    (site / "a" / "b" / "etc").touch()
    environment = Environment(Manager.VENV, str(prefix), str(site), "")
    for path in own_paths(inside(map("/".join, listed), environment), environment, str(site / "x.dist-info")):
        assert path.startswith(f"{prefix}/")
        assert path not in (str(site), str(prefix / "lib"), str(prefix / "lib/python3.12"))
