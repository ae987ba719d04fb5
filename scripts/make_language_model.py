"""Make the bigram table that `wiretell.scan.language` ships, from Python's own library and the IANA time zones.

    python scripts/make_language_model.py YYYY-MM-DD

The table shall price what lists are made of: host names, identifiers, words and what stands between them. It learns
from the source text of Python's standard library (identifiers, docstrings and comments, as they are and in lower
case), from the zone names of `tzdata`, and from host names put together from such words, invented syllables and top
level domains. No list of any vendor and no sample under audit is among the sources. Chance has a fixed seed; the
output states date, versions and the SHA-256 of what was read, and is the same whenever those are.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import platform
import random
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FOLDER = Path(__file__).resolve().parent.parent / "src" / "wiretell" / "scan" / "language" / "data"
ALPHABET = b"\t\n" + bytes(range(0x20, 0x7F))
SEED = 20260101
UNITS = 16
"""Costs are in 1/16 bit."""
PACKAGES = ("asyncio", "collections", "concurrent", "email", "html", "http", "importlib", "json", "logging", "urllib")
GENERIC = ("com",) * 24 + ("net",) * 5 + ("org",) * 4 + _words("info dev app cloud online site top xyz shop tech")
FRONT = _words("www api app cdn mail docs dev test proxy gateway chat code open auth static img data my web m blog")
ONSETS = (*_words("b c d f g h j k l m n p qu r s t v w x y z ch sh st tr gr th"), "", "")
VOWELS = _words("a e i o u ai ee oo ia")
SEPARATORS = (",",) * 6 + ("\n",) * 4 + (" ", " ", "|", ";", ", ", '","', '", "', "\t")
SHARES = {"hosts": 9, "identifiers": 4, "words": 3, "prose lower": 3, "prose": 2, "zones": 1}
"""How much of the counting each kind of text gets, whatever its size."""
CHARACTERS = 400_000
"""Of each kind of text."""
SMOOTHING = 24.0
"""Weight of the order-0 estimate in each row, in thousandths of a share (Jelinek and Mercer, 1980)."""
RESERVE = 0.01
"""Probability kept for bytes outside the alphabet and pairs never seen."""


def library() -> list[bytes]:
    """Read the library's modules, in the order of their names."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(root.glob("*.py")) + [file for name in PACKAGES for file in sorted((root / name).glob("*.py"))]
    return [file.read_bytes() for file in files if not file.name.startswith("_sysconfigdata")]


def zones() -> tuple[list[str], list[str]]:
    """Read IANA's zone names and the codes of countries."""
    data = resources.files("tzdata")
    names = (data / "zones").read_text().split()
    table = (data / "zoneinfo" / "iso3166.tab").read_text().splitlines()
    return names, [line[:2].lower() for line in table if line and not line.startswith("#")]


def invented(chance: random.Random) -> str:
    """Make up a name of two to four syllables."""
    parts = []
    for _ in range(chance.choice((2, 2, 3, 3, 4))):
        onset = chance.choice(ONSETS)
        parts.append(onset + chance.choice(VOWELS) + chance.choice(["", "", "", *"nrlstx"]))
    return "".join(parts)


def label(chance: random.Random, words: list[str]) -> str:
    """Make one label of a host name."""
    first = chance.choice((chance.choice(words), chance.choice(words), invented(chance)))
    match chance.randrange(10):
        case 0 | 1 | 2:
            return first + chance.choice(words)
        case 3 | 4:
            return f"{first}-{chance.choice(words)}"
        case 5:
            return first + str(chance.randrange(100))
        case 6:
            return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=chance.randint(2, 5)))
        case _:
            return first


def host(chance: random.Random, words: list[str], countries: list[str]) -> str:
    """Make one host name: labels, perhaps a usual front, a generic or a country's top level domain."""
    end = chance.choice(GENERIC) if chance.random() < 0.75 else chance.choice(countries)
    name = f"{label(chance, words)}.{end}"
    if chance.random() < 0.4:
        name = f"{chance.choice((chance.choice(FRONT), label(chance, words)))}.{name}"
    return name


def lists(chance: random.Random, items: Iterator[str]) -> str:
    """Put items into lists of all lengths and separators until there is enough text."""
    parts: list[str] = []
    size = 0
    while size < CHARACTERS:
        separator = chance.choice(SEPARATORS)
        body = separator.join(itertools.islice(items, chance.choice((1, 3, 10, 30, 100))))
        parts.append(f'["{body}"]\n' if '"' in separator else f"{body}\n")
        size += len(parts[-1])
    return "".join(parts)[:CHARACTERS]


def texts(sources: list[bytes]) -> dict[str, str]:
    """Make the text of each kind that is counted."""
    chance = random.Random(SEED)  # noqa: S311 (a table, not a secret)
    source = b"\n".join(sources).decode("utf-8", "replace")
    prose = "\n".join(re.findall(r'(?:"""|# )([A-Z][^"#]{30,}?)(?:"""|\n)', source))
    prose = re.sub(r"\s*\n\s*", "\n", prose)
    common = Counter(re.findall(r"\b[a-z]{3,10}\b", prose.lower()))
    words = [word for word, count in sorted(common.items()) for _ in range(math.isqrt(count))]
    names = sorted(set(re.findall(r"\b[A-Za-z_][A-Za-z0-9_]{2,30}\b", source)))
    regions, countries = zones()
    draw = chance.choice
    return {
        "hosts": lists(chance, (host(chance, words, countries) for _ in itertools.count())),
        "identifiers": lists(chance, (draw((draw(names), draw(names).lower())) for _ in itertools.count())),
        "words": lists(chance, (draw(words) for _ in itertools.count())),
        "prose lower": prose.lower()[:CHARACTERS],
        "prose": prose[:CHARACTERS],
        "zones": lists(chance, (draw(regions) for _ in itertools.count())),
    }


def counted(kinds: dict[str, str]) -> dict[int, dict[int, float]]:
    """Count pairs of neighbours in thousandths of a share, the start of a text as a line's start."""
    table: dict[int, dict[int, float]] = {a: dict.fromkeys(ALPHABET, 0.0) for a in ALPHABET}
    for kind, text in kinds.items():
        data = b"\n" + text.encode("ascii", "ignore").translate(None, bytes(set(range(128)) - set(ALPHABET)))
        weight = 1000 * SHARES[kind] / len(data)
        for (a, b), count in sorted(Counter(itertools.pairwise(data)).items()):
            table[a][b] += count * weight
    return table


def prices(table: dict[int, dict[int, float]]) -> Iterable[int]:
    """Turn counts into costs, row after row; rounded up, so that no row promises more than probability one."""
    total = sum(sum(row.values()) for row in table.values())
    alone = {b: sum(row[b] for row in table.values()) / total for b in ALPHABET}
    for a in ALPHABET:
        size = sum(table[a].values())
        for b in ALPHABET:
            seen = (table[a][b] + SMOOTHING * alone[b]) / (size + SMOOTHING)
            yield math.ceil(-UNITS * math.log2((1 - 2 * RESERVE) * seen + RESERVE / len(ALPHABET)))


def main() -> None:
    """Write the table and what it was made of."""
    sources = library()
    kinds = texts(sources)
    table = bytes(prices(counted(kinds)))
    about = {
        "made": sys.argv[1],
        "by": "scripts/make_language_model.py",
        "python": platform.python_version(),
        "tzdata": (resources.files("tzdata") / "__init__.py").read_text().split('IANA_VERSION = "')[1].split('"')[0],
        "sources_sha256": hashlib.sha256(b"\n".join(sources)).hexdigest(),
        "texts_sha256": {kind: hashlib.sha256(text.encode()).hexdigest() for kind, text in kinds.items()},
        "shares": SHARES,
        "alphabet": "tab, line feed, U+0020 to U+007E",
        "unit": "1/16 bit",
        "sha256": hashlib.sha256(table).hexdigest(),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "bigrams.bin").write_bytes(table)
    (FOLDER / "bigrams.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"{len(table)} costs, sha256 {about['sha256']}")


if __name__ == "__main__":
    main()
