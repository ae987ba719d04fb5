# ruff: noqa: S608 - what is put into statements are names and numbers of ours, never data of a log
"""From rows to roll-ups: three groupings, and what is made of them alone (steps 01 to 06 of `sql/`).

```
attribute   account x payment, address, headers, client, zone, system part       with counts
address     addresses, and their networks
spell       account x conversation x hour                                         second grouping
presence    account x hour;  talk: account x day                                  made of spell
phrase      rows with a template, its first bands                                 third
able        account x day: whether it has any of the two
```
"""

from __future__ import annotations

from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.rule import Rule
from wiretell.hunt.statements import Progress, Statements, quiet

NO_DAY = "CAST(0 AS INTEGER)"
"""A log that is read at once is not rolled up by day."""


def roll(engine: Engine, rule: Rule, progress: Progress = quiet) -> None:
    """Make the roll-ups of the view `exchange`, as tables of the engine."""
    run = Statements(engine)
    make(run, rule, progress, day=NO_DAY, key=run.hash)
    run.view("chain_text", "SELECT c AS token, text AS name FROM spell WHERE c IS NOT NULL")


def make(run: Statements, rule: Rule, progress: Progress, *, day: str, key: str) -> None:
    """Make the roll-ups by `day`. `key`: function that makes texts the keys; empty: texts are their own."""
    progress("accounts and what they come with")
    run.step("01-attribute", day=day)
    run.step("02-address")
    progress("conversations")
    # Keys tell no names: those of conversations and templates are kept beside them, to read the lists of a log once.
    text = ", ANY_VALUE(text) AS text" if key else ""
    run.step("03-spell", account=f"{key}(account)", chain=guarded(key, "chain"), text=text)
    run.step("04-presence")
    run.step("05-talk")
    progress("templates")
    columns = ", ".join(f"template[{band}] AS t{band}" for band in numbers(rule))
    run.step("06-phrase", "written" if key else "phrase", account=f"{key}(account)", bands=columns)
    if key:
        columns = ", ".join(f"{guarded(key, f't{band}')} AS t{band}" for band in numbers(rule))
        run.table("phrase", f"SELECT a, ts, {columns} FROM written")
        run.view("phrase_text", "SELECT * FROM written")
    run.step("07-able")


def numbers(rule: Rule) -> range:
    """Return the numbers of the bands that are tokens, from 1."""
    return range(1, rule.share.template_bands + 1)


def guarded(function: str, value: str) -> str:
    """Return a hash that is null where its text is: engines hash a null to some number."""
    return f"CASE WHEN {value} IS NOT NULL THEN {function}({value}) END" if function else value
