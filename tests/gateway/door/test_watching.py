"""The gateway's policy: with the audit documents it names, whole or not at all."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from tests.policy.test_audits import document
from wiretell.errors import UsageError
from wiretell.gateway.door.watching import PolicyWatch
from wiretell.policy import Asked, Client, decide

AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
RULE = '[[rule]]\nid = "r"\neffect = "ban"\naudits = ["a.json"]\n'


def watch(folder: Path, rules: str) -> PolicyWatch:
    write(folder, rules, 1)
    return PolicyWatch(folder / "p.toml")


def write(folder: Path, rules: str, stamp: int) -> None:
    (folder / "p.toml").write_text("schema = 1\n" + rules)
    os.utime(folder / "p.toml", (stamp, stamp))


def banned(watching: PolicyWatch, version: str) -> bool:
    watching._looked = 0.0
    client = Client("claude-code", "anthropic", version)
    return decide(watching.current(), Asked(client), AT).effect == "ban"


def test_audits_are_read_with_the_policy_and_again_when_it_changes(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(document())
    watching = watch(tmp_path, RULE)
    assert [banned(watching, version) for version in ("2.1.91", "2.1.92")] == [True, False]
    (tmp_path / "a.json").write_bytes(document(target={"version": "2.1.92"}))
    write(tmp_path, RULE, 2)
    assert [banned(watching, version) for version in ("2.1.91", "2.1.92")] == [False, True]


@pytest.mark.parametrize("data", [b"{", document(verdict="clean"), document(target={"version": None}), None])
def test_a_document_that_is_wrong_leaves_the_policy_before_in_force(tmp_path: Path, data: bytes | None) -> None:
    (tmp_path / "a.json").write_bytes(document())
    watching = watch(tmp_path, RULE)
    if data is None:
        (tmp_path / "a.json").unlink()
    else:
        (tmp_path / "a.json").write_bytes(data)
    write(tmp_path, RULE, 2)
    assert banned(watching, "2.1.91")
    assert watching.fault.endswith("The policy read before stays in force.")


def test_what_can_never_decide_is_refused_and_a_product_not_yet_known_is_not(tmp_path: Path) -> None:
    product = '[[rule]]\nid = "{}"\neffect = "{}"\nproduct = "{}"\n'
    for second in ("allow", "ban"):
        with pytest.raises(UsageError, match="never decides"):
            watch(tmp_path, product.format("a", "ban", "codex") + product.format("b", second, "codex"))
    watching = watch(tmp_path, product.format("a", "ban", "not-known-yet"))
    assert not watching.fault
