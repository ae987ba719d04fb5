"""Patterns of blanks at line ends."""

from __future__ import annotations

import random
import re

import pytest

from tests.marks.detecting import marks, states, stripped
from wiretell.model.marks import Certainty

WORDS = re.findall(r"\w+", "the quick brown fox jumps over a lazy dog and then some more of it follows")


def line(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randrange(3, 12))) + chance.choice([".", ",", "", "", ":"])


def text_with(tails: list[str], seed: int = 1) -> str:
    chance = random.Random(seed)
    return "".join(f"{line(chance)}{tail}\n" for tail in tails)


def bits(text: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in text)


def test_a_blank_or_none_that_spells_text_is_decoded() -> None:
    text = text_with([" " if bit == "1" else "" for bit in bits(b"account 17")])
    (mark,) = marks("trailing", text)
    assert (mark.hidden, mark.certainty) == ("account 17", Certainty.LIKELY)
    assert stripped("trailing", text) == "".join(f"{row.rstrip()}\n" for row in text.splitlines())


def test_a_space_or_a_tab_and_runs_as_snow_writes_them_are_decoded() -> None:
    text = text_with([" " if bit == "0" else "\t" for bit in bits(b"account")])
    assert marks("trailing", text)[0].hidden == "account"
    threes = [int((bits(b"account 7") + "000")[at : at + 3], 2) for at in range(0, 72, 3)]
    snow = text_with([" " * number + "\t" for number in threes[:-1]] + [" " * threes[-1]])
    assert marks("trailing", snow)[0].hidden == "account 7"


def test_tossed_coins_are_possible_and_their_bits_are_told() -> None:
    chance = random.Random(5)
    pattern = [chance.choice(["", " "]) for _ in range(120)]
    (mark,) = marks("trailing", text_with(pattern))
    assert (mark.certainty, mark.hidden) == (Certainty.POSSIBLE, "")
    assert "".join("1" if tail else "0" for tail in pattern)[:64] in mark.meaning
    assert mark.state == f"{pattern.count(' ')} of 120 lines"


@pytest.mark.parametrize("width", [12, 40])
@pytest.mark.parametrize("tail", [" ", "\t"])
def test_tossed_coins_on_lines_of_equal_length_are_possible(width: int, tail: str) -> None:
    chance = random.Random(11)
    rows = ["".join(chance.choices("abcdefgh", k=width)) + chance.choice(["", tail]) for _ in range(400)]
    (mark,) = marks("trailing", "".join(f"{row}\n" for row in rows))
    assert mark.certainty is Certainty.POSSIBLE
    assert mark.state == f"{sum(row.endswith(tail) for row in rows)} of 400 lines"


@pytest.mark.parametrize(
    "tails",
    [
        [" "] * 100,
        [""] * 97 + [" "] * 3,
        ["", "  "] * 50,
        ([" "] * 9 + [""]) * 10,
        ["\t"] * 50 + [""] * 50,
        ([""] * 20 + [" "] * 20) * 3,
    ],
)
def test_habits_are_ordinary(tails: list[str]) -> None:
    text = text_with(tails)
    assert states("trailing", text) == []
    assert stripped("trailing", text) == text


def test_markdowns_breaks_are_ordinary_however_they_fall() -> None:
    chance = random.Random(3)
    assert states("trailing", text_with([chance.choice(["", "  "]) for _ in range(100)])) == []


def test_blanks_that_follow_a_visible_sign_are_a_habit() -> None:
    chance = random.Random(2)
    rows = [line(chance) for _ in range(200)]
    assert states("trailing", "".join(row + (" \n" if row.endswith((",", ":")) else "\n") for row in rows)) == []


def test_padding_to_one_width_is_a_habit() -> None:
    chance = random.Random(2)
    rows = [line(chance)[: chance.randrange(10, 41)] for _ in range(100)]
    assert states("trailing", "".join(f"{row:<40}\n" for row in rows)) == []


def test_padding_of_some_lines_to_one_of_two_widths_is_a_habit() -> None:
    chance = random.Random(4)
    rows = [line(chance)[: chance.randrange(10, 39)] for _ in range(200)]
    padded = [f"{row:<{chance.choice([40, 60])}}" if chance.random() < 0.5 else row for row in rows]
    assert states("trailing", "".join(f"{row}\n" for row in padded)) == []


def test_lines_of_blanks_alone_are_ordinary() -> None:
    assert states("trailing", "a\n \n\t\nb\n   \n" * 30) == []
