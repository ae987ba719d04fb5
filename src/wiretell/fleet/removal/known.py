"""What a plan has to know of the disk: values, so that the plan itself is pure. `looking` gathers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wiretell.fleet.removal.bounds import Bounds
from wiretell.fleet.removal.running import Ran
from wiretell.fleet.removal.sharing import Shared
from wiretell.fleet.walk.interface import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was seen of the disk when a removal was planned. Paths are keys as the inventory has them."""

    homes: tuple[Home, ...]
    user: str
    """Who removes."""
    number: str = ""
    """The same as a number: an image tells owners so who have no name in it."""
    is_root: bool = False
    is_live: bool = True
    """Whether it is this machine itself: of a mounted image nothing runs, and its packages are not this machine's."""
    root: str = "/"
    config: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """(home, product) -> files and folders of its configuration that exist."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Path -> the same with its parents' links resolved; absent: nothing is there."""
    leads: Mapping[str, str] = field(default_factory=dict)
    """Link -> where it leads in the end."""
    folders: frozenset[str] = frozenset()
    """Which of the paths are folders."""
    closed: Mapping[str, str] = field(default_factory=dict)
    """Path -> why this user cannot take it away."""
    shared: Mapping[str, str] = field(default_factory=dict)
    """Path -> what else it holds than the install, so that it cannot be taken as a whole."""
    sharing: Shared = field(default_factory=Shared)
    """What of the installs other packages list too."""
    bounds: Bounds = field(default_factory=Bounds)
    """How far each home and the system reach, in truth."""
    own: frozenset[str] = frozenset()
    """Paths that belong to the owner of the home in which they are named, wherever they lie; none for root, who may
    do anything there, and so goes by the place alone."""
    mounts: tuple[str, ...] = ()
    """Where something is mounted."""
    ran: Mapping[int, Ran] = field(default_factory=dict)
    """Process -> which file it runs, by inode; absent: that cannot be told."""
    parents: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Folder that installers make for one publisher or one product, without links -> the names in it."""
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(file, name of a package) -> number of the line that asks for it. Not what stands there: that may be a token."""
    own_pids: frozenset[int] = frozenset()
    """This process and those that it runs in."""

    def place(self, path: str) -> str:
        """Return where a path physically is; itself where nothing is there."""
        return self.places.get(path, path)
