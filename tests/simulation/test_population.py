"""Who is in the world: volumes, subgroups, hard look-alikes, prevalence, what a campaign costs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.conftest import Made
from wiretell.errors import UsageError
from wiretell.simulation import NAMES, Settings, preset, simulate
from wiretell.simulation.prices import cost
from wiretell.simulation.run import world_of
from wiretell.simulation.settings import STEALTHS, plans
from wiretell.simulation.world import HARD, SUBGROUPS

ROOT = Path(__file__).parents[2]


def test_without_prevalence_nobody_is_bad(honest: Made) -> None:
    assert honest.rows("SELECT DISTINCT label, honest FROM a") == [("honest", True)]
    assert honest.summary.bad == honest.summary.grey == 0 and not honest.summary.operators


def test_a_fifth_or_more_of_the_honest_look_like_a_campaign(honest: Made) -> None:
    names = ", ".join(f"'{name}'" for name in sorted(HARD))
    assert honest.one(f"SELECT avg((subgroup IN ({names}))::INT) FROM a") >= 0.2
    assert honest.summary.hard >= 0.2


def test_every_honest_subgroup_is_there_and_used(honest: Made) -> None:
    there = {name for (name,) in honest.rows("SELECT subgroup FROM a GROUP BY 1 HAVING sum(exchanges) > 0")}
    assert there == set(SUBGROUPS) - {"friends", "hijacked", "campaign"}


def test_volumes_are_those_of_ordinary_people_and_few_make_most(honest: Made) -> None:
    """About 100 exchanges in 38 days on average; Zipf: log volume falls with log rank about linearly."""
    volumes = np.array([n for (n,) in honest.rows("SELECT exchanges FROM a ORDER BY exchanges DESC")], dtype=float)
    assert 1.6 < volumes.mean() / honest.settings.days < 3.6
    assert volumes[: len(volumes) // 10].sum() > 0.4 * volumes.sum()
    ranks = np.arange(1, 1001)
    slope = np.polyfit(np.log(ranks[10:]), np.log(volumes[10:1000]), 1)[0]
    assert -1.3 < slope < -0.5


def test_campaign_accounts_are_as_busy_as_an_ordinary_developer(levels: Made) -> None:
    days = levels.settings.days * 0.95
    for level, mean in levels.rows("SELECT stealth, avg(exchanges) FROM a WHERE stealth IS NOT NULL GROUP BY 1"):
        assert (5 if level == "S4" else 17) < mean / days < 36


def test_the_truth_counts_what_the_log_holds(levels: Made) -> None:
    wrong = levels.one(
        """SELECT count(*) FROM a
        FULL JOIN (SELECT account, count(*) AS n, min(ts) AS f, max(ts) AS l FROM e GROUP BY 1) c USING (account)
        WHERE a.exchanges <> coalesce(n, 0) OR a.first <> f OR a.last <> l OR a.account IS NULL"""
    )
    assert wrong == 0
    operators = json.loads((levels.folder / "truth/operators.json").read_text())["operators"]
    for one in operators:
        found = levels.rows(f"SELECT count(*), sum(exchanges) FROM a WHERE operator = {one['operator']}")[0]
        assert found == (one["accounts"], one["exchanges"])


def test_grey_is_neither_honest_nor_bad(levels: Made) -> None:
    grey = levels.rows("SELECT DISTINCT honest, subgroup FROM a WHERE label = 'grey' ORDER BY 2")
    assert {name for _, name in grey} <= {"friends", "hijacked"} and grey
    assert all(honest is None for honest, _ in grey)


def test_label_noise_turns_that_share_of_what_is_seen(tmp_path: Path) -> None:
    made = Made(preset("small", accounts=2000, days=1, label_noise=0.2, workers=1), tmp_path / "noisy")
    wrong = made.one("SELECT avg((honest <> honest_seen)::INT) FROM a WHERE honest IS NOT NULL")
    assert wrong == pytest.approx(0.2, abs=0.04)


def test_framing_copies_what_can_be_copied_and_no_card(tmp_path: Path) -> None:
    settings_ = Settings(accounts=1600, days=8, sizes=(30,), stealth=("S2",), kinds=("distillation",), campaigns=2,
                         shared_keys=0, grey=0.0, span=(0.0, 0.0), frame=True, workers=1)  # fmt: skip
    made = Made(settings_, tmp_path / "framed")
    assert made.one("SELECT count_if(framed AND honest) FROM a") >= 2
    assert made.one("SELECT count_if(framed AND NOT honest) FROM a") == 0
    copied = """SELECT count(*) FROM (SELECT DISTINCT {0} AS v FROM e JOIN a USING (account) WHERE framed) SEMI JOIN
        (SELECT DISTINCT {0} AS v FROM e JOIN a USING (account) WHERE label = 'bad') USING (v)"""
    assert made.one(copied.format("header_tuple")) > 0
    assert made.one(copied.format("ip")) > 0
    assert made.one(copied.format("payment")) == 0


@given(st.sampled_from([0.0001, 0.001, 0.01, 0.1]), st.integers(1_000, 500_000))
@settings(max_examples=50, deadline=None)
def test_prevalence_is_what_was_asked_for(share: float, accounts: int) -> None:
    sizes = [plan.size for plan in plans(Settings(accounts=accounts, prevalence=share))]
    assert all(size >= 3 for size in sizes)
    wanted = share / (1 - share) * accounts
    assert wanted - 4 <= sum(sizes) <= wanted + 1


def test_kinds_do_not_go_along_with_levels() -> None:
    found = plans(preset("mixed"))
    assert {(plan.stealth, plan.size) for plan in found} == {
        (level, size) for level in STEALTHS for size in (5, 50, 500)
    }
    for level in STEALTHS:
        assert len({plan.kind for plan in found if plan.stealth == level}) == 3


def test_the_reported_case_has_its_accounts_and_days() -> None:
    wanted = preset("reported")
    (plan,) = plans(wanted)
    assert (plan.size, wanted.days, wanted.start) == (25_000, 45, "2026-04-22")


def test_the_reported_case_has_its_volume(tmp_path: Path) -> None:
    """At a hundredth of its accounts: 28.8 million exchanges, over 25,000 accounts."""
    found = simulate(preset("reported", accounts=1000, scale=0.008, workers=2), tmp_path / "r")
    per_account = found.operators[0]["exchanges"] / found.operators[0]["accounts"]
    assert per_account == pytest.approx(28.8e6 / 25_000, rel=0.08)


def test_scale_thins_accounts_and_leaves_what_each_does() -> None:
    whole, half = (world_of(preset("mixed", accounts=8000, scale=scale)) for scale in (1.0, 0.5))
    assert len(half.accounts) == pytest.approx(len(whole.accounts) / 2, rel=0.02)
    assert np.median(half.accounts.rate) == pytest.approx(np.median(whole.accounts.rate), rel=0.1)


def test_stealth_costs_more_at_every_level() -> None:
    paid = [cost(level, 500, 500 * 26 * 45, 0.1 if level == "S3" else 1.0, 45).per_million for level in STEALTHS]
    assert paid == sorted(paid) and paid[3] > 2 * paid[1]


@pytest.mark.parametrize(
    "changes",
    [{"accounts": 0}, {"days": 0}, {"prevalence": 1.0}, {"scale": 0.0}, {"label_noise": 0.7}, {"limit_scale": 0.0},
     {"campaigns": -1}, {"seed": -1}, {"sizes": (2,)}, {"stealth": ("S5",)}, {"kinds": ("theft",)},
     {"start": "tomorrow"}],
)  # fmt: skip
def test_what_cannot_be_simulated_is_refused_in_one_sentence(changes: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"^This cannot be simulated: [^\n]+\.$"):
        preset("mixed", **changes)


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="mixed, honest, reported, small"):
        preset("large")
    assert NAMES == ("mixed", "honest", "reported", "small")


def test_the_documentation_names_every_column_and_subgroup(levels: Made) -> None:
    page = (ROOT / "docs/formats/hunt-truth.md").read_text()
    columns = pq.read_schema(levels.folder / "truth/accounts.parquet")
    for field in columns:
        assert f"| `{field.name}` | {str(field.type).replace('timestamp[us, tz=UTC]', 'timestamp[us, UTC]')} |" in page
    operators = json.loads((levels.folder / "truth/operators.json").read_text())["operators"]
    told = json.loads((levels.folder / "truth/settings.json").read_text())
    for name in (*operators[0], *told, *SUBGROUPS):
        assert f"`{name}`" in page, name
