"""The published description of the document says what the code does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.report import sample, snapshot
from wiretell.model.findings import Carrier, Class, Verdict
from wiretell.report import to_document
from wiretell.report.document_v1 import encode, json_schema

PAGE = snapshot.DOCS / "audit.md"
BEGIN = "<!-- begin: made from document_v1.py; UPDATE_SNAPSHOTS=1 make test -->\n"
END = "<!-- end -->\n"
DEFINITIONS: dict[str, dict[str, Any]] = json_schema()["$defs"]


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "prefixItems" in schema:
        return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    if schema["type"] == "object":
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema["type"])


def _tables() -> str:
    parts = []
    for name, definition in DEFINITIONS.items():
        parts.append(f"\n### {name}\n\n{definition.get('description', '')}".rstrip() + "\n")
        if "enum" in definition:
            parts.append(f"\n{_type(definition)}\n")
            continue
        rows = [
            f"| `{field}` | {_type(schema)} | {schema['description'].replace('|', chr(92) + '|')} |"
            for field, schema in definition["properties"].items()
        ]
        parts.append("\n| field | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def test_the_schema_file_is_current() -> None:
    snapshot.check(snapshot.DOCS / "audit.schema.json", json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


def test_the_page_is_current() -> None:
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    snapshot.check(PAGE, f"{head}{BEGIN}{_tables()}\n{END}{rest.split(END)[1]}")


def test_every_field_is_explained_on_the_page() -> None:
    """Read from the page, not from the generator: this fails when the page and the code part."""
    page = PAGE.read_text(encoding="utf-8")
    sections = dict(zip(*[iter(re.split(r"^### (\w+)\n", page, flags=re.M)[1:])] * 2, strict=True))
    assert set(sections) == set(DEFINITIONS)
    for name, definition in DEFINITIONS.items():
        explained = dict(re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", sections[name], flags=re.M))
        assert set(explained) == set(definition.get("properties", {})), name
        assert all(text.endswith(".") for text in explained.values()), name


def test_every_word_of_the_format_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*Carrier, *Class, *Verdict):
        assert f"`{word.value}`" in page


@pytest.mark.parametrize("name", ["covert", "noted", "inconclusive", "unproven", "empty"])
def test_what_is_written_is_what_the_schema_allows(name: str) -> None:
    """Each object has the required fields and none that the schema does not know; optional ones say so."""
    _conforms(json.loads(encode(to_document(getattr(sample, name)()))), {"$ref": "#/$defs/Document"})


def _conforms(value: Any, schema: dict[str, Any]) -> None:
    if "$ref" in schema:
        schema = DEFINITIONS[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        assert schema["additionalProperties"] is False
        for field, item in value.items():
            _conforms(item, schema["properties"][field])
    elif isinstance(value, list) and "items" in schema and schema["items"]:
        for item in value:
            _conforms(item, schema["items"])
    elif "enum" in schema:
        assert value in schema["enum"]


def test_optional_means_optional() -> None:
    for name, definition in DEFINITIONS.items():
        for field, schema in definition.get("properties", {}).items():
            optional = field not in definition["required"]
            assert optional == schema["description"].endswith("Optional."), f"{name}.{field}"
