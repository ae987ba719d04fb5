"""Programs by their user agent, vendors of models by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell import policy
from wiretell.policy import Client
from wiretell.policy.versions import order
from wiretell.target import recipe


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("claude-cli/2.1.91 (external, cli)", Client("claude-code", "anthropic", "2.1.91")),
        ("claude-cli/2.1.329 (external, sdk-cli)", Client("claude-code", "anthropic", "2.1.329")),
        ("codex_cli_rs/0.169.0 (Debian 12.0.0; x86_64) xterm", Client("codex", "openai", "0.169.0")),
        ("codex_exec/0.144.0-alpha.4 (Mac OS 26.5.1; arm64)", Client("codex", "openai", "0.144.0-alpha.4")),
        ("Codex Desktop/0.144.0", Client("codex", "openai", "0.144.0")),
        ("GeminiCLI/0.61.0/gemini-2.5-pro (linux; x64)", Client("gemini-cli", "google", "0.61.0")),
        ("GeminiCLI/v22.1.0 (linux; x64)", Client("gemini-cli", "google", "22.1.0")),
        ("QwenCode/unknown (linux; x64)", Client("qwen-code", "alibaba", "")),
        ("opencode/1.18.33 ai-sdk/provider-utils/4.0.40", Client("opencode", "opencode", "1.18.33")),
        ("GitHubCopilotChat/copilot/1.0.63", Client("copilot-cli", "github", "1.0.63")),
        ("GitHubCopilotChat/0.35.0", Client("copilot-chat", "github", "0.35.0")),
        ("claude-cli/", Client("claude-code", "anthropic", "")),
        ("xclaude-cli/2.1.91", Client()),
        ("curl/8.5.0", Client()),
        ("", Client()),
    ],
)
def test_user_agents(user_agent: str, client: Client) -> None:
    assert policy.recognise(user_agent) == client


@given(st.sampled_from(["claude-cli/", "GeminiCLI/", ""]), st.text(max_size=300))
def test_a_version_is_one_or_empty(begin: str, rest: str) -> None:
    version = policy.recognise(begin + rest).version
    assert version == "" or order(version) is not None


def test_every_recipe_that_ships_is_a_known_product_with_its_package() -> None:
    for name, package in recipe.known_packages().items():
        assert policy.products()[name].npm[0] == package


def test_no_two_products_share_a_name_or_the_beginning_of_a_user_agent() -> None:
    every = policy.products().values()
    begins = [begin for product in every for begin in product.user_agents]
    assert len(set(begins)) == len(begins)
    assert all(begin == begin.lower() for begin in begins)
    assert all(product.user_agents or product.source == "none" for product in every)


def test_what_an_inventory_looks_for_belongs_to_one_product_and_is_written_as_it_is_compared() -> None:
    every = policy.products().values()
    for names in ("npm", "pypi", "debian", "extensions", "commands", "native", "config"):
        found = [name for product in every for name in getattr(product, names)]
        assert len(set(found)) == len(found), names
    assert all(name == name.lower() for product in every for name in (*product.npm, *product.extensions))
    assert all(name.count(".") == 1 for product in every for name in product.extensions)


def test_every_product_says_where_its_names_are_known_from_and_can_be_found() -> None:
    for product in policy.products().values():
        assert product.documented, product.name
        assert product.npm or product.pypi or product.debian or product.extensions or product.native, product.name


def test_paths_of_products_lie_below_a_home_and_no_configuration_is_another_part_of_the_home() -> None:
    shared = {".config", ".local", ".local/bin", ".local/share", ".local/state", ".cache", ".aws"}
    for product in policy.products().values():
        for path in (*product.native, *product.config):
            assert path.startswith(".") and ".." not in path and not path.endswith("/"), path
        assert not shared & set(product.config), product.name
        assert not any(char in path for path in product.config for char in "*?[{"), product.name


@pytest.mark.parametrize(
    ("model", "vendor"),
    [
        ("claude-opus-9", "anthropic"),
        ("o3-mini", "openai"),
        ("ft:gpt-4o:org::id", "openai"),
        ("models/gemini-2.5-pro", "google"),
        ("deepseek/deepseek-chat", "deepseek"),
        ("qwen3-coder-plus", "alibaba"),
        ("kimi-k3", "moonshot"),
        ("GLM-5.1", "zai"),
        ("devstral-small", "mistral"),
        ("llama-4", ""),
        ("", ""),
    ],
)
def test_vendors_of_models(model: str, vendor: str) -> None:
    assert policy.vendor_of(model) == vendor
