"""Files that are broken, deep, huge or no files at all: a reason, never an exception of another kind."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell.fleet.settings import reading
from wiretell.fleet.settings.extracting import extract
from wiretell.fleet.settings.forms import EVERY
from wiretell.fleet.settings.interface import Form, Syntax
from wiretell.fleet.settings.reading import RefusedError, document_of, text_of

PARSED = (Syntax.JSON, Syntax.TOML, Syntax.YAML)
DEEP = {
    Syntax.JSON: "[" * 100_000,
    Syntax.TOML: "a = " + "[" * 100_000,
    Syntax.YAML: "[" * 20_000,
}
BROKEN = {Syntax.JSON: '{"a": }', Syntax.TOML: "a = = b", Syntax.YAML: "a: [b"}


@pytest.mark.parametrize("syntax", PARSED)
def test_what_is_too_deep_is_refused(syntax: Syntax) -> None:
    with pytest.raises(RefusedError):
        document_of(DEEP[syntax], syntax)


@pytest.mark.parametrize("syntax", PARSED)
def test_what_is_broken_is_refused_without_a_word_of_it(syntax: Syntax) -> None:
    with pytest.raises(RefusedError, match=r"^it is no") as refused:
        document_of(f"{BROKEN[syntax]} sk-secret", syntax)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("text", ['{"a": 1, // c\n "b": [1,],}', "/* c */ {a: 'b'}", "", "  \n"])
def test_json_with_comments_is_read(text: str) -> None:
    assert isinstance(document_of(text, Syntax.JSON), dict)


def test_aliases_that_multiply_are_refused_at_once() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 9)]
    begun = time.process_time()
    with pytest.raises(RefusedError, match="aliases"):
        document_of("\n".join(lines), Syntax.YAML)
    assert time.process_time() - begun < 2


def test_lists_of_aliases_stop_where_settings_are_looked_for() -> None:
    """Twenty aliases are allowed; what they could come to is bounded where it is walked."""
    form = next(form for form in EVERY if form.product == "continue" and form.syntax is Syntax.YAML)
    text = "x: &x {model: m}\nmodels: [" + ", ".join(["*x"] * 20) + "]\n"
    assert len(list(extract(form, text))) == 20


def test_files_that_were_made_to_take_long_do_not() -> None:
    by_product = {(form.product, form.syntax): form for form in EVERY if form.ends}
    servers = ",".join(f'"s{number}": {{"command": "npx"}}' for number in range(100_000))
    scripts = (
        "cat <<a\n" * 50_000,
        "A=" + "$(" * 100_000,
        "A='" + "a\n" * 100_000,
        "A=" + '"$(' * 50_000,
        "((" * 50_000,
    )
    begun = time.process_time()
    with pytest.raises(RefusedError, match="more than 2,000 settings"):
        list(extract(by_product["copilot-cli", Syntax.JSON], f'{{"mcpServers": {{{servers}}}}}'))
    for script in scripts:
        list(extract(by_product["", Syntax.SHELL], f"OPENAI_MODEL=x\n{script}"))
    assert time.process_time() - begun < 8


@pytest.mark.parametrize(
    "text", ["2026-02-30", "? [a]\n: b", "a: !!python/object:os.system x", "!!int x", "a: 1e999999"]
)
def test_odd_yaml_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RefusedError):
        document_of(text, Syntax.YAML)


@pytest.mark.parametrize(
    "form",
    [form for form in EVERY if form.syntax is Syntax.JSON],
    ids=lambda form: f"{form.product or 'any'}-{min(form.ends)}",
)
@settings(max_examples=10, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    )
)
def test_values_of_the_wrong_type_yield_nothing_or_something_told(form: Form, value: object) -> None:
    """Whatever stands at a place: no exception, and only texts come out."""
    made: dict[str, object] = {}
    for rule in form.rules:
        at: dict[str, object] = made
        for key in rule.keys[:-1]:
            held = at.setdefault(key, {})
            at = held if isinstance(held, dict) else {}
        at[rule.keys[-1]] = copy.deepcopy(value)
    text = json.dumps(made)
    for entry in extract(form, text):
        assert all(isinstance(each, str) for each in (entry.key, entry.told.value, entry.told.host, entry.told.model))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for form in EVERY:
        try:
            list(extract(form, text))
        except RefusedError as refused:
            assert str(refused).startswith("it ")


def test_a_file_is_read_as_utf_8_with_a_mark_or_without(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b'\xef\xbb\xbf{"a": "\xff"}')
    assert text_of(str(path), Syntax.JSON) == '{"a": "\ufffd"}'


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reading.MAX_BYTES, Syntax.JSON, 1 << 20)
    path = tmp_path / "a"
    path.write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(RefusedError, match="larger than 1,048,576 bytes"):
        text_of(str(path), Syntax.JSON)


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    for name, why in (
        ("pipe", "no regular file"),
        ("circle", "too many levels"),
        (".", "no regular file"),
        ("absent", "leads nowhere"),
    ):
        with pytest.raises(RefusedError, match=why):
            text_of(str(tmp_path / name), Syntax.JSON)


@pytest.mark.parametrize(
    "line", ["a." * 10_000 + "b = 1", "[" + "a." * 10_000 + "b]", "x = {" + "a." * 10_000 + "b = 1}"]
)
def test_toml_that_would_take_long_is_not_parsed(line: str) -> None:
    begun = time.process_time()
    with pytest.raises(RefusedError, match="take long"):
        document_of(f"model = 'm'\n{line}\n", Syntax.TOML)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "line", ["model: x" + " " * 60_000 + "\x01", "model: '" + "x' " * 30_000, "model: x" + " #" * 30_000, "a" * 60_000]
)
def test_front_matter_that_would_take_long_does_not(line: str) -> None:
    begun = time.process_time()
    document_of(f"---\n{line}\n---\n", Syntax.FRONT_MATTER)
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("model: opus", "opus"),
        ("model: opus  # the large one", "opus"),
        ("model:  'opus' # x", "opus"),
        ('model: "op us"', "op us"),
        ("model: 'it''s", "'it''s"),
        ("model: a#b", "a#b"),
        ("model:\topus \t", "opus"),
        ("model: x" + " " * 5_000 + "# " + "c" * 5_000, "x"),
        ("model:opus", None),
        ("model: ", None),
        (" model: opus", None),
        ("1model: opus", None),
    ],
)
def test_front_matter(line: str, value: str | None) -> None:
    assert document_of(f"---\n{line}\n---\nmodel: other\n", Syntax.FRONT_MATTER).get("model") == value


def test_lists_in_lists_stay_small(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"[" + b"[]," * (6 << 20) + b"[]]")
    with pytest.raises(RefusedError, match="larger than 16,777,216 bytes"):
        text_of(str(path), Syntax.JSON)
