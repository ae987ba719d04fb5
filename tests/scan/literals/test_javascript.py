"""Every spelling, every form of literal, offsets, and what is no JavaScript."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scan.literals.conftest import Ask
from wiretell.scan.literals import Form
from wiretell.scan.literals.worker import Answer


def names(answer: Answer) -> list[tuple[str, str]]:
    return [(read.name, read.spelling) for read in answer.names]


def values(answer: Answer, form: Form = Form.STRING) -> list[str]:
    return [literal.value for literal in answer.literals if literal.form is form]


def compared(answer: Answer) -> dict[str, str]:
    return {literal.value: literal.operand for literal in answer.literals if literal.compared}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("process.env.ACME_URL", [("ACME_URL", "process.env.NAME")]),
        ("process.env.lower", [("lower", "process.env.NAME")]),
        ('process.env["ACME_URL"]', [("ACME_URL", 'process.env["NAME"]')]),
        ("process.env[`ACME_URL`]", [("ACME_URL", 'process.env["NAME"]')]),
        ('process.env["ACME" + "_URL"]', [("ACME_URL", 'process.env["NAME"]')]),
        ("process.env?.ACME_URL", [("ACME_URL", "process.env?.NAME")]),
        ("process?.env.ACME_URL", [("ACME_URL", "process?.env.NAME")]),
        ('process["env"].ACME_URL', [("ACME_URL", "process.env.NAME")]),
        ('process?.env?.["ACME_URL"]', [("ACME_URL", 'process?.env["NAME"]')]),
        ("globalThis.process.env.ACME_URL", [("ACME_URL", "globalThis.process.env.NAME")]),
        ("(process.env).ACME_URL", [("ACME_URL", "process.env.NAME")]),
        ("(process.env || {}).ACME_URL", [("ACME_URL", "process.env.NAME")]),
        ("Bun.env.ACME_URL", [("ACME_URL", "Bun.env.NAME")]),
        ("import.meta.env.ACME_URL", [("ACME_URL", "import.meta.env.NAME")]),
        ('Deno.env.get("ACME_URL")', [("ACME_URL", "Deno.env.get")]),
        ("var {ACME_URL: a, OTHER = 1, third} = process.env;", ["ACME_URL", "OTHER", "third"]),
        ("function f({ACME_URL, OTHER: {x} = {}} = process.env) {}", ["ACME_URL", "OTHER"]),
        ("const store = process.env; f(store.ACME_URL, store.port)", [("ACME_URL", "alias"), ("port", "alias")]),
        ("let e=process.env;e.ACME_URL;e.length", [("ACME_URL", "alias")]),
        ("opts.env.ACME_URL; opts.env.length", [("ACME_URL", "env.NAME")]),
        ('"ACME_URL" in process.env', [("ACME_URL", "in process.env")]),
        ("settings.ACME_URL; settings.HOME", [("ACME_URL", "property"), ("HOME", "property")]),
        ("f({ACME_URL: 1})", [("ACME_URL", "key")]),
        ('f({"ACME_URL": 1})', [("ACME_URL", "key")]),
        ("process.env.ACME_URL = 1", [("ACME_URL", "written")]),
        ("process.env.ACME_URL ??= 1", [("ACME_URL", "process.env.NAME")]),
        ("a ? B_C : D_E", []),
    ],
)
def test_spellings_of_the_environment(ask: Ask, source: str, expected: list[tuple[str, str] | str]) -> None:
    found = names(ask(source))
    if "destructured" in dict.fromkeys(spelling for _, spelling in found):  # keys of the pattern are keys as well
        found = [item for item in found if item[1] != "key"]
    assert found == [(item, "destructured") if isinstance(item, str) else item for item in expected]


def test_computed_reads_and_whole_uses_are_counted(ask: Ask) -> None:
    answer = ask("process.env[key]; process.env['A'+b]; f({...process.env}); g(process.env); h = process.env.A_B")
    assert (answer.computed, answer.whole) == (2, 2)


def test_a_short_alias_ends_with_its_braces(ask: Ask) -> None:
    answer = ask("function f(){let e=process.env;e.ONE_A}function g(e){e.TWO_B}")
    assert names(answer) == [("ONE_A", "alias"), ("TWO_B", "property")]


def test_an_alias_that_is_assigned_again_is_none(ask: Ask) -> None:
    assert names(ask("let store=process.env;store=other;store.TWO_B")) == [("TWO_B", "property")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('process.env.A_B === "v"', {"v": "env:A_B"}),
        ('"v" == process.env.A_B', {"v": "env:A_B"}),
        ('process.env.A_B.toLowerCase() !== "v"', {"v": "env:A_B"}),
        ('process.env.A_B?.startsWith("v")', {"v": "env:A_B"}),
        ('let q = process.env.A_B; if (q === "v") {}', {"v": "env:A_B"}),
        ('switch (process.env.A_B) { case "v": break; case "w": }', {"v": "env:A_B", "w": "env:A_B"}),
        ('["v", "w"].includes(process.env.A_B)', {"v": "env:A_B", "w": "env:A_B"}),
        ('new Set(["v"]).has(process.env.A_B)', {"v": "env:A_B"}),
        ('const known = new Set(["v"]); known.has(process.env.A_B)', {"v": "env:A_B"}),
        ('const known = ["v"]; known.includes(x)', {"v": ""}),
        ('new URL(process.env.A_B).hostname === "v"', {"v": "env:A_B"}),
        ('Intl.DateTimeFormat().resolvedOptions().timeZone === "v"', {"v": "timeZone"}),
        ('os.hostname() === "v"', {"v": "hostname()"}),
        ('process.platform === "v"', {"v": "process.platform"}),
        ('x === "v"', {"v": ""}),
        ('"a,b".includes(x)', {"a,b": ""}),
        ("x === `v`", {"v": ""}),
        ('typeof x === "v"', {}),
        ('f("v"), g = "w"', {}),
    ],
)
def test_what_literals_are_compared_with(ask: Ask, source: str, expected: dict[str, str]) -> None:
    assert compared(ask(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Intl.DateTimeFormat().resolvedOptions().timeZone", [("resolvedOptions", ".()"), ("timeZone", ".")]),
        ("os.hostname()", [("hostname", ".()")]),
        ("hostname()", [("hostname", "name()")]),
        ("url.hostname", [("hostname", ".")]),
        ("process.platform", [("platform", "process.")]),
        ("let {timeZone: z} = o", [("timeZone", "key")]),
    ],
)
def test_watched_words(ask: Ask, source: str, expected: list[tuple[str, str]]) -> None:
    assert [(seen.name, seen.spelling) for seen in ask(source).watched] == expected


def test_forms_of_literals(ask: Ask) -> None:
    answer = ask(r"""f("a\u02bcb", 'c\x41', `plain`, `t1${x + `in`}t2`, "x" + "y" + 'z' + w, /re["']x/g)""")
    assert values(answer) == ["aʼb", "cA", "in", "x", "y", "z"] or "plain" in values(answer, Form.TEMPLATE)
    assert "xyz" in values(answer, Form.JOINED)
    assert {"t1", "t2", "plain", "in"} <= set(values(answer, Form.TEMPLATE))
    assert values(answer, Form.REGEXP) == ["re[\"']x"]


def test_division_is_no_regular_expression(ask: Ask) -> None:
    answer = ask("var a = b / c; var d = 'x' / 2; if (e) /'q'/.test(f); x = {} / 'y'")
    assert values(answer)[:1] == ["x"]
    assert not answer.errors


def test_offsets_are_bytes(ask: Ask) -> None:
    source = 'const ключ = "знак"; /* 𝒳 */ f("’", process.env.A_B, "日本語" + "x")'.encode()
    answer = ask(source)
    spans = [source[literal.start : literal.end].decode() for literal in answer.literals]
    assert spans == ['"знак"', '"’"', '"日本語"', '"x"', '"日本語" + "x"']
    assert source[answer.names[0].start :].startswith(b"A_B")


def test_bytes_that_are_no_utf8_keep_their_offsets(ask: Ask) -> None:
    source = b'f("\xff\xfe", "b")'
    assert [source[literal.start : literal.end] for literal in ask(source).literals] == [b'"\xff\xfe"', b'"b"']


def test_after_an_error_reading_goes_on(ask: Ask) -> None:
    answer = ask('a("one"); b = "unclosed\nc("two"); @ d("three"); e("four")')
    assert "two" in values(answer)
    assert "four" in values(answer)
    assert answer.errors
    assert all(start <= end for start, end, _ in answer.errors)


def test_what_is_no_javascript_is_given_up(ask: Ask) -> None:
    answer = ask(b"@#\n" * 5000)
    assert len(answer.errors) == 20
    assert answer.errors[-1][1] == 15_000


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\0" * 5000,
        b"[" * 300_000,
        b"({" * 150_000,
        b"`${" * 50_000,
        b"(" * 100_000 + b")" * 100_000,
        b")" * 10_000 + b"]" * 10_000 + b"}" * 10_000,
        b"/" * 1000,
        b'"a"+' * 200_000 + b'"a"',
        b"/(((((" * 20_000,
        "\ud800".encode("utf-8", "surrogatepass") * 100,
        b'"\\ud800" + "\\udc00"',
        b"\xef\xbb\xbf#!/usr/bin/env node\n'x'",
        b"a.b" * 100_000,
        b"x=" * 100_000,
    ],
)
def test_hostile_sources_end(ask: Ask, source: bytes) -> None:
    begun = time.monotonic()
    answer = ask(source)
    assert time.monotonic() - begun < 10
    assert all(0 <= literal.start <= literal.end <= len(source) for literal in answer.literals)


def test_lone_surrogates_become_the_replacement_character(ask: Ask) -> None:
    assert values(ask(r'f("a\ud800b")')) == ["a\ufffdb"]


def test_one_megabyte_in_one_line(ask: Ask) -> None:
    source = "f(" + ",".join(f'"entry {i}"' for i in range(80_000)) + ");process.env.A_B"
    answer = ask(source)
    assert len(answer.literals) == 80_000
    assert names(answer) == [("A_B", "process.env.NAME")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=8), st.text(max_size=5))
def test_offsets_slice_back_to_the_literal(ask: Ask, texts: list[str], between: str) -> None:
    comment = "/*" + between.replace("*/", "").encode("utf-8", "ignore").decode() + "*/"
    written = [json.dumps(text, ensure_ascii=False) for text in texts]
    source = (comment + f",{comment}".join(f"f({text})" for text in written)).encode()
    literals = ask(source).literals
    assert [source[literal.start : literal.end].decode() for literal in literals] == written
    assert [literal.value for literal in literals] == texts


@pytest.mark.parametrize("use", [b"", b".includes(y)"])
def test_lists_in_lists_take_no_time_by_their_square(ask: Ask, use: bytes) -> None:
    source = b'abc=["x",' * 150_000 + (b"]" + use) * 150_000 + b";abc.includes(y)"
    began = time.monotonic()
    answer = ask(source)
    assert time.monotonic() - began < 10
    assert len(answer.literals) == 150_000
    assert len(answer.notes) == 1
    assert ask(b'abc = ["x", ["y"]]; abc.includes(z)').notes == ()
