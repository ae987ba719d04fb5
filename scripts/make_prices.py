"""Make the price table that `wiretell.policy` ships, from the one in the wheel of LiteLLM (MIT).

    python scripts/make_prices.py YYYY-MM-DD [VERSION]

The wheel is fetched by `uv`, from wherever the user's own settings say, unpacked into a temporary folder and never
imported. Of its table those models are kept that a vendor sells himself, by tokens of text; prices of batches, of
faster or slower service and of tools are left out. The output states the day, the version and the SHA-256 of the
source, and is the same whenever those are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from wiretell.policy.products import vendor_of

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
DATA = ROOT / "src" / "wiretell" / "policy" / "data"
OUTPUT = DATA / "prices.json"
LICENCE = DATA / "prices.LICENSE.txt"
VERSION = "1.106.2"
TABLE = "litellm/model_prices_and_context_window_backup.json"
VENDORS = {
    "anthropic": "anthropic",
    "dashscope": "alibaba",
    "deepseek": "deepseek",
    "gemini": "google",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "openai": "openai",
    "xai": "xai",
    "zai": "zai",
}
"""The source's provider -> vendor."""
NAMES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
}
NOT_TEXT = re.compile(r"audio|tts|realtime|robotics|image|omni")
_ABOVE = re.compile(r"_above_(\d+)k_tokens$")


def fetch(version: str) -> tuple[bytes, bytes]:
    """Return the source table of a version, and its licence."""
    with tempfile.TemporaryDirectory() as folder:
        options = ("--quiet", "--no-deps", "--only-binary", ":all:", "--target", folder)
        subprocess.run([str(UV), "pip", "install", *options, f"litellm=={version}"], check=True)
        licence = Path(folder) / f"litellm-{version}.dist-info" / "licenses" / "LICENSE"
        return (Path(folder) / TABLE).read_bytes(), licence.read_bytes()


def reduced(table: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the models that are kept, in our form, sorted by name."""
    models: dict[str, dict[str, Any]] = {}
    for key, values in table.items():
        vendor = VENDORS.get(values.get("litellm_provider", ""))
        name = key.rpartition("/")[2].lower()
        # What one vendor sells of another's models is not the other's price: the name must be the vendor's own.
        if vendor and values.get("mode") in {"chat", "responses"} and vendor_of(name) == vendor:
            made = model(values)
            if made and not NOT_TEXT.search(name) and not name.startswith("ft:"):
                if name in models and models[name] != {"vendor": vendor, **made}:
                    print(f"{name} stands there twice, with different prices; the last counts", file=sys.stderr)
                models[name] = {"vendor": vendor, **made}
    return dict(sorted(models.items()))


def model(values: dict[str, Any]) -> dict[str, Any]:
    """Return one model's prices for a million tokens; nothing where they are not known."""
    if "tiered_pricing" in values:
        steps = sorted(values["tiered_pricing"], key=lambda step: step["range"][0])
        first, *rest = steps
        tiers = [{"above": int(step["range"][0]), **rates(step)} for step in rest]
        return {**rates(first), "tiers": tiers} if tiers else rates(first)
    base = rates(values)
    if not {"input", "output"} <= base.keys() or not base["input"]:
        return {}
    above = sorted({int(found[1]) for key in values if (found := _ABOVE.search(key))})
    tiers = [{"above": step * 1000, **base, **rates(values, f"_above_{step}k_tokens")} for step in above]
    return {**base, "tiers": tiers} if tiers else base


def rates(values: dict[str, Any], suffix: str = "") -> dict[str, Any]:
    """Return what is known of one tier. A cache that is written for nothing is left out: writing costs as input."""
    found = {name: values[key + suffix] for key, name in NAMES.items() if values.get(key + suffix) is not None}
    return {name: _number(price) for name, price in found.items() if price or not name.startswith("cache_write")}


def _number(price: Decimal) -> int | float:
    million = (Decimal(price) * 1_000_000).quantize(Decimal("0.000001"))
    return int(million) if million == int(million) else float(million)


def main() -> None:
    """Write the table, one model a line."""
    day = dt.date.fromisoformat(sys.argv[1])
    version = sys.argv[2] if len(sys.argv) > 2 else VERSION
    raw, licence = fetch(version)
    LICENCE.write_bytes(licence)
    models = reduced(json.loads(raw, parse_float=Decimal))
    head = {
        "schema": 1,
        "name": "wiretell",
        "date": day.isoformat(),
        "source": f"{TABLE} of litellm {version}, sha256 {hashlib.sha256(raw).hexdigest()}, reduced",
        "licence": f"MIT, Copyright (c) 2023 Berri AI ({LICENCE.name})",
        "unit": "USD per million tokens",
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in models.items())
    top = json.dumps(head, indent=1)[:-2]
    OUTPUT.write_text(f'{top},\n "models": {{\n{lines}\n }}\n}}\n')
    print(f"{len(models)} models, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
