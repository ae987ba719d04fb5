"""Make the Unicode data that `wiretell.unicode` and `wiretell.compare` ship, from the Unicode Consortium's own files.

    python scripts/make_unicode_data.py confusables.txt DerivedCoreProperties.txt BABEL_FOLDER
    python scripts/make_unicode_data.py Scripts.txt emoji-data.txt StandardizedVariants.txt

`confusables.txt` belongs to UTS #39 (Public/security/latest on Unicode's server), `DerivedCoreProperties.txt` to the
Unicode Character Database. CLDR's date patterns come from an unpacked wheel of `babel`, which carries them for every
locale. The second form writes the properties that `wiretell.unicode.kinds` needs, all three files of the Unicode
Character Database (Debian's package `unicode-data` carries them).

The output states versions and the SHA-256 of each source, and is the same whenever the sources are.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "wiretell"
LICENCE = "Unicode License V3 (https://www.unicode.org/license.txt)"
_IGNORABLE = re.compile(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*; Default_Ignorable_Code_Point\b")
_VERSION = re.compile(
    r"(?:Version: |DerivedCoreProperties-|Scripts-|StandardizedVariants-|Emoji Version )(\d+\.\d+(?:\.\d+)?)"
)
_PROPERTY = re.compile(r"^([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*; (\w+)", re.MULTILINE)
_SEQUENCE = re.compile(r"^([0-9A-F]+) ([0-9A-F]+);", re.MULTILINE)
_LITERAL = re.compile(r"'([^']*)'")
_FIELD = re.compile(r"([A-Za-z])\1*")


def prototypes(text: str) -> dict[str, str]:
    """Read `source ; target ; type` lines: each confusable character with its prototype."""
    table = {}
    for line in text.splitlines():
        parts = line.partition("#")[0].split(";")
        if len(parts) > 1:
            table[chr(int(parts[0], 16))] = "".join(chr(int(point, 16)) for point in parts[1].split())
    return dict(sorted(table.items()))


def properties(text: str) -> dict[str, list[list[int]]]:
    """Read `range ; value` lines: value -> its ranges, both ends included, touching ranges joined."""
    table: dict[str, list[list[int]]] = {}
    for first, last, value in sorted(_PROPERTY.findall(text), key=lambda found: int(found[0], 16)):
        ranges = table.setdefault(value, [])
        if ranges and int(first, 16) == ranges[-1][1] + 1:
            ranges[-1][1] = int(last or first, 16)
        else:
            ranges.append([int(first, 16), int(last or first, 16)])
    return dict(sorted(table.items()))


def ignorable(text: str) -> list[list[int]]:
    """Read the ranges of Default_Ignorable_Code_Point, both ends included, touching ranges joined."""
    ranges: list[list[int]] = []
    found = sorted((int(a, 16), int(b or a, 16)) for a, b in _IGNORABLE.findall(text))
    for first, last in found:
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1][1] = max(last, ranges[-1][1])
        else:
            ranges.append([first, last])
    return ranges


def numeric_style(pattern: str) -> str | None:
    """Turn a CLDR date pattern (UTS #35) into a style such as `Y/M/D`; None where it spells out a name."""
    literals = _LITERAL.sub(lambda found: found[1], pattern)
    fields = "".join(found[0] for found in _FIELD.finditer(pattern))
    if re.search(r"G|MMM|LLL", fields) or not {"y", "d"} <= set(fields) or not re.search("[ML]", fields):
        return None
    bare = re.sub(r"[,\s\u200e\u200f]*(E+|cccc)[,\s]*", "", literals)
    return re.sub(r"[ML]+", "M", re.sub(r"y+", "Y", re.sub(r"d+", "D", bare))).strip("\u200e\u200f ")


def date_styles(babel: Path) -> dict[str, list[str]]:
    """Collect the numeric date styles of every locale of CLDR; a locale equal to its language's is left out."""
    sys.path.insert(0, str(babel))
    from babel import Locale, localedata  # type: ignore[import-not-found,unused-ignore]

    table: dict[str, list[str]] = {}
    for name in sorted(localedata.locale_identifiers(), key=lambda name: (name.count("_"), name)):
        locale = Locale.parse(name)
        forms = [*locale.date_formats.values(), locale.datetime_skeletons.get("yMd")]
        patterns = [getattr(form, "pattern", form) for form in forms if form]
        styles = sorted({style for style in map(numeric_style, patterns) if style})
        if table.get(name.partition("_")[0]) != styles:
            table[name] = styles
    return dict(sorted(table.items()))


def _source(path: Path, text: str) -> dict[str, str]:
    version = _VERSION.search(text)
    return {
        "file": path.name,
        "version": version[1] if version else "unknown",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _write(name: str, document: dict[str, object]) -> None:
    (PACKAGE / name).parent.mkdir(exist_ok=True)
    (PACKAGE / name).write_text(json.dumps(document, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="ascii")


def kinds(scripts: Path, emoji: Path, variants: Path) -> None:
    """Write the properties by which ordinary uses of unusual characters are known."""
    of_emoji = properties(emoji.read_text("utf-8"))
    _write(
        "unicode/data/kinds.json",
        {
            "licence": LICENCE,
            "sources": [_source(path, path.read_text("utf-8")) for path in (scripts, emoji, variants)],
            "scripts": properties(scripts.read_text("utf-8")),
            "emoji": {name: of_emoji[name] for name in ("Emoji", "Extended_Pictographic")},
            "variants": [
                [int(point, 16) for point in pair]
                for pair in sorted(set(_SEQUENCE.findall(variants.read_text("utf-8"))))
            ],
        },
    )


def main(arguments: list[str]) -> None:
    """Write the files that can be made of those given."""
    if Path(arguments[0]).name == "Scripts.txt":
        kinds(*(Path(argument) for argument in arguments))
        return
    confusables, derived, babel = (Path(argument) for argument in arguments)
    visual, core = confusables.read_text("utf-8-sig"), derived.read_text("utf-8")
    _write(
        "unicode/data/unicode.json",
        {
            "licence": LICENCE,
            "sources": [_source(confusables, visual), _source(derived, core)],
            "default_ignorable": ignorable(core),
            "prototypes": prototypes(visual),
        },
    )
    _write(
        "compare/data/cldr_dates.json",
        {
            "licence": LICENCE,
            "source": f"CLDR as in {next(babel.glob('[Bb]abel-*')).name}",
            "styles": date_styles(babel),
        },
    )


if __name__ == "__main__":
    main(sys.argv[1:])
