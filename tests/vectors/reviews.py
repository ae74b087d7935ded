"""Reference values for src/reviews/card.rs: FSRS-6 as py-fsrs computes it, which shares no code with the program.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python reviews.py > reviews.json

Histories are seeded: the file is the same at every run. An interval is 0 days, 1 day, once or twice the one that keeps
recall at 90 %, or a random number of days up to 900.
"""

import json
import random
from datetime import datetime, timedelta, timezone

from fsrs import Card, Rating, Scheduler

RATINGS = {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good}
HISTORIES = 60
LENGTH = 12


def history(chance: random.Random) -> list[dict]:
    # Without steps of minutes, which are for the day on which a card is learned, and without fuzz.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card, now, reviews = Card(), datetime(2026, 1, 1, tzinfo=timezone.utc), []
    days = 0
    for _ in range(chance.randint(1, LENGTH)):
        rating = chance.choices(list(RATINGS), (2, 1, 5))[0]
        now += timedelta(days=days)
        card, _ = scheduler.review_card(card, RATINGS[rating], now)
        later = chance.choice([1, 7, 30, 365])
        reviews.append({
            "days": days,
            "rating": rating,
            "stability": card.stability,
            "difficulty": card.difficulty,
            "interval": max(1, round(card.stability)),
            "later": later,
            "recall": scheduler.get_card_retrievability(card, now + timedelta(days=later)),
        })
        days = chance.choice([0, 1, round(card.stability), 2 * round(card.stability), chance.randint(1, 900)])
        days = min(days, 3000)
    return reviews


def main() -> None:
    chance = random.Random(20261128)
    print(json.dumps([history(chance) for _ in range(HISTORIES)], indent=None, separators=(",", ":")))


if __name__ == "__main__":
    main()
