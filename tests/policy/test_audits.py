"""Rules by what audits found: any version, or any program, of which a document says so."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import sample
from wiretell import policy, report
from wiretell.errors import FormatError, UsageError
from wiretell.model.policy import Audited
from wiretell.policy import Asked, Client

LATER = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
SHA = "5b" * 32
RULE = '[[rule]]\nid = "r"\neffect = "{}"\naudits = {}\n'


def document(**changed: Any) -> bytes:
    """Return what the policy reads of an audit document; `target` is merged."""
    target = {"kind": "npm", "name": "@anthropic-ai/claude-code", "version": "2.1.91", "sha256": SHA, "agent": "x"}
    whole = {"schema": "wiretell/audit/1", "target": target | changed.pop("target", {}), "verdict": "covert"}
    return json.dumps(whole | changed).encode()


COMMAND = {"kind": "command", "name": "tool", "version": None}


def rules(*documents: bytes, effect: str = "ban", keys: str = "") -> policy.Policy:
    names = [f"{number}.json" for number in range(len(documents))]
    text = "schema = 1\n" + RULE.format(effect, json.dumps(names)) + keys
    return policy.parse(text, "p.toml", dict(zip(names, documents, strict=True)))


def effect(of: policy.Policy, client: Client = Client(), model: str = "", sha256: str = "") -> str:  # noqa: B008
    return policy.decide(of, Asked(client, model, sha256=sha256), LATER).effect


def claude(version: str) -> Client:
    return Client("claude-code", "anthropic", version)


def test_a_document_of_a_whole_audit_is_read() -> None:
    made = rules(report.encode(report.to_document(sample.covert())))
    assert made.rules[0].audited == (Audited("0.json", "covert", "claude-code", "2.1.91", ""),)
    assert effect(made, claude("2.1.91")) == "ban"


@pytest.mark.parametrize(
    ("client", "ban", "allow"),
    [
        (claude("2.1.91"), "ban", "allow"),
        (claude("v2.1.91+build"), "ban", "allow"),
        (claude("2.1.92"), "pass", "pass"),
        (claude(""), "ban", "pass"),
        (claude("nightly"), "ban", "pass"),
        (Client("codex", "openai", "2.1.91"), "pass", "pass"),
        (Client(), "pass", "pass"),
    ],
)
def test_the_audited_versions_match_and_silence_gains_nothing(client: Client, ban: str, allow: str) -> None:
    assert effect(rules(document()), client) == ban
    assert effect(rules(document(), effect="allow"), client) == allow


def test_the_sentence_says_that_the_version_is_not_known() -> None:
    said = policy.decide(rules(document(), effect="warn"), Asked(claude("")), LATER).sentence
    assert "(its version is not told, so it counts as one of those that were audited)" in said


def test_a_program_is_known_by_its_hash_whatever_it_calls_itself() -> None:
    made = rules(document(target=COMMAND))
    assert effect(made, Client("other", "", "1"), sha256=SHA) == effect(made, sha256=SHA) == "ban"
    assert effect(made, claude("2.1.91")) == effect(made, claude(""), sha256="00" * 32) == "pass"
    said = policy.decide(made, Asked(Client("tool"), sha256=SHA), LATER).sentence
    assert said == "tool is banned by the policy's rule r."


def test_the_hash_of_a_packages_archive_is_not_that_of_a_program() -> None:
    assert effect(rules(document()), sha256=SHA) == "pass"


def test_only_documents_with_the_verdict_count() -> None:
    other = document(verdict="undeclared", target={"version": "2.1.92"})
    assert [effect(rules(document(), other), claude(f"2.1.{patch}")) for patch in (91, 92)] == ["ban", "pass"]
    undeclared = rules(document(), other, keys='verdict = "undeclared"\n')
    assert [effect(undeclared, claude(f"2.1.{patch}")) for patch in (91, 92)] == ["pass", "ban"]


def test_what_else_a_rule_names_must_match_too() -> None:
    made = rules(document(), keys='model = "gpt-*"\n')
    assert effect(made, claude("2.1.91"), "gpt-5") == "ban"
    assert effect(made, claude("2.1.91"), "claude-opus-4-6") == "pass"
    assert effect(rules(document(), keys='vendor = "openai"\n'), claude("2.1.91")) == "pass"


def test_a_package_of_pypi_is_found_by_any_spelling() -> None:
    made = rules(document(target={"kind": "pypi", "name": "Aider_Chat", "version": "0.86.2"}))
    assert effect(made, Client("aider", "aider", "0.86.2")) == "ban"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "which is no audit document"),
        (b"{", "which is no audit document"),
        (b"[" * 100_000, "which is no audit document"),
        (b'{"schema": "wiretell/scan/1"}', "a document of the form 'wiretell/scan/1'"),
        (document(verdict="fine"), "which is no audit document"),
        (document(target={"name": 3}), "which is no audit document"),
        (document(target={"version": None}), "with no version"),
        (document(target={"version": "latest"}), "with the version 'latest', which is none"),
        (document(target={"name": "left-pad"}), "npm:left-pad, which is no product of the catalogue"),
        (document(target=COMMAND | {"sha256": "none"}), "no SHA-256"),
        (document(verdict="clean"), "would never match: none of its audit documents has the verdict 'covert'"),
    ],
)
def test_what_is_wrong_with_a_document_is_said_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(FormatError) as error:
        rules(data)
    assert str(error.value).startswith("p.toml: [[rule]] 1 ")
    assert said in str(error.value)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_nothing_but_a_format_error_comes_of_any_document(data: bytes) -> None:
    with pytest.raises(FormatError):
        rules(data)


def test_a_document_that_is_not_given_is_missed() -> None:
    with pytest.raises(FormatError, match=r"names the audit document 'a\.json', which was not given"):
        policy.parse("schema = 1\n" + RULE.format("ban", '["a.json"]'), "p.toml")


def test_loading_reads_documents_beside_the_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "audits").mkdir()
    (tmp_path / "audits" / "a.json").write_bytes(document())
    file = tmp_path / "p.toml"
    file.write_text("schema = 1\r\n" + RULE.format("ban", '["audits/a.json"]'), newline="")
    monkeypatch.chdir("/")
    found = policy.load(file)
    assert effect(found, claude("2.1.91")) == "ban"
    assert found == policy.parse(file.read_bytes().decode(), str(file), {"audits/a.json": document()})


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    for name, said in (("gone.json", "No such file"), (".", "is no file|Is a directory"), ("fifo", "is no file")):
        file.write_text("schema = 1\n" + RULE.format("ban", json.dumps([name])))
        if name == "fifo":
            os.mkfifo(tmp_path / name)
        with pytest.raises(UsageError, match=said):
            policy.load(file)
    file.write_text("schema = 1\n" + RULE.format("ban", '["a\\u0000b"]'))
    with pytest.raises(UsageError, match="cannot be read"):
        policy.load(file)
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(UsageError, match="cannot be read"):
            policy.load(path)
    file.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        policy.load(file)
    file.write_bytes(b"#" * (5 << 20))
    with pytest.raises(FormatError, match="over 4 MB"):
        policy.load(file)


@pytest.mark.parametrize("version", ["9.0.0+" + "a" * 122 + " || <9", "9.0.0+" + "a" * 122 + " ||", "1-" + "a" * 125])
def test_a_version_that_no_range_can_be_made_of_is_refused(version: str) -> None:
    with pytest.raises(FormatError, match=r"p\.toml: \[\[rule\]\] 1 names '0\.json', an audit of .* which is none"):
        rules(document(target={"version": version}))


def test_an_audited_version_is_told_in_one_spelling() -> None:
    told = [
        rules(document(target={"version": each})).rules[0].audited[0].version
        for each in ("v2.1", "1.0rc1+local.7", " 1!2.0 ", "2.1.91")
    ]
    assert told == ["2.1.0", "1.0.0-rc.1", "1!2.0.0", "2.1.91"]


def test_an_audited_product_is_itself_in_any_case() -> None:
    assert effect(rules(document()), Client("Claude-Code", "anthropic", "2.1.91")) == "ban"
