"""Files of reviews with more than two classes, in forms that people have; the sentences are our own."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

_PLACES = ("the gate", "the desk", "this flight", "the crew", "my seat", "boarding", "the app", "the lounge")
_MOODS = {
    "negative": (
        "{place} was a mess and nobody cared",
        "rude answers at {place}, and hours lost again",
        "worst of all was {place}, never again",
        "they broke my bag near {place} and refused to pay",
    ),
    "neutral": (
        "does {place} open before six in the morning",
        "question about {place}: which form is needed",
        "{place} is at the other end of the hall",
        "please send the number for {place}",
    ),
    "positive": (
        "{place} was lovely, thank you so much",
        "great help at {place}, you made my day",
        "best thing today was {place}, smooth and quick",
        "so kind of you all, {place} was perfect",
    ),
}
_HEADER = (
    "tweet_id", "airline_sentiment", "airline_sentiment_confidence", "negativereason", "airline", "gold", "name",
    "retweet_count", "text", "tweet_created",
)  # fmt: skip


def write_tweets(path: Path, *, rows: int = 600) -> Path:
    """Write tweets to airlines in ten columns, of three classes: 60 % negative, 20 % of each other.

    Every seventh says nothing of its class, so that no model is right everywhere.
    """
    generator = random.Random(5)  # noqa: S311 - no secret
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for number in range(rows):
            mood = generator.choices(tuple(_MOODS), (60, 20, 20))[0]
            reason = "Late Flight" if mood == "negative" else ""
            said = mood if generator.random() < 0.85 else generator.choice(tuple(_MOODS))
            text = f"@airline {_write_sentence(generator, said)}. {_write_sentence(generator, said)}"
            confidence = generator.choice((0.6, 0.9, 1.0))
            created = "2015-02-24 11:35:52 -0800"
            writer.writerow(
                [570_000 + number, mood, confidence, reason, "AirOne", "", "someone", 0, text, created]
            )
    return path


def write_stars(path: Path, *, rows: int = 300) -> Path:
    """Write JSON lines with one to five stars, each as often: the more stars, the more praise among four parts."""
    generator = random.Random(6)  # noqa: S311 - no secret
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            stars = number % 5 + 1
            moods = ["positive"] * (stars - 1) + ["negative"] * (5 - stars)
            generator.shuffle(moods)
            text = ". ".join(_write_sentence(generator, mood) for mood in moods)
            file.write(json.dumps({"stars": float(stars), "text": text}) + "\n")
    return path


def _write_sentence(generator: random.Random, mood: str) -> str:
    return generator.choice(_MOODS[mood]).format(place=generator.choice(_PLACES))
