"""The order of versions of `wiretell.policy`, in plain SQLite.

osquery has a `version_compare` of its own; it takes `1.10` for more than `1.9`, but `1.0` for less than `1.0.0`, and
reads words letter by letter. So a version becomes a text here whose order, byte by byte, is that of the policy:

    epoch       eight digits, one more than it is
    numbers     eight times thirteen digits, zeros where there are fewer (`2.1` is `2.1.0`)
    stage       one digit, one more than in `Order`
    identifiers each with a space behind it: `0`, three digits for how many digits follow, and these; or `1` and a word
    `!`         higher than a space, lower than all else
    post, dev   thirteen and fourteen digits, the first one more than it is

A version that cannot be read has no such text (NULL), as `order` returns None.
"""

from __future__ import annotations

from typing import Final

from wiretell.fleet.exports.osquery.literals import text
from wiretell.policy.ordering import LONGEST_VERSION
from wiretell.policy.versions import Cut, Order, Range

_NUMBERS: Final = 8
_DIGITS: Final = 12
_WIDTH: Final = 13
"""Of a number: a cut can lie one above the largest that a version may have."""
_ZEROS: Final = "0" * (_NUMBERS * _WIDTH)
_HIGHEST_EPOCH: Final = 10**6
"""Above it, and below 0, lie only the ends of a range that has none."""
_PLAIN: Final = f"{0:013}{10**13:014}"
"""Neither a post-release of a pre-release, nor a dev release."""

_SPACES: Final = tuple(ord(char) for char in map(chr, range(0x3001)) if char.isspace())
"""What `str.strip` takes away."""

_STEPS: Final = (("alpha", "beta", "preview", "pre", "rc", "a", "b", "c"), ("post", "rev", "r"), ("dev",))
"""Words of PyPI's pre-, post- and dev releases, those that begin others behind these."""


def key(order: Order) -> str:
    """Return a version's place in the order as text."""
    epoch, numbers, stage, identifiers, (post, dev) = order
    digits = "".join(f"{number:0{_WIDTH}}" for number in numbers).ljust(len(_ZEROS), "0")
    words = "".join(map(_identifier, identifiers))
    return f"{epoch + 1:08}{digits}{stage + 1}{words}!{post + 1:013}{dev:014}"


def _identifier(identifier: tuple[int, int, str]) -> str:
    is_word, number, word = identifier
    digits = str(number) if number else ""
    return f"1{word} " if is_word else f"0{len(digits):03}{digits} "


def within(versions: Range, column: str = "k.key") -> str:
    """Return a condition: the text in `column` lies in a range. A column that is NULL makes it NULL."""
    parts = [f"({_between(low, high, column)})" for low, high in versions.intervals]
    return f"({' OR '.join(parts)})" if parts else f"({column} <> {column})"


def _between(low: Cut, high: Cut, column: str) -> str:
    (first, is_after), (last, is_through) = low, high
    parts = [f"{column} IS NOT NULL"]
    if first[0] >= 0:
        parts.append(f"{column} {'>' if is_after else '>='} {text(key(first))}")
    if last[0] <= _HIGHEST_EPOCH:
        parts.append(f"{column} {'<=' if is_through else '<'} {text(key(last))}")
    return " AND ".join(parts)


def ctes() -> str:
    """Return the parts of a WITH RECURSIVE that end in `keys(version, key)`: one row for each version of `found` that
    can be read."""
    return ", ".join((_split(), *(_step(number, words) for number, words in enumerate(_STEPS, 1)), _keyed()))


def _split() -> str:
    """Local version, `v`, epoch, numbers, and what follows these: `sem` behind a hyphen, `r0` otherwise."""
    spaces = f"char({', '.join(map(str, _SPACES))})"
    return f"""texts(version, t) AS (
  SELECT DISTINCT version, trim(version, {spaces}) FROM found WHERE length(trim(version, {spaces})) <= {LONGEST_VERSION}
), built(version, t) AS (
  SELECT version, CASE WHEN instr(t, '+') THEN substr(t, 1, instr(t, '+') - 1) ELSE t END
  FROM texts WHERE NOT instr(t, '+') OR substr(t, instr(t, '+') + 1) NOT GLOB '*[^0-9A-Za-z._-]*'
), plain(version, t) AS (
  SELECT version, CASE WHEN substr(t, 1, 1) IN ('v', 'V') THEN substr(t, 2) ELSE t END FROM built
), dated(version, epoch, t) AS (
  SELECT version, CASE WHEN instr(t, '!') THEN substr(t, 1, instr(t, '!') - 1) ELSE '0' END,
    substr(t, instr(t, '!') + 1)
  FROM plain
), begun(version, epoch, n, rest) AS (
  SELECT version, epoch, substr(t, 1, length(t) - length(ltrim(t, '0123456789.'))), ltrim(t, '0123456789.') FROM dated
), split(version, epoch, n, sem, r0) AS (
  SELECT version, epoch, CASE WHEN n GLOB '*.' AND rest <> '' AND rest NOT GLOB '-*'
      THEN substr(n, 1, length(n) - 1) ELSE n END,
    CASE WHEN rest GLOB '-*' THEN substr(rest, 2) END,
    CASE WHEN rest GLOB '-*' THEN '' WHEN n GLOB '*.' AND rest <> '' THEN '.' || lower(rest) ELSE lower(rest) END
  FROM begun
)"""


def _step(number: int, words: tuple[str, ...]) -> str:
    """Take one kind of release off: `w` its word, `c` its count, `r` what is left; a separator before and behind."""
    this, before = str(number), f"r{number - 1}"
    whens = " ".join(f"WHEN s{this} GLOB '{word}*' THEN '{word}'" for word in words)
    return f"""step{this} AS (
  SELECT *, CASE WHEN w{this} IS NOT NULL THEN substr(a{this}, 1, length(a{this}) - length(b{this})) END AS c{this},
    CASE WHEN w{this} IS NULL THEN {before} ELSE b{this} END AS r{this}
  FROM (SELECT *, ltrim(a{this}, '0123456789') AS b{this}
  FROM (SELECT *, CASE WHEN substr(x{this}, 1, 1) IN ('.', '_') THEN substr(x{this}, 2) ELSE x{this} END AS a{this}
  FROM (SELECT *, substr(s{this}, length(w{this}) + 1) AS x{this}
  FROM (SELECT *, CASE {whens} END AS w{this}
  FROM (SELECT *, CASE WHEN substr({before}, 1, 1) IN ('.', '_') THEN substr({before}, 2) ELSE {before} END AS s{this}
  FROM {f"step{number - 1}" if number > 1 else "split"})))))
)"""


def _keyed() -> str:
    word = "substr(rest, 1, instr(rest, '.') - 1)"
    return f"""legible(version, epoch, n, stage, ids, late) AS (
  SELECT version, epoch, n,
    CASE WHEN sem IS NOT NULL OR w1 IS NOT NULL THEN '2' WHEN w2 IS NOT NULL THEN '4' WHEN w3 IS NOT NULL THEN '1'
      ELSE '3' END,
    CASE WHEN sem IS NOT NULL THEN sem || '.'
      WHEN w1 IN ('alpha', 'a') THEN 'a.' || c1 || '.' WHEN w1 IN ('beta', 'b') THEN 'b.' || c1 || '.'
      WHEN w1 IS NOT NULL THEN 'rc.' || c1 || '.' WHEN w2 IS NOT NULL THEN 'post.' || c2 || '.'
      WHEN w3 IS NOT NULL THEN 'dev.' || c3 || '.' ELSE '' END,
    CASE WHEN w1 IS NOT NULL AND w2 IS NOT NULL THEN printf('%013d', CAST(c2 AS INTEGER) + 1) ELSE '{0:013}' END
      || CASE WHEN coalesce(w1, w2) IS NOT NULL AND w3 IS NOT NULL THEN printf('%014d', CAST(c3 AS INTEGER))
        ELSE '{10**13:014}' END
  FROM step3
  WHERE r3 = '' AND epoch <> '' AND length(epoch) <= 6 AND epoch NOT GLOB '*[^0-9]*'
    AND n <> '' AND '.' || n || '.' NOT GLOB '*..*' AND n NOT GLOB '*{"[0-9]" * (_DIGITS + 1)}*'
    AND length(n) - length(replace(n, '.', '')) < {_NUMBERS}
    AND coalesce(length(c1), 0) <= {_DIGITS} AND coalesce(length(c2), 0) <= {_DIGITS}
    AND coalesce(length(c3), 0) <= {_DIGITS}
    AND (sem IS NULL OR (sem <> '' AND sem NOT GLOB '*[^0-9A-Za-z.-]*' AND '.' || sem || '.' NOT GLOB '*..*'))
), numbers(version, rest, key) AS (
  SELECT version, n || '.', '' FROM legible
  UNION ALL
  SELECT version, substr(rest, instr(rest, '.') + 1), key || printf('%0{_WIDTH}d', CAST({word} AS INTEGER))
  FROM numbers WHERE rest <> ''
), identifiers(version, rest, key) AS (
  SELECT version, ids, '' FROM legible
  UNION ALL
  SELECT version, substr(rest, instr(rest, '.') + 1), key || CASE
    WHEN {word} GLOB '*[^0-9]*' THEN '1' || {word}
    ELSE '0' || printf('%03d', length(ltrim({word}, '0'))) || ltrim({word}, '0') END || ' '
  FROM identifiers WHERE rest <> ''
), keys(version, key) AS (
  SELECT l.version, printf('%08d', CAST(l.epoch AS INTEGER) + 1) || substr(a.key || '{_ZEROS}', 1, {len(_ZEROS)})
    || l.stage || b.key || '!' || l.late
  FROM legible l JOIN numbers a ON a.version = l.version AND a.rest = ''
  JOIN identifiers b ON b.version = l.version AND b.rest = ''
)"""
