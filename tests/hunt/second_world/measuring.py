"""Hunts in a second world by the command, and scores what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hunt.second_world.writing import make
from wiretell.bench.hunt import scoring
from wiretell.bench.hunt.truth import Operator, Truth, read
from wiretell.model.hunt import Tier


@dataclass(frozen=True, slots=True)
class Result:
    """One world, hunted in."""

    seed: int
    truth: Truth
    document: Mapping[str, Any]
    score: scoring.Score

    @property
    def accounts(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the document's accounts by name."""
        return {one["account"]: one for one in self.document["accounts"]}

    def review(self) -> set[str]:
        """Return accounts in tier review."""
        return {name for name, one in self.accounts.items() if one["tier"] == Tier.REVIEW}

    def honest_in_review(self) -> dict[str, str]:
        """Return honest accounts in review and their groups."""
        return {name: self.truth.honest[name] for name in sorted(self.review() & self.truth.honest.keys())}

    def pools(self, level: str | None = None) -> list[Operator]:
        """Return operators of several accounts."""
        return [one for one in self.truth.operators if len(one.accounts) > 1 and level in (None, one.stealth)]

    def recall(self, level: str) -> tuple[int, int]:
        """Return accounts in review and accounts of a level."""
        bad = frozenset().union(*(one.accounts for one in self.pools(level)))
        return len(bad & self.review()), len(bad)

    def best(self, operator: Operator, tier: Tier = Tier.REVIEW) -> float:
        """Return the best Jaccard index with a campaign of a tier or a higher one."""
        groups = (set(one["accounts"]) for one in self.document["campaigns"] if Tier(one["tier"]).rank >= tier.rank)
        return max((len(operator.accounts & one) / len(operator.accounts | one) for one in groups), default=0.0)


def hunt(folder: Path, seed: int, volume: float = 1.0) -> Result:
    """Make a world in a folder and hunt in it. :raises RuntimeError: where the command fails."""
    make(folder, seed, volume=volume)
    return hunt_in(folder, seed)


def hunt_in(folder: Path, seed: int) -> Result:
    """Hunt in a world that was made. :raises RuntimeError: where the command fails."""
    output = folder / "hunt.json"
    command = [
        sys.executable,
        "-m",
        "wiretell.cli",
        "hunt",
        str(folder / "log"),
        "--format",
        "json",
        "--output",
        str(output),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"wiretell hunt ended with {done.returncode}: {done.stderr[-2000:]}")
    document, truth = json.loads(output.read_text()), read(folder)
    return Result(seed, truth, document, scoring.score(scoring.found(document), truth))


def told(result: Result) -> Iterator[str]:
    """Go through the lines of what came out: all of it, so that nothing need be looked up."""
    score = result.score
    yield (
        f"seed {result.seed}: {result.document['rows']:,} rows, {result.document['log_accounts']:,} accounts; "
        f"precision {score.precision:.4f}, recall {score.recall:.3f}, campaigns {score.matched}/{score.campaigns}, "
        f"merged {score.merged}, honest in review {score.honest_flagged}/{score.honest}, "
        f"in verify or review {score.honest_verify}"
    )
    for level in ("S0", "S1", "S2", "S3"):
        hit, bad = result.recall(level)
        pools = result.pools(level)
        matched = sum(result.best(one) >= scoring.MATCHED for one in pools)
        verify = sum(
            account in result.accounts and result.accounts[account]["tier"] != Tier.WATCH
            for one in pools
            for account in one.accounts
        )
        yield (
            f"  {level}: recall {hit}/{bad} = {hit / max(bad, 1):.3f} (verify or review {verify / max(bad, 1):.3f}); "
            f"campaigns {matched}/{len(pools)}"
        )
    keys = [one for one in result.truth.operators if one.kind == "shared-key"]
    yield f"  shared keys in review: {sum(bool(one.accounts & result.review()) for one in keys)}/{len(keys)}"
    yield from _groups(result)
    yield from _honest(result)
    yield from _missed(result)


def _groups(result: Result) -> Iterator[str]:
    verify = Counter(
        result.truth.honest[name] for name, one in result.accounts.items()
        if one["tier"] == Tier.VERIFY and name in result.truth.honest
    )  # fmt: skip
    yield "  honest groups, accounts/verify/review: " + ", ".join(
        f"{group} {n}/{verify[group]}/{hit}" for group, (n, hit) in result.score.subgroups.items()
    )


def _kinds(account: Mapping[str, Any]) -> str:
    return " ".join(f"{one['kind']}:{one['bits']:.1f}" for one in account["evidence"])


def _honest(result: Result) -> Iterator[str]:
    owner = {account: one for one in result.truth.operators for account in one.accounts}
    with_whom: dict[str, Counter[str]] = defaultdict(Counter)
    for campaign in result.document["campaigns"]:
        for account in campaign["accounts"]:
            operator = owner.get(account)
            name = f"{operator.kind} {operator.stealth}" if operator else f"honest {result.truth.honest[account]}"
            with_whom[campaign["id"]][name] += 1
    for name, group in result.honest_in_review().items():
        account = result.accounts[name]
        mates = ", ".join(f"{n} {who}" for who, n in with_whom[account["campaign"]].most_common(4))
        yield f"  HONEST {group} {name} in {account['campaign']} ({mates}): {_kinds(account)}"


def _missed(result: Result) -> Iterator[str]:
    for operator in result.pools():
        best = result.best(operator)
        tiers = Counter(
            result.accounts[name]["tier"] if name in result.accounts else "none" for name in operator.accounts
        )
        said = f"{operator.kind} {operator.stealth}, {len(operator.accounts)} accounts, Jaccard {best:.2f}"
        if best >= scoring.MATCHED:
            yield f"  found  {said}, {dict(tiers)}"
            continue
        kinds = Counter(
            one["kind"]
            for name in operator.accounts & result.accounts.keys()
            for one in result.accounts[name]["evidence"]
        )
        where = Counter(result.accounts[name]["campaign"] for name in operator.accounts & result.accounts.keys())
        watch = result.best(operator, Tier.WATCH)
        yield (
            f"  MISSED {said} (any tier {watch:.2f}), {dict(tiers)}; shown {dict(kinds)}; "
            f"in {dict(where.most_common(4))}"
        )
