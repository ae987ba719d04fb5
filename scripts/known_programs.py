"""Make the table of known programs that `wiretell.fleet` ships: hashes of what vendors publish through npm.

    python scripts/known_programs.py

Packages are fetched by npm, from wherever the user's own settings say, into a temporary folder; of each archive one
file is hashed as it is read, none is unpacked, none is run. The output is the same for the same list. A release that is
not listed is recognised by its content; here stand those whose version matters, and those that do not tell theirs.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from wiretell.errors import TargetError
from wiretell.fleet.programs.identifying import Known
from wiretell.target.npm_client import user_npm

OUTPUT: Final = (
    Path(__file__).resolve().parent.parent / "src" / "wiretell" / "fleet" / "programs" / "data" / "known.json"
)
_BLOCK: Final = 1 << 20


class Release(NamedTuple):
    """Versions of a package that holds a program."""

    product: str
    package: str
    """`{version}` stands for the version; a package's platform may be a part of it."""
    file: str
    platform: str
    versions: tuple[str, ...]


_MUSL: Final = "package/vendor/x86_64-unknown-linux-musl/bin/codex"
RELEASES: Final = (
    # 2.1.91 to 2.1.196 carry the date line's marks; around them the versions before and after.
    Release("claude-code", "@anthropic-ai/claude-code@{version}", "package/cli.js", "any", ("2.1.90", "2.1.91")),
    Release(
        "claude-code",
        "@anthropic-ai/claude-code-linux-x64@{version}",
        "package/claude",
        "linux-x64",
        ("2.1.113", "2.1.196", "2.1.197", "2.1.198", "2.1.329", "2.1.330"),
    ),
    Release(
        "claude-code", "@anthropic-ai/claude-code-linux-arm64@{version}", "package/claude", "linux-arm64", ("2.1.329",)
    ),
    Release(
        "claude-code",
        "@anthropic-ai/claude-code-darwin-arm64@{version}",
        "package/claude",
        "darwin-arm64",
        ("2.1.329",),
    ),
    Release("codex", "@openai/codex@{version}-linux-x64", _MUSL, "linux-x64", ("0.160.0", "0.169.0")),
    Release(
        "opencode",
        "opencode-linux-x64@{version}",
        "package/bin/opencode",
        "linux-x64",
        ("1.18.20", "1.18.33", "1.18.34"),
    ),
    Release("cline", "@cline/cli-linux-x64@{version}", "package/bin/cline", "linux-x64", ("3.0.57", "3.0.65")),
    Release("kilo-code", "@kilocode/cli-linux-x64@{version}", "package/bin/kilo", "linux-x64", ("7.7.2", "7.7.9")),
    Release(
        "copilot-cli", "@github/copilot-linux-x64@{version}", "package/copilot", "linux-x64", ("1.0.86", "1.0.102")
    ),
    Release(
        "amp",
        "@ampcode/cli-linux-x64@{version}",
        "package/amp",
        "linux-x64",
        ("0.0.1789582098-g39fff0", "0.0.1790142911-g7618fb"),
    ),
    Release("droid", "@factory/cli-linux-x64@{version}", "package/bin/droid", "linux-x64", ("0.225.2",)),
    Release("auggie", "@augmentcode/auggie@{version}", "package/augment.mjs", "any", ("0.36.0",)),
    Release("qwen-code", "@qwen-code/qwen-code@{version}", "package/cli.js", "any", ("0.15.10",)),
    Release("qoder", "@qoder-ai/qodercli@{version}", "package/bundle/qodercli.js", "any", ("1.1.52",)),
    Release("continue", "@continuedev/cli@{version}", "package/dist/index.js", "any", ("1.5.47",)),
)


def hashed(archive: Path, file: str) -> tuple[str, int]:
    """Return the hash and the size in bytes of one file in an archive.

    :raises TargetError: if it is not there.
    """
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() and member.name == file else None
            if stream is not None:
                digest = hashlib.sha256()
                while block := stream.read(_BLOCK):
                    digest.update(block)
                return digest.hexdigest(), member.size
    raise TargetError(f"{archive.name} holds no {file}; has the package changed its form?")


def known(release: Release, version: str) -> Known:
    """Fetch one package and return its program.

    :raises TargetError: if npm cannot fetch it, or it holds no such file.
    """
    package = release.package.format(version=version)
    with tempfile.TemporaryDirectory() as folder:
        sha256, size = hashed(user_npm().pack(package, Path(folder)), release.file)
    print(f"{package} {release.file} {size} {sha256}", file=sys.stderr)
    return Known(sha256, size, release.product, version, release.platform, package, release.file)


def main() -> None:
    """Write the table, one program a line."""
    programs = [known(release, version) for release in RELEASES for version in release.versions]
    lines = ",\n".join(f"  {msgspec.json.encode(each).decode()}" for each in programs)
    OUTPUT.write_text(f'{{"schema": 1, "programs": [\n{lines}\n]}}\n')
    print(f"{len(programs)} programs, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
