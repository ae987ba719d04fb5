"""The sandbox on this machine: what a run sees, what it can do, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wiretell.lab import doctor, machine
from wiretell.lab.protocol import ProcessReport, unpack_report
from wiretell.lab.runner import Lab
from wiretell.lab.sandbox import init
from wiretell.lab.sink import Authority
from wiretell.lab.spec import FileSpec, Limits, RunSpec
from wiretell.model.capture import Capture, LeftFile
from wiretell.model.world import World

pytestmark = pytest.mark.lab

SHELL = ("/bin/sh", "-c")


def spec(script: str, *, run: int = 0, timeout_s: float = 20.0, limits: Limits | None = None) -> RunSpec:
    return RunSpec(
        run=run,
        world=World.of({}),
        purpose="control",
        argv=(*SHELL, script),
        env=(("HOME", "/home/dev"), ("PATH", "/opt/node/bin:/usr/bin:/bin")),
        cwd="/home/dev/work",
        home="/home/dev",
        username="dev",
        hostname="somehost",
        files=(FileSpec("/etc/passwd", b"dev:x:1000:1000::/home/dev:/bin/sh\n"), FileSpec("/home/dev/old", b"old")),
        watch=("/home/dev", "/tmp"),
        base_host="127.0.0.1",
        limits=limits or Limits(timeout_s=timeout_s),
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("agent")
    layout = machine.layout(folder, ("zh_CN.UTF-8",))
    with Lab(layout, workers=2, authority=Authority.create(), loopback_ports=(80, 443), official=()) as opened:
        yield opened


def said(lab: Lab, script: str) -> str:
    (capture,) = lab.run([spec(script)])
    assert capture.process.exit_code == 0, capture.process.stderr
    return capture.process.stdout.decode()


def test_every_escape_is_blocked_and_every_control_fires() -> None:
    checks = doctor.examine()
    assert len(checks) > 30
    assert [f"{c.name}: {c.detail} {c.control}" for c in checks if not c.ok] == []
    assert sum(c.control.startswith("fired") for c in checks) > 25


def test_a_run_sees_its_world_and_nothing_of_this_one(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIRETELL_CANARY", "must-not-be-seen")
    out = said(lab, "env; hostname; id -un; ls -a / /home /home/dev /root; cat /proc/*/environ 2>/dev/null; true")
    assert "somehost" in out and "dev" in out.split()
    assert "must-not-be-seen" not in out and "CANARY" not in out
    assert str(Path.home()) not in out.replace("/home/dev", "") and "root" not in out.split()


def test_mounts_do_not_tell_where_things_lie_on_this_machine(lab: Lab) -> None:
    out = said(lab, "cat /proc/self/mountinfo")
    assert str(Path(sys.prefix)) not in out
    assert str(Path.home()) + "/" not in out


def test_exit_codes_signals_and_output_are_captured(lab: Lab) -> None:
    scripts = ["echo out; echo err >&2; exit 7", "kill -9 $$"]
    first, second = lab.run([spec(script, run=i) for i, script in enumerate(scripts)])
    assert (first.process.exit_code, first.process.stdout, first.process.stderr) == (7, b"out\n", b"err\n")
    assert (second.process.exit_code, second.process.signal) == (None, signal.SIGKILL)


def test_files_left_are_captured_and_old_ones_are_not(lab: Lab) -> None:
    (capture,) = lab.run([spec("echo new > ~/new; echo more >> ~/old; ln -s /x ~/link; echo t > /tmp/t")])
    left = {file.path: file.content for file in capture.files}
    assert left == {"/home/dev/new": b"new\n", "/home/dev/old": b"oldmore\n", "/home/dev/link": b"/x", "/tmp/t": b"t\n"}


def test_a_file_changed_behind_an_old_time_stamp_is_captured(lab: Lab) -> None:
    (capture,) = lab.run([spec("touch -r ~/old /run/r; printf new > ~/old; touch -r /run/r ~/old")])
    assert [(file.path, file.content) for file in capture.files] == [("/home/dev/old", b"new")]


def test_names_that_are_not_utf8_are_captured_readably(lab: Lab) -> None:
    (capture,) = lab.run([spec(r"touch $(printf '/tmp/\377x'); ln -s $(printf '\376') /tmp/link")])
    assert [file.path for file in capture.files] == ["/tmp/link", r"/tmp/\xffx"]
    assert capture.files[0].content == b"\xfe"


def test_files_that_cannot_be_looked_at_are_counted_and_do_not_end_the_audit(lab: Lab) -> None:
    too_long = (
        "import os; os.chdir('/tmp'); n = 'd' * 200\n"
        "for i in range(20): os.mkdir(n); os.chdir(n)\n"
        "open('f' * 220, 'w').close()"
    )
    too_deep = "import os; os.chdir('/tmp')\nfor i in range(300): os.mkdir('d'); os.chdir('d')\nopen('f', 'w').close()"
    scripts = [f'{machine.python_program()} -c "{program}"' for program in (too_long, too_deep)]
    for capture in lab.run([spec(f"{script}; touch ~/seen", run=i) for i, script in enumerate(scripts)]):
        assert capture.process.exit_code == 0, capture.process.stderr
        assert [file.path for file in capture.files] == ["/home/dev/seen"]
        assert capture.files_not_kept == 1


def test_a_link_to_proc_in_place_of_a_folder_is_not_entered(lab: Lab) -> None:
    (capture,) = lab.run([spec("rm -r /tmp; ln -s /proc/1 /tmp")])
    assert (capture.process.exit_code, capture.files, capture.files_not_kept) == (0, (), 1)


def test_contents_are_kept_up_to_four_mebibytes_and_hashes_of_all(lab: Lab) -> None:
    script = "i=100; while [ $i -lt 180 ]; do head -c 65536 /dev/zero > /tmp/$i; i=$((i+1)); done"
    (capture,) = lab.run([spec(script)])
    assert [len(file.content) for file in capture.files] == [65536] * 64 + [0] * 16
    assert {(file.size, len(file.sha256)) for file in capture.files} == {(65536, 64)}
    assert capture.files_not_kept == 0


def test_hashing_is_bounded_and_what_is_not_hashed_is_counted(lab: Lab) -> None:
    (capture,) = lab.run([spec("for i in 1 2 3; do truncate -s 200M /tmp/$i; done; echo x > /tmp/4")])
    assert [bool(file.sha256) for file in capture.files] == [True, False, False, True]
    assert capture.files_not_kept == 2


def test_the_first_process_cannot_be_limited(lab: Lab) -> None:
    limit = "import resource; print(resource.prlimit({}, resource.RLIMIT_NOFILE, (0, 0)))"
    python = machine.python_program()
    (capture,) = lab.run([spec(f'echo y > ~/left; {python} -c "{limit.format(1)}"')])
    assert b"PermissionError" in capture.process.stderr
    assert [file.path for file in capture.files] == ["/home/dev/left"]
    assert "1000" in said(lab, "ulimit -n 1000; ulimit -n")


def test_memory_of_a_process_is_bounded(lab: Lab) -> None:
    small = Limits(timeout_s=20.0, memory_bytes=256 << 20)
    (capture,) = lab.run([spec(f'{machine.python_program()} -c "bytearray(300 << 20)"', limits=small)])
    assert capture.process.exit_code == 1 and b"MemoryError" in capture.process.stderr


def test_a_storm_of_short_processes_ends_in_time(lab: Lab) -> None:
    storm = (
        "import os\nfor i in range(4): os.fork()\nwhile True:\n if os.fork() == 0: os.fork(); os._exit(0)\n os.wait()"
    )
    began = time.monotonic()
    (capture,) = lab.run([spec(f'{machine.python_program()} -c "{storm}"', timeout_s=1.0)])
    assert capture.process.timed_out and time.monotonic() - began < 10


def test_a_warm_up_leaves_node_s_cache_and_nothing_else() -> None:
    layout = machine.layout(Path(__file__).parent, ())
    cache = "/opt/compile-cache"
    warm = (
        f"echo 'exports.a = 1' > a.js; NODE_COMPILE_CACHE={cache} node -e 'require(\"./a.js\")'; cd {cache};"
        f"echo marker > marker; mkdir v1; ln -s /proc/self/maps v1/abcd; mkfifo v1/abce; ls -d v2*/*"
    )
    with Lab(layout, workers=1, authority=Authority.create(), loopback_ports=(80,), official=()) as lab:
        done = lab.warm_up(replace(spec(warm), writable_compile_cache=True))
        assert done.process.exit_code == 0, done.process.stderr
        made = {f"./{name}" for name in done.process.stdout.decode().split()}
        assert made and set(said(lab, f"cd {cache}; find . ! -type d").split()) == made


def test_a_machine_without_a_python_of_its_own_lends_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "_SYSTEM_PYTHON", tmp_path / "none")
    layout = machine.layout(tmp_path, ())
    assert layout.masks == (("/usr/local",) if Path("/usr/local").is_dir() else ())
    program = "import sys, json, hashlib; print(sys.prefix, json.dumps(1))"
    with Lab(layout, workers=1, authority=Authority.create(), loopback_ports=(80,), official=()) as lab:
        assert said(lab, f"{machine.python_program()} -c '{program}'; ls /usr/local").split() == ["/opt/python", "1"]
        assert said(lab, "PATH=/opt/python/bin; python3 -c 'import sys; print(sys.base_prefix)'") == "/opt/python\n"


def test_a_report_that_cannot_be_packed_is_sent_without_what_is_the_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    monkeypatch.setattr(init, "_REPORT_FD", write_end)
    init._send(ProcessReport(exit_code=3, files=(LeftFile("/tmp/\udcff", 0, 0, ""),), failure="\udcfe"))
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        report = unpack_report(pipe.read()[4:])
    assert (report.exit_code, report.files, report.files_not_kept, report.failure) == (3, (), 1, r"\udcfe")


def test_one_run_finds_nothing_of_another(lab: Lab) -> None:
    lab.run([spec("echo x > /tmp/from-before; echo x > ~/from-before", run=i) for i in range(4)])
    assert "from-before" not in said(lab, "ls -a /tmp ~ /dev/shm")


def test_a_hanging_agent_is_ended_in_time(lab: Lab) -> None:
    began = time.monotonic()
    (capture,) = lab.run([spec("sleep 60 & sleep 60", timeout_s=1.0)])
    assert capture.process.timed_out and time.monotonic() - began < 10


def test_orphans_end_with_the_run_and_are_counted(lab: Lab) -> None:
    (capture,) = lab.run([spec("for i in 1 2 3 4 5; do setsid sleep 61.7 & done; exit 0")])
    assert capture.process.exit_code == 0 and capture.process.killed == 5
    assert processes_with("61.7") == []


def test_output_is_bounded_and_counted(lab: Lab) -> None:
    (capture,) = lab.run([spec("head -c 5000000 /dev/zero")])
    assert capture.process.stdout_bytes == 5_000_000
    assert len(capture.process.stdout) <= 1 << 20


def test_the_disk_is_bounded(lab: Lab) -> None:
    small = Limits(timeout_s=20.0, disk_bytes=8 << 20)
    (capture,) = lab.run([spec("head -c 50000000 /dev/zero > ~/big; echo $?; exit 0", limits=small)])
    assert capture.process.exit_code == 0
    assert sum(file.size for file in capture.files) <= 8 << 20


def test_a_program_that_is_not_there_is_the_agents_failure(lab: Lab) -> None:
    (capture,) = lab.run([spec("exec /no/such/program")])
    assert capture.process.exit_code == 127


def test_attempts_that_reach_nothing_are_seen(lab: Lab) -> None:
    script = (
        "const u = require('dgram').createSocket('udp4');"
        "u.send('quic?', 443, '203.0.113.7', () => u.close());"
        "require('net').connect(9, '203.0.113.8').on('error', () => 0).end('raw');"
        "require('net').connect(12345, '127.0.0.1').on('error', () => 0);"
    )
    (capture,) = lab.run([spec(f'node -e "{script}"')])
    assert ("udp", "203.0.113.7", 443) in {(d.protocol, d.address, d.port) for d in capture.datagrams}
    assert ("tcp", "127.0.0.1", 12345) in {(d.protocol, d.address, d.port) for d in capture.datagrams}
    assert ("203.0.113.8", 9) in {(c.address, c.port) for c in capture.connections}


def test_names_tls_and_requests_reach_the_sink(lab: Lab) -> None:
    script = "fetch('https://some.vendor.example:8443/x?y=1', {method: 'POST', body: 'hello'}).then(r => r.text())"
    env = "NODE_TLS_REJECT_UNAUTHORIZED=0"
    (capture,) = lab.run([with_resolver(spec(f'{env} node -e "{script}"'))])
    (exchange,) = capture.exchanges
    assert (exchange.request.method, exchange.request.target, exchange.request.body) == ("POST", "/x?y=1", b"hello")
    assert capture.connections[exchange.connection].sni == "some.vendor.example"
    assert {lookup.name for lookup in capture.lookups} == {"some.vendor.example"}


def test_a_client_that_rejects_the_lab_is_seen_as_a_handshake_without_request(lab: Lab) -> None:
    script = "fetch('https://strict.example/').catch(() => 0)"
    (capture,) = lab.run([with_resolver(spec(f'node -e "{script}"'))])
    assert capture.exchanges == ()
    assert [c.outcome for c in capture.connections] in (["handshake-without-request"], ["tls-failed"])


def test_many_runs_share_the_workers_and_keep_their_numbers(lab: Lab) -> None:
    captures: list[Capture] = []
    done = lab.run([spec(f"echo {i}", run=i) for i in range(12)], captures.append)
    assert [capture.process.stdout for capture in done] == [f"{i}\n".encode() for i in range(12)]
    assert {capture.worker for capture in captures} == {0, 1}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_runner(ending: signal.Signals, tmp_path: Path) -> None:
    token = f"71.{os.getpid() % 1000:03d}{int(ending)}"
    program = tmp_path / "run.py"
    program.write_text(
        "import signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored where the tests run in the background
        "from tests.lab.test_sandbox import *\n"
        "layout = machine.layout(Path(sys.argv[2]), ())\n"
        "with Lab(layout, workers=2, authority=Authority.create(), loopback_ports=(80,), official=()) as lab:\n"
        f"    lab.run([spec('setsid sleep {token} & sleep {token}', run=i) for i in range(2)])\n"
    )
    root = Path(__file__).parent.parent.parent
    runner = subprocess.Popen(
        [sys.executable, str(program), str(root), str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: len(processes_with(token)) >= 4)
    runner.send_signal(ending)
    runner.wait(10)
    wait_until(lambda: not processes_with(token))
    assert "wiretell" not in Path("/proc/mounts").read_text()


def with_resolver(plain: RunSpec) -> RunSpec:
    files = (*plain.files, FileSpec("/etc/resolv.conf", b"nameserver 198.18.0.1\n"))
    return RunSpec(**{name: getattr(plain, name) for name in plain.__slots__ if name != "files"}, files=files)


def processes_with(token: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"sleep") and token.encode() in words:
            found.append(path.parent.name)
    return found


def wait_until(condition: object, seconds: float = 10.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
