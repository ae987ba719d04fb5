"""The files of /etc (and the one outside it that goes with them), as bytes.

Formats: passwd(5), group(5), hosts(5), resolv.conf(5), nsswitch.conf(5), locale.conf(5), machine-id(5), localtime(5).
The sandbox shows no file of this machine's /etc: what is not here, the agent does not see.
"""

from __future__ import annotations

from wiretell.lab.spec import AGENT_UID, CA_BUNDLE, LAB_CA, FileSpec

DNS_SERVER = "198.18.0.1"
"""The lab's name server, in the range for benchmarks (RFC 2544, RFC 6890): no real host has it."""

_NSSWITCH = """passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
"""


def accounts(username: str, home: str, shell: str) -> tuple[FileSpec, ...]:
    """Return passwd and group: root, the agent's user, nobody."""
    root, nobody = "root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"
    user = f"{username}:x:{AGENT_UID}:{AGENT_UID}:,,,:{home}:{shell}"
    groups = f"root:x:0:\n{username}:x:{AGENT_UID}:\nnogroup:x:65534:\n"
    if username == "root":  # One name, two numbers: the agent's comes first, so that it is what getpwnam finds.
        root, groups = "", f"root:x:{AGENT_UID}:\nnogroup:x:65534:\n"
    passwd = "\n".join(line for line in (root, user, nobody) if line) + "\n"
    return _text("/etc/passwd", passwd), _text("/etc/group", groups)


def names(hostname: str) -> tuple[FileSpec, ...]:
    """Return hosts, hostname, resolv.conf and nsswitch.conf. Names other than the machine's own are left to the DNS."""
    hosts = f"127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n"
    return (
        _text("/etc/hosts", hosts),
        _text("/etc/hostname", hostname + "\n"),
        _text("/etc/resolv.conf", f"nameserver {DNS_SERVER}\n"),
        _text("/etc/nsswitch.conf", _NSSWITCH),
    )


def timezone(zone: str, zoneinfo: str) -> tuple[FileSpec, ...]:
    """Return localtime and timezone; localtime must be a link, for ICU takes the zone's name from its target."""
    return FileSpec("/etc/localtime", link_to=f"{zoneinfo}/{zone}"), _text("/etc/timezone", zone + "\n")


def locale(name: str) -> tuple[FileSpec, ...]:
    """Return the system's setting of the locale; that the C library knows the locale is the sandbox's part."""
    text = f"LANG={name}\n"
    return _text("/etc/locale.conf", text), _text("/etc/default/locale", text)


def machine_id(value: str) -> tuple[FileSpec, ...]:
    """Return both places of the machine's id: programs read either."""
    return _text("/etc/machine-id", value + "\n"), _text("/var/lib/dbus/machine-id", value + "\n")


def certificates(lab_ca: bytes, system_ca: bytes) -> tuple[FileSpec, ...]:
    """Return the bundle (the machine's own authorities, then the lab's) and the lab's authority alone, PEM."""
    bundle = system_ca if not system_ca or system_ca.endswith(b"\n") else system_ca + b"\n"
    return FileSpec(CA_BUNDLE, bundle + lab_ca), FileSpec(LAB_CA, lab_ca)


def gitconfig(home: str, user: str, email: str) -> FileSpec:
    """Return the global git configuration. The repository may be owned by another user id: it is declared safe."""
    text = f"[user]\n\tname = {_quoted(user)}\n\temail = {_quoted(email)}\n[init]\n\tdefaultBranch = main\n"
    return _text(f"{home}/.gitconfig", text + "[safe]\n\tdirectory = *\n")


def _quoted(value: str) -> str:
    """Write a value as git itself would: bare, in quotes only where git-config(1) would misread it bare."""
    if value == value.strip() and not any(char in value for char in '"\\#;'):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(path: str, text: str) -> FileSpec:
    return FileSpec(path, text.encode())
