"""The lists as those programs read them that they are written for: each is started, on this machine alone, and asked.

BIND, unbound, PowerDNS Recursor, Knot Resolver, dnsmasq, glibc, Squid and nft, as Debian packages them (bind9,
bind9-utils, unbound, pdns-recursor, knot-resolver, dnsmasq-base, squid, nftables). Where one is not installed its
tests are skipped, aloud.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from dnslib import QTYPE, RCODE, RR, A, DNSError, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

from tests.fleet.exports_plain.audits import audit
from wiretell.fleet.exports import egress, names
from wiretell.fleet.exports.destinations import Destinations, gather
from wiretell.fleet.exports.egress import EgressForm
from wiretell.fleet.exports.names import NameForm, Side

LISTED: Final = ("api.agent.dev", "github.dev", "a-b.xn--bcher-kva.dev")
BELOW: Final = "eu.api.agent.dev"
KEPT: Final = "raw.github.dev"
OTHER: Final = ("agent.dev", "notapi.agent.dev", "dev.example", "api.agent.dev.example")
ADDRESSES: Final = ("203.107.1.1", "2606:4700::1111")
UPSTREAM: Final = "192.0.2.7"
"""What the upstream answers for every name, so that an answer shows that a name came through."""
PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def destinations(*extra: str, keep: tuple[str, ...] = ()) -> Destinations:
    return gather([("a.json", audit(*LISTED, *extra))], keep)


def program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free() -> int:
    with closing(socket.socket()) as tcp, closing(socket.socket(type=socket.SOCK_DGRAM)) as udp:
        tcp.bind(("127.0.0.1", 0))
        port: int = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        return port


class _Everything(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply = request.reply()
        if request.q.qtype == QTYPE.A:
            reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(UPSTREAM), ttl=60))
        return reply


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """A resolver that has an answer for every name."""
    server = DNSServer(_Everything(), port=free(), address="127.0.0.1")
    server.start_thread()
    yield server.server.server_address[1]
    server.stop()
    server.server.server_close()


@contextmanager
def running(argv: list[str], ready: Callable[[], object], cwd: Path) -> Iterator[None]:
    """Run a server until the end of the block; it is ready when `ready` raises nothing."""
    with (cwd / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, cwd=cwd)
    try:
        for _ in range(100):
            try:
                ready()
                break
            except (OSError, DNSError):
                assert process.poll() is None, (cwd / "log").read_text()
                time.sleep(0.1)
        else:
            raise AssertionError((cwd / "log").read_text())
        yield
    finally:
        process.terminate()
        process.wait(10)


def ask(port: int, name: str, timeout: float = 5) -> str:
    """Return the address a resolver gives for a name, or the name of what it says instead."""
    reply = DNSRecord.parse(DNSRecord.question(name).send("127.0.0.1", port, timeout=timeout))
    return str(reply.rr[-1].rdata) if reply.rr else RCODE[reply.header.rcode]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program is to listen and whom it may ask."""

    folder: Path
    port: int
    upstream: int


def unbound(text: str, at: Place) -> list[str]:
    """As an included file, which is how its package has it (`/etc/unbound/unbound.conf.d/`)."""
    (at.folder / "list.conf").write_text(text)
    return _unbound(f'include: "{at.folder}/list.conf"', "iterator", at)


def unbound_zone(text: str, at: Place) -> list[str]:
    (at.folder / "db.agents").write_text(text)
    return _unbound(f'rpz:\n    name: agents.rpz\n    zonefile: "{at.folder}/db.agents"', "respip iterator", at)


def _unbound(lists: str, modules: str, at: Place) -> list[str]:
    checked, server = program("unbound-checkconf"), program("unbound")
    own = f"""\
        server:
            interface: 127.0.0.1@{at.port}
            username: ""
            chroot: ""
            directory: "{at.folder}"
            pidfile: ""
            use-syslog: no
            do-not-query-localhost: no
            module-config: "{modules}"
        remote-control:
            control-enable: no
        forward-zone:
            name: "."
            forward-addr: 127.0.0.1@{at.upstream}
        """
    (at.folder / "unbound.conf").write_text(f"{textwrap.dedent(own)}{lists}\n")
    check([checked, str(at.folder / "unbound.conf")])
    return [server, "-d", "-c", str(at.folder / "unbound.conf")]


def dnsmasq(text: str, at: Place) -> list[str]:
    (at.folder / "list.conf").write_text(text)
    return _dnsmasq(f"--conf-file={at.folder / 'list.conf'}", at)


def dnsmasq_hosts(text: str, at: Place) -> list[str]:
    (at.folder / "hosts").write_text(text)
    return _dnsmasq(f"--addn-hosts={at.folder / 'hosts'}", at, "--conf-file=/dev/null")


def _dnsmasq(lists: str, at: Place, *more: str) -> list[str]:
    argv = [program("dnsmasq"), "--keep-in-foreground", "--no-resolv", "--no-hosts", f"--port={at.port}", *more, lists]
    argv += ["--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", f"--server=127.0.0.1#{at.upstream}"]
    argv += ["--user=root"] if os.geteuid() == 0 else []
    check([*argv, "--test"])
    return argv


def bind(text: str, at: Place) -> list[str]:
    checked, server = program("named-checkconf"), program("named")
    (at.folder / "db.agents").write_text(text)
    own = f"""\
        options {{
            directory "{at.folder}"; pid-file none; session-keyfile none;
            listen-on port {at.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
            forwarders {{ 127.0.0.1 port {at.upstream}; }}; forward only;
            dnssec-validation no; recursion yes;
            response-policy {{ zone "agents.rpz"; }} qname-wait-recurse no;
        }};
        controls {{ }};
        zone "agents.rpz" {{ type primary; file "db.agents"; allow-query {{ none; }}; }};
        """
    (at.folder / "named.conf").write_text(textwrap.dedent(own))
    check([checked, "-z", str(at.folder / "named.conf")])
    return [server, "-f", "-n", "1", "-c", str(at.folder / "named.conf")]


def powerdns(text: str, at: Place) -> list[str]:
    server = program("pdns_recursor")
    (at.folder / "db.agents").write_text(text)
    (at.folder / "lists.lua").write_text(f'rpzFile("{at.folder}/db.agents", {{policyName="agents.rpz"}})\n')
    (at.folder / "recursor.conf").write_text("")
    told = {"socket-dir": at.folder, "local-address": "127.0.0.1", "local-port": at.port, "security-poll-suffix": ""}
    told |= {"forward-zones-recurse": f".=127.0.0.1:{at.upstream}", "dont-query": "", "dnssec": "off", "daemon": "no"}
    told |= {"config-dir": at.folder, "lua-config-file": at.folder / "lists.lua", "threads": 1, "write-pid": "no"}
    return [server, *(f"--{key}={value}" for key, value in told.items())]


def knot(text: str, at: Place) -> list[str]:
    server = program("kresd")
    (at.folder / "db.agents").write_text(text)
    own = f"""\
        net.listen('127.0.0.1', {at.port})
        modules.load('policy')
        trust_anchors.remove('.')
        cache.open(10*MB, 'lmdb://{at.folder}')
        policy.add(policy.rpz(policy.DENY, '{at.folder}/db.agents'))
        policy.add(policy.all(policy.FORWARD('127.0.0.1@{at.upstream}')))
        """
    (at.folder / "kresd.conf").write_text(textwrap.dedent(own))
    return [server, "-n", "-c", str(at.folder / "kresd.conf"), str(at.folder)]


def check(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


READERS: Final = {
    "unbound": (NameForm.UNBOUND, unbound),
    "unbound, zone": (NameForm.RPZ, unbound_zone),
    "dnsmasq": (NameForm.DNSMASQ, dnsmasq),
    "dnsmasq, hosts": (NameForm.HOSTS, dnsmasq_hosts),
    "bind": (NameForm.RPZ, bind),
    "powerdns": (NameForm.RPZ, powerdns),
    "knot": (NameForm.RPZ, knot),
}
every = pytest.mark.parametrize("reader", ["unbound", "unbound, zone", "dnsmasq", "bind", "powerdns", "knot"])
passing = pytest.mark.parametrize("reader", ["unbound", "unbound, zone", "dnsmasq", "bind", "powerdns"])
"""Not Knot: what a zone lets pass leaves its other policies too, of which forwarding is one, and asks the real root."""


def answers(reader: str, side: Side, folder: Path, upstream: int, *asked: str, keep: tuple[str, ...] = ()) -> list[str]:
    form, start = READERS[reader]
    port = free()
    text = names.render(destinations(keep=keep), form, side)
    argv = start(text, Place(folder, port, upstream))
    with running(argv, lambda: ask(port, "ready.example", 0.2), folder):
        return [ask(port, name) for name in asked]


@every
def test_a_resolver_has_no_answer_for_what_is_listed_and_below(reader: str, tmp_path: Path, upstream: int) -> None:
    got = answers(reader, Side.BLOCK, tmp_path, upstream, *LISTED, BELOW, LISTED[0].upper(), *OTHER)
    assert got == ["NXDOMAIN"] * (len(LISTED) + 2) + [UPSTREAM] * len(OTHER)


@passing
def test_a_resolver_answers_what_is_kept_below_a_listed_name(reader: str, tmp_path: Path, upstream: int) -> None:
    got = answers(reader, Side.BLOCK, tmp_path, upstream, LISTED[1], f"x.{LISTED[1]}", KEPT, keep=(KEPT,))
    assert got == ["NXDOMAIN", "NXDOMAIN", UPSTREAM]


@passing
def test_a_resolver_answers_nothing_but_what_is_listed(reader: str, tmp_path: Path, upstream: int) -> None:
    got = answers(reader, Side.ALLOW, tmp_path, upstream, *LISTED, *OTHER)
    assert got == [UPSTREAM] * len(LISTED) + ["NXDOMAIN"] * len(OTHER)


def test_dnsmasq_reads_the_hosts_file(tmp_path: Path, upstream: int) -> None:
    got = answers("dnsmasq, hosts", Side.BLOCK, tmp_path, upstream, *LISTED, BELOW, *OTHER)
    assert got == ["0.0.0.0"] * len(LISTED) + [UPSTREAM] * (1 + len(OTHER))


def test_glibc_reads_the_hosts_file(tmp_path: Path) -> None:
    """In a mount namespace of its own, where the list is /etc/hosts."""
    (tmp_path / "hosts").write_text(names.render(destinations(), NameForm.HOSTS, Side.BLOCK))
    script = 'mount --bind "$0" /etc/hosts && for name; do getent -s files ahosts "$name" | cut -d" " -f1; done'
    argv = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(tmp_path / "hosts")]
    done = subprocess.run([*argv, *LISTED, *OTHER], capture_output=True, text=True, check=True)
    assert sorted(set(done.stdout.split())) == ["0.0.0.0", "::"]
    assert len(set(done.stdout.splitlines())) <= len(done.stdout.splitlines()) // len(LISTED)


class _Origin(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[int]:
    """A web server that has an answer for every host."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Origin) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def proxied(port: int, host: str) -> int:
    """Return the status a proxy gives for a request for a host; with a port it is a tunnel that is asked for."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(*(("CONNECT", host) if host.endswith(":443") else ("GET", f"http://{host}/")))
        return connection.getresponse().status


NOT_ROOT: Final = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
"""Squid refuses to be root, and as another user it may not read a test's folder. In a namespace it is and may."""


def squid(side: Side, folder: Path, origin: int, *asked: str, keep: tuple[str, ...] = ()) -> list[int]:
    """Ask a proxy that asks `origin` for whatever its lists let through. What it would ask DNS is in its hosts file."""
    server, port = program("squid"), free()
    lists = egress.render(destinations(*ADDRESSES, keep=keep), EgressForm.SQUID, side)
    (folder / "list.conf").write_text(lists)
    (folder / "hosts").write_text("".join(f"192.0.2.9 {name}\n" for name in asked if name[0].isalpha()))
    own = f"""\
        http_port 127.0.0.1:{port}
        hosts_file {folder}/hosts
        dns_nameservers 127.0.0.1
        pid_filename none
        access_log none
        cache_log {folder}/cache.log
        coredump_dir {folder}
        cache_mem 8 MB
        shutdown_lifetime 0 seconds
        icon_directory /usr/share/squid/icons
        cache_peer 127.0.0.1 parent {origin} 0 no-query no-digest default originserver
        never_direct allow all
        include {folder}/list.conf
        http_access allow all
        """
    (folder / "squid.conf").write_text(textwrap.dedent(own))
    argv = [*NOT_ROOT, server, "--foreground", "-d", "1", "-f", str(folder / "squid.conf"), "-n", f"w{port}"]
    check([server, "-k", "parse", "-f", str(folder / "squid.conf")])

    def ready() -> None:
        socket.create_connection(("127.0.0.1", port), 1).close()

    with running(argv, ready, folder):
        return [proxied(port, host) for host in asked]


def test_squid_denies_what_is_listed(tmp_path: Path, origin: int) -> None:
    numbers = (ADDRESSES[0], f"[{ADDRESSES[1]}]", "[2606:4700:0:0::1111]", f"[{ADDRESSES[1]}]:443")
    denied = (*LISTED, BELOW, f"{BELOW}:443", *numbers)
    got = squid(Side.BLOCK, tmp_path, origin, *denied, *OTHER, "203.107.1.2", "[2606:4700::2222]")
    assert got == [403] * len(denied) + [200] * (len(OTHER) + 2)


def test_squid_lets_through_what_is_kept(tmp_path: Path, origin: int) -> None:
    assert squid(Side.BLOCK, tmp_path, origin, LISTED[1], f"x.{LISTED[1]}", KEPT, keep=(KEPT,)) == [403, 403, 200]


def test_squid_allows_nothing_but_what_is_listed(tmp_path: Path, origin: int) -> None:
    got = squid(Side.ALLOW, tmp_path, origin, *LISTED, ADDRESSES[0], BELOW, *OTHER, "203.107.1.2")
    assert got == [200] * (len(LISTED) + 1) + [403] * (len(OTHER) + 2)


def test_nft_rejects_what_is_listed(tmp_path: Path) -> None:
    """In a network of its own, where all addresses are this machine; loaded twice, since a list is renewed."""
    nft = program("nft")
    (tmp_path / "agents.nft").write_text(egress.render(destinations(*ADDRESSES), EgressForm.NFTABLES, Side.BLOCK))
    script = f"""
        set -e
        ip link set lo up
        for each in 203.107.1.1/32 203.107.1.2/32 2606:4700::1111/128 2606:4700::2222/128; do
            ip addr add $each dev lo
        done
        {nft} -c -f "$1" && {nft} -f "$1" && {nft} -f "$1"
        exec "$0" -c '
import socket
for family, any, own, hosts in (
    (socket.AF_INET, "0.0.0.0", "127.0.0.1", ("203.107.1.1", "203.107.1.2")),
    (socket.AF_INET6, "::", "::1", ("2606:4700::1111", "2606:4700::2222")),
):
    server = socket.create_server((any, 4430), family=family)
    for host in hosts:
        try:
            socket.create_connection((host, 4430), 5, (own, 0)).close()
            print(host, "reached")
        except ConnectionRefusedError:
            print(host, "refused")
    server.close()
'"""
    argv = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script]
    done = subprocess.run(
        [*argv, sys.executable, str(tmp_path / "agents.nft")], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "203.107.1.1 refused",
        "203.107.1.2 reached",
        "2606:4700::1111 refused",
        "2606:4700::2222 reached",
    ], done.stderr
