"""Words and numbers that the renderings for people share. Pure, and nothing here escapes anything."""

from __future__ import annotations

from collections.abc import Sequence


def plural(count: int, noun: str) -> str:
    """Return `1 run`, `2 runs`."""
    if count == 1:
        return f"{count:,} {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{count:,} {noun}s"


def bits(amount: float) -> str:
    """Return `1 bit`, `1.58 bits`."""
    number = f"{amount:.2f}".rstrip("0").rstrip(".")
    return f"{number} bit" if number == "1" else f"{number} bits"


def p_value(value: float) -> str:
    """Return `p 0.03` or `p 4e-9`; never a bare 0, which no test can show."""
    if value <= 0:
        return "p < 1e-300"
    if value >= 0.001:
        return f"p {value:.2g}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"p {mantissa}e{int(exponent)}"


def seconds(value: float) -> str:
    """Return `0.3 s`, `47 s` or `3 min 20 s`."""
    if 0 < value < 9.95:
        return f"{value:.1f} s" if value >= 0.05 else "< 0.1 s"
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def size(count: int) -> str:
    """Return a number of bytes with its unit: `812 B`, `271 kB` (1000 to the step)."""
    amount, units = float(count), iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    while amount >= 999.5 and unit != "GB":
        amount, unit = amount / 1000, next(units)
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def either(items: Sequence[str], more: int = 0) -> str:
    """Return `a, b or c`; `a, b, +2 more` where more are not shown."""
    if more:
        return ", ".join((*items, f"+{more} more"))
    return " or ".join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else "".join(items)


def package(kind: str, name: str, version: str | None) -> str:
    """Return a target as it is named on the command line."""
    joint = "==" if kind == "pypi" else "@"
    whole = name + (f"{joint}{version}" if version else "")
    return f"{kind}:{whole}" if kind in ("npm", "pypi") else whole


def decoding(steps: Sequence[str], key: str) -> str:
    """Return how a text was decoded: `base64, then XOR with the byte 91 (0x5b)`. `key` is hex, or empty."""
    return ", then ".join(_step(step, key) for step in steps) or "stored as it is"


_STEPS = {
    "hex": "hexadecimal digits",
    "reversed": "read backwards",
    "rot13": "letters rotated by 13",
    "split": "pieces put together",
    "items": "each entry by itself",
    "codes": "character codes",
    "escapes": "escaped characters",
    "deflate": "raw deflate",
}
"""Words for steps whose name does not say what they do; any other is shown by its name."""
_KEYED = {"xor": "XOR with", "add": "ADD of", "sub": "SUB of", "xor-index": "XOR with", "add-index": "ADD of"}


def _step(step: str, key: str) -> str:
    if step not in _KEYED:
        return _STEPS.get(step, step)
    position = " plus the position" if step.endswith("-index") else ""
    return f"{_KEYED[step]} {_key(key)}{position}"


def _key(key: str) -> str:
    try:
        value = bytes.fromhex(key)
    except ValueError:
        return f"the key {key}"
    if len(value) == 1:
        return f"the byte {value[0]} (0x{key})"
    text = value.decode("ascii", "replace")
    shown = f' "{text}"' if text.isascii() and text.isprintable() else ""
    return f"the repeating key{shown} of {plural(len(value), 'byte')} (0x{key})"
