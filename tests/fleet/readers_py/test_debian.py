"""What dpkg knows: names in the catalogue, states, versions, and programs that a package of another name owns."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.readers_py.building import Machine, package
from wiretell.fleet.readers.debian import Debian, Package, fields, owners_of, paragraphs
from wiretell.model.fleet import Examined, Install, Manager, NotExamined, Recognised, Scope

OTHER = (
    "Package: coreutils\nStatus: install ok installed\nVersion: 9.1-1\nArchitecture: amd64\nDescription: a\n b\n .\n"
)


def claude(status: str = "install ok installed", version: str = "2.1.91") -> str:
    return f"Package: claude-code\nStatus: {status}\nArchitecture: amd64\nVersion: {version}\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_package_of_the_catalogue(machine: Machine) -> None:
    program = machine.program("usr/bin/claude")
    machine.debian(OTHER, claude(), lists={"claude-code": ["/.", "/usr", "/usr/bin", "/usr/bin/claude"]})
    assert machine.seen() == [
        Install(
            product="claude-code",
            vendor="anthropic",
            name="claude-code",
            version="2.1.91",
            manager=Manager.DEBIAN,
            scope=Scope.SYSTEM,
            user="",
            path=str(program),
            hashed=str(program),
        ),
        Examined("Debian's packages", 2),
    ]


@pytest.mark.parametrize(
    ("status", "note"),
    [
        ("install ok half-configured", "It is not wholly installed: dpkg has it as 'half-configured'."),
        ("install reinstreq half-installed", "It is not wholly installed: dpkg has it as 'half-installed'."),
        ("install ok unpacked", "It is not wholly installed: dpkg has it as 'unpacked'."),
        ("hold ok installed", ""),
        ("install ok triggers-pending", ""),
        ("", "It is not wholly installed: dpkg has it as ''."),
    ],
)
def test_states_in_which_it_is_there(machine: Machine, status: str, note: str) -> None:
    machine.debian(claude(status), lists={"claude-code": ["/usr/bin/claude"]})
    assert machine.one().note == note


@pytest.mark.parametrize("status", ["deinstall ok config-files", "purge ok not-installed"])
def test_states_in_which_it_is_gone(machine: Machine, status: str) -> None:
    machine.debian(claude(status))
    assert machine.installs() == []


@pytest.mark.parametrize(
    ("version", "upstream"),
    [
        ("2.1.91", "2.1.91"),
        ("1:2.1.91-1~bookworm1", "2.1.91"),
        ("2.1.91-rc1-2", "2.1.91-rc1"),
        ("", ""),
        ("\x1b[1m", ""),
    ],
)
def test_a_version_is_the_upstreams_and_debians_is_noted(machine: Machine, version: str, upstream: str) -> None:
    machine.debian(claude(version=version), lists={"claude-code": ["/usr/bin/claude"]})
    install = machine.one()
    assert install.version == upstream
    known = version if version.isprintable() else ""
    assert install.note == ("" if known == upstream else f"Debian's version of it is {known}.")


def test_a_link_that_its_own_script_made_and_the_program_behind_it(machine: Machine) -> None:
    program = machine.program("usr/lib/claude-code/bin/claude")
    (machine.root / "usr/bin").mkdir()
    link = machine.root / "usr/bin/claude"
    link.symlink_to(program)
    machine.debian(claude(), lists={"claude-code:amd64": ["/usr/lib/claude-code/bin/claude"]})
    install = machine.one()
    assert (install.path, install.also) == (str(link), (str(program),))


def test_somebody_elses_link_of_that_name_is_not_the_packages(machine: Machine) -> None:
    mine = machine.program("opt/mine/claude")
    (machine.root / "usr/bin").mkdir(parents=True)
    (machine.root / "usr/bin/claude").symlink_to(mine)
    machine.debian(claude(), lists={"claude-code": ["/usr/share/doc/claude-code/copyright"]})
    install = machine.one()
    assert install.path == str(machine.root / "var/lib/dpkg/info/claude-code.list")


def test_a_package_without_a_list_of_files_says_so(machine: Machine) -> None:
    machine.debian(claude())
    path = str(machine.root / "var/lib/dpkg/info/claude-code.list")
    assert machine.one().path == path
    assert machine.not_examined() == {path: "dpkg has no list of the files of claude-code"}


def test_a_machine_without_dpkg_and_one_with_a_closed_list(machine: Machine) -> None:
    assert machine.seen() == []
    status = machine.root / "var/lib/dpkg/status"
    status.mkdir(parents=True)
    assert machine.seen() == [NotExamined(str(status), "it is no regular file")]


def binary(path: Path, user: str = "") -> Install:
    return Install(
        product="claude-code",
        vendor="anthropic",
        name=path.name,
        version="2.1.91",
        manager=Manager.BINARY,
        scope=Scope.SYSTEM,
        user=user,
        path=str(path),
        hashed=str(path),
        recognised=Recognised.CONTENT,
    )


def test_a_program_that_a_package_of_another_name_owns_is_the_packages(machine: Machine) -> None:
    program, free = machine.program("usr/bin/claude"), machine.program("usr/local/bin/claude")
    paragraph = "Package: corp-tools\nStatus: install ok installed\nVersion: 7-1\nArchitecture: all\n"
    machine.debian(OTHER, paragraph, lists={"corp-tools": ["/usr/bin/claude"], "coreutils": ["/usr/bin/ls"]})
    owned, other = Debian().adopt([binary(program), binary(free)], machine.around())
    assert (owned.manager, owned.name, owned.version) == (Manager.DEBIAN, "corp-tools", "2.1.91")
    assert (owned.path, owned.recognised) == (str(program), Recognised.CONTENT)
    assert owned.note == "Debian's version of it is 7-1."
    assert other == binary(free)


def test_a_python_package_that_debian_brought_is_debians(machine: Machine) -> None:
    site = machine.root / "usr/lib/python3/dist-packages"
    info = package(machine.root / "usr", site=site, installer="debian")
    package(machine.root / "usr/local", site=machine.root / "usr/local/lib/python3.12/dist-packages", installer="pip")
    owned = str(info / "RECORD").removeprefix(str(machine.root))
    paragraph = "Package: python3-aider\nStatus: install ok installed\nVersion: 0.86.2-1\nArchitecture: all\n"
    machine.debian(OTHER, paragraph, lists={"python3-aider": [owned]})
    theirs, other = Debian().adopt(machine.installs(), machine.around())
    assert (theirs.manager, theirs.name, theirs.version) == (Manager.DEBIAN, "python3-aider", "0.86.2")
    assert other.manager is Manager.PIP_SYSTEM


def test_the_owner_of_a_file_in_a_folder_that_is_a_link(machine: Machine) -> None:
    machine.program("usr/bin/claude")
    (machine.root / "bin").symlink_to("usr/bin")
    path = str(machine.root / "bin/claude")
    machine.debian(claude(), lists={"claude-code": ["/usr/bin/claude"]})
    assert owners_of([path], str(machine.root)) == {path: Package("claude-code", "2.1.91", "installed", "amd64")}
    assert owners_of([], str(machine.root)) == {}


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True)
LINES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@settings(deadline=None)
@given(st.lists(st.dictionaries(NAMES, st.lists(LINES, min_size=1, max_size=3), min_size=1, max_size=5), max_size=4))
def test_what_is_written_is_read_back(written: list[dict[str, list[str]]]) -> None:
    texts = [
        "".join(
            f"{name}: {chr(10).join((first, *(f' {line}' for line in rest)))}\n"
            for name, (first, *rest) in each.items()
        )
        for each in written
    ]
    read = [fields(each) for each in paragraphs("\n".join(texts).encode())]
    expected = []
    for each in written:
        told: dict[str, str] = {}
        for name, (first, *rest) in each.items():
            told.setdefault(name.lower(), "\n".join((first, *(f" {line}" for line in rest))))
        expected.append(told)
    assert read == expected


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_a_control_file_holds_it_is_read(text: bytes) -> None:
    for each in paragraphs(text):
        assert all(name == name.strip().lower() and name for name in fields(each))
