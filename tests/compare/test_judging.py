"""Checks: class and carrier of single differences, and what the list of checks holds."""

from __future__ import annotations

import pkgutil
from dataclasses import replace

import pytest

from wiretell import checks
from wiretell.checks import judge
from wiretell.checks.registry import BY_LAYER, CHECKS, UNJUDGED
from wiretell.model.agent import Declaration
from wiretell.model.difference import Analysis, Difference, Echo, Layer, Proof
from wiretell.model.findings import Carrier, Class, Evidence, Symbol, Verdict, Where

SYMBOLS = (
    Symbol("start", (), ({"timezone": ("UTC",)},), runs=(0, 1)),
    Symbol("begin", (), ({"timezone": ("CET",)},), runs=(2,)),
)
SURE = Evidence(8, "4/4", 1e-6)
UNFLIPPED = replace(SURE, flips=None)


def difference(layer: Layer, **changes: object) -> Difference:
    plain = Difference(
        id=layer,
        where=Where("POST /v1/messages", "body", "/system/0/text", 3),
        layer=layer,
        facts=("timezone",),
        symbols=SYMBOLS,
        proof=Proof.PROVEN,
        evidence=SURE,
        running_text=True,
        line="You can start now, if the user agrees.",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def verdict(*differences: Difference, declares: tuple[Declaration, ...] = ()) -> list[tuple[str, str]]:
    found = judge(Analysis(differences, (), ()), declares)
    return [(channel.cls.value, channel.carrier.value) for channel in found.channels]


def test_every_file_of_checks_is_registered_and_every_layer_judged_once() -> None:
    helpers = {"interface", "registry", "judging"}
    files = {module.name for module in pkgutil.iter_modules(checks.__path__)} - helpers
    assert files == {check.__name__.rpartition(".")[2] for check in CHECKS}  # type: ignore[attr-defined]
    assert BY_LAYER.keys() | UNJUDGED == set(Layer)
    assert sum(len(check.LAYERS) for check in CHECKS) == len(BY_LAYER)


@pytest.mark.parametrize(
    ("layer", "carrier"),
    [
        (Layer.GLYPH, "homoglyph"),
        (Layer.INVISIBLE, "invisible"),
        (Layer.SPACE, "whitespace"),
        (Layer.JSON_SPACE, "whitespace"),
        (Layer.DATE_FORMAT, "format"),
        (Layer.ESCAPE, "escape"),
        (Layer.DUPLICATE, "escape"),
        (Layer.NUMBER_SPELLING, "number"),
    ],
)
def test_what_a_reader_cannot_see_is_covert_with_or_without_flips(layer: Layer, carrier: str) -> None:
    assert verdict(difference(layer)) == verdict(difference(layer, evidence=UNFLIPPED)) == [("covert", carrier)]


@pytest.mark.parametrize(
    "layer", [Layer.ORDER, Layer.CASE, Layer.PUNCTUATION, Layer.WORDING, Layer.SIZE, Layer.CHUNKS, Layer.BITS]
)
def test_what_a_reader_could_see_or_chance_could_do_is_covert_only_when_flips_confirm_it(layer: Layer) -> None:
    assert [cls for cls, _ in verdict(difference(layer))] == ["covert"]
    assert [cls for cls, _ in verdict(difference(layer, evidence=UNFLIPPED))] == ["undeclared"]


@pytest.mark.parametrize(
    "layer", [Layer.PRESENCE, Layer.KIND, Layer.DATE, Layer.NUMBER, Layer.DESTINATION, Layer.OPAQUE]
)
def test_what_is_plain_is_undeclared(layer: Layer) -> None:
    assert [cls for cls, _ in verdict(difference(layer))] == ["undeclared"]


def test_outside_model_requests_nothing_is_covert_without_flips() -> None:
    assert [cls for cls, _ in verdict(difference(Layer.GLYPH, asks_model=False))] == ["covert"]
    assert [cls for cls, _ in verdict(difference(Layer.GLYPH, asks_model=False, evidence=UNFLIPPED))] == ["undeclared"]


def test_a_refuted_or_open_or_doubtful_cause_is_named_and_not_claimed() -> None:
    for doubt in (
        {"evidence": replace(SURE, flips="3/4")},
        {"proof": Proof.OPEN, "suspects": (("locale",), ("timezone",))},
        {"evidence": replace(UNFLIPPED, p_value=0.2)},
    ):
        found = judge(Analysis((difference(Layer.GLYPH, **doubt),), (), ()))
        assert found.channels == ()
        assert found.verdict is Verdict.CLEAN
        assert "glyph" in found.not_examined[0].what


def test_echoes_are_open() -> None:
    for layer in (Layer.GLYPH, Layer.WORDING, Layer.CASE):
        assert verdict(difference(layer, echoes={"timezone": Echo.PLAIN})) == [("undeclared", "wording")]
    assert verdict(difference(Layer.WORDING, echoes={"timezone": Echo.HASHED})) == [("undeclared", "identifier")]


def test_a_word_that_names_the_fact_is_open() -> None:
    assert verdict(difference(Layer.WORDING, line="The timezone: start of day")) == [("undeclared", "wording")]
    assert verdict(difference(Layer.WORDING, running_text=False)) == [("undeclared", "wording")]


def test_answers_are_open() -> None:
    symbols = tuple(replace(symbol, value=value) for symbol, value in zip(SYMBOLS, ("yes", "no"), strict=True))
    assert verdict(difference(Layer.WORDING, symbols=symbols)) == [("undeclared", "wording")]


def test_a_format_is_open_only_as_the_form_of_a_locale() -> None:
    assert verdict(difference(Layer.DATE_FORMAT, facts=("locale",), locale_form=True)) == [("undeclared", "format")]
    assert verdict(difference(Layer.DATE_FORMAT, facts=("locale",))) == [("covert", "format")]
    assert verdict(difference(Layer.DATE_FORMAT, facts=("locale", "timezone"), locale_form=True)) == [
        ("covert", "format")
    ]


def test_slight_numbers_are_covert_unless_they_count_something() -> None:
    assert verdict(difference(Layer.NUMBER, slight=True)) == [("covert", "number")]
    assert verdict(difference(Layer.NUMBER, slight=True, follows_length=True)) == [("undeclared", "number")]
    assert verdict(difference(Layer.NUMBER, slight=True, facts=("cpu_count",))) == [("undeclared", "number")]


def test_marks_that_change_with_the_language_of_a_line_belong_to_it() -> None:
    words = difference(Layer.WORDING, facts=("locale",))
    comma = difference(Layer.GLYPH, facts=("locale",))
    assert verdict(words, comma) == [("undeclared", "wording")]
    assert verdict(words, replace(comma, facts=("timezone",))) == [("covert", "homoglyph"), ("undeclared", "wording")]


def test_what_the_vendor_documents_is_declared_and_what_is_covert_stays_covert() -> None:
    declares = (Declaration("timezone", "https://vendor.test/docs", "body:/system/*"),)
    assert verdict(difference(Layer.PRESENCE), declares=declares) == [("declared", "presence")]
    assert verdict(difference(Layer.GLYPH), declares=declares) == [("covert", "homoglyph")]
    elsewhere = replace(difference(Layer.PRESENCE), where=Where("POST /v1/messages", "head", "x-zone"))
    assert verdict(elsewhere, declares=declares) == [("undeclared", "presence")]
    both = difference(Layer.PRESENCE, facts=("hostname", "timezone"))
    assert verdict(both, declares=declares) == [("undeclared", "presence")]


def test_places_in_step_are_one_channel_and_others_are_not() -> None:
    first = difference(Layer.GLYPH)
    second = replace(first, where=Where("POST /v1/messages", "body", "/tools/0/description", 9))
    third = replace(second, symbols=(replace(SYMBOLS[0], runs=(0,)), replace(SYMBOLS[1], runs=(1, 2))))
    found = judge(Analysis((first, second, third), (), ()))
    assert [(channel.id, len(channel.also), channel.bits) for channel in found.channels] == [
        ("c1", 1, 1.0),
        ("c2", 0, 1.0),
    ]


def test_covert_channels_come_first_and_give_the_verdict() -> None:
    found = judge(Analysis((difference(Layer.PRESENCE), difference(Layer.GLYPH)), (), ()))
    assert [channel.cls for channel in found.channels] == [Class.COVERT, Class.UNDECLARED]
    assert [channel.carrier for channel in found.channels] == [Carrier.HOMOGLYPH, Carrier.PRESENCE]
    assert found.verdict is Verdict.COVERT
