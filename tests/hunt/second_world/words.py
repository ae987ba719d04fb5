"""Small texts: sentences from word lists, templates with slots, paraphrases."""

from __future__ import annotations

from random import Random
from typing import Final


def _words(text: str) -> list[str]:
    return text.split()


_TOPICS: Final = {
    "web": "button form router page cookie header modal layout stylesheet component hook session redirect menu sidebar",
    "data": "table column query index join schema migration row cursor transaction view partition dump replica report",
    "systems": "thread mutex socket buffer kernel pointer allocator signal scheduler pipe cache page driver queue trap",
    "learning": "gradient batch loss dataset epoch tensor optimizer embedding classifier checkpoint metric token layer",
    "cloud": "cluster bucket role secret container image volume ingress policy gateway alarm region subnet deployment",
    "mobile": "screen gesture notification permission bundle widget emulator activity fragment toolbar camera keychain",
    "games": "sprite shader collision camera level enemy physics particle texture score inventory tilemap quest sound",
    "law": "contract clause tenant liability notice deposit appeal statute lease warranty dispute licence hearing fee",
    "health": "diet sleep posture vitamin headache training recovery protein allergy stretching pulse knee walk habit",
    "travel": "flight hotel visa museum train itinerary beach luggage hostel ferry border temple market hike island",
    "writing": "chapter character dialogue scene plot essay paragraph "
    "headline draft metaphor ending villain tone verse",
    "business": "invoice customer pricing budget forecast pitch "
    "deck supplier margin newsletter onboarding survey offer",
}
TOPICS: Final = {name: _words(words) for name, words in _TOPICS.items()}
_VERBS: Final = _words(
    "fix explain refactor rewrite review test document simplify compare summarise translate extend debug "
    "profile describe split rename remove optimise draft plan check convert extract merge replace design "
    "sketch"
)
_MODIFIERS: Final = _words(
    "slow broken old nested shared missing weird nightly second flaky empty huge unused duplicate legacy "
    "hidden local remote simple long short clean safe new public internal noisy stale partial wrong"
)
_LINKS: Final = (
    "because the {m} {n} fails when {x} is called",
    "so that the {n} no longer needs the {m} {n2}",
    "and tell me why {x} behaves like this with a {m} {n}",
    "without touching the {n} in {x}",
    "using the same style as the {m} {n2} we already have",
    "since our {n} moved to the {m} {n2} last week",
    "but keep the {n} and the {n2} apart",
    "before the {n2} of {x} goes out tomorrow",
    "it prints something about a {m} {n} and then stops",
    "I have tried a {m} {n2} and a {m2} {n} already",
    "give me {k} options and say which you would take",
    "the error comes from line {k} of {x}",
)
_OPENINGS: Final = (
    "{v} the {m} {n} in {x}",
    "can you {v} {x} for me",
    "please {v} this {n}",
    "how do I {v} a {m} {n}",
    "what is the best way to {v} the {n2} of a {n}",
    "I want to {v} my {m} {n}",
    "why does {x} {v} the {n} twice",
    "{v} {x} and {v2} the {n2}",
    "help me {v} a {n} for {x}",
    "we need to {v} the {m} {n2}",
)
FOLLOW_UPS: Final = (
    "continue", "yes", "yes please", "go on", "ok do it", "run the tests again", "thanks, looks good", "try again",
    "no, the other one", "commit this", "why?", "that did not work", "shorter please", "and now in english",
)  # fmt: skip
_SYLLABLES: Final = _words("ba co de fi gu ha jo ki lu me no pe qua ri so ta ur vi wen xo yl zan tor mip lex dra")


def name(rng: Random, parts: int = 3) -> str:
    """Return a name that nobody else has, probably: of a file, a function, a product."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(parts))


class Speaker:
    """Somebody with topics and names of their own."""

    def __init__(self, rng: Random, topics: int = 2, names: int = 12) -> None:
        """Draw topics and names."""
        self.rng = rng
        self.topics = rng.sample(sorted(TOPICS), topics)
        self.names = [name(rng, rng.randint(2, 4)) for _ in range(names)]

    def fill(self, text: str) -> str:
        """Fill the slots of a text."""
        rng, nouns = self.rng, TOPICS[self.rng.choice(self.topics)]
        return text.format(
            v=rng.choice(_VERBS), v2=rng.choice(_VERBS), n=rng.choice(nouns), n2=rng.choice(nouns),
            m=rng.choice(_MODIFIERS), m2=rng.choice(_MODIFIERS), x=rng.choice(self.names), k=rng.randint(2, 400),
        )  # fmt: skip

    def ask(self) -> str:
        """Return a prompt of one to five sentences."""
        pieces = [self.fill(self.rng.choice(_OPENINGS))]
        links = min(5, int(self.rng.expovariate(0.6)))
        pieces += [self.fill(self.rng.choice(_LINKS)) for _ in range(links)]
        return " ".join(pieces)

    def follow(self) -> str:
        """Return what is said later in a conversation."""
        return self.rng.choice(FOLLOW_UPS) if self.rng.random() < 0.4 else self.ask()


def template(rng: Random, sentences: int) -> str:
    """Return a text with its words chosen and 2 to 5 slots `{x}`, `{n}` left open."""
    speaker = Speaker(rng, 3)
    parts: list[str] = []
    for at in range(sentences):
        text = speaker.fill(rng.choice(_OPENINGS if at % 3 == 0 else _LINKS))
        parts.append(f"{text} {rng.choice(_MODIFIERS)} {rng.choice(_VERBS)} {speaker.names[at % 12]}")
    for _ in range(rng.randint(2, 5)):
        parts.insert(rng.randint(1, len(parts)), rng.choice(("{x}", "{x} {n}", "{m} {n} {k}")))
    return ". ".join(parts)


def paraphrase(rng: Random, text: str) -> str:
    """Say it in other words: some one triple of words in ten is left."""
    said: list[str] = []
    for word in text.split():
        draw = rng.random()
        if draw < 0.28:
            said.append(rng.choice(_MODIFIERS if draw < 0.14 else _VERBS))
        elif draw < 0.40:
            said += [word, rng.choice(_MODIFIERS)]
        elif draw > 0.48:
            said.append(word)
    return " ".join(said)
