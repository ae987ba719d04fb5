"""The published description of every document says what the code does. A document without a page fails here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from tests.report import (
    accounts_sample,
    fleet_removal_sample,
    fleet_sample,
    history_sample,
    marks_sample,
    sample,
    scan_sample,
    snapshot,
)
from tests.report.hunt import sample as hunt_sample
from wiretell.report import FORMATS_OF, FORMS, encode, to_document
from wiretell.report.form import Form

END = "<!-- end -->\n"
EMBEDS = {
    "verify": "audit",
    "hunt-explain": "hunt",
    "fleet-check": "fleet-inventory",
    "fleet-report": "fleet-check",
    "fleet-removal": "fleet-check",
}
"""Documents that hold another one: what that page explains is not explained twice."""

SAMPLES: dict[str, list[Any]] = {
    "audit": [
        sample.covert(),
        sample.noted(),
        sample.inconclusive(),
        sample.unproven(),
        sample.empty(),
        sample.swept(),
    ],
    "scan": [scan_sample.full(), scan_sample.nothing()],
    "diff": [history_sample.diff(), history_sample.same()],
    "bisect": [history_sample.bisect(), history_sample.untried()],
    "verify": [history_sample.removed(), history_sample.still_there()],
    "marks": [marks_sample.read(), marks_sample.unmarked(), marks_sample.parquet()],
    "marks-explain": [marks_sample.explained(), marks_sample.closed()],
    "marks-edits": [marks_sample.stripped(), marks_sample.written(), marks_sample.untouched()],
    "marks-schemes": [marks_sample.schemes()],
    "statement": [accounts_sample.statement(), accounts_sample.empty_statement()],
    "evidence": [accounts_sample.exported(), accounts_sample.changed()],
    "replay": [accounts_sample.replayed(), accounts_sample.nothing_replayed()],
    "hunt": [hunt_sample.found(), hunt_sample.quiet(), hunt_sample.empty()],
    "hunt-explain": [hunt_sample.asked("acct-w2"), hunt_sample.asked("acct-w2", internal=True), hunt_sample.asked("x")],
    "fleet-inventory": [fleet_sample.inventory(), fleet_sample.bare_inventory()],
    "fleet-check": [fleet_sample.checked(), fleet_sample.nothing_banned()],
    "fleet-report": [fleet_sample.report(), fleet_sample.unjudged_report()],
    "fleet-removal": [
        fleet_removal_sample.planned(),
        fleet_removal_sample.done(),
        fleet_removal_sample.failed(),
        fleet_removal_sample.nothing(),
    ],
}


@dataclass(frozen=True)
class Page:
    """One form with its page in the docs."""

    form: Form[Any]

    @property
    def path(self) -> Path:
        return snapshot.DOCS / f"{self.form.name}.md"

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def folder(self) -> str:
        return self.form.name.replace("-", "_")

    @property
    def begin(self) -> str:
        return f"<!-- begin: made from {self.folder}/document_v1.py; UPDATE_SNAPSHOTS=1 make test -->\n"

    @property
    def all_definitions(self) -> dict[str, dict[str, Any]]:
        definitions: dict[str, dict[str, Any]] = self.form.json_schema()["$defs"]
        return definitions

    @property
    def elsewhere(self) -> dict[str, dict[str, Any]]:
        """Definitions that another page explains."""
        embedded = EMBEDS.get(self.form.name)
        return next((Page(form).all_definitions for form in FORMS if form.name == embedded), {})

    @property
    def definitions(self) -> dict[str, dict[str, Any]]:
        elsewhere = self.elsewhere
        return {name: found for name, found in self.all_definitions.items() if elsewhere.get(name) != found}

    def type(self, schema: dict[str, Any]) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            there = f"{EMBEDS[self.form.name]}.md" if name not in self.definitions else ""
            return f"[{name}]({there}#{name.lower()})"
        if "anyOf" in schema:
            return " or ".join(self.type(option) for option in schema["anyOf"])
        if "prefixItems" in schema:
            return f"[{', '.join(self.type(item) for item in schema['prefixItems'])}]"
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        if schema["type"] == "array":
            return f"list of {self.type(schema['items'])}"
        if schema["type"] == "object":
            return f"object of {self.type(schema['additionalProperties'])}"
        return str(schema["type"])

    def tables(self) -> str:
        parts = []
        for name, definition in self.definitions.items():
            parts.append(f"\n### {name}\n\n{definition.get('description', '')}".rstrip() + "\n")
            if "enum" in definition:
                parts.append(f"\n{self.type(definition)}\n")
                continue
            rows = [
                f"| `{field}` | {self.type(schema)} | {schema['description'].replace('|', chr(92) + '|')} |"
                for field, schema in definition["properties"].items()
            ]
            parts.append("\n| field | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n")
        return "".join(parts)


PAGES = [Page(form) for form in FORMS]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.form.name)


def test_every_document_of_the_code_is_known_has_a_page_formats_and_samples() -> None:
    folders = {path.parent.name for path in (snapshot.SOURCE / "report").glob("*/document_v1.py")}
    names = {page.form.name for page in PAGES}
    assert folders == {page.folder for page in PAGES}
    assert names == set(FORMATS_OF) == set(SAMPLES)
    assert {path.name.split(".")[0] for path in snapshot.DOCS.glob("*.schema.json")} == names
    for page in PAGES:
        assert f"`{page.form.schema}`" in page.text.splitlines()[0]


@every_page
def test_the_schema_file_is_current(page: Page) -> None:
    schema = json.dumps(page.form.json_schema(), indent=2, ensure_ascii=False) + "\n"
    snapshot.check(snapshot.DOCS / f"{page.form.name}.schema.json", schema)


@every_page
def test_the_page_is_current(page: Page) -> None:
    head, rest = page.text.split(page.begin)
    snapshot.check(page.path, f"{head}{page.begin}{page.tables()}\n{END}{rest.split(END)[1]}")


@every_page
def test_every_field_is_explained_on_the_page(page: Page) -> None:
    """Read from the page, not from the generator: this fails when the page and the code part."""
    sections = dict(zip(*[iter(re.split(r"^### (\w+)\n", page.text, flags=re.M)[1:])] * 2, strict=True))
    assert set(sections) == set(page.definitions)
    for name, definition in page.definitions.items():
        explained = dict(re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", sections[name], flags=re.M))
        assert set(explained) == set(definition.get("properties", {})), name
        assert all(text.endswith(".") for text in explained.values()), name


@every_page
def test_every_word_of_the_format_is_on_the_page(page: Page) -> None:
    for definition in page.definitions.values():
        for word in definition.get("enum", ()):
            assert f"`{word}`" in page.text


@every_page
def test_the_examples_name_fields_that_there_are(page: Page) -> None:
    """Each `.name` of a jq example is a field of some part of the document, or a key of a mapping."""
    fields = {field for d in page.all_definitions.values() for field in d.get("properties", {})}
    examples = re.findall(r"^jq (?:-r )?'(.+)' \S+\.json$", page.text, flags=re.M)
    assert len(examples) >= 3
    for example in examples:
        outside_strings = re.sub(r'"(?:\\\(\.\w+\)|[^"\\])*"', "", example)
        named = re.findall(r"\.([a-z_]\w*)", outside_strings)
        assert set(named) <= fields | {"timezone", "base_url", "c1", "k1", "key", "value"}, example


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, found in SAMPLES.items() for n in range(len(found))])
def test_what_is_written_is_what_the_schema_allows(name: str, number: int) -> None:
    """Each object has the required fields and none that the schema does not know; optional ones say so."""
    page = next(page for page in PAGES if page.form.name == name)
    document = to_document(SAMPLES[name][number])
    root = {"$ref": page.form.json_schema()["$ref"]}
    _conforms(json.loads(encode(document)), root, page.all_definitions)


def _conforms(value: Any, schema: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> None:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        assert schema["additionalProperties"] is False
        for field, item in value.items():
            _conforms(item, schema["properties"][field], definitions)
    elif isinstance(value, list) and "items" in schema and schema["items"]:
        for item in value:
            _conforms(item, schema["items"], definitions)
    elif "enum" in schema:
        assert value in schema["enum"]


@every_page
def test_optional_means_optional(page: Page) -> None:
    for name, definition in page.all_definitions.items():
        for field, schema in definition.get("properties", {}).items():
            optional = field not in definition["required"]
            assert optional == schema["description"].endswith("Optional."), f"{name}.{field}"


def test_enums_are_described_by_their_own_docstrings() -> None:
    for page in PAGES:
        for name, definition in page.definitions.items():
            if "enum" in definition:
                assert definition["description"] != Enum.__doc__, name
