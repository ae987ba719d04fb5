"""`wiretell fleet policy test | explain | init`, as a user calls them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import sample
from wiretell import policy, report
from wiretell.cli import run

POLICY = """schema = 1
timezone = "Asia/Shanghai"
[[rule]]
id = "software"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
reason = "Hidden channel"
[[rule]]
id = "models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
[[example]]
product = "claude-code"
version = "2.1.91"
on = 2026-07-10
expect = "ban"
rule = "software"
"""
BEFORE = '[[example]]\nproduct = "claude-code"\nversion = "2.1.91"\non = 2026-07-09\nexpect = "{}"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["fleet", "policy", *words])
    out, err = capsys.readouterr()
    return code, out, err


def audit(path: str, version: str = "2.1.91", **target: str) -> None:
    result = sample.covert()
    result = replace(result, target={**result.target, "version": version, **target})
    Path(path).write_bytes(report.encode(report.to_document(result)))


def test_examples_that_hold_end_with_0_and_others_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.toml").write_text(POLICY + BEFORE.format("pass"))
    code, out, err = call(capsys, "test", "p.toml")
    assert (code, err) == (0, "")
    assert "ok        1  2026-07-10  claude-code 2.1.91: ban:software" in out
    assert "All 2 examples hold." in out
    Path("p.toml").write_text(POLICY + BEFORE.format("ban"))
    code, out, _ = call(capsys, "test", "p.toml")
    assert code == 1
    assert "FAILED    2  2026-07-09  claude-code 2.1.91: expected ban, the policy says pass" in out
    assert "1 example of 2 failed." in out


def test_a_policy_is_read_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    audit("a.json")
    text = 'schema = 1\n[[rule]]\nid = "r"\neffect = "ban"\naudits = ["a.json"]\n' + BEFORE.format("ban")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, out, _ = call(capsys, "test", "-")
    assert (code, "The one example holds." in out) == (0, True)


def test_the_json_of_a_test(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.toml").write_text(POLICY + BEFORE.format("ban"))
    code, out, _ = call(capsys, "test", "p.toml", "--format", "json", "--output", "t.json")
    assert (code, out) == (1, "")
    found = json.loads(Path("t.json").read_bytes())
    assert found["schema"] == "wiretell/policy-test/1"
    assert [(each["holds"], each["effect"], each["decided_by"]) for each in found["examples"]] == [
        (True, "ban", "software"),
        (False, "pass", ""),
    ]
    assert found["policy_sha256"] == policy.load(Path("p.toml")).sha256


def test_a_policy_without_examples_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.toml").write_text("schema = 1\n")
    assert call(capsys, "test", "p.toml")[0] == 0
    assert "nothing was tried" in call(capsys, "test", "p.toml")[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = ", "is no TOML file"),
        (POLICY.replace("2026-07-10", "2026-02-30", 1), "is no TOML file"),
        (POLICY.replace("2026-07-10", "soon", 1), "is no TOML file"),
        (POLICY.replace("from = 2026-07-10", 'from = "2026-07-10"', 1), "needs a date without quotes"),
        (POLICY.replace('"claude-code"', '"claude-cod"', 1), "did you mean 'claude-code'?"),
        (
            POLICY.replace(
                "[[example]]",
                '[[rule]]\nid = "z"\neffect = "allow"\nmodel = "claude-*"\nfrom = 2027-01-01\n[[example]]',
            ),
            "so it never decides",
        ),
        (
            POLICY.replace(
                "[[example]]", '[[rule]]\nid = "z"\neffect = "ban"\nmodel = "claude-o*"\nfrom = 2027-01-01\n[[example]]'
            ),
            "'z' never decides",
        ),
        (
            POLICY.replace("[[example]]", '[[rule]]\nid = "z"\neffect = "ban"\naudits = ["x.json"]\n[[example]]'),
            "'x.json' cannot be read",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["test", "explain"])
def test_a_bad_policy_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], text: str, said: str, verb: str
) -> None:
    Path("p.toml").write_text(text)
    code, out, err = call(capsys, verb, "p.toml", "--output", "report.txt")
    assert (code, out) == (2, "")
    assert said in err and err.count("\n") == 1
    assert not Path("report.txt").exists()


def test_names_that_would_steer_a_terminal_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    evil = 'product = "a\\u001b[2J\\u202eb"\nmodel = "x\\ny"\n'
    Path("p.toml").write_text(POLICY + "[[example]]\n" + evil + 'on = 2026-07-10\nexpect = "pass"\n')
    for words in (["test", "p.toml"], ["test", "p.toml", "--format", "json"], ["explain", "p.toml"]):
        code, out, _ = call(capsys, *words)
        assert code == 0
        assert not {"\x1b", "\u202e"} & {*out}


def test_explaining_tells_every_rule_and_why_one_decides(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.toml").write_text(POLICY)
    code, out, _ = call(
        capsys, "explain", "p.toml", "--on", "2026-07-09", "--product", "codex", "--model", "claude-opus-4-6"
    )
    assert code == 0
    assert "software: Bans claude-code in versions >=2.1.91,<2.1.198 (a version that is not told counts)" in out
    assert "not in force on 2026-07-09" in out
    assert "On 2026-07-09, codex, model claude-opus-4-6: pass: no rule matches" in out
    assert "from 2026-07-10 on: ban:models" in out
    words = ("explain", "p.toml", "--on", "2026-07-10", "--product", "codex", "--model", "claude-opus-4-6")
    code, out, _ = call(capsys, *words)
    assert "ban by rule models" in out and "not software: product codex is not claude-code" in out
    found = json.loads(call(capsys, *words, "--format", "json")[1])
    assert found["schema"] == "wiretell/policy-explain/1"
    assert (found["decision"]["effect"], found["decision"]["rule"], found["on"]) == ("ban", "models", "2026-07-10")
    assert [rule["why_not"] for rule in found["rules"]] == ["product codex is not claude-code", ""]


def test_a_product_that_the_catalogue_does_not_know_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.toml").write_text(POLICY)
    code, out, _ = call(capsys, "explain", "p.toml", "--product", "claude-cod")
    assert (code, "note: The catalogue does not know the product 'claude-cod'; did you mean 'claude-code'?" in out) == (
        0,
        True,
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--on", "2026-02-30"],
        ["--on", "soon"],
        ["--on", "0001-01-01"],
        ["--version", "1"],
        ["--nothing"],
    ],
)
def test_wrong_words_are_refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    Path("p.toml").write_text(POLICY)
    code, out, err = call(capsys, "explain", "p.toml", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_policy_that_was_begun_is_one_whose_examples_hold(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "audits").mkdir()
    audit("audits/a.json")
    audit("audits/b.json", "2.1.92")
    audit("audits/b again.json", "2.1.92")
    Path("audits/c.json").write_bytes(report.encode(report.to_document(sample.clean())))
    documents = [str(path) for path in sorted(Path("audits").iterdir())]
    words = ["--from", "2026-07-10", "--timezone", "Asia/Shanghai", "--instead", 'the "approved"\nagent']
    for more in ([], ["--by-documents", "--force"]):
        assert call(capsys, "init", *documents, *words, *more, "--output", "p.toml") == (0, "", "")
        code, out, _ = call(capsys, "test", "p.toml")
        assert (code, "All 4 examples hold." in out) == (0, True), out
        (rule,) = policy.load(Path("p.toml")).rules
        assert (rule.id, rule.effect, rule.instead) == ("covert-claude-code", "ban", 'the "approved"\nagent')
        assert "homoglyph (U+0027, U+2019, U+02BC, U+02B9) tells base_url (see a.json)" in rule.reason
        assert (rule.versions, len(rule.audits)) == ((None, 3) if more else ("2.1.91 || 2.1.92", 0))
    assert "# No rule comes of c.json" in Path("p.toml").read_text()


def test_what_is_there_is_replaced_only_where_one_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    audit("a.json")
    Path("keep.toml").write_text(POLICY)
    code, out, err = call(capsys, "init", "a.json", "--output", "keep.toml")
    assert (code, out, err.count("\n"), Path("keep.toml").read_text()) == (2, "", 1, POLICY)
    assert "keep.toml is there already; name another file, or replace it with --force" in err
    audited = Path("a.json").read_bytes()
    assert call(capsys, "init", "a.json", "--output", "./a.json", "--force")[0] == 2
    assert Path("a.json").read_bytes() == audited
    assert call(capsys, "init", "a.json", "--output", "keep.toml", "--force") == (0, "", "")
    assert "covert-claude-code" in Path("keep.toml").read_text()
    Path("empty.toml").touch()
    for path in ("empty.toml", "/dev/null"):
        assert call(capsys, "init", "a.json", "--output", path) == (0, "", "")


@pytest.mark.parametrize(
    ("version", "words", "rules"),
    [
        ("1.0.999999999999", [], 1),
        ("2.1.91", ["--instead", "  "], 1),
        ("2.1.91", ["--from", "0002-01-01"], 1),
        ("2.1.91", ["--from", "9998-12-31"], 1),
    ],
)
def test_odd_words_and_versions_still_make_a_policy(
    capsys: pytest.CaptureFixture[str], version: str, words: list[str], rules: int
) -> None:
    audit("a.json", version)
    assert call(capsys, "init", "a.json", *words, "--output", "p.toml") == (0, "", "")
    assert len(policy.load(Path("p.toml")).rules) == rules
    assert call(capsys, "test", "p.toml")[0] == 0


def test_explaining_knows_a_product_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.toml").write_text('schema = 1\n[[rule]]\nid = "v"\neffect = "ban"\nvendor = "anthropic"\n')
    code, out, _ = call(capsys, "explain", "p.toml", "--product", "Claude-Code")
    assert (code, "ban by rule v" in out, "does not know" in out) == (0, True, False)


def test_documents_are_found_from_where_the_policy_lies(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    audit("a.json", kind="command", version="", sha256="5b" * 32)
    (here / "policies").mkdir()
    assert call(capsys, "init", "a.json", "--output", "policies/p.toml")[0] == 0
    (rule,) = policy.load(Path("policies/p.toml")).rules
    assert rule.audits == ("../a.json",) and rule.audited[0].sha256 == "5b" * 32
    assert call(capsys, "test", "policies/p.toml")[0] == 0
    assert call(capsys, "init", "a.json")[1] == Path("policies/p.toml").read_text().replace("../a.json", "a.json")


def test_documents_that_no_rule_can_name_are_refused_only_where_one_must(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    audit("a\nb.json")
    assert call(capsys, "init", "a\nb.json")[0] == 0
    code, out, err = call(capsys, "init", "a\nb.json", "--by-documents")
    assert (code, out, err.count("\n")) == (2, "", 1)
    for more, expected in (([], 0), (["--by-documents"], 2)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path("a\nb.json").read_bytes())))
        code, out, _ = call(capsys, "init", "-", *more)
        assert (code, "(see standard input)" in out) == (expected, expected == 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.json"], "gone.json cannot be read"),
        (["bad.json"], "bad.json: This is not an audit document"),
        (["clean.json"], "nothing to ban"),
        (["a.json", "--from", "2026-02-30"], "--from '2026-02-30' is no date"),
        (["a.json", "--timezone", "Asia/Shanghei"], "did you mean 'Asia/Shanghai'?"),
        (["other.json"], "npm:left-pad, which is no product of the catalogue"),
        (["a.json", "--output", "none/p.toml"], "does not exist"),
    ],
)
def test_what_no_policy_comes_of(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    audit("a.json")
    audit("other.json", name="left-pad")
    Path("bad.json").write_text('{"schema": "wiretell/audit/1"}')
    Path("clean.json").write_bytes(report.encode(report.to_document(sample.clean())))
    code, out, err = call(capsys, "init", *words)
    assert (code, out) == (2, "")
    assert said in err and err.count("\n") == 1


@pytest.mark.parametrize("verb", ["test", "explain", "init"])
def test_help_has_examples(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    with pytest.raises(SystemExit):
        run(["fleet", "policy", verb, "--help"])
    assert f"wiretell fleet policy {verb}" in capsys.readouterr().out.partition("examples:")[2]
