"""Links and scripts of the user's own that start an install, and those that do more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.fleet.readers.scripts import is_shim, started
from wiretell.fleet.readers.starters import adopt
from wiretell.fleet.walk.interface import Hit, Home, Mark, Surroundings, Walked
from wiretell.model.fleet import Install, Manager, NotExamined, Scope


def staged(top: Path) -> tuple[Install, Surroundings]:
    """A package in a home, with the file that starts it."""
    package = top / "home/lib/node_modules/@anthropic-ai/claude-code"
    package.mkdir(parents=True)
    (package / "cli.js").write_text("//\n")
    install = Install(
        product="claude-code",
        vendor="anthropic",
        name="@anthropic-ai/claude-code",
        version="2.1.91",
        manager=Manager.NPM_USER,
        scope=Scope.USER,
        user="dev",
        path=str(package),
    )
    return install, Surroundings(homes=(Home("dev", str(top / "home")),), root=str(top), proc="")


def put(path: Path, text: str, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("line", "belongs"),
    [
        ('exec node "{package}/cli.js" "$@"', True),
        ("{package}/cli.js --model opus", True),
        ('exec /usr/bin/env node --no-warnings $HOME/lib/node_modules/@anthropic-ai/claude-code/cli.js "$@"', True),
        ("# mine\n\nexec node \\\n  ~/lib/node_modules/@anthropic-ai/claude-code/cli.js", True),
        ("rm -rf {package}/cli.js", False),
        ("KEY=1 node {package}/cli.js", False),
        ("login && exec node {package}/cli.js", False),
        ("exec node {package}/cli.js > log", False),
        ("exec node {package}/cli.js $(token)", False),
        ("export KEY=1\nexec node {package}/cli.js", False),
        ("exec node {package}/../other/cli.js", False),
    ],
)
def test_a_script_belongs_to_an_install_if_it_does_nothing_else(tmp_path: Path, line: str, belongs: bool) -> None:
    install, around = staged(tmp_path)
    script = put(tmp_path / "home/bin/cc", "#!/bin/sh\n" + line.format(package=install.path) + "\n")
    seen = list(adopt((install,), Walked((), 0), around))
    (found,) = (each for each in seen if isinstance(each, Install))
    assert found.commands == ((str(script),) if belongs else ())
    told = [each.what for each in seen if isinstance(each, NotExamined)]
    assert told == ([] if belongs or "other" in line else [str(script)])


def test_a_link_under_any_name(tmp_path: Path) -> None:
    install, around = staged(tmp_path)
    link = tmp_path / "home/.local/bin/cc"
    link.parent.mkdir(parents=True)
    link.symlink_to(f"{install.path}/cli.js")
    other = link.with_name("ls")
    other.symlink_to("/bin/ls")
    (found,) = adopt((install,), Walked((), 0), around)
    assert isinstance(found, Install) and found.commands == (str(link),)


def test_what_is_named_like_an_agent_belongs_wherever_it_lies(tmp_path: Path) -> None:
    install, around = staged(tmp_path)
    script = put(tmp_path / "home/work/claude", f"#!/bin/sh\nexec node {install.path}/cli.js\n")
    hit = Hit(Mark.PROGRAM, str(script), str(tmp_path / "home"))
    (found,) = adopt((install,), Walked((hit,), 0), around)
    assert isinstance(found, Install) and found.commands == (str(script),)


def test_what_others_have_taken_stays_theirs(tmp_path: Path) -> None:
    install, around = staged(tmp_path)
    script = put(tmp_path / "home/bin/cc", f"#!/bin/sh\nexec node {install.path}/cli.js\n")
    assert list(adopt((), Walked((), 0), around, (install,))) == []
    script.chmod(0o644)
    (found,) = adopt((install,), Walked((), 0), around)
    assert isinstance(found, Install) and found.commands == ()


@pytest.mark.parametrize("word", ["//", "// a comment", "/", "//x/y", "/\0/x", "/" + "a/" * 3000])
def test_odd_words_come_to_an_end(tmp_path: Path, word: str) -> None:
    install, around = staged(tmp_path)
    put(tmp_path / "home/bin/a", f"#!/bin/sh\n{word}\n")
    put(tmp_path / "home/bin/b", f"#!/bin/sh\ntrue\n{word}\n")
    assert list(adopt((install,), Walked((), 0), around)) == [install]


@given(st.text(alphabet=" \n\\\"'$()`;&|<>=#ab/-~", max_size=40))
def test_any_script_is_read(text: str) -> None:
    word = started("#!/bin/sh\n" + text)
    assert word == "" or ("/" in word and "$(" not in text and "`" not in word and "=" not in word)


def test_package_managers_scripts_are_known() -> None:
    assert is_shim('#!/bin/sh\nbasedir=$(dirname "$(echo "$0" | sed -e \'s,\\\\,/,g\')")\n')
    assert not is_shim("#!/bin/sh\nexec node x\n")
