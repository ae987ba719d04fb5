"""How reports for a terminal are laid out: lines of a given width, titles, tables, bullets, what is left out.

Callers pass drawn strings (`drawn.py`): nothing here escapes anything. Markup and emoji codes are off. Colour adds
nothing that is not also said in characters.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from wiretell.report.words import plural

LEAST_WIDTH = 40
STACKED_BELOW = 80
"""Columns of a terminal below which a table's cells stand below each other."""

RED = "bold white on red"
YELLOW = "bold black on yellow"
BLUE = "bold white on blue"
GREEN = "bold white on green"
GREY = "bold black on white"


def printed(blocks: Iterable[RenderableType], *, color: bool, width: int) -> str:
    """Return the blocks as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=max(width, LEAST_WIDTH),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for block in blocks:
        console.print(block)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def banner(label: str, style: str, name: str) -> Text:
    """Return the first line: what was found, and in what."""
    line = Text()
    line.append(f" {label} ", style=style)
    line.append(f" {name}", style="bold")
    return line


def title(name: str, words: str, width: int) -> RenderableType:
    """Return a heading with a rule to the right of it; words for which there is no room stand below it."""
    text = Text(name, style="bold")
    if words and cell_len(f"{name}  {words}") + 3 > width:
        return Group(title(name, "", width), indented(Text(words), 2))
    text.append(f"  {words}" if words else "", style="not bold")
    return text if cell_len(text.plain) + 3 > width else Rule(text, align="left", characters="─", style="dim")


def columns(*headers: tuple[str, int]) -> Table:
    """Make a plain table; a ratio of 0 leaves a column as wide as its content."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
    for header, ratio in headers:
        table.add_column(header, ratio=ratio or None, no_wrap=not ratio, overflow="fold")
    return table


def tabled(headers: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]], width: int) -> Iterable[RenderableType]:
    """Yield a table as `columns` makes it; where there is no room for one, each row as lines that name their cells."""
    if width >= STACKED_BELOW:
        table = columns(*headers)
        for row in rows:
            table.add_row(*map(Text, row))
        yield table
        return
    for row in rows:
        cells = [(header, cell, ratio) for (header, ratio), cell in zip(headers, row, strict=True) if cell]
        line = Text()
        for header, cell, ratio in cells[1:]:
            if not ratio:
                line.append(f"  {header} ", style="dim").append(cell)
        yield Text.assemble(cells[0][1], line) if cells else Text()
        for header, cell, ratio in cells[1:]:
            if ratio:
                yield indented(Text.assemble((f"{header} " if header else "", "dim"), cell), 2)


def indented(text: Text | RenderableType, by: int, bullet: str = "") -> RenderableType:
    """Return a block moved to the right, every line of it, with a bullet before the first."""
    grid = Table.grid(padding=0)
    grid.add_column(width=by)
    grid.add_column()
    grid.add_row(Text(f"{' ' * (by - 2)}{bullet}"), text)
    return grid


def limited(items: Sequence[str], limit: int) -> Sequence[str]:
    """Return the first `limit` items, and how many there are beyond."""
    return items if len(items) <= limit else [*items[:limit], f"+{len(items) - limit:,} more"]


def more(count: int, noun: str) -> Iterable[RenderableType]:
    """Say how many rows were left out, where any were."""
    if count > 0:
        yield indented(Text(f"+{plural(count, 'more ' + noun)} (--verbose shows all)"), 2)
