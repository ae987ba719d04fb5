"""Continue: `config.yaml`, and the older `config.json`."""

from __future__ import annotations

from typing import Final

from wiretell.fleet.settings.interface import Form, Syntax, rules

_RULES: Final = rules(
    host="models/*/apiBase models/*/requestOptions/proxy tabAutocompleteModel/apiBase embeddingsProvider/apiBase",
    model="models/*/model tabAutocompleteModel/model embeddingsProvider/model",
    servers="mcpServers experimental/modelContextProtocolServers",
)

FORMS: Final = (
    Form(
        product="continue",
        syntax=Syntax.YAML,
        ends=frozenset({".continue/config.yaml", ".continue/config.yml"}),
        moved=(("CONTINUE_GLOBAL_DIR", "config.yaml"),),
        rules=_RULES,
        source="https://docs.continue.dev/reference",
    ),
    Form(
        product="continue",
        syntax=Syntax.JSON,
        ends=frozenset({".continue/config.json"}),
        moved=(("CONTINUE_GLOBAL_DIR", "config.json"),),
        rules=_RULES,
        source="https://docs.continue.dev/reference/json-reference",
    ),
)
