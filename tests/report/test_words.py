from __future__ import annotations

import pytest

from wiretell.report import words


@pytest.mark.parametrize(
    ("steps", "key", "said"),
    [
        (("base64", "xor"), "2a", "base64, then XOR with the byte 42 (0x2a)"),
        (("hex", "sub"), "6162", 'hexadecimal digits, then SUB of the repeating key "ab" of 2 bytes (0x6162)'),
        (("base64", "xor"), "00ff", "base64, then XOR with the repeating key of 2 bytes (0x00ff)"),
        (("base64", "xor-index"), "07", "base64, then XOR with the byte 7 (0x07) plus the position"),
        (("reversed", "base64", "gzip"), "", "read backwards, then base64, then gzip"),
        (("items", "xor"), "no hex", "each entry by itself, then XOR with the key no hex"),
        ((), "", "stored as it is"),
    ],
)
def test_how_a_text_was_decoded(steps: tuple[str, ...], key: str, said: str) -> None:
    assert words.decoding(steps, key) == said


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [(1, "entry", "1 entry"), (2, "entry", "2 entries"), (0, "list", "0 lists"), (1_234, "byte", "1,234 bytes")],
)
def test_plurals(count: int, noun: str, said: str) -> None:
    assert words.plural(count, noun) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0 s"), (0.01, "< 0.1 s"), (2.31, "2.3 s"), (47.0, "47 s"), (200.0, "3 min 20 s")]
)
def test_seconds(value: float, said: str) -> None:
    assert words.seconds(value) == said


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (("npm", "@a/b", "1.0"), "npm:@a/b@1.0"),
        (("pypi", "b", "1.0"), "pypi:b==1.0"),
        (("folder", "./b", None), "./b"),
    ],
)
def test_targets_are_named_as_on_the_command_line(target: tuple[str, str, str | None], said: str) -> None:
    assert words.package(*target) == said
