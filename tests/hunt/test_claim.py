"""Claims: what is read, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.errors import FormatError
from wiretell.hunt import claim

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "hunt-claim.md").read_text()
HEAD = 'schema = 1\naccount = "a17"\n'
CARD = '[card]\npayment = ["p"]\n'


def fault(text: str) -> str:
    with pytest.raises(FormatError) as caught:
        claim.parse(text, "claim.toml")
    return str(caught.value)


def test_the_example_of_the_page_is_read_whole() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    found = claim.parse(example, "page")
    assert found.accounts == ("a17",) and found.nature == "card" and found.told == "a shared card: pay_81f0"
    assert (found.decision, found.reviewer, found.date) == ("overturned", "R. Example", "2026-07-10")


def test_the_page_says_which_claim_explains_what() -> None:
    rows = re.findall(r"^\| `\[(\w+)\]` \|[^|]*\| ([^|]+) \|$", PAGE, re.M)
    told = {name: {kind.strip() for kind in kinds.split(",")} for name, kinds in rows}
    assert told.pop("other") == {"nothing by itself; it is recorded"} and claim.EXPLAINS["other"] == ()
    assert told == {name: {kind.value for kind in kinds} for name, kinds in claim.EXPLAINS.items() if name != "other"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD, "exactly one of [organisation]"),
        (HEAD + CARD + '[other]\ntext = "x"', "exactly one of"),
        (f"schema = 1\n{CARD}", "no `account`"),
        (f"schema = 1\naccount = []\n{CARD}", "must not be empty"),
        (f"schema = 1\naccount = 4\n{CARD}", "a text in quotes or a list"),
        (f'{HEAD}decision = "over-turned"\n{CARD}', "no decision 'over-turned'; did you mean 'overturned'?"),
        (f'{HEAD}decision = "overturned"\n{CARD}', "'reviewer' and a 'date' and a 'note'"),
        (f'{HEAD}decision = "upheld"\nreviewer = "r"\ndate = 2026-07-10\n{CARD}', "a 'note' that says why"),
        (f'{HEAD}decision = "pending-evidence"\ndate = 2026-07-10\n{CARD}', "'reviewer'"),
        (f"{HEAD}revewer = 1\n{CARD}", "did you mean 'reviewer'?"),
        (f"{HEAD}[card]\npayments = []", "[card] has no key 'payments'; did you mean 'payment'?"),
        (f'{HEAD}[organisation]\nname = "x"', "needs its accounts"),
        (f'{HEAD}[network]\naddresses = ["office"]', "'office' is no network"),
        (f'{HEAD}[network]\naddresses = ["0.0.0.0/0"]', "every address"),
        (f"{HEAD}card = 3", "card: expected a table"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_place(text: str, words: str) -> None:
    sentence = fault(text)
    assert sentence.startswith("claim.toml") and words in sentence and "\n" not in sentence


def test_a_decision_that_waits_needs_no_reason_yet() -> None:
    found = claim.parse(f'{HEAD}decision = "pending-evidence"\nreviewer = "r"\ndate = 2026-07-10\n{CARD}', "c")
    assert found.decision == "pending-evidence" and found.note == ""


def test_a_claimant_named_twice_claims_once() -> None:
    found = claim.parse(f'schema = 1\naccount = ["b", "a", "b"]\n{CARD}', "c")
    assert found.accounts == ("b", "a") and found.decision == "open"


def test_claims_in_words() -> None:
    licence = claim.parse(f'{HEAD}[licence]\nname = "Eval 7"\naccounts = ["a17"]', "c")
    assert (licence.told, licence.named) == ("a licence: Eval 7", ("a17",))
    assert claim.parse(f'{HEAD}[network]\naddresses = ["192.0.2.0/24"]', "c").told == "a shared network: 192.0.2.0/24"
    assert claim.parse(f'{HEAD}[other]\ntext = "it was me"', "c").told == "it was me"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        claim.parse(f"{HEAD}{text}", "claim.toml")
    except FormatError as error:
        assert str(error).startswith("claim.toml")
