"""Who comes, and what each of them does: the same for the same seed. Everybody's data are words that nobody else has.

All words of a run hold its `marker`, nine letters that no text holds by chance, so that one search finds anybody's; a
phone number holds the run's own digits in its place.
"""

import random
import string
from dataclasses import dataclass
from typing import Any

MARKER_LETTERS = "bcdfghjkqvwxz"
MARKER_LENGTH = 9
GROUP, EVERY = 8, 160  # so many people want the same scarce slot, once in so many cases
CHANNELS = (("email",),) * 8 + (("sms",),) * 7 + (("email", "sms"),) * 5  # a message costs more than a booking
GIVEN_NAMES = ("Ana", "José", "Lucía", "Andrés", "Zoila", "Íñigo")
KINDS = ("books",) * 12 + ("cancels",) * 4 + ("is_referred",) * 4


@dataclass(frozen=True)
class Words:
    """What the words of one run have in common."""

    marker: str
    phone: str  # the digits after the +, without the last five

    @classmethod
    def of(cls, seed: int) -> "Words":
        chance = random.Random(f"words {seed}")
        marker = "".join(chance.choice(MARKER_LETTERS) for _ in range(MARKER_LENGTH))
        return cls(marker, f"5025{chance.randrange(10, 100)}")


@dataclass(frozen=True)
class Case:
    """One person and what becomes of them. `number` from 0."""

    number: int
    kind: str  # books, cancels, is_referred, wants_scarce
    impatient: bool  # hangs up on the first answer, then repeats
    repeats: bool  # sends the same request again after the answer
    withdraws: bool  # takes the consent back once a partner has accepted
    channels: tuple[str, ...]
    language: str
    name: str
    email: str
    phone: str
    document: str
    birth_date: str

    def person(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "birth_date": self.birth_date,
            "phone": self.phone,
            "email": self.email,
            "document": self.document,
        }

    def request(self, slot: str) -> dict[str, Any]:
        return {
            "slot": slot,
            "pathway": "orientation",
            "language": self.language,
            "channels": list(self.channels),
            "person": self.person(),
        }


def case(seed: int, number: int) -> Case:
    chance, words = random.Random(f"{seed} {number}"), Words.of(seed)
    letters = _letters(number)
    word = words.marker + letters
    return Case(
        number,
        kind="wants_scarce" if number % EVERY < GROUP else chance.choice(KINDS),
        impatient=chance.random() < 0.15,
        repeats=chance.random() < 0.15,
        withdraws=chance.random() < 0.15,
        channels=chance.choice(CHANNELS),
        language=chance.choice(("es", "es", "en")),
        name=f"{chance.choice(GIVEN_NAMES)} {word.capitalize()}",
        email=f"{word}@example.test",
        phone=f"+{words.phone}{phone_end(number):05}",
        document=f"DPI {word.upper()}",
        birth_date=f"{chance.randrange(1950, 2006)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    )


def group(number: int) -> int:
    """Which scarce slot somebody wants."""
    return number // EVERY


def phone_end(number: int) -> int:
    """Never one that ends in 000, which the provider refuses. Below 100,000 for 99,900 people."""
    return number + number // 999 + 1


def number_of_phone(end: int) -> int:
    return end - end // 1000 - 1


def _letters(number: int) -> str:
    """A number as letters, none of the marker's, and always as many."""
    alphabet = [letter for letter in string.ascii_lowercase if letter not in MARKER_LETTERS]
    found = ""
    for _ in range(5):
        number, rest = divmod(number, len(alphabet))
        found = alphabet[rest] + found
    return found


def number_of(letters: str) -> int:
    """Whose word this is: the letters after the marker, in any case."""
    alphabet = [letter for letter in string.ascii_lowercase if letter not in MARKER_LETTERS]
    number = 0
    for letter in letters.lower():
        number = number * len(alphabet) + alphabet.index(letter)
    return number
