"""Tarballs, a registry on loopback, and programs that stand in for npm: all made here, nothing from outside."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import struct
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from wiretell.target.npm_client import NpmClient, user_npm

CLI = b"#!/usr/bin/env node\nconsole.log('never run')\n"


def tarball(files: Mapping[str, bytes], *, executable: tuple[str, ...] = (), folder: str = "package") -> bytes:
    """Pack `files` as npm does. Names in `executable` get mode 0755."""
    return packed(
        [member(f"{folder}/{name}", data, 0o755 if name in executable else 0o644) for name, data in files.items()]
    )


def member(name: str, data: bytes = b"", mode: int = 0o644, kind: bytes = tarfile.REGTYPE, link: str = "") -> Any:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(data)
    return info, data


def packed(members: list[Any]) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def package(name: str, version: str, files: Mapping[str, bytes] | None = None, **manifest: Any) -> bytes:
    """Pack a package with a package.json and, unless told otherwise, one Node command."""
    manifest.setdefault("bin", {"agent": "cli.js"})
    body = json.dumps({"name": name, "version": version, **manifest}).encode()
    given = {"cli.js": CLI} if files is None else dict(files)
    return tarball({"package.json": body, **given}, executable=tuple(n for n in given if not n.endswith(".txt")))


def elf(*, loader: bool, machine: int | None = None) -> bytes:
    """A 64-bit little-endian ELF header with one program header: PT_INTERP or PT_LOAD."""
    number = (
        machine if machine is not None else struct.unpack_from("<H", Path("/proc/self/exe").read_bytes()[:64], 18)[0]
    )
    head = (
        b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, number, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    )
    return head + struct.pack("<I", 3 if loader else 1) + bytes(52)


@dataclass
class Registry:
    """What the registry on loopback serves, and what it was asked."""

    url: str = ""
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, blob: bytes, *, integrity: str | None = None) -> None:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob))) as tar:
            manifest = json.load(tar.extractfile("package/package.json"))  # type: ignore[arg-type]
        name, version = manifest["name"], manifest["version"]
        path = f"/{name}/-/{version}.tgz"
        self.blobs[path] = blob
        sri = integrity or "sha512-" + base64.b64encode(hashlib.sha512(blob).digest()).decode()
        entry = {**manifest, "dist": {"tarball": self.url + path, "integrity": sri}}
        if any(key in manifest.get("scripts", {}) for key in ("install", "postinstall", "preinstall")):
            entry["hasInstallScript"] = True
        document = self.packages.setdefault(name, {"name": name, "dist-tags": {}, "versions": {}})
        document["versions"][version] = entry
        document["dist-tags"]["latest"] = version


@contextmanager
def registry() -> Iterator[Registry]:
    state = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(self.path.partition("?")[0])
            state.asked.append(path)
            body = state.blobs.get(path)
            if body is None and path[1:] in state.packages:
                body = json.dumps(state.packages[path[1:]]).encode()
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"{}")))
            self.end_headers()
            self.wfile.write(body or b"{}")

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def real_npm(url: str, home: Path) -> NpmClient:
    """The npm that wiretell uses, in an environment of the test's own, with its registry on loopback."""
    home.mkdir(exist_ok=True)
    env = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "npm_config_registry": url,
        "npm_config_cache": str(home / "npm-cache"),
        "npm_config_userconfig": str(home / "npmrc"),
    }
    return NpmClient(user_npm().argv, env)


_FAKE = """
import json, pathlib, shutil, sys
answers = json.loads(pathlib.Path(sys.argv[1]).read_text())
words = [word for word in sys.argv[2:] if not word.startswith("-")]
with open(sys.argv[1] + ".log", "a") as log:
    log.write(" ".join(sys.argv[2:]) + chr(10))
answer = answers.get(" ".join(words[:2]), {"error": {"code": "E404", "summary": "no"}})
if "file" in answer:
    into = next(word for word in sys.argv if word.startswith("--pack-destination=")).partition("=")[2]
    shutil.copy(answer["file"], into)
    answer = []
print(json.dumps(answer))
sys.exit(1 if "error" in answer else 0)
"""


def put(path: Path, text: str) -> None:
    """Write a file at once: a process that reads it meanwhile has the old text or the new, never a part."""
    new = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    new.write_text(text)
    new.replace(path)


@dataclass(frozen=True)
class FakeNpm:
    """A program that answers as npm would: `"view name@version"` -> JSON, `"pack name@version"` -> {"file": PATH}."""

    folder: Path
    answers: dict[str, Any]

    @property
    def client(self) -> NpmClient:
        self.folder.mkdir(exist_ok=True)
        put(self.folder / "fake.py", _FAKE)
        put(self.folder / "answers", json.dumps(self.answers))
        return NpmClient((sys.executable, "-S", str(self.folder / "fake.py"), str(self.folder / "answers")))

    @property
    def calls(self) -> list[str]:
        log = self.folder / "answers.log"
        return log.read_text().splitlines() if log.exists() else []

    def publish(self, blob: bytes, *, tag: str = "", integrity: str | None = None) -> None:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob))) as tar:
            manifest = json.load(tar.extractfile("package/package.json"))  # type: ignore[arg-type]
        self.publish_as(manifest, blob, tag=tag, integrity=integrity)

    def publish_as(self, manifest: dict[str, Any], blob: bytes, *, tag: str = "", integrity: str | None = None) -> None:
        spec = f"{manifest['name']}@{manifest['version']}"
        self.folder.mkdir(exist_ok=True)
        file = self.folder / (spec.replace("/", "-").replace("@", "") + ".tgz")
        file.write_bytes(blob)
        sri = integrity or "sha512-" + base64.b64encode(hashlib.sha512(blob).digest()).decode()
        self.answers[f"view {spec}"] = {**manifest, "dist": {"integrity": sri}}
        self.answers[f"pack {spec}"] = {"file": str(file)}
        if tag:
            self.answers[f"view {manifest['name']}@{tag}"] = self.answers[f"view {spec}"]
