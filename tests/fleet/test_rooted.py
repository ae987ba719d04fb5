"""An image's links mean what they mean in the image, and lead nowhere else; on a machine all is as the system says."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fleet.readers_js.trees import link, package, write
from tests.fleet.test_taking import Silent
from wiretell import fleet
from wiretell.errors import UsageError
from wiretell.fleet import files, rooted, surroundings
from wiretell.fleet.taking import TakeOptions, take
from wiretell.model.fleet import Inventory, NotExamined

CODEX = "@openai/codex"
PASSWD = "root:x:0:0::/root:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/bash\n"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A mounted image, and beside it the host's files of the same names."""
    root = tmp_path / "image"
    write(root / "etc/passwd", PASSWD)
    write(root / "usr/lib/x", "the image's")
    (root / "home/dev").mkdir(parents=True)
    write(tmp_path / "etc/passwd", "the host's")
    write(tmp_path / "host/x", "the host's")
    return root


def led(root: Path, target: str) -> str:
    """Where a link in the image leads, as the image would have it."""
    link(root / "home/dev/l", target)
    with rooted.within(str(root)):
        return rooted.real(str(root / "home/dev/l")).removeprefix(str(root))


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("/usr/lib/x", "/usr/lib/x"),
        ("../../usr/lib/x", "/usr/lib/x"),
        ("../../../../../../../../etc/passwd", "/etc/passwd"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/", ""),
        ("//usr//lib/./x", "/usr/lib/x"),
        ("..", "/home"),
        ("/gone/y", "/gone/y"),
        ("/gone/../../../usr/lib/x", "/usr/lib/x"),
    ],
)
def test_a_link_leads_to_a_place_in_its_image(image: Path, target: str, leads: str) -> None:
    assert led(image, target) == leads


def test_links_lead_through_links(image: Path) -> None:
    link(image / "lib", "/usr/lib")
    link(image / "opt", "/lib/../lib")
    assert led(image, "/opt/x") == "/usr/lib/x"


def test_a_root_that_is_itself_reached_by_a_link_is_the_same_image(image: Path, tmp_path: Path) -> None:
    link(tmp_path / "mnt", "image")
    link(image / "home/dev/l", "/usr/lib/x")
    with rooted.within(f"{tmp_path}/mnt/"):
        assert rooted.real(f"{tmp_path}/mnt/home/dev/l") == f"{image}/usr/lib/x"
        assert rooted.real(f"{image}/home/dev/l") == f"{image}/usr/lib/x"
        assert rooted.real(f"{tmp_path}/mnt/..") == str(image)


def test_a_target_that_is_spelled_as_from_outside_is_meant_so_where_the_image_has_no_such_path(image: Path) -> None:
    assert led(image, f"{image}/usr/lib/x") == "/usr/lib/x"
    (image / "home/dev/l").unlink()
    (image / str(image).lstrip("/")).mkdir(parents=True)
    assert led(image, f"{image}/usr/lib/x") == f"{image}/usr/lib/x"


@pytest.mark.parametrize(("one", "other"), [("/home/dev/b", "/home/dev/a"), ("b", "a"), ("/home/dev/a", "x")])
def test_circles_lead_nowhere_and_end(image: Path, one: str, other: str) -> None:
    a = str(link(image / "home/dev/a", one))
    link(image / "home/dev/b", other)
    with rooted.within(str(image)):
        assert rooted.real(a).startswith(f"{image}/")
        assert files.real(a) == ""
        assert not rooted.exists(a)
        assert rooted.is_link(a)
        assert rooted.lies(a)
        with pytest.raises(OSError, match="symbolic links"):
            rooted.at(a)


def test_what_is_read_is_the_image_s(image: Path, tmp_path: Path) -> None:
    link(image / "home/dev/l", "/host/x")
    link(image / "home/dev/folder", str(tmp_path / "host"))
    with rooted.within(str(image)):
        for path in ("l", "folder/x"):
            name = str(image / "home/dev" / path)
            assert files.read(name, 100) is None
            assert not rooted.is_file(name)
            with pytest.raises(FileNotFoundError):
                rooted.stat(name)
        assert files.listed(str(image / "home/dev/folder")) == []
    assert files.read(str(image / "home/dev/folder/x"), 100) == b"the host's"


def test_a_folder_that_becomes_a_link_while_a_file_is_opened_leads_nowhere(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(image / "usr/lib/x")
    at = rooted.at

    def swapped(name: str) -> str:
        place = at(name)
        (image / "usr/lib").rename(image / "usr/was")
        link(image / "usr/lib", str(tmp_path / "host"))
        return place

    monkeypatch.setattr(rooted, "at", swapped)
    with rooted.within(str(image)), pytest.raises(NotADirectoryError):
        rooted.opened(path, os.O_RDONLY)


def test_names_in_an_image_s_files_are_turned_to_those_from_outside(image: Path) -> None:
    with rooted.within(str(image)):
        assert rooted.outside("/home/dev/x") == f"{image}/home/dev/x"
        assert rooted.outside(f"{image}/home/dev/x") == f"{image}/home/dev/x"
        assert rooted.outside("x") == "x"
        assert rooted.inside(f"{image}/home/dev/x") == "/home/dev/x"
        assert rooted.inside(str(image)) == "/"
        assert rooted.inside("/elsewhere") == "/elsewhere"


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("", ""),
        ("/", ""),
        ("/home/./dev//x/../y/", "/home/dev/y"),
        ("/home/dev/../../../../../host/x", "/host/x"),
        ("//../host", "/host"),
    ],
)
def test_a_path_in_a_text_of_the_image_s_does_not_climb_out_of_it(image: Path, path: str, normal: str) -> None:
    with rooted.within(str(image)):
        assert rooted.normal(f"{image}{path}") == f"{image}{normal}"
        assert rooted.normal(f"{image}x/../y") == f"{image.parent}/y"


def test_a_link_of_the_machine_s_into_the_image_is_named_as_the_image_is(image: Path, tmp_path: Path) -> None:
    link(tmp_path / "root", "image")
    link(tmp_path / "home", "image/home")
    with rooted.within(str(image)):
        for path in ("root/home/dev", "home/dev", "image/home/dev"):
            assert rooted.named(f"{tmp_path}/{path}") == f"{image}/home/dev"
        assert rooted.named(f"{tmp_path}/root") == str(image)
        assert rooted.named(f"{tmp_path}/host") == f"{tmp_path}/host"


def test_what_was_said_of_an_image_ends_with_it(image: Path) -> None:
    """Also after an error; and one image within another is looked at by itself."""
    path = str(link(image / "home/dev/l", "/usr/lib/x"))
    write(image / "home/usr/lib/x", "the inner one's")
    with rooted.within(str(image)):
        with pytest.raises(KeyError), rooted.within(f"{image}/home"):
            assert rooted.real(path) == f"{image}/home/usr/lib/x"
            raise KeyError
        assert rooted.real(path) == f"{image}/usr/lib/x"
        with rooted.within("/"):
            assert rooted.real(path) == os.path.realpath("/usr/lib/x")
    assert rooted.real(path) == os.path.realpath("/usr/lib/x")


def test_what_is_no_regular_file_is_not_even_opened(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open a device can be to start it: a watchdog, a tape."""
    os.mkfifo(image / "home/dev/device")
    link(image / "home/dev/.bashrc", "/home/dev/device")
    monkeypatch.setattr(rooted, "opened", lambda *_: pytest.fail("it was opened"))
    for root in ("/", str(image)):
        with rooted.within(root):
            found = files.regular(str(image / "home/dev" / ("device" if root == "/" else ".bashrc")))
            assert isinstance(found, NotExamined)
            assert found.why == "it is no regular file"


def test_a_machine_is_as_the_system_says(tmp_path: Path) -> None:
    path = link(tmp_path / "l", "/etc/../usr")
    link(tmp_path / "circle", "circle")
    for root in ("/", "//"):
        with rooted.within(root):
            assert rooted.real(str(path)) == os.path.realpath(path)
            assert rooted.real(os.fsencode(path)) == os.path.realpath(os.fsencode(path))
            assert (rooted.at(str(path)), rooted.spot(str(path))) == (str(path), str(path))
            assert rooted.named(str(path)) == str(path)
            assert rooted.outside("/x") == "/x"
            assert not rooted.exists(str(tmp_path / "circle"))


NAMES = st.sampled_from(["a", "b", "..", "/", ".", "/a", "/b", "../..", "/a/b", "b/../a", "x"])


@settings(max_examples=200, deadline=None)
@given(st.lists(NAMES, min_size=2, max_size=2), NAMES, NAMES)
@example(["/b", "/a"], "a", "b")
@example(["/..", "../../../.."], "a", "b")
def test_no_path_leads_out(tmp_path_factory: pytest.TempPathFactory, links: list[str], path: str, more: str) -> None:
    top = tmp_path_factory.mktemp("any")
    root = top / "image"
    (root / "x").mkdir(parents=True)
    for name, target in zip("ab", links, strict=True):
        link(root / name, target)
    with rooted.within(str(root)):
        found = rooted.real(f"{root}/{path}/{more}")
        assert found == str(root) or found.startswith(f"{root}/")
        try:
            place = rooted.at(f"{root}/{path}/{more}")
        except OSError:
            return
        assert place == os.path.realpath(place)
        assert place == str(root) or place.startswith(f"{root}/")


# Inventories of images


def taken(root: Path) -> Inventory:
    return take(TakeOptions(surroundings.of_this_machine(root=str(root))), Silent())


def codex(modules: Path) -> None:
    package(modules / CODEX, CODEX, bin={"codex": "cli.js"})


def test_homes_and_folders_of_the_system_may_be_links(image: Path) -> None:
    (image / "home/dev").rmdir()
    (image / "home").rmdir()
    link(image / "home", "/data/home")
    link(image / "opt", "/data/opt")
    codex(image / "data/home/dev/.npm-global/lib/node_modules")
    link(image / "data/home/dev/.npm-global/bin/codex", f"/home/dev/.npm-global/lib/node_modules/{CODEX}/cli.js")
    codex(image / "data/opt/tools/lib/node_modules")
    inventory = taken(image)
    mine = f"{image}/data/home/dev/.npm-global"
    found = {each.path: each for each in inventory.installs}
    assert set(found) == {f"{mine}/lib/node_modules/{CODEX}", f"{image}/data/opt/tools/lib/node_modules/{CODEX}"}
    assert found[f"{mine}/lib/node_modules/{CODEX}"].commands == (f"{mine}/bin/codex",)
    assert found[f"{mine}/lib/node_modules/{CODEX}"].user == "dev"


def test_a_wrapper_in_an_image_starts_what_it_names_there(image: Path) -> None:
    codex(image / "home/dev/tools/lib/node_modules")
    text = f'#!/bin/sh\nexec node /home/dev/tools/lib/node_modules/{CODEX}/cli.js "$@"\n'
    write(image / "home/dev/bin/cx", text).chmod(0o755)
    (install,) = taken(image).installs
    assert install.commands == (f"{image}/home/dev/bin/cx",)


@pytest.mark.parametrize(
    "spelled", ["image/", "./image", "other/../image", "//image//.", "to/other/../image", "to/image"]
)
def test_an_image_is_the_same_however_it_is_spelled(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: str
) -> None:
    """A `..` in what was asked for made every path in it look like one that leads elsewhere: nothing was found."""
    (tmp_path / "other").mkdir()
    link(tmp_path / "to", ".")
    codex(image / "home/dev/.npm-global/lib/node_modules")
    below = f"home/dev/.npm-global/lib/node_modules/{CODEX}"
    monkeypatch.chdir(tmp_path)
    for root in (spelled.lstrip("/"), f"{tmp_path}/{spelled}"):
        (install,) = taken(Path(root)).installs
        assert os.path.realpath(install.path) == f"{image}/{below}"
    around = surroundings.of_this_machine((Path(f"{spelled.lstrip('/')}/home/dev"),), root=str(image))
    (install,) = take(TakeOptions(around), Silent()).installs
    assert install.path == f"{image}/{below}"


@pytest.mark.parametrize(
    "spelled", ["/home/dev/", "/home//dev", "/home/./dev", "/home/../home/dev", "//home/dev", "/../home/dev"]
)
def test_a_home_is_the_same_however_it_is_spelled(image: Path, spelled: str) -> None:
    write(image / "etc/passwd", f"dev:x:1000:1000::{spelled}:/bin/sh\n")
    codex(image / "home/dev/.npm-global/lib/node_modules")
    inventory = taken(image)
    assert [each.path for each in inventory.installs] == [f"{image}/home/dev/.npm-global/lib/node_modules/{CODEX}"]
    assert not [each for each in inventory.not_examined if "home of no user" in each.why]


def test_the_machine_itself_is_not_taken_for_an_image(image: Path, tmp_path: Path) -> None:
    link(tmp_path / "machine", "/")
    for root in ("/", "//", "/.", "/usr/..", f"{tmp_path}/machine"):
        around = surroundings.of_this_machine((image / "home/dev",), root=root)
        assert (around.root, around.proc) == ("/", "/proc")


def test_what_has_no_path_on_this_machine_is_refused(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/proc/PID/root` of a container reads like a link to `/`: what was found in it was removed from the machine."""
    realpath = os.path.realpath
    magic = str(tmp_path / "proc/7/root")
    link(Path(magic), str(image))
    monkeypatch.setattr(os.path, "realpath", lambda path, **how: realpath(str(path).replace(magic, "/", 1), **how))
    for homes, root in (((), magic), ((Path(magic, "home/dev"),), "/"), ((Path(magic, "home/dev"),), str(image))):
        with pytest.raises(UsageError, match="another mount namespace"):
            surroundings.of_this_machine(homes, root)


def test_a_script_that_starts_what_was_found_in_the_image_is_told_as_such(image: Path) -> None:
    codex(image / "home/dev/.npm-global/lib/node_modules")
    text = f"#!/bin/sh\ntrue;/home/dev/.npm-global/lib/node_modules/{CODEX}\n"
    script = write(image / "home/dev/tools/codex", text)
    script.chmod(0o755)
    (why,) = [each.why for each in taken(image).not_examined if each.what == str(script)]
    assert "starts codex, which was found" in why


def test_a_receipt_names_no_link_of_the_host_s(image: Path, tmp_path: Path) -> None:
    tool = image / "home/dev/.local/share/uv/tools/aider-chat"
    info = tool / "lib/python3.11/site-packages/aider_chat-1.0.0.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1\nName: aider-chat\nVersion: 1.0.0\n")
    write(info / "RECORD", "../../../bin/aider,,\n")
    write(tool / "bin/aider", "#!/bin/sh\n").chmod(0o755)
    write(tool / "pyvenv.cfg")
    entry = '{ name = "aider", install-path = "/../host/bin/aider" }'
    write(tool / "uv-receipt.toml", f'[tool]\nrequirements = [{{ name = "aider-chat" }}]\nentrypoints = [{entry}]\n')
    link(tmp_path / "host/bin/aider", str(tool / "bin/aider"))
    (install,) = taken(image).installs
    assert (install.commands, install.note) == ((), "")


def test_nothing_of_the_host_is_in_an_image_s_inventory(image: Path, tmp_path: Path) -> None:
    """Whatever an image links to by a name of the host's: programs, packages, its list of users."""
    codex(tmp_path / "host/lib/node_modules")
    write(tmp_path / "host/bin/claude", "#!/bin/sh\n").chmod(0o755)
    for place in ("opt", "usr/local", "home/dev/.npm-global", "home/dev/.local", "home/dev/bin"):
        link(image / place, str(tmp_path / "host"))
    link(image / f"home/dev/p/node_modules/{CODEX}", str(tmp_path / "host/lib/node_modules" / CODEX))
    write(tmp_path / "host/hostname", "the-host\n")
    link(image / "etc/hostname", str(tmp_path / "host/hostname"))
    inventory = taken(image)
    assert inventory.installs == ()
    assert inventory.machine.hostname == ""


def test_whoever_looks_at_files_of_an_image_asks_here() -> None:
    """Calls that let the system follow links: only of places without any, or of this machine's own `/proc`."""
    top = Path(fleet.__file__).parent
    apart = {"rooted.py", "cachefile.py", "state.py", "walk", "removal", "exports", "merging", "readers/_proc.py"}
    found = {
        f"{path.relative_to(top)}: {call}"
        for path in sorted(top.rglob("*.py"))
        if apart.isdisjoint({path.relative_to(top).parts[0], str(path.relative_to(top))})
        for call in _asking(ast.parse(path.read_text()))
    }
    assert found == {
        "readers/processes.py: os.listdir",
        "readers/processes.py: os.readlink",
        "surroundings.py: os.path.realpath",
    }


ASKING = {"stat", "lstat", "open", "scandir", "listdir", "readlink", "access", "walk"}
ASKING |= {f"path.{name}" for name in ("realpath", "exists", "lexists", "isfile", "isdir", "islink", "samefile")}


def _asking(tree: ast.AST) -> set[str]:
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {name for name in called if name.removeprefix("os.") in ASKING and name.startswith("os.")}
