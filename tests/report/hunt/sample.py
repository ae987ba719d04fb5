"""A hunt made up: a harvest, a pool, a shared key, and logs in which nothing stands out. No account is anybody's."""

from __future__ import annotations

import random
from collections.abc import Sequence

from msgspec.structs import replace

from wiretell.model.hunt import (
    AccountFinding,
    Alternative,
    Campaign,
    CampaignKind,
    Evidence,
    EvidenceKind,
    Hunted,
    NotExamined,
    Picture,
    RuleId,
    Tier,
)
from wiretell.report import to_document
from wiretell.report.hunt.document_v1 import Appeal, HuntDocument
from wiretell.report.hunt_explain.convert import Asked

DAY_US = 86_400_000_000
APRIL_22 = 20_565
"""2026-04-22 in days since 1970-01-01."""
RULE = RuleId("2026-11-21", "5d0c" * 16)

P, N, H, T, X, F = (
    EvidenceKind.PAYMENT,
    EvidenceKind.NETWORK,
    EvidenceKind.HEADERS,
    EvidenceKind.TEMPLATE,
    EvidenceKind.PREFIX,
    EvidenceKind.FAILOVER,
)
LOST = NotExamined("column account_created", "the log does not have it", (EvidenceKind.LIFECYCLE,))


def harvest(accounts: int = 31, id_: str = "k1") -> tuple[Campaign, tuple[AccountFinding, ...], Picture]:
    """Accounts that work through one list, with what each shows itself."""
    rng = random.Random(accounts)
    names = tuple(f"key:{n * 2654435761 % 2**32:08x}{n:08x}" for n in range(1, accounts + 1))
    evidence = (
        Evidence(
            F, 14.2, accounts - 4, "118 conversations went on under another account within 30 minutes", 1 / 210_000
        ),
        Evidence(
            P, 11.9, accounts - 1, "card pay_81f0 pays for 12 of its accounts, and for 2 others in the log", 1 / 4_200
        ),
        Evidence(
            EvidenceKind.SHARDING, 7.5, accounts, "the same 40 wordings in the same mix on every account", 1 / 1_000
        ),
        Evidence(
            T, 6.1, accounts, "wording 9f3c0a stands in 9 of 10 requests of its accounts, in none besides", 1 / 68
        ),
        Evidence(
            EvidenceKind.CONTENT, 5.8, accounts, "91 % of turns are single, with max_tokens at its cap", 1 / 1_000
        ),
        Evidence(N, -0.7, 3, "", 0.18),
    )
    score = sum(item.bits for item in evidence)
    campaign = Campaign(
        id=id_,
        kind=CampaignKind.DISTILLATION,
        tier=Tier.REVIEW,
        accounts=names,
        exchanges=accounts * 1_152,
        first=APRIL_22 * DAY_US + 3_600_000_000,
        last=(APRIL_22 + 45) * DAY_US - 1,
        score_bits=score,
        evidence=evidence,
        without={item.kind: score - item.bits for item in evidence},
        alternatives=(
            Alternative("declared organisation", False, "2 of its accounts name an organisation, not the same one."),
            Alternative(
                "carrier network", False, "its addresses lie in 29 networks; none holds more than 3 of its accounts."
            ),
            Alternative("public tool", False, "its private instructions stand under no other account of the log."),
            Alternative("launch-day enthusiasm", None, "the log does not tell when accounts were opened."),
        ),
        q_value=0.0021,
        earliest=(APRIL_22 + 2) * DAY_US - 1,
        earliest_share=0.041,
    )
    findings = tuple(_member(name, nth, evidence, id_, rng) for nth, name in enumerate(names))
    return campaign, findings, _picture(names, rng, (P, P, N, N, N, T, T, T, T, X, X, F, F, F), days=45)


def _member(name: str, nth: int, evidence: Sequence[Evidence], campaign: str, rng: random.Random) -> AccountFinding:
    mine = []
    for item in evidence[:5]:
        bits = item.bits + rng.uniform(-1.5, 1.5)
        own = {
            F: f"went on with {3 + nth % 9} conversations that another account had begun, within {60 + nth % 700} s",
            P: f"used card pay_{0x81F0 + nth // 12:x}, as did {11 + nth % 3} other accounts of the group",
            EvidenceKind.SHARDING: f"used {30 + nth % 10} of the group's 40 wordings, in the mix of the others",
            T: f"used wording {9 + nth % 4}f3c0a, as did {20 + nth % 9} other accounts of the group and nobody else",
            EvidenceKind.CONTENT: f"has {85 + nth % 14} % of its exchanges in the classes that the group is full of",
        }[item.kind]
        mine.append(Evidence(item.kind, bits, item.accounts, own, item.by_chance))
    mine.append(Evidence(N, -0.7, 3, "", 0.18))
    score = sum(item.bits for item in mine)
    tier = Tier.REVIEW if nth % 8 else Tier.VERIFY
    return AccountFinding(
        account=name,
        tier=tier,
        campaign=campaign,
        score_bits=score,
        evidence=tuple(mine),
        without={item.kind: score - item.bits for item in mine},
    )


def _picture(names: Sequence[str], rng: random.Random, kinds: Sequence[EvidenceKind], days: int) -> Picture:
    drawn = range(min(len(names), 60))
    links = tuple(
        (account, token) for account in drawn for token in range(len(kinds)) if rng.random() < 0.75 - 0.045 * token
    )
    tokens = tuple(
        (kind, f"{kind.value[:3]}_{n * 40503:06x}", sum(t == n for _, t in links)) for n, kind in enumerate(kinds)
    )
    busy = tuple(
        (APRIL_22 + n, round(len(names) * 26 * (0.4 + 0.6 * rng.random()) * (0.35 if n % 7 in (3, 4) else 1)))
        for n in range(days)
        if n not in (12, 13)
    )
    return Picture(tokens, links, busy)


def pool() -> tuple[Campaign, tuple[AccountFinding, ...], Picture]:
    """A storefront that moves its customers between six accounts."""
    names = tuple(f"acct-{letter}{n}" for n, letter in enumerate("qwerty", 1))
    evidence = (
        Evidence(F, 13.0, 6, "44 conversations of many turns went on under another account", 1 / 90_000),
        Evidence(H, 4.4, 6, "one frozen header tuple, 71c2, under all six", 1 / 31),
        Evidence(N, 3.1, 5, "network 203.0.113.0/24 under five of them, and 1 other", 1 / 12),
    )
    score = sum(item.bits for item in evidence)
    campaign = Campaign(
        id="k2",
        kind=CampaignKind.RESELLER_POOL,
        tier=Tier.VERIFY,
        accounts=names,
        exchanges=5_310,
        first=(APRIL_22 + 9) * DAY_US,
        last=(APRIL_22 + 30) * DAY_US,
        score_bits=score,
        evidence=evidence,
        without={item.kind: score - item.bits for item in evidence},
        alternatives=(
            Alternative("office", True, "one network and one zone would explain the network, not the rest."),
        ),
        q_value=0.0,
    )
    findings = tuple(
        AccountFinding(
            account=name,
            tier=Tier.VERIFY,
            campaign="k2",
            score_bits=score,
            evidence=tuple(
                Evidence(e.kind, e.bits, e.accounts, f"shares with acct-q1: {e.example}", e.by_chance) for e in evidence
            ),
            without=campaign.without,
            also=("k1",) if name == "acct-w2" else (),
        )
        for name in names
    )
    return campaign, findings, _picture(names, random.Random(6), (F, F, H, N), days=21)


def shared_key() -> tuple[Campaign, tuple[AccountFinding, ...]]:
    """One account with many users behind it."""
    evidence = (
        Evidence(
            X, 12.4, 1, "up to 38 unrelated conversations in one hour, under 21 different instructions", 1 / 5_400
        ),
        Evidence(N, 9.0, 1, "14 networks in one hour", 1 / 700),
        Evidence(EvidenceKind.TIMING, 3.2, 1, "busy at all 24 hours alike", 1 / 9.2),
    )
    score = sum(item.bits for item in evidence)
    campaign = Campaign(
        id="k3",
        kind=CampaignKind.SHARED_KEY,
        tier=Tier.REVIEW,
        accounts=("key:77aa0123",),
        exchanges=18_044,
        first=APRIL_22 * DAY_US,
        last=(APRIL_22 + 44) * DAY_US,
        score_bits=score,
        evidence=evidence,
        without={item.kind: score - item.bits for item in evidence},
        alternatives=(Alternative("agent fleet", False, "its conversations have 21 different instructions."),),
    )
    finding = AccountFinding(
        account="key:77aa0123",
        tier=Tier.REVIEW,
        campaign="k3",
        score_bits=score,
        evidence=evidence,
        without=campaign.without,
    )
    return campaign, (finding,)


def found(accounts: int = 31) -> Hunted:
    """A hunt that found one campaign of each kind."""
    first, members, picture = harvest(accounts)
    second, customers, other = pool()
    third, users = shared_key()
    return Hunted(
        rows=accounts * 1_152 + 400_000,
        accounts=accounts + 8_000,
        first=APRIL_22 * DAY_US,
        last=(APRIL_22 + 45) * DAY_US - 1,
        engine="duckdb",
        seed=7,
        rule=RULE,
        campaigns=(first, second, third),
        findings=(*members, *customers, *users),
        not_examined=(LOST, NotExamined("2,113 rows", "they have no time")),
        notes=("412 rows are there twice; each counts once.", "Addresses are hashed: networks are not known."),
        populations={"payment": 7_100, "payment explained": 310, "payment left": 88, "prefix": 21_400},
        pictures={"k1": picture, "k2": other},
        wall_s=41.3,
    )


def document() -> HuntDocument:
    """The same as a document, with an appeal heard."""
    appeal = Appeal(
        account="acct-w2",
        claim="network",
        explains=(N,),
        before_bits=20.5,
        after_bits=17.4,
        before_tier="verify",
        after_tier="watch",
        decision="overturned",
        reviewer="R. Veer",
        date="2026-06-20",
        note="The network is a dormitory's; so is that of acct-e3.",
        told="network: 203.0.113.0/24",
        status="lowered",
        fellows=("acct-z9",),
    )
    made = to_document(found())
    accounts = tuple(replace(a, status="lowered") if a.account == "acct-w2" else a for a in made.accounts)
    return replace(made, accounts=accounts, appeals=(appeal,), command="wiretell hunt exchanges")


def asked(account: str, *, internal: bool = False) -> Asked:
    """A question about one account of that document."""
    return Asked(document(), account, internal)


def quiet() -> Hunted:
    """A log in which nothing stood out."""
    return Hunted(
        rows=1_204_311,
        accounts=9_120,
        first=APRIL_22 * DAY_US,
        last=(APRIL_22 + 30) * DAY_US,
        engine="duckdb",
        seed=0,
        rule=RULE,
        campaigns=(),
        findings=(),
        not_examined=(LOST,),
    )


def empty() -> Hunted:
    """A log without a row that could be used."""
    return Hunted(
        rows=0,
        accounts=0,
        first=None,
        last=None,
        engine="spark",
        seed=0,
        rule=RULE,
        campaigns=(),
        findings=(),
        not_examined=(NotExamined("the log", "it has no row with an account and a time", tuple(EvidenceKind)),),
    )
