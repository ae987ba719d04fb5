"""`wiretell bench scan`: the native pass beside rg, grep, strings and yara-x; false positives in a corpus."""

from __future__ import annotations

import argparse
import sysconfig
from pathlib import Path

from wiretell import target
from wiretell.bench.corpus import Corpus, read_corpus
from wiretell.bench.scan import ScanSpeed, measure
from wiretell.cli.bench.machine import as_json, heading
from wiretell.errors import UsageError
from wiretell.report.progress import Progress

DEFAULT = "npm:@anthropic-ai/claude-code@2.1.197"


def run(options: argparse.Namespace, progress: Progress) -> str:
    """Measure, and return the report."""
    for folder in options.corpus:
        if not folder.is_dir():
            raise UsageError(f"--corpus {folder} is no folder; name one to read.")
    spec = options.target or DEFAULT
    root = target.locate(spec, progress=progress.note).root
    files = [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
    speed = measure(spec, max(files, key=lambda path: path.stat().st_size), options.rounds, progress)
    corpus = read_corpus(options.corpus or [Path(sysconfig.get_paths()["purelib"])], progress)
    return _as_json(speed, corpus) if options.format == "json" else _as_text(speed, corpus)


def _as_text(speed: ScanSpeed, corpus: Corpus) -> str:
    rows = [one.row(speed.size) for one in speed.timings]
    missing = f"\nNot on this machine: {', '.join(speed.missing)}.\n" if speed.missing else ""
    hits = "".join(f"\n  {found}" for found in corpus.keyed)
    return f"""{heading()}

{speed.target}: {speed.size / 1e6:.1f} MB, medians of {speed.rounds} rounds; the tools merely find base64 runs
{chr(10).join(rows)}
{missing}
Unmarked corpus: {", ".join(map(str, corpus.folders))}
  {corpus.files} files, {corpus.size / 1e6:.0f} MB read (unpacked content included), {corpus.wall_s:.0f} s
  keyed lists above the threshold: {len(corpus.keyed)}{hits}
  other hidden lists (no key, several encodings): {corpus.layered}"""


def _as_json(speed: ScanSpeed, corpus: Corpus) -> str:
    return as_json(
        scan={
            "target": speed.target,
            "bytes": speed.size,
            "rounds": speed.rounds,
            "ways": [one.plain(speed.size) for one in speed.timings],
            "missing": speed.missing,
        },
        corpus={
            "folders": [str(folder) for folder in corpus.folders],
            "files": corpus.files,
            "bytes": corpus.size,
            "wall_s": corpus.wall_s,
            "keyed": corpus.keyed,
            "layered": corpus.layered,
        },
    )
