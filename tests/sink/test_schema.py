from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from wiretell.lab.sink.answers.interface import Json
from wiretell.lab.sink.answers.schema import MAX_VALUES, minimal_instance


def test_first_enum_const_and_required_only() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"enum": ["x", "y"]}, "b": {"const": 7}, "c": {"type": "string"}, "d": {"type": "boolean"}},
        "required": ["a", "b", "d"],
    }
    assert minimal_instance(schema) == {"a": "x", "b": 7, "d": False}


def test_references_alternatives_and_merged_parts() -> None:
    schema = {
        "$defs": {"Id": {"type": "string", "format": "uuid"}, "a/b~c": {"type": "integer", "exclusiveMinimum": 4}},
        "allOf": [{"required": ["id"], "properties": {"id": {"$ref": "#/$defs/Id"}}}, {"required": ["n"]}],
        "properties": {"n": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/a~1b~0c"}]}},
    }
    assert minimal_instance(schema) == {"id": "00000000-0000-4000-8000-000000000000", "n": 5}


def test_lengths_numbers_and_gemini_spelling() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "list": {"type": "ARRAY", "minItems": "2", "items": {"type": "STRING", "maxLength": 1}},
            "long": {"type": "STRING", "minLength": 5},
            "step": {"type": "NUMBER", "minimum": 1.5, "multipleOf": 1},
            "low": {"type": "integer", "maximum": -3},
            "either": {"type": ["null", "integer"]},
            "none": {"type": "null"},
            "pair": {"prefixItems": [{"const": 1}], "minItems": 2, "items": {"const": 2}},
        },
        "required": ["list", "long", "step", "low", "either", "none", "pair", "undescribed"],
    }
    assert minimal_instance(schema) == {
        "list": ["o", "o"],
        "long": "ok...",
        "step": 2,
        "low": -3,
        "either": 1,
        "none": None,
        "pair": [1, 2],
        "undescribed": "ok",
    }


def test_a_schema_that_refers_to_itself_ends() -> None:
    both = {"type": "object", "required": ["l", "r"], "properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}}}
    for schema in (both, {"$ref": "#"}, {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}, {"anyOf": [{"$ref": "#"}]}):
        started = time.process_time()
        text = repr(minimal_instance(schema))
        assert text.count("{") <= MAX_VALUES
        assert time.process_time() - started < 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
keys = st.sampled_from(
    [
        "type",
        "enum",
        "const",
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "properties",
        "required",
        "items",
        "prefixItems",
        "minItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "multipleOf",
        "format",
        "$defs",
    ]
)
schemas = st.recursive(
    json_values | st.sampled_from(["object", "array", "string", "integer", "number", "#", "#/$defs/x", "ARRAY"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)


@given(schemas)
def test_total(schema: Json) -> None:
    minimal_instance(schema)
