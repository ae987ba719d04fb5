"""Files into pieces: modules of executables, members of archives, what is compressed. Bounded, never executed.

`pieces` is the whole of it. `disk` walks and
measures, `names` spells, `views` maps files, `sniff` tells what bytes are, `containers` has one
function for each format, on top of the readers `elf`, `bun`, `tar`, `zips` and `streams`; `limits` keeps account.
"""

from wiretell.scan.unpack.disk import sizes
from wiretell.scan.unpack.limits import Limits
from wiretell.scan.unpack.pieces import pieces

__all__ = ["Limits", "pieces", "sizes"]
