"""Pins: live requests compared with the template of an audit, so that a whole fleet becomes the lab.

A template is of one version of one product, and of one kind of request: the one that the audit saw. A live request is
compared where it is of that product and version, and of that kind: half of the template's texts are in it, or a text
stands at each of its paths. What is pinned, what is not, and why, stands in docs/gateway-edits.md.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell import report
from wiretell.errors import FormatError, UsageError
from wiretell.gateway.edits.pins.live import Beginning, Group, Live, group_of
from wiretell.gateway.edits.pins.template import NOTHING_FIXED, Fit, Pinned, digest
from wiretell.gateway.edits.spans import Located
from wiretell.model.exchange import WireFormat
from wiretell.model.policy import Client
from wiretell.policy.products import products
from wiretell.report import Document

__all__ = ["Checked", "PinDifference", "Pins"]

_REMEMBERED: Final = 1024
"""Beginnings of conversations whose answer is kept."""
_EXCERPT: Final = 120
"""Characters."""
_MOST_MOVED: Final = 4
"""Pinned texts of other places that a text is compared with at length."""
_UNSURE: Final = (
    "Whether {path} left its template could not be told: spans that vary have other lengths than in the audit, and no "
    "request has shown the fixed text yet."
)
_MOST_BYTES: Final = 256 << 20
"""Of an audit document; larger than any."""


@dataclass(frozen=True, slots=True)
class PinDifference:
    """A text that leaves the template, outside its varying spans and the user's own words."""

    path: str
    """JSON pointer, in the live request."""
    was: str
    """Hash of the template's fixed text (SHA-256, hex); empty where the template has no text there."""
    now: str
    """The same of the live text."""
    excerpt: str
    """What stands there, at most 120 characters."""
    instead_of: str = ""
    """What the template says there; empty as long as no live request has shown it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a comparison gave."""

    differences: tuple[PinDifference, ...] = ()
    remarks: tuple[str, ...] = ()
    """What could not be told or was not compared, one sentence each."""
    is_compared: bool = True
    """Whether the request was compared at all."""


_NO_PINS: Final = Checked(is_compared=False)


class Pins:
    """The templates of some audit documents. Not for several threads at a time."""

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Take documents, each with the name it is called by."""
        self._templates: dict[tuple[str, str], _Template] = {}
        self._checked: OrderedDict[tuple[bytes, int], Checked] = OrderedDict()
        """By the beginning, and by how much of the template was known: what could not be told then may be told now."""
        remarks: list[str] = []
        for name, document in documents:
            product, version = _product(document), document.target.version or ""
            template = _Template(document)
            if not template.is_usable:
                remarks.append(f"{name} pins nothing: it has no fixed text of a model request.")
            elif (product, version) in self._templates:
                remarks.append(f"{name} pins nothing: another document is of {product} {version} as well.")
            else:
                self._templates[product, version] = template
        self.remarks = tuple(remarks)
        """What of the documents is of no use, one sentence each."""

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Pins:
        """Read audit documents.

        :raises UsageError: where a file cannot be read. FormatError: where it is no audit document.
        """
        return cls([(path.name, _read(path)) for path in paths])

    def covers(self, client: Client) -> bool:
        """Whether there is a template of this product and version."""
        return (client.product, client.version) in self._templates

    def check(self, body: bytes, client: Client, protocol: WireFormat) -> tuple[PinDifference, ...]:
        """Return where a request, as the client sent it, leaves its template. Never fails."""
        return self.examine(body, client, protocol).differences

    def examine(self, body: bytes, client: Client, protocol: WireFormat) -> Checked:
        """Compare a request, and say what was not compared. The same beginning again costs one hash."""
        template = self._templates.get((client.product, client.version))
        if template is None:
            return _NO_PINS
        try:
            beginning = Beginning(Located(body), protocol)
            key = f"{client.product} {client.version} {protocol} ".encode() + beginning.digest()
            if (key, template.known) in self._checked:
                self._checked.move_to_end((key, template.known))
                return self._checked[key, template.known]
            checked = template.compared(list(beginning.texts()))
        except (FormatError, ValueError, RecursionError):
            return Checked(remarks=("The pins were not compared: the body is no JSON object.",), is_compared=False)
        self._checked[key, template.known] = checked
        if len(self._checked) > _REMEMBERED:
            self._checked.popitem(last=False)
        return checked


class _Template:
    """The pinned texts of one document."""

    def __init__(self, document: Document) -> None:
        self._by_path: dict[str, Pinned] = {}
        self._fixed: dict[tuple[Group, str], list[Pinned]] = {}
        self._varying: dict[Group, list[Pinned]] = {"system": [], "tools": [], "messages": []}
        self._paths: dict[Group, set[str]] = {"system": set(), "tools": set(), "messages": set()}
        for entry in document.template:
            group = group_of(entry.path)
            if group is None or entry.sha256 == NOTHING_FIXED:
                continue
            pinned = self._by_path[entry.path] = Pinned(entry)
            self._paths[group].add(entry.path)
            if entry.varies:
                self._varying[group].append(pinned)
            else:
                self._fixed.setdefault((group, entry.sha256), []).append(pinned)

    @property
    def is_usable(self) -> bool:
        return bool(self._by_path)

    @property
    def known(self) -> int:
        """How many texts with varying spans a live request has shown."""
        return sum(pinned.fixed is not None for group in self._varying.values() for pinned in group)

    def compared(self, texts: Sequence[Live]) -> Checked:
        """Compare the texts of a request.

        1. Each text is looked for among the pinned ones, wherever they stood: tools and blocks move.
        2. Is it a request of the audited kind?
        3. A text that was not found, and stands where a pinned one was not found either, has left it.
        """
        found = {live.path: paths for live in texts if (paths := self._found(live))}
        used = set().union(*found.values())
        if not self._is_kind({live.path for live in texts}, used):
            kind = "The pins were not compared: the request is of another kind than the audited one."
            return Checked(remarks=(kind,), is_compared=False)
        differences: list[PinDifference] = []
        remarks: list[str] = []
        for live in texts:
            if live.path in found:
                continue
            judged = self._judged(live, used)
            if isinstance(judged, PinDifference):
                differences.append(judged)
            elif judged is not None:
                remarks.append(judged)
        return Checked(tuple(differences), tuple(remarks))

    def _judged(self, live: Live, used: set[str]) -> PinDifference | str | None:
        """Compare a text with the pinned ones that no text was found to be; None: in the template, or not pinned."""
        here = self._by_path.get(live.path)
        here = None if here is None or here.path in used else here
        others = [each for each in self._varying[live.group] if each is not here and each.path not in used]
        fits: set[Fit] = set()
        for pinned in [*([here] if here else []), *(others[:_MOST_MOVED] if live.group != "tools" else [])]:
            fits = {pinned.fit(text) for text in live.variants} | fits
            if Fit.SAME in fits:
                used.add(pinned.path)
                return None
        if Fit.UNSURE in fits:
            return _UNSURE.format(path=live.path)
        if here is not None:
            excerpt, instead_of = here.difference(live.text)
            return PinDifference(live.path, here.entry.sha256, here.digest(live.text), excerpt, instead_of)
        if live.group == "system" and self._paths["system"]:
            return PinDifference(live.path, "", digest((live.text,)), live.text[:_EXCERPT])
        return None

    def _found(self, live: Live) -> set[str]:
        """Return the paths of the pinned texts that a live one is; several may say the same."""
        for text in live.variants:
            same = self._fixed.get((live.group, digest((text,))), ())
            if same:
                return {pinned.path for pinned in same}
            for pinned in self._varying[live.group]:
                if pinned.fits(text):
                    return {pinned.path}
        return set()

    def _is_kind(self, there: set[str], used: set[str]) -> bool:
        wanted = self._paths["system"] | self._paths["tools"] or self._paths["messages"]
        return 2 * len(wanted & used) >= len(wanted) or wanted <= there


def _product(document: Document) -> str:
    """Return the product's name as policies have it: by its package, or by the recipe that started it."""
    name = document.target.name
    known = (each.name for each in products().values() if name in (*each.npm, *each.pypi))
    return next(known, document.target.agent)


def _read(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the pins {path} cannot be read: {error.strerror}; name an audit document.") from None
    if len(data) > _MOST_BYTES:
        raise FormatError(f"the pins {path} are larger than any audit document ({_MOST_BYTES >> 20} MB).")
    try:
        return report.decode(data)
    except FormatError as error:
        raise FormatError(f"the pins {path}: {error}") from None
