"""The plan: what is to be ended, kept, taken away and left to the user, in this order. Pure.

1. END       processes of what is banned
2. ARCHIVE   configuration of a product of which nothing that is allowed remains in that home
3. TAKE      commands, then the install itself, then what else belongs to it alone
4. TIDY      folders of a publisher or a product in which nothing is left
5. PACKAGE   Debian's packages
6. LEFT      what wiretell does not do: files of the user's that ask for it, settings, other users' installs

An install is taken as a whole or not at all: where its own path may not be taken, its commands stay too. Except one
that lies where only a link led: the link goes, and what it leads to stays. What belongs to one home comes before what
belongs to the next, and the system last: each is a removal of its own (`parts`), which no other user can stop.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, groupby
from os.path import basename, dirname, join
from typing import Final

from wiretell.fleet.removal.bounds import holds
from wiretell.fleet.removal.guarding import Guard
from wiretell.fleet.removal.known import Known
from wiretell.fleet.walk.interface import Home
from wiretell.model.fleet import Action, Checked, Install, Judged, Manager, Process, Setting, SettingKind, Step

_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9.]")
"""Debian's policy 5.6.7, without names whose last sign apt-get(8) takes for an order (`NAME+`, `NAME-`)."""
_REMOVERS: Final = {
    Manager.NPM_PROJECT: "npm uninstall",
    Manager.PNPM_PROJECT: "pnpm remove",
    Manager.YARN_PROJECT: "yarn remove",
    Manager.BUN_PROJECT: "bun remove",
}
_SHOWN: Final = 3
_ORDER: Final = (Action.END, Action.ARCHIVE, Action.TAKE, Action.TIDY, Action.PACKAGE, Action.LEFT)


def plan(checked: Checked, known: Known, *, keep_config: bool = False) -> tuple[Step, ...]:
    """Return the steps that remove what a check found banned, in order; none where nothing is.

    Nothing is listed that is not there, and no path twice. `keep_config`: configuration stays where it is.
    """
    planner = _Planner(checked, known)
    steps = [*planner.installs(), *planner.processes()]
    steps += [] if keep_config else planner.configuration()
    steps += planner.settings([step.target for step in steps if step.action is not Action.LEFT])
    once = list(_once(steps, known))
    ordered = sorted([*once, *_tidied(once, known)], key=lambda step: _ORDER.index(step.action))
    at = _Parts(checked, known)
    return tuple(sorted(ordered, key=at.number))


def parts(steps: Sequence[Step], checked: Checked, known: Known) -> tuple[tuple[Step, ...], ...]:
    """Return what is done of a plan, by the homes that it is done in, the system last."""
    at = _Parts(checked, known)
    doing = [step for step in steps if step.action is not Action.LEFT]
    return tuple(tuple(group) for _, group in groupby(doing, at.number))


class _Parts:
    """Says in whose home a step is done."""

    def __init__(self, checked: Checked, known: Known) -> None:
        self._known = known
        self._homes = [real for _, real in known.bounds.homes]
        self._installs = {process.id: process.install for process in checked.inventory.processes}
        self._paths = {item.id: item.path for item in checked.inventory.installs}

    def number(self, step: Step) -> int:
        """Return a number for the home, in the order of homes; for the system one above all, and then for the user."""
        if step.action is Action.LEFT:
            return len(self._homes) + 1
        path = self._known.place(step.target)
        if step.action is Action.END:
            path = self._paths.get(self._installs.get(step.finding, ""), "")
        home = self._known.bounds.home_of(path)
        return self._homes.index(home) if home else len(self._homes)


class _Planner:
    def __init__(self, checked: Checked, known: Known) -> None:
        self._inventory = checked.inventory
        self._known = known
        self._guard = Guard(checked, known)
        self._banned = checked.banned
        self._findings = frozenset(judged.finding for judged in checked.banned)
        self._ids = frozenset(judged.finding.id for judged in checked.banned)
        self._stays: dict[str, str] = {}
        """Id of a banned install that is not taken -> why; filled by `installs`."""

    def installs(self) -> Iterator[Step]:
        """Yield what takes each banned install away."""
        for judged in self._banned:
            if isinstance(judged.finding, Install):
                yield from self._install(judged.finding)

    def _install(self, item: Install) -> Iterator[Step]:
        if item.manager is Manager.DEBIAN:
            yield self._package(item)
        elif item.path in self._known.places and (why := self._guard.strays(item.path)):
            yield from self._led_to(item, why)
        elif why := self._barred(item, item.path):
            self._stays[item.id] = why
            yield self._left(item.path, item.id, f"{why}; {self._by_hand(item)}")
        else:
            yield from self._taken(item)
        yield from self._wanted(item)

    def _taken(self, item: Install) -> Iterator[Step]:
        kept = {path: None for path in self._pieces(item) if self._keepers(path)}
        for path in self._pieces(item):
            if path not in self._known.places or path in kept:
                continue
            if why := self._barred(item, path):
                yield self._left(path, item.id, f"{path} stays: {why}.")
            else:
                yield Step(Action.TAKE, path, item.id, _rm(path, self._known))
        if kept:
            yield self._left(next(iter(kept)), item.id, self._told_kept(list(kept)))

    def _pieces(self, item: Install) -> Iterator[str]:
        """Yield what an install consists of; of a folder of which something stays for others, what is in it."""
        for path in (*item.commands, item.path, *item.also):
            parts = self._known.sharing.parts.get(path, ())
            yield from parts if any(map(self._keepers, parts)) else (path,)

    def _keepers(self, path: str) -> frozenset[str]:
        """Return the packages, by their metadata, for which a path stays: those that list it too and do not go."""
        return self._known.sharing.sharers.get(path, frozenset()) & self._staying

    @cached_property
    def _staying(self) -> frozenset[str]:
        """The metadata of packages that share something and are not taken away, nor the environment around them."""
        items = (judged.finding for judged in self._banned if isinstance(judged.finding, Install))
        own = (item for item in items if item.manager is not Manager.DEBIAN and item.path in self._known.places)
        going = {item.path for item in own if not self._barred(item, item.path)}
        every = frozenset().union(*self._known.sharing.sharers.values())
        return frozenset(who for who in every if going.isdisjoint((who, *_parents(who))))

    def _told_kept(self, kept: Sequence[str]) -> str:
        names = sorted({basename(who) for path in kept for who in self._keepers(path)})
        shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        more = f" and {len(kept) - 1:,} more" if len(kept) > 1 else ""
        return f"{kept[0]}{more} stay{'' if more else 's'}: listed by {shown} too."

    def _led_to(self, item: Install, why: str) -> Iterator[Step]:
        """Yield what takes the links away that led to an install, which stays."""
        links = [path for path in item.commands if path in self._known.places]
        taken = [path for path in links if not self._barred(item, path) and not self._keepers(path)]
        yield from (Step(Action.TAKE, path, item.id, _rm(path, self._known)) for path in taken)
        if not taken or taken != links:
            self._stays[item.id] = why
        goes = f"; what led there goes ({', '.join(taken)})" if taken else ""
        yield self._left(item.path, item.id, f"{item.path} stays: {why}{goes}.")

    def _barred(self, item: Install, path: str) -> str:
        """Say why a path of an install is not taken away; empty where it is."""
        if item.user not in ("", self._known.user, self._known.number) and not self._known.is_root:
            return f"it is {item.user}'s, and only root may take it away"
        guard = self._guard
        return guard.refusal(path) or guard.foreign(item, path) or self._known.closed.get(path, "")

    def _by_hand(self, item: Install) -> str:
        """Return what a user does where wiretell may not. Never to delete what holds more than the install."""
        if item.manager in (Manager.VENV, Manager.PIP_USER, Manager.PIP_SYSTEM):
            is_own = item.manager is Manager.VENV and item.around
            python = f"{shlex.quote(item.around)}/bin/python" if is_own else "python3"
            who = f", as {item.user}" if self._known.is_root and item.user else ""  # never a user's program as root
            return f"by hand{who}: {python} -m pip uninstall {shlex.quote(item.name)}"
        if self._known.root != "/" and item.path not in self._known.places:
            return "nothing is there in the image"  # a shell would find what its links lead to outside
        if self._guard.refusal(item.path):
            return f"remove {item.name} with what put it there ({item.manager.value})"
        return f"by hand, as who may: {_rm(item.path, self._known)}"

    def _package(self, item: Install) -> Step:
        command = f"apt-get remove {item.name}"
        if not _PACKAGE.fullmatch(item.name):
            why = "its name is none that apt-get can be given"
        elif not self._known.is_live:
            why = "it is in an image, whose packages are not this machine's"
        elif not self._known.is_root:
            why = "it needs root"
        else:
            return Step(Action.PACKAGE, item.name, item.id, command)
        self._stays[item.id] = why
        return self._left(item.name, item.id, f"{why}; as root: {command}")

    def _wanted(self, item: Install) -> Iterator[Step]:
        for path in item.wanted_by:
            line = self._known.lines.get((path, item.name))
            where = f"line {line} of {path}" if line else path
            how = "; delete that line"
            if basename(path) == "package.json" and item.manager in _REMOVERS:
                command = f"{_REMOVERS[item.manager]} {shlex.quote(item.name)}"
                how = f"; take that entry out, or: cd {shlex.quote(dirname(_reached(path, self._known)))} && {command}"
            yield self._left(path, item.id, f"{where} asks for {item.name} and would bring it back{how}.")

    def processes(self) -> Iterator[Step]:
        """Yield the end of each process that is banned, or that runs from an install which is."""
        for process in self._inventory.processes:
            if process.id in self._ids or process.install in self._ids:
                yield self._process(process)

    def _process(self, process: Process) -> Step:
        target, known = f"pid {process.pid}", self._known
        what = " ".join(filter(None, (process.product, process.version)))
        if not known.is_live:
            return self._left(target, process.id, f"{what} is no process of this machine.")
        if process.pid in known.own_pids:
            return self._left(
                target,
                process.id,
                f"{what} (process {process.pid}) is what wiretell itself runs in; end it afterwards.",
            )
        if process.user != known.user and not known.is_root:
            return self._left(target, process.id, f"{what} is {process.user}'s; as root: kill {process.pid}")
        if not self._is_of_banned(process):
            told = (
                f"{what} (process {process.pid}) runs no file of a banned install; look at it, then: kill {process.pid}"
            )
            return self._left(target, process.id, told)
        return Step(Action.END, target, process.id, f"kill {process.pid}")

    def _is_of_banned(self, process: Process) -> bool:
        """Whether a process runs, by inode, a file of the banned install that the inventory says it runs from."""
        item = next((each for each in self._inventory.installs if each.id == process.install), None)
        file = self._known.ran.get(process.pid)
        if item is None or file is None or item not in self._findings or process.pid <= 1:
            return False
        paths = [path for path in (item.path, *item.also, *item.commands) if path in self._known.places]
        own = [path for path in paths if not self._guard.refusal(path) and not self._guard.foreign(item, path)]
        places = [self._known.place(path) for path in own]
        if item.manager is Manager.DEBIAN:  # a package's links are the system's
            places += filter(None, (self._known.leads.get(path) for path in own))
        return any(holds(place, file.path) for place in places)

    def settings(self, gone_with: Iterable[str]) -> Iterator[Step]:
        """Yield what a user has to change: settings that name a banned model, lines of shells for what goes.

        `gone_with`: what is taken away; settings in it, and those of processes that end, go by themselves.
        """
        taken = {self._known.place(path) for path in gone_with}
        taken |= {f"/proc/{path.removeprefix('pid ')}" for path in taken if path.startswith("pid ")}
        reasons = {judged.finding.id: judged for judged in self._banned}
        gone = {j.finding.product for j in self._banned if isinstance(j.finding, Install)} - self._remaining()
        for setting in self._inventory.settings:
            place = self._known.place(setting.path)
            if place in taken or not taken.isdisjoint(_parents(place)):
                continue
            if setting.id in reasons:
                yield self._left(setting.path, setting.id, self._model(setting, reasons[setting.id]))
            elif setting.kind is SettingKind.SHELL and setting.product in gone:
                told = f"{_where(setting)} sets {setting.key} for {setting.product}, which goes; delete the line."
                yield self._left(setting.path, setting.id, told)

    def _remaining(self) -> set[str]:
        return {item.product for item in self._inventory.installs if item not in self._findings}

    def _model(self, setting: Setting, judged: Judged) -> str:
        rule = judged.decision.rule
        instead = f"; instead: {rule.instead.strip().rstrip('.')}" if rule and rule.instead else ""
        who = " An administrator has to change it." if setting.kind is SettingKind.MANAGED else ""
        if rule and rule.model is None:
            return f"{_where(setting)}: {setting.key} is a setting of {setting.product}, which is banned{instead}.{who}"
        return f"{_where(setting)}: {setting.key} names the banned model {setting.model}{instead}.{who}"

    def configuration(self) -> Iterator[Step]:
        """Yield the configuration of products that go from a home altogether."""
        products = sorted({j.finding.product for j in self._banned if isinstance(j.finding, Install)})
        for home in self._known.homes:
            for product in products:
                yield from self._config(home, product)

    def _config(self, home: Home, product: str) -> Iterator[Step]:
        serving = [item for item in self._serving(home) if item.product == product]
        if not serving:
            return
        stays = next((item for item in serving if item not in self._findings), None)
        for path in self._known.config.get((home.path, product), ()):
            if stays:
                continue
            kept = next((item for item in serving if item.id in self._stays), None)
            why = f"{product} stays in {kept.path}" if kept else self._config_barred(home, product, path)
            if why:
                yield self._left(path, serving[0].id, f"the configuration {path} stays: {why}.")
            else:
                keep = f"tar -rPf kept.tar -- {_typed(path, self._known)}"
                yield Step(Action.ARCHIVE, path, serving[0].id, f"{keep} && {_rm(path, self._known)}")

    def _config_barred(self, home: Home, product: str, path: str) -> str:
        place = self._known.place(path)
        others = {item.product for item in self._serving(home) if item not in self._findings}
        for other in sorted(others - {product}):
            for theirs in self._known.config.get((home.path, other), ()):
                if holds(place, self._known.place(theirs)) or holds(self._known.place(theirs), place):
                    return f"{other}, which is not banned, keeps its own there"
        return self._guard.config_refusal(path) or self._known.closed.get(path, "")

    def _serving(self, home: Home) -> list[Install]:
        """Return the installs that a home's user starts there: by the home, as one user may have two."""
        return [item for item in self._inventory.installs if self._serves(item, home)]

    def _serves(self, item: Install, home: Home) -> bool:
        bounds = self._known.bounds
        within = {bounds.home_of(path) for path in (item.path, *item.commands)} - {""}
        return bounds.home_of(home.path) in within if within else item.user in (home.user, "")

    def _left(self, target: str, finding: str, told: str) -> Step:
        return Step(Action.LEFT, target, finding, told)


def _where(setting: Setting) -> str:
    return f"{setting.path}, line {setting.line}" if setting.line else setting.path


def _rm(path: str, known: Known) -> str:
    return f"rm {'-r ' if path in known.folders else ''}-- {_typed(path, known)}"


def _typed(path: str, known: Known) -> str:
    return shlex.quote(_reached(path, known))


def _reached(path: str, known: Known) -> str:
    """Return a path for a shell; of an image the place, since a shell follows the image's links out of it."""
    return path if known.root == "/" else known.place(path)


def _tidied(steps: Sequence[Step], known: Known) -> Iterator[Step]:
    """Yield the folders in which nothing is left when steps are done, the innermost first."""
    takes = {known.place(step.target): step for step in steps if step.action is Action.TAKE}
    archives = {known.place(step.target) for step in steps if step.action is Action.ARCHIVE}
    gone = dict(takes)
    for folder in sorted(known.parents, key=len, reverse=True):
        below = [join(folder, name) for name in known.parents[folder]]
        strays = known.bounds.strays(folder, folder)
        if strays or not all(path in gone for path in below):
            continue
        if not {folder, *_parents(folder)} & (archives | takes.keys()):
            gone[folder] = Step(Action.TIDY, folder, gone[below[0]].finding, f"rmdir -- {shlex.quote(folder)}")
            yield gone[folder]


def _once(steps: Sequence[Step], known: Known) -> Iterator[Step]:
    """Yield steps without those whose path another step takes already: the same, or a folder above it.

    What lies in a folder of configuration stays a step of its own: it is taken, and not archived.
    """
    takes = {known.place(step.target) for step in steps if step.action is Action.TAKE}
    archives = {known.place(step.target) for step in steps if step.action is Action.ARCHIVE}
    seen: set[tuple[Action, str, str]] = set()
    for step in steps:
        place = known.place(step.target)
        above = {Action.TAKE: takes, Action.ARCHIVE: archives}.get(step.action, set())
        key = (step.action, place, step.told if step.action is Action.LEFT else "")
        if key not in seen and above.isdisjoint(_parents(place)):
            seen.add(key)
            yield step


def _parents(place: str) -> Iterator[str]:
    """Yield the folders above a path, `/` left out: `/a`, `/a/b` of `/a/b/c`."""
    return accumulate(dirname(place).split("/")[1:], lambda above, name: f"{above}/{name}", initial="")
